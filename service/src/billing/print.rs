//! A statement as a whole: its balances, as comma-separated values, and as a page to print (B5).

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{Datelike, NaiveTime, TimeDelta};
use maud::{DOCTYPE, Markup, html};
use servicedesk_domain::billing::SupportAccount;
use servicedesk_domain::billing::account::events::CreditBasis;
use servicedesk_domain::catalogue::Catalogue;
use servicedesk_domain::kernel::{Currency, Language, Money};
use servicedesk_domain::staff::StaffMemberId;
use servicedesk_domain::ticket::TicketId;
use servicedesk_projections::billing::statement_lines::{self, Filter, StatementLineRow, Which};
use servicedesk_projections::billing::statements::StatementRow;
use servicedesk_projections::billing::support_accounts;
use servicedesk_projections::customer::customer_directory;
use servicedesk_projections::staff::staff_directory;
use servicedesk_projections::ticket::{human_number, ticket_details};

use super::terms;
use crate::desk::Desk;
use crate::error::ApiError;
use crate::spreadsheet::{Cell, Spreadsheet};

/// How a statement looks on paper.
const STYLE: &str = "body{font:14px/1.4 sans-serif;margin:2rem;color:#111}\
    table{border-collapse:collapse;width:100%;margin:1rem 0}\
    th,td{border-bottom:1px solid #bbb;padding:.3rem .5rem;text-align:left}\
    .n{text-align:right;font-variant-numeric:tabular-nums}\
    tr{break-inside:avoid}thead{display:table-header-group}\
    @media print{body{margin:0}}";

/// What is owed on a statement and around it.
#[derive(Debug, Clone, Copy)]
pub struct Balances {
    /// At the end of the month before.
    pub opening: Money,
    /// What the statement adds to its lines so that it comes to their exact sum, rounded once (B2).
    pub rounding: Money,
    /// What the statement comes to, with that.
    pub amount: Money,
    /// What was received in the month.
    pub paid: Money,
    /// At the end of the month.
    pub closing: Money,
}

/// What a line costs; below nothing where it is given back.
pub fn amount(line: &StatementLineRow) -> Money {
    let price = line.settlement.price;
    Money { cents: line.sign() * price.cents, currency: price.currency }
}

/// What is owed on a statement and around it, by the customer's account.
pub fn balances(
    account: &SupportAccount,
    statement: &StatementRow,
    currency: Currency,
) -> Balances {
    let money = |cents| Money { cents, currency };
    let (paid, closing) =
        (account.paid_in(statement.month), account.owed_at_end_of(statement.month));
    let rounding = account.months.get(&statement.month).map_or(0, |totals| totals.rounding);
    let amount = statement.totals.cents.saturating_add(rounding);
    let opening = closing.saturating_add(paid).saturating_sub(amount);
    Balances {
        opening: money(opening),
        rounding: money(rounding),
        amount: money(amount),
        paid: money(paid),
        closing: money(closing),
    }
}

/// A statement with everything that stands on it by name.
struct Whole {
    lines: Vec<StatementLineRow>,
    numbers: HashMap<TicketId, String>,
    agents: HashMap<StaffMemberId, String>,
    customer: String,
    catalogue: Arc<Catalogue>,
    time_zone: chrono_tz::Tz,
    balances: Balances,
    is_closed: bool,
    language: Language,
}

impl Whole {
    async fn read(
        desk: &Desk,
        statement: &StatementRow,
        language: Language,
    ) -> Result<Self, ApiError> {
        let db = desk.log.db();
        let (customer_id, month) = (Some(statement.customer_id), Some(statement.month));
        let filter = Filter { customer_id, month, which: Which::Shown };
        let lines = statement_lines::all(db, filter).await?;
        let tickets: Vec<TicketId> = lines.iter().map(|line| line.settlement.ticket_id).collect();
        let agents: Vec<StaffMemberId> =
            lines.iter().map(|line| line.settlement.staff_member_id).collect();
        let numbers = ticket_details::by_ids(db, &tickets).await?;
        let agents = staff_directory::by_ids(db, &agents).await?;
        let customer = customer_directory::by_ids(db, &[statement.customer_id]).await?;
        let customer = customer.into_values().next().map(|row| row.name.shown().to_owned());
        let version = terms::for_request(&desk.log, desk.now()).await?;
        let id = statement.customer_id;
        let row = support_accounts::by_customers(db, &[id]).await?.remove(&id);
        let account = row.map(|row| row.account).unwrap_or_default();
        let currency = version.terms.hourly_price.currency;
        Ok(Self {
            lines,
            numbers: numbers.into_iter().map(|(id, row)| (id, human_number(row.serial))).collect(),
            agents: agents.into_iter().map(|(id, row)| (id, row.name.shown().to_owned())).collect(),
            customer: customer.unwrap_or_default(),
            catalogue: desk.catalogue().await?,
            time_zone: version.terms.time_zone,
            balances: balances(&account, statement, currency),
            is_closed: account.is_closed(statement.month),
            language,
        })
    }

