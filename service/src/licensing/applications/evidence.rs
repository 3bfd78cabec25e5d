//! Evidence of what is on trading accounts, and of trading (F7).

use serde::Serialize;
use servicedesk_domain::catalogue::{BrokerId, LicensingPolicy};
use servicedesk_domain::kernel::{AmountProblem, Moment, Money};
use servicedesk_domain::licensing::application::events::FreeAdvisorRequest;
use servicedesk_domain::licensing::trading_account::decide::{Record, Shown};
use servicedesk_domain::licensing::trading_account::events::Source;
use servicedesk_domain::licensing::trading_account::{Command, Rejection};
use servicedesk_domain::licensing::{
    AccountNumber, ApplicationId, EvidenceId, TradingAccount, TradingAccountId, trading_account_of,
};
use servicedesk_eventlog::{Executed, reader};
use uuid::Uuid;

use super::facts;
use crate::access::policy;
use crate::desk::{self, CommandRequest, Desk};
use crate::error::{ApiError, Failure};

/// What a use case gives.
pub type Done = Result<Executed, Failure<Rejection>>;

/// An account as a caller names it.
#[derive(Debug, Clone)]
pub struct NamedAccount {
    /// With which broker.
    pub broker_id: BrokerId,
    /// Under which number.
    pub number: String,
}

/// What a member of staff has seen on an account.
#[derive(Debug, Clone, Copy)]
pub enum Seen {
    /// A deposit.
    Deposit {
        /// How much, as far as it is an amount of money.
        amount: Result<Money, AmountProblem>,
        /// What it was worth in another currency.
        worth: Option<Result<Money, AmountProblem>>,
        /// At which moment; none: now.
        as_of: Option<Moment>,
    },
    /// Whether it was traded on.
    Trading {
        /// From when it was looked at.
        from: Moment,
        /// Until when; none: now.
        until: Option<Moment>,
        /// How many trades there were.
        trades: i64,
        /// When the last was.
        last_trade_at: Option<Moment>,
    },
}

/// Records what a member of staff has seen.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn record(
    desk: &Desk,
    request: CommandRequest<'_>,
    name: &str,
    content: &impl Serialize,
    (named, seen): (NamedAccount, Seen),
) -> Done {
    policy::acting_licenser(request.caller)?;
    let at = desk.now();
    let context = desk::context(request, name, content, at)?;
    let catalogue = desk.catalogue().await?;
    let Ok(number) = AccountNumber::parse(&named.number) else {
        let nobodys = TradingAccountId::default().uuid();
        let malformed = Rejection::AccountNumberMalformed;
        return Ok(desk.log.refuse::<TradingAccount>(nobodys, malformed, context).await?);
    };
    let evidence_id = EvidenceId::new(Uuid::new_v5(&context.command_id.id, b"evidence"));
    let shown = match seen {
        Seen::Deposit { amount, worth, as_of } => {
            Shown::Deposit { evidence_id, amount, worth, as_of: as_of.unwrap_or(at) }
        }
        Seen::Trading { from, until, trades, last_trade_at } => {
            let until = until.unwrap_or(at);
            Shown::Trading { evidence_id, from, until, trades, last_trade_at }
        }
    };
    let account_id = trading_account_of(named.broker_id, &number).uuid();
    let command = Command::Record(Record {
        broker_id: facts::partner(&catalogue, named.broker_id),
        number,
        source: Source::Staff,
        shown: vec![shown],
        at,
        policy: catalogue.licensing_policy.clone(),
    });
    Ok(desk.log.execute::<TradingAccount>(account_id, command, context).await?)
}

/// Takes evidence back that was wrong.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn retract(
    desk: &Desk,
    request: CommandRequest<'_>,
    content: &impl Serialize,
    (account_id, evidence_id): (TradingAccountId, EvidenceId),
    reason: String,
) -> Done {
    let staff_member_id = policy::acting_licenser(request.caller)?.staff_member_id;
    let context = desk::context(request, "retractEvidence", content, desk.now())?;
    let most_characters = desk.catalogue().await?.ticket_policy.reason_characters;
    let command = Command::Retract { evidence_id, staff_member_id, reason, most_characters };
    Ok(desk.log.execute::<TradingAccount>(account_id.uuid(), command, context).await?)
}

/// What the customer says of her account in an application, as evidence of that source.
pub fn statement(
    application_id: ApplicationId,
    wish: &FreeAdvisorRequest,
    submitted_at: Moment,
    policy: LicensingPolicy,
) -> Command {
    Command::Record(Record {
        broker_id: Ok(wish.broker_id),
        number: wish.account_number.reveal().clone(),
        source: Source::Customer,
        shown: vec![Shown::Deposit {
            evidence_id: EvidenceId::new(application_id.uuid()),
            amount: Ok(wish.deposit),
            worth: None,
            as_of: submitted_at,
        }],
        at: submitted_at,
        policy,
    })
}

/// Waits until what the customer has said of her account is recorded, where nothing else makes it
/// known: somebody may decide before that has followed from the application.
///
/// # Errors
/// `Internal`, where that takes too long.
pub async fn wait_for_statement(desk: &Desk, wish: &FreeAdvisorRequest) -> Result<(), ApiError> {
    if facts::account(desk, wish.account_id).await?.identity.is_none() {
        let head = reader::head(desk.log.db()).await?;
        desk.reactions.wait_for(head, desk.patience).await?;
    }
    Ok(())
}
