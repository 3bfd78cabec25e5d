//! The facts for which a command on a ticket is refused. They are data to the caller, never a
//! fault, and a refused command records no event.

use serde::{Deserialize, Serialize};

use super::{Status, TicketId};
use crate::kernel::local::shown;
use crate::kernel::{AmountProblem, Form, Moment, TextProblem};

/// Which text of a command is meant.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::Display, strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum TextField {
    /// The request in a line.
    Subject,
    /// A request, reply or note in full.
    Text,
    /// Why something is done.
    Reason,
    /// What was done to solve the ticket.
    Summary,
    /// What was done in the time that is logged.
    Note,
    /// Why time is given as a courtesy.
    #[strum(to_string = "courtesy reason")]
    CourtesyReason,
    /// Why an agent worked on two things at the same time.
    #[strum(to_string = "reason for the overlap")]
    OverlapReason,
}

impl TextField {
    /// What it may hold.
    pub const fn form(self) -> Form {
        match self {
            Self::Subject => Form::Line,
            Self::Text
            | Self::Reason
            | Self::Summary
            | Self::Note
            | Self::CourtesyReason
            | Self::OverlapReason => Form::Text,
        }
    }
}

/// Why a command on a ticket is refused. `strum` gives each its public code, for example
/// `TICKET_CLOSED`.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    thiserror::Error,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Rejection {
    /// No ticket with this id was ever opened.
    #[error("the ticket does not exist")]
    TicketNotFound,
    /// This id was already opened by another command.
    #[error("the ticket has already been opened")]
    AlreadyOpened,
    /// The chosen category does not exist or is no longer offered (T1).
    #[error("the category does not exist")]
    CategoryNotFound,
    /// The chosen product does not exist or is no longer offered (T1).
    #[error("the product does not exist")]
    ProductNotFound,
    /// The named department does not exist or is no longer in use.
    #[error("the department does not exist")]
    DepartmentNotFound,
    /// The named customer does not exist.
    #[error("the customer does not exist")]
    CustomerNotFound,
    /// The named member of staff does not exist or does not work tickets.
    #[error("the agent does not exist")]
    AgentNotFound,
    /// A text is empty.
    #[error("the {0} is empty")]
    TextEmpty(TextField),
    /// A text is longer than the policy allows.
    #[error("the {field} is longer than {max} characters")]
    TextTooLong {
        /// Which text.
        field: TextField,
        /// The most characters allowed.
        max: usize,
    },
    /// A text holds control characters.
    #[error("the {0} contains control characters")]
    TextUnprintable(TextField),
    /// The agent works in none of the ticket's departments and is not joined to it (T3).
    #[error("the agent is in none of the ticket's departments")]
    NotInDepartment,
    /// Somebody else is responsible; the ticket must be handed over first (T3).
    #[error("the ticket is assigned to another agent")]
    AssignedToAnother,
    /// The agent already works on it.
    #[error("the ticket is already in progress")]
    AlreadyAccepted,
    /// The agent named is already responsible.
    #[error("the ticket is already assigned to this agent")]
    AlreadyAssigned,
    /// The ticket is in that department already, and in no other.
    #[error("the ticket is already in that department")]
    AlreadyInDepartment,
    /// The agent is responsible for the ticket or has joined already.
    #[error("the agent already works on the ticket")]
    AlreadyJoined,
    /// The agent has not joined the ticket.
    #[error("the agent has not joined the ticket")]
    NotJoined,
    /// The responsible agent cannot simply leave: the ticket must be handed over.
    #[error("the responsible agent must hand the ticket over before leaving it")]
    AssigneeMustHandOver,
    /// Nobody has accepted the ticket yet (T8).
    #[error("nobody has accepted the ticket yet")]
    TicketNotAccepted,
    /// The ticket waits on the customer (T8).
    #[error("the ticket is waiting for the customer")]
    TicketWaiting,
    /// The ticket does not wait on the customer (T8).
    #[error("the ticket is not waiting for the customer")]
    TicketNotWaiting,
    /// The customer has answered nothing since the resolution that nobody has looked at (T4).
    #[error("the ticket has no answer that nobody has looked at")]
    NoUnseenAnswer,
    /// The ticket is resolved (T8).
    #[error("the ticket is resolved")]
    TicketResolved,
    /// The ticket is not resolved, which closing by staff needs (T8).
    #[error("the ticket is not resolved")]
    TicketNotResolved,
    /// The ticket is closed (T8).
    #[error("the ticket is closed")]
    TicketClosed,
    /// The ticket is neither resolved nor closed, so there is nothing to reopen (T8).
    #[error("the ticket is still open")]
    TicketStillOpen,
    /// The period in which the ticket could be reopened is over (T4).
    #[error("the ticket could be reopened until {}", shown(*.until))]
    ReopenPeriodOver {
        /// Until when it could.
        until: Moment,
    },
    /// The period in which the ticket may be reopened is not over, so it does not close by itself.
    #[error("the ticket may be reopened until {}", shown(*.until))]
    ReopenPeriodRunning {
        /// Until when it may.
        until: Moment,
    },
    /// The promised moment is not in the future.
    #[error("the promised date must be in the future")]
    PromiseNotInFuture,
    /// The time worked is no whole minute or less (B2).
    #[error("the time worked must be at least one minute")]
    TimeNotPositive,
    /// One entry cannot be of so many minutes.
    #[error("a time entry can have at most {max} minutes")]
    TimeTooLong {
        /// The most minutes.
        max: u32,
    },
    /// The work is still to be done.
    #[error("the work cannot end in the future")]
    TimeInFuture,
    /// The work was done too long ago.
    #[error("the work must have ended no earlier than {}", shown(*.earliest))]
    TimeTooOld {
        /// When it must have ended at the earliest.
        earliest: Moment,
    },
    /// The agent worked on something else in some of the same time (B3).
    #[error("the agent worked on something else from {} until {}", shown(*.started_at), shown(*.ended_at))]
    WorkOverlaps {
        /// On which ticket.
        ticket_id: TicketId,
        /// When that work began.
        started_at: Moment,
        /// When it ended.
        ended_at: Moment,
    },
    /// The ticket has no such time entry (B4).
    #[error("the time entry does not exist")]
    TimeEntryNotFound,
    /// The time entry is another agent's (B4).
    #[error("the time entry belongs to another agent")]
    TimeEntryOfAnother,
    /// The time entry was taken back already (B4).
    #[error("the time entry has already been corrected")]
    TimeEntryReversed,
    /// The time entry is a courtesy already (B3).
    #[error("the time entry is already marked as a courtesy")]
    AlreadyCourtesy,
    /// The work exceeds the free time, and the customer has not agreed to pay for it (B5).
    #[error(
        "only {free_minutes_left} min of this work are free, and the customer has not agreed to charges"
    )]
    ChargesNotAgreed {
        /// How many of its minutes are free.
        free_minutes_left: u32,
    },
    /// The price that the customer says they were shown is no amount of money.
    #[error("{0}")]
    BadAmount(AmountProblem),
    /// The price that the customer was shown is not the one in force (B5).
    #[error("the price has changed; review the new price and agree again")]
    PriceChanged,
    /// A message cannot have so many files (T2).
    #[error("a message can have at most {max} files")]
    TooManyFiles {
        /// The most files.
        max: usize,
    },
    /// A file does not exist, or is somebody else's (T2).
    #[error("the file does not exist")]
    FileNotFound,
    /// A file's bytes are still awaited (T2).
    #[error("the file has not been uploaded yet")]
    FileNotStored,
    /// Another message has the file (T2).
    #[error("the file is already attached to a message")]
    FileAttached,
    /// Only a manager decides this.
    #[error("only a manager can do this")]
    ManagerNeeded,
    /// The promised moment is absurdly far.
    #[error("the promised date must not be after {}", shown(*.latest))]
    PromiseTooFar {
        /// The last moment that can be promised.
        latest: Moment,
    },
}

impl Rejection {
    /// Names the text that a problem is in.
    pub fn of_text(field: TextField, problem: TextProblem) -> Self {
        match problem {
            TextProblem::Empty => Self::TextEmpty(field),
            TextProblem::TooLong { max } => Self::TextTooLong { field, max },
            TextProblem::Unprintable => Self::TextUnprintable(field),
        }
    }

    /// The state that forbids what was asked (T8).
    pub(super) const fn forbidden_by(status: Status) -> Self {
        match status {
            Status::New | Status::Assigned | Status::Reopened => Self::TicketNotAccepted,
            Status::InProgress => Self::AlreadyAccepted,
            Status::WaitingOnCustomer => Self::TicketWaiting,
            Status::Resolved => Self::TicketResolved,
            Status::Closed => Self::TicketClosed,
        }
    }

    /// The public code, for example `TICKET_CLOSED`.
    pub fn code(self) -> &'static str {
        self.into()
    }
}
