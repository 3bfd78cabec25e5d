//! The time that was worked, in the order in which it was recorded (B2), with what was drawn and
//! charged for it, and what was taken back (B4).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use servicedesk_domain::Event;
use servicedesk_domain::billing::account::events::{CreditBasis, Settlement};
use servicedesk_domain::billing::{AccountEvent, SupportAccountId};
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::kernel::{Moment, Month, Personal};
use servicedesk_domain::staff::StaffMemberId;
use servicedesk_domain::ticket::command::{began, occupied_from};
use servicedesk_domain::ticket::events::Charging;
use servicedesk_domain::ticket::{TicketEvent, TicketId, TimeEntryId};
use servicedesk_eventlog::bulk::{Column, Kind};
use servicedesk_eventlog::select::Select;
use servicedesk_eventlog::{Db, Position, Recorded};
use uuid::Uuid;

use super::micros;
use crate::fold::{Fault, Fold, Place, read_rows};
use crate::paging::{self, Side};
use crate::table::Index;

/// One time entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeEntryRow {
    /// The entry.
    pub entry_id: TimeEntryId,
    /// On which ticket.
    pub ticket_id: TicketId,
    /// Who worked.
    pub staff_member_id: StaffMemberId,
    /// For how many minutes.
    pub minutes: u32,
    /// When the work began.
    pub started_at: Moment,
    /// When the work ended.
    pub worked_at: Moment,
    /// What was done.
    pub note: Option<Personal<String>>,
    /// When it was logged.
    pub logged_at: Moment,
    /// The position of its logging in the log.
    pub position: Position,
    /// Why it is a courtesy, if it is (B3).
    pub courtesy: Option<Personal<String>>,
    /// Why the agent worked on something else in the same time, if they did (B3).
    pub overlap: Option<Personal<String>>,
    /// How it was taken back, if it was.
    pub reversal: Option<Reversal>,
    /// How its parts were settled, in the order of time; none until that is known.
    pub settled: Vec<Settled>,
}

/// How a time entry was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reversal {
    /// When.
    pub at: Moment,
    /// By whom.
    pub staff_member_id: StaffMemberId,
    /// Why.
    pub reason: Personal<String>,
    /// Its position in the log.
    pub position: Position,
}

/// How a part of a time entry was settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// Whose account it went to.
    pub customer_id: CustomerId,
    /// What was drawn, charged and waived.
    pub settlement: Settlement,
    /// On which statement it stands.
    pub billed_in: Month,
    /// How it was given back, if it was.
    pub credit: Option<Credit>,
}

/// How what was drawn and charged for a time entry was given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// Why.
    pub basis: CreditBasis,
    /// On which statement that stands.
    pub billed_in: Month,
}

impl Fold for TimeEntryRow {
    const NAME: &'static str = "time_entries";
    const VERSION: i64 = 3;
    const COLUMNS: &'static [Column] = &[
        Column { name: "ticket_id", kind: Kind::Text },
        Column { name: "staff_member_id", kind: Kind::Text },
        // None until the entry is settled.
        Column { name: "customer_id", kind: Kind::Text },
        Column { name: "position", kind: Kind::Integer },
        // 0 where it was taken back.
        Column { name: "counted_minutes", kind: Kind::Integer },
        // Of these, those that concern the customer (T5).
        Column { name: "shown_minutes", kind: Kind::Integer },
        // 1 where the customer never sees it (T5).
        Column { name: "is_hidden", kind: Kind::Integer },
        Column { name: "started_at", kind: Kind::Integer },
        Column { name: "ended_at", kind: Kind::Integer },
    ];
    const INDEXES: &'static [Index] = &[
        Index { columns: "ticket_id, position", only_where: "" },
        Index { columns: "staff_member_id, position", only_where: "" },
        Index { columns: "customer_id, position", only_where: "" },
        Index { columns: "position", only_where: "" },
        Index { columns: "staff_member_id, ended_at", only_where: "" },
    ];
    type Row = Self;

    fn key(event: &Recorded) -> Option<Uuid> {
        let entry_id = match &event.event {
            Event::Ticket(
                TicketEvent::TimeLogged { entry_id, .. }
                | TicketEvent::TimeReversed { entry_id, .. }
                | TicketEvent::TimeMarkedCourtesy { entry_id, .. },
            ) => entry_id,
            Event::Account(
                AccountEvent::WorkSettled { settlement, .. }
                | AccountEvent::WorkCredited { settlement, .. },
            ) => &settlement.entry_id,
            _ => return None,
        };
        Some(entry_id.uuid())
    }

    fn project(row: Option<Self>, event: &Recorded) -> Result<Self, Fault> {
        let follows = match (row, &event.event) {
            (None, Event::Ticket(logged)) => Self::logged(logged, event),
            (Some(row), Event::Ticket(changed)) => row.changed(changed, event),
            (Some(row), Event::Account(account)) => row.settled(account, event),
            _ => None,
        };
        follows.ok_or_else(|| {
            Fault::unprojectable(event, "does not follow on what is known of the entry")
        })
    }

    fn places(row: &Self) -> Vec<Place> {
        let customer_id = row.settled.first().map(|settled| settled.customer_id.to_string());
        vec![Place {
            part: String::new(),
            cells: vec![
                row.ticket_id.to_string().into(),
                row.staff_member_id.to_string().into(),
                customer_id.into(),
                row.position.into(),
                i64::from(row.counted_minutes()).into(),
                i64::from(row.shown_minutes()).into(),
                i64::from(row.is_hidden()).into(),
                micros(row.occupied_from()).into(),
                micros(row.worked_at).into(),
            ],
        }]
    }
}

