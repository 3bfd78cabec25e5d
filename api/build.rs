//! Puts the files of the GraphiQL page into the binary, so that the page needs no other host.
//!
//! Our own files are always there. GraphiQL and React are not kept in this repository:
//! `make graphiql` fetches the pinned versions into `web/graphiql/dist`, and where that has not
//! been done the program is built all the same and its page says what is missing.

use std::{
    env,
    fmt::Write,
    fs,
    hash::Hasher,
    io,
    path::{Path, PathBuf},
};

/// The files kept in git, relative to `web/graphiql`.
const OWN: [&str; 2] = ["boot.js", "page.css"];

/// The files that `make graphiql` copies into `web/graphiql/dist`.
const FETCHED: [&str; 4] = [
    "graphiql.min.css",
    "graphiql.min.js",
    "react-dom.production.min.js",
    "react.production.min.js",
];

fn main() -> io::Result<()> {
    let package = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let folder = package.join("../web/graphiql").canonicalize()?;
    let dist = folder.join("dist");
    // The whole folder and not only `dist`: cargo runs this script at every build while a path
    // that it watches does not exist.
    println!("cargo:rerun-if-changed={}", folder.display());
    println!("cargo:rerun-if-changed=build.rs");

    let missing: Vec<_> = FETCHED.iter().filter(|name| !dist.join(name).is_file()).collect();
    if !missing.is_empty() && missing.len() < FETCHED.len() {
        println!(
            "cargo:warning=web/graphiql/dist lacks {missing:?}, so GraphiQL is left out; \
             `make graphiql` completes it"
        );
    }
    let mut files: Vec<PathBuf> = OWN.iter().map(|name| folder.join(name)).collect();
    if missing.is_empty() {
        files.extend(FETCHED.iter().map(|name| dist.join(name)));
    }
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("graphiql_assets.rs"), generated(&files, missing.is_empty())?)
}

/// The Rust text that holds the files, a version that changes with any of them, and whether
/// GraphiQL is among them.
fn generated(files: &[PathBuf], built_in: bool) -> io::Result<String> {
    let mut version = Fnv(0xcbf2_9ce4_8422_2325);
    let mut rows = String::new();
    for file in files {
        version.write(&fs::read(file)?);
        let name = file.file_name().and_then(|name| name.to_str()).expect("a name listed above");
        let content_type = content_type(file);
        let path = file.to_str().expect("include_bytes! needs a path in UTF-8");
        writeln!(rows, "    ({name:?}, {content_type:?}, include_bytes!({path:?})),")
            .expect("a String takes every write");
    }
    Ok(format!(
        "/// The files of the page: name, content type, content.\n\
         pub(crate) static ASSETS: &[(&str, &str, &[u8])] = &[\n{rows}];\n\
         /// Changes whenever one of the files does.\n\
         pub(crate) const VERSION: &str = \"{:016x}\";\n\
         /// Whether GraphiQL itself is among the files.\n\
         pub(crate) const BUILT_IN: bool = {built_in};\n",
        version.finish()
    ))
}

fn content_type(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        other => panic!("{}: no content type is known for {other:?}", file.display()),
    }
}

/// FNV-1a. The standard library's hasher may change between compilers, and then equal files
/// would get different versions.
struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
