//! Decisions about API tokens.

use serde::{Deserialize, Serialize};

use super::ApiTokenId;
use super::events::{AccessEvent, Principal, Scope};
use super::state::ApiToken;
use crate::kernel::{Form, Moment, TextProblem};

const MAX_LABEL_CHARACTERS: usize = 200;

/// A command on an API token.
#[derive(Debug, Clone)]
pub enum Command {
    /// A token is made.
    Issue {
        /// The token's id.
        api_token_id: ApiTokenId,
        /// SHA-256 of the token, in lower-case hexadecimal.
        token_sha256: String,
        /// For whom it speaks.
        principal: Principal,
        /// What it may be used for.
        scopes: Vec<Scope>,
        /// From when on it is worth nothing.
        expires_at: Moment,
        /// What it is for.
        label: String,
        /// Now.
        at: Moment,
    },
    /// The token is to be worth nothing from now on.
    Revoke,
}

/// Why a change about an API token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    /// There is no such token.
    #[error("the token does not exist")]
    TokenNotFound,
    /// The id belongs to a token already.
    #[error("the token already exists")]
    AlreadyIssued,
    /// A token that may be used for nothing.
    #[error("the token has no scope")]
    NoScope,
    /// A token that would be worth nothing from the start.
    #[error("the token would expire immediately")]
    ExpiresAtOnce,
    /// The label is empty, too long or unprintable.
    #[error("the label must have 1 to 200 printable characters")]
    BadLabel(TextProblem),
}

/// Decides a command on an API token.
///
/// # Errors
/// The [`Rejection`]; nothing is to be recorded then.
pub fn decide(token: &ApiToken, command: Command) -> Result<Vec<AccessEvent>, Rejection> {
    match command {
        Command::Issue { api_token_id, token_sha256, principal, scopes, expires_at, label, at } => {
            if token.is_issued {
                return Err(Rejection::AlreadyIssued);
            }
            if scopes.is_empty() {
                return Err(Rejection::NoScope);
            }
            if expires_at <= at {
                return Err(Rejection::ExpiresAtOnce);
            }
            let label =
                Form::Name.parse(&label, MAX_LABEL_CHARACTERS).map_err(Rejection::BadLabel)?;
            let label = label.into_string();
            Ok(vec![AccessEvent::TokenIssued {
                api_token_id,
                token_sha256,
                principal,
                scopes,
                expires_at,
                label,
            }])
        }
        Command::Revoke if !token.is_issued => Err(Rejection::TokenNotFound),
        Command::Revoke if token.is_revoked => Ok(Vec::new()),
        Command::Revoke => Ok(vec![AccessEvent::TokenRevoked]),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone, Utc};
    use cqrs_es::test::TestFramework;

    use super::*;
    use crate::customer::CustomerId;

    fn issue(scopes: Vec<Scope>, seconds: i64) -> Command {
        let at = Utc.timestamp_opt(0, 0).single().expect("the epoch is a moment");
        Command::Issue {
            api_token_id: ApiTokenId::named("t"),
            token_sha256: "00".to_owned(),
            principal: Principal::Customer(CustomerId::named("c")),
            scopes,
            expires_at: at + TimeDelta::seconds(seconds),
            label: "trial".to_owned(),
            at,
        }
    }

    #[test]
    fn a_token_needs_a_scope_and_a_life() {
        let refused = |command, rejection| {
            TestFramework::<ApiToken>::with(())
                .given_no_previous_events()
                .when(command)
                .then_expect_error(rejection);
        };
        refused(issue(vec![], 1), Rejection::NoScope);
        refused(issue(vec![Scope::Read], 0), Rejection::ExpiresAtOnce);
        refused(Command::Revoke, Rejection::TokenNotFound);
    }

    #[test]
    fn revoking_twice_is_no_news() {
        let issued = decide(&ApiToken::default(), issue(vec![Scope::Read], 1)).expect("issued");
        TestFramework::<ApiToken>::with(())
            .given(issued.clone())
            .when(Command::Revoke)
            .then_expect_events(vec![AccessEvent::TokenRevoked]);
        TestFramework::<ApiToken>::with(())
            .given([issued, vec![AccessEvent::TokenRevoked]].concat())
            .when(Command::Revoke)
            .then_expect_events(vec![]);
    }
}