impl TimeEntryRow {
    /// From when on its agent can log nothing else.
    pub fn occupied_from(&self) -> Moment {
        occupied_from(Some(self.started_at), self.minutes, self.worked_at)
    }

    fn logged(logged: &TicketEvent, event: &Recorded) -> Option<Self> {
        let TicketEvent::TimeLogged {
            entry_id,
            staff_member_id,
            minutes,
            started_at,
            worked_at,
            note,
            charging,
            overlap_reason,
        } = logged
        else {
            return None;
        };
        let courtesy = match charging {
            Charging::Courtesy { reason } => Some(reason.clone()),
            Charging::Allowed | Charging::FreeOnly => None,
        };
        Some(Self {
            entry_id: *entry_id,
            ticket_id: TicketId::new(event.aggregate_id),
            staff_member_id: *staff_member_id,
            minutes: *minutes,
            started_at: started_at.unwrap_or_else(|| began(*minutes, *worked_at)),
            worked_at: *worked_at,
            note: note.clone(),
            logged_at: event.metadata.occurred_at,
            position: event.position,
            courtesy,
            overlap: overlap_reason.clone(),
            reversal: None,
            settled: Vec::new(),
        })
    }

    fn changed(mut self, changed: &TicketEvent, event: &Recorded) -> Option<Self> {
        match changed {
            TicketEvent::TimeReversed { staff_member_id, reason, .. }
                if self.reversal.is_none() =>
            {
                self.reversal = Some(Reversal {
                    at: event.metadata.occurred_at,
                    staff_member_id: *staff_member_id,
                    reason: reason.clone(),
                    position: event.position,
                });
                Some(self)
            }
            TicketEvent::TimeMarkedCourtesy { reason, .. } if self.courtesy.is_none() => {
                self.courtesy = Some(reason.clone());
                Some(self)
            }
            _ => None,
        }
    }

    fn settled(mut self, account: &AccountEvent, event: &Recorded) -> Option<Self> {
        let part = |settlement: &Settlement| usize::try_from(settlement.part).ok();
        match account {
            AccountEvent::WorkSettled { settlement, billed_in }
                if part(settlement) == Some(self.settled.len()) =>
            {
                self.settled.push(Settled {
                    customer_id: CustomerId::new(SupportAccountId::new(event.aggregate_id).uuid()),
                    settlement: settlement.clone(),
                    billed_in: *billed_in,
                    credit: None,
                });
            }
            AccountEvent::WorkCredited { settlement, basis, billed_in } => {
                let settled = self.settled.get_mut(part(settlement)?)?;
                settled.credit = Some(Credit { basis: *basis, billed_in: *billed_in });
            }
            _ => return None,
        }
        Some(self)
    }

    /// The minutes that count: none once it was taken back.
    pub const fn counted_minutes(&self) -> u32 {
        if self.reversal.is_some() { 0 } else { self.minutes }
    }

    /// The minutes that the customer learns of: without those that are not charged to them (T5),
    /// which is not known before the entry is settled.
    pub fn minutes_for_customer(&self) -> u32 {
        if self.courtesy.is_some() {
            return 0;
        }
        self.settled.iter().map(|settled| &settled.settlement).fold(0, |sum: u32, settlement| {
            let waived = settlement.waived.map_or(0, |waived| waived.minutes);
            sum.saturating_add(settlement.minutes.saturating_sub(waived))
        })
    }

