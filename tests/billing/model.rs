//! The same accounts computed plainly from what was recorded on tickets and licences, minute by
//! minute, without a look at what the service made of it (B1 to B4, the published terms).

use std::collections::BTreeMap;

use chrono::TimeDelta;
use servicedesk_domain::Event;
use servicedesk_domain::catalogue::ProductId;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::licensing::{LicenceEvent, LicenceId};
use servicedesk_domain::ticket::events::Charging;
use servicedesk_domain::ticket::{TicketEvent, TicketId, TimeEntryId};
use servicedesk_eventlog::{Recorded, reader};

use crate::support::TestDatabase;

const FREE_MINUTES: u32 = 300;

/// A package as it stands.
#[derive(Debug)]
struct Package {
    licence_id: LicenceId,
    customer_id: CustomerId,
    product_id: ProductId,
    valid_from: Moment,
    valid_until: Option<Moment>,
    left: u32,
}

/// How a time entry was settled.
#[derive(Debug, Default)]
struct Settled {
    customer_id: CustomerId,
    /// The licence of each free minute.
    free: Vec<LicenceId>,
    /// The minutes charged.
    charged: i64,
}

/// What all accounts come to.
#[derive(Debug, Default)]
pub(super) struct Model {
    tickets: BTreeMap<TicketId, (CustomerId, ProductId)>,
    packages: Vec<Package>,
    entries: BTreeMap<TimeEntryId, Settled>,
}

impl Model {
    /// Computes them from the whole log.
    pub(super) async fn of(database: &TestDatabase) -> Self {
        let db = database.open().await;
        let log = reader::read_after(&db, 0, i64::MAX).await.expect("sound");
        db.close().await;
        let mut model = Self::default();
        for event in &log {
            model.take(event);
        }
        model
    }

    fn take(&mut self, event: &Recorded) {
        let ticket_id = TicketId::new(event.aggregate_id);
        match &event.event {
            Event::Ticket(TicketEvent::Opened { customer_id, product_id, .. }) => {
                self.tickets.insert(ticket_id, (*customer_id, *product_id));
            }
            Event::Licence(LicenceEvent::Granted {
                customer_id,
                product_id,
                valid_from,
                valid_until,
                ..
            }) => self.packages.push(Package {
                licence_id: LicenceId::new(event.aggregate_id),
                customer_id: *customer_id,
                product_id: *product_id,
                valid_from: *valid_from,
                valid_until: *valid_until,
                left: FREE_MINUTES,
            }),
            Event::Licence(LicenceEvent::Revoked { revoked_at, .. }) => {
                let id = LicenceId::new(event.aggregate_id);
                for package in self.packages.iter_mut().filter(|one| one.licence_id == id) {
                    let until = package.valid_until.map_or(*revoked_at, |at| at.min(*revoked_at));
                    package.valid_until = Some(until);
                }
            }
            Event::Ticket(TicketEvent::TimeLogged {
                entry_id,
                minutes,
                worked_at,
                charging,
                ..
            }) => {
                let settled = self.settle(ticket_id, *minutes, *worked_at, charging);
                let before = self.entries.insert(*entry_id, settled);
                assert!(before.is_none(), "an entry was logged twice");
            }
            Event::Ticket(
                TicketEvent::TimeReversed { entry_id, .. }
                | TicketEvent::TimeMarkedCourtesy { entry_id, .. },
            ) => {
                let settled = self.entries.get_mut(entry_id).expect("an entry");
                settled.charged = 0;
                for licence_id in std::mem::take(&mut settled.free) {
                    let mut packages = self.packages.iter_mut();
                    let package = packages.find(|one| one.licence_id == licence_id);
                    package.expect("a package").left += 1;
                }
            }
            _ => {}
        }
    }

    fn settle(
        &mut self,
        ticket_id: TicketId,
        minutes: u32,
        worked_at: Moment,
        charging: &Charging,
    ) -> Settled {
        let (customer_id, product_id) = self.tickets[&ticket_id];
        let mut settled = Settled { customer_id, ..Settled::default() };
        let mut charged = 0_i64;
        if matches!(charging, Charging::Courtesy { .. }) {
            return settled;
        }
        for minute in 0..minutes {
            // A minute belongs to the part in which its last moment is.
            let end = worked_at - TimeDelta::minutes((minutes - 1 - minute).into());
            let fitting = self.packages.iter_mut().filter(|package| {
                package.customer_id == customer_id
                    && package.product_id == product_id
                    && package.valid_from < end
                    && package.valid_until.is_none_or(|until| end <= until)
                    && package.left > 0
            });
            match fitting.min_by_key(|package| package.valid_from) {
                Some(package) => {
                    package.left -= 1;
                    settled.free.push(package.licence_id);
                }
                None => charged += 1,
            }
        }
        if *charging == Charging::Allowed {
            settled.charged = charged;
        }
        settled
    }

    /// The free minutes that were drawn from a customer's packages.
    pub(super) fn free_minutes(&self, customer_id: CustomerId) -> usize {
        let hers = self.entries.values().filter(|settled| settled.customer_id == customer_id);
        hers.map(|settled| settled.free.len()).sum()
    }

    /// What a customer is charged in all, in cents: a minute costs 25 thirds of a cent, and half a
    /// cent of the sum goes up.
    pub(super) fn cents(&self, customer_id: CustomerId) -> i64 {
        let theirs = self.entries.values().filter(|settled| settled.customer_id == customer_id);
        let charged: i64 = theirs.map(|settled| settled.charged).sum();
        (charged * 25 + 1).div_euclid(3)
    }

    /// How many entries there are.
    pub(super) fn entries(&self) -> usize {
        self.entries.len()
    }
}
