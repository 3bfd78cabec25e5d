//! Who calls, and which fields only some callers see. What they may see is decided by
//! `servicedesk_service::access::policy`; this file only asks it.

use async_graphql::Context;
use servicedesk_service::access::{Caller, policy};
use servicedesk_service::error::ApiError;

/// The caller of this request.
///
/// # Errors
/// `Unauthenticated` if the request came without a token.
pub fn caller<'a>(context: &Context<'a>) -> Result<&'a Caller, ApiError> {
    match context.data_opt::<Option<Caller>>() {
        Some(Some(caller)) => Ok(caller),
        _ => Err(ApiError::Unauthenticated),
    }
}

/// Whether the caller sees what is shown to those who decide applications. To everybody else such a
/// field is null, without an error, so that a list of them can be asked for.
pub fn licensing_sees(context: &Context<'_>) -> bool {
    sees(context, |caller| policy::reading_licenser(caller).is_ok())
}

/// Whether the caller sees what an account's customer and accounting see of it; null otherwise.
pub fn books_are_seen(context: &Context<'_>) -> bool {
    sees(context, |caller| policy::may_see_books(caller).is_ok())
}

/// Whether the caller sees what is shown to staff only; null otherwise.
pub fn staff_sees(context: &Context<'_>) -> bool {
    sees(context, |caller| policy::reading_staff(caller).is_ok())
}

fn sees(context: &Context<'_>, rule: impl Fn(&Caller) -> bool) -> bool {
    caller(context).is_ok_and(rule)
}
