//! Which licences there are: whose, for which product, and until when.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use servicedesk_domain::Event;
use servicedesk_domain::catalogue::ProductId;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::kernel::{Moment, Personal};
use servicedesk_domain::licensing::{
    AccountNumber, ApplicationId, LicenceEvent, LicenceId, LicenceKind,
};
use servicedesk_eventlog::bulk::{Column, Kind};
use servicedesk_eventlog::select::Select;
use servicedesk_eventlog::{Db, Position, Recorded};
use uuid::Uuid;

use crate::fold::{Fault, Fold, Place, read_rows};
use crate::paging::{self, Side};
use crate::table::Index;
use crate::ticket::micros;

/// What stands for: nothing of its end was noticed.
const NOTHING_NOTICED: i64 = 1 << 20;
/// Licences of whose end something is still to be noticed.
const WATCHED: &str = "noticed_days > 0 AND is_revoked = 0";

/// A licence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenceRow {
    /// The licence.
    pub licence_id: LicenceId,
    /// Whose it is.
    pub customer_id: CustomerId,
    /// For which product.
    pub product_id: ProductId,
    /// On which terms.
    pub kind: LicenceKind,
    /// From when it is valid.
    pub valid_from: Moment,
    /// Until when; none: without end.
    pub valid_until: Option<Moment>,
    /// The trading accounts that its key is bound to.
    pub account_numbers: Personal<Vec<AccountNumber>>,
    /// The application that it was granted for, if it was one.
    pub application_id: Option<ApplicationId>,
    /// When it was granted.
    pub granted_at: Moment,
    /// The position of its granting in the log.
    pub position: Position,
    /// How it was revoked, if it was.
    pub revocation: Option<Revocation>,
    /// Every key that was issued, the last one last.
    pub keys: Vec<Key>,
    /// Keys before this number are bound to what the licence is bound to no more.
    pub least_number: u16,
    /// So many days before its end was last noticed; 0: that it has ended.
    pub noticed_days: Option<u16>,
    /// The link by which its product is downloaded, the last one.
    pub link: Option<Link>,
}

/// A link by which a licence's product is downloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Its number within the licence.
    pub number: u32,
    /// Until when it is good.
    pub expires_at: Moment,
    /// How many downloads were begun by it.
    pub uses: u32,
}

/// A key that was issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Its number within the licence.
    pub number: u16,
    /// By which of the vendor's signing keys.
    pub signing_key: u16,
    /// The key as it is pasted.
    pub key: Personal<String>,
    /// When it was issued.
    pub issued_at: Moment,
}

/// How a licence stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It has not begun yet.
    Upcoming,
    /// It is valid.
    Valid,
    /// It is valid, and comes to its end.
    Expiring,
    /// It has ended.
    Expired,
    /// It was revoked.
    Revoked,
}

/// Which licences a list is of.
#[derive(Debug, Clone, Default)]
pub struct Which {
    /// Only this customer's.
    pub customer_id: Option<CustomerId>,
    /// In one of these states; empty: any.
    pub states: Vec<State>,
    /// Only those that end before this.
    pub ends_before: Option<Moment>,
    /// Now.
    pub now: Moment,
    /// Until when a licence that ends comes to its end.
    pub expiring_until: Moment,
}

/// How a licence was revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// From when it is not valid.
    pub at: Moment,
    /// Why.
    pub reason: Personal<String>,
}

impl LicenceRow {
    /// Whether it is valid at a moment.
    pub fn is_valid_at(&self, moment: Moment) -> bool {
        self.valid_from <= moment
            && self.valid_until.is_none_or(|until| moment < until)
            && self.revocation.as_ref().is_none_or(|revocation| moment < revocation.at)
    }
}

