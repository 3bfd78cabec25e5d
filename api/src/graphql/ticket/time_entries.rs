//! The time that was worked (B2), and what was drawn and charged for it.

use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use servicedesk_domain::billing::account::events::{self, Settlement};
use servicedesk_domain::kernel::Personal;
use servicedesk_domain::licensing::LicenceId;
use servicedesk_domain::ticket::TimeEntryId;
use servicedesk_eventlog::Position;
use servicedesk_projections::ticket::time_entries::{self, Filter, Reader, Settled};

use crate::graphql::guards;
use crate::graphql::licensing::Licence;
use crate::graphql::loaders::Loaders;
use crate::graphql::query::{self, data};
use crate::graphql::relay::{
    EventPosition, Money, Month, PageArgs, PageRequest, global_id, list_cost, parse_id, side,
};
use crate::graphql::staff::StaffMember;
use crate::graphql::ticket::types::{Ticket, visible};
use servicedesk_service::access::policy;
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;

/// Why minutes are neither drawn nor charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "events::WaiverBasis")]
pub enum WaiverBasis {
    /// The agent marked the time as courtesy.
    Courtesy,
    /// The customer had not agreed to pay, and the free minutes went to other work.
    NotAgreed,
}

/// Free minutes drawn from one package.
pub struct Draw {
    licence_id: LicenceId,
    minutes: u32,
}

/// Free minutes drawn from one package.
#[Object]
impl Draw {
    /// The licence whose package it is.
    async fn licence(&self, context: &Context<'_>) -> Result<Option<Licence>> {
        Ok(context.data::<Loaders>()?.licence(self.licence_id).await?.map(Licence))
    }

    /// How many minutes.
    async fn minutes(&self) -> u32 {
        self.minutes
    }
}

/// What was drawn and charged for time that was worked, or for a part of it.
pub struct WorkSettlement {
    /// How it was settled.
    pub settlement: Settlement,
    /// On which statement it stands.
    pub billed_in: servicedesk_domain::kernel::Month,
}

impl WorkSettlement {
    fn of(settled: &Settled) -> Self {
        Self { settlement: settled.settlement.clone(), billed_in: settled.billed_in }
    }
}

/// A part of the time that was worked.
pub struct WorkPart(Settled);

/// A part of the time that was worked. Work that crosses the end of a licence or of a month is split
/// there.
#[Object]
impl WorkPart {
    /// When the part ended.
    async fn worked_at(&self) -> DateTime<Utc> {
        self.0.settlement.worked_at
    }

    /// What was drawn and charged for it. If the entry was taken back or became a courtesy, it was
    /// given back in full.
    async fn settlement(&self) -> WorkSettlement {
        WorkSettlement::of(&self.0)
    }

    /// On which month's statement the credit stands, if it was given back.
    async fn credited_in(&self) -> Option<Month> {
        Some(Month(self.0.credit?.billed_in))
    }
}

/// What was drawn and charged for time that was worked, or for a part of it.
#[Object]
impl WorkSettlement {
    /// The minutes drawn from packages, the oldest licence first.
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn draws(&self) -> Vec<Draw> {
        let draw =
            |draw: &events::Draw| Draw { licence_id: draw.licence_id, minutes: draw.minutes };
        self.settlement.draws.iter().map(draw).collect()
    }

    /// How many free minutes were drawn in all.
    async fn free_minutes(&self) -> u32 {
        self.settlement.free_minutes()
    }

    /// How many minutes are charged.
    async fn chargeable_minutes(&self) -> u32 {
        self.settlement.chargeable_minutes
    }

    /// How many minutes are neither drawn nor charged. For staff only.
    async fn waived_minutes(&self, context: &Context<'_>) -> Option<u32> {
        let minutes = self.settlement.waived.map_or(0, |waived| waived.minutes);
        guards::staff_sees(context).then_some(minutes)
    }

    /// Why they are neither. For staff only.
    async fn waiver_basis(&self, context: &Context<'_>) -> Option<WaiverBasis> {
        let waived = self.settlement.waived.filter(|_| guards::staff_sees(context));
        waived.map(|waived| waived.basis.into())
    }

    /// What the charged minutes cost: pro rata by the minute, rounded to the cent, half up.
    async fn price(&self) -> Money {
        self.settlement.price.into()
    }

    /// By which version of the terms of support.
    async fn terms_version(&self) -> u32 {
        self.settlement.terms_version
    }

