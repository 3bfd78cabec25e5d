//! What is stored of a support account, for ever. Storage format and nothing else.

use chrono::NaiveDate;
use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use super::PaymentId;
use crate::catalogue::ProductId;
use crate::kernel::{Moment, Money, Month, Personal};
use crate::licensing::LicenceId;
use crate::staff::StaffMemberId;
use crate::ticket::{TicketId, TimeEntryId};

/// A fact about a customer's support account.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr, strum::VariantNames,
)]
pub enum AccountEvent {
    /// A licence brought its package of free minutes (B1).
    #[serde(rename = "support_account.package_opened")]
    #[strum(serialize = "support_account.package_opened")]
    PackageOpened {
        /// The licence.
        licence_id: LicenceId,
        /// For help with which product.
        product_id: ProductId,
        /// For work from when.
        valid_from: Moment,
        /// The end of the work it is for. `None` if it has no end.
        valid_until: Option<Moment>,
    },
    /// The licence was renewed: work until then may draw on what is left of its package.
    #[serde(rename = "support_account.package_extended")]
    #[strum(serialize = "support_account.package_extended")]
    PackageExtended {
        /// The licence.
        licence_id: LicenceId,
        /// For work until when.
        valid_until: Moment,
    },
    /// The licence was revoked: work from that moment on draws nothing from its package. What was
    /// drawn before stays.
    #[serde(rename = "support_account.package_ended")]
    #[strum(serialize = "support_account.package_ended")]
    PackageEnded {
        /// The licence.
        licence_id: LicenceId,
        /// From when.
        ended_at: Moment,
    },
    /// Logged time, or a part of it, was drawn from packages, and the rest charged or waived (B2, B3).
    #[serde(rename = "support_account.work_settled")]
    #[strum(serialize = "support_account.work_settled")]
    WorkSettled {
        /// How it was settled.
        settlement: Settlement,
        /// On which statement it stands.
        billed_in: Month,
    },
    /// What was settled for logged time was given back in full (B4): the free minutes to the packages, the
    /// price to the customer.
    #[serde(rename = "support_account.work_credited")]
    #[strum(serialize = "support_account.work_credited")]
    WorkCredited {
        /// What is given back.
        settlement: Settlement,
        /// Why.
        basis: CreditBasis,
        /// On which statement the credit stands.
        billed_in: Month,
    },
    /// Time that had become a courtesy was never worked: it counts as work no more. Nothing was
    /// drawn or charged for it by then.
    #[serde(rename = "support_account.courtesy_reversed")]
    #[strum(serialize = "support_account.courtesy_reversed")]
    CourtesyReversed {
        /// What had come of it before it became a courtesy.
        settlement: Settlement,
    },
    /// The customer was warned that a package comes to its end (B5).
    #[serde(rename = "support_account.warning_raised")]
    #[strum(serialize = "support_account.warning_raised")]
    WarningRaised {
        /// Which package.
        licence_id: LicenceId,
        /// For help with which product.
        product_id: ProductId,
        /// How near its end is.
        level: WarningLevel,
        /// The minutes drawn from it.
        used_minutes: u32,
        /// The minutes it has.
        package_minutes: u32,
        /// The free minutes that are left for the product, in all packages.
        free_minutes_left: u32,
    },
    /// Accounting closed a month's statement. What comes later stands on the next one.
    #[serde(rename = "support_account.statement_closed")]
    #[strum(serialize = "support_account.statement_closed")]
    StatementClosed {
        /// Which month.
        month: Month,
        /// What it came to.
        totals: Totals,
    },
    /// The customer paid.
    #[serde(rename = "support_account.payment_recorded")]
    #[strum(serialize = "support_account.payment_recorded")]
    PaymentRecorded {
        /// The payment's id.
        payment_id: PaymentId,
        /// How much.
        amount: Money,
        /// On which day it was received.
        received_on: NaiveDate,
        /// How to find it in the bank's books.
        reference: Personal<String>,
        /// On which statement it stands.
        billed_in: Month,
    },
    /// A payment was recorded wrongly, or was taken back, and no longer counts.
    #[serde(rename = "support_account.payment_reversed")]
    #[strum(serialize = "support_account.payment_reversed")]
    PaymentReversed {
        /// Which payment.
        payment_id: PaymentId,
        /// How much.
        amount: Money,
        /// Why.
        reason: Personal<String>,
        /// On which statement the reversal stands.
        billed_in: Month,
    },
}

/// How logged time was settled, or a part of it: `minutes` is the sum of the draws, the chargeable
/// and the waived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settlement {
    /// The time entry.
    pub entry_id: TimeEntryId,
    /// Which part of it, from 0, in the order of time. Work that crosses the end of a licence or of
    /// a month has several (B3); what was settled before they were split has one.
    #[serde(default, skip_serializing_if = "is_first")]
    pub part: u32,
    /// On which ticket.
    pub ticket_id: TicketId,
    /// For which product.
    pub product_id: ProductId,
    /// Who worked.
    pub staff_member_id: StaffMemberId,
    /// When the work ended.
    pub worked_at: Moment,
    /// The month of the work.
    pub worked_in: Month,
    /// For how many minutes.
    pub minutes: u32,
    /// What was drawn from which package, the oldest licence first.
    pub draws: Vec<Draw>,
    /// The minutes that are charged.
    pub chargeable_minutes: u32,
    /// The minutes that are neither free by a package nor charged.
    pub waived: Option<Waived>,
    /// By which version of the terms.
    pub terms_version: u32,
    /// What the chargeable minutes cost, in whole cents, with the remainders of the lines before on
    /// the same statement (B2).
    pub price: Money,
    /// By how much the exact price exceeds that, in sixtieths of a cent; the next line takes it
    /// along. A line recorded before remainders were carried has none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub remainder: i64,
}

/// Minutes drawn from one package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draw {
    /// The licence whose package it is.
    pub licence_id: LicenceId,
    /// How many minutes.
    pub minutes: u32,
}

/// Minutes that the customer owes nothing for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waived {
    /// How many.
    pub minutes: u32,
    /// Why.
    pub basis: WaiverBasis,
}

/// Why minutes are neither drawn nor charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaiverBasis {
    /// The agent marked the time as courtesy (B3).
    Courtesy,
    /// The customer had not agreed to pay, and the free minutes that were there when the time was
    /// logged had gone to other work by the time it was settled.
    NotAgreed,
}

/// Why a settlement was given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreditBasis {
    /// The time entry was wrong (B4).
    Reversal,
    /// The time was marked as courtesy afterwards (B3).
    Courtesy,
}

/// How near its end a package is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningLevel {
    /// The share that the terms name is used.
    NearlyUsed,
    /// All of it is used.
    UsedUp,
}

/// What the lines of a statement come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Totals {
    /// How many lines there are, credits among them.
    pub lines: u32,
    /// The minutes worked, less those credited.
    pub minutes: i64,
    /// Those drawn from packages.
    pub free_minutes: i64,
    /// Those charged.
    pub chargeable_minutes: i64,
    /// What they cost, each by itself, in cents of the account's currency.
    pub cents: i64,
    /// The cents that the statement adds to its lines, or takes off, so that it comes to their exact
    /// sum, rounded once (B2). A statement closed before there was such a line has none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rounding: i64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_first(part: &u32) -> bool {
    *part == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(number: &i64) -> bool {
    *number == 0
}

impl DomainEvent for AccountEvent {
    fn event_type(&self) -> String {
        <&'static str>::from(self).to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
