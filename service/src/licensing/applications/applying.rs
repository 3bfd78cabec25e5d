//! Applying and withdrawing, by customers (F1, R1, R2).

use chrono::NaiveDate;
use servicedesk_domain::catalogue::{BrokerId, ProductId};
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::kernel::{AmountProblem, Money};
use servicedesk_domain::licensing::application::Command;
use servicedesk_domain::licensing::application::command::{
    AccountKind, FreeAdvisorWish, Submit, Wish, Withdraw,
};
use servicedesk_domain::licensing::{
    AccountNumber, ApplicationId, TradingAccountId, trading_account_of,
};

use super::{Done, facts, on_application};
use crate::acting::Acting;

/// Free advisors as a customer asks for them.
#[derive(Debug, Clone)]
pub struct WantedAdvisors {
    /// The broker of the account.
    pub broker_id: BrokerId,
    /// The number of the account.
    pub account_number: String,
    /// Whether the account is real.
    pub account_kind: AccountKind,
    /// The advisors.
    pub product_ids: Vec<ProductId>,
    /// What is on the account, or why that is no amount of money.
    pub deposit: Result<Money, AmountProblem>,
}

/// Applies for free advisors.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn apply_for_free_advisor(
    acting: Acting<'_>,
    wanted: WantedAdvisors,
    comment: Option<String>,
) -> Done {
    let customer_id = acting.customer()?;
    let catalogue = acting.desk.catalogue().await?;
    let account_number = AccountNumber::parse(&wanted.account_number);
    let account_id = account_number.as_ref().map_or_else(
        |_| TradingAccountId::default(),
        |number| trading_account_of(wanted.broker_id, number),
    );
    let advisors = wanted.product_ids.iter().map(|id| facts::advisor(&catalogue, *id));
    let wish = Wish::FreeAdvisor(FreeAdvisorWish {
        account_kind: wanted.account_kind,
        broker_id: facts::partner(&catalogue, wanted.broker_id),
        account_number,
        advisors: advisors.collect(),
        deposit: wanted.deposit,
        account: facts::account(acting.desk, account_id).await?,
    });
    submit(acting, customer_id, wish, comment).await
}

/// Applies for the download of a rented program.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn apply_for_rental_download(
    acting: Acting<'_>,
    product_id: ProductId,
    starts_on: Option<NaiveDate>,
    months: i64,
    comment: Option<String>,
) -> Done {
    let customer_id = acting.customer()?;
    let product_id = facts::offered(&*acting.desk.catalogue().await?, product_id);
    let wish = Wish::RentalDownload { product_id, starts_on, months };
    submit(acting, customer_id, wish, comment).await
}

/// A purchase as a customer describes it.
#[derive(Debug, Clone)]
pub struct Purchase {
    /// The program.
    pub product_id: ProductId,
    /// The day of the purchase.
    pub purchased_on: NaiveDate,
    /// The seller.
    pub seller: String,
    /// How to find the purchase.
    pub reference: String,
}

/// Applies for the download of a program that was bought.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn apply_for_licence_update(
    acting: Acting<'_>,
    purchase: Purchase,
    comment: Option<String>,
) -> Done {
    let customer_id = acting.customer()?;
    let Purchase { product_id, purchased_on, seller, reference } = purchase;
    let product_id = facts::offered(&*acting.desk.catalogue().await?, product_id);
    let wish = Wish::LicenceUpdate { product_id, purchased_on, seller, reference };
    submit(acting, customer_id, wish, comment).await
}

async fn submit(
    acting: Acting<'_>,
    customer_id: CustomerId,
    wish: Wish,
    comment: Option<String>,
) -> Done {
    let submit = Command::Submit(Box::new(Submit { customer_id, wish, comment }));
    on_application(acting.numbered(), acting.new_id("application"), Ok(submit)).await
}

/// Withdraws an application before it is decided.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn withdraw_application(
    acting: Acting<'_>,
    application_id: ApplicationId,
    reason: Option<String>,
) -> Done {
    let customer_id = acting.customer()?;
    let command = Command::Withdraw(Withdraw { customer_id, reason });
    on_application(acting, application_id, Ok(command)).await
}
