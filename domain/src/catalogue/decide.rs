//! Decisions on the catalogue: loading a file of entries, and retiring single ones.

use std::collections::BTreeSet;

use super::events::CatalogueEvent;
use super::file::{BrokerEntry, CatalogueFile, CategoryEntry, DepartmentEntry, ProductEntry};
use super::rejection::Rejection;
use super::state::Catalogue;
use super::{BrokerId, CategoryId, DepartmentId, LicensingPolicy, ProductId, TicketPolicy};
use crate::kernel::{Form, Moment, Title};

mod hours;

const MAX_CODE_CHARACTERS: usize = 64;
const MAX_TITLE_CHARACTERS: usize = 200;
const MAX_TEXT_CHARACTERS: usize = 100_000;
const MAX_PRODUCTS: usize = 100;
/// A rental's licence, from its earliest beginning to its latest end, is within the ten years of
/// licences.
const MAX_MONTHS: u16 = 84;
const MAX_START_DAYS: u16 = 1_000;
const MAX_WARNING_DAYS: u16 = 366;
const MAX_WARNINGS: usize = 10;
const MAX_LINK_HOURS: u16 = 24 * 366;

/// A command on the catalogue.
#[derive(Debug, Clone)]
pub enum Command {
    /// Defines every entry of the file that is new or differs. Entries that the file does not
    /// name stay as they are. Calendars and service levels are in force from the moment given.
    Load(Box<CatalogueFile>, Moment),
    /// A department takes no new tickets from now on.
    RetireDepartment(DepartmentId),
    /// A category is no longer offered.
    RetireCategory(CategoryId),
    /// A product is no longer offered.
    RetireProduct(ProductId),
    /// A broker's accounts bring nothing any more.
    RetireBroker(BrokerId),
}

/// What a decision gives.
pub type Decision = Result<Vec<CatalogueEvent>, Rejection>;

/// Decides a command on the catalogue.
///
/// # Errors
/// The [`Rejection`] that names the entry at fault; nothing is to be recorded then.
pub fn decide(catalogue: &Catalogue, command: Command) -> Decision {
    match command {
        Command::Load(file, at) => load(catalogue, &file, at),
        Command::RetireDepartment(id) => retire_department(catalogue, id),
        Command::RetireCategory(id) => retire_category(catalogue, id),
        Command::RetireProduct(id) => retire_product(catalogue, id),
        Command::RetireBroker(id) => retire_broker(catalogue, id),
    }
}

/// Loading the same file twice gives no event the second time.
fn load(catalogue: &Catalogue, file: &CatalogueFile, at: Moment) -> Decision {
    unique_codes(file.departments.iter().map(|entry| &entry.code))?;
    unique_codes(file.categories.iter().map(|entry| &entry.code))?;
    unique_codes(file.products.iter().map(|entry| &entry.code))?;
    unique_codes(file.brokers.iter().map(|entry| &entry.code))?;
    unique_codes(file.calendars.iter().map(|entry| &entry.code))?;

    // Each entry is checked against the catalogue with the entries before it already in, so that
    // a category may route to a department of the same file.
    let mut after = catalogue.clone();
    let mut events = Vec::new();
    let mut define = |after: &mut Catalogue, event: CatalogueEvent| {
        let before = after.clone();
        after.evolve(event.clone());
        if *after != before {
            events.push(event);
        }
    };
    if let Some(policy) = &file.ticket_policy {
        define(&mut after, ticket_policy(policy)?);
    }
    if let Some(policy) = &file.licensing_policy {
        define(&mut after, licensing_policy(policy)?);
    }
    for entry in &file.departments {
        define(&mut after, department(entry)?);
    }
    for entry in &file.categories {
        let event = category(&after, entry)?;
        define(&mut after, event);
    }
    for entry in &file.products {
        define(&mut after, product(entry)?);
    }
    for entry in &file.brokers {
        define(&mut after, broker(entry)?);
    }
    for entry in &file.calendars {
        if let Some(event) = hours::calendar(&after, entry, at)? {
            define(&mut after, event);
        }
    }
    for entry in &file.service_levels {
        if let Some(event) = hours::service_level(&after, entry, at)? {
            define(&mut after, event);
        }
    }
    Ok(events)
}

fn ticket_policy(policy: &TicketPolicy) -> Result<CatalogueEvent, Rejection> {
    let limits = [policy.subject_characters, policy.text_characters, policy.reason_characters];
    if limits.iter().any(|limit| !(1..=MAX_TEXT_CHARACTERS).contains(limit)) {
        return Err(Rejection::BadTextLimits);
    }
    Ok(CatalogueEvent::TicketPolicyDefined { policy: policy.clone() })
}

fn licensing_policy(policy: &LicensingPolicy) -> Result<CatalogueEvent, Rejection> {
    let are_limits_sound = (1..=MAX_PRODUCTS).contains(&policy.products_per_application)
        && (1..=MAX_MONTHS).contains(&policy.rental_months)
        && policy.rental_start_days <= MAX_START_DAYS;
    if !are_limits_sound {
        return Err(Rejection::BadLicensingLimits);
    }
    let is_some_day = |days: &u16| (1..=MAX_WARNING_DAYS).contains(days);
    let are_periods_sound = policy.warning_days.len() <= MAX_WARNINGS
        && policy.warning_days.iter().all(is_some_day)
        && (1..=MAX_LINK_HOURS).contains(&policy.link_hours);
    if !are_periods_sound {
        return Err(Rejection::BadLicensingPeriods);
    }
    Ok(CatalogueEvent::LicensingPolicyDefined { policy: policy.clone() })
}

