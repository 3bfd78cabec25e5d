//! Evidence of what is on trading accounts, and of trading (F7).

use servicedesk_domain::catalogue::{BrokerId, LicensingPolicy};
use servicedesk_domain::kernel::{AmountProblem, Moment, Money};
use servicedesk_domain::licensing::application::events::FreeAdvisorRequest;
use servicedesk_domain::licensing::trading_account::decide::{Record, Retract, Shown};
use servicedesk_domain::licensing::trading_account::events::Source;
use servicedesk_domain::licensing::trading_account::{Command, Rejection};
use servicedesk_domain::licensing::{
    AccountNumber, ApplicationId, EvidenceId, TradingAccount, TradingAccountId, trading_account_of,
};
use servicedesk_eventlog::{Executed, reader};

use super::facts;
use crate::access::policy;
use crate::acting::Acting;
use crate::desk::Desk;
use crate::error::{ApiError, Failure};

/// What a use case on a trading account gives.
pub type Done = Result<Executed, Failure<Rejection>>;

/// An account as a caller names it.
#[derive(Debug, Clone)]
pub struct NamedAccount {
    /// Its broker.
    pub broker_id: BrokerId,
    /// Its number.
    pub number: String,
}

/// A deposit that a member of staff has seen.
#[derive(Debug, Clone, Copy)]
pub struct SeenDeposit {
    /// How much it was, or why that is no amount of money.
    pub amount: Result<Money, AmountProblem>,
    /// What it was worth in another currency, if named, or why that is no amount of money.
    pub worth: Option<Result<Money, AmountProblem>>,
    /// The moment at which it was there. None: now.
    pub as_of: Option<Moment>,
}

/// Trading, or its absence, that a member of staff has seen.
#[derive(Debug, Clone, Copy)]
pub struct SeenTrading {
    /// The beginning of the period.
    pub from: Moment,
    /// The end of the period. None: now.
    pub until: Option<Moment>,
    /// The number of trades in the period.
    pub trades: i64,
    /// The moment of the last trade, if known.
    pub last_trade_at: Option<Moment>,
}

/// Records a deposit that a member of staff has seen.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn record_deposit(acting: Acting<'_>, on: NamedAccount, seen: SeenDeposit) -> Done {
    let (evidence_id, as_of) = (new_evidence_id(&acting), seen.as_of.unwrap_or(acting.now()));
    let SeenDeposit { amount, worth, .. } = seen;
    record(acting, on, Shown::Deposit { evidence_id, amount, worth, as_of }).await
}

/// Records trading that a member of staff has seen.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn record_trading_activity(
    acting: Acting<'_>,
    on: NamedAccount,
    seen: SeenTrading,
) -> Done {
    let SeenTrading { from, until, trades, last_trade_at } = seen;
    let (evidence_id, until) = (new_evidence_id(&acting), until.unwrap_or(acting.now()));
    record(acting, on, Shown::Trading { evidence_id, from, until, trades, last_trade_at }).await
}

async fn record(acting: Acting<'_>, on: NamedAccount, shown: Shown) -> Done {
    policy::acting_licenser(acting.caller)?;
    let catalogue = acting.desk.catalogue().await?;
    let number = AccountNumber::parse(&on.number).map_err(|_| Rejection::AccountNumberMalformed);
    let account_id = number.as_ref().map_or_else(
        |_| TradingAccountId::default(),
        |number| trading_account_of(on.broker_id, number),
    );
    let command = number.map(|number| {
        Command::Record(Record {
            broker_id: facts::partner(&catalogue, on.broker_id),
            number,
            source: Source::Staff,
            shown: vec![shown],
            at: acting.now(),
            policy: catalogue.licensing_policy.clone(),
        })
    });
    let command = command.map_err(Failure::Rejected);
    acting.execute::<TradingAccount>(account_id.uuid(), command).await
}

/// The id of the evidence that [`record_deposit`] or [`record_trading_activity`] records.
pub fn new_evidence_id(acting: &Acting<'_>) -> EvidenceId {
    acting.new_id("evidence")
}

/// Retracts evidence that was wrong.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn retract_evidence(
    acting: Acting<'_>,
    account_id: TradingAccountId,
    evidence_id: EvidenceId,
    reason: String,
) -> Done {
    let staff_member_id = policy::acting_licenser(acting.caller)?.staff_member_id;
    let max_characters = acting.desk.catalogue().await?.ticket_policy.reason_characters;
    let retract = Retract { evidence_id, staff_member_id, reason, max_characters };
    acting.execute::<TradingAccount>(account_id.uuid(), Ok(Command::Retract(retract))).await
}

/// What a customer says of their account in an application, as evidence of that source; `None` if
/// they were erased.
pub fn statement(
    application_id: ApplicationId,
    wish: &FreeAdvisorRequest,
    submitted_at: Moment,
    policy: LicensingPolicy,
) -> Option<Command> {
    Some(Command::Record(Record {
        broker_id: Ok(wish.broker_id),
        number: wish.account_number.reveal()?.clone(),
        source: Source::Customer,
        shown: vec![Shown::Deposit {
            evidence_id: EvidenceId::new(application_id.uuid()),
            amount: Ok(wish.deposit),
            worth: None,
            as_of: submitted_at,
        }],
        at: submitted_at,
        policy,
    }))
}

/// Waits until what the customer has said of their account is recorded, if nothing else is known of
/// it: somebody may decide before the reaction to the application has recorded it.
///
/// # Errors
/// `Internal` if that takes too long.
pub async fn wait_for_statement(desk: &Desk, wish: &FreeAdvisorRequest) -> Result<(), ApiError> {
    if facts::account(desk, wish.account_id).await?.identity.is_none() {
        let head = reader::head(desk.log.db()).await?;
        desk.reactions.wait_for(head, desk.patience).await?;
    }
    Ok(())
}
