//! Mutations on applications and trading accounts: each begins, calls its use case and shows the
//! result.

use async_graphql::{Context, Object, Result};

use super::evidence::parse_evidence;
use super::inputs::{
    ApplyForFreeAdvisorInput, ApplyForLicenceUpdateInput, ApplyForRentalDownloadInput,
    ApproveApplicationInput, DeclineApplicationInput, ImportBrokerReportInput,
    OpenApplicationTicketInput, OverrideDecisionInput, RecordDepositInput,
    RecordTradingActivityInput, RemeasureApplicationInput, RetractEvidenceInput,
    TakeApplicationInput, WithdrawApplicationInput,
};
use super::payloads::{ApplicationPayload, BrokerReportPayload, EvidencePayload};
use crate::graphql::mutation::{self, Outcome};
use crate::graphql::payload::Payload;
use crate::graphql::relay::parse_id;
use servicedesk_service::licensing::applications::{
    applying, conversation, deciding, evidence, measuring, reporting, taking,
};

/// Mutations on applications and trading accounts.
#[derive(Default)]
pub struct ApplicationMutation;

#[Object]
impl ApplicationMutation {
    /// A customer applies for free advisors on a real account with a partner broker. An application
    /// that no evidence could help is refused at once, with what is missing and from when it may be
    /// allowed. For customers.
    async fn apply_for_free_advisor(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: ApplyForFreeAdvisorInput,
    ) -> Result<Payload<ApplyForFreeAdvisorInput, ApplicationPayload>> {
        let acting = mutation::begin(context, &input, input.applying.key)?;
        let wanted = input.wanted()?;
        let done = applying::apply_for_free_advisor(acting, wanted, input.applying.comment).await;
        Ok(ApplicationPayload { outcome: Outcome::of(context, done)? }.into())
    }

    /// A customer applies for the download of a program that they rent. For customers.
    async fn apply_for_rental_download(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: ApplyForRentalDownloadInput,
    ) -> Result<Payload<ApplyForRentalDownloadInput, ApplicationPayload>> {
        let acting = mutation::begin(context, &input, input.applying.key)?;
        let id = parse_id(&input.product_id)?;
        let (starts_on, months, comment) =
            (input.starts_on, input.months.into(), input.applying.comment);
        let done =
            applying::apply_for_rental_download(acting, id, starts_on, months, comment).await;
        Ok(ApplicationPayload { outcome: Outcome::of(context, done)? }.into())
    }

    /// A customer applies for the download of a program that they bought and whose link never arrived.
    /// For customers.
    async fn apply_for_licence_update(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: ApplyForLicenceUpdateInput,
    ) -> Result<Payload<ApplyForLicenceUpdateInput, ApplicationPayload>> {
        let acting = mutation::begin(context, &input, input.applying.key)?;
        let purchase = input.purchase()?;
        let comment = input.applying.comment;
        let done = applying::apply_for_licence_update(acting, purchase, comment).await;
        Ok(ApplicationPayload { outcome: Outcome::of(context, done)? }.into())
    }

    /// A customer withdraws their application before it is decided. For customers.
    async fn withdraw_application(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: WithdrawApplicationInput,
    ) -> Result<Payload<WithdrawApplicationInput, ApplicationPayload>> {
        let acting = mutation::begin(context, &input, input.on.key)?;
        let id = parse_id(&input.on.application_id)?;
        let done = applying::withdraw_application(acting, id, input.reason).await;
        Ok(ApplicationPayload { outcome: Outcome::of(context, done)? }.into())
    }

    /// Takes an application, to decide it. A manager may take over what somebody else has taken. For
    /// licensing.
    async fn take_application(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: TakeApplicationInput,
    ) -> Result<Payload<TakeApplicationInput, ApplicationPayload>> {
        let acting = mutation::begin(context, &input, input.on.key)?;
        let id = parse_id(&input.on.application_id)?;
        let done = taking::take_application(acting, id).await;
        Ok(ApplicationPayload { outcome: Outcome::of(context, done)? }.into())
    }

    /// Declines an application that the caller has taken. For licensing.
    async fn decline_application(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: DeclineApplicationInput,
    ) -> Result<Payload<DeclineApplicationInput, ApplicationPayload>> {
        let acting = mutation::begin(context, &input, input.on.key)?;
        let id = parse_id(&input.on.application_id)?;
        let done = deciding::decline_application(acting, id, input.reason).await;
        Ok(ApplicationPayload { outcome: Outcome::of(context, done)? }.into())
    }

