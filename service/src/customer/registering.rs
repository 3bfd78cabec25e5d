//! Registering customers.

use servicedesk_domain::customer::{Command, Customer, CustomerId, Rejection};
use servicedesk_domain::kernel::Actor;
use servicedesk_eventlog::{ExecuteError, Log};

use crate::{clock, desk};

/// Registers a customer on the operator's word, and gives the new id.
///
/// # Errors
/// The rule that refuses the name, or a fault.
pub async fn register(log: &Log, name: String) -> Result<CustomerId, ExecuteError<Rejection>> {
    let customer_id = CustomerId::new(clock::fresh_id());
    let context = desk::own_context(Actor::Operator, log.now());
    let command = Command::Register { customer_id, name };
    log.execute::<Customer>(customer_id.uuid(), command, context).await?;
    Ok(customer_id)
}
