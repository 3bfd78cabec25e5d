//! The content lines of an iCalendar file (RFC 5545, section 3.1), every one of them. What a reader
//! skips in silence could be a holiday, so a line that is none is a fault with its number.

use super::BadHolidays;

/// One property with its parameters and its value, or the beginning or end of a component. Names
/// are in capitals, whichever letters the file has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// For example `DTSTART`.
    pub(super) name: String,
    /// For example `VALUE` with `DATE`.
    pub(super) parameters: Vec<(String, String)>,
    /// What comes after the colon.
    pub(super) value: String,
}

/// All lines of a file, folded ones put together.
///
/// # Errors
/// [`BadHolidays::Line`], for the first line that is none.
pub(super) fn read(text: &str) -> Result<Vec<Line>, BadHolidays> {
    let mut whole: Vec<(usize, String)> = Vec::new();
    let text = text.trim_start_matches('\u{feff}');
    for (index, raw) in text.split('\n').enumerate() {
        let raw = raw.strip_suffix('\r').unwrap_or(raw);
        match (raw.strip_prefix([' ', '\t']), whole.last_mut()) {
            (Some(rest), Some((_, before))) => before.push_str(rest),
            _ if raw.trim().is_empty() => {}
            _ => whole.push((index + 1, raw.to_owned())),
        }
    }
    let parse = |(number, line): (usize, String)| parse(&line).ok_or(BadHolidays::Line(number));
    whole.into_iter().map(parse).collect()
}

fn parse(line: &str) -> Option<Line> {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let mut parts = Vec::new();
    let mut rest = line;
    // Up to the first colon outside of quotation marks; parts are separated by semicolons.
    let value = loop {
        let mut is_quoted = false;
        let end = rest.find(|letter| {
            is_quoted ^= letter == '"';
            !is_quoted && (letter == ':' || letter == ';')
        })?;
        parts.push(&rest[..end]);
        let separator = rest[end..].chars().next();
        rest = &rest[end + 1..];
        if separator == Some(':') {
            break rest;
        }
    };
    let name = parts.first().filter(|name| is_name(name))?.to_ascii_uppercase();
    let parameter = |part: &&str| {
        let (name, value) = part.split_once('=').filter(|(name, _)| is_name(name))?;
        Some((name.to_ascii_uppercase(), value.replace('"', "")))
    };
    let parameters = parts[1..].iter().map(parameter).collect::<Option<_>>()?;
    Some(Line { name, parameters, value: value.to_owned() })
}
