//! Whose token it is, found by the token's hash.

use serde::{Deserialize, Serialize};
use servicedesk_domain::Event;
use servicedesk_domain::access::{AccessEvent, ApiTokenId, Principal, Scope};
use servicedesk_domain::kernel::Moment;
use servicedesk_eventlog::bulk::{Column, Kind};
use servicedesk_eventlog::select::Select;
use servicedesk_eventlog::{Db, Recorded};
use uuid::Uuid;

use crate::fold::{Fault, Fold, Place, read_rows};
use crate::table::Index;

/// An API token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiTokenRow {
    /// The token's id.
    pub api_token_id: ApiTokenId,
    /// SHA-256 of the token, in lower-case hexadecimal.
    pub token_sha256: String,
    /// For whom it speaks.
    pub principal: Principal,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// From when on it is worth nothing.
    pub expires_at: Moment,
    /// What it is for.
    pub label: String,
    /// When it was made.
    pub issued_at: Moment,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Moment>,
}

impl ApiTokenRow {
    /// Whether the token is worth anything at this moment.
    pub fn is_valid_at(&self, now: Moment) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

impl Fold for ApiTokenRow {
    const NAME: &'static str = "api_tokens";
    const VERSION: i64 = 2;
    const COLUMNS: &'static [Column] = &[
        Column { name: "token_sha256", kind: Kind::Text },
        Column { name: "person_id", kind: Kind::Text },
    ];
    const INDEXES: &'static [Index] = &[
        Index { columns: "token_sha256", only_where: "" },
        Index { columns: "person_id", only_where: "" },
    ];
    type Row = Self;

    fn key(event: &Recorded) -> Option<Uuid> {
        matches!(event.event, Event::Access(_)).then_some(event.aggregate_id)
    }

    fn project(row: Option<Self>, event: &Recorded) -> Result<Self, Fault> {
        match (row, &event.event) {
            (
                None,
                Event::Access(AccessEvent::TokenIssued {
                    api_token_id,
                    token_sha256,
                    principal,
                    scopes,
                    expires_at,
                    label,
                }),
            ) => Ok(Self {
                api_token_id: *api_token_id,
                token_sha256: token_sha256.clone(),
                principal: *principal,
                scopes: scopes.clone(),
                expires_at: *expires_at,
                label: label.clone(),
                issued_at: event.metadata.occurred_at,
                revoked_at: None,
            }),
            (Some(row), Event::Access(AccessEvent::TokenRevoked)) => {
                Ok(Self { revoked_at: Some(event.metadata.occurred_at), ..row })
            }
            _ => Err(Fault::unprojectable(event, "does not follow on the token's last event")),
        }
    }

    fn places(row: &Self) -> Vec<Place> {
        let person_id = row.principal.uuid().to_string();
        let cells = vec![row.token_sha256.clone().into(), person_id.into()];
        vec![Place { part: String::new(), cells }]
    }
}

/// The token with this hash, whether it is worth anything or not.
///
/// # Errors
/// [`Fault`] if it cannot be read.
pub async fn by_hash(db: &Db, token_sha256: &str) -> Result<Option<ApiTokenRow>, Fault> {
    let query = Select::new("SELECT body FROM api_tokens WHERE token_sha256 = ")
        .value(token_sha256.to_owned());
    Ok(read_rows::<ApiTokenRow>(db, query.texts(db).await?).await?.pop())
}

/// The tokens of a person, in the order of ids.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn of_person(db: &Db, person: Principal) -> Result<Vec<ApiTokenRow>, Fault> {
    let query = Select::new("SELECT body FROM api_tokens WHERE person_id = ")
        .value(person.uuid().to_string())
        .sql(" ORDER BY id");
    read_rows::<ApiTokenRow>(db, query.texts(db).await?).await
}

/// Every token, in the order of ids.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn all(db: &Db) -> Result<Vec<ApiTokenRow>, Fault> {
    read_rows::<ApiTokenRow>(
        db,
        Select::new("SELECT body FROM api_tokens ORDER BY id").texts(db).await?,
    )
    .await
}
