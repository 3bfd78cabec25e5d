//! Registering members of staff.

use servicedesk_domain::catalogue::DepartmentId;
use servicedesk_domain::kernel::Actor;
use servicedesk_domain::staff::{Command, Rejection, Role, StaffMember, StaffMemberId};
use servicedesk_eventlog::{ExecuteError, Log};

use crate::{clock, desk};

/// Registers a member of staff on the operator's word, and gives the new id.
///
/// # Errors
/// The rule that refuses it, or a fault.
pub async fn register(
    log: &Log,
    name: String,
    role: Role,
    department_ids: Vec<DepartmentId>,
) -> Result<StaffMemberId, ExecuteError<Rejection>> {
    let staff_member_id = StaffMemberId::new(clock::fresh_id());
    let context = desk::own_context(Actor::Operator, log.now());
    let command = Command::Register { staff_member_id, name, role, department_ids };
    log.execute::<StaffMember>(staff_member_id.uuid(), command, context).await?;
    Ok(staff_member_id)
}
