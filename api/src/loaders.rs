//! What one request reads through, so that a page of fifty tickets asks for its customers once.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::{DataLoader, Loader};
use servicedesk_domain::catalogue::Catalogue;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::staff::StaffMemberId;
use servicedesk_domain::ticket::TicketId;
use servicedesk_eventlog::Db;
use servicedesk_projections::customer::customer_directory::{self, CustomerDirectory};
use servicedesk_projections::sla::request::Request;
use servicedesk_projections::sla::targets;
use servicedesk_projections::staff::staff_directory::{self, StaffDirectory};
use servicedesk_projections::ticket::ticket_details::{self, TicketDetails};
use uuid::Uuid;

use crate::desk::Desk;
use crate::error::ApiError;

/// The loaders of one request.
pub struct Loaders {
    desk: Desk,
    tickets: DataLoader<Tickets>,
    customers: DataLoader<Customers>,
    staff: DataLoader<Staff>,
    requests: DataLoader<Requests>,
}

impl Loaders {
    /// Fresh loaders, which know nothing yet.
    pub fn new(desk: Desk) -> Self {
        let db = desk.log.db();
        Self {
            tickets: DataLoader::new(Tickets(db.clone()), tokio::spawn),
            customers: DataLoader::new(Customers(db.clone()), tokio::spawn),
            staff: DataLoader::new(Staff(db.clone()), tokio::spawn),
            requests: DataLoader::new(Requests(db.clone()), tokio::spawn),
            desk,
        }
    }

    /// The catalogue as it is now.
    ///
    /// # Errors
    /// `Internal`, where it cannot be read.
    pub async fn catalogue(&self) -> Result<Arc<Catalogue>, ApiError> {
        self.desk.catalogue().await
    }

    /// A ticket, whoever may see it.
    ///
    /// # Errors
    /// `Internal`, where it cannot be read.
    pub async fn ticket(&self, id: TicketId) -> Result<Option<Arc<TicketDetails>>, ApiError> {
        self.tickets.load_one(id).await
    }

    /// Several tickets in this order; those that there are not are left out.
    ///
    /// # Errors
    /// `Internal`, where they cannot be read.
    pub async fn tickets(&self, ids: &[TicketId]) -> Result<Vec<Arc<TicketDetails>>, ApiError> {
        let mut found = self.tickets.load_many(ids.iter().copied()).await?;
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    /// A customer.
    ///
    /// # Errors
    /// `Internal`, where it cannot be read.
    pub async fn customer(&self, id: CustomerId) -> Result<Option<CustomerDirectory>, ApiError> {
        self.customers.load_one(id).await
    }

    /// A member of staff.
    ///
    /// # Errors
    /// `Internal`, where it cannot be read.
    pub async fn staff_member(
        &self,
        id: StaffMemberId,
    ) -> Result<Option<StaffDirectory>, ApiError> {
        self.staff.load_one(id).await
    }

    /// What is measured of a request.
    ///
    /// # Errors
    /// `Internal`, where it cannot be read.
    pub async fn measured(&self, request_id: Uuid) -> Result<Option<Arc<Request>>, ApiError> {
        self.requests.load_one(request_id).await
    }
}

struct Tickets(Db);

impl Loader<TicketId> for Tickets {
    type Value = Arc<TicketDetails>;
    type Error = ApiError;

    async fn load(
        &self,
        ids: &[TicketId],
    ) -> Result<HashMap<TicketId, Arc<TicketDetails>>, ApiError> {
        let rows = ticket_details::by_ids(&self.0, ids).await?;
        Ok(rows.into_iter().map(|(id, row)| (id, Arc::new(row))).collect())
    }
}

struct Customers(Db);

impl Loader<CustomerId> for Customers {
    type Value = CustomerDirectory;
    type Error = ApiError;

    async fn load(
        &self,
        ids: &[CustomerId],
    ) -> Result<HashMap<CustomerId, CustomerDirectory>, ApiError> {
        Ok(customer_directory::by_ids(&self.0, ids).await?)
    }
}

struct Staff(Db);

impl Loader<StaffMemberId> for Staff {
    type Value = StaffDirectory;
    type Error = ApiError;

    async fn load(
        &self,
        ids: &[StaffMemberId],
    ) -> Result<HashMap<StaffMemberId, StaffDirectory>, ApiError> {
        Ok(staff_directory::by_ids(&self.0, ids).await?)
    }
}

struct Requests(Db);

impl Loader<Uuid> for Requests {
    type Value = Arc<Request>;
    type Error = ApiError;

    async fn load(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Arc<Request>>, ApiError> {
        let rows = targets::by_ids(&self.0, ids).await?;
        Ok(rows.into_iter().map(|(id, row)| (id, Arc::new(row))).collect())
    }
}