impl LicenceRow {
    /// How it stands at a moment; one that ends until the other moment comes to its end.
    pub fn state_at(&self, now: Moment, expiring_until: Moment) -> State {
        if self.revocation.is_some() {
            State::Revoked
        } else if self.valid_until.is_some_and(|until| until <= now) {
            State::Expired
        } else if now < self.valid_from {
            State::Upcoming
        } else if self.valid_until.is_some_and(|until| until <= expiring_until) {
            State::Expiring
        } else {
            State::Valid
        }
    }

    /// Whether a key is bound to what the licence is bound to no more.
    pub const fn is_replaced(&self, key: &Key) -> bool {
        key.number < self.least_number
    }

    fn change(mut self, event: &LicenceEvent, at: Moment) -> Self {
        match event {
            LicenceEvent::KeyIssued { number, signing_key, key, .. } => self.keys.push(Key {
                number: *number,
                signing_key: *signing_key,
                key: key.clone(),
                issued_at: at,
            }),
            LicenceEvent::Rebound { account_numbers, .. } => {
                self.account_numbers = account_numbers.clone();
                // The key that says so is the next one that is issued.
                self.least_number = self.keys.last().map_or(1, |key| key.number + 1);
            }
            LicenceEvent::Renewed { valid_until, .. } => {
                self.valid_until = Some(*valid_until);
                self.noticed_days = None;
            }
            LicenceEvent::Expiring { days, .. } => self.noticed_days = Some(*days),
            LicenceEvent::Expired { .. } => self.noticed_days = Some(0),
            LicenceEvent::Revoked { revoked_at, reason, .. } => {
                self.revocation = Some(Revocation { at: *revoked_at, reason: reason.clone() });
            }
            LicenceEvent::LinkIssued { number, expires_at, .. } => {
                self.link = Some(Link { number: *number, expires_at: *expires_at, uses: 0 });
            }
            LicenceEvent::LinkUsed { number, .. } => {
                if let Some(link) = self.link.as_mut().filter(|link| link.number == *number) {
                    link.uses = link.uses.saturating_add(1);
                }
            }
            LicenceEvent::KeyChecked { .. } | LicenceEvent::Granted { .. } => {}
        }
        self
    }
}

impl Fold for LicenceRow {
    const NAME: &'static str = "licences";
    const VERSION: i64 = 2;
    const COLUMNS: &'static [Column] = &[
        Column { name: "customer_id", kind: Kind::Text },
        Column { name: "position", kind: Kind::Integer },
        Column { name: "starts_at", kind: Kind::Integer },
        Column { name: "ends_at", kind: Kind::Integer },
        Column { name: "is_revoked", kind: Kind::Integer },
        Column { name: "noticed_days", kind: Kind::Integer },
    ];
    const INDEXES: &'static [Index] = &[
        Index { columns: "customer_id, position", only_where: "" },
        Index { columns: "position", only_where: "" },
        Index { columns: "ends_at", only_where: WATCHED },
        Index { columns: "ends_at, position", only_where: "" },
    ];
    type Row = Self;

    fn key(event: &Recorded) -> Option<Uuid> {
        matches!(event.event, Event::Licence(_)).then_some(event.aggregate_id)
    }

    fn project(row: Option<Self>, event: &Recorded) -> Result<Self, Fault> {
        match (row, &event.event) {
            (
                None,
                Event::Licence(LicenceEvent::Granted {
                    customer_id,
                    product_id,
                    kind,
                    valid_from,
                    valid_until,
                    account_numbers,
                    application_id,
                    time_zone: _,
                }),
            ) => Ok(Self {
                licence_id: LicenceId::new(event.aggregate_id),
                customer_id: *customer_id,
                product_id: *product_id,
                kind: *kind,
                valid_from: *valid_from,
                valid_until: *valid_until,
                account_numbers: account_numbers.clone(),
                application_id: *application_id,
                granted_at: event.metadata.occurred_at,
                position: event.position,
                revocation: None,
                keys: Vec::new(),
                least_number: 1,
                noticed_days: None,
                link: None,
            }),
            (Some(_), Event::Licence(LicenceEvent::Granted { .. })) => {
                Err(Fault::unprojectable(event, "a licence is granted once"))
            }
            (Some(row), Event::Licence(change)) => {
                Ok(row.change(change, event.metadata.occurred_at))
            }
            _ => Err(Fault::unprojectable(event, "does not follow on the licence's last event")),
        }
    }

    fn places(row: &Self) -> Vec<Place> {
        vec![Place {
            part: String::new(),
            cells: vec![
                row.customer_id.to_string().into(),
                row.position.into(),
                micros(row.valid_from).into(),
                row.valid_until.map_or(i64::MAX, micros).into(),
                i64::from(row.revocation.is_some()).into(),
                row.noticed_days.map_or(NOTHING_NOTICED, i64::from).into(),
            ],
        }]
    }
}

