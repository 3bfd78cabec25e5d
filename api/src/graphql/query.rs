//! What all queries share: who asks, whom the request carries, and how fresh the answer is.

use std::sync::Arc;

use async_graphql::Context;

use crate::config::Config;
use crate::graphql::guards;
use crate::graphql::relay::EventPosition;
use servicedesk_service::access::{Caller, policy};
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;

/// What the request carries; that it is missing is a mistake in the program.
///
/// # Errors
/// `Internal`.
pub fn data<'a, D: Send + Sync + 'static>(context: &Context<'a>) -> Result<&'a D, ApiError> {
    context.data::<D>().map_err(|error| ApiError::internal(&error.message))
}

/// How the service is configured.
///
/// # Errors
/// `Internal`, which is a mistake in the program.
pub fn config<'a>(context: &Context<'a>) -> Result<&'a Config, ApiError> {
    data::<Arc<Config>>(context).map(|config| &**config)
}

/// Begins a query of somebody who may read: gives the desk and the caller as soon as the answer shows
/// what was recorded up to a position, where one is given.
///
/// # Errors
/// `Unauthenticated` or `Forbidden` for who may not read at all, else as [`Desk::consistent_with`]
/// gives.
pub async fn begin<'a>(
    context: &Context<'a>,
    consistent_with: Option<EventPosition>,
) -> Result<(&'a Desk, &'a Caller), ApiError> {
    let caller = guards::caller(context)?;
    policy::may_read(caller)?;
    let desk = data::<Desk>(context)?;
    shows(desk, consistent_with).await?;
    Ok((desk, caller))
}

/// Waits until read models show what was recorded up to a position, where one is given.
///
/// # Errors
/// As [`Desk::consistent_with`] gives.
pub async fn shows(desk: &Desk, until: Option<EventPosition>) -> Result<(), ApiError> {
    match until {
        Some(EventPosition(position)) => desk.consistent_with(position).await,
        None => Ok(()),
    }
}

/// Waits until read models show what was recorded up to a position and what follows from it, where one
/// is given.
///
/// # Errors
/// As [`Desk::settled`] gives.
pub async fn shows_settled(desk: &Desk, until: Option<EventPosition>) -> Result<(), ApiError> {
    match until {
        Some(EventPosition(position)) => desk.settled(position).await,
        None => Ok(()),
    }
}
