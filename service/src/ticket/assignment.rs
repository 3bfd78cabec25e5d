//! Whom the assignment policy picks (T3).

use servicedesk_domain::catalogue::DepartmentId;
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::staff::StaffMemberId;
use servicedesk_domain::staff::assignment::{self, Candidate};
use servicedesk_projections::staff::staff_directory;
use servicedesk_projections::ticket::agent_load;

use crate::desk::Desk;
use crate::error::ApiError;

/// The agent of these departments whom the policy picks, if anybody is available who is not away and
/// has room for one more. The loads come
/// from a read model, so two tickets opened at the same instant may go to the same agent; that is
/// uneven, never wrong.
///
/// # Errors
/// `Internal`, if the read models fail.
pub(crate) async fn pick_agent(
    desk: &Desk,
    department_ids: &[DepartmentId],
) -> Result<Option<StaffMemberId>, ApiError> {
    let time_zone = desk.catalogue().await?.licensing_policy.time_zone;
    let today = desk.now().with_timezone(&time_zone).date_naive();
    let mut candidates = Vec::new();
    for member in staff_directory::available(desk.log.db()).await? {
        let in_question: Vec<DepartmentId> = member
            .department_ids
            .iter()
            .copied()
            .filter(|id| department_ids.contains(id))
            .collect();
        let is_away = member.absences.iter().any(|absence| absence.covers(today));
        if is_away || in_question.is_empty() {
            continue;
        }
        let load = agent_load::load_of(desk.log.db(), member.staff_member_id).await?;
        candidates.extend(in_question.into_iter().map(|department_id| Candidate {
            staff_member_id: member.staff_member_id,
            department_id,
            open_tickets: load.open_tickets,
            max_open_tickets: member.max_open_tickets,
            last_assigned_at: load.last_assigned_at.and_then(Moment::from_timestamp_micros),
        }));
    }
    Ok(assignment::pick(department_ids, &candidates))
}
