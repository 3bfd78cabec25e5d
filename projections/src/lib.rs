//! Read models: one file per question, with its row, how events change it, and its queries.
//!
//! A projection is a function of the log. Rows and checkpoint move in one transaction, a fault stops
//! the projection loudly, and a rebuild from the log gives exactly what is live.

pub mod access;
pub mod billing;
pub mod customer;
pub mod file;
pub mod fold;
pub mod identity;
pub mod licensing;
pub mod paging;
pub mod rebuild;
pub mod runner;
mod search;
pub mod sla;
pub mod staff;
pub mod table;
pub mod ticket;

pub use fold::{Fault, Projection};
pub use runner::{Positions, Runner};

/// Every projection of this version. A new one is added here and nowhere else.
pub fn all() -> Vec<Box<dyn Projection>> {
    vec![
        fold::projection::<ticket::ticket_details::TicketDetails>(),
        fold::projection::<ticket::department_queue::DepartmentQueue>(),
        fold::projection::<ticket::customer_tickets::CustomerTicketRow>(),
        fold::projection::<licensing::licences::LicenceRow>(),
        fold::projection::<licensing::applications::ApplicationRow>(),
        fold::projection::<licensing::advisor_intervals::AdvisorIntervalRow>(),
        fold::projection::<licensing::releases::ReleaseRow>(),
        fold::projection::<ticket::time_entries::TimeEntryRow>(),
        fold::projection::<billing::support_accounts::SupportAccountRow>(),
        fold::projection::<billing::statements::StatementRow>(),
        fold::projection::<billing::statement_lines::StatementLineRow>(),
        fold::projection::<billing::utilisation::Utilisation>(),
        fold::projection::<staff::staff_directory::StaffMemberRow>(),
        fold::projection::<customer::customer_directory::CustomerRow>(),
        fold::projection::<access::api_tokens::ApiTokenRow>(),
        fold::projection::<identity::logins::LoginRow>(),
        fold::projection::<file::files::FileRow>(),
        sla::service_levels::projection(),
    ]
}
