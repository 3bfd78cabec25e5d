//! Which applications there are: whose, for what, where each stands, and what is due next (F8).

mod search;

pub use search::{Filter, Order, PlaceInList, Side, count, page};

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use servicedesk_domain::Event;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::kernel::{Moment, Personal};
use servicedesk_domain::licensing::application::events::{ApprovalBasis, LicenceToGrant};
use servicedesk_domain::licensing::application::{ApplicationEvent, Request, Status};
use servicedesk_domain::licensing::trading_account::events::GrantBasis;
use servicedesk_domain::licensing::{ApplicationId, TradingAccountId};
use servicedesk_domain::staff::StaffMemberId;
use servicedesk_domain::ticket::TicketId;
use servicedesk_eventlog::bulk::{Column, Kind};
use servicedesk_eventlog::select::Select;
use servicedesk_eventlog::{Db, Position, Recorded};
use uuid::Uuid;

use crate::fold::{Fault, Fold, Place, read_rows};
use crate::sla::deadlines::DeadlineRow;
use crate::table::Index;
use crate::ticket::timeline::Reader;

/// An application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationRow {
    /// The application.
    pub application_id: ApplicationId,
    /// The number behind `AP-`.
    pub serial: i64,
    /// Who applies.
    pub customer_id: CustomerId,
    /// For what.
    pub request: Request,
    /// What they add.
    pub comment: Option<Personal<String>>,
    /// Its status.
    pub status: Status,
    /// Who took it last.
    pub taken_by: Option<StaffMemberId>,
    /// When it was taken first.
    pub taken_at: Option<Moment>,
    /// What was decided last.
    pub decision: Option<Decision>,
    /// The licences that it led to.
    pub licences: Vec<LicenceToGrant>,
    /// Why the customer took it back, if they did and said so.
    pub withdrawal_reason: Option<Personal<String>>,
    /// The ticket in which it is talked about.
    pub ticket_id: Option<TicketId>,
    /// What is due.
    pub deadlines: DeadlineRow,
    /// When it was submitted.
    pub submitted_at: Moment,
    /// When something last happened to it.
    pub updated_at: Moment,
    /// How many events it has.
    pub version: i64,
    /// The position of its submission in the log.
    pub position: Position,
    /// The position of its last event in the log.
    pub last_position: Position,
    /// The sequence number of the last event that its customer sees (T5).
    pub public_version: i64,
    /// Its position in the log.
    pub public_position: Position,
}

/// What was decided of an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Who decided.
    pub staff_member_id: StaffMemberId,
    /// When.
    pub at: Moment,
    /// On which ground it was approved; `None` if it was declined.
    pub basis: Option<ApprovalBasis>,
    /// Why, where that was said.
    pub reason: Option<Personal<String>>,
}

impl Decision {
    /// Whether a manager decided so, whatever the rule or an agent had said (F8).
    pub const fn is_override(&self) -> bool {
        matches!(
            self.basis,
            Some(ApprovalBasis::Override { .. } | ApprovalBasis::Rule(GrantBasis::Override { .. }))
        )
    }
}

/// An application's human number, for example `AP-000123`.
pub fn human_number(serial: i64) -> String {
    format!("AP-{serial:06}")
}

/// Reads a human number, in capitals or not.
pub fn serial_of(number: &str) -> Option<i64> {
    let digits = number.strip_prefix("AP-").or_else(|| number.strip_prefix("ap-"))?;
    let is_plain = digits.len() >= 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|serial| is_plain && *serial > 0)
}

impl ApplicationRow {
    /// The account for which free advisors are asked.
    pub const fn account_id(&self) -> Option<TradingAccountId> {
        match &self.request {
            Request::FreeAdvisor(request) => Some(request.account_id),
            _ => None,
        }
    }

    /// The place in a list that is ordered so.
    pub fn place_in(&self, order: Order) -> PlaceInList {
        let rank = match order {
            Order::Submitted => 0,
            Order::Due => self.deadlines.due_rank(),
        };
        PlaceInList { rank, position: self.position }
    }

