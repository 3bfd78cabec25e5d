//! Mutations on logging in. Most are for strangers: who calls is known only when they are done.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use axum::http::header::SET_COOKIE;
use servicedesk_domain::access::Principal;
use servicedesk_domain::customer::{Customer, CustomerId};
use servicedesk_domain::identity::Rejection;
use servicedesk_domain::kernel::Entity;
use servicedesk_domain::staff::StaffMember;
use servicedesk_eventlog::Executed;
use servicedesk_service::access::{Caller, RequestInfo};
use servicedesk_service::desk::Desk;
use servicedesk_service::error::{ApiError, Failure};
use servicedesk_service::identity::Door;
use servicedesk_service::identity::registering::Registration;
use servicedesk_service::identity::sessions::{NewSession, Visitor};

use super::inputs::{
    AcceptInvitationInput, ChangePasswordInput, ConfirmEmailInput, InviteCustomerInput, LogInInput,
    LogOutInput, RegisterInput, RequestPasswordResetInput, ResetPasswordInput,
    RevokeOtherSessionsInput, RevokeSessionInput, SendInvitationInput, read_zone,
};
use super::types::{AccountPayload, InvitationPayload};
use crate::graphql::mutation::{self, Outcome};
use crate::graphql::payload::Payload;
use crate::graphql::query::data;
use crate::graphql::relay::{EventPosition, parse_id, split_id};
use crate::http::cookies::SessionCookie;

/// A payload of a mutation that takes the input `I`.
type Answer<I> = Result<Payload<I, AccountPayload>>;

/// Mutations on logging in.
#[derive(Default)]
pub struct IdentityMutation;

#[Object]
impl IdentityMutation {
    /// Registers a new customer. For anyone. A code is sent to the address; `confirmEmail` takes
    /// it. If the address has an account already, its owner is told so by mail instead, and the
    /// answer is the same.
    async fn register(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: RegisterInput,
    ) -> Answer<RegisterInput> {
        let visitor = visitor(context)?;
        let RegisterInput { email, password, name, language, time_zone } = input;
        let language = language.map_or(visitor.info.language, Into::into);
        let time_zone = read_zone(time_zone.as_deref())?;
        let new = Registration { email, password, name, language, time_zone };
        let done = data::<Arc<Door>>(context)?.register(visitor, new).await;
        Ok(without_session(context, done.map(|()| None))?.into())
    }

    /// Confirms an e-mail address, which makes the person a customer and logs them in. For anyone.
    async fn confirm_email(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: ConfirmEmailInput,
    ) -> Answer<ConfirmEmailInput> {
        let (cookie, visitor) = (cookie(context)?, visitor(context)?);
        let door = data::<Arc<Door>>(context)?;
        let done = door.confirm_email(visitor, &input.code, &input.password).await;
        Ok(with_session(context, cookie, done)?.into())
    }

