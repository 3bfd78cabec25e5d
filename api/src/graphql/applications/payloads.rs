//! The results of mutations on applications and trading accounts.

use async_graphql::{ComplexObject, Context, Result, SimpleObject};
use servicedesk_domain::kernel::Language;
use servicedesk_domain::licensing::{ApplicationId, EvidenceId, TradingAccountId};

use super::accounts::TradingAccount;
use super::evidence::Evidence;
use super::types::{Application, visible};
use crate::graphql::loaders::Loaders;
use crate::graphql::mutation::Outcome;
use crate::graphql::query::data;
use crate::graphql::relay::EventPosition;
use servicedesk_service::access::RequestInfo;
use servicedesk_service::desk::Desk;
use servicedesk_service::error::{ApiError, Failure};
use servicedesk_service::licensing::applications::messages::account_message;
use servicedesk_service::licensing::applications::reporting::{Accounted, NotAReport, Problem};

/// The result of a mutation on an application.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ApplicationPayload {
    /// What all results share.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

#[ComplexObject]
impl ApplicationPayload {
    /// The application, as changed, and with the side effects of the change. Null on a refusal.
    async fn application(&self, context: &Context<'_>) -> Result<Option<Application>> {
        let Some(executed) = self.outcome.executed else { return Ok(None) };
        data::<Desk>(context)?.settled_if_soon(executed.position).await?;
        Ok(visible(context, ApplicationId::new(executed.aggregate_id)).await?)
    }
}

/// The result of a mutation on a trading account.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct TradingAccountPayload {
    /// What all results share.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

#[ComplexObject]
impl TradingAccountPayload {
    /// The account, as changed. Null on a refusal.
    async fn trading_account(&self, context: &Context<'_>) -> Result<Option<TradingAccount>> {
        self.changed(context).await
    }
}

impl TradingAccountPayload {
    async fn changed(&self, context: &Context<'_>) -> Result<Option<TradingAccount>> {
        let Some(executed) = self.outcome.executed else { return Ok(None) };
        data::<Desk>(context)?.consistent_with(executed.position).await?;
        let id = TradingAccountId::new(executed.aggregate_id);
        Ok(data::<Loaders>(context)?.trading_account(id).await?.map(TradingAccount))
    }
}

/// The result of recording or retracting evidence about a trading account.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct EvidencePayload {
    #[graphql(flatten)]
    of_account: TradingAccountPayload,
    #[graphql(skip)]
    evidence_id: EvidenceId,
}

impl EvidencePayload {
    /// The payload of what was done with this evidence.
    pub const fn of(outcome: Outcome, evidence_id: EvidenceId) -> Self {
        Self { of_account: TradingAccountPayload { outcome }, evidence_id }
    }
}

#[ComplexObject]
impl EvidencePayload {
    /// The evidence, as recorded or retracted. Null on a refusal.
    async fn evidence(&self, context: &Context<'_>) -> Result<Option<Evidence>> {
        let Some(found) = self.of_account.changed(context).await? else { return Ok(None) };
        Ok(Evidence::by_id(found.0.account_id, &found.0.account, self.evidence_id))
    }
}

/// A line of a report that was refused.
#[derive(Debug, Clone, SimpleObject)]
pub struct RefusedReportLine {
    /// Line number in the file, from 1. The heading is line 1.
    line: u64,
    /// The fact that forbids it, for example `BAD_ACCOUNT_NUMBER` or `UNREADABLE`.
    code: &'static str,
    /// The same fact in the caller's language.
    message: String,
}

/// The result of importing a report. Every line of it is accounted for.
#[derive(Debug, Clone, SimpleObject)]
pub struct BrokerReportImport {
    /// How many lines were recorded.
    recorded: usize,
    /// How many lines said what was known already.
    repeated: usize,
    /// The lines that were refused.
    refused: Vec<RefusedReportLine>,
}

/// The result of importing a broker's report.
#[derive(SimpleObject)]
pub struct BrokerReportPayload {
    /// What became of the lines. Null if the report was not read at all.
    import: Option<BrokerReportImport>,
    #[graphql(flatten)]
    outcome: Outcome,
}

impl BrokerReportPayload {
    /// Tells a report that cannot be read, which is data, from a failure, which is an error.
    ///
    /// # Errors
    /// Why the request failed.
    pub fn of(
        context: &Context<'_>,
        done: Result<Accounted, Failure<NotAReport>>,
    ) -> Result<Self, ApiError> {
        let accounted = match done {
            Ok(accounted) => accounted,
            Err(Failure::Rejected(problem)) => {
                return Ok(Self { import: None, outcome: Outcome::refused(context, problem)? });
            }
            Err(Failure::Request(error)) => return Err(error),
        };
        let recorded = Some(accounted.position).filter(|position| *position > 0);
        let position = match recorded {
            Some(position) => position,
            None => data::<Desk>(context)?.log.head(),
        };
        let (user_errors, position) = (Vec::new(), EventPosition(position));
        let import = Some(shown(&accounted, data::<RequestInfo>(context)?.language));
        Ok(Self { import, outcome: Outcome { user_errors, position, executed: None } })
    }
}

fn shown(accounted: &Accounted, language: Language) -> BrokerReportImport {
    let refused = accounted.refused.iter().map(|refused| RefusedReportLine {
        line: refused.line,
        code: refused.problem.code(),
        message: line_message(refused.problem, language),
    });
    BrokerReportImport {
        recorded: accounted.recorded,
        repeated: accounted.repeated,
        refused: refused.collect(),
    }
}

fn line_message(problem: Problem, language: Language) -> String {
    match (problem, language) {
        (Problem::Rejected(rejection), language) => account_message(rejection, language),
        (Problem::Unreadable, Language::En) => {
            "The line does not have the same columns as the first line.".to_owned()
        }
        (Problem::Unreadable, Language::Ru) => {
            "Столбцы строки не соответствуют первой строке отчёта.".to_owned()
        }
    }
}
