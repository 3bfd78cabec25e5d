//! Titles that customers read, in the two languages of the product.

use serde::{Deserialize, Serialize};

/// A language of the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Russian, the language of the source.
    Ru,
    /// English.
    #[default]
    En,
}

/// What something is called, in every language of the product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// In Russian.
    pub ru: String,
    /// In English.
    pub en: String,
}

impl Title {
    /// The title in `language`.
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Ru => &self.ru,
            Language::En => &self.en,
        }
    }
}
