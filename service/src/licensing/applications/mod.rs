//! Applications, the trading accounts they are for, and the evidence by which they are decided.

pub mod actions;
pub mod applying;
pub mod conversation;
pub mod deciding;
pub mod evidence;
pub mod facts;
pub mod measuring;
pub mod messages;
pub mod reactions;
pub mod reporting;
pub mod taking;

use servicedesk_domain::licensing::application::{Command, Rejection};
use servicedesk_domain::licensing::{Application, ApplicationId};
use servicedesk_eventlog::Executed;

use crate::acting::Acting;
use crate::error::Failure;

/// What a use case on an application gives.
pub type Done = Result<Executed, Failure<Rejection>>;

/// Decides a command on an application, with what every one of them needs beside it.
async fn on_application(
    acting: Acting<'_>,
    application_id: ApplicationId,
    command: Result<Command, Failure<Rejection>>,
) -> Done {
    let circumstances = facts::circumstances(acting.desk, acting.now()).await?;
    let command = command.map(|command| (command, circumstances));
    acting.execute::<Application>(application_id.uuid(), command).await
}
