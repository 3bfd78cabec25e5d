//! The catalogue as decisions and readers see it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::events::{
    CatalogueEvent, LicensingPolicy, Opening, ProductKind, SpecialDay, TicketPolicy,
};
use super::{BrokerId, CalendarId, CategoryId, DepartmentId, ProductId};
use crate::kernel::{Moment, Money, Title};
use crate::sla::{ClockKind, RequestKind};
use crate::ticket;

/// A queue of tickets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Department {
    /// Its id.
    pub department_id: DepartmentId,
    /// Its short name.
    pub code: String,
    /// What people read.
    pub title: Title,
    /// Whether it takes no new tickets any more.
    pub is_retired: bool,
}

/// What a ticket may be about; it routes to departments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Its id.
    pub category_id: CategoryId,
    /// Its short name.
    pub code: String,
    /// What people read.
    pub title: Title,
    /// Where its tickets go.
    pub department_ids: Vec<DepartmentId>,
    /// Whether it is no longer offered.
    pub is_retired: bool,
}

/// What the vendor sells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Its id.
    pub product_id: ProductId,
    /// Its short name.
    pub code: String,
    /// What people read.
    pub title: Title,
    /// What it is.
    pub kind: ProductKind,
    /// What must be on an account to get it free, in each currency in which that is said; none:
    /// it is not given free.
    pub minimum_deposits: Vec<Money>,
    /// Whether it is no longer offered.
    pub is_retired: bool,
}

/// With whom a trading account is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broker {
    /// Its id.
    pub broker_id: BrokerId,
    /// Its short name.
    pub code: String,
    /// What people read.
    pub title: Title,
    /// Whether accounts with it bring free advisors.
    pub is_partner: bool,
    /// Whether its accounts bring nothing any more.
    pub is_retired: bool,
}

/// When the vendor is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// Its id.
    pub calendar_id: CalendarId,
    /// Its short name.
    pub code: String,
    /// What people read.
    pub title: Title,
    /// In which its hours are meant.
    pub time_zone: chrono_tz::Tz,
    /// When the vendor is open, every week.
    pub openings: Vec<Opening>,
    /// Days on which it is not.
    pub holidays: Vec<NaiveDate>,
    /// Days with hours of their own.
    pub special_days: Vec<SpecialDay>,
    /// The number of the definition of this calendar, from 1.
    pub version: u32,
    /// The moment from which requests are measured by it. `None` for always.
    pub in_force_from: Option<Moment>,
}

/// How long requests of one kind may take (S).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceLevel {
    /// The kind of request.
    pub request: RequestKind,
    /// The number of the definition for that kind, from 1.
    pub version: u32,
    /// By which clock.
    pub clock: ClockKind,
    /// By which calendar that clock runs.
    pub calendar_id: CalendarId,
    /// Within how many minutes a request is to be processed.
    pub processing_minutes: u32,
    /// Within how many minutes it is to be answered first, where that is measured.
    pub first_response_minutes: Option<u32>,
    /// How long it usually takes, as the vendor publishes it.
    pub typical_minutes: Option<u32>,
    /// The last so many hundredths of a target are at risk.
    pub at_risk_percent: u8,
    /// From when on requests are measured by it.
    pub in_force_from: Moment,
}

/// Everything that the vendor offers and how it is organised.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Catalogue {
    /// Whether anything was ever defined.
    pub is_defined: bool,
    /// The policy in force.
    pub ticket_policy: TicketPolicy,
    /// The policy for applications, licences and links in force.
    pub licensing_policy: LicensingPolicy,
    /// Departments, retired ones included.
    pub departments: BTreeMap<DepartmentId, Department>,
    /// Categories, retired ones included.
    pub categories: BTreeMap<CategoryId, Category>,
    /// Products, retired ones included.
    pub products: BTreeMap<ProductId, Product>,
    /// Brokers, retired ones included.
    pub brokers: BTreeMap<BrokerId, Broker>,
    /// Calendars, each as it was last defined.
    pub calendars: BTreeMap<CalendarId, Calendar>,
    /// Calendars as they were before, in the order of definition (S4).
    pub past_calendars: Vec<Calendar>,
    /// Every service level that was ever defined, in the order of definition (S4).
    pub service_levels: Vec<ServiceLevel>,
}

