//! The catalogue: departments, categories, products, brokers, calendars and the policies.
//!
//! It is one aggregate, because its rules cross its entries: a category may only route to
//! departments that are in use, codes are unique, and the whole is small and changes rarely.

pub mod decide;
pub mod events;
pub mod file;
pub mod rejection;
pub mod state;
#[cfg(test)]
mod tests;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;

pub use decide::Command;
pub use events::{CatalogueEvent, LicensingPolicy, OnAnswer, ProductKind, TicketPolicy};
pub use file::CatalogueFile;
pub use rejection::Rejection;
pub use state::{Broker, Calendar, Catalogue, Category, Department, Product, ServiceLevel};

use crate::kernel::{Entity, Id};

/// The id of a department.
pub type DepartmentId = Id<Department>;
/// The id of a category.
pub type CategoryId = Id<Category>;
/// The id of a product.
pub type ProductId = Id<Product>;
/// The id of a broker.
pub type BrokerId = Id<Broker>;
/// The id of a calendar.
pub type CalendarId = Id<Calendar>;
/// The id of the catalogue, of which there is one.
pub type CatalogueId = Id<Catalogue>;

impl Entity for Department {
    const NAME: &'static str = "Department";
}
impl Entity for Category {
    const NAME: &'static str = "Category";
}
impl Entity for Product {
    const NAME: &'static str = "Product";
}
impl Entity for Broker {
    const NAME: &'static str = "Broker";
}
impl Entity for Calendar {
    const NAME: &'static str = "Calendar";
}
impl Entity for Catalogue {
    const NAME: &'static str = "Catalogue";
}

/// The id of the one catalogue.
pub fn catalogue_id() -> CatalogueId {
    CatalogueId::named("default")
}

impl Aggregate for Catalogue {
    const TYPE: &'static str = "catalogue";
    type Command = Command;
    type Event = CatalogueEvent;
    type Error = Rejection;
    type Services = ();

    async fn handle(
        &mut self,
        command: Command,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), Rejection> {
        for event in decide::decide(self, command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: CatalogueEvent) {
        self.evolve(event);
    }
}
