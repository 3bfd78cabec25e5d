//! The source tree as the architecture's checks see it: paths, texts, and which part of a Rust
//! file is code, which a literal and which belongs to tests.

use std::path::Path;

/// The folders that hold our own sources, beside the workspace's `Cargo.toml`.
const FOLDERS: [&str; 6] = ["domain", "eventlog", "projections", "api", "tests", "migrations"];

/// A file of the tree.
pub(super) struct File {
    /// From the root of the workspace, with `/` on every system.
    pub(super) path: String,
    /// Its content.
    pub(super) text: String,
}

impl File {
    pub(super) fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    pub(super) fn is_rust(&self) -> bool {
        Path::new(&self.path).extension().is_some_and(|extension| extension == "rs")
    }

    /// Whether it belongs to the program or a library, and not to the tests of the whole.
    fn is_of_a_crate(&self) -> bool {
        let is_built = |rest: &str| rest.starts_with("src/") || rest == "build.rs";
        self.is_rust() && self.path.split_once('/').is_some_and(|(_, rest)| is_built(rest))
    }

    /// The path and line of what begins at this byte of the text, for a message.
    pub(super) fn place(&self, byte: usize) -> String {
        let line = self.text[..byte].matches('\n').count() + 1;
        format!("{}:{line}", self.path)
    }
}

/// Every source file, migration and manifest of the workspace.
pub(super) fn tree() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = vec![read(&root.join("Cargo.toml"), "Cargo.toml")];
    for folder in FOLDERS {
        let before = files.len();
        walk(&root.join(folder), folder, &mut files);
        // A check that finds nothing because it looked nowhere must not pass.
        assert!(files.len() > before, "{folder}/ has no sources");
    }
    files
}

fn walk(folder: &Path, path: &str, files: &mut Vec<File>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{path}: {error}"));
    for entry in entries {
        let entry = entry.unwrap_or_else(|error| panic!("{path}: {error}"));
        let name = entry.file_name().into_string().expect("file names are UTF-8");
        let inner = format!("{path}/{name}");
        if entry.path().is_dir() {
            walk(&entry.path(), &inner, files);
        } else if [".rs", ".sql", "Cargo.toml"].iter().any(|end| name.ends_with(end)) {
            files.push(read(&entry.path(), &inner));
        }
    }
}

fn read(file: &Path, path: &str) -> File {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{path}: {error}"));
    File::new(path, text)
}

/// The Rust files of the crates, their test code taken out: files of modules that are declared
/// under `#[cfg(test)]` are left out whole, and such modules in other files are blanked. Bytes
/// stay where they were, so that a [`File::place`] in the result is the place in the file.
pub(super) fn production(files: &[File]) -> Vec<File> {
    let of_crates: Vec<_> = files.iter().filter(|file| file.is_of_a_crate()).collect();
    let test_modules: Vec<_> = of_crates.iter().flat_map(|file| test_modules(file)).collect();
    let is_test = |file: &File| {
        let is_in = |module: &String| {
            let rest = file.path.strip_prefix(module.as_str());
            rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        };
        test_modules.iter().any(is_in)
    };
    let without_tests = |file: &&File| File::new(&file.path, blank_inline_tests(&file.text));
    of_crates.iter().filter(|file| !is_test(file)).map(without_tests).collect()
}

/// The paths, without `.rs`, of the modules that this file declares for tests alone.
fn test_modules(file: &File) -> Vec<String> {
    let path = file.path.trim_end_matches(".rs");
    let own_folder = match path.rsplit_once('/') {
        Some((folder, "mod" | "lib" | "main")) => folder,
        _ => path,
    };
    let lines: Vec<_> = file.text.lines().collect();
    let declared = |pair: &[&str]| {
        let name = pair[1].trim().strip_prefix("mod ")?.strip_suffix(';')?;
        (pair[0].trim() == "#[cfg(test)]").then(|| format!("{own_folder}/{name}"))
    };
    lines.windows(2).filter_map(declared).collect()
}