    fn begin(event: &Recorded, application_event: &ApplicationEvent) -> Result<Self, Fault> {
        let (ApplicationEvent::Submitted { customer_id, request, comment }, Some(serial)) =
            (application_event, event.serial)
        else {
            return Err(Fault::unprojectable(event, "an application begins with its submission"));
        };
        Ok(Self {
            application_id: ApplicationId::new(event.aggregate_id),
            serial,
            customer_id: *customer_id,
            request: request.clone(),
            comment: comment.clone(),
            status: Status::New,
            taken_by: None,
            taken_at: None,
            decision: None,
            licences: Vec::new(),
            withdrawal_reason: None,
            ticket_id: None,
            deadlines: DeadlineRow::default(),
            submitted_at: event.metadata.occurred_at,
            updated_at: event.metadata.occurred_at,
            version: event.sequence,
            position: event.position,
            last_position: event.position,
            public_version: event.sequence,
            public_position: event.position,
        })
    }

    /// The position of the last event that the reader sees (T5).
    pub const fn position_for(&self, reader: Reader) -> Position {
        match reader {
            Reader::Staff => self.last_position,
            Reader::Customer => self.public_position,
        }
    }

    fn change(&mut self, event: &Recorded, application_event: &ApplicationEvent) {
        let at = event.metadata.occurred_at;
        self.status = self.status.after(application_event);
        self.version = event.sequence;
        self.last_position = event.position;
        if let Some(clock_event) = application_event.as_clock() {
            self.deadlines.change(&clock_event);
            return;
        }
        self.updated_at = at;
        self.public_version = event.sequence;
        self.public_position = event.position;
        match application_event {
            ApplicationEvent::Taken { staff_member_id } => {
                self.taken_by = Some(*staff_member_id);
                self.taken_at = self.taken_at.or(Some(at));
            }
            ApplicationEvent::Approved { staff_member_id, basis, licences } => {
                let reason = match basis {
                    ApprovalBasis::Override { reason }
                    | ApprovalBasis::Rule(GrantBasis::Override { reason }) => Some(reason.clone()),
                    ApprovalBasis::Rule(_) | ApprovalBasis::Staff => None,
                };
                let (staff_member_id, basis) = (*staff_member_id, Some(basis.clone()));
                self.decision = Some(Decision { staff_member_id, at, basis, reason });
                self.licences.clone_from(licences);
            }
            ApplicationEvent::Declined { staff_member_id, reason } => {
                let (staff_member_id, reason) = (*staff_member_id, Some(reason.clone()));
                self.decision = Some(Decision { staff_member_id, at, basis: None, reason });
            }
            ApplicationEvent::Withdrawn { reason } => self.withdrawal_reason.clone_from(reason),
            ApplicationEvent::TicketRequested { ticket_id, .. } => {
                self.ticket_id = Some(*ticket_id);
            }
            _ => {}
        }
    }
}

impl Fold for ApplicationRow {
    const NAME: &'static str = "applications";
    const VERSION: i64 = 3;
    const COLUMNS: &'static [Column] = &[
        Column { name: "customer_id", kind: Kind::Text },
        Column { name: "account_id", kind: Kind::Text },
        Column { name: "ticket_id", kind: Kind::Text },
        Column { name: "taken_by", kind: Kind::Text },
        Column { name: "status", kind: Kind::Text },
        Column { name: "kind", kind: Kind::Text },
        Column { name: "is_open", kind: Kind::Integer },
        Column { name: "is_override", kind: Kind::Integer },
        Column { name: "due_rank", kind: Kind::Integer },
        Column { name: "serial", kind: Kind::Integer },
        Column { name: "position", kind: Kind::Integer },
    ];
    const INDEXES: &'static [Index] = &[
        Index { columns: "customer_id, position", only_where: "" },
        Index { columns: "account_id, position", only_where: "account_id IS NOT NULL" },
        Index { columns: "ticket_id", only_where: "ticket_id IS NOT NULL" },
        Index { columns: "serial", only_where: "" },
        Index { columns: "position", only_where: "" },
        Index { columns: "due_rank, position", only_where: "is_open = 1" },
        Index { columns: "position", only_where: "is_override = 1" },
    ];
    type Row = Self;

    fn key(event: &Recorded) -> Option<Uuid> {
        matches!(event.event, Event::Application(_)).then_some(event.aggregate_id)
    }

    fn project(row: Option<Self>, event: &Recorded) -> Result<Self, Fault> {
        let Event::Application(application_event) = &event.event else {
            return Err(Fault::unprojectable(event, "is not an application's"));
        };
        let Some(mut row) = row else { return Self::begin(event, application_event) };
        row.change(event, application_event);
        Ok(row)
    }

    fn places(row: &Self) -> Vec<Place> {
        let is_override = row.decision.as_ref().is_some_and(Decision::is_override);
        let cells = vec![
            row.customer_id.to_string().into(),
            row.account_id().map(|id| id.to_string()).into(),
            row.ticket_id.map(|id| id.to_string()).into(),
            row.taken_by.map(|id| id.to_string()).into(),
            status_name(row.status).to_owned().into(),
            row.request.measured_as().to_string().into(),
            i64::from(row.status.is_open()).into(),
            i64::from(is_override).into(),
            row.deadlines.due_rank().into(),
            row.serial.into(),
            row.position.into(),
        ];
        vec![Place { part: String::new(), cells }]
    }
}

