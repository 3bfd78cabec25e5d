//! What is stored of the catalogue, for ever. Storage format and nothing else. Defining an entry
//! again is how it is changed.

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use super::{BrokerId, CalendarId, CategoryId, DepartmentId, ProductId};
use crate::kernel::{Moment, Money, Title};
use crate::sla::{ClockKind, RequestKind};

/// A fact about the catalogue.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr, strum::VariantNames,
)]
pub enum CatalogueEvent {
    /// A department exists, or is called otherwise from now on.
    #[serde(rename = "catalogue.department_defined")]
    #[strum(serialize = "catalogue.department_defined")]
    DepartmentDefined {
        /// The department.
        department_id: DepartmentId,
        /// Its short name, unique among departments.
        code: String,
        /// What people read.
        title: Title,
    },
    /// A department takes no new tickets from now on.
    #[serde(rename = "catalogue.department_retired")]
    #[strum(serialize = "catalogue.department_retired")]
    DepartmentRetired {
        /// The department.
        department_id: DepartmentId,
    },
    /// A category exists, or routes otherwise from now on (T3).
    #[serde(rename = "catalogue.category_defined")]
    #[strum(serialize = "catalogue.category_defined")]
    CategoryDefined {
        /// The category.
        category_id: CategoryId,
        /// Its short name, unique among categories.
        code: String,
        /// What people read.
        title: Title,
        /// Where its tickets go; the first department's agents are asked first.
        department_ids: Vec<DepartmentId>,
    },
    /// A category is no longer offered.
    #[serde(rename = "catalogue.category_retired")]
    #[strum(serialize = "catalogue.category_retired")]
    CategoryRetired {
        /// The category.
        category_id: CategoryId,
    },
    /// A product exists, or is described otherwise from now on.
    #[serde(rename = "catalogue.product_defined")]
    #[strum(serialize = "catalogue.product_defined")]
    ProductDefined {
        /// The product.
        product_id: ProductId,
        /// Its short name, unique among products.
        code: String,
        /// What people read.
        title: Title,
        /// What it is.
        kind: ProductKind,
        /// What must be on an account to get it free (F3), in each currency in which that is
        /// said; none: it is not given free.
        minimum_deposits: Vec<Money>,
    },
    /// A product is no longer offered.
    #[serde(rename = "catalogue.product_retired")]
    #[strum(serialize = "catalogue.product_retired")]
    ProductRetired {
        /// The product.
        product_id: ProductId,
    },
    /// A broker exists, or is described otherwise from now on (F1).
    #[serde(rename = "catalogue.broker_defined")]
    #[strum(serialize = "catalogue.broker_defined")]
    BrokerDefined {
        /// The broker.
        broker_id: BrokerId,
        /// Its short name, unique among brokers.
        code: String,
        /// What people read.
        title: Title,
        /// Whether accounts with it bring free advisors.
        is_partner: bool,
    },
    /// A broker's accounts bring nothing any more.
    #[serde(rename = "catalogue.broker_retired")]
    #[strum(serialize = "catalogue.broker_retired")]
    BrokerRetired {
        /// The broker.
        broker_id: BrokerId,
    },
    /// A calendar exists, or has other hours from now on.
    #[serde(rename = "catalogue.calendar_defined")]
    #[strum(serialize = "catalogue.calendar_defined")]
    CalendarDefined {
        /// The calendar.
        calendar_id: CalendarId,
        /// Its short name, unique among calendars.
        code: String,
        /// What people read.
        title: Title,
        /// In which its hours are meant.
        time_zone: chrono_tz::Tz,
        /// When the vendor is open, every week.
        openings: Vec<Opening>,
        /// Days on which it is not.
        holidays: Vec<NaiveDate>,
        /// Days with hours of their own, for example half days.
        special_days: Vec<SpecialDay>,
        /// From when on requests are measured by it (S4); absent in what was recorded before
        /// anything was measured, and then always.
        in_force_from: Option<Moment>,
    },
    /// How long requests of a kind may take, from now on (S).
    #[serde(rename = "catalogue.service_level_defined")]
    #[strum(serialize = "catalogue.service_level_defined")]
    ServiceLevelDefined {
        /// Of which kind the requests are.
        request: RequestKind,
        /// By which clock they are measured.
        clock: ClockKind,
        /// By which calendar that clock runs.
        calendar_id: CalendarId,
        /// Within how many minutes a request is to be processed.
        processing_minutes: u32,
        /// Within how many minutes it is to be answered first, where that is measured.
        first_response_minutes: Option<u32>,
        /// How long it usually takes, as the vendor publishes it.
        typical_minutes: Option<u32>,
        /// The last so many hundredths of a target are at risk (S2).
        at_risk_percent: u8,
        /// From when on requests are measured by it (S4).
        in_force_from: Moment,
    },
    /// The periods for licences and links from now on.
    #[serde(rename = "catalogue.licensing_policy_defined")]
    #[strum(serialize = "catalogue.licensing_policy_defined")]
    LicensingPolicyDefined {
        /// The policy.
        policy: LicensingPolicy,
    },
    /// The limits and periods for tickets from now on.
    #[serde(rename = "catalogue.ticket_policy_defined")]
    #[strum(serialize = "catalogue.ticket_policy_defined")]
    TicketPolicyDefined {
        /// The policy.
        policy: TicketPolicy,
    },
}

