//! What requests are measured by, kept between commands: what a clock has laid out of a year is
//! worth keeping.

use std::sync::{Arc, Mutex, PoisonError};

use servicedesk_domain::catalogue::Catalogue;
use servicedesk_domain::sla::Book;

/// The book of this process.
#[derive(Debug, Clone, Default)]
pub struct BookCache(Arc<Mutex<Arc<Book>>>);

impl BookCache {
    /// The book of this catalogue: the one that is there, unless something was defined since.
    pub fn book(&self, catalogue: &Catalogue) -> Arc<Book> {
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !book.is_of(catalogue) {
            *book = Arc::new(Book::new(catalogue));
        }
        book.clone()
    }
}
