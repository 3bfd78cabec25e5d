//! Expected refusals as data: one interface, and one type for each feature.

use async_graphql::Interface;

use super::billing::error::BillingError;
use super::customer::error::CustomerError;
use super::file::error::FileError;
use super::identity::error::AccountError;
use super::licensing::error::LicensingError;
use super::settings::error::SettingsError;
use super::sla::error::ServiceLevelError;
use super::staff::error::StaffError;
use super::ticket::error::TicketError;

/// Why a mutation recorded nothing: an expected refusal. Each feature has one type of it, with a
/// `code` from a closed list; a mutation's description names the codes that it can give.
#[derive(Debug, Clone, Interface)]
#[graphql(
    field(name = "message", ty = "&String", desc = "The refusal in the caller's language."),
    field(
        name = "field",
        ty = "&Option<Vec<String>>",
        desc = "The path of the input field at fault. Null if no single field is."
    )
)]
pub enum UserError {
    /// About tickets.
    Ticket(TicketError),
    /// About licences, applications and trading accounts.
    Licensing(LicensingError),
    /// About support accounts.
    Billing(BillingError),
    /// About calendars and service levels.
    ServiceLevel(ServiceLevelError),
    /// About staff.
    Staff(StaffError),
    /// About the desk's settings.
    Settings(SettingsError),
    /// About logging in.
    Account(AccountError),
    /// About files.
    File(FileError),
    /// About customers.
    Customer(CustomerError),
}