const fn status_name(status: Status) -> &'static str {
    match status {
        Status::New => "new",
        Status::Taken => "taken",
        Status::Approved => "approved",
        Status::Declined => "declined",
        Status::Withdrawn => "withdrawn",
    }
}

/// Those of these ids that there are.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn by_ids(
    db: &Db,
    ids: &[ApplicationId],
) -> Result<HashMap<ApplicationId, ApplicationRow>, Fault> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let query = Select::new("SELECT body FROM applications WHERE id IN ")
        .values(ids.iter().map(ToString::to_string));
    let rows = read_rows::<ApplicationRow>(db, query.texts(db).await?).await?;
    Ok(rows.into_iter().map(|row| (row.application_id, row)).collect())
}

/// The applications that are talked about in these tickets.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn by_tickets(
    db: &Db,
    ids: &[TicketId],
) -> Result<HashMap<TicketId, ApplicationRow>, Fault> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let query = Select::new("SELECT body FROM applications WHERE ticket_id IN ")
        .values(ids.iter().map(ToString::to_string));
    let rows = read_rows::<ApplicationRow>(db, query.texts(db).await?).await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.ticket_id?, row))).collect())
}

/// The trading accounts for which this customer has applied and nobody else.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn only_of_customer(
    db: &Db,
    customer_id: CustomerId,
) -> Result<Vec<TradingAccountId>, Fault> {
    let customer_id = customer_id.to_string();
    let query = Select::new(
        "SELECT DISTINCT account_id FROM applications a WHERE account_id IS NOT NULL \
         AND customer_id = ",
    )
    .value(customer_id.clone())
    .sql(
        " AND NOT EXISTS (SELECT 1 FROM applications b WHERE b.account_id = a.account_id \
         AND b.customer_id <> ",
    )
    .value(customer_id)
    .sql(") ORDER BY account_id");
    let read = |id: String| {
        let bad_row = |_| Fault::Row { table: ApplicationRow::NAME, what: id.clone() };
        id.parse().map_err(bad_row)
    };
    query.texts(db).await?.into_iter().map(read).collect()
}

/// The application with this number, if there is one.
///
/// # Errors
/// [`Fault`] if it cannot be read.
pub async fn by_serial(db: &Db, serial: i64) -> Result<Option<ApplicationRow>, Fault> {
    let query = Select::new("SELECT body FROM applications WHERE serial = ").value(serial);
    Ok(read_rows::<ApplicationRow>(db, query.texts(db).await?).await?.pop())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_human_number_reads_back() {
        assert_eq!(human_number(123), "AP-000123");
        for serial in [1, 999_999, 1_234_567] {
            assert_eq!(serial_of(&human_number(serial)), Some(serial));
        }
        for bad in ["123", "AP-", "AP-12", "AP-00012x", "SD-000123", "AP-000000"] {
            assert_eq!(serial_of(bad), None, "{bad}");
        }
    }
}
