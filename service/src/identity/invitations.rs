//! Invitations: a person who is known already, because an administrator, staff, an import or the
//! command line has registered them, gets a login. The code lets its holder choose the password, so it
//! is sent to the person's address alone, or shown to the operator.

use chrono_tz::Tz;
use servicedesk_domain::access::Principal;
use servicedesk_domain::customer::{self, Customer, CustomerId};
use servicedesk_domain::identity::claim::{AcceptInvitation, check_name};
use servicedesk_domain::identity::login::{Command, login_of};
use servicedesk_domain::identity::{EmailAddress, EmailClaim, Login, PasswordId, Rejection};
use servicedesk_domain::kernel::Language;
use servicedesk_domain::staff::StaffMember;
use servicedesk_eventlog::{CommandContext, CommandId, Executed, Log, logins};
use uuid::Uuid;

use super::door::Door;
use super::letters::Letter;
use super::passwords::checked;
use super::sessions::{NewSession, Visitor};
use super::{INVITATION, Purpose, code_hash, new_code};
use crate::access::policy;
use crate::acting::Acting;
use crate::clock;
use crate::error::{ApiError, Failure};

/// Where an invitation goes, and how the person is written to.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// The address.
    pub email: String,
    /// The language in which the person is written to.
    pub language: Language,
    /// The person's time zone.
    pub time_zone: Tz,
}

impl Door {
    /// Registers a customer and invites them. What is refused is not remembered under the key.
    ///
    /// # Errors
    /// The rule that refuses it, or why the request failed.
    pub async fn invite_customer(
        &self,
        acting: Acting<'_>,
        name: &str,
        invitation: Invitation,
    ) -> Result<Executed, Failure<Rejection>> {
        policy::acting_staff(acting.caller)?;
        let customer_id: CustomerId = acting.new_id("customer");
        match acting.answered_before::<Customer>().await {
            Ok(None) => {}
            Ok(Some(executed)) => return Ok(executed),
            // No refusal of a customer's registration is ever recorded.
            Err(Failure::Rejected(rejection)) => return Err(ApiError::internal(&rejection).into()),
            Err(Failure::Request(error)) => return Err(error.into()),
        }
        let name = check_name(name).map_err(Failure::Rejected)?;
        let address = self.free_address(&invitation.email).await?;
        let register = customer::Command::Register { customer_id, name };
        let log = &self.desk.log;
        let registered = log.execute::<Customer>(customer_id.uuid(), register, acting.context());
        let registered = registered.await.map_err(|error| match Failure::from(error) {
            Failure::Rejected(rejection) => ApiError::internal(&rejection),
            Failure::Request(error) => error,
        })?;
        let context = following(acting.context());
        self.invite(customer_id.into(), address, &invitation, context).await?;
        Ok(registered)
    }

    /// Invites a person who is known already. A former invitation stays valid until it expires.
    ///
    /// # Errors
    /// The rule that refuses it, or why the request failed.
    pub async fn send_invitation(
        &self,
        acting: Acting<'_>,
        person: Principal,
        invitation: Invitation,
    ) -> Result<Executed, Failure<Rejection>> {
        policy::inviting(acting.caller, person)?;
        if let Some(executed) = acting.answered_before::<Login>().await? {
            return Ok(executed);
        }
        let address = match self.address_for(person, &invitation.email).await {
            Ok(address) => address,
            // Through the log, so that a repeat gets the same answer.
            Err(Failure::Rejected(rejection)) => {
                let refused = Err(Failure::Rejected(rejection));
                return acting.execute::<Login>(login_of(person).uuid(), refused).await;
            }
            Err(failure) => return Err(failure),
        };
        let context = acting.context();
        self.invite(person, address, &invitation, context).await
    }

    /// The address of an invitation, if it belongs to nobody else and the person is there.
    ///
    /// # Errors
    /// The rule that refuses it, or why the request failed.
    pub(crate) async fn address_for(
        &self,
        person: Principal,
        email: &str,
    ) -> Result<EmailAddress, Failure<Rejection>> {
        let address = self.free_address(email).await?;
        let log = &self.desk.log;
        let is_there = match person {
            Principal::Customer(id) => {
                log.load::<Customer>(id.uuid()).await.map_err(ApiError::from)?.0.is_there()
            }
            Principal::Staff(id) => {
                log.load::<StaffMember>(id.uuid()).await.map_err(ApiError::from)?.0.worker.is_some()
            }
        };
        if is_there { Ok(address) } else { Err(Failure::Rejected(Rejection::PersonNotFound)) }
    }

