//! Records of comma-separated values with the lines of the file that they take up, and whether
//! their quotes are sound.
//!
//! A reader of such files is forgiving: a quote that nobody closes takes in all that follows, line
//! by line, as one value. So code that reads a file that people send asks here which lines a record
//! has taken.

use csv::ByteRecord;

/// A record and where it is in its file.
#[derive(Debug)]
pub struct Placed<'a> {
    /// Its values.
    pub values: ByteRecord,
    /// Its first line, from 1.
    pub first: u64,
    /// Its last line.
    pub last: u64,
    /// The text that it was read from.
    pub raw: &'a [u8],
    /// Whether its quotes are sound.
    pub quotes: Quotes,
}

/// How a record's quotes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quotes {
    /// Each that opens a value closes it.
    Sound,
    /// Text follows a quote that closes a value.
    Misplaced,
    /// The file ends before the closing one.
    Unclosed,
}

/// The records of a file, the heading among them. Blank lines are passed over.
pub fn records(
    bytes: &[u8],
    delimiter: u8,
) -> impl Iterator<Item = Result<Placed<'_>, csv::Error>> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .has_headers(false)
        .from_reader(bytes);
    let mut lines = LineNumbers { bytes, counted: 0, number: 1 };
    std::iter::from_fn(move || {
        let begun = place(reader.position());
        let mut values = ByteRecord::new();
        match reader.read_byte_record(&mut values) {
            Ok(true) => {}
            Ok(false) => return None,
            Err(error) => return Some(Err(error)),
        }
        let raw = &bytes[begun..place(reader.position())];
        let blank = raw.iter().take_while(|byte| is_line_end(**byte)).count();
        let begun = begun + blank;
        let raw = without_end_of_line(&raw[blank..]);
        let first = lines.at(begun);
        let last = lines.at(begun + raw.len().saturating_sub(1));
        Some(Ok(Placed { values, first, last, raw, quotes: quotes(raw, delimiter) }))
    })
}

/// How many lines a text has.
pub fn count(bytes: &[u8]) -> u64 {
    let mut lines = LineNumbers { bytes, counted: 0, number: 1 };
    let ends_in_line = bytes.last().is_some_and(|byte| !is_line_end(*byte));
    lines.at(bytes.len()) - u64::from(!ends_in_line)
}

fn place(position: &csv::Position) -> usize {
    usize::try_from(position.byte()).unwrap_or(usize::MAX)
}

const fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

fn without_end_of_line(raw: &[u8]) -> &[u8] {
    let ends = raw.iter().rev().take_while(|byte| is_line_end(**byte)).count();
    &raw[..raw.len() - ends]
}

/// Counts lines up to a place, which only moves on.
struct LineNumbers<'a> {
    bytes: &'a [u8],
    counted: usize,
    number: u64,
}

impl LineNumbers<'_> {
    /// The number of the line that this place is on.
    fn at(&mut self, place: usize) -> u64 {
        while self.counted < place.min(self.bytes.len()) {
            let ends_line = match self.bytes[self.counted] {
                b'\n' => true,
                b'\r' => self.bytes.get(self.counted + 1) != Some(&b'\n'),
                _ => false,
            };
            self.number += u64::from(ends_line);
            self.counted += 1;
        }
        self.number
    }
}

/// Where in a record a quote means something else.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    ValueStart,
    Value,
    Quotes,
    QuoteInQuotes,
}

fn quotes(raw: &[u8], delimiter: u8) -> Quotes {
    let mut within = Within::ValueStart;
    let mut quotes = Quotes::Sound;
    for &byte in raw {
        within = match (within, byte) {
            (Within::Quotes, b'"') => Within::QuoteInQuotes,
            (Within::Quotes, _) | (Within::ValueStart | Within::QuoteInQuotes, b'"') => {
                Within::Quotes
            }
            (_, byte) if byte == delimiter => Within::ValueStart,
            (Within::QuoteInQuotes, _) => {
                quotes = Quotes::Misplaced;
                Within::Value
            }
            _ => Within::Value,
        };
    }
    if within == Within::Quotes { Quotes::Unclosed } else { quotes }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(text: &str) -> Vec<(String, u64, u64, Quotes)> {
        let read = records(text.as_bytes(), b',').map(|record| {
            let record = record.expect("a record");
            let values: Vec<_> = record.values.iter().map(String::from_utf8_lossy).collect();
            (values.join("|"), record.first, record.last, record.quotes)
        });
        read.collect()
    }

    fn sound(values: &str, first: u64, last: u64) -> (String, u64, u64, Quotes) {
        (values.to_owned(), first, last, Quotes::Sound)
    }

    #[test]
    fn a_record_has_the_lines_that_it_takes_up() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["a,b", "", "", "\"c", "", "d\",e", "f,g", ""].join(end);
            let c = format!("c{end}{end}d|e");
            let expected = [sound("a|b", 1, 1), sound(&c, 4, 6), sound("f|g", 7, 7)];
            assert_eq!(placed(&text), expected, "{end:?}");
            assert_eq!(count(text.as_bytes()), 7, "{end:?}");
        }
        assert_eq!(placed("\n\na"), [sound("a", 3, 3)]);
        assert_eq!((count(b""), count(b"a"), count(b"a\n"), count(b"a\nb")), (0, 1, 1, 2));
    }

    #[test]
    fn quotes_are_looked_at() {
        for (text, quotes) in [
            ("a,\"b \"\"c\"\" d\",e", Quotes::Sound),
            ("a,12\",b", Quotes::Sound),
            ("\"\",\"\"", Quotes::Sound),
            ("a,\"12\" panel\",b", Quotes::Misplaced),
            ("a,\"b\nc,\"d\",e", Quotes::Misplaced),
            ("a,\"b\nc,d\ne,f\n", Quotes::Unclosed),
            ("a,\"b\"\"\nc", Quotes::Unclosed),
        ] {
            let found: Vec<Quotes> = placed(text).into_iter().map(|record| record.3).collect();
            assert_eq!(found, [quotes], "{text:?}");
        }
    }
}
