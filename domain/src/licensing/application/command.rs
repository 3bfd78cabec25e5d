//! What can be asked of an application. A command carries the time, the new ids and every fact
//! that the application itself does not hold.

use std::sync::Arc;

use chrono::NaiveDate;

use super::ApplicationId;
use super::rejection::Rejection;
use crate::catalogue::{BrokerId, CategoryId, LicensingPolicy, ProductId};
use crate::customer::CustomerId;
use crate::kernel::{AmountProblem, Moment, Money};
use crate::licensing::trading_account::events::{Advisor, GrantBasis};
use crate::licensing::trading_account::{self, TradingAccount};
use crate::licensing::{AccountNumber, AccountNumberProblem, LicenceId};
use crate::sla::{Book, Fact};
use crate::staff::{StaffMemberId, Worker};
use crate::ticket::TicketId;

/// A command on an application.
#[derive(Debug, Clone)]
pub enum Command {
    /// See [`Submit`].
    Submit(Box<Submit>),
    /// A member of staff takes it.
    Take {
        /// Who.
        by: Worker,
    },
    /// It is in order, as far as no trading account has a say (R1, R2).
    Approve {
        /// Who decides.
        by: Worker,
        /// Which it is.
        application_id: ApplicationId,
        /// The licence to which it leads, where it is a purchase.
        bought: Option<LicenceId>,
        /// Now.
        at: Moment,
        /// The policy in force.
        policy: LicensingPolicy,
    },
    /// The trading account has granted what it asks for (F3, F4).
    FollowGrant {
        /// Which it is.
        application_id: ApplicationId,
        /// What was granted.
        advisors: Vec<Advisor>,
        /// What the rule says of it.
        basis: GrantBasis,
        /// Who decided.
        staff_member_id: StaffMemberId,
        /// When.
        granted_at: Moment,
    },
    /// It is not in order.
    Decline {
        /// Who decides.
        by: Worker,
        /// Why.
        reason: String,
        /// The most characters of a reason.
        most_characters: usize,
    },
    /// A manager approves it, whatever was decided before (F8). An application for free advisors
    /// is approved so through its trading account.
    Override {
        /// Who decides.
        by: Worker,
        /// Why.
        reason: String,
        /// The most characters of a reason.
        most_characters: usize,
        /// Which it is.
        application_id: ApplicationId,
        /// The licence to which it leads, where it is a purchase.
        bought: Option<LicenceId>,
        /// Now.
        at: Moment,
        /// The policy in force.
        policy: LicensingPolicy,
    },
    /// The customer takes it back.
    Withdraw {
        /// Who.
        customer_id: CustomerId,
        /// Why.
        reason: Option<String>,
        /// The most characters of a reason.
        most_characters: usize,
    },
    /// It is to be talked about in a ticket.
    RequestTicket(RequestTicket),
    /// Another command, with what it means for the clock (S1).
    Measured {
        /// What is asked.
        command: Box<Self>,
        /// Now.
        at: Moment,
        /// What requests are measured by.
        book: Arc<Book>,
    },
    /// Lines that were crossed until now are recorded (S2).
    CrossLines {
        /// Now.
        at: Moment,
    },
    /// A manager has it measured anew, by what is in force now (S4).
    Remeasure {
        /// Who.
        by: Worker,
        /// Why.
        reason: String,
        /// The most characters of a reason.
        most_characters: usize,
        /// What happened to it until now.
        history: Vec<(Fact, Moment)>,
        /// Now.
        at: Moment,
        /// What requests are measured by.
        book: Arc<Book>,
    },
}

/// A new application.
#[derive(Debug, Clone)]
pub struct Submit {
    /// Who applies.
    pub customer_id: CustomerId,
    /// For what.
    pub wish: Wish,
    /// What she adds.
    pub comment: Option<String>,
    /// The most characters of a comment, and of what is said of a purchase.
    pub most_characters: usize,
    /// Now.
    pub at: Moment,
    /// The policy in force.
    pub policy: LicensingPolicy,
}

/// What a customer wishes for, as she says it, with what is known of it.
#[derive(Debug, Clone)]
pub enum Wish {
    /// Free advisors (F1).
    FreeAdvisor(FreeAdvisorWish),
    /// The download of a rented program (R1).
    RentalDownload {
        /// Which program, as far as there is such a product.
        product_id: Result<ProductId, trading_account::Rejection>,
        /// On which day the rental begins.
        starts_on: Option<NaiveDate>,
        /// For how many months.
        months: i64,
    },
    /// The download of a program that was bought (R2).
    LicenceUpdate {
        /// Which program, as far as there is such a product.
        product_id: Result<ProductId, trading_account::Rejection>,
        /// On which day it was bought.
        purchased_on: NaiveDate,
        /// Where it was bought.
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
    /// With which broker it is, as far as it is a partner.
    pub broker_id: Result<BrokerId, trading_account::Rejection>,
    /// Its number.
    pub account_number: Result<AccountNumber, AccountNumberProblem>,
    /// Which advisors, with what must be on an account for each now, as far as they are given free.
    pub advisors: Vec<Result<Advisor, trading_account::Rejection>>,
    /// What she says is on it; none where what was given is no amount of money.
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

/// A ticket to talk about an application in.
#[derive(Debug, Clone)]
pub struct RequestTicket {
    /// Who asks.
    pub by: Party,
    /// The id of the new ticket.
    pub ticket_id: TicketId,
    /// Of which category, as far as there is such.
    pub category_id: Result<CategoryId, Rejection>,
    /// Its subject.
    pub subject: String,
    /// The most characters of a subject.
    pub subject_characters: usize,
    /// Its text.
    pub text: String,
    /// The most characters of a text.
    pub text_characters: usize,
}

/// Either side of the counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    /// A customer.
    Customer(CustomerId),
    /// A member of staff.
    Staff,
}
