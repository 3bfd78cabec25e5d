//! The people and products of a file, brought into the staff, the customers and the catalogue.
//!
//! Everybody is registered right before the first line that names them, at that line's time, so
//! that a view of any past moment shows those who had appeared by then.

use std::collections::HashMap;

use servicedesk_domain::catalogue::file::ProductEntry;
use servicedesk_domain::catalogue::{
    self, CalendarId, Catalogue, CatalogueFile, CategoryId, DepartmentId, ProductId, catalogue_id,
};
use servicedesk_domain::customer::{self, Customer};
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::staff::{self, StaffMember, Worker};
use servicedesk_eventlog::execute::Executable;
use servicedesk_eventlog::{Append, ExecuteError, Log, NewEvent};
use uuid::Uuid;

use super::cause::{Cause, count, new_events};
use super::error::ImportError;
use super::mapping::Mapping;
use super::names::Names;

/// Defines what the mapping and the file need and the catalogue does not have yet, and gives the
/// catalogue and how many entries were defined. What is there stays as it is.
///
/// # Errors
/// `Catalogue` where the rules refuse an entry, and `Fault`.
pub(super) async fn define_missing(
    log: &Log,
    mapping: &Mapping,
    names: &Names,
    products: &[ProductEntry],
    at: Moment,
) -> Result<(Catalogue, usize), ImportError> {
    let id = catalogue_id().uuid();
    let (before, _) = load::<Catalogue>(log, id).await?;
    let missing = missing(&before, mapping, products);
    let command = catalogue::Command::Load(Box::new(missing), at);
    let events =
        catalogue::decide::decide(&before, command.clone()).map_err(ImportError::Catalogue)?;
    if events.is_empty() {
        return Ok((before, 0));
    }
    let defined = events.len();
    let stored: Vec<NewEvent> = new_events::<Catalogue>(events)?;
    let contents = stored.iter().map(|event| event.payload.as_str());
    let command_id = names.command_id(["catalogue"].into_iter().chain(contents));
    let context = Cause::operator(names, command_id, at).context();
    match log.execute::<Catalogue>(id, command, context).await {
        Ok(_) => Ok((load::<Catalogue>(log, id).await?.0, defined)),
        Err(ExecuteError::Rejected(rejection)) => Err(ImportError::Catalogue(rejection)),
        Err(error) => Err(ImportError::fault(error)),
    }
}

fn missing(catalogue: &Catalogue, mapping: &Mapping, products: &[ProductEntry]) -> CatalogueFile {
    let mut file = mapping.catalogue.clone();
    file.products.extend_from_slice(products);
    file.departments
        .retain(|entry| !catalogue.departments.contains_key(&DepartmentId::named(&entry.code)));
    file.categories
        .retain(|entry| !catalogue.categories.contains_key(&CategoryId::named(&entry.code)));
    file.calendars
        .retain(|entry| !catalogue.calendars.contains_key(&CalendarId::named(&entry.code)));
    file.service_levels.retain(|entry| catalogue.service_level(entry.request).is_none());
    file.products.retain(|entry| !catalogue.products.contains_key(&ProductId::named(&entry.code)));
    file
}

/// The people that were looked up or registered so far, by what the file calls them.
#[derive(Debug, Default)]
pub(super) struct People {
    staff: HashMap<String, (StaffMember, i64)>,
    customers: HashMap<String, (Customer, i64)>,
}

impl People {
    /// Looks up those of these names that are not known yet.
    pub(super) async fn look_up(
        &mut self,
        log: &Log,
        names: &Names,
        staff: impl IntoIterator<Item = &str>,
        customers: impl IntoIterator<Item = &str>,
    ) -> Result<(), ImportError> {
        for value in staff {
            if !self.staff.contains_key(value) {
                let found = load(log, names.staff_member_id(value).uuid()).await?;
                self.staff.insert(value.to_owned(), found);
            }
        }
        for value in customers {
            if !self.customers.contains_key(value) {
                let found = load(log, names.customer_id(value).uuid()).await?;
                self.customers.insert(value.to_owned(), found);
            }
        }
        Ok(())
    }

    /// Forgets people, so that the next look-up asks the log.
    pub(super) fn forget<'a>(
        &mut self,
        staff: impl IntoIterator<Item = &'a str>,
        customer: Option<&str>,
    ) {
        for value in staff {
            self.staff.remove(value);
        }
        customer.map(|customer| self.customers.remove(customer));
    }

    /// A looked-up member of staff as the rules for tickets see one, once registered.
    pub(super) fn worker(&self, value: &str) -> Option<&Worker> {
        self.staff.get(value).and_then(|(member, _)| member.worker.as_ref())
    }

    /// What registers a looked-up member of staff, where that is still to be done.
    ///
    /// # Errors
    /// Where the rules refuse it, although they did not when the line was read.
    pub(super) fn register_staff(
        &mut self,
        mapping: &Mapping,
        names: &Names,
        value: &str,
        at: Moment,
    ) -> Result<Option<Append>, ImportError> {
        let (member, sequence) = self.staff.entry(value.to_owned()).or_default();
        if member.worker.is_some() {
            return Ok(None);
        }
        let staff_member_id = names.staff_member_id(value);
        let command = staff::Command::Register {
            staff_member_id,
            name: mapping.staff.name.fill(|_| value),
            role: mapping.staff.role,
            department_ids: mapping.staff_department_ids(),
        };
        let events = staff::decide::decide(member, command).map_err(ImportError::Staff)?;
        for event in &events {
            member.evolve(event.clone());
        }
        let cause = Cause::operator(names, names.command_id(["staff", value]), at);
        let appended = cause.append::<StaffMember>(staff_member_id.uuid(), *sequence, events)?;
        *sequence += count(&appended.events);
        Ok(Some(appended))
    }

    /// What registers a looked-up customer, where that is still to be done.
    ///
    /// # Errors
    /// Where the rules refuse it, although they did not when the line was read.
    pub(super) fn register_customer(
        &mut self,
        mapping: &Mapping,
        names: &Names,
        value: &str,
        at: Moment,
    ) -> Result<Option<Append>, ImportError> {
        let (customer, sequence) = self.customers.entry(value.to_owned()).or_default();
        if customer.is_registered() {
            return Ok(None);
        }
        let customer_id = names.customer_id(value);
        let name = mapping.customers.name.fill(|_| value);
        let command = customer::Command::Register { customer_id, name };
        let events = customer::decide::decide(customer, command).map_err(ImportError::Customer)?;
        for event in &events {
            customer.evolve(event.clone());
        }
        let cause = Cause::operator(names, names.command_id(["customer", value]), at);
        let appended = cause.append::<Customer>(customer_id.uuid(), *sequence, events)?;
        *sequence += count(&appended.events);
        Ok(Some(appended))
    }
}

/// An aggregate as it is now, and its last sequence number.
pub(super) async fn load<A: Executable>(
    log: &Log,
    aggregate_id: Uuid,
) -> Result<(A, i64), ImportError> {
    let loaded = log.load::<A>(aggregate_id).await;
    loaded.map_err(ImportError::fault)
}
