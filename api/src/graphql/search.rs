//! What a text search looks for: words, few enough and short enough for either database.

use servicedesk_service::error::ApiError;

/// The most words of a text search.
pub const MAX_WORDS: usize = 8;
/// The most characters of one of them.
pub const MAX_WORD_CHARACTERS: usize = 200;

/// The words of a text; none if there is no text.
///
/// # Errors
/// `BadUserInput` if they cannot be looked for.
pub fn words(text: Option<&str>) -> Result<Vec<String>, ApiError> {
    let words: Vec<String> =
        text.unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    if words.len() > MAX_WORDS {
        return Err(ApiError::BadUserInput(format!("a search has at most {MAX_WORDS} words")));
    }
    // Neither database can look for just anything: SQLite for no long pattern, PostgreSQL for no
    // zero character.
    let is_bad = |word: &String| {
        word.chars().count() > MAX_WORD_CHARACTERS || word.chars().any(char::is_control)
    };
    if words.iter().any(is_bad) {
        return Err(ApiError::BadUserInput(format!(
            "a word has at most {MAX_WORD_CHARACTERS} characters, all of them printable"
        )));
    }
    Ok(words)
}
