//! Sessions: a client with which a person has logged in (T6).

use servicedesk_domain::access::Principal;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::identity::login::decide::StartSession;
use servicedesk_domain::identity::login::{Command, SessionEnd, login_of};
use servicedesk_domain::identity::{
    EmailAddress, EmailClaim, Login, Password, PasswordId, Rejection, SessionId,
};
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::staff::StaffMember;
use servicedesk_eventlog::{Executed, logins};
use servicedesk_projections::identity::logins::of_person;

use super::SESSION_DAYS;
use super::door::Door;
use super::hashing::Verdict;
use crate::access::tokens::{self, NewToken};
use crate::access::{Caller, RequestInfo};
use crate::acting::Acting;
use crate::clock;
use crate::desk::Desk;
use crate::error::{ApiError, Failure};

/// The most characters that are kept of what a client says of itself.
const MAX_DEVICE: usize = 200;

/// Somebody at the door.
#[derive(Debug, Clone, Copy)]
pub struct Visitor<'a> {
    /// What is known of the request.
    pub info: &'a RequestInfo,
    /// Who they are already, if they have logged in before.
    pub caller: Option<&'a Caller>,
}

/// A session that has begun.
pub struct NewSession {
    /// Whose it is.
    pub person: Principal,
    /// The session's token, which is not kept.
    pub token: String,
    /// What was recorded.
    pub executed: Executed,
}

/// A session as its person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    /// The session.
    pub session_id: SessionId,
    /// What the client said of itself.
    pub device: String,
    /// When it began.
    pub started_at: Moment,
    /// When it was last used, to the hour.
    pub last_used_at: Moment,
}

/// A login as its person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginView {
    /// The address that the person logs in with.
    pub email: String,
    /// The sessions that can still be used, the newest first.
    pub sessions: Vec<SessionView>,
}

impl Door {
    /// Logs somebody in. Whatever is wrong, it takes as long and says the same.
    ///
    /// # Errors
    /// The rule that refuses it, or why the request failed.
    pub async fn log_in(
        &self,
        visitor: Visitor<'_>,
        email: &str,
        password: &str,
    ) -> Result<NewSession, Failure<Rejection>> {
        let address = EmailAddress::parse(email).map_err(Failure::Rejected)?;
        let claim_id = self.claim_id(&address);
        let counted = self.knock_at(claim_id, visitor.info).await?;
        let wrong = || Failure::Rejected(Rejection::WrongCredentials);
        let given = Password::given(password).ok_or_else(wrong)?;
        let (claim, _) = self.desk.log.load::<EmailClaim>(claim_id.uuid()).await?;
        // Where there is no account, the same things are looked for under an id that nothing has.
        let nobody = || Principal::Customer(CustomerId::new(claim_id.uuid()));
        let person = claim.owner.unwrap_or_else(nobody);
        let (login, _) = self.desk.log.load::<Login>(person.uuid()).await?;
        let db = self.desk.log.db();
        let shown = login.password_id;
        let stored = logins::password(db, shown.uuid()).await.map_err(ApiError::from)?;
        match self.hasher.verify(given, stored).await? {
            Verdict::Wrong => {
                metrics::counter!("servicedesk_log_in_failures").increment(1);
                return Err(wrong());
            }
            Verdict::Right => {}
            Verdict::RightAndUpgraded(hash) => {
                let upgraded = logins::upgrade_password(db, shown.uuid(), &hash).await;
                upgraded.map_err(ApiError::from)?;
            }
        }
        if !self.is_active(person).await? {
            return Err(wrong());
        }
        let session = match self.start_session(visitor, person, shown).await {
            // Changed since it was looked at.
            Err(Failure::Rejected(Rejection::PasswordReplaced)) => return Err(wrong()),
            session => session?,
        };
        self.welcome(counted).await?;
        Ok(session)
    }

    /// Ends the caller's session. Nothing is recorded for somebody without one.
    ///
    /// # Errors
    /// Why the request failed.
    pub async fn log_out(&self, visitor: Visitor<'_>) -> Result<Option<Executed>, ApiError> {
        let Some((person, session_id)) = session_of(visitor.caller) else { return Ok(None) };
        self.end(visitor.info, person, session_id, SessionEnd::LoggedOut).await
    }

    /// Ends one of the caller's sessions.
    ///
    /// # Errors
    /// The rule that refuses it, or why the request failed.
    pub async fn revoke_session(
        &self,
        acting: Acting<'_>,
        session_id: SessionId,
    ) -> Result<Executed, Failure<Rejection>> {
        let command = Command::EndSession { session_id, cause: SessionEnd::Revoked };
        self.on_own(acting, command).await
    }

