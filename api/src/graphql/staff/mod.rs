//! Staff as GraphQL shows it. A customer learns a member's name and no more.

pub mod absences;
pub mod administering;
pub mod error;

use async_graphql::connection::Connection;
use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use serde::Serialize;
use servicedesk_domain::staff as domain;
use servicedesk_projections::staff::staff_directory::{self, StaffFilter, StaffMemberRow};
use uuid::Uuid;

use self::absences::StaffAbsence;
use self::error::StaffError;
use crate::graphql::catalogue::{Department, departments};
use crate::graphql::guards;
use crate::graphql::loaders::Loaders;
use crate::graphql::mutation::{self, Outcome, Refusal, RetryKey, input_field, parse_code};
use crate::graphql::payload::Payload;
use crate::graphql::query::{self, data};
use crate::graphql::relay::{
    EventPosition, PageArgs, PageRequest, global_id, id_side, list_cost, parse_id,
};
use crate::graphql::search::words;
use crate::graphql::ticket::error::TicketError;
use crate::graphql::ticket::payload::ticket_error;
use crate::graphql::ticket::timers::Timer;
use crate::graphql::user_error::UserError;
use servicedesk_eventlog::Executed;
use servicedesk_service::access::RequestInfo;
use servicedesk_service::access::policy;
use servicedesk_service::desk::Desk;
use servicedesk_service::error::{ApiError, Failure};
use servicedesk_service::staff::messages::message;
use servicedesk_service::staff::shifts;

/// What a member of staff may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize)]
#[graphql(remote = "domain::Role")]
pub enum Role {
    /// Works the tickets of their own departments.
    Agent,
    /// Works every ticket.
    Manager,
    /// Reads everything and changes nothing.
    Auditor,
    /// May do everything.
    Admin,
}

/// A member of staff.
pub struct StaffMember(pub StaffMemberRow);

/// A member of staff.
#[Object]
impl StaffMember {
    /// The global id.
    pub async fn id(&self) -> ID {
        global_id(self.0.staff_member_id)
    }

    /// The name that colleagues and customers see.
    async fn name(&self) -> &str {
        self.0.name.shown()
    }

    /// What the member may do. For staff only.
    async fn role(&self, context: &Context<'_>) -> Option<Role> {
        guards::staff_sees(context).then(|| self.0.role.into())
    }

    /// Whose tickets the member works. For staff only.
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn departments(&self, context: &Context<'_>) -> Result<Option<Vec<Department>>> {
        if !guards::staff_sees(context) {
            return Ok(None);
        }
        departments(context, &self.0.department_ids).await.map(Some)
    }

    /// Whether tickets may be assigned to the member by policy. For staff only.
    async fn is_available(&self, context: &Context<'_>) -> Option<bool> {
        guards::staff_sees(context).then_some(self.0.is_available)
    }

    /// The e-mail address that the member logs in with. Null if they cannot log in yet. For staff
    /// only.
    async fn email(&self, context: &Context<'_>) -> Result<Option<String>> {
        if !guards::staff_sees(context) {
            return Ok(None);
        }
        Ok(data::<Loaders>(context)?.address(self.0.staff_member_id.uuid()).await?)
    }

    /// Whether the member works here. For staff only.
    async fn is_active(&self, context: &Context<'_>) -> Option<bool> {
        guards::staff_sees(context).then_some(self.0.is_active)
    }

    /// With how many open tickets the policy assigns the member no more. Null if that is never so.
    /// For staff only.
    async fn max_open_tickets(&self, context: &Context<'_>) -> Option<u32> {
        self.0.max_open_tickets.filter(|_| guards::staff_sees(context))
    }

    /// When the member is away, now or later: the policy assigns them nothing on those days. For
    /// staff only.
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn absences(&self, context: &Context<'_>) -> Result<Option<Vec<StaffAbsence>>> {
        if !guards::staff_sees(context) {
            return Ok(None);
        }
        absences::of(context, &self.0).await.map(Some).map_err(Into::into)
    }

    /// How many open tickets the member is responsible for. For staff only.
    async fn open_ticket_count(&self, context: &Context<'_>) -> Result<Option<i64>> {
        if !guards::staff_sees(context) {
            return Ok(None);
        }
        let count = data::<Loaders>(context)?.open_tickets(self.0.staff_member_id).await?;
        Ok(Some(count))
    }

    /// The timer that runs while the member works on a ticket. For staff only.
    async fn timer(&self, context: &Context<'_>) -> Option<Timer> {
        self.0.timer.filter(|_| guards::staff_sees(context)).map(Timer)
    }
}

/// A list of staff.
pub type StaffMembers = Connection<String, StaffMember, StaffTotal>;

/// The number of members of staff in a list.
pub struct StaffTotal(StaffFilter);

/// The number of members of staff in a list.
#[Object]
impl StaffTotal {
    /// The total number.
    async fn total_count(&self, context: &Context<'_>) -> Result<i64> {
        let count = staff_directory::count(data::<Desk>(context)?.log.db(), &self.0).await;
        Ok(count.map_err(ApiError::from)?)
    }
}

