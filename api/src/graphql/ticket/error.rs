//! Why mutations on tickets and on the time worked on them are refused: one closed list of codes,
//! and which mutation gives which.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};
use strum::{EnumString, IntoStaticStr};

use super::overlap::OverlappedWork;

/// An expected refusal of a mutation on a ticket, a time entry or a timer.
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
    /// The other work that takes some of the same time. Null if the refusal is not about any.
    pub overlap: Option<OverlappedWork>,
}

/// Why a mutation on a ticket, a time entry or a timer is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum TicketErrorCode {
    /// The ticket was already opened by another command.
    AlreadyOpened,
    /// The category does not exist or is no longer offered.
    CategoryNotFound,
    /// The product does not exist or is no longer offered.
    ProductNotFound,
    /// The customer does not exist.
    CustomerNotFound,
    /// A text is empty.
    TextEmpty,
    /// A text has more characters than `limit`.
    TextTooLong,
    /// A text contains control characters.
    TextUnprintable,
    /// There are more than `limit` files.
    TooManyFiles,
    /// A file does not exist, or the caller did not upload it.
    FileNotFound,
    /// A file has not been uploaded yet.
    FileNotStored,
    /// A file is already attached to another message.
    FileAttached,
    /// The ticket does not exist, or the caller may not see it.
    TicketNotFound,
    /// The caller is in none of the ticket's departments and has not joined it.
    NotInDepartment,
    /// Another agent is responsible; the ticket must be handed over first.
    AssignedToAnother,
    /// The ticket is already in progress.
    AlreadyAccepted,
    /// The ticket is waiting for the customer.
    TicketWaiting,
    /// The ticket is resolved.
    TicketResolved,
    /// The ticket is closed.
    TicketClosed,
    /// The agent does not exist.
    AgentNotFound,
    /// The agent is already responsible.
    AlreadyAssigned,
    /// The department does not exist or is no longer used.
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
    /// The ticket is not waiting for the customer.
    TicketNotWaiting,
    /// No answer of the customer since the resolution waits for staff to look.
    NoUnseenAnswer,
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
    /// `limit` is how many of its minutes are free; in a correction, without the wrong entry. Ask
    /// them with `askForAgreement`. A manager can decide with `allowCharges`. A courtesy needs
    /// no agreement.
    ChargesNotAgreed,
    /// The agent worked on something else in some of the same time, which `overlap` names. It is
    /// accepted with an `overlapReason`.
    WorkOverlaps,
    /// The work is said to have ended before the timer was started, at `until`.
    EndedBeforeStart,
    /// The ticket has no such time entry.
    TimeEntryNotFound,
    /// The time entry belongs to another agent; only a manager may change it.
    TimeEntryOfAnother,
    /// The time entry has already been corrected.
    TimeEntryReversed,
    /// The time entry is already a courtesy.
    AlreadyCourtesy,
    /// The price that was shown is not the one in force.
    PriceChanged,
    /// The amount of money is not one.
    BadAmount,
    /// Only a manager decides this.
    ManagerNeeded,
    /// The caller already has a running timer.
    TimerRunning,
    /// The caller has no running timer.
    TimerNotRunning,
}

