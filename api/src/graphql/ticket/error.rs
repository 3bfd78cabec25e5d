//! Why mutations on tickets, or on time worked on them are refused: one closed list of codes, and which mutation gives which.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};
use strum::{EnumString, IntoStaticStr};

/// An expected refusal of a mutation on tickets, or on time worked on them.
#[derive(Debug, Clone, SimpleObject)]
pub struct TicketError {
    /// The fact that forbids it.
    pub code: TicketErrorCode,
    /// The same fact in the caller's language.
    pub message: String,
    /// The path of the input field at fault. Null if no single field is.
    pub field: Option<Vec<String>>,
    /// The limit that was exceeded. Null if the refusal is not about one.
    pub limit: Option<u64>,
    /// The moment the refusal is about: until when it was possible, or the latest moment
    /// allowed. Null if there is none.
    pub until: Option<DateTime<Utc>>,
}

/// Why a mutation on tickets, or on time worked on them is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum TicketErrorCode {
    /// The ticket was already opened by another command.
    AlreadyOpened,
    /// The category on offer does not exist.
    CategoryNotFound,
    /// The product on offer does not exist.
    ProductNotFound,
    /// The customer does not exist.
    CustomerNotFound,
    /// A text is empty.
    TextEmpty,
    /// A text has more characters than `limit`.
    TextTooLong,
    /// A text contains control characters.
    TextUnprintable,
    /// The ticket does not exist, or the caller may not see it.
    TicketNotFound,
    /// The caller is in none of the ticket's departments and has not joined it.
    NotInDepartment,
    /// Another agent is responsible; the ticket must be handed over first.
    AssignedToAnother,
    /// The ticket is already in progress.
    AlreadyAccepted,
    /// The ticket waits on the customer.
    TicketWaiting,
    /// The ticket is resolved.
    TicketResolved,
    /// The ticket is closed.
    TicketClosed,
    /// The agent does not exist.
    AgentNotFound,
    /// The agent is already responsible.
    AlreadyAssigned,
    /// The department in use does not exist.
    DepartmentNotFound,
    /// The ticket is already in that department.
    AlreadyInDepartment,
    /// The agent already works on the ticket.
    AlreadyJoined,
    /// The responsible agent must hand the ticket over.
    AssigneeMustHandOver,
    /// The caller has not joined the ticket.
    NotJoined,
    /// The promised moment is not in the future.
    PromiseNotInFuture,
    /// The promised moment is after `until`.
    PromiseTooFar,
    /// Nobody has accepted the ticket yet.
    TicketNotAccepted,
    /// The ticket does not wait on the customer.
    TicketNotWaiting,
    /// The ticket is not resolved.
    TicketNotResolved,
    /// The ticket is still open.
    TicketStillOpen,
    /// The ticket could be reopened until `until`.
    ReopenPeriodOver,
    /// The time worked is less than a minute.
    TimeNotPositive,
    /// The time worked exceeds `limit` minutes.
    TimeTooLong,
    /// The work ended in the future.
    TimeInFuture,
    /// The work ended before `until`, which is too long ago.
    TimeTooOld,
    /// The work exceeds the customer's free time, and they have not agreed to pay for it.
    /// `limit` is the free minutes left; in a correction, without the wrong entry. Ask them
    /// with `askForAgreement`. A manager can decide with `allowCharges`. A courtesy needs
    /// no agreement.
    ChargesNotAgreed,
    /// The ticket has no such time entry.
    TimeEntryNotFound,
    /// The time entry belongs to another agent; only a manager may change it.
    TimeEntryOfAnother,
    /// The time entry has already been corrected.
    TimeEntryReversed,
    /// The time entry is a courtesy already.
    AlreadyCourtesy,
    /// The price that was shown is not the one in force.
    PriceChanged,
    /// Only a manager decides this.
    ManagerNeeded,
    /// A timer of the caller's runs already.
    TimerRunning,
    /// No timer of the caller's runs.
    TimerNotRunning,
}

