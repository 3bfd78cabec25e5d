//! Mutations on customers.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use serde::Serialize;
use servicedesk_domain::customer::{self as domain, CustomerId};
use servicedesk_service::customer::erasing::{self, Erasure};
use servicedesk_service::desk::Desk;
use servicedesk_service::identity::Door;

use super::Customer;
use crate::graphql::loaders::Loaders;
use crate::graphql::mutation::{self, Outcome, RetryKey};
use crate::graphql::payload::Payload;
use crate::graphql::query::data;
use crate::graphql::relay::parse_id;

/// Why a person is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize)]
#[graphql(remote = "domain::ErasureBasis")]
pub enum ErasureBasis {
    /// They have asked for it.
    Requested,
    /// Nobody needs their data any more.
    RetentionEnded,
}

/// Erases a customer.
#[derive(Clone, InputObject, Serialize)]
pub struct EraseCustomerInput {
    /// The customer.
    pub customer_id: ID,
    /// The customer's name, written out exactly as `Customer.name` shows it, so that nobody is
    /// erased by a slip.
    // No part of the request's fingerprint: that stays when the name is gone.
    #[serde(skip)]
    pub confirmation: String,
    /// Why.
    pub basis: ErasureBasis,
    /// The key for a safe retry.
    #[graphql(flatten)]
    #[serde(flatten)]
    pub key: RetryKey,
}

/// The result of a mutation on a customer.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct CustomerPayload {
    #[graphql(flatten)]
    outcome: Outcome,
    #[graphql(skip)]
    customer_id: CustomerId,
}

#[ComplexObject]
impl CustomerPayload {
    /// The customer, as changed. Null on a refusal.
    async fn customer(&self, context: &Context<'_>) -> Result<Option<Customer>> {
        let Some(executed) = self.outcome.executed else { return Ok(None) };
        data::<Desk>(context)?.consistent_with(executed.position).await?;
        Ok(data::<Loaders>(context)?.customer(self.customer_id).await?.map(Customer))
    }
}

/// Mutations on customers.
#[derive(Default)]
pub struct CustomerMutation;

#[Object]
impl CustomerMutation {
    /// Erases a customer: destroys the key of their personal data, so that nobody can ever read it
    /// again, ends their log-in, and deletes what is kept of them beside the log. What was charged
    /// and paid stays, under their id. It cannot be undone. For administrators.
    async fn erase_customer(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: EraseCustomerInput,
    ) -> Result<Payload<EraseCustomerInput, CustomerPayload>> {
        let acting = mutation::begin(context, &input, input.key)?;
        let customer_id = parse_id(&input.customer_id)?;
        let EraseCustomerInput { confirmation, basis, .. } = input;
        let erasure = Erasure { customer_id, confirmation, basis: basis.into() };
        let done = erasing::erase_customer(acting, data::<Arc<Door>>(context)?, erasure).await;
        Ok(CustomerPayload { outcome: Outcome::of(context, done)?, customer_id }.into())
    }
}