/// What members of staff are filtered by. All conditions must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub struct StaffMembersFilter {
    /// They work the tickets of this department.
    pub department_id: Option<ID>,
    /// Whether tickets may be assigned to them by policy.
    pub is_available: Option<bool>,
    /// They have this role.
    pub role: Option<Role>,
    /// Whether they work here.
    pub is_active: Option<bool>,
    /// Each of these words is in their name. Capitals, and the dots of `ё`, make no difference.
    pub text: Option<String>,
}

impl StaffMembersFilter {
    fn read(self) -> Result<StaffFilter, ApiError> {
        Ok(StaffFilter {
            department_id: self.department_id.as_ref().map(parse_id).transpose()?,
            is_available: self.is_available,
            role: self.role.map(Into::into),
            is_active: self.is_active,
            words: words(self.text.as_deref())?,
        })
    }
}

/// Queries on staff.
#[derive(Default)]
pub struct StaffQuery;

#[Object]
impl StaffQuery {
    /// Those who work here or did, in the order of ids. For staff only.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "Relay's four, and what is asked")]
    async fn staff_members(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What the members of staff are filtered by.")] filter: Option<
            StaffMembersFilter,
        >,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
        #[graphql(desc = "Page size from the start: 50 by default, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Page size from the end: at most 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer reflects the log up to this position.")]
        consistent_with: Option<EventPosition>,
    ) -> Result<StaffMembers> {
        let caller = guards::caller(context)?;
        policy::may_read(caller)?;
        policy::reading_staff(caller)?;
        let filter = filter.unwrap_or_default().read()?;
        let desk = context.data::<Desk>()?;
        query::shows(desk, consistent_with).await?;
        let request: PageRequest<Uuid> = PageArgs { after, before, first, last }.read()?;
        let (side, limit) = (id_side(&request), request.limit());
        let rows = staff_directory::page(desk.log.db(), &filter, side, limit).await;
        let rows = rows.map_err(ApiError::from)?;
        let cursor = |row: &StaffMemberRow| row.staff_member_id.uuid();
        Ok(request.page(rows, StaffTotal(filter), cursor, StaffMember)?)
    }
}

/// The result of a mutation on a member of staff.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct StaffMemberPayload {
    #[graphql(flatten)]
    outcome: Outcome,
}

impl StaffMemberPayload {
    /// The payload of a use case's result.
    ///
    /// # Errors
    /// Why the request failed.
    pub fn of<I>(
        context: &Context<'_>,
        done: Result<Executed, Failure<domain::Rejection>>,
    ) -> Result<Payload<I, Self>> {
        Ok(Self { outcome: Outcome::of(context, done)? }.into())
    }
}

#[ComplexObject]
impl StaffMemberPayload {
    /// The member of staff, as changed. Null on a refusal.
    async fn staff_member(&self, context: &Context<'_>) -> Result<Option<StaffMember>> {
        let Some(executed) = self.outcome.executed else { return Ok(None) };
        data::<Desk>(context)?.consistent_with(executed.position).await?;
        let id = domain::StaffMemberId::new(executed.aggregate_id);
        Ok(data::<Loaders>(context)?.staff_member(id).await?.map(StaffMember))
    }
}

/// Starts the caller's shift.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct StartShiftInput {
    #[graphql(flatten)]
    #[serde(flatten)]
    key: RetryKey,
}

/// Ends the caller's shift.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct EndShiftInput {
    #[graphql(flatten)]
    #[serde(flatten)]
    key: RetryKey,
}

/// Mutations on staff.
#[derive(Default)]
pub struct StaffMutation;

#[Object]
impl StaffMutation {
    /// The calling agent takes tickets from now on: the policy may assign new ones to them.
    async fn start_shift(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: StartShiftInput,
    ) -> Result<Payload<StartShiftInput, StaffMemberPayload>> {
        let acting = mutation::begin(context, &input, input.key)?;
        StaffMemberPayload::of(context, shifts::start_shift(acting).await)
    }

    /// The calling agent takes no tickets from now on. Those already assigned stay with them.
    async fn end_shift(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: EndShiftInput,
    ) -> Result<Payload<EndShiftInput, StaffMemberPayload>> {
        let acting = mutation::begin(context, &input, input.key)?;
        StaffMemberPayload::of(context, shifts::end_shift(acting).await)
    }
}

impl Refusal for domain::Rejection {
    fn shown(self, context: &Context<'_>) -> Result<UserError, ApiError> {
        let message = message(self, data::<RequestInfo>(context)?.language);
        let (field, limit, overlap) = (None, None, None);
        // Timers belong to the tickets on which they run.
        let until = match self {
            Self::Work(rejection) => return Ok(ticket_error(rejection, message)?.into()),
            Self::Account(rejection) => return rejection.shown(context),
            Self::EndedBeforeStart { started_at } => Some(started_at),
            Self::TimerRunning | Self::TimerNotRunning => None,
            _ => {
                let (code, field) = (parse_code(self.code())?, error::field(self).map(input_field));
                let limit = error::limit(self);
                return Ok(StaffError { code, message, field, limit }.into());
            }
        };
        let code = parse_code(self.code())?;
        Ok(TicketError { code, message, field, limit, until, overlap }.into())
    }
}
