//! Texts that people write, and what is allowed where: the one place that says so.
//!
//! | form | for | line breaks and tabs | direction controls | stored |
//! |---|---|---|---|---|
//! | [`Form::Text`] | messages, notes, reasons | allowed | allowed | as written |
//! | [`Form::Line`] | subjects, references | refused | allowed | as written |
//! | [`Form::Name`] | names, titles, labels | refused | refused | in normal form (NFC) |
//!
//! No form holds other control characters, and each shows something: spaces, marks without a letter
//! and characters that nobody sees make no text.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The most characters of a person's name.
pub const MAX_NAME_CHARACTERS: usize = 200;

/// A text that has passed its checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(String);

/// What sort of text it is, and so what it may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Several lines: a message, a note, a reason.
    Text,
    /// One line: a subject, a reference.
    Line,
    /// One line by which people or things are told apart: a name, a title, a label.
    Name,
}

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextProblem {
    /// Nothing that anybody would see.
    Empty,
    /// Longer than the policy allows.
    TooLong {
        /// The most characters (Unicode scalar values) allowed.
        max: usize,
    },
    /// Holds characters that its form does not allow.
    Unprintable,
}

impl Text {
    /// Checks a text of several lines; see [`Form::parse`].
    pub fn parse(raw: &str, max: usize) -> Result<Self, TextProblem> {
        Form::Text.parse(raw, max)
    }

    /// The text, for storing.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl Form {
    /// Checks `raw`: white space around it is dropped, and what remains must have 1 to `max`
    /// characters, show something, and hold nothing that this form does not allow.
    ///
    /// # Errors
    /// The [`TextProblem`].
    pub fn parse(self, raw: &str, max: usize) -> Result<Text, TextProblem> {
        let trimmed = raw.trim();
        if !trimmed.chars().any(is_visible) {
            let holds_control = trimmed.chars().any(|c| c.is_control() && !c.is_whitespace());
            return Err(if holds_control { TextProblem::Unprintable } else { TextProblem::Empty });
        }
        if trimmed.chars().count() > max {
            return Err(TextProblem::TooLong { max });
        }
        if !trimmed.chars().all(|c| self.allows(c)) {
            return Err(TextProblem::Unprintable);
        }
        Ok(Text(match self {
            Self::Text | Self::Line => trimmed.to_owned(),
            Self::Name => trimmed.nfc().collect(),
        }))
    }

    fn allows(self, character: char) -> bool {
        match self {
            Self::Text => !character.is_control() || matches!(character, '\n' | '\r' | '\t'),
            Self::Line => !is_break(character),
            Self::Name => !is_break(character) && !is_direction(character),
        }
    }
}

/// A foreign text for a terminal: nothing in it moves the cursor, changes colours or the order of
/// what is read. What would is shown as U+FFFD.
pub fn for_terminal(text: &str) -> String {
    let is_harmless = |c: char| !is_break(c) && !is_direction(c);
    text.chars().map(|c| if is_harmless(c) { c } else { '\u{fffd}' }).collect()
}

/// A text as it is searched for: without regard to case, to how letters with marks are composed, or
/// to the dots of `ё`.
pub fn search_form(text: &str) -> String {
    // Upper case first, so that letters fold as they do in every language: `ß` as `ss`.
    let folded = text.nfc().flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    let mut form = String::with_capacity(text.len());
    for character in folded.nfc() {
        match character {
            'ё' => form.push('е'),
            // The dot that small letters get from `İ`.
            '\u{307}' if form.ends_with('i') => {}
            other => form.push(other),
        }
    }
    form
}

/// Whether somebody would see it, alone.
fn is_visible(character: char) -> bool {
    !is_unseen(character) && !character.is_control() && !is_combining_mark(character)
}

/// White space, and characters without a shape of their own.
pub(crate) fn is_unseen(character: char) -> bool {
    character.is_whitespace() || character == '\u{2800}' || is_ignorable(character)
}

