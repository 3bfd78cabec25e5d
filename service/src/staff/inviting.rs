//! Inviting somebody who is new to work here (T3): they are registered, and get a letter with a code
//! by which they choose a password.

use servicedesk_domain::access::Principal;
use servicedesk_domain::catalogue::DepartmentId;
use servicedesk_domain::staff::{Command, Rejection, Role, StaffMember, StaffMemberId};
use servicedesk_eventlog::Executed;

use super::administering::departments;
use crate::access::policy;
use crate::acting::Acting;
use crate::error::Failure;
use crate::identity::Door;
use crate::identity::invitations::{self, Invitation};

/// Somebody who is to work here.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// The name that colleagues and customers see.
    pub name: String,
    /// What the person may do.
    pub role: Role,
    /// Whose tickets the person works.
    pub department_ids: Vec<DepartmentId>,
    /// Where the invitation goes.
    pub invitation: Invitation,
}

/// Registers a member of staff and invites them.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn invite_staff_member(
    acting: Acting<'_>,
    door: &Door,
    new: NewMember,
) -> Result<Executed, Failure<Rejection>> {
    policy::acting_admin(acting.caller)?;
    let staff_member_id: StaffMemberId = acting.new_id("staff member");
    let member_id = staff_member_id.uuid();
    if let Some(executed) = acting.answered_before::<StaffMember>().await? {
        return Ok(executed);
    }
    let address = match door.free_address(&new.invitation.email).await {
        Ok(address) => address,
        Err(Failure::Rejected(rejection)) => {
            let refused = Err(Failure::Rejected(Rejection::Account(rejection)));
            return acting.execute::<StaffMember>(member_id, refused).await;
        }
        Err(Failure::Request(error)) => return Err(error.into()),
    };
    let department_ids = departments(acting.desk, &new.department_ids).await?;
    let command = department_ids.map_err(Failure::Rejected).map(|department_ids| {
        let NewMember { name, role, .. } = new.clone();
        Command::Register { staff_member_id, name, role, department_ids }
    });
    let executed = acting.execute::<StaffMember>(member_id, command).await?;
    let context = invitations::following(acting.context());
    let person = Principal::Staff(staff_member_id);
    match door.invite(person, address, &new.invitation, context).await {
        Ok(_) => Ok(executed),
        Err(Failure::Rejected(rejection)) => Err(Failure::Rejected(Rejection::Account(rejection))),
        Err(Failure::Request(error)) => Err(error.into()),
    }
}