/// What a product is; an "advisor" is a robot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductKind {
    /// A trading robot.
    Robot,
    /// An indicator.
    Indicator,
    /// A utility.
    Utility,
}

/// An opening of some hours on one weekday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// The weekday.
    pub day: chrono::Weekday,
    /// From when, in local time.
    pub from: NaiveTime,
    /// Until when, in local time, later than `from`; `00:00:00` is the end of the day.
    pub until: NaiveTime,
}

/// An opening of some hours on a day that is meant elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// From when, in local time.
    pub from: NaiveTime,
    /// Until when, in local time, later than `from`; `00:00:00` is the end of the day.
    #[serde(deserialize_with = "super::file::end_of_opening")]
    pub until: NaiveTime,
}

/// A day with hours of its own, whatever its weekday's are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecialDay {
    /// The day.
    pub date: NaiveDate,
    /// When the vendor is open on it.
    pub openings: Vec<Hours>,
}

/// Limits and periods for tickets; all of it is data that the vendor may set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TicketPolicy {
    /// For how many days after its resolution a ticket may be reopened (T4).
    pub reopen_days: u16,
    /// What becomes of a resolved ticket to which its customer replies (T4).
    #[serde(default, skip_serializing_if = "OnAnswer::is_default")]
    pub on_answer: OnAnswer,
    /// How many days ahead a resolution may be promised.
    pub promise_days: u16,
    /// The most characters of a subject.
    pub subject_characters: usize,
    /// The most characters of a request, reply, note or summary.
    pub text_characters: usize,
    /// The most characters of a reason.
    pub reason_characters: usize,
}

/// What becomes of a resolved ticket to which its customer replies (T4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnAnswer {
    /// It stays resolved, and is in the queue until somebody has looked.
    #[default]
    Show,
    /// It is reopened.
    Reopen,
}

impl OnAnswer {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Limits for applications and their evidence, and periods for licences and links; all of it is data
/// that the vendor may set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LicensingPolicy {
    /// The vendor's time zone, in which the months of the rules are (F4, R1).
    pub time_zone: chrono_tz::Tz,
    /// The most products of one application.
    pub products_per_application: usize,
    /// The most months of a rental.
    pub rental_months: u16,
    /// How many days back or ahead a rental may begin.
    pub rental_start_days: u16,
    /// How many days back evidence, or a purchase, may lie.
    pub evidence_days: u16,
    /// So many days before its end a licence is said to come to it (R1).
    pub warning_days: Vec<u16>,
    /// For how many hours a download link is good (R3).
    pub link_hours: u16,
}

impl Default for LicensingPolicy {
    /// What holds until a policy is defined, the periods by R1 and R3.
    fn default() -> Self {
        Self {
            time_zone: chrono_tz::Europe::Moscow,
            products_per_application: 20,
            rental_months: 36,
            rental_start_days: 366,
            evidence_days: 3_653,
            warning_days: vec![7, 1],
            link_hours: 72,
        }
    }
}

impl Default for TicketPolicy {
    /// What holds until a policy is defined; the reopening period is the one of T4.
    fn default() -> Self {
        Self {
            reopen_days: 14,
            on_answer: OnAnswer::default(),
            promise_days: 366,
            subject_characters: 200,
            text_characters: 20_000,
            reason_characters: 2_000,
        }
    }
}

impl TicketPolicy {
    /// The last moment at which a ticket resolved or closed at `at` may be reopened.
    pub fn reopenable_until(&self, at: Moment) -> Moment {
        saturating_days_after(at, self.reopen_days)
    }

    /// The last moment that can be promised at `at`.
    pub fn latest_promise(&self, at: Moment) -> Moment {
        saturating_days_after(at, self.promise_days)
    }
}

fn saturating_days_after(at: Moment, days: u16) -> Moment {
    at.checked_add_signed(TimeDelta::days(i64::from(days))).unwrap_or(Moment::MAX_UTC)
}

impl DomainEvent for CatalogueEvent {
    fn event_type(&self) -> String {
        <&'static str>::from(self).to_owned()
    }

    fn event_version(&self) -> String {
        let version = match self {
            // Knows half days, and from when on it is in force.
            Self::CalendarDefined { .. }
            // Knows a minimum deposit in each currency.
            | Self::ProductDefined { .. } => "2",
            _ => "1",
        };
        version.to_owned()
    }
}
