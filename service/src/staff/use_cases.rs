//! Registering members of staff, and their shifts.

use serde::Serialize;
use servicedesk_domain::catalogue::DepartmentId;
use servicedesk_domain::kernel::Actor;
use servicedesk_domain::staff::{Command, Rejection, Role, StaffMember, StaffMemberId};
use servicedesk_eventlog::{ExecuteError, Executed, Log};

use crate::access::policy;
use crate::clock;
use crate::desk::{self, CommandRequest, Desk};
use crate::error::Failure;

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

/// The caller starts or ends the own shift (T3).
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn change_shift(
    desk: &Desk,
    request: CommandRequest<'_>,
    name: &str,
    content: &impl Serialize,
    command: Command,
) -> Result<Executed, Failure<Rejection>> {
    let member = policy::reading_staff(request.caller)?.staff_member_id;
    let context = desk::context(request, name, content, desk.now())?;
    Ok(desk.log.execute::<StaffMember>(member.uuid(), command, context).await?)
}
