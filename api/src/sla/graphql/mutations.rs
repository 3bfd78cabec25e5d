//! Mutations on service levels: definitions, and measuring anew.

use std::marker::PhantomData;
use std::str::FromStr;

use async_graphql::{Context, Enum, ID, InputObject, Object, OutputType, Result};
use serde::Serialize;
use servicedesk_domain::catalogue::{CalendarId, Catalogue, Rejection, catalogue_id};
use strum::EnumString;
use uuid::Uuid;

use super::definitions::{DefineCalendarInput, DefineServiceLevelInput, ServiceLevel};
use crate::auth::{RequestInfo, policy};
use crate::catalogue::graphql::Calendar;
use crate::desk::Desk;
use crate::error::ApiError;
use crate::licensing::applications::graphql::codes::RemeasureApplicationErrorCode;
use crate::licensing::applications::graphql::payloads::ApplicationPayload;
use crate::mutation::{self, MutationKeys, Outcome, UserError};
use crate::query::data;
use crate::relay::{EventPosition, parse_id};
use crate::sla::{holidays::BadHolidays, messages, use_cases};
use crate::ticket::graphql::codes::RemeasureTicketErrorCode;
use crate::ticket::graphql::payload::TicketPayload;

/// Why a calendar is not defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum DefineCalendarErrorCode {
    /// The short name is not 1 to 64 characters of `a-z`, `0-9`, `_` and `-`.
    BadCode,
    /// The title is empty in one of the languages, or longer than 200 characters.
    BadTitle,
    /// An opening ends before it begins, or two of one day overlap.
    BadOpenings,
    /// A day has two meanings.
    DayTwice,
    /// There are more days than anybody closes for.
    TooManyDays,
    /// The iCalendar file cannot be understood; the message says why.
    BadICalendar,
}

/// Why a service level is not defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum DefineServiceLevelErrorCode {
    /// There is no such calendar.
    CalendarNotFound,
    /// A target is less than a minute or more than a year.
    BadTarget,
    /// The part at risk is not 1 to 99 hundredths.
    BadRisk,
}

/// Why a definition was refused.
enum Refused {
    Rule(Rejection),
    File(BadHolidays),
}

/// What came of a definition; `C` is the closed list of its refusals.
pub struct DefinitionPayload<C> {
    outcome: Outcome<Refused>,
    calendar_id: Option<CalendarId>,
    request: Option<servicedesk_domain::sla::RequestKind>,
    codes: PhantomData<fn() -> C>,
}

/// What came of a definition.
#[Object(
    concrete(name = "DefineCalendarPayload", params(DefineCalendarErrorCode)),
    concrete(name = "DefineServiceLevelPayload", params(DefineServiceLevelErrorCode))
)]
impl<C: OutputType + FromStr> DefinitionPayload<C>
where
    UserError<C>: OutputType,
{
    /// The calendar as it is now, where one was defined.
    async fn calendar(&self, context: &Context<'_>) -> Result<Option<Calendar>> {
        let Some(id) = self.calendar_id.filter(|_| self.outcome.executed.is_some()) else {
            return Ok(None);
        };
        let catalogue = as_recorded(context).await?;
        Ok(catalogue.calendars.get(&id).cloned().map(Calendar))
    }

    /// The service level as it is now, where one was defined.
    async fn service_level(&self, context: &Context<'_>) -> Result<Option<ServiceLevel>> {
        let Some(request) = self.request.filter(|_| self.outcome.executed.is_some()) else {
            return Ok(None);
        };
        let catalogue = as_recorded(context).await?;
        Ok(catalogue.service_level(request).cloned().map(ServiceLevel))
    }

    /// Why nothing was recorded; empty when all went well.
    async fn user_errors(&self, context: &Context<'_>) -> Result<Vec<UserError<C>>> {
        let Some(refused) = &self.outcome.rejection else { return Ok(Vec::new()) };
        let language = data::<RequestInfo>(context)?.language;
        let (code, field, message) = match refused {
            Refused::Rule(rejection) => {
                let (code, field) = messages::code(rejection);
                (code, field, messages::message(rejection, language))
            }
            Refused::File(bad) => {
                ("BAD_I_CALENDAR", Some("holidaysICalendar"), messages::of_holidays(bad, language))
            }
        };
        let mut error = UserError::plain(code, &message)?;
        error.field = field.map(|name| vec!["input".to_owned(), name.to_owned()]);
        Ok(vec![error])
    }

    /// The log position of what was recorded; where nothing was, that of the log's last event.
    async fn position(&self) -> EventPosition {
        EventPosition(self.outcome.position)
    }
}

