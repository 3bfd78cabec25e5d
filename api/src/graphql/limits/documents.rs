//! Documents that were parsed lately. Clients send the same few again and again, and parsing one
//! takes longer than running it.

use std::sync::Arc;

use async_graphql::parser::types::ExecutableDocument;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

/// How many bytes of documents are kept, their parsed forms not counted.
const MAX_BYTES: u64 = 1024 * 1024;
/// A longer document is rather a machine's than a client's own, and not kept.
const LONGEST: usize = 16 * 1024;
/// What most documents are as long as.
const USUAL: u64 = 1024;

/// Parsed documents by their text.
#[derive(Debug, Clone)]
pub(crate) struct Documents {
    parsed: Arc<Cache<String, Arc<ExecutableDocument>, ByLength>>,
}

#[derive(Debug, Clone)]
struct ByLength;

impl Weighter<String, Arc<ExecutableDocument>> for ByLength {
    fn weight(&self, text: &String, _: &Arc<ExecutableDocument>) -> u64 {
        // What weighs nothing would never be given up.
        text.len().max(1) as u64
    }
}

impl Documents {
    /// None yet.
    pub(crate) fn new() -> Self {
        let usual_count = usize::try_from(MAX_BYTES / USUAL).unwrap_or(usize::MAX);
        Self { parsed: Arc::new(Cache::with_weighter(usual_count, MAX_BYTES, ByLength)) }
    }

    /// The document with this text, if it is known.
    pub(crate) fn get(&self, text: &str) -> Option<ExecutableDocument> {
        self.parsed.get(text).map(|document| (*document).clone())
    }

    /// Keeps a document for the next time.
    pub(crate) fn keep(&self, text: &str, document: &ExecutableDocument) {
        if text.len() <= LONGEST {
            self.parsed.insert(text.to_owned(), Arc::new(document.clone()));
        }
    }
}
