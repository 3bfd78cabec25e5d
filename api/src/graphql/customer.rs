//! Customers as GraphQL shows them.

use async_graphql::{ID, Object};
use chrono::{DateTime, Utc};
use servicedesk_projections::customer::customer_directory::CustomerRow;

use crate::graphql::relay::global_id;

/// A customer.
pub struct Customer(pub CustomerRow);

/// A customer.
#[Object]
impl Customer {
    /// The global id.
    pub async fn id(&self) -> ID {
        global_id(self.0.customer_id)
    }

    /// The customer's name.
    async fn name(&self) -> &str {
        self.0.name.reveal()
    }

    /// Since when the person is a customer.
    async fn registered_at(&self) -> DateTime<Utc> {
        self.0.registered_at
    }
}
