//! Decisions about customers.

use serde::{Deserialize, Serialize};

use super::CustomerId;
use super::events::CustomerEvent;
use super::state::Customer;
use crate::kernel::text::MAX_NAME_CHARACTERS;
use crate::kernel::{Form, Personal, TextProblem};

/// A command on a customer.
#[derive(Debug, Clone)]
pub enum Command {
    /// The person is a customer from now on.
    Register {
        /// The person.
        customer_id: CustomerId,
        /// The name that staff sees.
        name: String,
    },
}

/// Why a change about a customer is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    /// The id belongs to somebody already.
    #[error("the customer is already registered")]
    AlreadyRegistered,
    /// The name is empty, too long or unprintable.
    #[error("the name must have 1 to 200 printable characters")]
    BadName(TextProblem),
}

/// Decides a command on a customer.
///
/// # Errors
/// The [`Rejection`]; nothing is to be recorded then.
pub fn decide(customer: &Customer, command: Command) -> Result<Vec<CustomerEvent>, Rejection> {
    match command {
        Command::Register { customer_id, name } => register(customer, customer_id, &name),
    }
}

fn register(
    customer: &Customer,
    customer_id: CustomerId,
    name: &str,
) -> Result<Vec<CustomerEvent>, Rejection> {
    if customer.is_registered {
        return Err(Rejection::AlreadyRegistered);
    }
    let name = Form::Name.parse(name, MAX_NAME_CHARACTERS).map_err(Rejection::BadName)?;
    let name = Personal::new(customer_id, name.into_string());
    Ok(vec![CustomerEvent::Registered { customer_id, name }])
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    fn register(name: &str) -> Command {
        Command::Register { customer_id: CustomerId::named("a"), name: name.to_owned() }
    }

    #[test]
    fn a_customer_is_registered_once_and_by_name() {
        let id = CustomerId::named("a");
        let registered = CustomerEvent::Registered {
            customer_id: id,
            name: Personal::new(id, "Anna".to_owned()),
        };
        TestFramework::<Customer>::with(())
            .given_no_previous_events()
            .when(register(" Anna "))
            .then_expect_events(vec![registered.clone()]);
        TestFramework::<Customer>::with(())
            .given(vec![registered])
            .when(register("Anna"))
            .then_expect_error(Rejection::AlreadyRegistered);
        TestFramework::<Customer>::with(())
            .given_no_previous_events()
            .when(register("\u{7}"))
            .then_expect_error(Rejection::BadName(TextProblem::Unprintable));
    }
}
