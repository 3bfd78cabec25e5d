//! Mutations on applications and trading accounts: each parses, calls the use case and shows what
//! came of it.

use async_graphql::{Context, ID, Object, Result};
use serde::Serialize;

use super::codes::{
    ApplyForFreeAdvisorErrorCode, ApplyForLicenceUpdateErrorCode, ApplyForRentalDownloadErrorCode,
    ApproveApplicationErrorCode, DeclineApplicationErrorCode, OpenApplicationTicketErrorCode,
    OverrideDecisionErrorCode, RecordDepositErrorCode, RecordTradingActivityErrorCode,
    RetractEvidenceErrorCode, TakeApplicationErrorCode, WithdrawApplicationErrorCode,
};
use super::inputs::{
    ApplyForFreeAdvisorInput, ApplyForLicenceUpdateInput, ApplyForRentalDownloadInput,
    ApproveApplicationInput, DeclineApplicationInput, ImportBrokerReportInput,
    OpenApplicationTicketInput, OverrideDecisionInput, RecordDepositInput,
    RecordTradingActivityInput, RetractEvidenceInput, TakeApplicationInput,
    WithdrawApplicationInput,
};
use super::payloads::{ApplicationPayload, ImportBrokerReportPayload, TradingAccountPayload};
use crate::graphql::old_mutation::{self as mutation, MutationKeys};
use crate::graphql::query::data;
use crate::graphql::relay::{MoneyInput, parse_id};
use servicedesk_service::access::policy;
use servicedesk_service::desk::{self, Desk};
use servicedesk_service::error::ApiError;
use servicedesk_service::licensing::applications::deciding::{self, Approval};
use servicedesk_service::licensing::applications::evidence::{self, NamedAccount, Seen};
use servicedesk_service::licensing::applications::report;
use servicedesk_service::licensing::applications::use_cases::{self, Action, Applying};

/// Mutations on applications and trading accounts.
#[derive(Default)]
pub struct ApplicationMutation;

#[Object]
impl ApplicationMutation {
    /// A customer applies for free advisors on a real account with a partner broker. What no evidence
    /// could change is refused at once, with what is missing and from when. For customers.
    async fn apply_for_free_advisor(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ApplyForFreeAdvisorInput,
    ) -> Result<ApplicationPayload<ApplyForFreeAdvisorErrorCode>> {
        let applying = Applying::FreeAdvisor {
            broker_id: parse_id(&input.broker_id)?,
            account_number: input.account_number.clone(),
            account_kind: input.account_kind.into(),
            product_ids: input.product_ids.iter().map(parse_id).collect::<Result<_, _>>()?,
            deposit: input.deposit.read(),
        };
        let said = (applying, input.comment.clone());
        let keys = MutationKeys::unversioned(input.idempotency_key);
        Ok(apply(context, keys, "applyForFreeAdvisor", &input, said).await?)
    }

    /// A customer applies for the download of a program that she rents. For customers.
    async fn apply_for_rental_download(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ApplyForRentalDownloadInput,
    ) -> Result<ApplicationPayload<ApplyForRentalDownloadErrorCode>> {
        let applying = Applying::RentalDownload {
            product_id: parse_id(&input.product_id)?,
            starts_on: input.starts_on,
            months: input.months.into(),
        };
        let said = (applying, input.comment.clone());
        let keys = MutationKeys::unversioned(input.idempotency_key);
        Ok(apply(context, keys, "applyForRentalDownload", &input, said).await?)
    }

    /// A customer applies for the download of a program that she bought and whose link never came. For
    /// customers.
    async fn apply_for_licence_update(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ApplyForLicenceUpdateInput,
    ) -> Result<ApplicationPayload<ApplyForLicenceUpdateErrorCode>> {
        let applying = Applying::LicenceUpdate {
            product_id: parse_id(&input.product_id)?,
            purchased_on: input.purchased_on,
            seller: input.seller.clone(),
            reference: input.reference.clone(),
        };
        let said = (applying, input.comment.clone());
        let keys = MutationKeys::unversioned(input.idempotency_key);
        Ok(apply(context, keys, "applyForLicenceUpdate", &input, said).await?)
    }