    /// Opens a ticket to talk about an application in, once. For its customer and for licensing.
    async fn open_application_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: OpenApplicationTicketInput,
    ) -> Result<Payload<OpenApplicationTicketInput, ApplicationPayload>> {
        let acting = mutation::begin(context, &input, input.on.key)?;
        let id = parse_id(&input.on.application_id)?;
        let category_id = parse_id(&input.category_id)?;
        let (subject, text) = (input.subject, input.text);
        let done =
            conversation::open_application_ticket(acting, id, category_id, subject, text).await;
        Ok(ApplicationPayload { outcome: Outcome::of(context, done)? }.into())
    }

    /// Approves an application that the caller has taken. Free advisors are granted if the rule allows
    /// it at this moment, by evidence alone; otherwise the refusal says what is missing. For licensing.
    async fn approve_application(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: ApproveApplicationInput,
    ) -> Result<Payload<ApproveApplicationInput, ApplicationPayload>> {
        let acting = mutation::begin(context, &input, input.on.key)?;
        let id = parse_id(&input.on.application_id)?;
        let done = deciding::approve_application(acting, id).await;
        Ok(ApplicationPayload { outcome: Outcome::of(context, done)? }.into())
    }

    /// Approves an application against the rule or an agent's decision, with a reason. It is recorded as
    /// an override, and `applications(filter: { isOverride: true })` lists it. For managers.
    async fn override_decision(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: OverrideDecisionInput,
    ) -> Result<Payload<OverrideDecisionInput, ApplicationPayload>> {
        let acting = mutation::begin(context, &input, input.on.key)?;
        let id = parse_id(&input.on.application_id)?;
        let done = deciding::override_decision(acting, id, input.reason).await;
        Ok(ApplicationPayload { outcome: Outcome::of(context, done)? }.into())
    }

    /// Measures an application again by the service levels in force now. The result replaces
    /// everything that was measured of it before. For managers.
    async fn remeasure_application(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: RemeasureApplicationInput,
    ) -> Result<Payload<RemeasureApplicationInput, ApplicationPayload>> {
        let acting = mutation::begin(context, &input, input.on.key)?;
        let id = parse_id(&input.on.application_id)?;
        let done = measuring::remeasure_application(acting, id, input.reason).await;
        Ok(ApplicationPayload { outcome: Outcome::of(context, done)? }.into())
    }

    /// Records what was on a trading account, as staff have seen it. The last deposit counts. For
    /// licensing.
    async fn record_deposit(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: RecordDepositInput,
    ) -> Result<Payload<RecordDepositInput, EvidencePayload>> {
        let acting = mutation::begin(context, &input, input.on.key)?;
        let evidence_id = evidence::new_evidence_id(&acting);
        let done = evidence::record_deposit(acting, input.on.account()?, input.seen()).await;
        Ok(EvidencePayload::of(Outcome::of(context, done)?, evidence_id).into())
    }

    /// Records whether a trading account was traded on, as staff have seen it. It shows trading since a
    /// grant if the whole period, or the last trade, is later. For licensing.
    async fn record_trading_activity(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: RecordTradingActivityInput,
    ) -> Result<Payload<RecordTradingActivityInput, EvidencePayload>> {
        let acting = mutation::begin(context, &input, input.on.key)?;
        let (account, evidence_id) = (input.on.account()?, evidence::new_evidence_id(&acting));
        let done = evidence::record_trading_activity(acting, account, input.seen()).await;
        Ok(EvidencePayload::of(Outcome::of(context, done)?, evidence_id).into())
    }

    /// Retracts evidence that was wrong. Decisions that used it remain. For licensing.
    async fn retract_evidence(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: RetractEvidenceInput,
    ) -> Result<Payload<RetractEvidenceInput, EvidencePayload>> {
        let acting = mutation::begin(context, &input, input.key)?;
        let (account_id, evidence_id) = parse_evidence(&input.evidence_id)?;
        let reason = input.reason;
        let done = evidence::retract_evidence(acting, account_id, evidence_id, reason).await;
        Ok(EvidencePayload::of(Outcome::of(context, done)?, evidence_id).into())
    }

    /// Imports a broker's report line by line: each line is recorded, known already, or refused with a
    /// code. Importing the same lines again does nothing. For licensing.
    async fn import_broker_report(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: ImportBrokerReportInput,
    ) -> Result<Payload<ImportBrokerReportInput, BrokerReportPayload>> {
        let acting = mutation::begin(context, &input, input.key)?;
        let broker_id = parse_id(&input.broker_id)?;
        let done = reporting::import_broker_report(acting, broker_id, &input.csv).await;
        Ok(BrokerReportPayload::of(context, done)?.into())
    }
}
