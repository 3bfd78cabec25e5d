//! From a request to a document that is worth validating: found by its text or its hash, bounded
//! before it is parsed, and measured before anything else looks at it. Clients send the same few
//! again and again, and parsing one takes longer than running it, so they are kept.

use std::sync::Arc;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection,
    SelectionSet,
};
use async_graphql::{Request, ServerError, Value, Variables};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use servicedesk_service::error::ApiError;
use sha2::{Digest, Sha256};

use super::expansion::expanded_size;
use super::trusted::TrustedDocuments;
use super::validation::{Validated, Validation};
use super::{introspection, lexing};
use crate::config::Limits;
use crate::graphql::errors::server_error;

/// The extension of a request in which a client names a document by its hash.
pub const PERSISTED: &str = "persistedQuery";
/// How many bytes of documents are kept, their parsed forms not counted.
const MAX_KEPT_BYTES: u64 = 1024 * 1024;
/// A longer document is rather a machine's than a client's own, and not kept.
const MAX_BYTES_OF_ONE: usize = 16 * 1024;
/// What most documents are as long as.
const USUAL_BYTES: u64 = 1024;

/// More selections than a page needs. They are worked off in one go, some ten microseconds each.
const LONG_DOCUMENT: usize = 500;

/// The documents of this process.
#[derive(Debug, Clone)]
pub struct Documents {
    limits: Limits,
    trusted: TrustedDocuments,
    validation: Validation,
    parsed: Arc<Cache<String, Arc<Document>, ByLength>>,
    /// Texts by the SHA-256 under which clients name them (automatic persisted queries).
    persisted: Arc<Cache<String, Arc<str>, ByLength>>,
}

/// A document that was parsed, measured and validated.
#[derive(Debug)]
pub struct Document {
    parsed: ExecutableDocument,
    validated: Validated,
    /// How many selections it has with its fragments written out, and so the least that it costs.
    pub(super) size: usize,
    /// The additional cost of its introspection. None if it has none.
    pub(super) introspection: Option<usize>,
    /// Whether it asks for nothing but the schema.
    pub(super) is_introspection: bool,
}

#[derive(Debug, Clone)]
struct ByLength;

impl Weighter<String, Arc<Document>> for ByLength {
    fn weight(&self, text: &String, _: &Arc<Document>) -> u64 {
        // What weighs nothing would never be given up.
        text.len().max(1) as u64
    }
}

impl Weighter<String, Arc<str>> for ByLength {
    fn weight(&self, hash: &String, text: &Arc<str>) -> u64 {
        (hash.len() + text.len()).max(1) as u64
    }
}

impl Documents {
    /// None yet.
    pub fn new(limits: Limits, trusted: TrustedDocuments, validation: Validation) -> Self {
        let usual_count = usize::try_from(MAX_KEPT_BYTES / USUAL_BYTES).unwrap_or(usize::MAX);
        Self {
            limits,
            trusted,
            validation,
            parsed: Arc::new(Cache::with_weighter(usual_count, MAX_KEPT_BYTES, ByLength)),
            persisted: Arc::new(Cache::with_weighter(usual_count, MAX_KEPT_BYTES, ByLength)),
        }
    }

    /// Puts the document's text into a request that may name it by its hash alone.
    ///
    /// # Errors
    /// `Forbidden` if only trusted documents are run and this is none of them, `BadUserInput`
    /// for a hash that is not known or not the document's, and for a document that is too long.
    pub fn find(&self, request: Request) -> Result<Request, ApiError> {
        let mut request = self.trusted.admit(request)?;
        let named = request.extensions.remove(PERSISTED).map(sha256_of).transpose()?;
        if let Some(hash) = named {
            if request.query.is_empty() {
                // Clients know this very message, and send the text.
                let unknown = || ApiError::BadUserInput("PersistedQueryNotFound".to_owned());
                request.query = self.persisted.get(&hash).ok_or_else(unknown)?.to_string();
            } else if request.query.len() <= self.limits.document_bytes {
                if sha256(&request.query) != hash {
                    let problem = "the sha256Hash is not that of the document";
                    return Err(ApiError::BadUserInput(problem.to_owned()));
                }
                // Anybody may have a document kept under its hash, so a long one is run and not
                // kept; its client sends it again.
                if request.query.len() <= MAX_BYTES_OF_ONE {
                    self.persisted.insert(hash, Arc::from(request.query.as_str()));
                }
            }
        }
        let longest = self.limits.document_bytes;
        if request.query.len() > longest {
            let problem = format!("a document has at most {longest} bytes");
            return Err(ApiError::BadUserInput(problem));
        }
        Ok(request)
    }