    /// Whether the customer never sees it, because nothing of it is charged to them (T5).
    pub fn is_hidden(&self) -> bool {
        self.minutes_for_customer() == 0
    }

    fn shown_minutes(&self) -> u32 {
        if self.reversal.is_some() { 0 } else { self.minutes_for_customer() }
    }
}

/// Who reads time entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Staff, who see all of them.
    Staff,
    /// The customer, who sees only what is charged to them (T5).
    Customer,
}

/// Which time entries are asked for; all of it must hold.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Only those on this ticket.
    pub ticket_id: Option<TicketId>,
    /// Only those of this member of staff.
    pub staff_member_id: Option<StaffMemberId>,
    /// Only those charged to this customer.
    pub customer_id: Option<CustomerId>,
}

/// One page of time entries.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn page(
    db: &Db,
    reader: Reader,
    filter: Filter,
    side: Side,
    limit: i64,
) -> Result<Vec<TimeEntryRow>, Fault> {
    paging::page::<TimeEntryRow>(db, found("SELECT body", reader, filter), side, limit).await
}

/// How many time entries there are, those taken back among them.
///
/// # Errors
/// [`Fault`] if they cannot be counted.
pub async fn count(db: &Db, reader: Reader, filter: Filter) -> Result<i64, Fault> {
    Ok(found("SELECT COUNT(*)", reader, filter).number(db).await?)
}

/// For how many minutes was worked, without what was taken back.
///
/// # Errors
/// [`Fault`] if they cannot be added up.
pub async fn minutes(db: &Db, reader: Reader, filter: Filter) -> Result<i64, Fault> {
    let column = match reader {
        Reader::Staff => "counted_minutes",
        Reader::Customer => "shown_minutes",
    };
    let sum = format!("SELECT CAST(COALESCE(SUM({column}), 0) AS BIGINT)");
    Ok(found(&sum, reader, filter).number(db).await?)
}

/// Those of these ids that there are.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn by_ids(
    db: &Db,
    ids: &[TimeEntryId],
) -> Result<HashMap<TimeEntryId, TimeEntryRow>, Fault> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let query = Select::new("SELECT body FROM time_entries WHERE id IN ")
        .values(ids.iter().map(ToString::to_string));
    let rows = read_rows::<TimeEntryRow>(db, query.texts(db).await?).await?;
    Ok(rows.into_iter().map(|row| (row.entry_id, row)).collect())
}

/// What a member of staff worked in some of the time between two moments, what was taken back
/// included.
///
/// # Errors
/// [`Fault`] if it cannot be read.
pub async fn worked_between(
    db: &Db,
    staff_member_id: StaffMemberId,
    from: Moment,
    until: Moment,
) -> Result<Vec<TimeEntryRow>, Fault> {
    let query = Select::new("SELECT body FROM time_entries WHERE staff_member_id = ")
        .value(staff_member_id.to_string())
        .sql(" AND ended_at > ")
        .value(micros(from))
        .sql(" AND started_at < ")
        .value(micros(until))
        .sql(" ORDER BY ended_at");
    read_rows::<TimeEntryRow>(db, query.texts(db).await?).await
}

/// The positions of a ticket's events about entries that the customer never sees.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn hidden_positions(db: &Db, ticket_id: TicketId) -> Result<Vec<Position>, Fault> {
    let filter = Filter { ticket_id: Some(ticket_id), ..Filter::default() };
    let query = found("SELECT body", Reader::Staff, filter).sql(" AND is_hidden = 1");
    let rows = read_rows::<TimeEntryRow>(db, query.texts(db).await?).await?;
    let of_row = |row: TimeEntryRow| {
        [Some(row.position), row.reversal.map(|reversal| reversal.position)].into_iter().flatten()
    };
    Ok(rows.into_iter().flat_map(of_row).collect())
}

fn found(select: &str, reader: Reader, filter: Filter) -> Select {
    let mut query = Select::new(select).sql(" FROM time_entries WHERE 1 = 1");
    let of = [
        ("ticket_id", filter.ticket_id.map(|id| id.to_string())),
        ("staff_member_id", filter.staff_member_id.map(|id| id.to_string())),
        ("customer_id", filter.customer_id.map(|id| id.to_string())),
    ];
    for (column, id) in of {
        if let Some(id) = id {
            query = query.sql(&format!(" AND {column} = ")).value(id);
        }
    }
    match reader {
        Reader::Staff => query,
        Reader::Customer => query.sql(" AND is_hidden = 0"),
    }
}
