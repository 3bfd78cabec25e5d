//! Which versions of a product there are to download (R3).

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};
use servicedesk_domain::Event;
use servicedesk_domain::catalogue::ProductId;
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::licensing::release::ReleaseFile;
use servicedesk_domain::licensing::release::version::VersionOrder;
use servicedesk_domain::licensing::{ReleaseEvent, ReleaseId};
use servicedesk_eventlog::bulk::{Column, Kind};
use servicedesk_eventlog::select::Select;
use servicedesk_eventlog::{Db, Recorded};
use uuid::Uuid;

use crate::fold::{Fault, Fold, Place, read_rows};
use crate::table::Index;

/// A version of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseRow {
    /// The release.
    pub release_id: ReleaseId,
    /// Of which product.
    pub product_id: ProductId,
    /// The version.
    pub version: String,
    /// What is new in it.
    pub notes: String,
    /// Its file.
    pub file: ReleaseFile,
    /// From when it can be downloaded; none while its file is awaited.
    pub published_at: Option<Moment>,
    /// How it was withdrawn, if it was.
    pub withdrawal: Option<Withdrawal>,
    /// The position of its publishing in the log; until then, of its announcement.
    position: i64,
}

/// How a release was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// From when it is downloaded no more.
    pub at: Moment,
    /// Why.
    pub reason: String,
}

impl ReleaseRow {
    /// Whether it can be downloaded.
    pub const fn is_offered(&self) -> bool {
        self.published_at.is_some() && self.withdrawal.is_none()
    }
}

impl Fold for ReleaseRow {
    const NAME: &'static str = "releases";
    const VERSION: i64 = 1;
    const COLUMNS: &'static [Column] = &[
        Column { name: "product_id", kind: Kind::Text },
        Column { name: "is_offered", kind: Kind::Integer },
        Column { name: "position", kind: Kind::Integer },
    ];
    const INDEXES: &'static [Index] = &[Index { columns: "product_id, position", only_where: "" }];
    type Row = Self;

    fn key(event: &Recorded) -> Option<Uuid> {
        matches!(event.event, Event::Release(_)).then_some(event.aggregate_id)
    }

    fn project(row: Option<Self>, event: &Recorded) -> Result<Self, Fault> {
        match (row, &event.event) {
            (_, Event::Release(ReleaseEvent::Announced { product_id, version, notes, file })) => {
                Ok(Self {
                    release_id: ReleaseId::new(event.aggregate_id),
                    product_id: *product_id,
                    version: version.clone(),
                    notes: notes.clone(),
                    file: file.clone(),
                    published_at: None,
                    withdrawal: None,
                    position: event.position,
                })
            }
            (Some(row), Event::Release(ReleaseEvent::Published { published_at })) => {
                let (published_at, position) = (Some(*published_at), event.position);
                Ok(Self { published_at, position, ..row })
            }
            (Some(row), Event::Release(ReleaseEvent::Withdrawn { reason, withdrawn_at })) => {
                let withdrawal = Some(Withdrawal { at: *withdrawn_at, reason: reason.clone() });
                Ok(Self { withdrawal, ..row })
            }
            _ => Err(Fault::unprojectable(event, "does not follow on the release's last event")),
        }
    }

    fn places(row: &Self) -> Vec<Place> {
        vec![Place {
            part: String::new(),
            cells: vec![
                row.product_id.to_string().into(),
                i64::from(row.is_offered()).into(),
                row.position.into(),
            ],
        }]
    }
}

/// Which releases a list is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that can be downloaded.
    Offered,
    /// Those whose file is awaited and those that were withdrawn as well.
    All,
}

/// How many releases of a product are compared; the ones published last.
const MAX_COMPARED: i64 = 1_000;

/// A product's releases, the newest first: by the order of their versions, and of equal ones by when
/// they were published. Previews come after all others.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn of_product(
    db: &Db,
    product_id: ProductId,
    which: Which,
    limit: usize,
) -> Result<Vec<ReleaseRow>, Fault> {
    let query =
        Select::new("SELECT body FROM releases WHERE product_id = ").value(product_id.to_string());
    let query = match which {
        Which::Offered => query.sql(" AND is_offered = 1"),
        Which::All => query,
    };
    let query = query.sql(" ORDER BY position DESC LIMIT ").value(MAX_COMPARED);
    let mut rows = read_rows::<ReleaseRow>(db, query.texts(db).await?).await?;
    // Stable: of equal versions the one published last stays first.
    rows.sort_by_cached_key(|row| {
        let version = VersionOrder::of(&row.version);
        (version.is_preview(), Reverse(version))
    });
    rows.truncate(limit);
    Ok(rows)
}

/// The release with this id.
///
/// # Errors
/// [`Fault`] if it cannot be read.
pub async fn by_id(db: &Db, release_id: ReleaseId) -> Result<Option<ReleaseRow>, Fault> {
    let query = Select::new("SELECT body FROM releases WHERE id = ").value(release_id.to_string());
    Ok(read_rows::<ReleaseRow>(db, query.texts(db).await?).await?.into_iter().next())
}
