//! Erasing a customer (A3): who may, and what is looked up first. What is deleted then follows from
//! the event.

use servicedesk_domain::billing::SupportAccount;
use servicedesk_domain::billing::account::account_of;
use servicedesk_domain::customer::{Command, Customer, CustomerId, Erase, ErasureBasis, Rejection};
use servicedesk_domain::identity::EmailAddress;
use servicedesk_eventlog::{Executed, reader};
use servicedesk_projections::identity::logins;
use servicedesk_projections::licensing::applications;

use crate::access::policy;
use crate::acting::Acting;
use crate::error::{ApiError, Failure};
use crate::identity::Door;

/// What an administrator asks for.
#[derive(Debug, Clone)]
pub struct Erasure {
    /// Who.
    pub customer_id: CustomerId,
    /// Their name, written out.
    pub confirmation: String,
    /// Why.
    pub basis: ErasureBasis,
}

/// Erases a customer. When this returns, nobody can read what is known of them; what is kept of them
/// beside the log goes a moment later.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn erase_customer(
    acting: Acting<'_>,
    door: &Door,
    erasure: Erasure,
) -> Result<Executed, Failure<Rejection>> {
    policy::acting_admin(acting.caller)?;
    let Erasure { customer_id, confirmation, basis } = erasure;
    let (desk, db) = (acting.desk, acting.desk.log.db());
    // Of what was recorded until now, what follows is known: their login, and what they owe.
    desk.settled(reader::head(db).await.map_err(ApiError::from)?).await?;
    let account = desk.log.load::<SupportAccount>(account_of(customer_id).uuid()).await;
    let (account, _) = account.map_err(ApiError::from)?;
    let login = logins::of_person(db, customer_id.into()).await?;
    let address = login.as_ref().and_then(|login| login.address.reveal());
    let address = address.and_then(|address| EmailAddress::parse(address).ok());
    let erase = Erase {
        customer_id,
        confirmation,
        basis,
        trading_account_ids: applications::only_of_customer(db, customer_id).await?,
        email_claim_id: address.map(|address| door.claim_id(&address)),
        owed_cents: account.outstanding(),
    };
    let id = customer_id.uuid();
    let executed = acting.execute::<Customer>(id, Ok(Command::Erase(erase))).await?;
    door.tokens.forget();
    Ok(executed)
}
