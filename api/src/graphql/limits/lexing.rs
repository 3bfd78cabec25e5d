//! A first look at a document, before it is parsed: how many tokens it has and how deep it nests,
//! so that no parser meets more than it is made for. Each byte is looked at once.
//!
//! On the way, escapes that `async-graphql`'s parser does not know (`\u{1F600}` and surrogate pairs
//! such as `\uD83D\uDE00`) are written as it knows them.

use std::borrow::Cow;

/// The parser gives up at this depth, too, but only after it has built what is above.
const MAX_NESTING: usize = 64;

/// What is wrong with a document's tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum TooMuch {
    /// It has too many.
    #[error("a document has at most {0} tokens")]
    Tokens(usize),
    /// They nest too deep.
    #[error("a document nests at most {MAX_NESTING} deep")]
    Nesting,
}

/// The document as the parser reads it.
pub(super) fn readable(text: &str, max_tokens: usize) -> Result<Cow<'_, str>, TooMuch> {
    let mut lexer = Lexer { rest: text, tokens: 0, nesting: 0, kept: text, written: String::new() };
    while lexer.step()? {
        if lexer.tokens > max_tokens {
            return Err(TooMuch::Tokens(max_tokens));
        }
    }
    if lexer.written.is_empty() {
        return Ok(Cow::Borrowed(text));
    }
    lexer.written.push_str(lexer.kept);
    Ok(Cow::Owned(lexer.written))
}

struct Lexer<'a> {
    /// What was not looked at yet.
    rest: &'a str,
    tokens: usize,
    nesting: usize,
    /// What was not written yet; it ends where the document does.
    kept: &'a str,
    /// The document so far, as far as anything in it had to be changed.
    written: String,
}

impl<'a> Lexer<'a> {
    /// Looks at the next token; false at the end.
    fn step(&mut self) -> Result<bool, TooMuch> {
        let blank = |c: char| c.is_ascii_whitespace() || c == ',' || c == '\u{feff}';
        self.rest = self.rest.trim_start_matches(blank);
        let Some(first) = self.rest.chars().next() else { return Ok(false) };
        if first == '#' {
            self.rest = self.rest.trim_start_matches(|c| c != '\n' && c != '\r');
            return Ok(true);
        }
        self.tokens += 1;
        match first {
            '"' if self.rest.starts_with("\"\"\"") => self.block_string(),
            '"' => self.string(),
            'A'..='Z' | 'a'..='z' | '_' => {
                let within = |c: char| c.is_ascii_alphanumeric() || c == '_';
                self.rest = self.rest.trim_start_matches(within);
            }
            '0'..='9' | '-' => {
                let within = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
                self.rest = self.rest.trim_start_matches(within);
            }
            '.' => self.rest = self.rest.trim_start_matches('.'),
            _ => self.mark(first)?,
        }
        Ok(true)
    }

    fn mark(&mut self, mark: char) -> Result<(), TooMuch> {
        self.rest = &self.rest[mark.len_utf8()..];
        match mark {
            '{' | '[' | '(' => self.nesting += 1,
            '}' | ']' | ')' => self.nesting = self.nesting.saturating_sub(1),
            _ => {}
        }
        if self.nesting > MAX_NESTING { Err(TooMuch::Nesting) } else { Ok(()) }
    }

    fn block_string(&mut self) {
        self.rest = &self.rest[3..];
        while let Some(at) = self.rest.find("\"\"\"") {
            let is_escaped = self.rest[..at].ends_with('\\');
            self.rest = &self.rest[at + 3..];
            if !is_escaped {
                return;
            }
        }
        self.rest = "";
    }

    fn string(&mut self) {
        self.rest = &self.rest[1..];
        while let Some(at) = self.rest.find(['"', '\\', '\n', '\r']) {
            let found = &self.rest[at..];
            if !found.starts_with('\\') {
                self.rest = &found[1..];
                return;
            }
            if let Some((character, length)) = unknown_escape(found) {
                self.replace(found, character, length);
                self.rest = &found[length..];
            } else {
                // Whatever is escaped does not end the string.
                let escaped = found[1..].chars().next().map_or(0, char::len_utf8);
                self.rest = &found[1 + escaped..];
            }
        }
        self.rest = "";
    }