/// Has a ticket measured anew.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct RemeasureTicketInput {
    /// The ticket.
    pub ticket_id: ID,
    /// Why.
    pub reason: String,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
    /// The ticket's version that the caller has seen; with another one, nothing is recorded and
    /// the answer is `CONFLICT`.
    pub expected_version: Option<i64>,
}

/// Has an application measured anew.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct RemeasureApplicationInput {
    /// The application.
    pub application_id: ID,
    /// Why.
    pub reason: String,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Mutations on service levels.
#[derive(Default)]
pub struct SlaMutation;

#[Object]
impl SlaMutation {
    /// Defines a calendar. It measures what begins from now on, and nothing that began before. For
    /// managers.
    async fn define_calendar(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The calendar.")] input: DefineCalendarInput,
    ) -> Result<DefinitionPayload<DefineCalendarErrorCode>> {
        let keys = MutationKeys { idempotency_key: input.idempotency_key, expected_version: None };
        let request = mutation::request(context, keys)?;
        let desk = data::<Desk>(context)?;
        let calendar_id = Some(CalendarId::named(&input.code));
        policy::acting_manager(request.caller)?;
        let outcome = match input.read()? {
            Ok(entry) => {
                let done = use_cases::define_calendar(desk, request, &input, entry).await;
                told(mutation::outcome(desk, done)?)
            }
            Err(bad) => Outcome {
                executed: None,
                rejection: Some(Refused::File(bad)),
                position: desk.log.head(),
            },
        };
        Ok(DefinitionPayload { outcome, calendar_id, request: None, codes: PhantomData })
    }

    /// Defines how long requests of a kind may take. It measures what begins from now on, and
    /// nothing that began before. For managers.
    async fn define_service_level(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The service level.")] input: DefineServiceLevelInput,
    ) -> Result<DefinitionPayload<DefineServiceLevelErrorCode>> {
        let keys = MutationKeys { idempotency_key: input.idempotency_key, expected_version: None };
        let request = mutation::request(context, keys)?;
        let desk = data::<Desk>(context)?;
        let catalogue = desk.catalogue().await?;
        let code = |id| catalogue.calendars.get(&id).map(|calendar| calendar.code.clone());
        let entry = input.read(code)?;
        let kind = entry.request;
        let done = use_cases::define_service_level(desk, request, &input, entry).await;
        let outcome = told(mutation::outcome(desk, done)?);
        Ok(DefinitionPayload {
            outcome,
            calendar_id: None,
            request: Some(kind),
            codes: PhantomData,
        })
    }

    /// Has a ticket measured anew, by what is in force now, in the place of everything that was
    /// measured of it. Nothing else changes what was measured. For managers.
    async fn remeasure_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RemeasureTicketInput,
    ) -> Result<TicketPayload<RemeasureTicketErrorCode>> {
        let keys = MutationKeys {
            idempotency_key: input.idempotency_key,
            expected_version: input.expected_version,
        };
        let request = mutation::request(context, keys)?;
        let ticket_id = parse_id(&input.ticket_id)?;
        let desk = data::<Desk>(context)?;
        let reason = input.reason.clone();
        let done = use_cases::remeasure_ticket(desk, request, &input, ticket_id, reason).await;
        Ok(TicketPayload::new(mutation::outcome(desk, done)?))
    }

    /// Has an application measured anew, by what is in force now, in the place of everything that was
    /// measured of it. For managers.
    async fn remeasure_application(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RemeasureApplicationInput,
    ) -> Result<ApplicationPayload<RemeasureApplicationErrorCode>> {
        let request = mutation::request(context, MutationKeys::unversioned(input.idempotency_key))?;
        let id = parse_id(&input.application_id)?;
        let desk = data::<Desk>(context)?;
        let reason = input.reason.clone();
        let done = use_cases::remeasure_application(desk, request, &input, id, reason).await;
        Ok(ApplicationPayload::new(mutation::outcome(desk, done)?))
    }
}

/// The catalogue as the log has it: what was defined may have been recorded by another process,
/// of which this one has not heard yet.
async fn as_recorded(context: &Context<'_>) -> Result<Catalogue, ApiError> {
    let loaded = data::<Desk>(context)?.log.load::<Catalogue>(catalogue_id().uuid()).await;
    loaded.map(|(catalogue, _)| catalogue).map_err(ApiError::from)
}

fn told(outcome: Outcome<Rejection>) -> Outcome<Refused> {
    Outcome {
        executed: outcome.executed,
        rejection: outcome.rejection.map(Refused::Rule),
        position: outcome.position,
    }
}
