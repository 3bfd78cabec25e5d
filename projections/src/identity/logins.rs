//! Whose session it is, found by its token's hash, and what somebody's login looks like.

use std::collections::HashMap;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use servicedesk_domain::Event;
use servicedesk_domain::access::Principal;
use servicedesk_domain::identity::{LoginEvent, SessionId};
use servicedesk_domain::kernel::{Language, Moment, Personal};
use servicedesk_eventlog::bulk::{Column, Kind};
use servicedesk_eventlog::select::Select;
use servicedesk_eventlog::{Db, Recorded};
use uuid::Uuid;

use crate::fold::{Fault, Fold, Place, read_rows};
use crate::table::Index;

/// A person's login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginRow {
    /// The person.
    pub person: Principal,
    /// The address that the person logs in with.
    pub address: Personal<String>,
    /// The language in which the person is written to.
    pub language: Language,
    /// The person's time zone.
    pub time_zone: Tz,
    /// The sessions that were not ended, the oldest first.
    pub sessions: Vec<SessionRow>,
}

/// A session that was not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRow {
    /// The session.
    pub session_id: SessionId,
    /// SHA-256 of its token, in lower-case hexadecimal.
    pub token_sha256: String,
    /// What the client said of itself.
    pub device: Personal<String>,
    /// When it began.
    pub started_at: Moment,
}

impl LoginRow {
    fn opened(
        person: Principal,
        address: &Personal<String>,
        language: Language,
        time_zone: Tz,
    ) -> Self {
        Self { person, address: address.clone(), language, time_zone, sessions: Vec::new() }
    }
}

impl Fold for LoginRow {
    const NAME: &'static str = "logins";
    const VERSION: i64 = 3;
    const COLUMNS: &'static [Column] = &[
        Column { name: "token_sha256", kind: Kind::Text },
        Column { name: "search_text", kind: Kind::Text },
    ];
    const INDEXES: &'static [Index] =
        &[Index { columns: "token_sha256", only_where: "token_sha256 <> ''" }];
    type Row = Self;

    fn key(event: &Recorded) -> Option<Uuid> {
        match &event.event {
            // Who was invited cannot log in yet.
            Event::Login(LoginEvent::Invited { .. }) => None,
            Event::Login(_) => Some(event.aggregate_id),
            _ => None,
        }
    }

    fn project(row: Option<Self>, event: &Recorded) -> Result<Self, Fault> {
        let misplaced = || Fault::unprojectable(event, "does not follow on the login's last event");
        let Event::Login(news) = &event.event else { return Err(misplaced()) };
        let mut row = match (row, news) {
            (None, LoginEvent::Opened { customer_id, address, language, time_zone, .. }) => {
                let person = (*customer_id).into();
                return Ok(Self::opened(person, address, *language, *time_zone));
            }
            (None, LoginEvent::OpenedOnInvitation { person, address, language, time_zone, .. }) => {
                return Ok(Self::opened(*person, address, *language, *time_zone));
            }
            (Some(row), _) => row,
            (None, _) => return Err(misplaced()),
        };
        match news {
            LoginEvent::Opened { .. }
            | LoginEvent::OpenedOnInvitation { .. }
            | LoginEvent::Invited { .. } => return Err(misplaced()),
            LoginEvent::SessionStarted { session_id, token_sha256, device } => {
                row.sessions.push(SessionRow {
                    session_id: *session_id,
                    token_sha256: token_sha256.clone(),
                    device: device.clone(),
                    started_at: event.metadata.occurred_at,
                });
            }
            LoginEvent::SessionEnded { session_id, .. } => {
                row.sessions.retain(|session| session.session_id != *session_id);
            }
            LoginEvent::PasswordChanged { kept_session_id, .. } => {
                row.sessions.retain(|session| Some(session.session_id) == *kept_session_id);
            }
            LoginEvent::PasswordReset { .. } => row.sessions.clear(),
            LoginEvent::Closed => {
                row.address = Personal::erased(row.person);
                row.sessions.clear();
            }
        }
        Ok(row)
    }

    /// One place for the person, by which their address is searched, and one for each session.
    fn places(row: &Self) -> Vec<Place> {
        let no_text = || String::new().into();
        let of_person = Place { part: String::new(), cells: vec![no_text(), no_text()] };
        let of_sessions = row.sessions.iter().map(|session| Place {
            part: session.session_id.to_string(),
            cells: vec![session.token_sha256.clone().into(), String::new().into()],
        });
        std::iter::once(of_person).chain(of_sessions).collect()
    }

    const SEARCHED_OF: Option<&'static str> = Some("id");

    fn searched(row: &Self) -> Option<&Personal<String>> {
        Some(&row.address)
    }
}

/// The session whose token has this hash, and whose it is.
///
/// # Errors
/// [`Fault`] if it cannot be read.
pub async fn by_hash(
    db: &Db,
    token_sha256: &str,
) -> Result<Option<(Principal, SessionRow)>, Fault> {
    // The place of the person has no token.
    if token_sha256.is_empty() {
        return Ok(None);
    }
    let query = Select::new("SELECT body FROM logins WHERE token_sha256 <> '' AND token_sha256 = ")
        .value(token_sha256.to_owned());
    let row = read_rows::<LoginRow>(db, query.texts(db).await?).await?.pop();
    Ok(row.and_then(|row| {
        let of_token = |session: &SessionRow| session.token_sha256 == token_sha256;
        Some((row.person, row.sessions.into_iter().find(of_token)?))
    }))
}

/// The login of a person, if they have one.
///
/// # Errors
/// [`Fault`] if it cannot be read.
pub async fn of_person(db: &Db, person: Principal) -> Result<Option<LoginRow>, Fault> {
    let query = Select::new("SELECT body FROM logins WHERE part = '' AND id = ")
        .value(person.uuid().to_string());
    Ok(read_rows::<LoginRow>(db, query.texts(db).await?).await?.pop())
}

/// The address that each of these persons logs in with; those without a login are left out.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn addresses(db: &Db, ids: &[Uuid]) -> Result<HashMap<Uuid, Personal<String>>, Fault> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let query = Select::new("SELECT body FROM logins WHERE part = '' AND id IN ")
        .values(ids.iter().map(ToString::to_string));
    let rows = read_rows::<LoginRow>(db, query.texts(db).await?).await?;
    Ok(rows.into_iter().map(|row| (row.person.uuid(), row.address)).collect())
}
