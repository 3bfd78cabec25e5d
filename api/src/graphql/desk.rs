//! What a client must know of the desk before it shows a form: its name, its time zone, and what
//! may be given where. No client repeats a limit.

use std::sync::Arc;

use async_graphql::{Context, Object, Result, SimpleObject};
use servicedesk_domain::catalogue::{LicensingPolicy, TicketPolicy};
use servicedesk_domain::identity::password::{MAX_PASSWORD, MIN_PASSWORD};
use servicedesk_domain::kernel::text::MAX_NAME_CHARACTERS;
use servicedesk_domain::licensing::account_number;
use servicedesk_domain::licensing::licence::decide::MAX_ACCOUNTS;
use servicedesk_domain::ticket::decide::time::{MAX_DAYS, MAX_MINUTES};

use super::guards;
use super::loaders::Loaders;
use super::node::MAX_NODES;
use super::query::data;
use super::relay::{MAX_PER_PAGE, USUAL_PAGE};
use super::search::{MAX_WORD_CHARACTERS, MAX_WORDS};
use crate::config::{Config, Limits};

/// The desk as a client must know it.
#[derive(SimpleObject)]
pub struct Desk {
    /// What it is called, for people.
    name: String,
    /// The vendor's time zone by its IANA name. Days and months of the rules are in it.
    time_zone: String,
    /// What may be given where.
    limits: DeskLimits,
    /// The version of the program. Null without a token.
    version: Option<&'static str>,
}

/// What may be given where. What exceeds a limit is refused. A policy may change some of them while
/// a client is open.
#[derive(SimpleObject)]
pub struct DeskLimits {
    /// The most characters of a person's name.
    name_characters: usize,
    /// The fewest characters of a password.
    min_password_characters: usize,
    /// The most characters of a password.
    max_password_characters: usize,
    /// The most characters of a ticket's subject.
    subject_characters: usize,
    /// The most characters of a request, reply, note or summary.
    text_characters: usize,
    /// The most characters of a reason.
    reason_characters: usize,
    /// For how many days after its resolution a ticket may be reopened.
    reopen_days: u16,
    /// How many days ahead a resolution may be promised.
    promise_days: u16,
    /// The most minutes of one time entry.
    time_entry_minutes: u32,
    /// For how many days after the work its time may be logged or corrected.
    time_entry_days: i64,
    /// The most products of one application.
    products_per_application: usize,
    /// The most months of a rental.
    rental_months: u16,
    /// How many days back or ahead a rental may begin.
    rental_start_days: u16,
    /// How many days back evidence, or a purchase, may lie.
    evidence_days: u16,
    /// The most characters of a trading account's number.
    account_number_characters: usize,
    /// The most trading accounts of one licence.
    accounts_per_licence: usize,
    /// For how many hours a download link is valid.
    link_hours: u16,
    /// The page size of a list if none is given.
    usual_page_size: usize,
    /// The largest page size of a list.
    max_page_size: usize,
    /// The most ids of `nodes`.
    node_ids: usize,
    /// The most words of a text search.
    search_words: usize,
    /// The most characters of a word of a text search.
    search_word_characters: usize,
    /// The most bytes of a request's body.
    request_bytes: usize,
    /// The most bytes of a document.
    document_bytes: usize,
    /// How deep a document may nest.
    document_depth: usize,
    /// The most that one document may cost.
    document_cost: usize,
}

impl DeskLimits {
    fn of(tickets: &TicketPolicy, licensing: &LicensingPolicy, limits: &Limits) -> Self {
        Self {
            name_characters: MAX_NAME_CHARACTERS,
            min_password_characters: MIN_PASSWORD,
            max_password_characters: MAX_PASSWORD,
            subject_characters: tickets.subject_characters,
            text_characters: tickets.text_characters,
            reason_characters: tickets.reason_characters,
            reopen_days: tickets.reopen_days,
            promise_days: tickets.promise_days,
            time_entry_minutes: MAX_MINUTES,
            time_entry_days: MAX_DAYS,
            products_per_application: licensing.products_per_application,
            rental_months: licensing.rental_months,
            rental_start_days: licensing.rental_start_days,
            evidence_days: licensing.evidence_days,
            account_number_characters: account_number::MAX_CHARACTERS,
            accounts_per_licence: MAX_ACCOUNTS,
            link_hours: licensing.link_hours,
            usual_page_size: USUAL_PAGE,
            max_page_size: MAX_PER_PAGE,
            node_ids: MAX_NODES,
            search_words: MAX_WORDS,
            search_word_characters: MAX_WORD_CHARACTERS,
            request_bytes: limits.body_bytes,
            document_bytes: limits.document_bytes,
            document_depth: limits.depth,
            document_cost: limits.query_cost,
        }
    }
}

/// Queries on the desk.
#[derive(Default)]
pub struct DeskQuery;

#[Object]
impl DeskQuery {
    /// The desk as a client must know it. For anyone.
    async fn desk(&self, context: &Context<'_>) -> Result<Desk> {
        let config = data::<Arc<Config>>(context)?;
        let catalogue = data::<Loaders>(context)?.catalogue().await?;
        let (tickets, licensing) = (&catalogue.ticket_policy, &catalogue.licensing_policy);
        Ok(Desk {
            name: config.name.clone(),
            time_zone: licensing.time_zone.name().to_owned(),
            limits: DeskLimits::of(tickets, licensing, &config.limits),
            version: guards::caller(context).is_ok().then_some(env!("CARGO_PKG_VERSION")),
        })
    }
}
