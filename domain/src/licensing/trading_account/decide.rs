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
pub const MOST_CENTS: i64 = 1_000_000_000_000;
/// The most trades of one period.
pub const MOST_TRADES: u32 = 1_000_000_000;

/// A command on a trading account.
#[derive(Debug, Clone)]
pub enum Command {
    /// Evidence is recorded; what is known is left out.
    Record(Record),
    /// Evidence was wrong.
    Retract {
        /// Which.
        evidence_id: EvidenceId,
        /// Who says so.
        staff_member_id: StaffMemberId,
        /// Why.
        reason: String,
        /// The most characters of a reason.
        most_characters: usize,
    },
    /// See [`Grant`].
    Grant(Grant),
    /// The application was no longer there to be approved.
    Release {
        /// Which application.
        application_id: ApplicationId,
    },
    /// A granted advisor's licence was revoked.
    RevokeAdvisor {
        /// By which application it was granted.
        application_id: ApplicationId,
        /// Which advisor.
        product_id: ProductId,
        /// From when.
        revoked_at: Moment,
    },
}

/// Evidence to be recorded (F7).
#[derive(Debug, Clone)]
pub struct Record {
    /// With which broker the account is, as far as it is one whose accounts bring anything.
    pub broker_id: Result<BrokerId, Rejection>,
    /// Its number.
    pub number: AccountNumber,
    /// Who shows it.
    pub source: Source,
    /// What is shown.
    pub shown: Vec<Shown>,
    /// Now.
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
        /// How much, as far as it is an amount of money.
        amount: Result<Money, AmountProblem>,
        /// What it was worth in another currency, if that is said and is an amount of money.
        worth: Option<Result<Money, AmountProblem>>,
        /// At which moment.
        as_of: Moment,
    },
    /// Whether it was traded on.
    Trading {
        /// The id of the new evidence.
        evidence_id: EvidenceId,
        /// From when it was looked at.
        from: Moment,
        /// Until when.
        until: Moment,
        /// How many trades there were.
        trades: i64,
        /// When the last was.
        last_trade_at: Option<Moment>,
    },
}

/// Advisors to be granted by an application (F3, F4).
#[derive(Debug, Clone)]
pub struct Grant {
    /// By which application.
    pub application_id: ApplicationId,
    /// To whom.
    pub customer_id: CustomerId,
    /// Which, with what must be on an account for each now, as far as they are given free.
    pub advisors: Result<Vec<Advisor>, Rejection>,
    /// Who decides.
    pub staff_member_id: StaffMemberId,
    /// Why it is granted against the rule, where a manager does so (F8).
    pub against_rule: Option<Personal<String>>,
    /// Now.
    pub at: Moment,
    /// The policy in force.
    pub policy: LicensingPolicy,
}

/// What a decision gives.
pub type Decision = Result<Vec<TradingAccountEvent>, Rejection>;

/// Decides a command on a trading account.
///
/// # Errors
/// The [`Rejection`] that the rules F3, F4 and F7 give; nothing is to be recorded then.
pub fn decide(account: &TradingAccount, command: Command) -> Decision {
    match command {
        Command::Record(record) => self::record(account, &record),
        Command::Retract { evidence_id, staff_member_id, reason, most_characters } => {
            retract(account, evidence_id, staff_member_id, &reason, most_characters)
        }
        Command::Grant(grant) => self::grant(account, grant),
        Command::Release { application_id } => Ok(release(account, application_id)),
        Command::RevokeAdvisor { application_id, product_id, revoked_at } => {
            Ok(revoke(account, application_id, product_id, revoked_at))
        }
    }
}

/// Evidence that is there already, counting or not, gives no event.
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
                let trades = u32::try_from(trades).ok().filter(|trades| *trades <= MOST_TRADES);
                let trades = trades.ok_or(Rejection::TradesOutOfRange { max: MOST_TRADES })?;
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
/// `BadAmount`, where it is none; `DepositOutOfRange`, where it cannot be on an account.
pub fn amount_of(amount: Result<Money, AmountProblem>) -> Result<Money, Rejection> {
    let amount = amount.map_err(Rejection::BadAmount)?;
    if (0..=MOST_CENTS).contains(&amount.cents) {
        Ok(amount)
    } else {
        Err(Rejection::DepositOutOfRange { max_cents: MOST_CENTS })
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

/// Decisions that used the evidence stand (F7).
fn retract(
    account: &TradingAccount,
    evidence_id: EvidenceId,
    staff_member_id: StaffMemberId,
    reason: &str,
    most_characters: usize,
) -> Decision {
    let identity = account.identity.as_ref().ok_or(Rejection::AccountNotFound)?;
    if account.retracted.contains(&evidence_id) {
        return Err(Rejection::EvidenceRetracted);
    }
    if !account.has_evidence(evidence_id) {
        return Err(Rejection::EvidenceNotFound);
    }
    let reason = Text::parse(reason, most_characters).map_err(Rejection::BadReason)?;
    let account_id = trading_account_of(identity.broker_id, identity.number.reveal());
    let reason = Personal::new(account_id, reason.into_string());
    Ok(vec![TradingAccountEvent::EvidenceRetracted { evidence_id, staff_member_id, reason }])
}

/// Grants what the rule allows, or what a manager grants whatever it says. An application is granted
/// once, whoever asks how often.
fn grant(account: &TradingAccount, grant: Grant) -> Decision {
    let Grant { application_id, customer_id, staff_member_id, at, .. } = grant;
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

fn revoke(
    account: &TradingAccount,
    application_id: ApplicationId,
    product_id: ProductId,
    revoked_at: Moment,
) -> Vec<TradingAccountEvent> {
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
