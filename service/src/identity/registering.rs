//! Registering, and confirming the address.
//!
//! Nobody is a customer before they have shown that they read what is sent to their address. Who
//! confirms must give the password as well: a stranger may register with somebody's address, and
//! the person who opens the message must not thereby open an account that the stranger can use.

use chrono_tz::Tz;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::identity::claim::{Claim, check_name};
use servicedesk_domain::identity::{EmailAddress, EmailClaim, Password, PasswordId, Rejection};
use servicedesk_domain::kernel::{Actor, Language};
use servicedesk_eventlog::logins;

use super::common::refuse_common;
use super::door::Door;
use super::hashing::Verdict;
use super::letters::Letter;
use super::sessions::{NewSession, Visitor};
use super::{CONFIRMATION, Pending, Purpose, code_hash, new_code};
use crate::clock;
use crate::error::{ApiError, Failure};

/// What somebody registers with.
#[derive(Clone)]
pub struct Registration {
    /// Their address.
    pub email: String,
    /// The password that they choose.
    pub password: String,
    /// The name that staff sees.
    pub name: String,
    /// The language in which they are written to.
    pub language: Language,
    /// Their time zone.
    pub time_zone: Tz,
}

impl Door {
    /// Sends a code to an address with which somebody registers. If it has an account already, its
    /// owner is told so instead; the caller learns nothing of it.
    ///
    /// # Errors
    /// What is wrong with what was given, or why the request failed.
    pub async fn register(
        &self,
        visitor: Visitor<'_>,
        new: Registration,
    ) -> Result<(), Failure<Rejection>> {
        let address = EmailAddress::parse(&new.email).map_err(Failure::Rejected)?;
        let name = check_name(&new.name).map_err(Failure::Rejected)?;
        let password = Password::choose(&new.password).map_err(Failure::Rejected)?;
        refuse_common(&password).map_err(Failure::Rejected)?;
        self.knock(visitor.info).await?;
        let claim_id = self.claim_id(&address);
        let (claim, _) = self.desk.log.load::<EmailClaim>(claim_id.uuid()).await?;
        let password_hash = self.hasher.hash(password).await?;
        let (code, code_sha256) = new_code()?;
        let customer_id = CustomerId::new(clock::fresh_id());
        let (purpose, letter) = match claim.owner {
            None => {
                let pending = Pending {
                    customer_id,
                    address: address.as_str().to_owned(),
                    name,
                    password_hash,
                    language: new.language,
                    time_zone: new.time_zone,
                };
                (Purpose::Registration(Box::new(pending)), Letter::Confirm(&code))
            }
            Some(_) => (Purpose::Nothing, Letter::HasAccount),
        };
        self.keep_code(code_sha256, customer_id.uuid(), CONFIRMATION, &purpose).await?;
        let (mail, now) = (letter.to(address, new.language), self.desk.now());
        if self.may_write_to(claim_id).await? {
            self.outbox.send(mail, claim_id, now).await?;
        } else {
            self.outbox.pretend(mail, claim_id, now).await?;
        }
        Ok(())
    }

    /// Confirms an address with the code that was sent to it and the password that was chosen, and
    /// logs the person in.
    ///
    /// # Errors
    /// The rule that refuses it, or why the request failed.
    pub async fn confirm_email(
        &self,
        visitor: Visitor<'_>,
        code: &str,
        password: &str,
    ) -> Result<NewSession, Failure<Rejection>> {
        self.knock(visitor.info).await?;
        let code_sha256 = code_hash(code);
        let Purpose::Registration(pending) = self.purpose(&code_sha256).await? else {
            return Err(Failure::Rejected(Rejection::CodeInvalid));
        };
        let Pending { customer_id, address, name, password_hash, language, time_zone } = *pending;
        let given =
            Password::given(password).ok_or(Failure::Rejected(Rejection::WrongCredentials))?;
        if self.hasher.verify(given, Some(password_hash.clone())).await? == Verdict::Wrong {
            return Err(Failure::Rejected(Rejection::WrongCredentials));
        }
        let address = EmailAddress::parse(&address).map_err(Failure::Rejected)?;
        let claim_id = self.claim_id(&address);
        // Both follow from the code, so that a person who is interrupted here can confirm again.
        let password_id = PasswordId::new(customer_id.uuid());
        let db = self.desk.log.db();
        let kept =
            logins::keep_password(db, password_id.uuid(), customer_id.uuid(), &password_hash);
        kept.await.map_err(ApiError::from)?;
        let claim = Claim { customer_id, address, name, password_id, language, time_zone };
        let context = self.context(Actor::Customer(customer_id), visitor.info);
        let claimed =
            self.desk.log.execute::<EmailClaim>(claim_id.uuid(), claim.into(), context).await;
        let claimed = match claimed.map_err(Failure::from) {
            Ok(claimed) => claimed,
            Err(refused) => {
                if refused == Failure::Rejected(Rejection::EmailTaken) {
                    let forgotten = logins::forget_password(db, password_id.uuid()).await;
                    forgotten.map_err(ApiError::from)?;
                    logins::forget_code(db, &code_sha256).await.map_err(ApiError::from)?;
                }
                return Err(refused);
            }
        };
        // The login is a reaction's.
        self.desk.settled(claimed.position).await?;
        let session = match self.start_session(visitor, customer_id.into(), password_id).await {
            // It was confirmed before, and the password was changed since.
            Err(Failure::Rejected(Rejection::PasswordReplaced)) => {
                logins::forget_password(db, password_id.uuid()).await.map_err(ApiError::from)?;
                return Err(Failure::Rejected(Rejection::CodeInvalid));
            }
            session => session?,
        };
        logins::forget_code(db, &code_sha256).await.map_err(ApiError::from)?;
        self.remember(claim_id, visitor.info).await?;
        Ok(session)
    }
}
