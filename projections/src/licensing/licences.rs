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

/// A licence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Licences {
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
    /// Where its granting stands in the log.
    pub position: Position,
    /// How it was revoked, if it was.
    pub revocation: Option<Revocation>,
}

/// How a licence was revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// From when it is not valid.
    pub at: Moment,
    /// Why.
    pub reason: Personal<String>,
}

impl Licences {
    /// Whether it is valid at a moment.
    pub fn is_valid_at(&self, moment: Moment) -> bool {
        self.valid_from <= moment
            && self.valid_until.is_none_or(|until| moment < until)
            && self.revocation.as_ref().is_none_or(|revocation| moment < revocation.at)
    }
}

impl Fold for Licences {
    const NAME: &'static str = "licences";
    const VERSION: i64 = 2;
    const COLUMNS: &'static [Column] = &[
        Column { name: "customer_id", kind: Kind::Text },
        Column { name: "position", kind: Kind::Integer },
    ];
    const INDEXES: &'static [Index] = &[
        Index { columns: "customer_id, position", only_where: "" },
        Index { columns: "position", only_where: "" },
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
            }),
            (Some(row), Event::Licence(LicenceEvent::Revoked { revoked_at, reason, .. })) => {
                let revocation = Some(Revocation { at: *revoked_at, reason: reason.clone() });
                Ok(Self { revocation, ..row })
            }
            _ => Err(Fault::unprojectable(event, "does not follow on the licence's last event")),
        }
    }

    fn places(row: &Self) -> Vec<Place> {
        vec![Place {
            part: String::new(),
            cells: vec![row.customer_id.to_string().into(), row.position.into()],
        }]
    }
}

/// Those of these ids that there are.
///
/// # Errors
/// [`Fault`], where they cannot be read.
pub async fn by_ids(db: &Db, ids: &[LicenceId]) -> Result<HashMap<LicenceId, Licences>, Fault> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let query = Select::new("SELECT body FROM licences WHERE id IN ")
        .values(ids.iter().map(ToString::to_string));
    let rows = read_rows::<Licences>(query.texts(db).await?)?;
    Ok(rows.into_iter().map(|row| (row.licence_id, row)).collect())
}

/// One page of all licences, or of one customer's, in the order in which they were granted.
///
/// # Errors
/// [`Fault`], where they cannot be read.
pub async fn page(
    db: &Db,
    customer_id: Option<CustomerId>,
    side: Side,
    limit: i64,
) -> Result<Vec<Licences>, Fault> {
    paging::page::<Licences>(db, found("SELECT body", customer_id), side, limit).await
}

/// How many licences there are, or one customer has.
///
/// # Errors
/// [`Fault`], where they cannot be counted.
pub async fn count(db: &Db, customer_id: Option<CustomerId>) -> Result<i64, Fault> {
    Ok(found("SELECT COUNT(*)", customer_id).number(db).await?)
}

fn found(select: &str, customer_id: Option<CustomerId>) -> Select {
    let query = Select::new(select).sql(" FROM licences WHERE 1 = 1");
    match customer_id {
        Some(id) => query.sql(" AND customer_id = ").value(id.to_string()),
        None => query,
    }
}