    /// The customer takes her application back, before it is decided. For customers.
    async fn withdraw_application(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: WithdrawApplicationInput,
    ) -> Result<ApplicationPayload<WithdrawApplicationErrorCode>> {
        let action = Action::Withdraw { reason: input.reason.clone() };
        let keys = MutationKeys::unversioned(input.idempotency_key);
        Ok(act(context, keys, "withdrawApplication", &input, (&input.application_id, action))
            .await?)
    }

    /// Takes an application, to decide it. A manager may take over what another has taken. For
    /// licensing.
    async fn take_application(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: TakeApplicationInput,
    ) -> Result<ApplicationPayload<TakeApplicationErrorCode>> {
        let action = Action::Take;
        let keys = MutationKeys::unversioned(input.idempotency_key);
        Ok(act(context, keys, "takeApplication", &input, (&input.application_id, action)).await?)
    }

    /// Declines an application that the caller has taken. For licensing.
    async fn decline_application(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: DeclineApplicationInput,
    ) -> Result<ApplicationPayload<DeclineApplicationErrorCode>> {
        let action = Action::Decline { reason: input.reason.clone() };
        let keys = MutationKeys::unversioned(input.idempotency_key);
        Ok(act(context, keys, "declineApplication", &input, (&input.application_id, action))
            .await?)
    }

