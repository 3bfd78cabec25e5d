//! Read models: one file per question, with its row, how events change it, and its queries.
//!
//! A projection is a function of the log. Rows and checkpoint move in one transaction, a fault stops
//! the projection loudly, and a rebuild from the log gives exactly what is live.

pub mod access;
pub mod billing;
pub mod customer;
pub mod fold;
pub mod licensing;
pub mod paging;
pub mod rebuild;
pub mod runner;
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
        fold::projection::<ticket::customer_tickets::CustomerTickets>(),
        fold::projection::<licensing::licences::Licences>(),
        fold::projection::<licensing::applications::Applications>(),
        fold::projection::<licensing::advisor_intervals::AdvisorIntervals>(),
        fold::projection::<licensing::releases::Releases>(),
        fold::projection::<ticket::time_entries::TimeEntries>(),
        fold::projection::<billing::support_accounts::SupportAccounts>(),
        fold::projection::<billing::statements::Statements>(),
        fold::projection::<billing::statement_lines::StatementLines>(),
        fold::projection::<billing::utilisation::Utilisation>(),
        fold::projection::<staff::staff_directory::StaffDirectory>(),
        fold::projection::<customer::customer_directory::CustomerDirectory>(),
        fold::projection::<access::api_tokens::ApiTokens>(),
        sla::service_levels::projection(),
    ]
}
