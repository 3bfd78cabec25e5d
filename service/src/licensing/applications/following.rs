//! What follows of applications: what the customer says of her account is evidence; what an account
//! grants is approved; what is approved is licensed; what is to be talked about becomes a ticket;
//! what is revoked is held no more.

use std::sync::Arc;

use servicedesk_domain::Event;
use servicedesk_domain::catalogue::Catalogue;
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
use servicedesk_domain::ticket::{Ticket, command, events::Priority};
use servicedesk_eventlog::{CommandContext, CommandId, ExecuteError, Recorded};
use uuid::Uuid;

use super::{evidence, facts};
use crate::desk::Desk;
use crate::error::ApiError;
use crate::licensing::issuing;
use crate::reactions::{self, Trouble};
use crate::ticket::use_cases as tickets;

/// Which thing's events are followed in order with this one, where anything follows here.
pub fn concerned(event: &Recorded) -> Option<Uuid> {
    match &event.event {
        Event::Application(
            ApplicationEvent::Submitted { request: Request::FreeAdvisor(_), .. }
            | ApplicationEvent::Approved { .. }
            | ApplicationEvent::TicketRequested { .. },
        )
        | Event::TradingAccount(TradingAccountEvent::AdvisorsGranted { .. }) => {
            Some(event.aggregate_id)
        }
        _ => None,
    }
}

/// Does what follows from the event.
///
/// # Errors
/// [`Trouble`], where that fails.
pub async fn follow(desk: &Desk, event: &Recorded) -> Result<(), Trouble> {
    let application_id = ApplicationId::new(event.aggregate_id);
    match &event.event {
        Event::Application(ApplicationEvent::Submitted {
            request: Request::FreeAdvisor(wish),
            ..
        }) => {
            let at = event.metadata.occurred_at;
            let policy = catalogue(desk).await?.licensing_policy.clone();
            let command = evidence::statement(application_id, wish, at, policy);
            on_account(desk, event, wish.account_id, command).await
        }
        Event::Application(ApplicationEvent::Approved { licences, .. }) => {
            grant(desk, event, application_id, licences).await
        }
        Event::Application(ApplicationEvent::TicketRequested { .. }) => {
            open_ticket(desk, event).await
        }
        Event::TradingAccount(TradingAccountEvent::AdvisorsGranted { application_id, .. }) => {
            approve(desk, event, *application_id).await
        }
        Event::Licence(LicenceEvent::Revoked { revoked_at, .. }) => {
            revoke(desk, event, *revoked_at).await
        }
        _ => Ok(()),
    }
}

/// A command that follows from an event beside others, as whoever caused the event.
fn context(event: &Recorded, what: &str) -> CommandContext {
    let following = reactions::following(event);
    let id = Uuid::new_v5(&following.command_id.id, what.as_bytes());
    let command_id = CommandId { id, ..following.command_id };
    CommandContext { command_id, actor: event.metadata.actor, ..following }
}

async fn catalogue(desk: &Desk) -> Result<Arc<Catalogue>, Trouble> {
    desk.catalogue().await.map_err(|error| passing(&error))
}

fn passing(error: &ApiError) -> Trouble {
    Trouble::Passing(error.to_string())
}

async fn on_account(
    desk: &Desk,
    event: &Recorded,
    account_id: TradingAccountId,
    command: trading_account::Command,
) -> Result<(), Trouble> {
    let context = context(event, "account");
    let done = desk.log.execute::<TradingAccount>(account_id.uuid(), command, context).await;
    done.map_err(|error| Trouble::following(event, &error))?;
    Ok(())
}

/// The application follows its account. Where it was taken back or declined in the meantime, the
/// grant is released.
async fn approve(
    desk: &Desk,
    event: &Recorded,
    application_id: ApplicationId,
) -> Result<(), Trouble> {
    let account_id = TradingAccountId::new(event.aggregate_id);
    let found = desk.log.load::<TradingAccount>(account_id.uuid()).await;
    let (account, _) = found.map_err(|error| Trouble::following(event, &error))?;
    // Released already: this is looked at again.
    let Some(granted) = account.granted_by(application_id) else { return Ok(()) };
    let at = event.metadata.occurred_at;
    let circumstances = facts::circumstances(desk, at).await.map_err(|error| passing(&error))?;
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
        Err(error) => Err(Trouble::following(event, &error)),
    }
}