fn department(entry: &DepartmentEntry) -> Result<CatalogueEvent, Rejection> {
    check_name(&entry.code, &entry.title)?;
    Ok(CatalogueEvent::DepartmentDefined {
        department_id: DepartmentId::named(&entry.code),
        code: entry.code.clone(),
        title: entry.title.clone(),
    })
}

fn category(catalogue: &Catalogue, entry: &CategoryEntry) -> Result<CatalogueEvent, Rejection> {
    check_name(&entry.code, &entry.title)?;
    if entry.departments.is_empty() {
        return Err(Rejection::RoutesNowhere { category: entry.code.clone() });
    }
    let mut codes = BTreeSet::new();
    if let Some(twice) = entry.departments.iter().find(|code| !codes.insert(*code)) {
        let (category, department) = (entry.code.clone(), twice.clone());
        return Err(Rejection::DepartmentTwice { category, department });
    }
    let department = |code: &String| {
        let id = DepartmentId::named(code);
        let found = catalogue.department_in_use(id).map(|found| found.department_id);
        found.map_err(|_| Rejection::UnknownDepartment {
            category: entry.code.clone(),
            department: code.clone(),
        })
    };
    Ok(CatalogueEvent::CategoryDefined {
        category_id: CategoryId::named(&entry.code),
        code: entry.code.clone(),
        title: entry.title.clone(),
        department_ids: entry.departments.iter().map(department).collect::<Result<_, _>>()?,
    })
}

fn product(entry: &ProductEntry) -> Result<CatalogueEvent, Rejection> {
    check_name(&entry.code, &entry.title)?;
    let minimum_deposits: Vec<_> =
        entry.minimum_deposit.iter().chain(&entry.minimum_deposits).copied().collect();
    if minimum_deposits.iter().any(|deposit| deposit.cents < 0) {
        return Err(Rejection::NegativeDeposit { product: entry.code.clone() });
    }
    let mut currencies = BTreeSet::new();
    if let Some(twice) =
        minimum_deposits.iter().find(|deposit| !currencies.insert(deposit.currency))
    {
        let (product, currency) = (entry.code.clone(), twice.currency);
        return Err(Rejection::DepositTwice { product, currency });
    }
    Ok(CatalogueEvent::ProductDefined {
        product_id: ProductId::named(&entry.code),
        code: entry.code.clone(),
        title: entry.title.clone(),
        kind: entry.kind,
        minimum_deposits,
    })
}

fn broker(entry: &BrokerEntry) -> Result<CatalogueEvent, Rejection> {
    check_name(&entry.code, &entry.title)?;
    Ok(CatalogueEvent::BrokerDefined {
        broker_id: BrokerId::named(&entry.code),
        code: entry.code.clone(),
        title: entry.title.clone(),
        is_partner: entry.is_partner,
    })
}

fn retire_department(catalogue: &Catalogue, id: DepartmentId) -> Decision {
    catalogue
        .department_in_use(id)
        .map_err(|_| Rejection::UnknownEntry { code: id.to_string() })?;
    let routed = catalogue.categories.values().filter(|category| !category.is_retired);
    match routed.into_iter().find(|category| category.department_ids.contains(&id)) {
        Some(category) => Err(Rejection::DepartmentInUse { category: category.code.clone() }),
        None => Ok(vec![CatalogueEvent::DepartmentRetired { department_id: id }]),
    }
}

fn retire_category(catalogue: &Catalogue, id: CategoryId) -> Decision {
    match catalogue.categories.get(&id) {
        Some(category) if !category.is_retired => {
            Ok(vec![CatalogueEvent::CategoryRetired { category_id: id }])
        }
        _ => Err(Rejection::UnknownEntry { code: id.to_string() }),
    }
}

fn retire_product(catalogue: &Catalogue, id: ProductId) -> Decision {
    match catalogue.products.get(&id) {
        Some(product) if !product.is_retired => {
            Ok(vec![CatalogueEvent::ProductRetired { product_id: id }])
        }
        _ => Err(Rejection::UnknownEntry { code: id.to_string() }),
    }
}

fn retire_broker(catalogue: &Catalogue, id: BrokerId) -> Decision {
    match catalogue.brokers.get(&id) {
        Some(broker) if !broker.is_retired => {
            Ok(vec![CatalogueEvent::BrokerRetired { broker_id: id }])
        }
        _ => Err(Rejection::UnknownEntry { code: id.to_string() }),
    }
}

fn unique_codes<'a>(codes: impl Iterator<Item = &'a String>) -> Result<(), Rejection> {
    let mut seen = BTreeSet::new();
    for code in codes {
        if !seen.insert(code) {
            return Err(Rejection::CodeTwice { code: code.clone() });
        }
    }
    Ok(())
}

fn check_name(code: &str, title: &Title) -> Result<(), Rejection> {
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c);
    if code.is_empty() || code.len() > MAX_CODE_CHARACTERS || !code.chars().all(is_allowed) {
        return Err(Rejection::BadCode { code: code.to_owned() });
    }
    let is_bad = |text: &String| Form::Name.parse(text, MAX_TITLE_CHARACTERS).is_err();
    if is_bad(&title.ru) || is_bad(&title.en) {
        return Err(Rejection::BadTitle { code: code.to_owned() });
    }
    Ok(())
}
