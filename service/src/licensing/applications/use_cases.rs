//! What customers do with applications, and what needs no account's word: applying, withdrawing,
//! taking, declining, talking about it (F1, R1, R2, F8).

use chrono::NaiveDate;
use serde::Serialize;
use servicedesk_domain::catalogue::{BrokerId, CategoryId, ProductId};
use servicedesk_domain::kernel::{AmountProblem, Moment, Money};
use servicedesk_domain::licensing::application::command::{
    AccountKind, FreeAdvisorWish, Party, RequestTicket, Submit, Wish,
};
use servicedesk_domain::licensing::application::{Command, Rejection};
use servicedesk_domain::licensing::{
    AccountNumber, Application, ApplicationId, TradingAccountId, trading_account_of,
};
use servicedesk_domain::ticket::TicketId;
use servicedesk_eventlog::Executed;
use uuid::Uuid;

use super::facts;
use crate::access::{Identity, policy};
use crate::desk::{self, CommandRequest, Desk};
use crate::error::{ApiError, Failure};

/// What a use case gives.
pub type Done = Result<Executed, Failure<Rejection>>;

/// What a customer applies for.
#[derive(Debug, Clone)]
pub enum Applying {
    /// Free advisors.
    FreeAdvisor {
        /// With which broker the account is.
        broker_id: BrokerId,
        /// Its number.
        account_number: String,
        /// Whether it is real.
        account_kind: AccountKind,
        /// Which advisors.
        product_ids: Vec<ProductId>,
        /// What is on it; none where what was given is no amount of money.
        deposit: Result<Money, AmountProblem>,
    },
    /// The download of a rented program.
    RentalDownload {
        /// Which.
        product_id: ProductId,
        /// On which day the rental begins.
        starts_on: Option<NaiveDate>,
        /// For how many months.
        months: i64,
    },
    /// The download of a program that was bought.
    LicenceUpdate {
        /// Which.
        product_id: ProductId,
        /// On which day it was bought.
        purchased_on: NaiveDate,
        /// Where.
        seller: String,
        /// How to find the purchase.
        reference: String,
    },
}

/// A customer applies.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn apply(
    desk: &Desk,
    request: CommandRequest<'_>,
    name: &str,
    content: &impl Serialize,
    (applying, comment): (Applying, Option<String>),
) -> Done {
    let customer_id = policy::calling_customer(request.caller)?;
    let at = desk.now();
    let mut context = desk::context(request, name, content, at)?;
    context.is_numbered = true;
    let id = Uuid::new_v5(&context.command_id.id, b"application");
    let catalogue = desk.catalogue().await?;
    let wish = match applying {
        Applying::FreeAdvisor { broker_id, account_number, account_kind, product_ids, deposit } => {
            let account_number = AccountNumber::parse(&account_number);
            let account_id = account_number
                .as_ref()
                .map_or_else(|_| TradingAccountId::default(), |n| trading_account_of(broker_id, n));
            let advisors = product_ids.iter().map(|id| facts::advisor(&catalogue, *id));
            Wish::FreeAdvisor(FreeAdvisorWish {
                account_kind,
                broker_id: facts::partner(&catalogue, broker_id),
                account_number,
                advisors: advisors.collect(),
                deposit,
                account: facts::account(desk, account_id).await?,
            })
        }
        Applying::RentalDownload { product_id, starts_on, months } => {
            let product_id = facts::offered(&catalogue, product_id);
            Wish::RentalDownload { product_id, starts_on, months }
        }
        Applying::LicenceUpdate { product_id, purchased_on, seller, reference } => {
            let product_id = facts::offered(&catalogue, product_id);
            Wish::LicenceUpdate { product_id, purchased_on, seller, reference }
        }
    };
    let command = Command::Submit(Box::new(Submit {
        customer_id,
        wish,
        comment,
        most_characters: catalogue.ticket_policy.reason_characters,
        at,
        policy: catalogue.licensing_policy.clone(),
    }));
    let command = measured(desk, command, at).await?;
    Ok(desk.log.execute::<Application>(id, command, context).await?)
}

/// The command, with what it means for the application's clock (S1).
///
/// # Errors
/// `Internal`, where the catalogue cannot be read.
pub async fn measured(desk: &Desk, command: Command, at: Moment) -> Result<Command, ApiError> {
    let book = desk.book().await?;
    Ok(Command::Measured { command: Box::new(command), at, book })
}

/// What is done to an application that no trading account has a say in.
#[derive(Debug, Clone)]
pub enum Action {
    /// Licensing takes it.
    Take,
    /// Licensing declines it.
    Decline {
        /// Why.
        reason: String,
    },
    /// The customer takes it back.
    Withdraw {
        /// Why.
        reason: Option<String>,
    },
    /// Either side wants to talk about it.
    OpenTicket {
        /// Of which category the ticket is.
        category_id: CategoryId,
        /// Its subject.
        subject: String,
        /// Its text.
        text: String,
    },
}

/// Does something to an application.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn act(
    desk: &Desk,
    request: CommandRequest<'_>,
    name: &str,
    content: &impl Serialize,
    application_id: ApplicationId,
    action: Action,
) -> Done {
    let at = desk.now();
    let context = desk::context(request, name, content, at)?;
    let catalogue = desk.catalogue().await?;
    let policy = &catalogue.ticket_policy;
    let most_characters = policy.reason_characters;
    let command = match action {
        Action::Take => Command::Take { by: policy::acting_licenser(request.caller)?.clone() },
        Action::Decline { reason } => {
            let by = policy::acting_licenser(request.caller)?.clone();
            Command::Decline { by, reason, most_characters }
        }
        Action::Withdraw { reason } => {
            let customer_id = policy::calling_customer(request.caller)?;
            Command::Withdraw { customer_id, reason, most_characters }
        }
        Action::OpenTicket { category_id, subject, text } => {
            let by = match &request.caller.identity {
                Identity::Customer(id) => Party::Customer(*id),
                Identity::Staff(_) => {
                    policy::acting_licenser(request.caller)?;
                    Party::Staff
                }
            };
            let category = catalogue.categories.get(&category_id).filter(|one| !one.is_retired);
            Command::RequestTicket(RequestTicket {
                by,
                ticket_id: TicketId::new(Uuid::new_v5(&application_id.uuid(), b"ticket")),
                category_id: category.map(|one| one.category_id).ok_or(Rejection::CategoryNotFound),
                subject,
                subject_characters: policy.subject_characters,
                text,
                text_characters: policy.text_characters,
            })
        }
    };
    let command = measured(desk, command, at).await?;
    Ok(desk.log.execute::<Application>(application_id.uuid(), command, context).await?)
}