    /// On which month's statement it stands.
    async fn billed_in(&self) -> Month {
        Month(self.billed_in)
    }
}

/// Time that was worked on a ticket.
pub struct TimeEntry(pub Box<time_entries::TimeEntryRow>);

/// Time that was worked on a ticket.
#[Object]
impl TimeEntry {
    /// The global id.
    pub async fn id(&self) -> ID {
        global_id(self.0.entry_id)
    }

    /// On which ticket, if the caller may see it.
    async fn ticket(&self, context: &Context<'_>) -> Result<Option<Ticket>> {
        Ok(visible(context, self.0.ticket_id).await?)
    }

    /// Who worked.
    async fn staff_member(&self, context: &Context<'_>) -> Result<Option<StaffMember>> {
        let found = context.data::<Loaders>()?.staff_member(self.0.staff_member_id).await?;
        Ok(found.map(StaffMember))
    }

    /// For how many whole minutes. A customer sees those that are drawn from their packages or
    /// charged.
    async fn minutes(&self, context: &Context<'_>) -> Result<u32> {
        Ok(match policy::time_reader(guards::caller(context)?) {
            Reader::Staff => self.0.minutes,
            Reader::Customer => self.0.minutes_for_customer(),
        })
    }

    /// When the work began.
    async fn started_at(&self) -> DateTime<Utc> {
        self.0.started_at
    }

    /// When the work ended.
    async fn worked_at(&self) -> DateTime<Utc> {
        self.0.worked_at
    }

    /// When it was logged.
    async fn logged_at(&self) -> DateTime<Utc> {
        self.0.logged_at
    }

    /// What was done. For staff only.
    async fn note(&self, context: &Context<'_>) -> Option<&str> {
        let note = self.0.note.as_ref().filter(|_| guards::staff_sees(context));
        note.map(Personal::shown)
    }

    /// Why it is a courtesy, if it is. For staff only.
    async fn courtesy_reason(&self, context: &Context<'_>) -> Option<&str> {
        let courtesy = self.0.courtesy.as_ref().filter(|_| guards::staff_sees(context));
        courtesy.map(Personal::shown)
    }

    /// Why the agent worked on something else in the same time, if they did. For staff only.
    async fn overlap_reason(&self, context: &Context<'_>) -> Option<&str> {
        let overlap = self.0.overlap.as_ref().filter(|_| guards::staff_sees(context));
        overlap.map(Personal::shown)
    }

    /// What was drawn and charged for its first part. Null until that is known.
    #[graphql(deprecation = "Work that crosses the end of a licence or of a month has several \
                             parts: use `parts`.")]
    async fn settlement(&self) -> Option<WorkSettlement> {
        self.0.settled.first().map(WorkSettlement::of)
    }

    /// Its parts, in the order of time, with what was drawn and charged for each. Mostly there is
    /// one. Empty until they are known.
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn parts(&self) -> Vec<WorkPart> {
        self.0.settled.iter().cloned().map(WorkPart).collect()
    }

    /// On which month's statement the credit of its first part stands, if it was given back.
    #[graphql(deprecation = "Use `creditedIn` of `parts`.")]
    async fn credited_in(&self) -> Option<Month> {
        let credit = self.0.settled.first()?.credit?;
        Some(Month(credit.billed_in))
    }

    /// Whether it was taken back and no longer counts.
    async fn is_reversed(&self) -> bool {
        self.0.reversal.is_some()
    }

    /// When it was taken back.
    async fn reversed_at(&self) -> Option<DateTime<Utc>> {
        self.0.reversal.as_ref().map(|reversal| reversal.at)
    }

    /// Why it was taken back. For staff only.
    async fn reversal_reason(&self, context: &Context<'_>) -> Option<&str> {
        let reversal = self.0.reversal.as_ref().filter(|_| guards::staff_sees(context));
        reversal.map(|reversal| reversal.reason.shown())
    }
}

/// A time entry by its id, if the caller may see it and its ticket.
///
/// # Errors
/// `Unauthenticated` or `Internal`.
pub async fn visible_entry(
    context: &Context<'_>,
    entry_id: TimeEntryId,
) -> Result<Option<TimeEntry>, ApiError> {
    let Some(entry) = shown_entry(context, entry_id).await? else { return Ok(None) };
    Ok(visible(context, entry.0.ticket_id).await?.map(|_| entry))
}

