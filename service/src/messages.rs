//! What all messages to callers share.

/// A fact as a sentence.
pub fn sentence(fact: &impl std::fmt::Display) -> String {
    let text = fact.to_string();
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), characters.as_str())
}
