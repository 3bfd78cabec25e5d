//! Decisions about customers.

use serde::{Deserialize, Serialize};

use super::CustomerId;
use super::events::{CustomerEvent, ErasureBasis};
use super::state::Customer;
use crate::identity::claim::EmailClaimId;
use crate::kernel::money::in_units;
use crate::kernel::text::MAX_NAME_CHARACTERS;
use crate::kernel::{Form, Personal, TextProblem};
use crate::licensing::TradingAccountId;

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
    /// Nobody is to read any more what is known of the person.
    Erase(Erase),
}

/// Nobody is to read any more what is known of a person.
#[derive(Debug, Clone)]
pub struct Erase {
    /// The person.
    pub customer_id: CustomerId,
    /// Their name, as the administrator has written it.
    pub confirmation: String,
    /// Why.
    pub basis: ErasureBasis,
    /// The trading accounts on which nobody else has applied.
    pub trading_account_ids: Vec<TradingAccountId>,
    /// The e-mail address of which the person has an account, if they can log in.
    pub email_claim_id: Option<EmailClaimId>,
    /// What the person owes, in cents.
    pub owed_cents: i64,
}

/// Why a change about a customer is refused.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    thiserror::Error,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Rejection {
    /// The id belongs to somebody already.
    #[error("the customer is already registered")]
    AlreadyRegistered,
    /// The name is empty, too long or unprintable.
    #[error("the name must have 1 to 200 printable characters")]
    BadName(TextProblem),
    /// There is no such customer.
    #[error("the customer does not exist")]
    CustomerNotFound,
    /// There is nothing left to erase.
    #[error("the customer was erased before")]
    AlreadyErased,
    /// The name is not the one that the person has.
    #[error("the confirmation is not the customer's name")]
    ConfirmationWrong,
    /// Something is not paid, and a debtor must be known.
    #[error("the customer still owes {}", in_units(*.cents))]
    ChargesUnpaid {
        /// How much, in cents.
        cents: i64,
    },
}

impl Rejection {
    /// The public code, for example `ALREADY_ERASED`.
    pub fn code(self) -> &'static str {
        self.into()
    }
}

/// Decides a command on a customer.
///
/// # Errors
/// The [`Rejection`]; nothing is to be recorded then.
pub fn decide(customer: &Customer, command: Command) -> Result<Vec<CustomerEvent>, Rejection> {
    match command {
        Command::Register { customer_id, name } => register(customer, customer_id, &name),
        Command::Erase(command) => erase(customer, command),
    }
}

fn register(
    customer: &Customer,
    customer_id: CustomerId,
    name: &str,
) -> Result<Vec<CustomerEvent>, Rejection> {
    if customer.is_registered() {
        return Err(Rejection::AlreadyRegistered);
    }
    let name = Form::Name.parse(name, MAX_NAME_CHARACTERS).map_err(Rejection::BadName)?;
    let name = Personal::new(customer_id, name.into_string());
    Ok(vec![CustomerEvent::Registered { customer_id, name }])
}

/// What is destroyed cannot be had again, so the name must be written as it is.
fn erase(customer: &Customer, command: Erase) -> Result<Vec<CustomerEvent>, Rejection> {
    let name = customer.name.as_ref().ok_or(Rejection::CustomerNotFound)?;
    if customer.is_erased {
        return Err(Rejection::AlreadyErased);
    }
    if name.reveal().map(String::as_str) != Some(command.confirmation.trim()) {
        return Err(Rejection::ConfirmationWrong);
    }
    if command.owed_cents > 0 {
        return Err(Rejection::ChargesUnpaid { cents: command.owed_cents });
    }
    let Erase { customer_id, basis, trading_account_ids, email_claim_id, .. } = command;
    Ok(vec![CustomerEvent::Erased { customer_id, basis, trading_account_ids, email_claim_id }])
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

    fn registered() -> CustomerEvent {
        let customer_id = CustomerId::named("a");
        CustomerEvent::Registered {
            customer_id,
            name: Personal::new(customer_id, "Anna".to_owned()),
        }
    }

    fn erase() -> Erase {
        Erase {
            customer_id: CustomerId::named("a"),
            confirmation: "Anna".to_owned(),
            basis: ErasureBasis::Requested,
            trading_account_ids: vec![TradingAccountId::named("account")],
            email_claim_id: None,
            owed_cents: 0,
        }
    }

    fn erased() -> CustomerEvent {
        let Erase { customer_id, basis, trading_account_ids, email_claim_id, .. } = erase();
        CustomerEvent::Erased { customer_id, basis, trading_account_ids, email_claim_id }
    }

    #[test]
    fn a_customer_is_erased_once_and_by_their_exact_name() {
        let given = |past| TestFramework::<Customer>::with(()).given(past);
        given(vec![registered()]).when(Command::Erase(erase())).then_expect_events(vec![erased()]);
        for wrong in ["", "anna", "Anna B", "[erased]"] {
            given(vec![registered()])
                .when(Command::Erase(Erase { confirmation: wrong.to_owned(), ..erase() }))
                .then_expect_error(Rejection::ConfirmationWrong);
        }
        given(vec![registered(), erased()])
            .when(Command::Erase(Erase { confirmation: "[erased]".to_owned(), ..erase() }))
            .then_expect_error(Rejection::AlreadyErased);
        given(vec![registered(), erased()])
            .when(register("Anna"))
            .then_expect_error(Rejection::AlreadyRegistered);
        TestFramework::<Customer>::with(())
            .given_no_previous_events()
            .when(Command::Erase(erase()))
            .then_expect_error(Rejection::CustomerNotFound);
    }

    #[test]
    fn a_customer_who_owes_is_not_erased_and_one_who_has_paid_ahead_is() {
        let given = |owed_cents| {
            TestFramework::<Customer>::with(())
                .given(vec![registered()])
                .when(Command::Erase(Erase { owed_cents, ..erase() }))
        };
        given(1).then_expect_error(Rejection::ChargesUnpaid { cents: 1 });
        given(-1).then_expect_events(vec![erased()]);
    }
}
