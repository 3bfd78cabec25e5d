//! The list of all reactions. Each gives for an event both the key that orders it and the work, from
//! one match, so it is shown every event that it handles.

use servicedesk_eventlog::Recorded;

use crate::billing::reactions as billing;
use crate::customer::reactions as customers;
use crate::desk::Desk;
use crate::file::reactions as files;
use crate::identity::reactions as logins;
use crate::licensing::applications::reactions as applications;
use crate::licensing::reactions as licences;
use crate::reaction::Planned;
use crate::ticket::reactions as tickets;

/// One kind of work that events lead to.
#[derive(Debug, Clone, Copy)]
pub struct Reaction {
    /// Its name, under which it is stored when it is parked. It never changes.
    pub name: &'static str,
    /// What it does about an event; `None` if nothing.
    pub plan: for<'a> fn(&'a Desk, &'a Recorded) -> Option<Planned<'a>>,
}

/// Every reaction. What one event leads to under one key is done in this order.
pub const REACTIONS: [Reaction; 15] = [
    Reaction { name: "settle", plan: billing::settle },
    Reaction { name: "stop_timer", plan: tickets::stop_timer },
    Reaction { name: "record_statement", plan: applications::record_statement },
    Reaction { name: "approve", plan: applications::approve },
    Reaction { name: "grant", plan: applications::grant },
    Reaction { name: "open_ticket", plan: applications::open_ticket },
    Reaction { name: "revoke", plan: applications::revoke },
    Reaction { name: "issue_link", plan: licences::issue_link },
    Reaction { name: "issue_key", plan: licences::issue_key },
    Reaction { name: "open_login", plan: logins::open_login },
    Reaction { name: "remove_bytes", plan: files::remove_bytes },
    Reaction { name: "forget_person", plan: customers::forget },
    Reaction { name: "end_access", plan: logins::end_access },
    Reaction { name: "return_tickets", plan: tickets::return_tickets },
    Reaction { name: "relinquish", plan: tickets::relinquish },
];

/// Where a reaction is in the list; `None` if none is called so.
pub fn place(name: &str) -> Option<usize> {
    REACTIONS.iter().position(|one| one.name == name)
}