    /// Parses a document, measures it and compares it with the schema.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(&self, text: &str) -> Result<Arc<Document>, Vec<ServerError>> {
        if let Some(known) = self.parsed.get(text) {
            return Ok(known);
        }
        let document = Arc::new(self.validated(text)?);
        // Only what passed is kept.
        if text.len() <= MAX_BYTES_OF_ONE {
            self.parsed.insert(text.to_owned(), document.clone());
        }
        Ok(document)
    }

    fn validated(&self, text: &str) -> Result<Document, Vec<ServerError>> {
        let refused = |problem: String| vec![server_error(&ApiError::BadUserInput(problem))];
        let readable = lexing::readable(text, self.limits.document_tokens);
        let readable = readable.map_err(|error| refused(error.to_string()))?;
        let parsed = parse_query(&readable).map_err(|error| vec![error.into()])?;
        // Each selection costs at least a point, so a document that is too large can be refused
        // before the validation walks it.
        let (size, largest) = (expanded_size(&parsed), self.limits.query_cost);
        if size == usize::MAX {
            return Err(refused("a fragment contains itself, or nests too deep".to_owned()));
        }
        if size > largest {
            return Err(refused(format!("a query has at most {largest} fields")));
        }
        let introspection = introspection::cost(&parsed);
        let introspection = introspection.map_err(|error| vec![server_error(&error)])?;
        let validated = self.validation.validate(&readable)?;
        let subscribed = parsed
            .operations
            .iter()
            .filter(|(_, operation)| operation.node.ty == OperationType::Subscription)
            .all(|(_, operation)| roots(&parsed, &operation.node.selection_set.node) == 1);
        if !subscribed {
            return Err(refused("a subscription has one field at its root".to_owned()));
        }
        let is_introspection = parsed.operations.iter().all(|(_, operation)| {
            operation.node.selection_set.node.items.iter().all(|item| match &item.node {
                Selection::Field(field) => field.node.name.node.starts_with("__"),
                Selection::FragmentSpread(_) | Selection::InlineFragment(_) => false,
            })
        });
        Ok(Document { parsed, validated, size, introspection, is_introspection })
    }
}

impl Document {
    /// The document as it was parsed.
    pub const fn parsed(&self) -> &ExecutableDocument {
        &self.parsed
    }

    /// Compares a request's variables with what its operation declares.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn check_variables(
        &self,
        operation_name: Option<&str>,
        variables: &Variables,
    ) -> Result<(), ServerError> {
        self.validated.check_variables(operation_name, variables)
    }

    /// Whether it has an operation that changes anything.
    pub fn has_mutation(&self) -> bool {
        let mut operations = self.parsed.operations.iter();
        operations.any(|(_, operation)| operation.node.ty == OperationType::Mutation)
    }

    /// Whether it has so many selections that carrying it out keeps a thread for long.
    pub const fn is_long(&self) -> bool {
        self.size > LONG_DOCUMENT
    }

    /// Whether it reads the schema.
    pub const fn reads_schema(&self) -> bool {
        self.introspection.is_some()
    }

    /// The operation of this name, or the only one.
    pub fn operation(&self, name: Option<&str>) -> Option<&OperationDefinition> {
        match (&self.parsed.operations, name) {
            (DocumentOperations::Single(operation), _) => Some(&operation.node),
            (DocumentOperations::Multiple(named), Some(name)) => {
                named.get(name).map(|operation| &operation.node)
            }
            (DocumentOperations::Multiple(named), None) if named.len() == 1 => {
                named.values().next().map(|operation| &operation.node)
            }
            (DocumentOperations::Multiple(_), None) => None,
        }
    }
}

/// How many fields a selection has, through fragments. That none of them spreads itself was seen
/// when the document was measured.
fn roots(document: &ExecutableDocument, selections: &SelectionSet) -> usize {
    let count = |selection: &Selection| match selection {
        Selection::Field(_) => 1,
        Selection::InlineFragment(fragment) => roots(document, &fragment.node.selection_set.node),
        Selection::FragmentSpread(spread) => {
            let fragment = document.fragments.get(&spread.node.fragment_name.node);
            fragment.map_or(0, |found| roots(document, &found.node.selection_set.node))
        }
    };
    selections.items.iter().map(|selection| count(&selection.node)).sum()
}

/// The hash in the extension `persistedQuery`.
fn sha256_of(extension: Value) -> Result<String, ApiError> {
    let Value::Object(fields) = extension else { return Err(no_hash()) };
    match (fields.get("version"), fields.get("sha256Hash")) {
        (Some(Value::Number(version)), Some(Value::String(hash)))
            if version.as_u64() == Some(1) =>
        {
            Ok(hash.to_ascii_lowercase())
        }
        _ => Err(no_hash()),
    }
}

fn no_hash() -> ApiError {
    ApiError::BadUserInput("persistedQuery has the version 1 and a sha256Hash".to_owned())
}

fn sha256(text: &str) -> String {
    servicedesk_domain::kernel::hex::encode(&Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents() -> Documents {
        let schema = "schema { query: Q subscription: S } type Q { ok: Int } type S { ok: Int }";
        let validation = Validation::by(schema).expect("a schema");
        let limits = crate::config::Config::default().limits;
        Documents::new(limits, TrustedDocuments::default(), validation)
    }

    #[test]
    fn what_is_too_long_is_refused_before_it_is_parsed() {
        let long = Request::new(format!("{{ {} }}", "a ".repeat(40_000)));
        assert!(matches!(documents().find(long), Err(ApiError::BadUserInput(_))));
        let many = format!("{{ {} }}", "a ".repeat(20_000));
        let refused = documents().parse(&many).expect_err("too many tokens");
        assert!(refused[0].message.contains("tokens"), "{}", refused[0].message);
    }

    #[test]
    fn a_subscription_has_one_root() {
        for (document, is_fine) in [
            ("subscription { ok }", true),
            ("subscription { ok b: ok }", false),
            ("subscription { ...F } fragment F on S { ok ... { b: ok } }", false),
            ("subscription { ...F } fragment F on S { ok }", true),
            ("subscription { ok __typename }", false),
            ("{ ok b: ok }", true),
        ] {
            assert_eq!(documents().parse(document).is_ok(), is_fine, "{document}");
        }
    }
}
