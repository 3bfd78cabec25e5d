//! What the caller may do with a ticket now, so that clients need not repeat the rules.

use async_graphql::{Context, Enum, SimpleObject};
use servicedesk_domain::ticket::TicketId;
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;
use servicedesk_service::ticket::actions;

use crate::graphql::guards;
use crate::graphql::loaders::Loaders;
use crate::graphql::mutation::Refusal;
use crate::graphql::query::data;
use crate::graphql::user_error::UserError;

/// Something that can be done with a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "actions::Action")]
pub enum TicketAction {
    /// `acceptTicket`.
    Accept,
    /// `assignTicket`, to an agent who is not responsible for it.
    Assign,
    /// `transferTicket`, to a department that it is not in.
    Transfer,
    /// `joinCollaborator` of the caller.
    Join,
    /// `joinCollaborator` of a colleague who does not work on it.
    JoinCollaborator,
    /// `leaveTicket`.
    Leave,
    /// `addReply`.
    AddReply,
    /// `addNote`.
    AddNote,
    /// `logTime`, of work that ends now. Whether it may be charged depends on the work.
    LogTime,
    /// `startTimer`.
    StartTimer,
    /// `askForAgreement`.
    AskForAgreement,
    /// `agreeToCharges`.
    AgreeToCharges,
    /// `allowCharges`.
    AllowCharges,
    /// `assessPriority`.
    AssessPriority,
    /// `promiseResolution`.
    PromiseResolution,
    /// `awaitCustomer`.
    AwaitCustomer,
    /// `resumeTicket`.
    Resume,
    /// `acknowledgeAnswer`.
    AcknowledgeAnswer,
    /// `resolveTicket`.
    Resolve,
    /// `closeTicket`.
    Close,
    /// `reopenTicket`.
    Reopen,
    /// `remeasureTicket`.
    Remeasure,
}

/// Whether the caller may take an action on a ticket now.
#[derive(SimpleObject)]
pub struct TicketViewerAction {
    /// The action.
    pub action: TicketAction,
    /// Whether it would be done, if what is given with it is in order.
    pub is_allowed: bool,
    /// The refusal that the mutation would give now. Null if it is allowed.
    pub refusal: Option<UserError>,
}

/// What the caller may do with a ticket now.
///
/// # Errors
/// `Unauthenticated`, or `Internal` if it cannot be read.
pub async fn viewer_actions(
    context: &Context<'_>,
    ticket_id: TicketId,
) -> Result<Vec<TicketViewerAction>, ApiError> {
    let (desk, caller) = (data::<Desk>(context)?, guards::caller(context)?);
    let version = data::<Loaders>(context)?.terms().await?;
    let possible = actions::possible(desk, caller, ticket_id, version).await?;
    let shown = possible.into_iter().map(|actions::Possibility { action, refusal }| {
        let refusal = refusal.map(|refusal| refusal.shown(context)).transpose()?;
        Ok(TicketViewerAction { action: action.into(), is_allowed: refusal.is_none(), refusal })
    });
    shown.collect()
}