    /// Logs somebody in: the answer carries a cookie, which only a plain HTTP request from a page
    /// of this service or of a named origin is given. The session that the client had before ends.
    /// For anyone.
    async fn log_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: LogInInput,
    ) -> Answer<LogInInput> {
        let (cookie, visitor) = (cookie(context)?, visitor(context)?);
        let door = data::<Arc<Door>>(context)?;
        let done = door.log_in(visitor, &input.email, &input.password).await;
        Ok(with_session(context, cookie, done)?.into())
    }

    /// Registers a customer, and sends them a letter with a code by which they choose a password
    /// (`acceptInvitation`). For staff.
    async fn invite_customer(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: InviteCustomerInput,
    ) -> Result<Payload<InviteCustomerInput, InvitationPayload>> {
        let acting = mutation::begin(context, &input, input.invitation.key)?;
        let invitation = input.invitation.read(data::<RequestInfo>(context)?.language)?;
        let door = data::<Arc<Door>>(context)?;
        let done = door.invite_customer(acting, &input.name, invitation).await;
        InvitationPayload::of(context, done, |id| Principal::Customer(CustomerId::new(id)))
    }

    /// Sends somebody who is known already, and cannot log in yet, a letter with a code by which
    /// they choose a password (`acceptInvitation`): whom an import or the command line has
    /// registered, or whose invitation has expired. For staff about customers, for administrators
    /// about staff.
    async fn send_invitation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: SendInvitationInput,
    ) -> Result<Payload<SendInvitationInput, InvitationPayload>> {
        let acting = mutation::begin(context, &input, input.invitation.key)?;
        let person = read_person(&input.person_id)?;
        let invitation = input.invitation.read(data::<RequestInfo>(context)?.language)?;
        let done = data::<Arc<Door>>(context)?.send_invitation(acting, person, invitation).await;
        InvitationPayload::of(context, done, |_| person)
    }

    /// Takes up an invitation: the person chooses a password and is logged in. The code works once.
    /// For anyone.
    async fn accept_invitation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: AcceptInvitationInput,
    ) -> Answer<AcceptInvitationInput> {
        let (cookie, visitor) = (cookie(context)?, visitor(context)?);
        let door = data::<Arc<Door>>(context)?;
        let done = door.accept_invitation(visitor, &input.code, &input.password).await;
        Ok(with_session(context, cookie, done)?.into())
    }

    /// Ends the session in which this is called, and takes the cookie away. For anyone; nothing is
    /// recorded for somebody without a session.
    async fn log_out(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: LogOutInput,
    ) -> Answer<LogOutInput> {
        // There is nothing that a key could keep from happening twice.
        let LogOutInput { idempotency_key: _ } = input;
        let cookie = cookie(context)?;
        let done = data::<Arc<Door>>(context)?.log_out(visitor(context)?).await?;
        context.insert_http_header(SET_COOKIE, cookie.taken()?);
        Ok(without_session(context, Ok(done))?.into())
    }

    /// Sends a code with which another password can be chosen, if the address has an account. The
    /// answer is the same if not. For anyone.
    async fn request_password_reset(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: RequestPasswordResetInput,
    ) -> Answer<RequestPasswordResetInput> {
        let (door, visitor) = (data::<Arc<Door>>(context)?, visitor(context)?);
        let done = door.request_password_reset(visitor, &input.email).await;
        Ok(without_session(context, done.map(|()| None))?.into())
    }

    /// Chooses another password with a code that was sent by mail. Every session of the person
    /// ends; they log in with the new password. For anyone.
    async fn reset_password(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: ResetPasswordInput,
    ) -> Answer<ResetPasswordInput> {
        let (door, visitor) = (data::<Arc<Door>>(context)?, visitor(context)?);
        let done = door.reset_password(visitor, &input.code, &input.password).await;
        Ok(without_session(context, done.map(Some))?.into())
    }

    /// Changes the caller's password. Every other session of theirs ends. What is refused is
    /// not remembered under the key.
    async fn change_password(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: ChangePasswordInput,
    ) -> Answer<ChangePasswordInput> {
        let acting = mutation::begin(context, &input, input.key)?;
        let door = data::<Arc<Door>>(context)?;
        let done = door.change_password(acting, &input.current_password, &input.new_password).await;
        Ok(own(context, acting.caller.principal(), done)?.into())
    }

    /// Ends one of the caller's sessions.
    async fn revoke_session(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: RevokeSessionInput,
    ) -> Answer<RevokeSessionInput> {
        let acting = mutation::begin(context, &input, input.key)?;
        let session_id = parse_id(&input.session_id)?;
        let done = data::<Arc<Door>>(context)?.revoke_session(acting, session_id).await;
        Ok(own(context, acting.caller.principal(), done)?.into())
    }

    /// Ends every session of the caller but the one in which this is called.
    async fn revoke_other_sessions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: RevokeOtherSessionsInput,
    ) -> Answer<RevokeOtherSessionsInput> {
        let acting = mutation::begin(context, &input, input.key)?;
        let done = data::<Arc<Door>>(context)?.revoke_other_sessions(acting).await;
        Ok(own(context, acting.caller.principal(), done)?.into())
    }
}

/// The customer or member of staff with this id.
fn read_person(id: &ID) -> Result<Principal, ApiError> {
    match split_id(id) {
        Some((name, _)) if name == StaffMember::NAME => parse_id(id).map(Principal::Staff),
        _ => parse_id::<Customer>(id).map(Principal::Customer),
    }
}

/// Who is at the door. The program gives every request its caller, even if that is nobody.
fn visitor<'a>(context: &Context<'a>) -> Result<Visitor<'a>, ApiError> {
    let caller = data::<Option<Caller>>(context)?.as_ref();
    Ok(Visitor { info: data::<RequestInfo>(context)?, caller })
}

/// How the answer carries a session.
fn cookie(context: &Context<'_>) -> Result<SessionCookie, ApiError> {
    let cookie = context.data_opt::<SessionCookie>().copied();
    cookie.ok_or(ApiError::Forbidden(
        "a session is given and taken only by plain HTTP, to a page of this service or of an \
         origin that it names",
    ))
}

fn with_session(
    context: &Context<'_>,
    cookie: SessionCookie,
    done: Result<NewSession, Failure<Rejection>>,
) -> Result<AccountPayload, ApiError> {
    match done {
        Ok(session) => {
            context.insert_http_header(SET_COOKIE, cookie.given(&session.token)?);
            let outcome = Outcome::recorded(session.executed);
            Ok(AccountPayload { outcome, person: Some(session.person) })
        }
        Err(failure) => without_session(context, Err(failure)),
    }
}

/// What was recorded, if anything was. That nothing was is no refusal.
fn without_session(
    context: &Context<'_>,
    done: Result<Option<Executed>, Failure<Rejection>>,
) -> Result<AccountPayload, ApiError> {
    let outcome = match done {
        Ok(Some(executed)) => Outcome::recorded(executed),
        Ok(None) => {
            let position = EventPosition(data::<Desk>(context)?.log.head());
            Outcome { user_errors: Vec::new(), position, executed: None }
        }
        Err(Failure::Rejected(rejection)) => Outcome::refused(context, rejection)?,
        Err(Failure::Request(error)) => return Err(error),
    };
    Ok(AccountPayload { outcome, person: None })
}

/// What a caller did to their own login.
fn own(
    context: &Context<'_>,
    person: Principal,
    done: Result<Executed, Failure<Rejection>>,
) -> Result<AccountPayload, ApiError> {
    let outcome = Outcome::of(context, done)?;
    let person = outcome.executed.map(|_| person);
    Ok(AccountPayload { outcome, person })
}
