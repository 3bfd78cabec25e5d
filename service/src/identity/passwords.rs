//! Changing a password, and choosing another when it is forgotten.

use servicedesk_domain::access::Principal;
use servicedesk_domain::identity::login::{Command, login_of};
use servicedesk_domain::identity::{
    EmailAddress, EmailClaim, Login, Password, PasswordId, Rejection,
};
use servicedesk_domain::kernel::Personal;
use servicedesk_eventlog::{Executed, logins};
use uuid::Uuid;

use super::common::refuse_common;
use super::door::Door;
use super::hashing::Verdict;
use super::letters::Letter;
use super::sessions::{Visitor, session_of};
use super::{Purpose, RESET, code_hash, new_code};
use crate::acting::Acting;
use crate::clock;
use crate::error::{ApiError, Failure};

impl Door {
    /// Changes the caller's password, which they must know. Every other session ends.
    ///
    /// # Errors
    /// The rule that refuses it, or why the request failed.
    pub async fn change_password(
        &self,
        acting: Acting<'_>,
        current: &str,
        chosen: &str,
    ) -> Result<Executed, Failure<Rejection>> {
        let person = acting.caller.principal();
        // A repeat no longer knows the current password.
        if let Some(executed) = acting.answered_before::<Login>().await? {
            return Ok(executed);
        }
        let chosen = checked(chosen)?;
        let login_id = login_of(person).uuid();
        let (login, _) = self.desk.log.load::<Login>(login_id).await?;
        if login.person.is_none() {
            return Err(Failure::Rejected(Rejection::LoginNotFound));
        }
        self.count_change(person.uuid()).await?;
        let wrong = || Failure::Rejected(Rejection::WrongCredentials);
        let given = Password::given(current).ok_or_else(wrong)?;
        let db = self.desk.log.db();
        let shown = login.password_id;
        let stored = logins::password(db, shown.uuid()).await.map_err(ApiError::from)?;
        if self.hasher.verify(given, stored).await? == Verdict::Wrong {
            return Err(wrong());
        }
        let chosen_id: PasswordId = acting.new_id("password");
        self.keep(chosen_id, person.uuid(), chosen).await?;
        let kept_session_id = session_of(Some(acting.caller)).map(|(_, session_id)| session_id);
        let command = Command::ChangePassword { shown, chosen: chosen_id, kept_session_id };
        let changed = self.on_own(acting, command).await;
        self.settle(changed, shown, chosen_id, Rejection::WrongCredentials).await
    }

    /// Sends a code with which somebody can choose another password, if they have an account. The
    /// caller learns nothing of it.
    ///
    /// # Errors
    /// What is wrong with the address, or why the request failed.
    pub async fn request_password_reset(
        &self,
        visitor: Visitor<'_>,
        email: &str,
    ) -> Result<(), Failure<Rejection>> {
        let address = EmailAddress::parse(email).map_err(Failure::Rejected)?;
        self.knock(visitor.info).await?;
        let claim_id = self.claim_id(&address);
        let (claim, _) = self.desk.log.load::<EmailClaim>(claim_id.uuid()).await?;
        let person_id = claim.owner.map_or(claim_id.uuid(), Principal::uuid);
        let (login, _) = self.desk.log.load::<Login>(person_id).await?;
        let purpose = match login.person {
            Some(person) => Purpose::Reset { person, password_id: login.password_id },
            None => Purpose::Nothing,
        };
        let (code, code_sha256) = new_code()?;
        self.keep_code(code_sha256, person_id, RESET, &purpose).await?;
        let language = login.person.map_or(visitor.info.language, |_| login.language);
        let (mail, now) = (Letter::Reset(&code).to(address, language), self.desk.now());
        let may_write = self.may_write_to(claim_id).await?;
        if may_write && matches!(purpose, Purpose::Reset { .. }) {
            self.outbox.send(mail, claim_id, now).await?;
        } else {
            self.outbox.pretend(mail, claim_id, now).await?;
        }
        Ok(())
    }

    /// Chooses another password with a code that was sent. Every session ends.
    ///
    /// # Errors
    /// The rule that refuses it, or why the request failed.
    pub async fn reset_password(
        &self,
        visitor: Visitor<'_>,
        code: &str,
        chosen: &str,
    ) -> Result<Executed, Failure<Rejection>> {
        let chosen = checked(chosen)?;
        self.knock(visitor.info).await?;
        let code_sha256 = code_hash(code);
        let Purpose::Reset { person, password_id } = self.purpose(&code_sha256).await? else {
            return Err(Failure::Rejected(Rejection::CodeInvalid));
        };
        let chosen_id = PasswordId::new(clock::fresh_id());
        self.keep(chosen_id, person.uuid(), chosen).await?;
        let command = Command::ResetPassword { sent_for: password_id, chosen: chosen_id };
        let context = self.context(person.actor(), visitor.info);
        let login_id = login_of(person).uuid();
        let log = &self.desk.log;
        let reset = log.execute::<Login>(login_id, command, context).await.map_err(Failure::from);
        let reset = self.settle(reset, password_id, chosen_id, Rejection::CodeInvalid).await?;
        logins::forget_code(log.db(), &code_sha256).await.map_err(ApiError::from)?;
        let (login, _) = log.load::<Login>(login_id).await?;
        let address = login.address.as_ref().and_then(Personal::reveal);
        if let Some(address) = address.and_then(|one| EmailAddress::parse(one).ok()) {
            self.remember(self.claim_id(&address), visitor.info).await?;
        }
        self.known_here(reset).await?;
        Ok(reset)
    }

    /// Keeps the hash of a password before the log says that it counts.
    pub(super) async fn keep(
        &self,
        password_id: PasswordId,
        person_id: Uuid,
        password: Password,
    ) -> Result<(), ApiError> {
        let hash = self.hasher.hash(password).await?;
        let db = self.desk.log.db();
        Ok(logins::keep_password(db, password_id.uuid(), person_id, &hash).await?)
    }

    /// Forgets the one of two passwords that does not count. The outcome of a command that failed is
    /// unknown, so both are kept then.
    async fn settle(
        &self,
        done: Result<Executed, Failure<Rejection>>,
        before: PasswordId,
        chosen: PasswordId,
        replaced: Rejection,
    ) -> Result<Executed, Failure<Rejection>> {
        let forgotten = match &done {
            Ok(_) => before,
            Err(Failure::Rejected(_)) => chosen,
            Err(Failure::Request(_)) => return done,
        };
        let db = self.desk.log.db();
        logins::forget_password(db, forgotten.uuid()).await.map_err(ApiError::from)?;
        match done {
            // Changed since it was looked at, or since the code was sent.
            Err(Failure::Rejected(Rejection::PasswordReplaced)) => Err(Failure::Rejected(replaced)),
            done => done,
        }
    }
}

/// A password that somebody may choose.
pub(super) fn checked(raw: &str) -> Result<Password, Failure<Rejection>> {
    let chosen = Password::choose(raw).map_err(Failure::Rejected)?;
    refuse_common(&chosen).map_err(Failure::Rejected)?;
    Ok(chosen)
}
