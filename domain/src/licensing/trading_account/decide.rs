//! Decisions about a trading account: evidence, and the rule of the free advisor.

use chrono::TimeDelta;

use super::events::{Advisor, DepositShown, GrantBasis, Source, TradingAccountEvent, TradingShown};
use super::rejection::Rejection;
use super::state::TradingAccount;
use super::{EvidenceId, eligibility, trading_account_of};
use crate::catalogue::{BrokerId, LicensingPolicy, ProductId};
use crate::customer::CustomerId;
use crate::kernel::{AmountProblem, Moment, Money, Personal, Text, local};
use crate::licensing::{AccountNumber, ApplicationId};
use crate::staff::StaffMemberId;

/// The most cents of a deposit.
pub const MAX_CENTS: i64 = 1_000_000_000_000;
/// The most trades of one period.
pub const MAX_TRADES: u32 = 1_000_000_000;

/// A command on a trading account.
#[derive(Debug, Clone)]
pub enum Command {
    /// See [`Record`].
    Record(Record),
    /// See [`Retract`].
    Retract(Retract),
    /// See [`GrantAdvisors`].
    GrantAdvisors(GrantAdvisors),
    /// Releases what was granted, because the application can no longer be approved.
    Release {
        /// The application.
        application_id: ApplicationId,
    },
    /// See [`RevokeAdvisor`].
    RevokeAdvisor(RevokeAdvisor),
}

/// Records evidence, without what is known already (F7).
#[derive(Debug, Clone)]
pub struct Record {
    /// The broker of the account, or why it is not a partner.
    pub broker_id: Result<BrokerId, Rejection>,
    /// The number of the account.
    pub number: AccountNumber,
    /// Where the evidence comes from.
    pub source: Source,
    /// What it shows.
    pub shown: Vec<Shown>,
    /// The moment of the decision.
    pub at: Moment,
    /// The policy in force.
    pub policy: LicensingPolicy,
}

/// Something that evidence shows.
#[derive(Debug, Clone, Copy)]
pub enum Shown {
    /// What was on the account.
    Deposit {
        /// The id of the new evidence.
        evidence_id: EvidenceId,
        /// How much it was, or why that is no amount of money.
        amount: Result<Money, AmountProblem>,
        /// What it was worth in another currency, if named, or why that is no amount of money.
        worth: Option<Result<Money, AmountProblem>>,
        /// The moment at which it was there.
        as_of: Moment,
    },
    /// Whether it was traded on.
    Trading {
        /// The id of the new evidence.
        evidence_id: EvidenceId,
        /// The beginning of the period.
        from: Moment,
        /// The end of the period.
        until: Moment,
        /// The number of trades in the period.
        trades: i64,
        /// The moment of the last trade, if known.
        last_trade_at: Option<Moment>,
    },
}

/// Retracts evidence that was wrong.
#[derive(Debug, Clone)]
pub struct Retract {
    /// The evidence.
    pub evidence_id: EvidenceId,
    /// The member of staff who retracts it.
    pub staff_member_id: StaffMemberId,
    /// The reason.
    pub reason: String,
    /// The most characters of a reason.
    pub max_characters: usize,
}

/// Grants the free advisors of an application (F3, F4).
#[derive(Debug, Clone)]
pub struct GrantAdvisors {
    /// The application.
    pub application_id: ApplicationId,
    /// The customer who gets them.
    pub customer_id: CustomerId,
    /// The advisors with their minimum deposits now, or why one of them is not given free.
    pub advisors: Result<Vec<Advisor>, Rejection>,
    /// The member of staff who decides.
    pub staff_member_id: StaffMemberId,
    /// The reason, if a manager grants them against the rule (F8).
    pub against_rule: Option<Personal<String>>,
    /// The moment of the decision.
    pub at: Moment,
    /// The policy in force.
    pub policy: LicensingPolicy,
}

/// Takes an advisor off the account, because its licence was revoked.
#[derive(Debug, Clone, Copy)]
pub struct RevokeAdvisor {
    /// The application that it was granted by.
    pub application_id: ApplicationId,
    /// The advisor.
    pub product_id: ProductId,
    /// The moment from which it is revoked.
    pub revoked_at: Moment,
}

/// The events that a decision leads to.
pub type Decision = Result<Vec<TradingAccountEvent>, Rejection>;

/// Decides a command on a trading account.
///
/// # Errors
/// The [`Rejection`] by the rules F3, F4 and F7; nothing is recorded.
pub fn decide(account: &TradingAccount, command: Command) -> Decision {
    match command {
        Command::Record(record) => self::record(account, &record),
        Command::Retract(retract) => self::retract(account, &retract),
        Command::GrantAdvisors(grant) => self::grant(account, grant),
        Command::Release { application_id } => Ok(release(account, application_id)),
        Command::RevokeAdvisor(revoke) => Ok(self::revoke(account, revoke)),
    }
}

