//! Of each trading account the free advisors, the evidence, and from when one more can be granted
//! (F3, F4). What is asked at a moment follows from the row and that moment.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use servicedesk_domain::Event;
use servicedesk_domain::catalogue::BrokerId;
use servicedesk_domain::kernel::{Moment, Money};
use servicedesk_domain::licensing::TradingAccountId;
use servicedesk_domain::licensing::trading_account::events::{
    DepositShown, GrantBasis, Source, TradingAccountEvent,
};
use servicedesk_domain::licensing::trading_account::{TradingAccount, eligibility};
use servicedesk_eventlog::bulk::{Cell, Column, Kind};
use servicedesk_eventlog::reader::{self, Hidden, Slice};
use servicedesk_eventlog::select::Select;
use servicedesk_eventlog::{Db, Position, Recorded};
use uuid::Uuid;

use crate::fold::{Fault, Fold, Place, read_rows};
use crate::paging::{self, Side};
use crate::table::Index;
use crate::ticket::micros;

const AGGREGATE: &str = "trading_account";
const NOTHING_HIDDEN: &[&str] = &[];

/// A trading account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdvisorIntervalRow {
    /// Which account.
    pub account_id: TradingAccountId,
    /// As the rule sees it.
    pub account: TradingAccount,
    /// The position of its first event in the log.
    pub position: Position,
    /// When something was last recorded of it.
    pub updated_at: Moment,
    /// How many events it has.
    pub version: i64,
}

impl AdvisorIntervalRow {
    /// The deposit that counts.
    pub fn deposit(&self) -> Option<&DepositShown> {
        let confirmed =
            self.account.deposits.iter().filter(|shown| shown.source != Source::Customer);
        eligibility::last_of(confirmed)
    }

    /// Whether trading is shown since the last grant.
    pub fn is_traded(&self) -> bool {
        let since = self.account.last_grant().map(|last| last.granted_at);
        let until = Moment::MAX_UTC;
        since.is_some_and(|since| self.account.trading_since(since, until).is_some())
    }

    /// What of the deposit no held advisor needs, in each currency in which that can be said.
    pub fn spare(&self) -> [Option<Money>; 2] {
        let deposit = self.deposit();
        let amounts = [deposit.map(|shown| shown.amount), deposit.and_then(|shown| shown.worth)];
        amounts.map(|amount| {
            let amount = amount?;
            let needed = eligibility::needed(&self.account, &[], amount.currency)?;
            let cents = amount.cents.saturating_sub(needed.cents);
            Some(Money { cents, currency: amount.currency })
        })
    }

    /// Whether anything was granted on it against the rule (F8).
    pub fn has_override(&self) -> bool {
        let is_override = |basis: &GrantBasis| matches!(basis, GrantBasis::Override { .. });
        self.account.grants.iter().any(|granted| is_override(&granted.basis))
    }
}

impl Fold for AdvisorIntervalRow {
    const NAME: &'static str = "advisor_intervals";
    const VERSION: i64 = 2;
    const COLUMNS: &'static [Column] = &[
        Column { name: "broker_id", kind: Kind::Text },
        Column { name: "position", kind: Kind::Integer },
        Column { name: "month_passes_at", kind: Kind::Integer },
        Column { name: "is_traded", kind: Kind::Integer },
        Column { name: "has_override", kind: Kind::Integer },
        Column { name: "spare_currency", kind: Kind::Text },
        Column { name: "spare_cents", kind: Kind::Integer },
        Column { name: "worth_currency", kind: Kind::Text },
        Column { name: "worth_cents", kind: Kind::Integer },
    ];
    const INDEXES: &'static [Index] = &[
        Index { columns: "position", only_where: "" },
        Index { columns: "broker_id, position", only_where: "" },
        Index { columns: "month_passes_at", only_where: "is_traded = 1" },
    ];
    type Row = Self;

    fn key(event: &Recorded) -> Option<Uuid> {
        matches!(event.event, Event::TradingAccount(_)).then_some(event.aggregate_id)
    }

    fn project(row: Option<Self>, event: &Recorded) -> Result<Self, Fault> {
        let Event::TradingAccount(change) = &event.event else {
            return Err(Fault::unprojectable(event, "is not a trading account's"));
        };
        let is_first = matches!(change, TradingAccountEvent::Registered { .. });
        if is_first != row.is_none() {
            return Err(Fault::unprojectable(event, "an account is registered first, and once"));
        }
        let mut row = row.unwrap_or_else(|| Self {
            account_id: TradingAccountId::new(event.aggregate_id),
            account: TradingAccount::default(),
            position: event.position,
            updated_at: event.metadata.occurred_at,
            version: 0,
        });
        row.account.evolve(change.clone());
        row.updated_at = event.metadata.occurred_at;
        row.version = event.sequence;
        Ok(row)
    }

    fn places(row: &Self) -> Vec<Place> {
        let [spare, worth] = row.spare();
        let currency = |money: Option<Money>| Cell::from(money.map(|one| one.currency.to_string()));
        let cents = |money: Option<Money>| Cell::from(money.map(|one| one.cents));
        let broker_id = row.account.identity.as_ref().map(|known| known.broker_id.to_string());
        let month = row.account.last_grant().map(|last| micros(last.month_passes_at));
        let cells = vec![
            broker_id.into(),
            row.position.into(),
            month.into(),
            i64::from(row.is_traded()).into(),
            i64::from(row.has_override()).into(),
            currency(spare),
            cents(spare),
            currency(worth),
            cents(worth),
        ];
        vec![Place { part: String::new(), cells }]
    }
}

