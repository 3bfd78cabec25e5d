//! The one writer of comma-separated values (ADR 0059).
//!
//! What we write is opened by spreadsheets, which take a text that begins with a sign for a formula
//! and a file without a byte order mark for one in an old character set. So texts are guarded and
//! the mark is written; figures, which are ours, stay figures.

use std::borrow::Cow;
use std::io::Write;

/// What makes spreadsheets read a file as UTF-8.
pub const BYTE_ORDER_MARK: &str = "\u{feff}";

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell<'a> {
    /// A text, which may come from anybody.
    Text(Cow<'a, str>),
    /// A number, a date, a code or whatever else this program makes itself.
    Figure(String),
}

impl<'a> Cell<'a> {
    /// A text, which may come from anybody.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    /// A number, a date, a code or whatever else this program makes itself.
    pub fn figure(figure: impl std::fmt::Display) -> Self {
        Self::Figure(figure.to_string())
    }

    /// The same; empty if there is none.
    pub fn optional(figure: Option<impl std::fmt::Display>) -> Self {
        figure.map_or_else(|| Self::Figure(String::new()), Self::figure)
    }

    fn written(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => guarded(text),
            Self::Figure(figure) => Cow::Borrowed(figure),
        }
    }
}

/// Writes records in UTF-8 (RFC 4180), with a heading.
pub struct Spreadsheet<W: Write>(csv::Writer<W>);

impl<W: Write> Spreadsheet<W> {
    /// Begins with the mark and a heading.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn new(mut to: W, heading: &[&str]) -> Result<Self, csv::Error> {
        to.write_all(BYTE_ORDER_MARK.as_bytes())?;
        let mut writer = csv::Writer::from_writer(to);
        writer.write_record(heading)?;
        Ok(Self(writer))
    }

    /// Adds a record.
    ///
    /// # Errors
    /// Where it cannot be written, or has more or fewer values than the heading.
    pub fn record<'a>(
        &mut self,
        cells: impl IntoIterator<Item = Cell<'a>>,
    ) -> Result<(), csv::Error> {
        for cell in cells {
            self.0.write_field(cell.written().as_bytes())?;
        }
        self.0.write_record(None::<&[u8]>)
    }

    /// Writes what is left, and gives back what it was written to.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn finish(self) -> Result<W, csv::Error> {
        self.0.into_inner().map_err(|error| error.into_error().into())
    }
}

/// A text that a spreadsheet would take for a formula begins with an apostrophe. White space before
/// the sign does not keep every spreadsheet from it.
fn guarded(text: &str) -> Cow<'_, str> {
    const SIGNS: &[char] = &['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    if text.starts_with(['\t', '\r', '\n']) || text.trim_start().starts_with(SIGNS) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_guarded_and_figures_are_not() {
        let mut sheet = Spreadsheet::new(Vec::new(), &["a", "b"]).expect("written");
        for text in ["=1", "+1", "-1", "@x", "\t=1", "\rx", " =1", "＝1", "a=1", "", "1"] {
            sheet.record([Cell::text(text), Cell::figure(-1)]).expect("written");
        }
        let written = String::from_utf8(sheet.finish().expect("written")).expect("a text");
        let text = written.strip_prefix(BYTE_ORDER_MARK).expect("the mark");
        let mut rows = csv::Reader::from_reader(text.as_bytes());
        let rows = rows.records().map(|row| row.expect("a record"));
        let (texts, figures): (Vec<String>, Vec<String>) =
            rows.map(|row| (row[0].to_owned(), row[1].to_owned())).unzip();
        let guarded = ["'=1", "'+1", "'-1", "'@x", "'\t=1", "'\rx", "' =1", "'＝1", "a=1", "", "1"];
        assert_eq!(texts, guarded);
        assert!(figures.iter().all(|figure| figure == "-1"));
    }

    #[test]
    fn a_record_that_does_not_fit_the_heading_is_a_mistake() {
        let mut sheet = Spreadsheet::new(Vec::new(), &["a", "b"]).expect("written");
        assert!(sheet.record([Cell::text("x")]).is_err());
    }
}
