//! Small words that every feature shares: ids, actors, money, months, personal data and texts.

pub mod actor;
pub mod hex;
pub mod ids;
pub mod local;
pub mod money;
pub mod month;
pub mod personal;
pub mod text;
pub mod title;

pub use actor::Actor;
pub use ids::{Entity, Id};
pub use money::{AmountProblem, Currency, Money};
pub use month::{Month, NotAMonth};
pub use personal::{ERASED, PersonId, Personal};
pub use text::{Form, Text, TextProblem};
pub use title::{Language, Title};

/// A moment in time, always in UTC. Calendars turn it into local time where a rule needs that.
pub type Moment = chrono::DateTime<chrono::Utc>;
