//! What mutations on applications and trading accounts give.

use std::marker::PhantomData;
use std::str::FromStr;

use async_graphql::{Context, Object, OutputType, Result, SimpleObject};
use servicedesk_domain::kernel::Language;
use servicedesk_domain::licensing::application::Rejection;
use servicedesk_domain::licensing::{ApplicationId, TradingAccountId, trading_account};
use servicedesk_eventlog::Position;

use super::accounts::TradingAccount;
use super::codes::{
    ApplyForFreeAdvisorErrorCode, ApplyForLicenceUpdateErrorCode, ApplyForRentalDownloadErrorCode,
    ApproveApplicationErrorCode, DeclineApplicationErrorCode, ImportBrokerReportErrorCode,
    OpenApplicationTicketErrorCode, OverrideDecisionErrorCode, RecordDepositErrorCode,
    RecordTradingActivityErrorCode, RemeasureApplicationErrorCode, RetractEvidenceErrorCode,
    TakeApplicationErrorCode, WithdrawApplicationErrorCode,
};
use super::types::{Application, visible};
use crate::graphql::guards;
use crate::graphql::loaders::Loaders;
use crate::graphql::old_mutation::{Amounts, Outcome, RefusalFacts, RuleFacts, UserError};
use crate::graphql::query::data;
use crate::graphql::relay::EventPosition;
use servicedesk_service::access::{RequestInfo, policy};
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;
use servicedesk_service::licensing::applications::messages::{account_message, message};
use servicedesk_service::licensing::applications::report::{Accounted, NotAReport, Problem};
use servicedesk_service::messages::sentence;

/// What came of a mutation on an application; `C` is the closed list of its refusals.
pub struct ApplicationPayload<C> {
    outcome: Outcome<Rejection>,
    codes: PhantomData<fn() -> C>,
}

impl<C> ApplicationPayload<C> {
    /// Wraps what came of it.
    pub const fn new(outcome: Outcome<Rejection>) -> Self {
        Self { outcome, codes: PhantomData }
    }
}

/// What came of the mutation.
#[Object(
    concrete(name = "ApplyForFreeAdvisorPayload", params(ApplyForFreeAdvisorErrorCode)),
    concrete(name = "ApplyForRentalDownloadPayload", params(ApplyForRentalDownloadErrorCode)),
    concrete(name = "ApplyForLicenceUpdatePayload", params(ApplyForLicenceUpdateErrorCode)),
    concrete(name = "WithdrawApplicationPayload", params(WithdrawApplicationErrorCode)),
    concrete(name = "TakeApplicationPayload", params(TakeApplicationErrorCode)),
    concrete(name = "ApproveApplicationPayload", params(ApproveApplicationErrorCode)),
    concrete(name = "DeclineApplicationPayload", params(DeclineApplicationErrorCode)),
    concrete(name = "OverrideDecisionPayload", params(OverrideDecisionErrorCode)),
    concrete(name = "OpenApplicationTicketPayload", params(OpenApplicationTicketErrorCode)),
    concrete(name = "RemeasureApplicationPayload", params(RemeasureApplicationErrorCode))
)]
impl<C: OutputType + FromStr> ApplicationPayload<C>
where
    UserError<C>: OutputType,
{
    /// The application with the change in it, and with what follows from it; none where it was
    /// refused.
    async fn application(&self, context: &Context<'_>) -> Result<Option<Application>> {
        let Some(executed) = self.outcome.executed else { return Ok(None) };
        data::<Desk>(context)?.settled_if_soon(executed.position).await?;
        Ok(visible(context, ApplicationId::new(executed.aggregate_id)).await?)
    }

    /// Why nothing was recorded; empty when all went well.
    async fn user_errors(&self, context: &Context<'_>) -> Result<Vec<UserError<C>>> {
        let language = data::<RequestInfo>(context)?.language;
        let amounts = told_amounts(context)?;
        let told = |rejection: Rejection| {
            let facts = application_facts(rejection, amounts);
            UserError::with(rejection.code(), message(rejection, language), facts)
        };
        Ok(self.outcome.rejection.map(told).transpose()?.into_iter().collect())
    }

    /// The log position of what was recorded; where nothing was, that of the log's last event.
    async fn position(&self) -> EventPosition {
        EventPosition(self.outcome.position)
    }
}