/// Evidence that is known already gives no event, whether it still counts or not.
fn record(account: &TradingAccount, record: &Record) -> Decision {
    let broker_id = record.broker_id?;
    let mut events = Vec::new();
    for shown in &record.shown {
        let event = match *shown {
            Shown::Deposit { evidence_id, amount, worth, as_of } => {
                let amount = amount_of(amount)?;
                let worth = worth.map(amount_of).transpose()?;
                if worth.is_some_and(|worth| worth.currency == amount.currency) {
                    return Err(Rejection::WorthInSameCurrency);
                }
                in_range(&[as_of], record)?;
                let source = record.source;
                let shown = DepositShown { evidence_id, source, amount, worth, as_of };
                (evidence_id, TradingAccountEvent::DepositRecorded(shown))
            }
            Shown::Trading { evidence_id, from, until, trades, last_trade_at } => {
                let trades = u32::try_from(trades).ok().filter(|trades| *trades <= MAX_TRADES);
                let trades = trades.ok_or(Rejection::TradesOutOfRange { max: MAX_TRADES })?;
                let is_within = |at: Moment| (from..=until).contains(&at);
                if from > until || !last_trade_at.is_none_or(is_within) {
                    return Err(Rejection::PeriodOutOfOrder);
                }
                in_range(&[from, until], record)?;
                let source = record.source;
                let shown =
                    TradingShown { evidence_id, source, from, until, trades, last_trade_at };
                (evidence_id, TradingAccountEvent::TradingRecorded(shown))
            }
        };
        if !account.has_evidence(event.0) {
            events.push(event.1);
        }
    }
    if account.identity.is_none() && !events.is_empty() {
        let account_id = trading_account_of(broker_id, &record.number);
        let number = Personal::new(account_id, record.number.clone());
        events.insert(0, TradingAccountEvent::Registered { broker_id, number });
    }
    Ok(events)
}

/// An amount of money that can be on an account.
///
/// # Errors
/// `BadAmount` if it is no amount of money, `DepositOutOfRange` if it cannot be on an account.
pub fn amount_of(amount: Result<Money, AmountProblem>) -> Result<Money, Rejection> {
    let amount = amount.map_err(Rejection::BadAmount)?;
    if (0..=MAX_CENTS).contains(&amount.cents) {
        Ok(amount)
    } else {
        Err(Rejection::DepositOutOfRange { max_cents: MAX_CENTS })
    }
}

fn in_range(moments: &[Moment], record: &Record) -> Result<(), Rejection> {
    let days = TimeDelta::days(record.policy.evidence_days.into());
    let earliest = record.at.checked_sub_signed(days).unwrap_or(Moment::MIN_UTC);
    let latest = record.at;
    if moments.iter().all(|moment| (earliest..=latest).contains(moment)) {
        Ok(())
    } else {
        Err(Rejection::EvidenceOutOfRange { earliest, latest })
    }
}

/// Decisions that used the evidence remain (F7).
fn retract(account: &TradingAccount, retract: &Retract) -> Decision {
    let Retract { evidence_id, staff_member_id, .. } = *retract;
    let identity = account.identity.as_ref().ok_or(Rejection::AccountNotFound)?;
    if account.is_retracted(evidence_id) {
        return Err(Rejection::EvidenceRetracted);
    }
    if !account.has_evidence(evidence_id) {
        return Err(Rejection::EvidenceNotFound);
    }
    let reason = Text::parse(&retract.reason, retract.max_characters);
    let reason = reason.map_err(Rejection::BadReason)?.into_string();
    let reason = Personal::new(identity.number.person(), reason);
    Ok(vec![TradingAccountEvent::EvidenceRetracted { evidence_id, staff_member_id, reason }])
}

/// Grants what the rule allows, or what a manager grants against it. An application is granted once,
/// however often it is asked for.
fn grant(account: &TradingAccount, grant: GrantAdvisors) -> Decision {
    let GrantAdvisors { application_id, customer_id, staff_member_id, at, .. } = grant;
    if account.identity.is_none() {
        return Err(Rejection::AccountNotFound);
    }
    if account.granted_by(application_id).is_some() {
        return Ok(Vec::new());
    }
    if account.released.contains(&application_id) {
        return Err(Rejection::GrantReleased);
    }
    let advisors = grant.advisors?;
    let (basis, evidence_ids) =
        match (grant.against_rule, eligibility::assess(account, &advisors, at)) {
            (None, Ok(allowed)) => (allowed.branch.into(), allowed.evidence_ids),
            (Some(reason), assessed) => {
                let shown = assessed.map(|allowed| allowed.evidence_ids).unwrap_or_default();
                (GrantBasis::Override { reason }, shown)
            }
            (None, Err(refusal)) => return Err(Rejection::Rule(refusal)),
        };
    Ok(vec![TradingAccountEvent::AdvisorsGranted {
        application_id,
        customer_id,
        advisors,
        basis,
        evidence_ids,
        staff_member_id,
        granted_at: at,
        month_passes_at: local::months_after(at, 1, grant.policy.time_zone),
    }])
}

fn release(account: &TradingAccount, application_id: ApplicationId) -> Vec<TradingAccountEvent> {
    match account.granted_by(application_id) {
        Some(_) => vec![TradingAccountEvent::GrantReleased { application_id }],
        None => Vec::new(),
    }
}

fn revoke(account: &TradingAccount, revoke: RevokeAdvisor) -> Vec<TradingAccountEvent> {
    let RevokeAdvisor { application_id, product_id, revoked_at } = revoke;
    let granted = account.granted_by(application_id);
    let is_held = granted.is_some_and(|granted| {
        granted.advisors.iter().any(|advisor| advisor.product_id == product_id)
    });
    if is_held {
        vec![TradingAccountEvent::AdvisorRevoked { application_id, product_id, revoked_at }]
    } else {
        Vec::new()
    }
}

impl From<eligibility::Branch> for GrantBasis {
    fn from(branch: eligibility::Branch) -> Self {
        match branch {
            eligibility::Branch::First => Self::First,
            eligibility::Branch::MonthAndTrading => Self::MonthAndTrading,
            eligibility::Branch::Deposit => Self::Deposit,
        }
    }
}