/// A time entry of something that the caller may see; null if nothing of it is charged to the
/// customer who asks (T5).
///
/// # Errors
/// `Unauthenticated` or `Internal`.
pub async fn shown_entry(
    context: &Context<'_>,
    entry_id: TimeEntryId,
) -> Result<Option<TimeEntry>, ApiError> {
    let reader = policy::time_reader(guards::caller(context)?);
    let found = data::<Loaders>(context)?.time_entry(entry_id).await?;
    let is_shown = |row: &time_entries::TimeEntryRow| reader == Reader::Staff || !row.is_hidden();
    Ok(found.filter(is_shown).map(TimeEntry::from))
}

impl From<time_entries::TimeEntryRow> for TimeEntry {
    fn from(row: time_entries::TimeEntryRow) -> Self {
        Self(Box::new(row))
    }
}

/// What all of the time entries in a list come to.
pub struct TimeTotals {
    reader: Reader,
    filter: Filter,
}

/// What all of the time entries in a list come to.
#[Object]
impl TimeTotals {
    /// How many entries there are in all, those taken back among them.
    async fn total_count(&self, context: &Context<'_>) -> Result<i64> {
        let desk = data::<Desk>(context)?;
        let count = time_entries::count(desk.log.db(), self.reader, self.filter).await;
        Ok(count.map_err(ApiError::from)?)
    }

    /// For how many minutes was worked, without what was taken back.
    async fn total_minutes(&self, context: &Context<'_>) -> Result<i64> {
        let desk = data::<Desk>(context)?;
        let minutes = time_entries::minutes(desk.log.db(), self.reader, self.filter).await;
        Ok(minutes.map_err(ApiError::from)?)
    }
}

/// Time entries as a list.
pub type TimeEntryRow = Connection<String, TimeEntry, TimeTotals>;

/// One page of time entries.
///
/// # Errors
/// `BadUserInput` for bad page arguments, `Internal` if it cannot be read.
pub async fn page(
    context: &Context<'_>,
    filter: Filter,
    args: &PageArgs,
) -> Result<TimeEntryRow, ApiError> {
    let request: PageRequest<Position> = args.read()?;
    let reader = policy::time_reader(guards::caller(context)?);
    let db = data::<Desk>(context)?.log.db();
    let rows = time_entries::page(db, reader, filter, side(&request), request.limit()).await?;
    request.page(rows, TimeTotals { reader, filter }, |row| row.position, TimeEntry::from)
}

/// Which time entries are asked for; everything given must hold.
#[derive(Debug, Clone, Default, async_graphql::InputObject)]
pub struct TimeEntriesFilter {
    /// On this ticket.
    pub ticket_id: Option<ID>,
    /// By this member of staff.
    pub staff_member_id: Option<ID>,
    /// Charged to this customer.
    pub customer_id: Option<ID>,
}

/// Queries on time entries.
#[derive(Default)]
pub struct TimeEntryQuery;

#[Object]
impl TimeEntryQuery {
    /// Time entries, in the order in which they were logged: of all staff for accounting and
    /// managers, their own for an agent, those charged to them for a customer.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "arguments of a field are its interface")]
    async fn time_entries(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only those for which all of this holds.")] filter: Option<
            TimeEntriesFilter,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Page size from the start: 50 by default, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Page size from the end: at most 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer shows what was recorded up to here, and what \
                          followed from it.")]
        consistent_with: Option<EventPosition>,
    ) -> Result<TimeEntryRow> {
        let caller = guards::caller(context)?;
        policy::may_read(caller)?;
        let asked = filter.unwrap_or_default();
        let asked = Filter {
            ticket_id: asked.ticket_id.as_ref().map(parse_id).transpose()?,
            staff_member_id: asked.staff_member_id.as_ref().map(parse_id).transpose()?,
            customer_id: asked.customer_id.as_ref().map(parse_id).transpose()?,
        };
        let filter = policy::time_entries_within(caller, asked)?;
        query::shows_settled(data::<Desk>(context)?, consistent_with).await?;
        Ok(page(context, filter, &PageArgs { after, before, first, last }).await?)
    }
}

/// Minutes that are charged, and what they cost.
#[derive(SimpleObject)]
pub struct Charges {
    /// How many minutes.
    pub minutes: i64,
    /// What they cost.
    pub amount: Money,
}
