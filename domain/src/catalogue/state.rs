//! The catalogue as decisions and readers see it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::events::{CatalogueEvent, Opening, ProductKind, TicketPolicy};
use super::{CalendarId, CategoryId, DepartmentId, ProductId};
use crate::kernel::{Money, Title};
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
    /// What must be on an account to get it free.
    pub minimum_deposit: Option<Money>,
    /// Whether it is no longer offered.
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
}

/// Everything that the vendor offers and how it is organised.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Catalogue {
    /// Whether anything was ever defined.
    pub is_defined: bool,
    /// The policy in force.
    pub ticket_policy: TicketPolicy,
    /// Departments, retired ones included.
    pub departments: BTreeMap<DepartmentId, Department>,
    /// Categories, retired ones included.
    pub categories: BTreeMap<CategoryId, Category>,
    /// Products, retired ones included.
    pub products: BTreeMap<ProductId, Product>,
    /// Calendars.
    pub calendars: BTreeMap<CalendarId, Calendar>,
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
            CatalogueEvent::ProductDefined { product_id, code, title, kind, minimum_deposit } => {
                let entry =
                    Product { product_id, code, title, kind, minimum_deposit, is_retired: false };
                self.products.insert(product_id, entry);
            }
            CatalogueEvent::ProductRetired { product_id } => {
                if let Some(entry) = self.products.get_mut(&product_id) {
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
            } => {
                let entry = Calendar { calendar_id, code, title, time_zone, openings, holidays };
                self.calendars.insert(calendar_id, entry);
            }
            CatalogueEvent::TicketPolicyDefined { policy } => self.ticket_policy = policy,
        }
    }
}