/// A customer is not told what others hold on an account.
fn told_amounts(context: &Context<'_>) -> Result<Amounts, ApiError> {
    Ok(match policy::reading_licenser(guards::caller(context)?) {
        Ok(_) => Amounts::Told,
        Err(_) => Amounts::Hidden,
    })
}

fn application_facts(rejection: Rejection, amounts: Amounts) -> RefusalFacts {
    let of = RefusalFacts::of_field;
    let limited =
        |limit: usize, field| RefusalFacts { limit: u64::try_from(limit).ok(), ..of(field) };
    match rejection {
        Rejection::Account(rejection) => account_facts(rejection, amounts),
        Rejection::ApplicationNotFound => of("applicationId"),
        Rejection::DemoAccount => of("accountKind"),
        Rejection::ProductMissing | Rejection::ProductTwice => of("productIds"),
        Rejection::TooManyProducts { max } => limited(max, "productIds"),
        Rejection::StartMissing | Rejection::StartOutOfRange { .. } => of("startsOn"),
        Rejection::MonthsOutOfRange { max } => limited(max.into(), "months"),
        Rejection::TermOver => of("months"),
        Rejection::PurchaseOutOfRange { .. } => of("purchasedOn"),
        Rejection::BadSeller(_) => of("seller"),
        Rejection::BadReference(_) => of("reference"),
        Rejection::BadComment(_) => of("comment"),
        Rejection::BadReason(_) => of("reason"),
        Rejection::BadSubject(_) => of("subject"),
        Rejection::BadText(_) => of("text"),
        Rejection::CategoryNotFound => of("categoryId"),
        Rejection::AlreadySubmitted
        | Rejection::TakenByAnother
        | Rejection::AlreadyTaken
        | Rejection::ApplicationNotTaken
        | Rejection::GrantMissing
        | Rejection::ManagerNeeded
        | Rejection::ApplicationApproved
        | Rejection::ApplicationDeclined
        | Rejection::ApplicationWithdrawn
        | Rejection::TicketAlreadyOpened => RefusalFacts::default(),
    }
}

fn account_facts(rejection: trading_account::Rejection, amounts: Amounts) -> RefusalFacts {
    use trading_account::Rejection;
    let of = RefusalFacts::of_field;
    match rejection {
        Rejection::Rule(refusal) => {
            RefusalFacts { rule: Some(RuleFacts { refusal, amounts }), ..RefusalFacts::default() }
        }
        Rejection::BrokerNotFound | Rejection::BrokerNotPartner => of("brokerId"),
        Rejection::AccountNumberMalformed => of("accountNumber"),
        Rejection::AccountNotFound => of("tradingAccountId"),
        Rejection::WorthInSameCurrency => of("worth"),
        Rejection::EvidenceOutOfRange { latest, .. } => {
            RefusalFacts { until: Some(latest), ..RefusalFacts::default() }
        }
        Rejection::TradesOutOfRange { max } => {
            RefusalFacts { limit: Some(max.into()), ..of("trades") }
        }
        Rejection::EvidenceNotFound | Rejection::EvidenceRetracted => of("evidenceId"),
        Rejection::BadReason(_) => of("reason"),
        // The deposit has one name where a customer applies, and another where staff records it.
        Rejection::DepositOutOfRange { .. }
        | Rejection::BadAmount(_)
        | Rejection::PeriodOutOfOrder
        | Rejection::ProductNotFound
        | Rejection::ProductNotFree
        | Rejection::GrantReleased => RefusalFacts::default(),
    }
}

/// What came of a mutation on a trading account; `C` is the closed list of its refusals.
pub struct TradingAccountPayload<C> {
    outcome: Outcome<trading_account::Rejection>,
    codes: PhantomData<fn() -> C>,
}

impl<C> TradingAccountPayload<C> {
    /// Wraps what came of it.
    pub const fn new(outcome: Outcome<trading_account::Rejection>) -> Self {
        Self { outcome, codes: PhantomData }
    }
}

