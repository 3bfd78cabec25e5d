//! What can be done to an application. A command carries the new ids and every fact that the
//! application itself does not hold; what every command needs is in its [`Circumstances`].

use std::sync::Arc;

use chrono::NaiveDate;

use super::ApplicationId;
use super::rejection::Rejection;
use crate::catalogue::{BrokerId, CategoryId, LicensingPolicy, ProductId, TicketPolicy};
use crate::customer::CustomerId;
use crate::kernel::{AmountProblem, Moment, Money};
use crate::licensing::trading_account::events::Advisor;
use crate::licensing::trading_account::state::AdvisorGrant;
use crate::licensing::trading_account::{self, TradingAccount};
use crate::licensing::{AccountNumber, AccountNumberProblem, LicenceId};
use crate::sla::{Book, Fact};
use crate::staff::Worker;
use crate::ticket::TicketId;

/// What every command on an application needs, given once beside it.
#[derive(Debug, Clone)]
pub struct Circumstances {
    /// The moment of the decision.
    pub at: Moment,
    /// The service levels that requests are measured by (S1).
    pub book: Arc<Book>,
    /// The licensing policy in force.
    pub policy: LicensingPolicy,
    /// The ticket policy in force, whose limits on texts hold here as well.
    pub ticket_policy: TicketPolicy,
}

/// A command on an application.
#[derive(Debug, Clone)]
pub enum Command {
    /// See [`Submit`].
    Submit(Box<Submit>),
    /// Takes it, to decide it.
    Take {
        /// The member of staff who takes it.
        by: Worker,
    },
    /// See [`Approve`].
    Approve(Approve),
    /// Approves it because its trading account has granted what it asks for (F3, F4).
    FollowGrant(AdvisorGrant),
    /// See [`Decline`].
    Decline(Decline),
    /// See [`Override`].
    Override(Override),
    /// See [`Withdraw`].
    Withdraw(Withdraw),
    /// See [`RequestTicket`].
    RequestTicket(RequestTicket),
    /// Records the lines that were crossed until now (S2).
    CrossLines,
    /// See [`Remeasure`].
    Remeasure(Remeasure),
}

/// Submits a new application.
#[derive(Debug, Clone)]
pub struct Submit {
    /// The customer who applies.
    pub customer_id: CustomerId,
    /// What they apply for.
    pub wish: Wish,
    /// What they add.
    pub comment: Option<String>,
}

/// What a customer applies for, as they say it, with what is known of it.
#[derive(Debug, Clone)]
pub enum Wish {
    /// Free advisors (F1).
    FreeAdvisor(FreeAdvisorWish),
    /// The download of a rented program (R1).
    RentalDownload {
        /// The program, or why there is none.
        product_id: Result<ProductId, trading_account::Rejection>,
        /// The first day of the rental.
        starts_on: Option<NaiveDate>,
        /// The number of months.
        months: i64,
    },
    /// The download of a program that was bought (R2).
    LicenceUpdate {
        /// The program, or why there is none.
        product_id: Result<ProductId, trading_account::Rejection>,
        /// The day of the purchase.
        purchased_on: NaiveDate,
        /// The seller.
        seller: String,
        /// How to find the purchase.
        reference: String,
    },
}

/// Free advisors for an account.
#[derive(Debug, Clone)]
pub struct FreeAdvisorWish {
    /// Whether the account is real.
    pub account_kind: AccountKind,
    /// The broker of the account, or why it is not a partner.
    pub broker_id: Result<BrokerId, trading_account::Rejection>,
    /// The number of the account.
    pub account_number: Result<AccountNumber, AccountNumberProblem>,
    /// The advisors with their minimum deposits now, or why one of them is not given free.
    pub advisors: Vec<Result<Advisor, trading_account::Rejection>>,
    /// What the customer says is on the account, or why that is no amount of money.
    pub deposit: Result<Money, AmountProblem>,
    /// What is known of the account.
    pub account: Arc<TradingAccount>,
}

/// Whether there is real money on an account (F2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountKind {
    /// There is.
    Real,
    /// There is not.
    Demo,
}

/// Approves an application that is in order, if no trading account has a say in it (R1, R2).
#[derive(Debug, Clone)]
pub struct Approve {
    /// The member of staff who decides.
    pub by: Worker,
    /// The application's own id.
    pub application_id: ApplicationId,
    /// The licence that it leads to, if it is about a purchase.
    pub bought: Option<LicenceId>,
}

/// Approves an application as a manager, whatever was decided before (F8). An application for free
/// advisors is approved through its trading account instead.
#[derive(Debug, Clone)]
pub struct Override {
    /// The manager who decides.
    pub by: Worker,
    /// The reason.
    pub reason: String,
    /// The application's own id.
    pub application_id: ApplicationId,
    /// The licence that it leads to, if it is about a purchase.
    pub bought: Option<LicenceId>,
}

/// Declines an application.
#[derive(Debug, Clone)]
pub struct Decline {
    /// The member of staff who decides.
    pub by: Worker,
    /// The reason.
    pub reason: String,
}

/// Withdraws an application, as its customer.
#[derive(Debug, Clone)]
pub struct Withdraw {
    /// The customer.
    pub customer_id: CustomerId,
    /// The reason, if they give one.
    pub reason: Option<String>,
}

/// Asks for a ticket to talk about an application in.
#[derive(Debug, Clone)]
pub struct RequestTicket {
    /// Who asks.
    pub by: Party,
    /// The id of the new ticket.
    pub ticket_id: TicketId,
    /// The ticket's category, or why there is none.
    pub category_id: Result<CategoryId, Rejection>,
    /// The ticket's subject.
    pub subject: String,
    /// The ticket's text.
    pub text: String,
}

/// Measures an application again as a manager, by the service levels in force now (S4).
#[derive(Debug, Clone)]
pub struct Remeasure {
    /// The manager.
    pub by: Worker,
    /// The reason.
    pub reason: String,
    /// What has happened to it until now.
    pub history: Vec<(Fact, Moment)>,
}

/// Either side of an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    /// A customer.
    Customer(CustomerId),
    /// A member of staff.
    Staff,
}
