//! Inputs by which an administrator changes the desk's settings.

use async_graphql::{Enum, ID, InputObject};
use serde::Serialize;
use servicedesk_domain::catalogue::file::{
    BrokerEntry, CategoryEntry, DepartmentEntry, ProductEntry,
};
use servicedesk_domain::catalogue::{
    self as domain, Catalogue, CatalogueFile, LicensingPolicy, TicketPolicy,
};
use servicedesk_domain::kernel::Title;
use servicedesk_service::error::ApiError;

use crate::graphql::catalogue::ProductKind;
use crate::graphql::identity::inputs::read_zone;
use crate::graphql::mutation::RetryKey;
use crate::graphql::relay::{MoneyInput, parse_id};
use crate::graphql::sla::definitions::TitleInput;

/// Defines a department, or gives it another title.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct DefineDepartmentInput {
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) named: Named,
}

/// Defines a category, or another title or other departments of it.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct DefineCategoryInput {
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) named: Named,
    /// Where its tickets go; agents of the first department are asked first.
    department_ids: Vec<ID>,
}

/// Defines a product, or describes it otherwise.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct DefineProductInput {
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) named: Named,
    /// What it is.
    kind: ProductKind,
    /// What must be on a trading account to get it free, in each currency in which that is said.
    /// Without any, it is not given free.
    #[graphql(default)]
    minimum_deposits: Vec<MoneyInput>,
}

/// Defines a broker, or describes it otherwise.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct DefineBrokerInput {
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) named: Named,
    /// Whether accounts with it bring free advisors.
    is_partner: bool,
}

/// What an entry of the catalogue is called, and the key for a safe retry.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct Named {
    /// The short name, which does not change: 1 to 64 characters of `a-z`, `0-9`, `_` and `-`. What
    /// has this name already is changed, and offered again if it was retired.
    code: String,
    /// What people read, in each language.
    title: TitleInput,
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) key: RetryKey,
}

/// Takes an entry of the catalogue out of use.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct RetireCatalogueEntryInput {
    /// The department, category, product or broker.
    pub(super) id: ID,
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) key: RetryKey,
}

/// What becomes of a resolved ticket to which its customer replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize)]
#[graphql(remote = "domain::OnAnswer")]
pub enum OnAnswer {
    /// It stays resolved, and is in the queue until somebody has looked.
    Show,
    /// It is reopened.
    Reopen,
}

/// Changes the policy for tickets. What is left out stays as it is.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct ChangeTicketPolicyInput {
    /// For how many days after its resolution a ticket may be reopened.
    reopen_days: Option<u16>,
    /// What becomes of a resolved ticket to which its customer replies.
    on_answer: Option<OnAnswer>,
    /// How many days ahead a resolution may be promised.
    promise_days: Option<u16>,
    /// The most characters of a subject.
    subject_characters: Option<u32>,
    /// The most characters of a request, reply, note or summary.
    text_characters: Option<u32>,
    /// The most characters of a reason.
    reason_characters: Option<u32>,
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) key: RetryKey,
}

/// Changes the policy for applications, licences and links. What is left out stays as it is.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct ChangeLicensingPolicyInput {
    /// The vendor's time zone by its IANA name, in which the months of the rules are.
    time_zone: Option<String>,
    /// The most products of one application.
    products_per_application: Option<u32>,
    /// The most months of a rental.
    rental_months: Option<u16>,
    /// How many days back or ahead a rental may begin.
    rental_start_days: Option<u16>,
    /// How many days back evidence, or a purchase, may lie.
    evidence_days: Option<u16>,
    /// So many days before its end a licence is said to come to it.
    warning_days: Option<Vec<u16>>,
    /// For how many hours a download link is valid.
    link_hours: Option<u16>,
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) key: RetryKey,
}

impl Named {
    fn title(&self) -> Title {
        let TitleInput { ru, en } = self.title.clone();
        Title { ru, en }
    }
}

impl DefineDepartmentInput {
    /// The file that defines it.
    pub fn file(&self) -> CatalogueFile {
        let entry = DepartmentEntry { code: self.named.code.clone(), title: self.named.title() };
        CatalogueFile { departments: vec![entry], ..CatalogueFile::default() }
    }
}

impl DefineCategoryInput {
    /// The file that defines it. Files name departments by their codes; one that does not exist has
    /// none, and is named by its id.
    ///
    /// # Errors
    /// `BadUserInput` if an id is not a department's.
    pub fn file(&self, catalogue: &Catalogue) -> Result<CatalogueFile, ApiError> {
        let code = |id: &ID| {
            let id = parse_id(id)?;
            let known = catalogue.departments.get(&id);
            Ok(known.map_or_else(|| id.to_string(), |department| department.code.clone()))
        };
        let departments = self.department_ids.iter().map(code).collect::<Result<_, ApiError>>()?;
        let (code, title) = (self.named.code.clone(), self.named.title());
        let entry = CategoryEntry { code, title, departments };
        Ok(CatalogueFile { categories: vec![entry], ..CatalogueFile::default() })
    }
}

impl DefineProductInput {
    /// The file that defines it.
    ///
    /// # Errors
    /// `BadUserInput` if an amount is none.
    pub fn file(&self) -> Result<CatalogueFile, ApiError> {
        let read = |amount: &MoneyInput| {
            let wrong = |_| ApiError::BadUserInput("minimumDeposits holds no amount".to_owned());
            amount.read().map_err(wrong)
        };
        let minimum_deposits =
            self.minimum_deposits.iter().map(read).collect::<Result<_, ApiError>>()?;
        let entry = ProductEntry {
            code: self.named.code.clone(),
            title: self.named.title(),
            kind: self.kind.into(),
            minimum_deposit: None,
            minimum_deposits,
        };
        Ok(CatalogueFile { products: vec![entry], ..CatalogueFile::default() })
    }
}

impl DefineBrokerInput {
    /// The file that defines it.
    pub fn file(&self) -> CatalogueFile {
        let (code, title) = (self.named.code.clone(), self.named.title());
        let entry = BrokerEntry { code, title, is_partner: self.is_partner };
        CatalogueFile { brokers: vec![entry], ..CatalogueFile::default() }
    }
}

impl ChangeTicketPolicyInput {
    /// Changes what is given.
    pub fn change(&self, policy: &mut TicketPolicy) {
        set(&mut policy.reopen_days, self.reopen_days);
        set(&mut policy.on_answer, self.on_answer.map(Into::into));
        set(&mut policy.promise_days, self.promise_days);
        set(&mut policy.subject_characters, self.subject_characters.map(size));
        set(&mut policy.text_characters, self.text_characters.map(size));
        set(&mut policy.reason_characters, self.reason_characters.map(size));
    }
}

impl ChangeLicensingPolicyInput {
    /// What changes the policy.
    ///
    /// # Errors
    /// `BadUserInput` if there is no such time zone.
    pub fn change(&self) -> Result<impl FnOnce(&mut LicensingPolicy) + Send, ApiError> {
        let time_zone = self.time_zone.as_deref().map(|name| read_zone(Some(name))).transpose()?;
        let input = self.clone();
        Ok(move |policy: &mut LicensingPolicy| {
            set(&mut policy.time_zone, time_zone);
            let products = input.products_per_application.map(size);
            set(&mut policy.products_per_application, products);
            set(&mut policy.rental_months, input.rental_months);
            set(&mut policy.rental_start_days, input.rental_start_days);
            set(&mut policy.evidence_days, input.evidence_days);
            set(&mut policy.warning_days, input.warning_days);
            set(&mut policy.link_hours, input.link_hours);
        })
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

fn size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