    /// Ends the caller's sessions but the one in which they ask.
    ///
    /// # Errors
    /// The rule that refuses it, or why the request failed.
    pub async fn revoke_other_sessions(
        &self,
        acting: Acting<'_>,
    ) -> Result<Executed, Failure<Rejection>> {
        let kept_session_id = session_of(Some(acting.caller)).map(|(_, session_id)| session_id);
        self.on_own(acting, Command::EndOtherSessions { kept_session_id }).await
    }

    /// Carries out a command on the caller's own login, and lets this process know at once which
    /// sessions have ended with it.
    pub(super) async fn on_own(
        &self,
        acting: Acting<'_>,
        command: Command,
    ) -> Result<Executed, Failure<Rejection>> {
        let login_id = login_of(acting.caller.principal()).uuid();
        let executed = acting.execute::<Login>(login_id, Ok(command)).await?;
        self.known_here(executed).await?;
        Ok(executed)
    }

    pub(super) async fn start_session(
        &self,
        visitor: Visitor<'_>,
        person: Principal,
        shown: PasswordId,
    ) -> Result<NewSession, Failure<Rejection>> {
        let made = tokens::make(tokens::SESSION_PREFIX);
        let NewToken { token, token_sha256 } = made.map_err(|error| ApiError::internal(&error))?;
        let before = session_of(visitor.caller);
        let command = Command::StartSession(StartSession {
            shown,
            session_id: SessionId::new(clock::fresh_id()),
            token_sha256,
            device: device(visitor.info),
            replaced: before.map(|(_, session_id)| session_id),
        });
        let context = self.context(person.actor(), visitor.info);
        let login_id = login_of(person).uuid();
        let executed = self.desk.log.execute::<Login>(login_id, command, context).await?;
        // The client had somebody else's session until now, and no longer has its token.
        if let Some((other, session_id)) = before.filter(|(other, _)| *other != person) {
            self.end(visitor.info, other, session_id, SessionEnd::Replaced).await?;
        }
        self.known_here(executed).await?;
        Ok(NewSession { person, token, executed })
    }

    async fn end(
        &self,
        info: &RequestInfo,
        person: Principal,
        session_id: SessionId,
        cause: SessionEnd,
    ) -> Result<Option<Executed>, ApiError> {
        let command = Command::EndSession { session_id, cause };
        let context = self.context(person.actor(), info);
        let login_id = login_of(person).uuid();
        match self
            .desk
            .log
            .execute::<Login>(login_id, command, context)
            .await
            .map_err(Failure::from)
        {
            Ok(executed) => {
                self.known_here(executed).await?;
                Ok(Some(executed))
            }
            // It has ended in the meantime.
            Err(Failure::Rejected(_)) => Ok(None),
            Err(Failure::Request(error)) => Err(error),
        }
    }

    /// Whether a person may have an account at all: who no longer works here may not.
    pub(super) async fn is_active(&self, person: Principal) -> Result<bool, ApiError> {
        let Principal::Staff(id) = person else { return Ok(true) };
        let loaded = self.desk.log.load::<StaffMember>(id.uuid()).await;
        Ok(loaded.map_err(ApiError::from)?.0.worker.is_some())
    }

    /// Makes this process see which sessions have ended.
    pub(super) async fn known_here(&self, executed: Executed) -> Result<(), ApiError> {
        self.desk.consistent_with(executed.position).await?;
        self.tokens.forget();
        Ok(())
    }
}

/// The caller's login as they see it; `None` if they have none.
///
/// # Errors
/// `Internal` if it cannot be read.
pub async fn view(desk: &Desk, person: Principal) -> Result<Option<LoginView>, ApiError> {
    let db = desk.log.db();
    let Some(login) = of_person(db, person).await? else { return Ok(None) };
    let uses = logins::last_uses(db, person.uuid()).await?;
    let now = desk.now();
    let views = login.sessions.into_iter().rev().map(|session| SessionView {
        last_used_at: uses
            .get(&session.session_id.uuid())
            .map_or(session.started_at, |used_at| session.started_at.max(*used_at)),
        session_id: session.session_id,
        device: session.device.shown().to_owned(),
        started_at: session.started_at,
    });
    let sessions = views.filter(|session| now < session.last_used_at + SESSION_DAYS).collect();
    Ok(Some(LoginView { email: login.address.shown().to_owned(), sessions }))
}

/// The session in which a person asks.
pub fn session_of(caller: Option<&Caller>) -> Option<(Principal, SessionId)> {
    let caller = caller?;
    Some((caller.principal(), caller.credential.session()?))
}

/// What a client says of itself, without what cannot be shown.
fn device(info: &RequestInfo) -> String {
    let said = info.user_agent.as_deref().unwrap_or_default();
    said.chars().filter(|c| !c.is_control()).take(MAX_DEVICE).collect()
}
