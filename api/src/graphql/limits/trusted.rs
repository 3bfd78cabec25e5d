//! Trusted documents: where a file of them is configured, no other document is run, whichever way
//! a request comes.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use async_graphql::{Request, Value};
use servicedesk_service::error::ApiError;

use super::documents::PERSISTED;

/// The documents that may be run, where only trusted ones may.
#[derive(Debug, Clone, Default)]
pub struct TrustedDocuments(Option<Arc<HashMap<String, String>>>);

impl TrustedDocuments {
    /// Reads the file of trusted documents, a JSON object of SHA-256 to document; without one,
    /// every document may be run.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let Some(file) = file else { return Ok(Self::default()) };
        let text = std::fs::read_to_string(file)
            .map_err(|error| anyhow::anyhow!("{}: {error}", file.display()))?;
        Ok(Self(Some(Arc::new(serde_json::from_str(&text)?))))
    }

    /// The request with the document that it names, if that is trusted.
    pub(super) fn admit(&self, mut request: Request) -> Result<Request, ApiError> {
        let Some(trusted) = &self.0 else { return Ok(request) };
        let refused = ApiError::Forbidden("only trusted documents are run here");
        // What is named by its hash is looked up here, not among the automatically persisted.
        let named = request.extensions.remove(PERSISTED).and_then(|value| match value {
            Value::Object(mut fields) => fields.swap_remove("sha256Hash"),
            _ => None,
        });
        match named {
            Some(Value::String(hash)) if request.query.is_empty() => {
                request.query.clone_from(trusted.get(&hash).ok_or(refused)?);
                Ok(request)
            }
            _ if trusted.values().any(|document| *document == request.query) => Ok(request),
            _ => Err(refused),
        }
    }
}
