//! The closed list of refusals of each mutation on the time worked on a ticket and on whether it
//! may be charged. `strum` reads a code by the name that the domain's rejection has.

use async_graphql::Enum;
use strum::EnumString;

/// Why time is not logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum LogTimeErrorCode {
    /// There is no such ticket, or the caller may not know of it.
    TicketNotFound,
    /// The caller is in none of the ticket's departments and has not joined it.
    NotInDepartment,
    /// The ticket is closed.
    TicketClosed,
    /// The time worked is less than a minute.
    TimeNotPositive,
    /// The time worked is of more minutes than `limit`.
    TimeTooLong,
    /// The work ended in the future.
    TimeInFuture,
    /// The work ended before `until`, which is too long ago.
    TimeTooOld,
    /// The work exceeds the customer's free time, and she has not agreed to pay for it. `limit` is
    /// the free minutes left. Ask her with `askForAgreement`; a manager may decide with
    /// `allowCharges`; a courtesy needs no agreement.
    ChargesNotAgreed,
    /// A text is empty.
    TextEmpty,
    /// A text has more characters than `limit`.
    TextTooLong,
    /// A text holds control characters.
    TextUnprintable,
}

/// Why a time entry is not corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum CorrectTimeErrorCode {
    /// There is no such ticket, or the caller may not know of it.
    TicketNotFound,
    /// The caller is in none of the ticket's departments and has not joined it.
    NotInDepartment,
    /// The ticket has no such time entry.
    TimeEntryNotFound,
    /// The time entry is another agent's, which only a manager corrects.
    TimeEntryOfAnother,
    /// The time entry was corrected already.
    TimeEntryReversed,
    /// The time worked is less than a minute.
    TimeNotPositive,
    /// The time worked is of more minutes than `limit`.
    TimeTooLong,
    /// The work ended in the future.
    TimeInFuture,
    /// The work ended before `until`, which is too long ago.
    TimeTooOld,
    /// What is right exceeds the customer's free time, and she has not agreed to pay for it.
    /// `limit` is the free minutes left without the wrong entry.
    ChargesNotAgreed,
    /// A text is empty.
    TextEmpty,
    /// A text has more characters than `limit`.
    TextTooLong,
    /// A text holds control characters.
    TextUnprintable,
}

/// Why a time entry is not marked as a courtesy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum MarkCourtesyErrorCode {
    /// There is no such ticket, or the caller may not know of it.
    TicketNotFound,
    /// The caller is in none of the ticket's departments and has not joined it.
    NotInDepartment,
    /// The ticket has no such time entry.
    TimeEntryNotFound,
    /// The time entry is another agent's, which only a manager marks.
    TimeEntryOfAnother,
    /// The time entry was taken back.
    TimeEntryReversed,
    /// The time entry is a courtesy already.
    AlreadyCourtesy,
    /// A text is empty.
    TextEmpty,
    /// A text has more characters than `limit`.
    TextTooLong,
    /// A text holds control characters.
    TextUnprintable,
}

/// Why the customer is not asked to agree to charges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum AskForAgreementErrorCode {
    /// There is no such ticket, or the caller may not know of it.
    TicketNotFound,
    /// The caller is in none of the ticket's departments and has not joined it.
    NotInDepartment,
    /// The ticket is closed.
    TicketClosed,
}

/// Why an agreement to charges is not recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum AgreeToChargesErrorCode {
    /// There is no such ticket, or it is not the caller's.
    TicketNotFound,
    /// The ticket is closed.
    TicketClosed,
    /// The price that was shown is not the one in force.
    PriceChanged,
}

/// Why charges are not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum AllowChargesErrorCode {
    /// There is no such ticket, or the caller may not know of it.
    TicketNotFound,
    /// The caller is in none of the ticket's departments and has not joined it.
    NotInDepartment,
    /// Only a manager decides this.
    ManagerNeeded,
    /// A text is empty.
    TextEmpty,
    /// A text has more characters than `limit`.
    TextTooLong,
    /// A text holds control characters.
    TextUnprintable,
}