    /// A line's texts: when, what, on which ticket, on which product, by whom.
    fn texts(&self, line: &StatementLineRow) -> [String; 5] {
        let settlement = &line.settlement;
        let product = self.catalogue.products.get(&settlement.product_id);
        let product = product.map(|one| one.title.in_language(self.language).to_owned());
        let worked_at = settlement.worked_at.with_timezone(&self.time_zone);
        // Work that ends with the month is shown in it, not in the first minute of the next.
        let ends_with_month = worked_at.day() == 1 && worked_at.time() == NaiveTime::MIN;
        let shown_at = if ends_with_month { worked_at - TimeDelta::minutes(1) } else { worked_at };
        [
            shown_at.format("%Y-%m-%d %H:%M").to_string(),
            self.word(Word::of_line(line)).to_owned(),
            self.numbers.get(&settlement.ticket_id).cloned().unwrap_or_default(),
            product.unwrap_or_default(),
            self.agents.get(&settlement.staff_member_id).cloned().unwrap_or_default(),
        ]
    }

    const fn word(&self, word: Word) -> &'static str {
        word.in_language(self.language)
    }
}

/// A line's minutes: all that are drawn or charged, the free ones, and the charged ones.
fn minutes(line: &StatementLineRow) -> [i64; 3] {
    let free = line.sign() * i64::from(line.settlement.free_minutes());
    let charged = line.sign() * i64::from(line.settlement.chargeable_minutes);
    [free + charged, free, charged]
}

const COLUMNS: &[&str] = &[
    "worked_at",
    "kind",
    "ticket",
    "product",
    "agent",
    "minutes",
    "free_minutes",
    "chargeable_minutes",
    "amount",
    "currency",
];

/// A statement as comma-separated values, with a line of headings that does not hang on the
/// language.
///
/// # Errors
/// `Internal` if it cannot be read.
pub async fn csv(
    desk: &Desk,
    statement: &StatementRow,
    language: Language,
) -> Result<String, ApiError> {
    let whole = Whole::read(desk, statement, language).await?;
    let fault = |error: csv::Error| ApiError::internal(&error);
    let mut sheet = Spreadsheet::new(Vec::new(), COLUMNS).map_err(fault)?;
    for line in &whole.lines {
        let price = amount(line);
        let texts = whole.texts(line).map(Cell::text).into_iter();
        let figures = minutes(line).map(Cell::figure).into_iter();
        let money = [Cell::figure(price.decimal()), Cell::figure(price.currency)];
        sheet.record(texts.chain(figures).chain(money)).map_err(fault)?;
    }
    let rounding = whole.balances.rounding;
    if rounding.cents != 0 {
        let texts = ["", whole.word(Word::Rounding), "", "", "", "", "", ""].map(Cell::text);
        let money = [Cell::figure(rounding.decimal()), Cell::figure(rounding.currency)];
        sheet.record(texts.into_iter().chain(money)).map_err(fault)?;
    }
    let bytes = sheet.finish().map_err(fault)?;
    String::from_utf8(bytes).map_err(|error| ApiError::internal(&error))
}

/// A statement as a page to print: one file, without scripts or anything from elsewhere.
///
/// # Errors
/// `Internal` if it cannot be read.
pub async fn html(
    desk: &Desk,
    statement: &StatementRow,
    language: Language,
) -> Result<String, ApiError> {
    let whole = Whole::read(desk, statement, language).await?;
    Ok(page(&whole, statement).into_string())
}

