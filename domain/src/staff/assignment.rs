//! The assignment policy (T3): within a department, of those available the least loaded agent,
//! among equals the one idle longest. With nobody available the ticket waits in the queue.

use super::StaffMemberId;
use crate::catalogue::DepartmentId;
use crate::kernel::Moment;

/// An available agent of one department.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub staff_member_id: StaffMemberId,
    /// In which department.
    pub department_id: DepartmentId,
    /// How many open tickets the agent is responsible for.
    pub open_tickets: i64,
    /// At how many the policy assigns no more; none: never.
    pub max_open_tickets: Option<u32>,
    /// When the agent was last assigned a ticket; none: never.
    pub last_assigned_at: Option<Moment>,
}

impl Candidate {
    /// Whether one more ticket fits in what the agent can work on.
    fn has_room(&self) -> bool {
        self.max_open_tickets.is_none_or(|max| self.open_tickets < i64::from(max))
    }
}

/// Picks the agent. The departments are asked in the order in which the category names them, and
/// the first with anybody available decides. The id breaks the last tie, so that the choice never
/// depends on the order of the candidates.
pub fn pick(department_ids: &[DepartmentId], candidates: &[Candidate]) -> Option<StaffMemberId> {
    department_ids.iter().find_map(|department_id| {
        candidates
            .iter()
            .filter(|candidate| candidate.department_id == *department_id && candidate.has_room())
            .min_by_key(|candidate| {
                (candidate.open_tickets, candidate.last_assigned_at, candidate.staff_member_id)
            })
            .map(|candidate| candidate.staff_member_id)
    })
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::*;

    fn candidate(name: &str, department: &str, open: i64, idle: Option<i64>) -> Candidate {
        Candidate {
            staff_member_id: StaffMemberId::named(name),
            department_id: DepartmentId::named(department),
            open_tickets: open,
            max_open_tickets: None,
            last_assigned_at: idle.and_then(|second| Utc.timestamp_opt(second, 0).single()),
        }
    }

    fn pick_in(departments: &[&str], candidates: &[Candidate]) -> Option<StaffMemberId> {
        let ids: Vec<_> = departments.iter().map(|code| DepartmentId::named(code)).collect();
        pick(&ids, candidates)
    }

    #[test]
    fn least_loaded_comes_first_then_longest_idle() {
        let named = StaffMemberId::named;
        let busy = candidate("busy", "sales", 3, None);
        let recent = candidate("recent", "sales", 1, Some(200));
        let idle = candidate("idle", "sales", 1, Some(100));
        let never = candidate("never", "sales", 1, None);
        assert_eq!(pick_in(&["sales"], &[busy, recent]), Some(named("recent")));
        assert_eq!(pick_in(&["sales"], &[recent, idle, busy]), Some(named("idle")));
        assert_eq!(pick_in(&["sales"], &[recent, idle, never]), Some(named("never")));
    }

    #[test]
    fn who_has_as_many_as_fit_is_passed_over() {
        let full = Candidate { max_open_tickets: Some(2), ..candidate("full", "sales", 2, None) };
        let busy = candidate("busy", "sales", 9, None);
        assert_eq!(pick_in(&["sales"], &[full, busy]), Some(StaffMemberId::named("busy")));
        assert_eq!(pick_in(&["sales"], &[full]), None);
        let free = Candidate { open_tickets: 1, ..full };
        assert_eq!(pick_in(&["sales"], &[free, busy]), Some(StaffMemberId::named("full")));
        let elsewhere = candidate("elsewhere", "accounting", 0, None);
        let picked = pick_in(&["sales", "accounting"], &[full, elsewhere]);
        assert_eq!(picked, Some(StaffMemberId::named("elsewhere")), "the next department is asked");
    }

    #[test]
    fn the_first_department_with_anybody_available_decides() {
        let other = candidate("other", "accounting", 9, None);
        assert_eq!(
            pick_in(&["technical", "accounting"], &[other]),
            Some(StaffMemberId::named("other"))
        );
        assert_eq!(pick_in(&["technical"], &[other]), None);
        assert_eq!(pick_in(&["technical"], &[]), None);
    }
}