/// What came of the mutation.
#[Object(
    concrete(name = "RecordDepositPayload", params(RecordDepositErrorCode)),
    concrete(name = "RecordTradingActivityPayload", params(RecordTradingActivityErrorCode)),
    concrete(name = "RetractEvidencePayload", params(RetractEvidenceErrorCode))
)]
impl<C: OutputType + FromStr> TradingAccountPayload<C>
where
    UserError<C>: OutputType,
{
    /// The account with the change in it; none where it was refused.
    async fn trading_account(&self, context: &Context<'_>) -> Result<Option<TradingAccount>> {
        let Some(executed) = self.outcome.executed else { return Ok(None) };
        data::<Desk>(context)?.consistent_with(executed.position).await?;
        let id = TradingAccountId::new(executed.aggregate_id);
        Ok(data::<Loaders>(context)?.trading_account(id).await?.map(TradingAccount))
    }

    /// Why nothing was recorded; empty when all went well.
    async fn user_errors(&self, context: &Context<'_>) -> Result<Vec<UserError<C>>> {
        let language = data::<RequestInfo>(context)?.language;
        let told = |rejection: trading_account::Rejection| {
            let facts = account_facts(rejection, Amounts::Told);
            UserError::with(rejection.code(), account_message(rejection, language), facts)
        };
        Ok(self.outcome.rejection.map(told).transpose()?.into_iter().collect())
    }

    /// The log position of what was recorded; where nothing was, that of the log's last event.
    async fn position(&self) -> EventPosition {
        EventPosition(self.outcome.position)
    }
}

/// A line of a report that was refused.
#[derive(Debug, Clone, SimpleObject)]
pub struct RefusedReportLine {
    /// The how-many-th line of the file it is, the heading being the first.
    line: u64,
    /// The fact that forbids it, for example `ACCOUNT_NUMBER_MALFORMED`, or `UNREADABLE`.
    code: &'static str,
    /// The same in the caller's language.
    message: String,
}

/// What came of a report: every line of it is accounted for.
#[derive(Debug, Clone, SimpleObject)]
pub struct BrokerReportImport {
    /// How many lines were recorded.
    recorded: usize,
    /// How many said what was known.
    repeated: usize,
    /// Which were refused.
    refused: Vec<RefusedReportLine>,
}

/// What came of importing a broker's report.
pub struct ImportBrokerReportPayload {
    done: Result<Accounted, NotAReport>,
    head: Position,
}

impl ImportBrokerReportPayload {
    /// Wraps what came of it, with the log's head.
    pub const fn new(done: Result<Accounted, NotAReport>, head: Position) -> Self {
        Self { done, head }
    }
}

/// What came of importing a broker's report.
#[Object]
impl ImportBrokerReportPayload {
    /// What came of its lines; none where it was not read at all.
    #[graphql(name = "import")]
    async fn accounted(&self, context: &Context<'_>) -> Result<Option<BrokerReportImport>> {
        let language = data::<RequestInfo>(context)?.language;
        let Ok(accounted) = &self.done else { return Ok(None) };
        let refused = accounted.refused.iter().map(|refused| RefusedReportLine {
            line: refused.line,
            code: refused.problem.code(),
            message: line_message(refused.problem, language),
        });
        Ok(Some(BrokerReportImport {
            recorded: accounted.recorded,
            repeated: accounted.repeated,
            refused: refused.collect(),
        }))
    }

    /// Why it was not read at all; empty when it was.
    async fn user_errors(
        &self,
        context: &Context<'_>,
    ) -> Result<Vec<UserError<ImportBrokerReportErrorCode>>> {
        let language = data::<RequestInfo>(context)?.language;
        let Err(problem) = &self.done else { return Ok(Vec::new()) };
        let (code, text, field) = match problem {
            NotAReport::TooLarge => ("TOO_LARGE", "Отчёт слишком большой.", "csv"),
            NotAReport::WrongHeading => {
                let text = "Первая строка отчёта должна быть \
                     account,period_from,period_to,trades,deposit,currency[,last_trade].";
                ("WRONG_HEADING", text, "csv")
            }
            NotAReport::Broker(rejection) => (rejection.code(), "", "brokerId"),
        };
        let text = match (problem, language) {
            (NotAReport::Broker(rejection), language) => account_message(*rejection, language),
            (problem, Language::En) => sentence(problem),
            _ => text.to_owned(),
        };
        Ok(vec![UserError::with(code, text, RefusalFacts::of_field(field))?])
    }

    /// The log position of what was recorded; where nothing was, that of the log's last event.
    async fn position(&self) -> EventPosition {
        let recorded = self.done.as_ref().map_or(0, |accounted| accounted.position);
        EventPosition(if recorded > 0 { recorded } else { self.head })
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
