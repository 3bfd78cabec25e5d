//! Staff as GraphQL shows it. A customer learns a member's name and no more.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use serde::Serialize;
use servicedesk_domain::staff::{self as domain, Command};
use servicedesk_projections::staff::staff_directory::{self, StaffDirectory};
use uuid::Uuid;

use crate::graphql::catalogue::{Department, departments};
use crate::graphql::guards;
use crate::graphql::guards::StaffOnly;
use crate::graphql::loaders::Loaders;
use crate::graphql::mutation::{self, MutationKeys, UserError};
use crate::graphql::query;
use crate::graphql::relay::{EventPosition, PageArgs, PageRequest, global_id, list_cost};
use crate::graphql::ticket::timers::Timer;
use servicedesk_service::access::RequestInfo;
use servicedesk_service::access::policy;
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;
use servicedesk_service::staff::messages::message;
use servicedesk_service::staff::use_cases;

/// What a member of staff may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::Role")]
pub enum Role {
    /// Works the tickets of the own departments.
    Agent,
    /// Works every ticket.
    Manager,
    /// Reads everything and changes nothing.
    Auditor,
    /// May do everything.
    Admin,
}

/// A member of staff.
pub struct StaffMember(pub StaffDirectory);

/// A member of staff.
#[Object]
impl StaffMember {
    /// The global id.
    pub async fn id(&self) -> ID {
        global_id(self.0.staff_member_id)
    }

    /// The name that colleagues and customers see.
    async fn name(&self) -> &str {
        self.0.name.reveal()
    }

    /// What the member may do. For staff only.
    #[graphql(guard = "StaffOnly")]
    async fn role(&self) -> Option<Role> {
        Some(self.0.role.into())
    }

    /// Whose tickets the member works. For staff only.
    #[graphql(guard = "StaffOnly", complexity = "1 + 3 * child_complexity")]
    async fn departments(&self, context: &Context<'_>) -> Result<Option<Vec<Department>>> {
        departments(context, &self.0.department_ids).await.map(Some)
    }

    /// Whether tickets may be assigned to the member by policy. For staff only.
    #[graphql(guard = "StaffOnly")]
    async fn is_available(&self) -> Option<bool> {
        Some(self.0.is_available)
    }

    /// The timer that runs while the member works on a ticket. For staff only.
    #[graphql(guard = "StaffOnly")]
    async fn timer(&self) -> Option<Timer> {
        self.0.timer.map(Timer)
    }
}

/// A list of staff.
pub type StaffMembers = Connection<String, StaffMember, EmptyFields>;

/// Queries on staff.
#[derive(Default)]
pub struct StaffQuery;

#[Object]
impl StaffQuery {
    /// Everybody who works here, in the order of ids. For staff only.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn staff_members(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
        #[graphql(desc = "The first so many; 50 where not given, 100 at most.")] first: Option<i32>,
        #[graphql(desc = "The last so many; 100 at most.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer shows what was recorded up to here.")]
        consistent_with: Option<EventPosition>,
    ) -> Result<StaffMembers> {
        let caller = guards::caller(context)?;
        policy::may_read(caller)?;
        policy::reading_staff(caller)?;
        let desk = context.data::<Desk>()?;
        query::shows(desk, consistent_with).await?;
        let request: PageRequest<domain::StaffMemberId> =
            PageArgs { after, before, first, last }.read()?;
        let rows = staff_directory::page(desk.log.db(), side(&request), request.limit()).await;
        let rows = rows.map_err(ApiError::from)?;
        let cursor = |row: &StaffDirectory| row.staff_member_id;
        Ok(request.page(rows, EmptyFields, cursor, StaffMember)?)
    }
}

fn side(request: &PageRequest<domain::StaffMemberId>) -> staff_directory::Side {
    match request {
        PageRequest::Forward { after, .. } => staff_directory::Side::After(*after),
        PageRequest::Backward { before, .. } => staff_directory::Side::Before(*before),
    }
}

/// Why a shift does not start or end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, strum::EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ShiftErrorCode {
    /// The member of staff is not registered.
    StaffMemberNotFound,
    /// An auditor works no tickets.
    WorksNoTickets,
}

/// What came of starting or ending a shift.
pub struct ShiftPayload {
    outcome: mutation::Outcome<domain::Rejection>,
    member: domain::StaffMemberId,
}

/// What came of starting or ending a shift.
#[Object]
impl ShiftPayload {
    /// The member of staff, as changed.
    async fn staff_member(&self, context: &Context<'_>) -> Result<Option<StaffMember>> {
        if self.outcome.rejection.is_some() {
            return Ok(None);
        }
        context.data::<Desk>()?.consistent_with(self.outcome.position).await?;
        let found = context.data::<Loaders>()?.staff_member(self.member).await?;
        Ok(found.map(StaffMember))
    }

    /// Why nothing was recorded; empty when all went well.
    async fn user_errors(&self, context: &Context<'_>) -> Result<Vec<UserError<ShiftErrorCode>>> {
        let language = context.data::<RequestInfo>()?.language;
        let told = |rejection: domain::Rejection| {
            UserError::plain(rejection.code(), &message(rejection, language))
        };
        Ok(self.outcome.rejection.map(told).transpose()?.into_iter().collect())
    }

    /// The log position of what was recorded.
    async fn position(&self) -> EventPosition {
        EventPosition(self.outcome.position)
    }
}

/// Starts the caller's shift.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct StartShiftInput {
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Ends the caller's shift.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct EndShiftInput {
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Mutations on staff.
#[derive(Default)]
pub struct StaffMutation;

#[Object]
impl StaffMutation {
    /// The calling agent takes tickets from now on: new ones may be assigned by policy.
    async fn start_shift(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: StartShiftInput,
    ) -> Result<ShiftPayload> {
        shift(context, "startShift", &input, input.idempotency_key, Command::StartShift).await
    }

    /// The calling agent takes no tickets from now on; those assigned already stay.
    async fn end_shift(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: EndShiftInput,
    ) -> Result<ShiftPayload> {
        shift(context, "endShift", &input, input.idempotency_key, Command::EndShift).await
    }
}

async fn shift(
    context: &Context<'_>,
    name: &str,
    input: &impl Serialize,
    idempotency_key: Option<Uuid>,
    command: Command,
) -> Result<ShiftPayload> {
    let keys = MutationKeys::unversioned(idempotency_key);
    let request = mutation::request(context, keys)?;
    let member = policy::reading_staff(request.caller)?.staff_member_id;
    let desk = context.data::<Desk>()?;
    let done = use_cases::change_shift(desk, request, name, input, command).await;
    Ok(ShiftPayload { outcome: mutation::outcome(desk, done)?, member })
}
