//! The reactions of applications: what the customer says of their account is evidence; what an
//! account grants is approved; what is approved is licensed; what is to be talked about becomes a
//! ticket; what is revoked is no longer held.

use servicedesk_domain::Event;
use servicedesk_domain::catalogue::{CategoryId, ProductId};
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::licensing::application::events::{LicenceToGrant, Request};
use servicedesk_domain::licensing::application::{self, ApplicationEvent};
use servicedesk_domain::licensing::licence::decide::GrantLicence;
use servicedesk_domain::licensing::trading_account::TradingAccountEvent;
use servicedesk_domain::licensing::trading_account::decide::RevokeAdvisor;
use servicedesk_domain::licensing::{
    Application, ApplicationId, Licence, LicenceEvent, TradingAccount, TradingAccountId, licence,
    trading_account,
};
use servicedesk_domain::ticket::{Ticket, TicketId, command, events::Priority};
use servicedesk_eventlog::{CommandContext, ExecuteError, Recorded};

use super::{evidence, facts};
use crate::desk::Desk;
use crate::licensing::reactions as licences;
use crate::reaction::{self, OrderingKey, Planned, ReactionError};
use crate::ticket::assignment::pick_agent;

/// What the customer says of their account is recorded as evidence there.
pub fn record_statement<'a>(desk: &'a Desk, event: &'a Recorded) -> Option<Planned<'a>> {
    let Event::Application(ApplicationEvent::Submitted {
        request: Request::FreeAdvisor(wish), ..
    }) = &event.event
    else {
        return None;
    };
    Some(Planned::under(account_key(wish.account_id), async move {
        let application_id = ApplicationId::new(event.aggregate_id);
        let at = event.metadata.occurred_at;
        let policy = desk.catalogue().await?.licensing_policy.clone();
        match evidence::statement(application_id, wish, at, policy) {
            Some(command) => on_account(desk, event, wish.account_id, command).await,
            None => Ok(()),
        }
    }))
}

/// What a trading account grants is approved.
pub fn approve<'a>(desk: &'a Desk, event: &'a Recorded) -> Option<Planned<'a>> {
    let Event::TradingAccount(TradingAccountEvent::AdvisorsGranted { application_id, .. }) =
        &event.event
    else {
        return None;
    };
    let key = account_key(TradingAccountId::new(event.aggregate_id));
    Some(Planned::under(key, approve_application(desk, event, *application_id)))
}

/// What is approved is licensed.
pub fn grant<'a>(desk: &'a Desk, event: &'a Recorded) -> Option<Planned<'a>> {
    let Event::Application(ApplicationEvent::Approved { licences, .. }) = &event.event else {
        return None;
    };
    Some(Planned::under(application_key(event), grant_licences(desk, event, licences)))
}

/// What is to be talked about becomes a ticket.
pub fn open_ticket<'a>(desk: &'a Desk, event: &'a Recorded) -> Option<Planned<'a>> {
    let Event::Application(ApplicationEvent::TicketRequested {
        ticket_id,
        category_id,
        product_id,
        subject,
        text,
    }) = &event.event
    else {
        return None;
    };
    // There is nothing to talk about with somebody who was erased.
    let content = (subject.reveal()?.clone(), text.reveal()?.clone());
    let work = open(desk, event, *ticket_id, (*category_id, *product_id), content);
    Some(Planned::under(application_key(event), work))
}

/// What is revoked is no longer held by its trading account.
pub fn revoke<'a>(desk: &'a Desk, event: &'a Recorded) -> Option<Planned<'a>> {
    let Event::Licence(LicenceEvent::Revoked { revoked_at, .. }) = &event.event else {
        return None;
    };
    let key = async move {
        let found = applied_for(desk, event).await?;
        Ok(found.map(|found| account_key(found.account)))
    };
    Some(Planned::under_looked_up(key, revoke_advisor(desk, event, *revoked_at)))
}

fn application_key(event: &Recorded) -> OrderingKey {
    OrderingKey::of("application", event.aggregate_id)
}

fn account_key(account_id: TradingAccountId) -> OrderingKey {
    OrderingKey::of("trading_account", account_id.uuid())
}

/// The context of a further command, in the name of those who caused the event.
fn context(event: &Recorded, purpose: &str) -> CommandContext {
    let actor = event.metadata.actor;
    CommandContext { actor, ..reaction::further_context(event, purpose) }
}

async fn on_account(
    desk: &Desk,
    event: &Recorded,
    account_id: TradingAccountId,
    command: trading_account::Command,
) -> Result<(), ReactionError> {
    let context = context(event, "account");
    desk.log.execute::<TradingAccount>(account_id.uuid(), command, context).await?;
    Ok(())
}

