//! Issuing and revoking API tokens on the operator's word.

use chrono::TimeDelta;
use servicedesk_domain::access::{ApiToken, ApiTokenId, Command, Principal, Rejection, Scope};
use servicedesk_domain::kernel::Actor;
use servicedesk_eventlog::{ExecuteError, Log};

use crate::access::tokens::{self, NewToken};
use crate::{clock, desk};

/// What a token is to be.
#[derive(Debug, Clone)]
pub struct TokenRequest {
    /// For whom it speaks.
    pub principal: Principal,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// For how many days it is worth anything.
    pub days: u16,
    /// What it is for.
    pub label: String,
}

/// A token that was issued.
pub struct IssuedToken {
    /// The token's id, by which it can be revoked.
    pub api_token_id: ApiTokenId,
    /// The token itself, which is not kept.
    pub token: String,
}

/// Issues a token.
///
/// # Errors
/// The rule that refuses it, or a fault.
pub async fn issue(
    log: &Log,
    request: TokenRequest,
) -> Result<IssuedToken, ExecuteError<Rejection>> {
    let NewToken { token, token_sha256 } =
        tokens::make(tokens::API_PREFIX).map_err(|error| ExecuteError::Fault(error.to_string()))?;
    let api_token_id = ApiTokenId::new(clock::fresh_id());
    let at = log.now();
    let command = Command::Issue {
        api_token_id,
        token_sha256,
        principal: request.principal,
        scopes: request.scopes,
        expires_at: at + TimeDelta::days(i64::from(request.days)),
        label: request.label,
        at,
    };
    let context = desk::own_context(Actor::Operator, at);
    log.execute::<ApiToken>(api_token_id.uuid(), command, context).await?;
    Ok(IssuedToken { api_token_id, token })
}

/// Makes a token worth nothing.
///
/// # Errors
/// Where there is no such token, or a fault.
pub async fn revoke(log: &Log, id: ApiTokenId) -> Result<(), ExecuteError<Rejection>> {
    let context = desk::own_context(Actor::Operator, log.now());
    log.execute::<ApiToken>(id.uuid(), Command::Revoke, context).await?;
    Ok(())
}
