//! What a refusal says of the other work that takes some of the same time (B3).

use async_graphql::{ComplexObject, Context, Result, SimpleObject};
use chrono::{DateTime, Utc};
use servicedesk_domain::ticket::TicketId;

use super::types::{Ticket, visible};

/// Other work of an agent, logged or timed, that takes some of the same time.
#[derive(Debug, Clone, Copy, SimpleObject)]
#[graphql(complex)]
pub struct OverlappedWork {
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended; now if its timer runs.
    pub ended_at: DateTime<Utc>,
    /// On which ticket.
    #[graphql(skip)]
    pub ticket_id: TicketId,
}

#[ComplexObject]
impl OverlappedWork {
    /// The ticket, if the caller may see it.
    async fn ticket(&self, context: &Context<'_>) -> Result<Option<Ticket>> {
        Ok(visible(context, self.ticket_id).await?)
    }
}