/// The application follows its account. Where it was taken back or declined in the meantime, the
/// grant is released.
async fn approve_application(
    desk: &Desk,
    event: &Recorded,
    application_id: ApplicationId,
) -> Result<(), ReactionError> {
    let account_id = TradingAccountId::new(event.aggregate_id);
    let (account, _) = desk.log.load::<TradingAccount>(account_id.uuid()).await?;
    // Released already: this is looked at again.
    let Some(granted) = account.granted_by(application_id) else { return Ok(()) };
    let at = event.metadata.occurred_at;
    let circumstances = facts::circumstances(desk, at).await?;
    let command = (application::Command::FollowGrant(granted.clone()), circumstances);
    let context = context(event, "application");
    let id = application_id.uuid();
    match desk.log.execute::<Application>(id, command, context).await {
        Ok(_) => Ok(()),
        Err(ExecuteError::Rejected(
            application::Rejection::ApplicationWithdrawn
            | application::Rejection::ApplicationDeclined,
        )) => {
            let release = trading_account::Command::Release { application_id };
            on_account(desk, event, account_id, release).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Grants what an application was approved for. A licence that was there before stays as it is, and
/// gets the link that was applied for.
async fn grant_licences(
    desk: &Desk,
    event: &Recorded,
    licences: &[LicenceToGrant],
) -> Result<(), ReactionError> {
    let application_id = ApplicationId::new(event.aggregate_id);
    let (application, _) = desk.log.load::<Application>(application_id.uuid()).await?;
    let lost =
        || ReactionError::Permanent("an approved application was never submitted".to_owned());
    let submitted = application.submitted.ok_or_else(lost)?;
    let account_numbers = match &submitted.request {
        Request::FreeAdvisor(wish) => match wish.account_number.reveal() {
            Some(number) => vec![number.clone()],
            // The customer was erased: there is nobody who could use a licence.
            None => return Ok(()),
        },
        Request::RentalDownload { .. } | Request::LicenceUpdate { .. } => Vec::new(),
    };
    let time_zone = desk.catalogue().await?.licensing_policy.time_zone;
    for to_grant in licences {
        let id = to_grant.licence_id.uuid();
        let (held, _) = desk.log.load::<Licence>(id).await?;
        // Granted already, by this event when it was followed before, or for something else.
        if held.customer_id.is_some() {
            if held.application_id != Some(application_id) {
                licences::link(desk, event, to_grant.licence_id).await?;
            }
            continue;
        }
        let command = licence::Command::Grant(GrantLicence {
            customer_id: Ok(submitted.customer_id),
            product_id: Ok(to_grant.product_id),
            kind: to_grant.kind,
            valid_from: to_grant.valid_from,
            valid_until: to_grant.valid_until,
            account_numbers: Ok(account_numbers.clone()),
            application_id: Some(application_id),
            time_zone,
            at: event.metadata.occurred_at,
        });
        let context = context(event, &id.to_string());
        match desk.log.execute::<Licence>(id, command, context).await {
            Ok(_) => {}
            // Another application for the same came first, a moment ago.
            Err(ExecuteError::Rejected(licence::Rejection::AlreadyGranted)) => {
                licences::link(desk, event, to_grant.licence_id).await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Opens the ticket in which an application is talked about. What it says was checked when it was
/// asked for.
async fn open(
    desk: &Desk,
    event: &Recorded,
    ticket_id: TicketId,
    (category_id, product_id): (CategoryId, ProductId),
    (subject, text): (String, String),
) -> Result<(), ReactionError> {
    let (application, _) = desk.log.load::<Application>(event.aggregate_id).await?;
    let Some(submitted) = application.submitted else { return Ok(()) };
    let catalogue = desk.catalogue().await?;
    let routed = catalogue.categories.get(&category_id).map(|one| one.department_ids.clone());
    let department_ids = routed.unwrap_or_default();
    let open = command::Open {
        customer_id: submitted.customer_id,
        category_id,
        product_id,
        pick: pick_agent(desk, &department_ids).await?,
        routing: Ok(department_ids),
        priority: Priority::default(),
        subject,
        text,
        file_ids: Vec::new(),
    };
    let mut circumstances = desk.circumstances(event.metadata.occurred_at).await?;
    // The texts were checked when the ticket was asked for.
    let policy = &mut circumstances.policy;
    (policy.subject_characters, policy.text_characters) = (usize::MAX, usize::MAX);
    let open = (open.into(), circumstances);
    let context = CommandContext { is_numbered: true, ..context(event, "ticket") };
    desk.log.execute::<Ticket>(ticket_id.uuid(), open, context).await?;
    Ok(())
}

/// What a licence was applied for with.
struct AppliedFor {
    application: ApplicationId,
    account: TradingAccountId,
    product: ProductId,
}

/// The application that led to the event's licence; `None` if it is of no free advisor.
async fn applied_for(desk: &Desk, event: &Recorded) -> Result<Option<AppliedFor>, ReactionError> {
    let granted = desk.log.read_aggregate("licence", event.aggregate_id, 0, 1).await?;
    let Some(Event::Licence(LicenceEvent::Granted {
        application_id: Some(application_id),
        product_id,
        ..
    })) = granted.into_iter().next().map(|recorded| recorded.event)
    else {
        return Ok(None);
    };
    let (application, _) = desk.log.load_recent::<Application>(application_id.uuid()).await?;
    let Some(Request::FreeAdvisor(wish)) = application.submitted.map(|one| one.request) else {
        return Ok(None);
    };
    let account = wish.account_id;
    Ok(Some(AppliedFor { application: application_id, account, product: product_id }))
}

/// A licence that an application led to was revoked: its account no longer holds the advisor.
async fn revoke_advisor(
    desk: &Desk,
    event: &Recorded,
    revoked_at: Moment,
) -> Result<(), ReactionError> {
    let Some(found) = applied_for(desk, event).await? else { return Ok(()) };
    let (application_id, product_id) = (found.application, found.product);
    let revoke = RevokeAdvisor { application_id, product_id, revoked_at };
    let command = trading_account::Command::RevokeAdvisor(revoke);
    on_account(desk, event, found.account, command).await
}