/// Grants what an application was approved for. A licence that was there before stays as it is, and
/// gets the link that was applied for.
async fn grant(
    desk: &Desk,
    event: &Recorded,
    application_id: ApplicationId,
    licences: &[LicenceToGrant],
) -> Result<(), Trouble> {
    let found = desk.log.load::<Application>(application_id.uuid()).await;
    let (application, _) = found.map_err(|error| Trouble::following(event, &error))?;
    let lost = || Trouble::Lasting {
        position: event.position,
        what: "an approved application was never submitted".to_owned(),
    };
    let submitted = application.submitted.ok_or_else(lost)?;
    let account_numbers = match &submitted.request {
        Request::FreeAdvisor(wish) => vec![wish.account_number.reveal().clone()],
        Request::RentalDownload { .. } | Request::LicenceUpdate { .. } => Vec::new(),
    };
    for to_grant in licences {
        let id = to_grant.licence_id.uuid();
        let found = desk.log.load::<Licence>(id).await;
        let (held, _) = found.map_err(|error| Trouble::following(event, &error))?;
        // Granted already, by this event when it was followed before, or for something else.
        if held.customer_id.is_some() {
            if held.application_id != Some(application_id) {
                issuing::issue_link(desk, event, to_grant.licence_id).await?;
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
            at: event.metadata.occurred_at,
        });
        let context = context(event, &id.to_string());
        match desk.log.execute::<Licence>(id, command, context).await {
            Ok(_) => {}
            // Another application for the same came first, a moment ago.
            Err(ExecuteError::Rejected(licence::Rejection::AlreadyGranted)) => {
                issuing::issue_link(desk, event, to_grant.licence_id).await?;
            }
            Err(error) => return Err(Trouble::following(event, &error)),
        }
    }
    Ok(())
}

/// Opens the ticket in which an application is talked about. What it says was checked when it was
/// asked for.
async fn open_ticket(desk: &Desk, event: &Recorded) -> Result<(), Trouble> {
    let Event::Application(ApplicationEvent::TicketRequested {
        ticket_id,
        category_id,
        product_id,
        subject,
        text,
    }) = &event.event
    else {
        return Ok(());
    };
    let found = desk.log.load::<Application>(event.aggregate_id).await;
    let (application, _) = found.map_err(|error| Trouble::following(event, &error))?;
    let Some(submitted) = application.submitted else { return Ok(()) };
    let catalogue = catalogue(desk).await?;
    let routed = catalogue.categories.get(category_id).map(|one| one.department_ids.clone());
    let department_ids = routed.unwrap_or_default();
    let mut policy = catalogue.ticket_policy.clone();
    (policy.subject_characters, policy.text_characters) = (usize::MAX, usize::MAX);
    let open = command::Command::Open(command::Open {
        customer_id: submitted.customer_id,
        category_id: *category_id,
        product_id: *product_id,
        pick: tickets::pick_agent(desk, &department_ids).await.map_err(|error| passing(&error))?,
        routing: Ok(department_ids),
        priority: Priority::default(),
        subject: subject.reveal().clone(),
        text: text.reveal().clone(),
        policy,
    });
    let open = tickets::measured(desk, open, event.metadata.occurred_at)
        .await
        .map_err(|error| passing(&error))?;
    let context = CommandContext { is_numbered: true, ..context(event, "ticket") };
    let done = desk.log.execute::<Ticket>(ticket_id.uuid(), open, context).await;
    done.map_err(|error| Trouble::following(event, &error))?;
    Ok(())
}

/// A licence that an application led to was revoked: its account holds the advisor no more.
async fn revoke(desk: &Desk, event: &Recorded, revoked_at: Moment) -> Result<(), Trouble> {
    let granted = desk.log.read_aggregate("licence", event.aggregate_id, 0, 1).await?;
    let Some(Event::Licence(LicenceEvent::Granted {
        application_id: Some(application_id),
        product_id,
        ..
    })) = granted.into_iter().next().map(|recorded| recorded.event)
    else {
        return Ok(());
    };
    let found = desk.log.load_recent::<Application>(application_id.uuid()).await;
    let (application, _) = found.map_err(|error| Trouble::following(event, &error))?;
    let Some(Request::FreeAdvisor(wish)) = application.submitted.map(|one| one.request) else {
        return Ok(());
    };
    let revoke = RevokeAdvisor { application_id, product_id, revoked_at };
    let command = trading_account::Command::RevokeAdvisor(revoke);
    on_account(desk, event, wish.account_id, command).await
}