fn blank_inline_tests(text: &str) -> String {
    let mut blanked = String::new();
    let mut is_test = false;
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let opens = |next: &&str| next.starts_with("mod ") && next.trim_end().ends_with('{');
        is_test |= line.trim_end() == "#[cfg(test)]" && lines.peek().is_some_and(opens);
        if is_test {
            blanked.push_str(&blank(line));
        } else {
            blanked.push_str(line);
        }
        is_test &= line.trim_end() != "}";
    }
    blanked
}

/// What a piece of Rust text is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// Everything else.
    Code,
    /// A string or character, its quotes included.
    Literal,
    /// A comment.
    Comment,
}

/// The text with everything blanked but the pieces of this kind; every byte stays where it was.
pub(super) fn only(kind: Piece, text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, length) = first_piece(rest);
        let (this, behind) = rest.split_at(length);
        if piece == kind {
            kept.push_str(this);
        } else {
            kept.push_str(&blank(this));
        }
        rest = behind;
    }
    kept
}

/// The kind and the length in bytes of the piece that the text begins with.
fn first_piece(text: &str) -> (Piece, usize) {
    let until = |end: &str, from: usize| {
        text[from..].find(end).map_or(text.len(), |at| from + at + end.len())
    };
    if text.starts_with("//") {
        return (Piece::Comment, text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return (Piece::Comment, until("*/", 2));
    }
    if let Some(raw) = text.strip_prefix('r') {
        let behind = raw.trim_start_matches('#');
        let hashes = &raw[..raw.len() - behind.len()];
        if behind.starts_with('"') {
            return (Piece::Literal, until(&format!("\"{hashes}"), hashes.len() + 2));
        }
    }
    if text.starts_with('"') {
        return (Piece::Literal, quoted(text, '"'));
    }
    // A quote that no other quote follows at once begins a lifetime and not a character.
    let is_character = text.starts_with("'\\") || text.chars().nth(2) == Some('\'');
    if text.starts_with('\'') && is_character {
        return (Piece::Literal, quoted(text, '\''));
    }
    (Piece::Code, text.chars().next().map_or(0, char::len_utf8))
}

/// The length of a literal that begins with this quote and ends with the next one not escaped.
fn quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == quote && !is_escaped {
            return at + c.len_utf8();
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    text.len()
}

fn blank(text: &str) -> String {
    text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect()
}

#[test]
fn code_literals_and_comments_are_told_apart() {
    let text = "a('\"', \"b // \\\" c\", 'd', &'e f); // g \"h\"\nr#\"i\"j\"# /* k */ l";
    let words = |kind| {
        let kept = only(kind, text);
        assert_eq!(kept.len(), text.len());
        let letters = |c: &char| c.is_alphabetic();
        kept.chars().filter(letters).collect::<String>()
    };
    assert_eq!(words(Piece::Code), "aefl");
    assert_eq!(words(Piece::Literal), "bcdrij");
    assert_eq!(words(Piece::Comment), "ghk");
}

#[test]
fn test_code_is_told_from_the_program() {
    let inline = "//! x\n#[cfg(test)]\nmod tests {\n    bad();\n}\nfn good() {}\n";
    let files = [
        File::new("domain/src/a/mod.rs", "#[cfg(test)]\nmod tests;\nmod b;\n"),
        File::new("domain/src/a/tests.rs", "bad();"),
        File::new("domain/src/a/tests/deep.rs", "bad();"),
        File::new("domain/src/a/b.rs", inline),
        File::new("domain/src/c.rs", "#[cfg(test)]\nmod samples;"),
        File::new("domain/src/c/samples.rs", "bad();"),
        File::new("tests/ticket.rs", "bad();"),
    ];
    let production = production(&files);
    let paths: Vec<_> = production.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["domain/src/a/mod.rs", "domain/src/a/b.rs", "domain/src/c.rs"]);
    assert!(production.iter().all(|file| !file.text.contains("bad")));
    let good = production[1].text.find("fn good").expect("what follows the tests stays");
    assert_eq!(production[1].place(good), "domain/src/a/b.rs:6");
}
