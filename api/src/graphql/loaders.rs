//! What one request reads through, so that a page of fifty tickets asks for its customers once.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::{DataLoader, Loader};
use servicedesk_domain::billing::{SupportTerms, Version};
use servicedesk_domain::catalogue::Catalogue;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::file::FileId;
use servicedesk_domain::kernel::Personal;
use servicedesk_domain::licensing::{ApplicationId, LicenceId, TradingAccountId};
use servicedesk_domain::staff::StaffMemberId;
use servicedesk_domain::ticket::{TicketId, TimeEntryId};
use servicedesk_eventlog::secrets::Secret;
use servicedesk_eventlog::{Db, Log};
use servicedesk_projections::billing::support_accounts::{self, SupportAccountRow};
use servicedesk_projections::customer::customer_directory::{self, CustomerRow};
use servicedesk_projections::file::files::{self, FileRow};
use servicedesk_projections::identity::logins;
use servicedesk_projections::licensing::advisor_intervals::{self, AdvisorIntervalRow};
use servicedesk_projections::licensing::applications::{self, ApplicationRow};
use servicedesk_projections::licensing::licences;
use servicedesk_projections::sla::request::Request;
use servicedesk_projections::sla::targets;
use servicedesk_projections::staff::staff_directory::{self, StaffMemberRow};
use servicedesk_projections::ticket::agent_load;
use servicedesk_projections::ticket::ticket_details::{self, TicketDetails};
use servicedesk_projections::ticket::time_entries;
use tokio::sync::OnceCell;
use uuid::Uuid;

use servicedesk_service::billing::terms;
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;
use servicedesk_service::licensing::signed_links;

/// The loaders of one request.
pub struct Loaders {
    desk: Desk,
    tickets: DataLoader<Tickets>,
    customers: DataLoader<Customers>,
    staff: DataLoader<Staff>,
    licences: DataLoader<LicenceRow>,
    accounts: DataLoader<Accounts>,
    time_entries: DataLoader<TimeEntryRow>,
    terms: DataLoader<TermsHistory>,
    requests: DataLoader<Requests>,
    applications: DataLoader<OfApplications>,
    of_tickets: DataLoader<OfTickets>,
    trading_accounts: DataLoader<TradingAccounts>,
    files: DataLoader<Files>,
    link_secret: OnceCell<Secret>,
    addresses: DataLoader<Addresses>,
    open_tickets: DataLoader<OpenTickets>,
}

impl Loaders {
    /// Fresh loaders, which know nothing yet.
    pub fn new(desk: Desk) -> Self {
        let db = desk.log.db();
        Self {
            tickets: DataLoader::new(Tickets(db.clone()), tokio::spawn),
            customers: DataLoader::new(Customers(db.clone()), tokio::spawn),
            staff: DataLoader::new(Staff(db.clone()), tokio::spawn),
            licences: DataLoader::new(LicenceRow(db.clone()), tokio::spawn),
            accounts: DataLoader::new(Accounts(db.clone()), tokio::spawn),
            time_entries: DataLoader::new(TimeEntryRow(db.clone()), tokio::spawn),
            terms: DataLoader::new(TermsHistory(desk.log.clone()), tokio::spawn),
            requests: DataLoader::new(Requests(db.clone()), tokio::spawn),
            applications: DataLoader::new(OfApplications(db.clone()), tokio::spawn),
            of_tickets: DataLoader::new(OfTickets(db.clone()), tokio::spawn),
            trading_accounts: DataLoader::new(TradingAccounts(db.clone()), tokio::spawn),
            files: DataLoader::new(Files(db.clone()), tokio::spawn),
            link_secret: OnceCell::new(),
            addresses: DataLoader::new(Addresses(db.clone()), tokio::spawn),
            open_tickets: DataLoader::new(OpenTickets(db.clone()), tokio::spawn),
            desk,
        }
    }

    /// The catalogue as it is now.
    ///
    /// # Errors
    /// `Internal` if it cannot be read.
    pub async fn catalogue(&self) -> Result<Arc<Catalogue>, ApiError> {
        self.desk.catalogue().await
    }

    /// A ticket, whether or not the caller may see it.
    ///
    /// # Errors
    /// `Internal` if it cannot be read.
    pub async fn ticket(&self, id: TicketId) -> Result<Option<Arc<TicketDetails>>, ApiError> {
        self.tickets.load_one(id).await
    }

