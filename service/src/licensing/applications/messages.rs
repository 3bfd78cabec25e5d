//! Refusals about applications and trading accounts in the caller's language.

use servicedesk_domain::kernel::Language;
use servicedesk_domain::kernel::local::shown;
use servicedesk_domain::kernel::money::in_units;
use servicedesk_domain::licensing::application::Rejection;
use servicedesk_domain::licensing::trading_account::{self, eligibility::Refusal};

use crate::billing::messages::of_amount;
use crate::messages::sentence;

/// What a refusal about an application says to the caller.
pub fn message(rejection: Rejection, language: Language) -> String {
    if language == Language::En {
        return sentence(&rejection);
    }
    let text = match rejection {
        Rejection::Account(rejection) => return account_message(rejection, language),
        Rejection::TooManyProducts { max } => {
            return format!("В одной заявке можно указать не более {max} товаров.");
        }
        Rejection::MonthsOutOfRange { max } => {
            return format!("Срок аренды должен быть от 1 до {max} мес.");
        }
        Rejection::StartOutOfRange { earliest, latest } => {
            return format!("Дата начала аренды должна быть от {earliest} до {latest}.");
        }
        Rejection::PurchaseOutOfRange { earliest, latest } => {
            return format!("Дата покупки должна быть от {earliest} до {latest}.");
        }
        Rejection::ApplicationNotFound => "Заявка не найдена.",
        Rejection::AlreadySubmitted => "Заявка уже подана.",
        Rejection::DemoAccount => {
            "Бесплатный советник выдаётся только на реальный счёт. Вы указали демо-счёт."
        }
        Rejection::ProductMissing => "Выберите хотя бы один товар.",
        Rejection::ProductTwice => "Один и тот же товар указан дважды.",
        Rejection::StartMissing => "Укажите дату начала аренды.",
        Rejection::TermOver => {
            "Срок такой аренды уже истёк. Проверьте дату начала и количество месяцев."
        }
        Rejection::BadSeller(_) => {
            "Название продавца не указано, слишком длинное или содержит недопустимые символы."
        }
        Rejection::BadReference(_) => {
            "Номер заказа не указан, слишком длинный или содержит недопустимые символы."
        }
        Rejection::BadComment(_) => {
            "Комментарий пустой, слишком длинный или содержит недопустимые символы."
        }
        Rejection::BadReason(_) => {
            "Причина не указана, слишком длинная или содержит недопустимые символы."
        }
        Rejection::BadSubject(_) => {
            "Тема не указана, слишком длинная или содержит недопустимые символы."
        }
        Rejection::BadText(_) => {
            "Текст не указан, слишком длинный или содержит недопустимые символы."
        }
        Rejection::TakenByAnother => "Заявку уже взял в работу другой сотрудник.",
        Rejection::AlreadyTaken => "Заявка уже взята в работу.",
        Rejection::ApplicationNotTaken => "Заявку ещё никто не взял в работу.",
        Rejection::ManagerNeeded => "Это может сделать только руководитель.",
        Rejection::GrantMissing => "По этой заявке на счёт ничего не выдано.",
        Rejection::ApplicationApproved => "Заявка уже одобрена.",
        Rejection::ApplicationDeclined => "Заявка отклонена.",
        Rejection::ApplicationWithdrawn => "Заявка отозвана.",
        Rejection::TicketAlreadyOpened => "По этой заявке уже создан тикет.",
        Rejection::CategoryNotFound => "Категория не найдена.",
    };
    text.to_owned()
}

/// What a refusal about a trading account says to the caller.
pub fn account_message(rejection: trading_account::Rejection, language: Language) -> String {
    use trading_account::Rejection;
    if language == Language::En {
        return sentence(&rejection);
    }
    let text = match rejection {
        Rejection::Rule(refusal) => return rule_message(&refusal),
        Rejection::BadAmount(problem) => return of_amount(problem),
        Rejection::DepositOutOfRange { max_cents } => {
            return format!("Депозит должен быть от 0 до {}.", in_units(max_cents));
        }
        Rejection::EvidenceOutOfRange { earliest, latest } => {
            return format!(
                "Данные должны относиться к периоду с {} по {}.",
                shown(earliest),
                shown(latest)
            );
        }
        Rejection::TradesOutOfRange { max } => {
            return format!("Количество сделок должно быть от 0 до {max}.");
        }
        Rejection::BrokerNotFound => "Брокер не найден.",
        Rejection::BrokerNotPartner => "Этот брокер не входит в список рекомендуемых.",
        Rejection::AccountNumberMalformed => {
            "Номер счёта должен содержать от 1 до 20 латинских букв и цифр."
        }
        Rejection::AccountNotFound => "Счёт не найден.",
        Rejection::WorthInSameCurrency => "Эквивалент депозита нужно указать в другой валюте.",
        Rejection::PeriodOutOfOrder => {
            "Дата окончания периода раньше даты начала, или последняя сделка вне этого периода."
        }
        Rejection::EvidenceNotFound => "Данные не найдены.",
        Rejection::EvidenceRetracted => "Эти данные больше не учитываются.",
        Rejection::BadReason(_) => {
            "Причина не указана, слишком длинная или содержит недопустимые символы."
        }
        Rejection::ProductNotFound => "Товар не найден.",
        Rejection::ProductNotFree => "Этот товар не предоставляется бесплатно.",
        Rejection::GrantReleased => "Заявка была отозвана, выдача по ней отменена.",
    };
    text.to_owned()
}

fn rule_message(refusal: &Refusal) -> String {
    let text = match refusal.code() {
        "MONTH_NOT_PASSED" => {
            "С момента выдачи последнего советника на этот счёт не прошёл месяц, а депозита \
             недостаточно для всех советников."
        }
        "TRADING_NOT_SHOWN" => {
            "Нет подтверждения торговли на счёте после выдачи последнего советника, а депозита \
             недостаточно для всех советников."
        }
        "DEPOSIT_NOT_SHOWN" => "Депозит на счёте не подтверждён.",
        "CURRENCY_NOT_ACCEPTED" => "Для валюты этого счёта минимальный депозит не установлен.",
        _ => "Депозит на счёте меньше минимального.",
    };
    text.to_owned()
}