/// Which accounts are asked for; everything given must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// With this broker.
    pub broker_id: Option<BrokerId>,
    /// On which one more can be granted, or cannot.
    pub grantable: Option<Grantable>,
    /// On which something was granted against the rule, or nothing was.
    pub has_override: Option<bool>,
}

/// That one more advisor can be granted at a moment.
#[derive(Debug, Clone)]
pub struct Grantable {
    /// At which moment.
    pub at: Moment,
    /// What one more needs, in each currency in which that is said.
    pub minimum_deposits: Vec<Money>,
    /// Whether it can, or cannot.
    pub is_so: bool,
}

impl Filter {
    fn add_to(&self, query: Select) -> Select {
        let mut query = query.sql(" FROM advisor_intervals WHERE 1 = 1");
        if let Some(id) = self.broker_id {
            query = query.sql(" AND broker_id = ").value(id.to_string());
        }
        if let Some(has_override) = self.has_override {
            query = query.sql(" AND has_override = ").value(i64::from(has_override));
        }
        if let Some(grantable) = &self.grantable {
            query = query
                .sql(if grantable.is_so { " AND (" } else { " AND NOT (" })
                .sql("(is_traded = 1 AND month_passes_at <= ")
                .value(micros(grantable.at))
                .sql(")");
            for minimum in &grantable.minimum_deposits {
                for (currency, cents) in
                    [("spare_currency", "spare_cents"), ("worth_currency", "worth_cents")]
                {
                    // What is unknown is not enough.
                    query = query
                        .sql(&format!(" OR (COALESCE({currency}, '') = "))
                        .value(minimum.currency.to_string())
                        .sql(&format!(" AND COALESCE({cents}, -1) >= "))
                        .value(minimum.cents)
                        .sql(")");
                }
            }
            query = query.sql(")");
        }
        query
    }
}

/// One page of the accounts that fit, in the order in which they were first recorded.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn page(
    db: &Db,
    filter: &Filter,
    side: Side,
    limit: i64,
) -> Result<Vec<AdvisorIntervalRow>, Fault> {
    let query = filter.add_to(Select::new("SELECT body"));
    paging::page::<AdvisorIntervalRow>(db, query, side, limit).await
}

/// How many accounts fit.
///
/// # Errors
/// [`Fault`] if they cannot be counted.
pub async fn count(db: &Db, filter: &Filter) -> Result<i64, Fault> {
    Ok(filter.add_to(Select::new("SELECT COUNT(*)")).number(db).await?)
}

/// Those of these ids that there are.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn by_ids(
    db: &Db,
    ids: &[TradingAccountId],
) -> Result<HashMap<TradingAccountId, AdvisorIntervalRow>, Fault> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let query = Select::new("SELECT body FROM advisor_intervals WHERE id IN ")
        .values(ids.iter().map(ToString::to_string));
    let rows = read_rows::<AdvisorIntervalRow>(db, query.texts(db).await?).await?;
    Ok(rows.into_iter().map(|row| (row.account_id, row)).collect())
}

/// What was recorded of an account, in order, read from the log: up to `limit` events after one
/// sequence number and before another, or with a negative `limit` the last of them.
///
/// # Errors
/// [`Fault`] if it cannot be read.
pub async fn history(
    db: &Db,
    account_id: TradingAccountId,
    (after, before): (i64, i64),
    limit: i64,
) -> Result<Vec<Recorded>, Fault> {
    let hidden = Hidden { types: NOTHING_HIDDEN, positions: Vec::new() };
    let slice = Slice { after, before, hidden };
    Ok(reader::read_slice(db, AGGREGATE, account_id.uuid(), &slice, limit).await?)
}

/// The account as it stood at a moment, by what had been recorded until then; `None` if nothing
/// had.
///
/// # Errors
/// [`Fault`] if its events cannot be read or do not fit.
pub async fn as_of(
    db: &Db,
    account_id: TradingAccountId,
    moment: Moment,
) -> Result<Option<AdvisorIntervalRow>, Fault> {
    let events = reader::read_aggregate(db, AGGREGATE, account_id.uuid(), 0, i64::MAX).await?;
    let mut row = None;
    for event in events.iter().take_while(|event| event.metadata.recorded_at <= moment) {
        row = Some(AdvisorIntervalRow::project(row, event)?);
    }
    Ok(row)
}