/// Those of these ids that there are.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn by_ids(db: &Db, ids: &[LicenceId]) -> Result<HashMap<LicenceId, LicenceRow>, Fault> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let query = Select::new("SELECT body FROM licences WHERE id IN ")
        .values(ids.iter().map(ToString::to_string));
    let rows = read_rows::<LicenceRow>(db, query.texts(db).await?).await?;
    Ok(rows.into_iter().map(|row| (row.licence_id, row)).collect())
}

/// Those that end until a moment, of which it was not noticed yet that they do in so many days.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn ending(
    db: &Db,
    until: Moment,
    days: u16,
    limit: i64,
) -> Result<Vec<LicenceId>, Fault> {
    let query = Select::new("SELECT id FROM licences WHERE ")
        .sql(WATCHED)
        .sql(" AND noticed_days > ")
        .value(i64::from(days))
        .sql(" AND ends_at <= ")
        .value(micros(until))
        .sql(" ORDER BY ends_at LIMIT ")
        .value(limit);
    let parse = |id: String| {
        let wrong =
            |error: uuid::Error| Fault::Row { table: LicenceRow::NAME, what: error.to_string() };
        id.parse().map_err(wrong)
    };
    query.texts(db).await?.into_iter().map(parse).collect()
}

/// One page of licences, in the order in which they were granted.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn page(
    db: &Db,
    which: &Which,
    side: Side,
    limit: i64,
) -> Result<Vec<LicenceRow>, Fault> {
    paging::page::<LicenceRow>(db, found("SELECT body", which), side, limit).await
}

/// How many licences there are.
///
/// # Errors
/// [`Fault`] if they cannot be counted.
pub async fn count(db: &Db, which: &Which) -> Result<i64, Fault> {
    Ok(found("SELECT COUNT(*)", which).number(db).await?)
}

fn found(select: &str, which: &Which) -> Select {
    let mut query = Select::new(select).sql(" FROM licences WHERE 1 = 1");
    if let Some(id) = which.customer_id {
        query = query.sql(" AND customer_id = ").value(id.to_string());
    }
    if let Some(before) = which.ends_before {
        query = query.sql(" AND ends_at < ").value(micros(before));
    }
    for (index, state) in which.states.iter().enumerate() {
        query = query.sql(if index == 0 { " AND (" } else { " OR " });
        query = is_in(query, *state, micros(which.now), micros(which.expiring_until));
    }
    if which.states.is_empty() { query } else { query.sql(")") }
}

/// The condition that a licence is in a state.
fn is_in(query: Select, state: State, now: i64, expiring_until: i64) -> Select {
    let begun = |query: Select| {
        query.sql("(is_revoked = 0 AND starts_at <= ").value(now).sql(" AND ends_at > ")
    };
    let query = match state {
        State::Revoked => query.sql("(is_revoked = 1"),
        State::Expired => query.sql("(is_revoked = 0 AND ends_at <= ").value(now),
        State::Upcoming => {
            let query = query.sql("(is_revoked = 0 AND starts_at > ").value(now);
            query.sql(" AND ends_at > ").value(now)
        }
        State::Expiring => begun(query).value(now).sql(" AND ends_at <= ").value(expiring_until),
        State::Valid => begun(query).value(expiring_until),
    };
    query.sql(")")
}