/// Which codes each mutation gives.
pub const REFUSALS: &[(&str, &[TicketErrorCode])] = {
    use TicketErrorCode as Code;
    &[
        (
            "openTicket",
            &[
                Code::AlreadyOpened,
                Code::CategoryNotFound,
                Code::ProductNotFound,
                Code::CustomerNotFound,
                Code::TextEmpty,
                Code::TextTooLong,
                Code::TextUnprintable,
                Code::TooManyFiles,
                Code::FileNotFound,
                Code::FileNotStored,
                Code::FileAttached,
            ],
        ),
        (
            "acceptTicket",
            &[
                Code::TicketNotFound,
                Code::NotInDepartment,
                Code::AssignedToAnother,
                Code::AlreadyAccepted,
                Code::TicketWaiting,
                Code::TicketResolved,
                Code::TicketClosed,
            ],
        ),
        (
            "assignTicket",
            &[
                Code::TicketNotFound,
                Code::NotInDepartment,
                Code::AgentNotFound,
                Code::AlreadyAssigned,
                Code::TicketResolved,
                Code::TicketClosed,
                Code::TextEmpty,
                Code::TextTooLong,
                Code::TextUnprintable,
            ],
        ),
        (
            "transferTicket",
            &[
                Code::TicketNotFound,
                Code::NotInDepartment,
                Code::DepartmentNotFound,
                Code::AlreadyInDepartment,
                Code::TicketResolved,
                Code::TicketClosed,
                Code::TextEmpty,
                Code::TextTooLong,
                Code::TextUnprintable,
            ],
        ),
        (
            "joinCollaborator",
            &[
                Code::TicketNotFound,
                Code::NotInDepartment,
                Code::AgentNotFound,
                Code::AlreadyJoined,
                Code::TicketResolved,
                Code::TicketClosed,
            ],
        ),
        (
            "leaveTicket",
            &[
                Code::TicketNotFound,
                Code::NotInDepartment,
                Code::AssigneeMustHandOver,
                Code::NotJoined,
                Code::TicketResolved,
                Code::TicketClosed,
            ],
        ),
        (
            "addReply",
            &[
                Code::TicketNotFound,
                Code::NotInDepartment,
                Code::TicketClosed,
                Code::TextEmpty,
                Code::TextTooLong,
                Code::TextUnprintable,
                Code::TooManyFiles,
                Code::FileNotFound,
                Code::FileNotStored,
                Code::FileAttached,
            ],
        ),
        (
            "addNote",
            &[
                Code::TicketNotFound,
                Code::NotInDepartment,
                Code::TextEmpty,
                Code::TextTooLong,
                Code::TextUnprintable,
                Code::TooManyFiles,
                Code::FileNotFound,
                Code::FileNotStored,
                Code::FileAttached,
            ],
        ),
        (
            "assessPriority",
            &[
                Code::TicketNotFound,
                Code::NotInDepartment,
                Code::TicketResolved,
                Code::TicketClosed,
            ],
        ),
        (
            "promiseResolution",
            &[
                Code::TicketNotFound,
                Code::NotInDepartment,
                Code::PromiseNotInFuture,
                Code::PromiseTooFar,
                Code::TicketResolved,
                Code::TicketClosed,
            ],
        ),
        ("acknowledgeAnswer", &[Code::TicketNotFound, Code::NotInDepartment, Code::NoUnseenAnswer]),
        (
            "awaitCustomer",
            &[
                Code::TicketNotFound,
                Code::NotInDepartment,
                Code::TicketNotAccepted,
                Code::TicketWaiting,
                Code::TicketResolved,
                Code::TicketClosed,
            ],
        ),
        (
            "resumeTicket",
            &[
                Code::TicketNotFound,
                Code::NotInDepartment,
                Code::TicketNotWaiting,
                Code::TicketResolved,
                Code::TicketClosed,
            ],
        ),
        (
            "resolveTicket",
            &[
                Code::TicketNotFound,
                Code::NotInDepartment,
                Code::TicketNotAccepted,
                Code::TicketResolved,
                Code::TicketClosed,
                Code::TextEmpty,
                Code::TextTooLong,
                Code::TextUnprintable,
            ],
        ),
        (
            "closeTicket",
            &[
                Code::TicketNotFound,
                Code::NotInDepartment,
                Code::TicketNotResolved,
                Code::TicketClosed,
            ],
        ),
        (
            "reopenTicket",
            &[
                Code::TicketNotFound,
                Code::NotInDepartment,
                Code::TicketStillOpen,
                Code::ReopenPeriodOver,
                Code::TextEmpty,
                Code::TextTooLong,
                Code::TextUnprintable,
            ],
        ),
        (
            "remeasureTicket",
            &[Code::TicketNotFound, Code::TextEmpty, Code::TextTooLong, Code::TextUnprintable],
        ),
        (
            "logTime",
            &[
                Code::TicketNotFound,
                Code::NotInDepartment,
                Code::TicketClosed,
                Code::TimeNotPositive,
                Code::TimeTooLong,
                Code::TimeInFuture,
                Code::TimeTooOld,
                Code::WorkOverlaps,
                Code::ChargesNotAgreed,
                Code::TextEmpty,
                Code::TextTooLong,
                Code::TextUnprintable,
            ],
        ),
        (
            "correctTime",
            &[
                Code::TicketNotFound,
                Code::NotInDepartment,
                Code::TimeEntryNotFound,
                Code::TimeEntryOfAnother,
                Code::TimeEntryReversed,
                Code::TicketClosed,
                Code::TimeNotPositive,
                Code::TimeTooLong,
                Code::TimeInFuture,
                Code::TimeTooOld,
                Code::WorkOverlaps,
                Code::ChargesNotAgreed,
                Code::TextEmpty,
                Code::TextTooLong,
                Code::TextUnprintable,
            ],
        ),
        (
            "markCourtesy",
            &[
                Code::TicketNotFound,
                Code::NotInDepartment,
                Code::TimeEntryNotFound,
                Code::TimeEntryOfAnother,
                Code::TimeEntryReversed,
                Code::AlreadyCourtesy,
                Code::TextEmpty,
                Code::TextTooLong,
                Code::TextUnprintable,
            ],
        ),
        ("askForAgreement", &[Code::TicketNotFound, Code::NotInDepartment, Code::TicketClosed]),
        (
            "agreeToCharges",
            &[Code::TicketNotFound, Code::TicketClosed, Code::PriceChanged, Code::BadAmount],
        ),
        (
            "allowCharges",
            &[
                Code::TicketNotFound,
                Code::NotInDepartment,
                Code::ManagerNeeded,
                Code::TextEmpty,
                Code::TextTooLong,
                Code::TextUnprintable,
            ],
        ),
        (
            "startTimer",
            &[Code::TicketNotFound, Code::NotInDepartment, Code::TicketClosed, Code::TimerRunning],
        ),
        (
            "stopTimer",
            &[
                Code::TimerNotRunning,
                Code::NotInDepartment,
                Code::TicketClosed,
                Code::EndedBeforeStart,
                Code::TimeTooLong,
                Code::TimeInFuture,
                Code::TimeTooOld,
                Code::WorkOverlaps,
                Code::ChargesNotAgreed,
                Code::TextEmpty,
                Code::TextTooLong,
                Code::TextUnprintable,
            ],
        ),
        ("discardTimer", &[Code::TimerNotRunning]),
    ]
};
