//! The closed list of refusals of each mutation on tickets. `strum` reads a code by the name that
//! the domain's rejection has.

use async_graphql::Enum;
use strum::EnumString;

/// Why a ticket is not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum OpenTicketErrorCode {
    /// The ticket was already opened by another command.
    AlreadyOpened,
    /// There is no such category on offer.
    CategoryNotFound,
    /// There is no such product on offer.
    ProductNotFound,
    /// There is no such customer.
    CustomerNotFound,
    /// A text is empty.
    TextEmpty,
    /// A text has more characters than `limit`.
    TextTooLong,
    /// A text holds control characters.
    TextUnprintable,
}

/// Why a ticket is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum AcceptTicketErrorCode {
    /// There is no such ticket, or the caller may not know of it.
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
}

/// Why a ticket is not handed to an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum AssignTicketErrorCode {
    /// There is no such ticket, or the caller may not know of it.
    TicketNotFound,
    /// The caller is in none of the ticket's departments and has not joined it.
    NotInDepartment,
    /// There is no such agent.
    AgentNotFound,
    /// The agent is already responsible.
    AlreadyAssigned,
    /// The ticket is resolved.
    TicketResolved,
    /// The ticket is closed.
    TicketClosed,
    /// A text is empty.
    TextEmpty,
    /// A text has more characters than `limit`.
    TextTooLong,
    /// A text holds control characters.
    TextUnprintable,
}

/// Why a ticket does not go to another department.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum TransferTicketErrorCode {
    /// There is no such ticket, or the caller may not know of it.
    TicketNotFound,
    /// The caller is in none of the ticket's departments and has not joined it.
    NotInDepartment,
    /// There is no such department in use.
    DepartmentNotFound,
    /// The ticket is already in that department.
    AlreadyInDepartment,
    /// The ticket is resolved.
    TicketResolved,
    /// The ticket is closed.
    TicketClosed,
    /// A text is empty.
    TextEmpty,
    /// A text has more characters than `limit`.
    TextTooLong,
    /// A text holds control characters.
    TextUnprintable,
}

/// Why an agent does not join.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum JoinCollaboratorErrorCode {
    /// There is no such ticket, or the caller may not know of it.
    TicketNotFound,
    /// The caller is in none of the ticket's departments and has not joined it.
    NotInDepartment,
    /// There is no such agent.
    AgentNotFound,
    /// The agent already works on the ticket.
    AlreadyJoined,
    /// The ticket is resolved.
    TicketResolved,
    /// The ticket is closed.
    TicketClosed,
}

/// Why the caller does not leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum LeaveTicketErrorCode {
    /// There is no such ticket, or the caller may not know of it.
    TicketNotFound,
    /// The caller is in none of the ticket's departments and has not joined it.
    NotInDepartment,
    /// The responsible agent must hand the ticket over.
    AssigneeMustHandOver,
    /// The caller has not joined the ticket.
    NotJoined,
    /// The ticket is resolved.
    TicketResolved,
    /// The ticket is closed.
    TicketClosed,
}

/// Why a reply is not added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum AddReplyErrorCode {
    /// There is no such ticket, or the caller may not know of it.
    TicketNotFound,
    /// The caller is in none of the ticket's departments and has not joined it.
    NotInDepartment,
    /// The ticket is closed.
    TicketClosed,
    /// A text is empty.
    TextEmpty,
    /// A text has more characters than `limit`.
    TextTooLong,
    /// A text holds control characters.
    TextUnprintable,
}

/// Why a note is not added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum AddNoteErrorCode {
    /// There is no such ticket, or the caller may not know of it.
    TicketNotFound,
    /// The caller is in none of the ticket's departments and has not joined it.
    NotInDepartment,
    /// A text is empty.
    TextEmpty,
    /// A text has more characters than `limit`.
    TextTooLong,
    /// A text holds control characters.
    TextUnprintable,
}

/// Why a priority is not assessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum AssessPriorityErrorCode {
    /// There is no such ticket, or the caller may not know of it.
    TicketNotFound,
    /// The caller is in none of the ticket's departments and has not joined it.
    NotInDepartment,
    /// The ticket is resolved.
    TicketResolved,
    /// The ticket is closed.
    TicketClosed,
}

/// Why nothing is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum PromiseResolutionErrorCode {
    /// There is no such ticket, or the caller may not know of it.
    TicketNotFound,
    /// The caller is in none of the ticket's departments and has not joined it.
    NotInDepartment,
    /// The promised moment is not in the future.
    PromiseNotInFuture,
    /// The promised moment is after `until`.
    PromiseTooFar,
    /// The ticket is resolved.
    TicketResolved,
    /// The ticket is closed.
    TicketClosed,
}

/// Why the ticket does not wait on the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum AwaitCustomerErrorCode {
    /// There is no such ticket, or the caller may not know of it.
    TicketNotFound,
    /// The caller is in none of the ticket's departments and has not joined it.
    NotInDepartment,
    /// Nobody has accepted the ticket yet.
    TicketNotAccepted,
    /// The ticket waits on the customer.
    TicketWaiting,
    /// The ticket is resolved.
    TicketResolved,
    /// The ticket is closed.
    TicketClosed,
}

/// Why work does not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ResumeTicketErrorCode {
    /// There is no such ticket, or the caller may not know of it.
    TicketNotFound,
    /// The caller is in none of the ticket's departments and has not joined it.
    NotInDepartment,
    /// The ticket does not wait on the customer.
    TicketNotWaiting,
    /// The ticket is resolved.
    TicketResolved,
    /// The ticket is closed.
    TicketClosed,
}

/// Why a ticket is not resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ResolveTicketErrorCode {
    /// There is no such ticket, or the caller may not know of it.
    TicketNotFound,
    /// The caller is in none of the ticket's departments and has not joined it.
    NotInDepartment,
    /// Nobody has accepted the ticket yet.
    TicketNotAccepted,
    /// The ticket is resolved.
    TicketResolved,
    /// The ticket is closed.
    TicketClosed,
    /// A text is empty.
    TextEmpty,
    /// A text has more characters than `limit`.
    TextTooLong,
    /// A text holds control characters.
    TextUnprintable,
}

/// Why a ticket is not closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum CloseTicketErrorCode {
    /// There is no such ticket, or the caller may not know of it.
    TicketNotFound,
    /// The caller is in none of the ticket's departments and has not joined it.
    NotInDepartment,
    /// The ticket is not resolved.
    TicketNotResolved,
    /// The ticket is closed.
    TicketClosed,
}

/// Why a ticket is not reopened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ReopenTicketErrorCode {
    /// There is no such ticket, or the caller may not know of it.
    TicketNotFound,
    /// The caller is in none of the ticket's departments and has not joined it.
    NotInDepartment,
    /// The ticket is still open.
    TicketStillOpen,
    /// The ticket could be reopened until `until`.
    ReopenPeriodOver,
    /// A text is empty.
    TextEmpty,
    /// A text has more characters than `limit`.
    TextTooLong,
    /// A text holds control characters.
    TextUnprintable,
}

/// Why a ticket is not measured anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum RemeasureTicketErrorCode {
    /// There is no such ticket.
    TicketNotFound,
    /// A text is empty.
    TextEmpty,
    /// A text has more characters than `limit`.
    TextTooLong,
    /// A text holds control characters.
    TextUnprintable,
}
