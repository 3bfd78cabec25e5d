//! What is stored of an application, for ever. Storage format and nothing else.

use chrono::NaiveDate;
use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use crate::catalogue::{BrokerId, CategoryId, ProductId};
use crate::customer::CustomerId;
use crate::kernel::{Moment, Money, Personal};
use crate::licensing::trading_account::events::GrantBasis;
use crate::licensing::{AccountNumber, LicenceId, LicenceKind, TradingAccountId};
use crate::sla::events::{
    ClockPaused, ClockResumed, ClockStarted, LineCrossed, Remeasured, TargetEnded,
};
use crate::staff::StaffMemberId;
use crate::ticket::TicketId;

/// A fact about an application.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr, strum::VariantNames,
)]
pub enum ApplicationEvent {
    /// A customer applied (F1, R1, R2).
    #[serde(rename = "application.submitted")]
    #[strum(serialize = "application.submitted")]
    Submitted {
        /// The customer who applies.
        customer_id: CustomerId,
        /// For what.
        request: Request,
        /// What they add.
        comment: Option<Personal<String>>,
    },
    /// A member of staff took it.
    #[serde(rename = "application.taken")]
    #[strum(serialize = "application.taken")]
    Taken {
        /// The member of staff.
        staff_member_id: StaffMemberId,
    },
    /// It was approved.
    #[serde(rename = "application.approved")]
    #[strum(serialize = "application.approved")]
    Approved {
        /// The member of staff who decided.
        staff_member_id: StaffMemberId,
        /// The ground of the approval.
        basis: ApprovalBasis,
        /// The licences that it leads to.
        licences: Vec<LicenceToGrant>,
    },
    /// It was declined.
    #[serde(rename = "application.declined")]
    #[strum(serialize = "application.declined")]
    Declined {
        /// The member of staff who decided.
        staff_member_id: StaffMemberId,
        /// The reason.
        reason: Personal<String>,
    },
    /// The customer took it back.
    #[serde(rename = "application.withdrawn")]
    #[strum(serialize = "application.withdrawn")]
    Withdrawn {
        /// The reason.
        reason: Option<Personal<String>>,
    },
    /// It is to be talked about in a ticket, which is opened because of this.
    #[serde(rename = "application.ticket_requested")]
    #[strum(serialize = "application.ticket_requested")]
    TicketRequested {
        /// The ticket.
        ticket_id: TicketId,
        /// Of which category it is.
        category_id: CategoryId,
        /// About which product.
        product_id: ProductId,
        /// Its subject.
        subject: Personal<String>,
        /// Its text.
        text: Personal<String>,
    },
    /// A clock was started with the submission before it (S1).
    #[serde(rename = "application.clock_started")]
    #[strum(serialize = "application.clock_started")]
    ClockStarted(ClockStarted),
    /// The clock is paused.
    #[serde(rename = "application.clock_paused")]
    #[strum(serialize = "application.clock_paused")]
    ClockPaused(ClockPaused),
    /// The clock runs again.
    #[serde(rename = "application.clock_resumed")]
    #[strum(serialize = "application.clock_resumed")]
    ClockResumed(ClockResumed),
    /// A target became at risk (S2).
    #[serde(rename = "application.target_at_risk")]
    #[strum(serialize = "application.target_at_risk")]
    TargetAtRisk(LineCrossed),
    /// A target was breached (S2).
    #[serde(rename = "application.target_breached")]
    #[strum(serialize = "application.target_breached")]
    TargetBreached(LineCrossed),
    /// What a target is about has come (S1).
    #[serde(rename = "application.target_ended")]
    #[strum(serialize = "application.target_ended")]
    TargetEnded(TargetEnded),
    /// A manager had everything measured again (S4).
    #[serde(rename = "application.remeasured")]
    #[strum(serialize = "application.remeasured")]
    Remeasured(Remeasured),
}

/// What a customer applies for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Free advisors for an account with a partner broker (F1).
    FreeAdvisor(FreeAdvisorRequest),
    /// The download of a rented program (R1).
    RentalDownload {
        /// The program.
        product_id: ProductId,
        /// The first day of the rental, in the vendor's time zone.
        starts_on: NaiveDate,
        /// For how many months.
        months: u16,
    },
    /// The download of a program that was bought (R2).
    LicenceUpdate {
        /// The program.
        product_id: ProductId,
        /// The day of the purchase.
        purchased_on: NaiveDate,
        /// Where it was bought.
        seller: Personal<String>,
        /// How to find the purchase: an order's or receipt's number.
        reference: Personal<String>,
    },
}

/// An application for free advisors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FreeAdvisorRequest {
    /// With which broker the account is.
    pub broker_id: BrokerId,
    /// The account.
    pub account_id: TradingAccountId,
    /// Its number.
    pub account_number: Personal<AccountNumber>,
    /// The advisors.
    pub product_ids: Vec<ProductId>,
    /// What the customer says is on the account.
    pub deposit: Money,
}

/// The ground on which an application was approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalBasis {
    /// What the rule of the free advisor says (F3, F4).
    Rule(GrantBasis),
    /// Staff saw that it is in order (R1, R2).
    Staff,
    /// A manager decided so, whatever was decided before (F8).
    Override {
        /// The reason.
        reason: Personal<String>,
    },
}

/// A licence to which an approval leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LicenceToGrant {
    /// Its id.
    pub licence_id: LicenceId,
    /// For which product.
    pub product_id: ProductId,
    /// The terms.
    pub kind: LicenceKind,
    /// The moment from which it is valid.
    pub valid_from: Moment,
    /// The moment until which it is valid. None: without end.
    pub valid_until: Option<Moment>,
}

impl DomainEvent for ApplicationEvent {
    fn event_type(&self) -> String {
        <&'static str>::from(self).to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