/// Which codes each mutation gives.
pub const REFUSALS: &[(&str, &[TicketErrorCode])] = {
    use TicketErrorCode::*;
    &[
        (
            "openTicket",
            &[
                AlreadyOpened,
                CategoryNotFound,
                ProductNotFound,
                CustomerNotFound,
                TextEmpty,
                TextTooLong,
                TextUnprintable,
            ],
        ),
        (
            "acceptTicket",
            &[
                TicketNotFound,
                NotInDepartment,
                AssignedToAnother,
                AlreadyAccepted,
                TicketWaiting,
                TicketResolved,
                TicketClosed,
            ],
        ),
        (
            "assignTicket",
            &[
                TicketNotFound,
                NotInDepartment,
                AgentNotFound,
                AlreadyAssigned,
                TicketResolved,
                TicketClosed,
                TextEmpty,
                TextTooLong,
                TextUnprintable,
            ],
        ),
        (
            "transferTicket",
            &[
                TicketNotFound,
                NotInDepartment,
                DepartmentNotFound,
                AlreadyInDepartment,
                TicketResolved,
                TicketClosed,
                TextEmpty,
                TextTooLong,
                TextUnprintable,
            ],
        ),
        (
            "joinCollaborator",
            &[
                TicketNotFound,
                NotInDepartment,
                AgentNotFound,
                AlreadyJoined,
                TicketResolved,
                TicketClosed,
            ],
        ),
        (
            "leaveTicket",
            &[
                TicketNotFound,
                NotInDepartment,
                AssigneeMustHandOver,
                NotJoined,
                TicketResolved,
                TicketClosed,
            ],
        ),
        (
            "addReply",
            &[
                TicketNotFound,
                NotInDepartment,
                TicketClosed,
                TextEmpty,
                TextTooLong,
                TextUnprintable,
            ],
        ),
        ("addNote", &[TicketNotFound, NotInDepartment, TextEmpty, TextTooLong, TextUnprintable]),
        ("assessPriority", &[TicketNotFound, NotInDepartment, TicketResolved, TicketClosed]),
        (
            "promiseResolution",
            &[
                TicketNotFound,
                NotInDepartment,
                PromiseNotInFuture,
                PromiseTooFar,
                TicketResolved,
                TicketClosed,
            ],
        ),
        (
            "awaitCustomer",
            &[
                TicketNotFound,
                NotInDepartment,
                TicketNotAccepted,
                TicketWaiting,
                TicketResolved,
                TicketClosed,
            ],
        ),
        (
            "resumeTicket",
            &[TicketNotFound, NotInDepartment, TicketNotWaiting, TicketResolved, TicketClosed],
        ),
        (
            "resolveTicket",
            &[
                TicketNotFound,
                NotInDepartment,
                TicketNotAccepted,
                TicketResolved,
                TicketClosed,
                TextEmpty,
                TextTooLong,
                TextUnprintable,
            ],
        ),
        ("closeTicket", &[TicketNotFound, NotInDepartment, TicketNotResolved, TicketClosed]),
        (
            "reopenTicket",
            &[
                TicketNotFound,
                NotInDepartment,
                TicketStillOpen,
                ReopenPeriodOver,
                TextEmpty,
                TextTooLong,
                TextUnprintable,
            ],
        ),
        ("remeasureTicket", &[TicketNotFound, TextEmpty, TextTooLong, TextUnprintable]),
        (
            "logTime",
            &[
                TicketNotFound,
                NotInDepartment,
                TicketClosed,
                TimeNotPositive,
                TimeTooLong,
                TimeInFuture,
                TimeTooOld,
                ChargesNotAgreed,
                TextEmpty,
                TextTooLong,
                TextUnprintable,
            ],
        ),
        (
            "correctTime",
            &[
                TicketNotFound,
                NotInDepartment,
                TimeEntryNotFound,
                TimeEntryOfAnother,
                TimeEntryReversed,
                TimeNotPositive,
                TimeTooLong,
                TimeInFuture,
                TimeTooOld,
                ChargesNotAgreed,
                TextEmpty,
                TextTooLong,
                TextUnprintable,
            ],
        ),
        (
            "markCourtesy",
            &[
                TicketNotFound,
                NotInDepartment,
                TimeEntryNotFound,
                TimeEntryOfAnother,
                TimeEntryReversed,
                AlreadyCourtesy,
                TextEmpty,
                TextTooLong,
                TextUnprintable,
            ],
        ),
        ("askForAgreement", &[TicketNotFound, NotInDepartment, TicketClosed]),
        ("agreeToCharges", &[TicketNotFound, TicketClosed, PriceChanged]),
        (
            "allowCharges",
            &[
                TicketNotFound,
                NotInDepartment,
                ManagerNeeded,
                TextEmpty,
                TextTooLong,
                TextUnprintable,
            ],
        ),
        ("startTimer", &[TicketNotFound, NotInDepartment, TicketClosed, TimerRunning]),
        (
            "stopTimer",
            &[
                TimerNotRunning,
                NotInDepartment,
                TicketClosed,
                TimeTooLong,
                ChargesNotAgreed,
                TextEmpty,
                TextTooLong,
                TextUnprintable,
            ],
        ),
        ("discardTimer", &[TimerNotRunning]),
    ]
};