    /// Opens a ticket to talk about an application in, once. For its customer and for licensing.
    async fn open_application_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: OpenApplicationTicketInput,
    ) -> Result<ApplicationPayload<OpenApplicationTicketErrorCode>> {
        let action = Action::OpenTicket {
            category_id: parse_id(&input.category_id)?,
            subject: input.subject.clone(),
            text: input.text.clone(),
        };
        let keys = MutationKeys::unversioned(input.idempotency_key);
        Ok(act(context, keys, "openApplicationTicket", &input, (&input.application_id, action))
            .await?)
    }

    /// Approves an application that the caller has taken. Free advisors are granted where the rule
    /// allows it at this moment, and by evidence alone; else what is missing is told. For licensing.
    async fn approve_application(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ApproveApplicationInput,
    ) -> Result<ApplicationPayload<ApproveApplicationErrorCode>> {
        let said = (parse_id(&input.application_id)?, Approval::InOrder);
        let keys = MutationKeys::unversioned(input.idempotency_key);
        let request = mutation::request(context, keys)?;
        let desk = data::<Desk>(context)?;
        let done = deciding::approve(desk, request, "approveApplication", &input, said).await;
        Ok(ApplicationPayload::new(mutation::outcome(desk, done)?))
    }

    /// Approves an application whatever the rule or an agent says, with a reason. It is recorded as
    /// such, and `applications(filter: { isOverride: true })` lists it. For managers.
    async fn override_decision(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: OverrideDecisionInput,
    ) -> Result<ApplicationPayload<OverrideDecisionErrorCode>> {
        let said =
            (parse_id(&input.application_id)?, Approval::Override { reason: input.reason.clone() });
        let keys = MutationKeys::unversioned(input.idempotency_key);
        let request = mutation::request(context, keys)?;
        let desk = data::<Desk>(context)?;
        let done = deciding::approve(desk, request, "overrideDecision", &input, said).await;
        Ok(ApplicationPayload::new(mutation::outcome(desk, done)?))
    }

    /// Records what was on a trading account, as staff has seen it. The last deposit counts. For
    /// licensing.
    async fn record_deposit(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RecordDepositInput,
    ) -> Result<TradingAccountPayload<RecordDepositErrorCode>> {
        let seen = Seen::Deposit {
            amount: input.amount.read(),
            worth: input.worth.as_ref().map(MoneyInput::read),
            as_of: input.as_of,
        };
        let named = NamedAccount {
            broker_id: parse_id(&input.broker_id)?,
            number: input.account_number.clone(),
        };
        let request = mutation::request(context, MutationKeys::unversioned(input.idempotency_key))?;
        let desk = data::<Desk>(context)?;
        let done = evidence::record(desk, request, "recordDeposit", &input, (named, seen)).await;
        Ok(TradingAccountPayload::new(mutation::outcome(desk, done)?))
    }

    /// Records whether a trading account was traded on, as staff has seen it. It shows trading since a
    /// grant where all of the period, or the last trade, is later. For licensing.
    async fn record_trading_activity(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RecordTradingActivityInput,
    ) -> Result<TradingAccountPayload<RecordTradingActivityErrorCode>> {
        let seen = Seen::Trading {
            from: input.from,
            until: input.until,
            trades: input.trades.into(),
            last_trade_at: input.last_trade_at,
        };
        let named = NamedAccount {
            broker_id: parse_id(&input.broker_id)?,
            number: input.account_number.clone(),
        };
        let request = mutation::request(context, MutationKeys::unversioned(input.idempotency_key))?;
        let desk = data::<Desk>(context)?;
        let done =
            evidence::record(desk, request, "recordTradingActivity", &input, (named, seen)).await;
        Ok(TradingAccountPayload::new(mutation::outcome(desk, done)?))
    }

    /// Takes evidence back that was wrong. Decisions that used it stand. For licensing.
    async fn retract_evidence(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RetractEvidenceInput,
    ) -> Result<TradingAccountPayload<RetractEvidenceErrorCode>> {
        let ids = (parse_id(&input.trading_account_id)?, parse_id(&input.evidence_id)?);
        let request = mutation::request(context, MutationKeys::unversioned(input.idempotency_key))?;
        let desk = data::<Desk>(context)?;
        let reason = input.reason.clone();
        let done = evidence::retract(desk, request, &input, ids, reason).await;
        Ok(TradingAccountPayload::new(mutation::outcome(desk, done)?))
    }

    /// Records a broker's report, line by line: each is recorded, known before, or refused by name.
    /// The same lines a second time do nothing. For licensing.
    async fn import_broker_report(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ImportBrokerReportInput,
    ) -> Result<ImportBrokerReportPayload> {
        let broker_id = parse_id(&input.broker_id)?;
        let request = mutation::request(context, MutationKeys::unversioned(input.idempotency_key))?;
        policy::acting_licenser(request.caller)?;
        let desk = data::<Desk>(context)?;
        let of_file = desk::context(request, "importBrokerReport", &input, desk.now())?;
        let done = report::import(desk, broker_id, &input.csv, of_file).await?;
        Ok(ImportBrokerReportPayload::new(done, desk.log.head()))
    }
}

async fn apply<C>(
    context: &Context<'_>,
    keys: MutationKeys,
    name: &str,
    content: &impl Serialize,
    said: (Applying, Option<String>),
) -> Result<ApplicationPayload<C>, ApiError> {
    let request = mutation::request(context, keys)?;
    let desk = data::<Desk>(context)?;
    let done = use_cases::apply(desk, request, name, content, said).await;
    Ok(ApplicationPayload::new(mutation::outcome(desk, done)?))
}

async fn act<C>(
    context: &Context<'_>,
    keys: MutationKeys,
    name: &str,
    content: &impl Serialize,
    (id, action): (&ID, Action),
) -> Result<ApplicationPayload<C>, ApiError> {
    let request = mutation::request(context, keys)?;
    let desk = data::<Desk>(context)?;
    let done = use_cases::act(desk, request, name, content, parse_id(id)?, action).await;
    Ok(ApplicationPayload::new(mutation::outcome(desk, done)?))
}
