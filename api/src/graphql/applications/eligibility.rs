//! The verdict of the rule of the free advisor, before anything is applied for or decided (F3, F4).

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::licensing::TradingAccountId;
use servicedesk_domain::licensing::trading_account::TradingAccount;
use servicedesk_domain::licensing::trading_account::eligibility::{
    self as rule, Allowed, DepositGap, Refusal,
};
use servicedesk_domain::licensing::trading_account::events::{Advisor, DepositShown};

use super::evidence::Evidence;
use crate::graphql::relay::Money;
use servicedesk_service::access::policy::Insight;

/// A branch of the rule of the free advisor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "rule::Branch")]
pub enum EligibilityBranch {
    /// It is the first on the account, and the deposit covers it.
    First,
    /// A month has passed since the last advisor, and the account was traded on.
    MonthAndTrading,
    /// The deposit covers all advisors that are held and ordered.
    Deposit,
}

/// What can be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum MissingKind {
    /// A deposit that covers all advisors that are held and ordered.
    Deposit,
    /// A month since the last advisor on the account.
    Month,
    /// Trading on the account since its last advisor.
    Trading,
}

/// Something that is missing. A sufficient deposit would be enough by itself; a month and trading
/// would be enough together.
#[derive(Debug, Clone, SimpleObject)]
pub struct MissingCondition {
    /// What is missing.
    kind: MissingKind,
    /// What must be on the account. Null if it is not about a deposit, or the caller may not see it.
    needed: Option<Money>,
    /// How much more that is than there is.
    short_by: Option<Money>,
    /// The moment from which it is no longer missing. Null if time alone does not help.
    from: Option<DateTime<Utc>>,
}

/// Whether the caller may learn how much must be on an account, and how much there is: that says
/// something about everybody who holds advisors on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amounts {
    /// They may.
    Shown,
    /// They may not.
    Hidden,
}

/// What is missing by a refusal, in the order of the rule.
pub fn missing(refusal: &Refusal, amounts: Amounts) -> Vec<MissingCondition> {
    let of = |kind, from| MissingCondition { kind, needed: None, short_by: None, from };
    let month = refusal.month_passes_at.map(|from| of(MissingKind::Month, Some(from)));
    let trading = refusal.is_trading_missing.then(|| of(MissingKind::Trading, None));
    let deposit = match (refusal.deposit, amounts) {
        (DepositGap::Short { needed, short_by }, Amounts::Shown) => MissingCondition {
            needed: Some(needed.into()),
            short_by: Some(short_by.into()),
            ..of(MissingKind::Deposit, None)
        },
        _ => of(MissingKind::Deposit, None),
    };
    month.into_iter().chain(trading).chain([deposit]).collect()
}

/// Whether an account may get free advisors now, by which branch of the rule, or what is missing and
/// from when.
#[derive(Debug, Clone, SimpleObject)]
pub struct FreeAdvisorEligibility {
    /// Whether they would be granted, by the evidence of staff and the broker.
    is_allowed: bool,
    /// The branch of the rule that allows it. Null if none does.
    branch: Option<EligibilityBranch>,
    /// Whether they may be applied for: nothing is missing that evidence cannot still show. Null if no
    /// deposit was named.
    may_apply: Option<bool>,
    /// Why not, as the code that a mutation would give. Null if they are allowed.
    code: Option<&'static str>,
    /// What is missing, if anything is.
    missing: Vec<MissingCondition>,
    /// The moment at which a month since the last advisor has passed. Null if that is not missing.
    retry_at: Option<DateTime<Utc>>,
    /// The evidence that was used. For licensing; empty for everybody else.
    #[graphql(complexity = "1 + 3 * child_complexity")]
    evidence: Vec<Evidence>,
}

/// Whether somebody with this insight sees amounts, of a refusal by their own word or by evidence.
const fn amounts(insight: Insight, is_of_own_word: bool) -> Amounts {
    match insight {
        Insight::Whole | Insight::Amounts => Amounts::Shown,
        Insight::OwnWord if is_of_own_word => Amounts::Shown,
        Insight::OwnWord | Insight::Verdict => Amounts::Hidden,
    }
}

/// Asks the rule.
pub fn assess(
    account_id: TradingAccountId,
    account: &TradingAccount,
    ordered: &[Advisor],
    stated: Option<&DepositShown>,
    at: Moment,
    insight: Insight,
) -> FreeAdvisorEligibility {
    let may_apply = stated.map(|stated| rule::may_apply(account, ordered, stated, at));
    let shown = |evidence_id: &_| Evidence::by_id(account_id, account, *evidence_id);
    match rule::assess(account, ordered, at) {
        Ok(Allowed { branch, evidence_ids }) => FreeAdvisorEligibility {
            is_allowed: true,
            branch: Some(branch.into()),
            may_apply: may_apply.map(|may| may.is_ok()),
            code: None,
            missing: Vec::new(),
            retry_at: None,
            evidence: match insight {
                Insight::Whole => evidence_ids.iter().filter_map(shown).collect(),
                Insight::Amounts | Insight::OwnWord | Insight::Verdict => Vec::new(),
            },
        },
        Err(by_evidence) => {
            // What they would be refused for if they could not even apply.
            let by_own_word = may_apply.and_then(Result::err);
            let amounts = amounts(insight, by_own_word.is_some());
            let refusal = by_own_word.unwrap_or(by_evidence);
            FreeAdvisorEligibility {
                is_allowed: false,
                branch: None,
                may_apply: may_apply.map(|may| may.is_ok()),
                code: Some(refusal.code()),
                missing: missing(&refusal, amounts),
                retry_at: refusal.month_passes_at,
                evidence: Vec::new(),
            }
        }
    }
}
