//! Mutations on service levels.

use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use servicedesk_domain::billing::terms;
use servicedesk_domain::catalogue::{CalendarId, Catalogue, Rejection, catalogue_id};
use servicedesk_domain::sla::RequestKind;
use servicedesk_service::access::{RequestInfo, policy};
use servicedesk_service::billing;
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;
use servicedesk_service::sla::{defining, messages};

use super::definitions::{BadCalendar, DefineCalendarInput, DefineServiceLevelInput, ServiceLevel};
use super::error::{ServiceLevelError, ServiceLevelErrorCode};
use crate::graphql::catalogue::Calendar;
use crate::graphql::mutation::{self, Outcome, Refusal, input_field, parse_code};
use crate::graphql::payload::Payload;
use crate::graphql::query::data;
use crate::graphql::user_error::UserError;

/// The result of defining a calendar.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct CalendarPayload {
    #[graphql(flatten)]
    outcome: Outcome,
    #[graphql(skip)]
    calendar_id: CalendarId,
}

#[ComplexObject]
impl CalendarPayload {
    /// The calendar as it is now. Null on a refusal.
    async fn calendar(&self, context: &Context<'_>) -> Result<Option<Calendar>> {
        if self.outcome.executed.is_none() {
            return Ok(None);
        }
        let catalogue = as_recorded(context).await?;
        Ok(catalogue.calendars.get(&self.calendar_id).cloned().map(Calendar))
    }
}

/// The result of defining a service level.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ServiceLevelPayload {
    #[graphql(flatten)]
    outcome: Outcome,
    #[graphql(skip)]
    request: RequestKind,
}

#[ComplexObject]
impl ServiceLevelPayload {
    /// The service level as it is now. Null on a refusal.
    async fn service_level(&self, context: &Context<'_>) -> Result<Option<ServiceLevel>> {
        if self.outcome.executed.is_none() {
            return Ok(None);
        }
        let catalogue = as_recorded(context).await?;
        Ok(catalogue.service_level(self.request).cloned().map(ServiceLevel))
    }
}

impl Refusal for Rejection {
    fn shown(self, context: &Context<'_>) -> Result<UserError, ApiError> {
        let message = messages::message(&self, data::<RequestInfo>(context)?.language);
        let (code, field) = messages::code(&self);
        let (code, field) = (parse_code(code)?, field.map(input_field));
        Ok(ServiceLevelError { code, message, field }.into())
    }
}

impl Refusal for BadCalendar {
    fn shown(self, context: &Context<'_>) -> Result<UserError, ApiError> {
        let language = data::<RequestInfo>(context)?.language;
        let (code, message, field) = match self {
            Self::TimeZone => {
                let message =
                    billing::messages::of_terms(terms::Rejection::TimeZoneUnknown, language);
                (ServiceLevelErrorCode::TimeZoneUnknown, message, "timeZone")
            }
            Self::Holidays(bad) => {
                let message = messages::of_holidays(&bad, language);
                (ServiceLevelErrorCode::BadHolidays, message, "holidaysICalendar")
            }
        };
        Ok(ServiceLevelError { code, message, field: Some(input_field(field)) }.into())
    }
}

/// Mutations on service levels.
#[derive(Default)]
pub struct SlaMutation;

#[Object]
impl SlaMutation {
    /// Defines a calendar. It measures what begins from now on. What began before is not affected.
    /// For managers.
    async fn define_calendar(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The calendar.")] input: DefineCalendarInput,
    ) -> Result<Payload<DefineCalendarInput, CalendarPayload>> {
        let acting = mutation::begin(context, &input, input.key)?;
        policy::acting_manager(acting.caller)?;
        let calendar_id = CalendarId::named(&input.code);
        let outcome = match input.read()? {
            Ok(entry) => Outcome::of(context, defining::define_calendar(acting, entry).await)?,
            Err(bad) => Outcome::refused(context, bad)?,
        };
        Ok(CalendarPayload { outcome, calendar_id }.into())
    }

    /// Defines how long requests of a kind may take. It measures what begins from now on. What
    /// began before is not affected. For managers.
    async fn define_service_level(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The service level.")] input: DefineServiceLevelInput,
    ) -> Result<Payload<DefineServiceLevelInput, ServiceLevelPayload>> {
        let acting = mutation::begin(context, &input, input.key)?;
        let catalogue = acting.desk.catalogue().await?;
        let code = |id| catalogue.calendars.get(&id).map(|calendar| calendar.code.clone());
        let entry = input.read(code)?;
        let request = entry.request;
        let outcome = Outcome::of(context, defining::define_service_level(acting, entry).await)?;
        Ok(ServiceLevelPayload { outcome, request }.into())
    }
}

/// The catalogue as the log has it: what was defined may have been recorded by another process,
/// of which this one has not heard yet.
async fn as_recorded(context: &Context<'_>) -> Result<Catalogue, ApiError> {
    let loaded = data::<Desk>(context)?.log.load::<Catalogue>(catalogue_id().uuid()).await;
    loaded.map(|(catalogue, _)| catalogue).map_err(ApiError::from)
}
