//! What an activity of another help desk asks for here.

use serde::Deserialize;

/// What an activity asks for. What has to come before it for the rules to allow it is worked out
/// from the ticket's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The ticket is opened.
    Open,
    /// The ticket is opened and its urgency judged; one that is there already is judged only.
    OpenAndAssess,
    /// The customer writes: the ticket is opened by it, or answered if it is there already.
    OpenOrReply,
    /// The customer answers.
    ReplyByCustomer,
    /// Staff answers the customer.
    ReplyByStaff,
    /// The urgency is judged.
    AssessPriority,
    /// The member of staff works on the ticket from now on.
    Take,
    /// The ticket is handed to the assignee that the line names.
    Assign,
    /// The ticket goes to the department that the line names.
    Transfer,
    /// Work stops until the customer answers.
    Wait,
    /// Time was worked.
    LogTime,
    /// The ticket is solved.
    Resolve,
    /// There is nothing to solve.
    ResolveAsInvalid,
    /// The same is handled elsewhere.
    ResolveAsDuplicate,
    /// Something that has no counterpart here, kept as a note.
    Note,
    /// The ticket comes back.
    Reopen,
    /// The ticket is over, and solved first if it is not.
    ResolveAndClose,
    /// The ticket is over.
    Close,
}

impl Action {
    /// Whether a line that asks for this is how a ticket normally begins.
    pub const fn opens(self) -> bool {
        matches!(self, Self::Open | Self::OpenAndAssess | Self::OpenOrReply)
    }

    /// Whether the customer acts; otherwise a member of staff does.
    pub const fn is_by_customer(self) -> bool {
        matches!(self, Self::OpenOrReply | Self::ReplyByCustomer)
    }

    /// Where a line belongs among the lines of one ticket at one moment: openings come first and
    /// closings last, whatever the order in the file.
    pub(super) const fn rank(self) -> u8 {
        match self {
            Self::Open | Self::OpenAndAssess | Self::OpenOrReply => 0,
            Self::Close | Self::ResolveAndClose => 2,
            _ => 1,
        }
    }
}