fn is_break(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// Marks that change the direction in which what follows is shown.
const fn is_direction(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Characters without a shape of their own: `Default_Ignorable_Code_Point` of Unicode, and the
/// marks of annotations.
const fn is_ignorable(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMS: [Form; 3] = [Form::Text, Form::Line, Form::Name];

    #[test]
    fn a_text_is_trimmed_and_counted_in_characters() {
        assert_eq!(Text::parse("  привет \n", 6).map(Text::into_string), Ok("привет".to_owned()));
        assert_eq!(Text::parse("привет", 5), Err(TextProblem::TooLong { max: 5 }));
        assert_eq!(Text::parse(" \n\t", 5), Err(TextProblem::Empty));
        assert_eq!(Text::parse("a\0b", 5), Err(TextProblem::Unprintable));
        assert!(Text::parse("a\tb\r\nc", 9).is_ok());
    }

    #[test]
    fn what_nobody_sees_is_no_text() {
        for form in FORMS {
            for raw in [
                "\u{200b}\u{2060}",
                "\u{2800}",
                "\u{ad}",
                "\u{3164}",
                "\u{feff}",
                "\u{180e}",
                "\u{115f}",
                "\u{301}",
                "\u{fe0f}",
                "\u{e0041}",
                "\u{a0}\u{200d}",
                "\u{ffa0}",
                "\u{2800}\u{301}",
                "\u{34f}",
                "\u{2028}",
            ] {
                assert_eq!(form.parse(raw, 9), Err(TextProblem::Empty), "{raw:?}");
            }
            for raw in
                ["👨\u{200d}👩\u{200d}👧", "Привет\u{200b}мир", "e\u{301}", "❤\u{fe0f}", ".", "ـ"]
            {
                assert!(form.parse(raw, 99).is_ok(), "{raw:?}");
            }
        }
    }

    #[test]
    fn each_form_allows_its_own() {
        for (raw, is_allowed) in [
            ("one line", [true, true, true]),
            ("a\nb", [true, false, false]),
            ("a\r\nb", [true, false, false]),
            ("a\tb", [true, false, false]),
            ("a\u{2028}b", [true, false, false]),
            ("a\u{85}b", [false, false, false]),
            ("a\u{b}b", [false, false, false]),
            ("a\u{202e}b", [true, true, false]),
            ("a\u{2066}b\u{2069}", [true, true, false]),
            ("a\u{200f}b", [true, true, true]),
            ("a\0", [false, false, false]),
            ("a\u{1b}[31m", [false, false, false]),
            ("a\u{7f}b", [false, false, false]),
            ("a\u{9b}31m", [false, false, false]),
        ] {
            assert_eq!(FORMS.map(|form| form.parse(raw, 99).is_ok()), is_allowed, "{raw:?}");
        }
    }

    #[test]
    fn a_name_is_stored_in_normal_form() {
        let name = Form::Name.parse("Сергеи\u{306}", 99).map(Text::into_string);
        assert_eq!(name, Ok("Сергей".to_owned()));
    }

    #[test]
    fn a_search_finds_what_a_person_would() {
        for (stored, asked) in [
            ("Сломан и\u{306}од-фи\u{306}льтр", "йод"),
            ("\u{130}stanbul office", "istanbul"),
            ("I\u{307}stanbul", "i\u{307}stanbul"),
            ("Отчёт", "отчет"),
            ("отчет", "ОТЧЁТ"),
            ("отче\u{308}т", "отчет"),
            ("STRASSE", "straße"),
            ("ΟΔΟΣ", "οδος"),
            ("ΟΔΟΣ", "οδοσ"),
            ("Café", "CAFE\u{301}"),
        ] {
            assert!(search_form(stored).contains(&search_form(asked)), "{stored} {asked}");
        }
        assert!(!search_form("мои").contains(&search_form("мой")), "й is a letter of its own");
    }

    #[test]
    fn nothing_moves_the_terminal() {
        let shown = for_terminal("a\u{1b}[2Jb\u{202e}c\n\u{9b}d");
        assert_eq!(shown, "a\u{fffd}[2Jb\u{fffd}c\u{fffd}\u{fffd}d");
        assert_eq!(for_terminal("Анна ❤\u{fe0f}"), "Анна ❤\u{fe0f}");
    }
}
