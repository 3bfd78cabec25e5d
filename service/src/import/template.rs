//! Texts with places for what a file says, for example `Product {value}`.
//!
//! A place is a name in braces; a doubled brace stands for itself. Which names a template may use
//! is checked when the mapping meets the file, before anything is recorded.

use serde::Deserialize;

/// A text with places to fill in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Place(String),
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTemplate {
    /// A brace has no partner.
    #[error(
        "the template {0:?} has a brace without its partner; a doubled brace stands for itself"
    )]
    LoneBrace(String),
    /// There is nothing between two braces.
    #[error("the template {0:?} has a place without a name")]
    EmptyPlace(String),
}

impl TryFrom<String> for Template {
    type Error = BadTemplate;

    fn try_from(raw: String) -> Result<Self, BadTemplate> {
        let mut pieces = Vec::new();
        let mut text = String::new();
        let mut rest = raw.as_str();
        while let Some(at) = rest.find(['{', '}']) {
            text.push_str(&rest[..at]);
            let from = &rest[at..];
            if from.starts_with("{{") || from.starts_with("}}") {
                text.push_str(&from[..1]);
                rest = &from[2..];
                continue;
            }
            let lone = || BadTemplate::LoneBrace(raw.clone());
            let place = from.strip_prefix('{').ok_or_else(lone)?;
            let (name, behind) = place.split_once('}').ok_or_else(lone)?;
            if name.contains('{') {
                return Err(lone());
            }
            if name.is_empty() {
                return Err(BadTemplate::EmptyPlace(raw.clone()));
            }
            pieces.extend((!text.is_empty()).then(|| Piece::Text(std::mem::take(&mut text))));
            pieces.push(Piece::Place(name.to_owned()));
            rest = behind;
        }
        text.push_str(rest);
        pieces.extend((!text.is_empty()).then_some(Piece::Text(text)));
        Ok(Self(pieces))
    }
}

impl Template {
    /// The names of its places.
    pub(super) fn places(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Place(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// The text with every place filled in by `value_of` its name.
    pub(super) fn fill<'a>(&self, value_of: impl Fn(&str) -> &'a str) -> String {
        let mut filled = String::new();
        for piece in &self.0 {
            filled.push_str(match piece {
                Piece::Text(text) => text,
                Piece::Place(name) => value_of(name),
            });
        }
        filled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(raw: &str) -> Result<Template, BadTemplate> {
        Template::try_from(raw.to_owned())
    }

    #[test]
    fn places_are_filled_and_doubled_braces_stand_for_themselves() {
        let parsed = template("{{{a} and {b c}}}").expect("a template");
        assert_eq!(parsed.places().collect::<Vec<_>>(), ["a", "b c"]);
        assert_eq!(parsed.fill(|name| if name == "a" { "1" } else { "2" }), "{1 and 2}");
        assert_eq!(template("").expect("a template").fill(|_| "x"), "");
    }

    #[test]
    fn a_broken_template_is_refused() {
        for raw in ["{a", "a}", "{a{b}"] {
            assert_eq!(template(raw), Err(BadTemplate::LoneBrace(raw.to_owned())));
        }
        assert_eq!(template("a{}"), Err(BadTemplate::EmptyPlace("a{}".to_owned())));
    }
}
