//! What a clock makes of time, and measuring an application again (S2, S4).

use super::{Decision, deciding, decision_reason, submitted};
use crate::kernel::Moment;
use crate::licensing::application::command::{Circumstances, Remeasure};
use crate::licensing::application::events::ApplicationEvent;
use crate::licensing::application::state::Application;
use crate::sla::events::Remeasured;
use crate::sla::measure;

/// Records the lines that were crossed (S2).
pub(super) fn cross_lines(application: &Application, at: Moment) -> Decision {
    submitted(application)?;
    Ok(measure::due_lines(&application.measurement, at))
}

/// Measures an application again, by the terms in force now (S4). If it is measured so already,
/// there is nothing to record.
pub(super) fn remeasure(
    application: &Application,
    remeasure: &Remeasure,
    circumstances: &Circumstances,
) -> Decision {
    let Remeasure { by, reason, history } = remeasure;
    let Circumstances { at, book, .. } = circumstances;
    let reason = decision_reason(application, reason, &circumstances.ticket_policy)?;
    deciding::manager_only(by)?;
    let staff_member_id = by.staff_member_id;
    let cycles = measure::remeasure(&application.measurement, history, *at, book);
    let recorded = cycles.map(|cycles| {
        ApplicationEvent::Remeasured(Remeasured { staff_member_id, reason, at: *at, cycles })
    });
    Ok(recorded.into_iter().collect())
}
