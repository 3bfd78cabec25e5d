//! Members of staff: their roles, departments and availability, and whom a ticket goes to (T3).

pub mod assignment;
pub mod decide;
pub mod events;
pub mod rejection;
pub mod state;
#[cfg(test)]
mod tests;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;

pub use decide::Command;
pub use events::{Absence, Role, StaffEvent};
pub use rejection::Rejection;
pub use state::{Occupied, StaffMember, Timer, Worker};

use crate::kernel::{Entity, Id};

/// The id of a member of staff.
pub type StaffMemberId = Id<StaffMember>;

/// The id of an absence.
pub type AbsenceId = Id<Absence>;

impl Entity for StaffMember {
    const NAME: &'static str = "StaffMember";
}
impl Entity for Absence {
    const NAME: &'static str = "StaffAbsence";
}

impl Aggregate for StaffMember {
    const TYPE: &'static str = "staff_member";
    type Command = Command;
    type Event = StaffEvent;
    type Error = Rejection;
    type Services = ();

    async fn handle(
        &mut self,
        command: Command,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), Rejection> {
        for event in decide::decide(self, command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: StaffEvent) {
        self.evolve(event);
    }
}
