//! Mutations by which administrators and managers decide who works here, as what, how much and when.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result};
use chrono::NaiveDate;
use serde::Serialize;
use servicedesk_domain::catalogue::DepartmentId;
use servicedesk_service::access::RequestInfo;
use servicedesk_service::error::ApiError;
use servicedesk_service::identity::Door;
use servicedesk_service::identity::invitations::Invitation;
use servicedesk_service::staff::administering;
use servicedesk_service::staff::inviting::{self, NewMember};

use super::{Role, StaffMemberPayload, absences};
use crate::graphql::catalogue::Language;
use crate::graphql::identity::inputs::read_zone;
use crate::graphql::mutation::{self, RetryKey};
use crate::graphql::payload::Payload;
use crate::graphql::query::data;
use crate::graphql::relay::parse_id;

/// Invites somebody to work here.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct InviteStaffMemberInput {
    /// The e-mail address. The invitation is sent to it, and the person logs in with it.
    email: String,
    /// The name that colleagues and customers see, of at most 200 characters.
    name: String,
    /// What the person may do.
    role: Role,
    /// Whose tickets the person works. An agent needs at least one.
    #[graphql(default)]
    department_ids: Vec<ID>,
    /// The language of messages to the person. By default that of the request.
    language: Option<Language>,
    /// The person's time zone by its IANA name. `Europe/Moscow` by default.
    time_zone: Option<String>,
    #[graphql(flatten)]
    #[serde(flatten)]
    key: RetryKey,
}

/// Gives a member of staff another role and other departments.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct ChangeDutiesInput {
    /// The member of staff.
    staff_member_id: ID,
    /// What the person may do.
    role: Role,
    /// Whose tickets the person works. An agent needs at least one.
    department_ids: Vec<ID>,
    #[graphql(flatten)]
    #[serde(flatten)]
    key: RetryKey,
}

/// Says how many open tickets the policy assigns a member of staff at most.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct SetCapacityInput {
    /// The member of staff.
    staff_member_id: ID,
    /// How many. Null for any number.
    max_open_tickets: Option<i64>,
    #[graphql(flatten)]
    #[serde(flatten)]
    key: RetryKey,
}

/// Plans an absence.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct PlanAbsenceInput {
    /// The member of staff.
    staff_member_id: ID,
    /// The first day, in the vendor's time zone.
    first_day: NaiveDate,
    /// The last day.
    last_day: NaiveDate,
    #[graphql(flatten)]
    #[serde(flatten)]
    key: RetryKey,
}

/// Cancels an absence.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct CancelAbsenceInput {
    /// The absence.
    absence_id: ID,
    #[graphql(flatten)]
    #[serde(flatten)]
    key: RetryKey,
}

/// Ends the work of a member of staff here.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct DeactivateStaffMemberInput {
    /// The member of staff.
    staff_member_id: ID,
    #[graphql(flatten)]
    #[serde(flatten)]
    key: RetryKey,
}

/// Lets a former member of staff work here again.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct ReactivateStaffMemberInput {
    /// The member of staff.
    staff_member_id: ID,
    #[graphql(flatten)]
    #[serde(flatten)]
    key: RetryKey,
}

/// Mutations on who works here.
#[derive(Default)]
pub struct StaffAdministration;

#[Object]
impl StaffAdministration {
    /// Registers a member of staff, and sends them a letter with a code by which they choose a
    /// password (`acceptInvitation`). For administrators.
    async fn invite_staff_member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: InviteStaffMemberInput,
    ) -> Result<Payload<InviteStaffMemberInput, StaffMemberPayload>> {
        let acting = mutation::begin(context, &input, input.key)?;
        let language = data::<RequestInfo>(context)?.language;
        let invitation = Invitation {
            email: input.email,
            language: input.language.map_or(language, Into::into),
            time_zone: read_zone(input.time_zone.as_deref())?,
        };
        let department_ids = department_ids(&input.department_ids)?;
        let (name, role) = (input.name, input.role.into());
        let new = NewMember { name, role, department_ids, invitation };
        let door = data::<Arc<Door>>(context)?;
        StaffMemberPayload::of(context, inviting::invite_staff_member(acting, door, new).await)
    }

    /// Gives a member of staff another role and other departments. The tickets of somebody who
    /// becomes an auditor return to their queues. For administrators, and nobody for themselves.
    async fn change_duties(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: ChangeDutiesInput,
    ) -> Result<Payload<ChangeDutiesInput, StaffMemberPayload>> {
        let acting = mutation::begin(context, &input, input.key)?;
        let (id, role) = (parse_id(&input.staff_member_id)?, input.role.into());
        let department_ids = department_ids(&input.department_ids)?;
        let done = administering::change_duties(acting, id, role, &department_ids).await;
        StaffMemberPayload::of(context, done)
    }

    /// Says with how many open tickets the policy assigns a member of staff no more. By hand, more
    /// can be assigned. For managers.
    async fn set_capacity(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: SetCapacityInput,
    ) -> Result<Payload<SetCapacityInput, StaffMemberPayload>> {
        let acting = mutation::begin(context, &input, input.key)?;
        let id = parse_id(&input.staff_member_id)?;
        let done = administering::set_capacity(acting, id, input.max_open_tickets).await;
        StaffMemberPayload::of(context, done)
    }

    /// Plans an absence: on those days the policy assigns the member of staff nothing. For the
    /// member themselves and for managers.
    async fn plan_absence(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: PlanAbsenceInput,
    ) -> Result<Payload<PlanAbsenceInput, StaffMemberPayload>> {
        let acting = mutation::begin(context, &input, input.key)?;
        let id = parse_id(&input.staff_member_id)?;
        let (first_day, last_day) = (input.first_day, input.last_day);
        let done = administering::plan_absence(acting, id, first_day, last_day).await;
        StaffMemberPayload::of(context, done)
    }

    /// Cancels an absence. For the member of staff themselves and for managers.
    async fn cancel_absence(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: CancelAbsenceInput,
    ) -> Result<Payload<CancelAbsenceInput, StaffMemberPayload>> {
        let acting = mutation::begin(context, &input, input.key)?;
        let (id, absence_id) = absences::read(&input.absence_id)?;
        let done = administering::cancel_absence(acting, id, absence_id).await;
        StaffMemberPayload::of(context, done)
    }

    /// Ends the work of a member of staff here. Their open tickets return to their queues, a timer
    /// that runs is discarded, and their sessions, tokens and watches end. For administrators, and
    /// nobody for themselves.
    async fn deactivate_staff_member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: DeactivateStaffMemberInput,
    ) -> Result<Payload<DeactivateStaffMemberInput, StaffMemberPayload>> {
        let acting = mutation::begin(context, &input, input.key)?;
        let id = parse_id(&input.staff_member_id)?;
        let done = administering::deactivate_staff_member(acting, id).await;
        StaffMemberPayload::of(context, done)
    }

    /// Lets a former member of staff work here again, with the role and departments that they had.
    /// They log in with their password; former tokens stay revoked. For administrators.
    async fn reactivate_staff_member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: ReactivateStaffMemberInput,
    ) -> Result<Payload<ReactivateStaffMemberInput, StaffMemberPayload>> {
        let acting = mutation::begin(context, &input, input.key)?;
        let id = parse_id(&input.staff_member_id)?;
        let done = administering::reactivate_staff_member(acting, id).await;
        StaffMemberPayload::of(context, done)
    }
}

fn department_ids(ids: &[ID]) -> Result<Vec<DepartmentId>, ApiError> {
    ids.iter().map(parse_id).collect()
}
