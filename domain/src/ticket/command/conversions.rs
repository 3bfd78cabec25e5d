//! A command's struct is the command: callers pass the struct.

use super::{
    AddNote, AddReply, AgreeToCharges, AllowCharges, AskForAgreement, AssessPriority, Assign,
    Command, CorrectTime, JoinCollaborator, LogTime, MarkCourtesy, Open, PromiseResolution,
    Remeasure, Reopen, Resolve, Transfer,
};

impl From<Open> for Command {
    fn from(command: Open) -> Self {
        Self::Open(command)
    }
}

impl From<Assign> for Command {
    fn from(command: Assign) -> Self {
        Self::Assign(command)
    }
}

impl From<Transfer> for Command {
    fn from(command: Transfer) -> Self {
        Self::Transfer(command)
    }
}

impl From<JoinCollaborator> for Command {
    fn from(command: JoinCollaborator) -> Self {
        Self::JoinCollaborator(command)
    }
}

impl From<AddReply> for Command {
    fn from(command: AddReply) -> Self {
        Self::AddReply(command)
    }
}

impl From<AddNote> for Command {
    fn from(command: AddNote) -> Self {
        Self::AddNote(command)
    }
}

impl From<LogTime> for Command {
    fn from(command: LogTime) -> Self {
        Self::LogTime(command)
    }
}

impl From<CorrectTime> for Command {
    fn from(command: CorrectTime) -> Self {
        Self::CorrectTime(command)
    }
}

impl From<MarkCourtesy> for Command {
    fn from(command: MarkCourtesy) -> Self {
        Self::MarkCourtesy(command)
    }
}

impl From<AskForAgreement> for Command {
    fn from(command: AskForAgreement) -> Self {
        Self::AskForAgreement(command)
    }
}

impl From<AgreeToCharges> for Command {
    fn from(command: AgreeToCharges) -> Self {
        Self::AgreeToCharges(command)
    }
}

impl From<AllowCharges> for Command {
    fn from(command: AllowCharges) -> Self {
        Self::AllowCharges(command)
    }
}

impl From<AssessPriority> for Command {
    fn from(command: AssessPriority) -> Self {
        Self::AssessPriority(command)
    }
}

impl From<PromiseResolution> for Command {
    fn from(command: PromiseResolution) -> Self {
        Self::PromiseResolution(command)
    }
}

impl From<Resolve> for Command {
    fn from(command: Resolve) -> Self {
        Self::Resolve(command)
    }
}

impl From<Reopen> for Command {
    fn from(command: Reopen) -> Self {
        Self::Reopen(command)
    }
}

impl From<Remeasure> for Command {
    fn from(command: Remeasure) -> Self {
        Self::Remeasure(command)
    }
}