    /// Several tickets in this order; those that there are not are left out.
    ///
    /// # Errors
    /// `Internal` if they cannot be read.
    pub async fn tickets(&self, ids: &[TicketId]) -> Result<Vec<Arc<TicketDetails>>, ApiError> {
        let mut found = self.tickets.load_many(ids.iter().copied()).await?;
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    /// Files in this order, whether or not the caller may see them; those that there are not are
    /// left out.
    ///
    /// # Errors
    /// `Internal` if they cannot be read.
    pub async fn files(&self, ids: &[FileId]) -> Result<Vec<FileRow>, ApiError> {
        let mut found = self.files.load_many(ids.iter().copied()).await?;
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    /// What links are signed with.
    ///
    /// # Errors
    /// `Internal` if it cannot be read.
    pub async fn link_secret(&self) -> Result<&Secret, ApiError> {
        let secret = self.link_secret.get_or_try_init(|| signed_links::secret(&self.desk.log));
        secret.await.map_err(ApiError::from)
    }

    /// A customer.
    ///
    /// # Errors
    /// `Internal` if it cannot be read.
    pub async fn customer(&self, id: CustomerId) -> Result<Option<CustomerRow>, ApiError> {
        self.customers.load_one(id).await
    }

    /// A member of staff.
    ///
    /// # Errors
    /// `Internal` if it cannot be read.
    pub async fn staff_member(
        &self,
        id: StaffMemberId,
    ) -> Result<Option<StaffMemberRow>, ApiError> {
        self.staff.load_one(id).await
    }

    /// The address that a person logs in with; none without a login.
    ///
    /// # Errors
    /// `Internal` if it cannot be read.
    pub async fn address(&self, person: Uuid) -> Result<Option<String>, ApiError> {
        let found = self.addresses.load_one(person).await?;
        Ok(found.and_then(|address| address.reveal().cloned()))
    }

    /// How many open tickets a member of staff is responsible for.
    ///
    /// # Errors
    /// `Internal` if they cannot be counted.
    pub async fn open_tickets(&self, id: StaffMemberId) -> Result<i64, ApiError> {
        Ok(self.open_tickets.load_one(id).await?.unwrap_or_default())
    }

    /// What is measured of a request.
    ///
    /// # Errors
    /// `Internal` if it cannot be read.
    pub async fn measured(&self, request_id: Uuid) -> Result<Option<Arc<Request>>, ApiError> {
        self.requests.load_one(request_id).await
    }

    /// An application, whether or not the caller may see it.
    ///
    /// # Errors
    /// `Internal` if it cannot be read.
    pub async fn application(
        &self,
        id: ApplicationId,
    ) -> Result<Option<Arc<ApplicationRow>>, ApiError> {
        self.applications.load_one(id).await
    }

    /// The application that is talked about in a ticket, whether or not the caller may see it.
    ///
    /// # Errors
    /// `Internal` if it cannot be read.
    pub async fn application_of(
        &self,
        id: TicketId,
    ) -> Result<Option<Arc<ApplicationRow>>, ApiError> {
        self.of_tickets.load_one(id).await
    }

    /// A trading account, whether or not the caller may see it.
    ///
    /// # Errors
    /// `Internal` if it cannot be read.
    pub async fn trading_account(
        &self,
        id: TradingAccountId,
    ) -> Result<Option<Arc<AdvisorIntervalRow>>, ApiError> {
        self.trading_accounts.load_one(id).await
    }

    /// A licence, whether or not the caller may see it.
    ///
    /// # Errors
    /// `Internal` if it cannot be read.
    pub async fn licence(&self, id: LicenceId) -> Result<Option<licences::LicenceRow>, ApiError> {
        self.licences.load_one(id).await
    }

    /// A customer's support account, whether or not the caller may see it; null if nothing was recorded in it.
    ///
    /// # Errors
    /// `Internal` if it cannot be read.
    pub async fn support_account(
        &self,
        id: CustomerId,
    ) -> Result<Option<Arc<SupportAccountRow>>, ApiError> {
        self.accounts.load_one(id).await
    }

    /// The terms of support in force now.
    ///
    /// # Errors
    /// `Internal` if they cannot be read.
    pub async fn terms(&self) -> Result<Version, ApiError> {
        let history = self.terms.load_one(()).await?;
        let in_force = history.and_then(|found| found.in_force_at(self.desk.now()).copied());
        in_force.ok_or_else(|| ApiError::internal(&"no terms of support were ever defined"))
    }

    /// A time entry, whether or not the caller may see it.
    ///
    /// # Errors
    /// `Internal` if it cannot be read.
    pub async fn time_entry(
        &self,
        id: TimeEntryId,
    ) -> Result<Option<time_entries::TimeEntryRow>, ApiError> {
        self.time_entries.load_one(id).await
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
    type Value = CustomerRow;
    type Error = ApiError;

    async fn load(&self, ids: &[CustomerId]) -> Result<HashMap<CustomerId, CustomerRow>, ApiError> {
        Ok(customer_directory::by_ids(&self.0, ids).await?)
    }
}

struct Staff(Db);

impl Loader<StaffMemberId> for Staff {
    type Value = StaffMemberRow;
    type Error = ApiError;

    async fn load(
        &self,
        ids: &[StaffMemberId],
    ) -> Result<HashMap<StaffMemberId, StaffMemberRow>, ApiError> {
        Ok(staff_directory::by_ids(&self.0, ids).await?)
    }
}

struct Addresses(Db);

impl Loader<Uuid> for Addresses {
    type Value = Personal<String>;
    type Error = ApiError;

    async fn load(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Personal<String>>, ApiError> {
        Ok(logins::addresses(&self.0, ids).await?)
    }
}

struct OpenTickets(Db);

impl Loader<StaffMemberId> for OpenTickets {
    type Value = i64;
    type Error = ApiError;

    async fn load(&self, ids: &[StaffMemberId]) -> Result<HashMap<StaffMemberId, i64>, ApiError> {
        Ok(agent_load::open_tickets(&self.0, ids).await?)
    }
}

struct LicenceRow(Db);

impl Loader<LicenceId> for LicenceRow {
    type Value = licences::LicenceRow;
    type Error = ApiError;

    async fn load(
        &self,
        ids: &[LicenceId],
    ) -> Result<HashMap<LicenceId, licences::LicenceRow>, ApiError> {
        Ok(licences::by_ids(&self.0, ids).await?)
    }
}

struct Accounts(Db);

impl Loader<CustomerId> for Accounts {
    type Value = Arc<SupportAccountRow>;
    type Error = ApiError;

    async fn load(
        &self,
        ids: &[CustomerId],
    ) -> Result<HashMap<CustomerId, Arc<SupportAccountRow>>, ApiError> {
        let rows = support_accounts::by_customers(&self.0, ids).await?;
        Ok(rows.into_iter().map(|(id, row)| (id, Arc::new(row))).collect())
    }
}

struct Files(Db);

impl Loader<FileId> for Files {
    type Value = FileRow;
    type Error = ApiError;

    async fn load(&self, ids: &[FileId]) -> Result<HashMap<FileId, FileRow>, ApiError> {
        Ok(files::by_ids(&self.0, ids).await?)
    }
}

struct TimeEntryRow(Db);

impl Loader<TimeEntryId> for TimeEntryRow {
    type Value = time_entries::TimeEntryRow;
    type Error = ApiError;

    async fn load(
        &self,
        ids: &[TimeEntryId],
    ) -> Result<HashMap<TimeEntryId, time_entries::TimeEntryRow>, ApiError> {
        Ok(time_entries::by_ids(&self.0, ids).await?)
    }
}

/// The terms have no key; asking by one at once for all who ask is what the loader is for.
struct TermsHistory(Log);

impl Loader<()> for TermsHistory {
    type Value = Arc<SupportTerms>;
    type Error = ApiError;

    async fn load(&self, _: &[()]) -> Result<HashMap<(), Arc<SupportTerms>>, ApiError> {
        let history = terms::history(&self.0).await?;
        Ok(HashMap::from([((), Arc::new(history))]))
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

struct OfApplications(Db);

impl Loader<ApplicationId> for OfApplications {
    type Value = Arc<ApplicationRow>;
    type Error = ApiError;

    async fn load(
        &self,
        ids: &[ApplicationId],
    ) -> Result<HashMap<ApplicationId, Arc<ApplicationRow>>, ApiError> {
        let rows = applications::by_ids(&self.0, ids).await?;
        Ok(rows.into_iter().map(|(id, row)| (id, Arc::new(row))).collect())
    }
}

struct OfTickets(Db);

impl Loader<TicketId> for OfTickets {
    type Value = Arc<ApplicationRow>;
    type Error = ApiError;

    async fn load(
        &self,
        ids: &[TicketId],
    ) -> Result<HashMap<TicketId, Arc<ApplicationRow>>, ApiError> {
        let rows = applications::by_tickets(&self.0, ids).await?;
        Ok(rows.into_iter().map(|(id, row)| (id, Arc::new(row))).collect())
    }
}

struct TradingAccounts(Db);

impl Loader<TradingAccountId> for TradingAccounts {
    type Value = Arc<AdvisorIntervalRow>;
    type Error = ApiError;

    async fn load(
        &self,
        ids: &[TradingAccountId],
    ) -> Result<HashMap<TradingAccountId, Arc<AdvisorIntervalRow>>, ApiError> {
        let rows = advisor_intervals::by_ids(&self.0, ids).await?;
        Ok(rows.into_iter().map(|(id, row)| (id, Arc::new(row))).collect())
    }
}