    /// Writes a character in the place of its escape, with which `from` begins.
    fn replace(&mut self, from: &'a str, character: char, length: usize) {
        let before = self.kept.len() - from.len();
        self.written.push_str(&self.kept[..before]);
        match u16::try_from(u32::from(character)) {
            // It may be a mark that ends the string, so it stays an escape.
            Ok(number) => {
                let escaped = format!("\\u{number:04X}");
                self.written.push_str(&escaped);
            }
            Err(_) => self.written.push(character),
        }
        self.kept = &from[length..];
    }
}

/// The character that an escape stands for, and the escape's length, where the parser does not
/// know it and the specification does.
fn unknown_escape(text: &str) -> Option<(char, usize)> {
    let after = text.strip_prefix("\\u")?;
    if let Some(braced) = after.strip_prefix('{') {
        let (digits, _) = braced.split_once('}')?;
        let character = char::from_u32(hexadecimal(digits)?)?;
        return Some((character, digits.len() + 4));
    }
    let high = hexadecimal(after.get(..4)?)?;
    let low = hexadecimal(after.get(4..)?.strip_prefix("\\u")?.get(..4)?)?;
    let units = [u16::try_from(high).ok()?, u16::try_from(low).ok()?];
    let is_pair = (0xD800..0xDC00).contains(&high);
    let mut decoded = char::decode_utf16(units).take(usize::from(is_pair));
    Some((decoded.next()?.ok()?, 12))
}

fn hexadecimal(digits: &str) -> Option<u32> {
    let is_one = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_one.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        readable(text, 1_000).expect("it is short").into_owned()
    }

    #[test]
    fn tokens_are_counted_and_what_is_between_them_is_not() {
        let document = "query A($n: [Int!] = [-1.5e+3]) { a(x: \"{ } # \\\" {\") ...F # { { {\n";
        let tokens = 24;
        assert!(readable(document, tokens).is_ok());
        assert_eq!(readable(document, tokens - 1), Err(TooMuch::Tokens(tokens - 1)));
        assert!(readable(&" ,\n\u{feff}".repeat(1_000), 0).is_ok());
        assert!(readable("\"\"\" { \\\"\"\" { \"\"\"", 1).is_ok());
        for open in ["{", "[", "("] {
            assert_eq!(readable(&open.repeat(65), 1_000), Err(TooMuch::Nesting));
            assert!(readable(&format!("{open}{}", "{}".repeat(100)), 1_000).is_ok());
        }
    }

    #[test]
    fn every_escape_of_the_specification_is_written_as_the_parser_knows_it() {
        assert_eq!(
            read(r#"{ a(x: "\uD83D\uDE00!", y: "1") }"#),
            "{ a(x: \"\u{1F600}!\", y: \"1\") }"
        );
        assert_eq!(read(r#""\u{1F600}\u{41}\u{22}\n""#), "\"\u{1F600}\\u0041\\u0022\\n\"");
        // What the parser knows or must refuse stays, and so does whatever is no string.
        for kept in [
            r#""\u00e9\n\\u{41}""#,
            r#""\uD83D""#,
            r#""\uD83Dx\uDE00""#,
            r#""\uDE00\uD83D""#,
            r#""\uD83D\uD83D""#,
            r#""\u{D800}""#,
            r#""\u{110000}""#,
            r#""\u{}""#,
            r#""\u{41""#,
            r#""\u{+41}""#,
            r#"""" \u{1F600} """"#,
            r"# \u{1F600}",
            r#"" \"#,
            r#""\u"#,
            r#""\u{é"#,
        ] {
            assert_eq!(read(kept), kept);
        }
    }
}
