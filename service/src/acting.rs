//! A caller who is about to do something: who, when, and under which key. Every use case that
//! changes something takes one.

use std::convert::Infallible;

use serde::Serialize;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::kernel::{Entity, Id, Moment};
use servicedesk_domain::staff::Worker;
use servicedesk_eventlog::execute::Executable;
use servicedesk_eventlog::{CommandContext, Executed};
use uuid::Uuid;

use crate::access::{Caller, policy};
use crate::desk::{self, CommandRequest, Desk};
use crate::error::{ApiError, Failure};

/// A caller who is about to do something.
#[derive(Debug, Clone, Copy)]
pub struct Acting<'a> {
    /// The log and the read models.
    pub desk: &'a Desk,
    /// Who acts.
    pub caller: &'a Caller,
    context: CommandContext,
}

impl<'a> Acting<'a> {
    /// Begins it now. `content` is what tells two requests with one key apart.
    ///
    /// # Errors
    /// `Internal` if the content cannot be written as JSON.
    pub fn new(
        desk: &'a Desk,
        request: CommandRequest<'a>,
        name: &str,
        content: &impl Serialize,
    ) -> Result<Self, ApiError> {
        let context = desk::context(request, name, content, desk.now())?;
        Ok(Self { desk, caller: request.caller, context })
    }

    /// The moment at which it happens.
    pub const fn now(&self) -> Moment {
        self.context.occurred_at
    }

    /// The context of the command, for use cases that send more than one.
    pub const fn context(&self) -> CommandContext {
        self.context
    }

    /// The same, for a command that opens something with a human number.
    #[must_use]
    pub const fn numbered(mut self) -> Self {
        self.context.is_numbered = true;
        self
    }

    /// The same, for a command that expects the aggregate at this sequence number.
    #[must_use]
    pub const fn expecting(mut self, sequence: i64) -> Self {
        self.context.expected_sequence = Some(sequence);
        self
    }

    /// The same, for a use case that sends several commands: the caller's key is taken before the
    /// first of them, so a key that is used for another request, even at the same moment, is refused
    /// before anything is recorded (ADR 68). Ids of what is created are made before.
    ///
    /// # Errors
    /// `BadUserInput` for a key that was used for another request, or why it could not be taken.
    pub async fn claimed(mut self) -> Result<Self, ApiError> {
        let claimed = self.desk.log.claimed::<Infallible>(self.context).await;
        self.context = claimed.map_err(|error| match Failure::from(error) {
            Failure::Rejected(never) => match never {},
            Failure::Request(error) => error,
        })?;
        Ok(self)
    }

    /// The id of what the command creates. It follows from the command's id, so that a repeat
    /// means the same.
    pub fn new_id<E: Entity>(&self, what: &str) -> Id<E> {
        Id::new(Uuid::new_v5(&self.context.command_id.id, what.as_bytes()))
    }

    /// The member of staff who acts.
    ///
    /// # Errors
    /// `Forbidden` for customers and auditors.
    pub fn staff(&self) -> Result<Worker, ApiError> {
        policy::acting_staff(self.caller).cloned()
    }

    /// The customer who acts.
    ///
    /// # Errors
    /// `Forbidden` for staff.
    pub fn customer(&self) -> Result<CustomerId, ApiError> {
        policy::calling_customer(self.caller)
    }

    /// Decides a command and records what follows. What is refused before there is a command goes
    /// through the log all the same, so that a repeat gets the first answer, whatever has changed
    /// since.
    ///
    /// # Errors
    /// The rule that refuses it, or why the request failed.
    pub async fn execute<A: Executable>(
        &self,
        aggregate_id: Uuid,
        command: Result<A::Command, Failure<A::Error>>,
    ) -> Result<Executed, Failure<A::Error>>
    where
        A::Error: std::fmt::Display,
    {
        let log = &self.desk.log;
        Ok(match command {
            Ok(command) => log.execute::<A>(aggregate_id, command, self.context).await?,
            Err(Failure::Rejected(rejection)) => {
                log.refuse::<A>(aggregate_id, rejection, self.context).await?
            }
            Err(Failure::Request(error)) => return Err(error.into()),
        })
    }

    /// What was answered before under the caller's key, if anything was.
    ///
    /// # Errors
    /// The rule that refused it then, or why the request failed.
    pub async fn answered_before<A: Executable>(
        &self,
    ) -> Result<Option<Executed>, Failure<A::Error>>
    where
        A::Error: std::fmt::Display,
    {
        let log = &self.desk.log;
        let outcome = log.answered_before(&self.context).await?;
        Ok(outcome.map(|outcome| log.executed::<A>(outcome)).transpose()?)
    }
}
