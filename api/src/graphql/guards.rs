//! Who calls, and which fields only some callers see. What they may see is decided by
//! `servicedesk_service::access::policy`; this file only asks it.

use async_graphql::{Context, Guard};
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

/// Guards a field that only those see who decide applications.
#[derive(Debug, Clone, Copy)]
pub struct LicensingOnly;

impl Guard for LicensingOnly {
    async fn check(&self, context: &Context<'_>) -> async_graphql::Result<()> {
        policy::reading_licenser(caller(context)?)?;
        Ok(())
    }
}

/// Guards what only the customer and accounting see of an account.
#[derive(Debug, Clone, Copy)]
pub struct BooksOnly;

impl Guard for BooksOnly {
    async fn check(&self, context: &Context<'_>) -> async_graphql::Result<()> {
        policy::may_see_books(caller(context)?)?;
        Ok(())
    }
}

/// Guards a field that only staff may see.
#[derive(Debug, Clone, Copy)]
pub struct StaffOnly;

impl Guard for StaffOnly {
    async fn check(&self, context: &Context<'_>) -> async_graphql::Result<()> {
        policy::reading_staff(caller(context)?)?;
        Ok(())
    }
}