fn page(whole: &Whole, statement: &StatementRow) -> Markup {
    let word = |word| whole.word(word);
    let (totals, balances) = (statement.totals, whole.balances);
    let title = format!("{} {}", word(Word::Statement), statement.month);
    let headings = [Word::Date, Word::Kind, Word::Ticket, Word::Product, Word::Agent];
    let figures = [Word::Minutes, Word::Free, Word::Charged, Word::Amount];
    html! {
        (DOCTYPE)
        html lang=(if whole.language == Language::Ru { "ru" } else { "en" }) {
            head {
                meta charset="utf-8";
                title { (title) " — " (whole.customer) }
                style { (STYLE) }
            }
            body {
                h1 { (title) }
                p { (whole.customer) }
                @if !whole.is_closed {
                    p { strong { (word(Word::NotFinal)) } }
                }
                table {
                    thead {
                        tr {
                            @for heading in headings { th { (word(heading)) } }
                            @for figure in figures { th.n { (word(figure)) } }
                        }
                    }
                    tbody {
                        @for line in &whole.lines {
                            tr {
                                @for text in whole.texts(line) { td { (text) } }
                                @for number in minutes(line) { td.n { (number) } }
                                td.n { (amount(line).decimal()) }
                            }
                        }
                    }
                    tfoot {
                        @if balances.rounding.cents != 0 {
                            tr {
                                td colspan="8" { (word(Word::Rounding)) }
                                td.n { (balances.rounding.decimal()) }
                            }
                        }
                        tr {
                            th colspan="5" { (word(Word::Total)) }
                            th.n { (totals.free_minutes + totals.chargeable_minutes) }
                            th.n { (totals.free_minutes) }
                            th.n { (totals.chargeable_minutes) }
                            th.n { (balances.amount.decimal()) }
                        }
                    }
                }
                table {
                    @for (label, money) in [
                        (Word::Opening, balances.opening),
                        (Word::Amount, balances.amount),
                        (Word::Paid, balances.paid),
                        (Word::Closing, balances.closing),
                    ] {
                        tr { th { (word(label)) } td.n { (money.decimal()) " " (money.currency) } }
                    }
                }
            }
        }
    }
}

/// The words of a printed statement.
#[derive(Debug, Clone, Copy)]
enum Word {
    Statement,
    NotFinal,
    Date,
    Kind,
    Ticket,
    Product,
    Agent,
    Minutes,
    Free,
    Charged,
    Amount,
    Rounding,
    Total,
    Opening,
    Paid,
    Closing,
    Work,
    Reversal,
    Courtesy,
}

impl Word {
    const fn of_line(line: &StatementLineRow) -> Self {
        match line.credit {
            None => Self::Work,
            Some(CreditBasis::Reversal) => Self::Reversal,
            Some(CreditBasis::Courtesy) => Self::Courtesy,
        }
    }

    const fn in_language(self, language: Language) -> &'static str {
        let (en, ru) = match self {
            Self::Statement => ("Statement", "Выписка"),
            Self::NotFinal => ("Not final", "Предварительная"),
            Self::Date => ("Date", "Дата"),
            Self::Kind => ("Entry", "Операция"),
            Self::Ticket => ("Ticket", "Заявка"),
            Self::Product => ("Product", "Товар"),
            Self::Agent => ("Agent", "Сотрудник"),
            Self::Minutes => ("Minutes", "Минуты"),
            Self::Free => ("Free", "Бесплатные"),
            Self::Charged => ("Charged", "Платные"),
            Self::Amount => ("Amount", "Сумма"),
            Self::Rounding => ("Rounding", "Округление"),
            Self::Total => ("Total", "Итого"),
            Self::Opening => ("Previous balance due", "Задолженность на начало месяца"),
            Self::Paid => ("Paid", "Оплачено"),
            Self::Closing => ("Balance due", "Задолженность на конец месяца"),
            Self::Work => ("Work", "Работа"),
            Self::Reversal => ("Correction", "Исправление"),
            Self::Courtesy => ("Courtesy", "Скидка"),
        };
        match language {
            Language::En => en,
            Language::Ru => ru,
        }
    }
}
