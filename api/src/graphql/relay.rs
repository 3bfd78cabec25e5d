//! Relay's conventions: opaque global ids, positions, and pages with keyset cursors, which stay
//! good while rows arrive.

use std::fmt::Display;
use std::str::FromStr;

use async_graphql::connection::{Connection, Edge, EmptyFields};
use async_graphql::{
    ID, InputObject, InputValueError, InputValueResult, OutputType, Scalar, ScalarType,
    SimpleObject, Value,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use servicedesk_domain::kernel::{AmountProblem, Entity, Id};
use servicedesk_eventlog::Position;
use servicedesk_projections::paging::{IdSide, Side};
use uuid::Uuid;

use servicedesk_service::error::ApiError;

/// How many entries a page has if nobody says.
pub const USUAL_PAGE: usize = 50;
/// The most entries of a page.
pub const MAX_PER_PAGE: usize = 100;

/// The opaque global id of something.
pub fn global_id<E: Entity>(id: Id<E>) -> ID {
    ID(URL_SAFE_NO_PAD.encode(format!("{}:{id}", E::NAME)))
}

/// The opaque global id of something that is no entity of the rules.
pub fn id_named(name: &str, uuid: Uuid) -> ID {
    ID(URL_SAFE_NO_PAD.encode(format!("{name}:{uuid}")))
}

/// The global id of a part of something, for example of an entry of a timeline. It names the whole,
/// too, so that the part is found without an index of its own.
pub fn part_id(name: &str, whole: Uuid, part: impl Display) -> ID {
    ID(URL_SAFE_NO_PAD.encode(format!("{name}:{whole}/{part}")))
}

/// Reads the global id of a part that has this name: the whole and the part.
///
/// # Errors
/// `BadUserInput` if it is not such an id.
pub fn parse_part<P: FromStr>(id: &ID, name: &str) -> Result<(Uuid, P), ApiError> {
    let wrong = || ApiError::BadUserInput(format!("{:?} is no id of the type {name}", id.0));
    let (of, path) = split_id(id).ok_or_else(wrong)?;
    let (whole, part) = path.split_once('/').filter(|_| of == name).ok_or_else(wrong)?;
    Ok((whole.parse().map_err(|_| wrong())?, part.parse().map_err(|_| wrong())?))
}

/// Reads a global id of an `E`.
///
/// # Errors
/// `BadUserInput` if it is no global id, or one of something else.
pub fn parse_id<E: Entity>(id: &ID) -> Result<Id<E>, ApiError> {
    let wrong = || ApiError::BadUserInput(format!("{:?} is no id of the type {}", id.0, E::NAME));
    let (name, uuid) = split_id(id).ok_or_else(wrong)?;
    if name == E::NAME { uuid.parse().map_err(|_| wrong()) } else { Err(wrong()) }
}

/// The type name and what identifies the thing in a global id.
pub fn split_id(id: &ID) -> Option<(String, String)> {
    let bytes = URL_SAFE_NO_PAD.decode(id.as_bytes()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (name, uuid) = text.split_once(':')?;
    Some((name.to_owned(), uuid.to_owned()))
}

/// A position in the event log. Opaque, but for this: what is recorded later has a larger one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct EventPosition(pub Position);

/// A position in the event log, as a text. What is recorded later has a larger one. Give it as
/// `consistentWith` to a query, or as `afterPosition` to a subscription.
#[Scalar]
impl ScalarType for EventPosition {
    fn parse(value: Value) -> InputValueResult<Self> {
        let position = match &value {
            Value::String(text) => text.parse::<Position>().ok(),
            Value::Number(number) => number.as_i64(),
            _ => None,
        };
        match position {
            Some(position) if position >= 0 => Ok(Self(position)),
            _ => Err(InputValueError::custom("a position is a whole number from 0, as a text")),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// The arguments of a page, as clients give them.
#[derive(Debug, Clone, Default)]
pub struct PageArgs {
    /// Only what comes after this cursor.
    pub after: Option<String>,
    /// Only what comes before this cursor.
    pub before: Option<String>,
    /// Page size from the start.
    pub first: Option<i32>,
    /// The last so many.
    pub last: Option<i32>,
}

/// A page to read: so many from a cursor, forwards or backwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageRequest<C> {
    /// What comes next.
    Forward {
        /// After this cursor, or from the beginning.
        after: Option<C>,
        /// So many.
        count: usize,
    },
    /// What comes before.
    Backward {
        /// Before this cursor, or from the end.
        before: Option<C>,
        /// So many.
        count: usize,
    },
}

impl PageArgs {
    /// Reads the arguments.
    ///
    /// # Errors
    /// `BadUserInput` for sizes outside 0 to 100, a cursor that is none, or both directions at
    /// once.
    pub fn read<C: DeserializeOwned>(&self) -> Result<PageRequest<C>, ApiError> {
        match self {
            Self { first: Some(_), last: Some(_), .. }
            | Self { after: Some(_), before: Some(_), .. }
            | Self { first: Some(_), before: Some(_), .. }
            | Self { last: Some(_), after: Some(_), .. } => Err(ApiError::BadUserInput(
                "a page is asked for with first and after, or with last and before".to_owned(),
            )),
            Self { last: None, before: None, after, first } => Ok(PageRequest::Forward {
                after: after.as_deref().map(decode_cursor).transpose()?,
                count: page_size(*first)?,
            }),
            Self { before, last, .. } => Ok(PageRequest::Backward {
                before: before.as_deref().map(decode_cursor).transpose()?,
                count: page_size(*last)?,
            }),
        }
    }
}

fn page_size(size: Option<i32>) -> Result<usize, ApiError> {
    let Some(size) = size else { return Ok(USUAL_PAGE) };
    match usize::try_from(size) {
        Ok(size) if size <= MAX_PER_PAGE => Ok(size),
        _ => Err(ApiError::BadUserInput(format!("a page has 0 to {MAX_PER_PAGE} entries"))),
    }
}

impl<C> PageRequest<C> {
    /// How many rows to read: one more than asked for tells whether there are more.
    pub fn limit(&self) -> i64 {
        i64::try_from(self.count() + 1).unwrap_or(i64::MAX)
    }

    fn count(&self) -> usize {
        match self {
            Self::Forward { count, .. } | Self::Backward { count, .. } => *count,
        }
    }

    /// Makes a page of the rows that were read, which stand in the list's order.
    ///
    /// # Errors
    /// `Internal` if a cursor cannot be written.
    pub fn page<Row, N: OutputType, X: async_graphql::ObjectType>(
        &self,
        mut rows: Vec<Row>,
        fields: X,
        cursor: impl Fn(&Row) -> C,
        node: impl Fn(Row) -> N,
    ) -> Result<Connection<String, N, X>, ApiError>
    where
        C: Serialize,
    {
        let surplus = rows.len().saturating_sub(self.count());
        let (has_previous, has_next) = match self {
            Self::Forward { after, .. } => {
                rows.truncate(self.count());
                (after.is_some(), surplus > 0)
            }
            Self::Backward { before, .. } => {
                rows.drain(..surplus);
                (surplus > 0, before.is_some())
            }
        };
        let mut connection = Connection::with_additional_fields(has_previous, has_next, fields);
        for row in rows {
            let cursor = encode_cursor(&cursor(&row))?;
            let edge: Edge<String, N, EmptyFields> = Edge::new(cursor, node(row));
            connection.edges.push(edge);
        }
        Ok(connection)
    }
}

/// The side from which a page is read of what is in the order of the log.
pub fn side(request: &PageRequest<Position>) -> Side {
    match request {
        PageRequest::Forward { after, .. } => Side::After(*after),
        PageRequest::Backward { before, .. } => Side::Before(*before),
    }
}

/// The same of what is in the order of ids.
pub fn id_side(request: &PageRequest<Uuid>) -> IdSide {
    match request {
        PageRequest::Forward { after, .. } => IdSide::After(*after),
        PageRequest::Backward { before, .. } => IdSide::Before(*before),
    }
}

fn encode_cursor<C: Serialize>(cursor: &C) -> Result<String, ApiError> {
    let json = serde_json::to_vec(cursor).map_err(|error| ApiError::internal(&error))?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

fn decode_cursor<C: DeserializeOwned>(cursor: &str) -> Result<C, ApiError> {
    let wrong = || ApiError::BadUserInput(format!("{cursor:?} is not a cursor of this list"));
    let json = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong())?;
    serde_json::from_slice(&json).map_err(|_| wrong())
}

/// What a list of this size costs (`first` or `last`, else the usual), given what one entry costs.
pub fn list_cost(first: Option<i32>, last: Option<i32>, entry: usize) -> usize {
    let size = first.or(last).and_then(|size| usize::try_from(size).ok()).unwrap_or(USUAL_PAGE);
    size.min(MAX_PER_PAGE).saturating_mul(entry).saturating_add(1)
}

/// An amount of money: never a floating-point number.
#[derive(Debug, Clone, SimpleObject)]
pub struct Money {
    /// The amount as a decimal text, for example `12.50`.
    pub amount: String,
    /// The ISO 4217 code of the currency, for example `USD`.
    pub currency: String,
}

impl From<servicedesk_domain::kernel::Money> for Money {
    fn from(money: servicedesk_domain::kernel::Money) -> Self {
        Self { amount: money.decimal(), currency: money.currency.to_string() }
    }
}

/// An amount of money that a caller names.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct MoneyInput {
    /// The amount as a decimal text with at most the decimals of its currency, for example `12.50`.
    pub amount: String,
    /// The ISO 4217 code of the currency, for example `USD`.
    pub currency: String,
}

impl MoneyInput {
    /// The amount, as far as it is one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(&self) -> Result<servicedesk_domain::kernel::Money, AmountProblem> {
        servicedesk_domain::kernel::Money::parse(&self.amount, &self.currency)
    }
}

/// A calendar month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Month(pub servicedesk_domain::kernel::Month);

/// A calendar month in the vendor's time zone, for example `2026-10`.
#[Scalar]
impl ScalarType for Month {
    fn parse(value: Value) -> InputValueResult<Self> {
        let month = match &value {
            Value::String(text) => text.parse().ok().map(Self),
            _ => None,
        };
        month.ok_or_else(|| InputValueError::custom("a month is a text such as 2026-10"))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

#[cfg(test)]
mod tests {
    use servicedesk_domain::catalogue::ProductId;
    use servicedesk_domain::ticket::TicketId;

    use super::*;

    #[test]
    fn a_global_id_names_its_type() {
        let id = TicketId::named("one");
        assert_eq!(parse_id(&global_id(id)), Ok(id));
        let of_product = global_id(ProductId::named("one"));
        assert!(parse_id::<servicedesk_domain::ticket::Ticket>(&of_product).is_err());
        for bad in ["", "!", "VGlja2V0", &id.to_string()] {
            assert!(parse_id::<servicedesk_domain::ticket::Ticket>(&ID::from(bad)).is_err());
        }
    }

    #[test]
    fn a_page_is_read_in_one_direction_and_has_a_limit() {
        let read = |args: PageArgs| args.read::<i64>();
        let forward = |count| PageRequest::Forward { after: None, count };
        assert_eq!(read(PageArgs::default()), Ok(forward(50)));
        assert_eq!(read(PageArgs { first: Some(100), ..PageArgs::default() }), Ok(forward(100)));
        for bad in [-1, 101] {
            assert!(read(PageArgs { first: Some(bad), ..PageArgs::default() }).is_err());
            assert!(read(PageArgs { last: Some(bad), ..PageArgs::default() }).is_err());
        }
        assert!(read(PageArgs { first: Some(1), last: Some(1), ..PageArgs::default() }).is_err());
        let bad_cursor = Some("x".to_owned());
        assert!(read(PageArgs { after: bad_cursor, ..PageArgs::default() }).is_err());
    }
}
