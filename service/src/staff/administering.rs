//! What an administrator decides about members of staff: their duties, how much the policy assigns
//! them, when they are away, and whether they work here.

use chrono::NaiveDate;
use servicedesk_domain::catalogue::DepartmentId;
use servicedesk_domain::staff::decide::{ChangeDuties, PlanAbsence};
use servicedesk_domain::staff::{
    Absence, AbsenceId, Command, Rejection, Role, StaffMember, StaffMemberId,
};
use servicedesk_eventlog::Executed;

use crate::access::policy;
use crate::acting::Acting;
use crate::desk::Desk;
use crate::error::{ApiError, Failure};

/// What a use case on a member of staff gives.
type Done = Result<Executed, Failure<Rejection>>;

/// Gives somebody another role and other departments.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn change_duties(
    acting: Acting<'_>,
    id: StaffMemberId,
    role: Role,
    department_ids: &[DepartmentId],
) -> Done {
    let by = Some(policy::acting_admin(acting.caller)?.staff_member_id);
    let department_ids = departments(acting.desk, department_ids).await?;
    let command = Command::ChangeDuties(ChangeDuties { by, role, department_ids });
    acting.execute::<StaffMember>(id.uuid(), Ok(command)).await
}

/// Says how many open tickets the policy assigns somebody at most. For managers.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn set_capacity(
    acting: Acting<'_>,
    id: StaffMemberId,
    max_open_tickets: Option<i64>,
) -> Done {
    policy::acting_manager(acting.caller)?;
    let command = Command::SetCapacity { max_open_tickets };
    acting.execute::<StaffMember>(id.uuid(), Ok(command)).await
}

/// Plans an absence: everybody their own, managers anybody's.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn plan_absence(
    acting: Acting<'_>,
    id: StaffMemberId,
    first_day: NaiveDate,
    last_day: NaiveDate,
) -> Done {
    policy::planning_absence(acting.caller, id)?;
    let time_zone = acting.desk.catalogue().await?.licensing_policy.time_zone;
    let today = acting.now().with_timezone(&time_zone).date_naive();
    let absence = Absence { absence_id: acting.new_id("absence"), first_day, last_day };
    let command = Command::PlanAbsence(PlanAbsence { absence, today });
    acting.execute::<StaffMember>(id.uuid(), Ok(command)).await
}

/// Cancels an absence: everybody their own, managers anybody's.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn cancel_absence(acting: Acting<'_>, id: StaffMemberId, absence_id: AbsenceId) -> Done {
    policy::planning_absence(acting.caller, id)?;
    let command = Command::CancelAbsence { absence_id };
    acting.execute::<StaffMember>(id.uuid(), Ok(command)).await
}

/// Somebody no longer works here.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn deactivate_staff_member(acting: Acting<'_>, id: StaffMemberId) -> Done {
    let by = Some(policy::acting_admin(acting.caller)?.staff_member_id);
    acting.execute::<StaffMember>(id.uuid(), Ok(Command::Deactivate { by })).await
}

/// Somebody works here again.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn reactivate_staff_member(acting: Acting<'_>, id: StaffMemberId) -> Done {
    policy::acting_admin(acting.caller)?;
    acting.execute::<StaffMember>(id.uuid(), Ok(Command::Reactivate)).await
}

/// Those departments, if all are in use.
pub(super) async fn departments(
    desk: &Desk,
    ids: &[DepartmentId],
) -> Result<Result<Vec<DepartmentId>, Rejection>, ApiError> {
    let catalogue = desk.catalogue().await?;
    let in_use = |id: &DepartmentId| {
        let found = catalogue.department_in_use(*id).map(|found| found.department_id);
        found.map_err(|_| Rejection::DepartmentNotFound)
    };
    Ok(ids.iter().map(in_use).collect())
}