impl Catalogue {
    /// Where a ticket of this category about this product goes (T1, T3).
    ///
    /// # Errors
    /// `CategoryNotFound` or `ProductNotFound` where one does not exist or is no longer offered.
    pub fn route(
        &self,
        category_id: CategoryId,
        product_id: ProductId,
    ) -> Result<Vec<DepartmentId>, ticket::Rejection> {
        let category = self.categories.get(&category_id).filter(|category| !category.is_retired);
        let category = category.ok_or(ticket::Rejection::CategoryNotFound)?;
        if self.products.get(&product_id).is_none_or(|product| product.is_retired) {
            return Err(ticket::Rejection::ProductNotFound);
        }
        Ok(category.department_ids.clone())
    }

    /// The department, if it is in use.
    ///
    /// # Errors
    /// `DepartmentNotFound` where it does not exist or is retired.
    pub fn department_in_use(&self, id: DepartmentId) -> Result<&Department, ticket::Rejection> {
        let department = self.departments.get(&id).filter(|department| !department.is_retired);
        department.ok_or(ticket::Rejection::DepartmentNotFound)
    }

    /// How long requests of a kind may take, as it was last defined.
    pub fn service_level(&self, request: RequestKind) -> Option<&ServiceLevel> {
        self.service_levels.iter().rfind(|level| level.request == request)
    }

    /// Folds one event in.
    pub fn evolve(&mut self, event: CatalogueEvent) {
        self.is_defined = true;
        match event {
            CatalogueEvent::DepartmentDefined { department_id, code, title } => {
                let entry = Department { department_id, code, title, is_retired: false };
                self.departments.insert(department_id, entry);
            }
            CatalogueEvent::DepartmentRetired { department_id } => {
                if let Some(entry) = self.departments.get_mut(&department_id) {
                    entry.is_retired = true;
                }
            }
            CatalogueEvent::CategoryDefined { category_id, code, title, department_ids } => {
                let entry =
                    Category { category_id, code, title, department_ids, is_retired: false };
                self.categories.insert(category_id, entry);
            }
            CatalogueEvent::CategoryRetired { category_id } => {
                if let Some(entry) = self.categories.get_mut(&category_id) {
                    entry.is_retired = true;
                }
            }
            CatalogueEvent::ProductDefined { product_id, code, title, kind, minimum_deposits } => {
                let entry =
                    Product { product_id, code, title, kind, minimum_deposits, is_retired: false };
                self.products.insert(product_id, entry);
            }
            CatalogueEvent::ProductRetired { product_id } => {
                if let Some(entry) = self.products.get_mut(&product_id) {
                    entry.is_retired = true;
                }
            }
            CatalogueEvent::BrokerDefined { broker_id, code, title, is_partner } => {
                let entry = Broker { broker_id, code, title, is_partner, is_retired: false };
                self.brokers.insert(broker_id, entry);
            }
            CatalogueEvent::BrokerRetired { broker_id } => {
                if let Some(entry) = self.brokers.get_mut(&broker_id) {
                    entry.is_retired = true;
                }
            }
            CatalogueEvent::CalendarDefined {
                calendar_id,
                code,
                title,
                time_zone,
                openings,
                holidays,
                special_days,
                in_force_from,
            } => {
                let past = self.calendars.get(&calendar_id);
                let entry = Calendar {
                    calendar_id,
                    code,
                    title,
                    time_zone,
                    openings,
                    holidays,
                    special_days,
                    version: past.map_or(1, |past| past.version + 1),
                    in_force_from,
                };
                self.past_calendars.extend(self.calendars.insert(calendar_id, entry));
            }
            CatalogueEvent::ServiceLevelDefined {
                request,
                clock,
                calendar_id,
                processing_minutes,
                first_response_minutes,
                typical_minutes,
                at_risk_percent,
                in_force_from,
            } => {
                let past = self.service_level(request);
                self.service_levels.push(ServiceLevel {
                    request,
                    version: past.map_or(1, |past| past.version + 1),
                    clock,
                    calendar_id,
                    processing_minutes,
                    first_response_minutes,
                    typical_minutes,
                    at_risk_percent,
                    in_force_from,
                });
            }
            CatalogueEvent::TicketPolicyDefined { policy } => self.ticket_policy = policy,
            CatalogueEvent::LicensingPolicyDefined { policy } => self.licensing_policy = policy,
        }
    }
}