    /// An address that nobody has an account with.
    ///
    /// # Errors
    /// The rule that refuses it, or why the request failed.
    pub(crate) async fn free_address(
        &self,
        email: &str,
    ) -> Result<EmailAddress, Failure<Rejection>> {
        let address = EmailAddress::parse(email).map_err(Failure::Rejected)?;
        let claim_id = self.claim_id(&address);
        let (claim, _) = self.desk.log.load::<EmailClaim>(claim_id.uuid()).await?;
        match claim.owner {
            None => Ok(address),
            Some(_) => Err(Failure::Rejected(Rejection::EmailTaken)),
        }
    }

    /// Records that a person is invited, and sends them the code.
    pub(crate) async fn invite(
        &self,
        person: Principal,
        address: EmailAddress,
        invitation: &Invitation,
        context: CommandContext,
    ) -> Result<Executed, Failure<Rejection>> {
        let log = &self.desk.log;
        let command = Command::Invite { person };
        let executed = log.execute::<Login>(login_of(person).uuid(), command, context).await?;
        let code = code_for(log, person, &address, invitation).await?;
        let claim_id = self.claim_id(&address);
        let mail = Letter::Invitation(&code).to(address, invitation.language);
        self.outbox.send(mail, claim_id, self.desk.now()).await?;
        Ok(executed)
    }

    /// Takes up an invitation: the address is the person's, and the password counts. They are logged
    /// in.
    ///
    /// # Errors
    /// The rule that refuses it, or why the request failed.
    pub async fn accept_invitation(
        &self,
        visitor: Visitor<'_>,
        code: &str,
        chosen: &str,
    ) -> Result<NewSession, Failure<Rejection>> {
        let chosen = checked(chosen)?;
        self.knock(visitor.info).await?;
        let invalid = || Failure::Rejected(Rejection::CodeInvalid);
        let code_sha256 = code_hash(code);
        let Purpose::Invitation { person, address, language, time_zone } =
            self.purpose(&code_sha256).await?
        else {
            return Err(invalid());
        };
        let (log, db) = (&self.desk.log, self.desk.log.db());
        let (login, _) = log.load::<Login>(login_of(person).uuid()).await?;
        if login.person.is_some() || !self.is_active(person).await? {
            return Err(invalid());
        }
        let address = EmailAddress::parse(&address).map_err(Failure::Rejected)?;
        let claim_id = self.claim_id(&address);
        let password_id = PasswordId::new(clock::fresh_id());
        self.keep(password_id, person.uuid(), chosen).await?;
        let accept = AcceptInvitation { person, address, password_id, language, time_zone };
        let context = self.context(person.actor(), visitor.info);
        let claimed = log.execute::<EmailClaim>(claim_id.uuid(), accept.into(), context).await;
        let claimed = match claimed.map_err(Failure::from) {
            Ok(claimed) => claimed,
            Err(failure) => {
                if matches!(failure, Failure::Rejected(_)) {
                    let forgotten = logins::forget_password(db, password_id.uuid()).await;
                    forgotten.map_err(ApiError::from)?;
                }
                return Err(failure);
            }
        };
        // The login is a reaction's.
        self.desk.settled(claimed.position).await?;
        let session = match self.start_session(visitor, person, password_id).await {
            // Somebody was faster with the same code or another.
            Err(Failure::Rejected(Rejection::PasswordReplaced | Rejection::LoginNotFound)) => {
                logins::forget_password(db, password_id.uuid()).await.map_err(ApiError::from)?;
                return Err(invalid());
            }
            session => session?,
        };
        logins::forget_code(db, &code_sha256).await.map_err(ApiError::from)?;
        self.remember(claim_id, visitor.info).await?;
        Ok(session)
    }
}

/// A code by which a person who is known already can choose a password.
///
/// # Errors
/// `Internal` if it cannot be kept.
pub async fn code_for(
    log: &Log,
    person: Principal,
    address: &EmailAddress,
    invitation: &Invitation,
) -> Result<String, ApiError> {
    let Invitation { language, time_zone, .. } = *invitation;
    let address = address.as_str().to_owned();
    let purpose = Purpose::Invitation { person, address, language, time_zone };
    let body = serde_json::to_string(&purpose).map_err(|error| ApiError::internal(&error))?;
    let (code, code_sha256) = new_code()?;
    let (person_id, expires_at) = (person.uuid(), log.now() + INVITATION);
    logins::keep_code(log.db(), logins::MailedCode { code_sha256, person_id, expires_at, body })
        .await?;
    Ok(code)
}

/// The context of the invitation that follows when somebody is registered.
pub(crate) fn following(context: CommandContext) -> CommandContext {
    let id = Uuid::new_v5(&context.command_id.id, b"invitation");
    let command_id = CommandId { id, ..context.command_id };
    CommandContext { command_id, expected_sequence: None, ..context }
}
