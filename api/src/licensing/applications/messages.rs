//! Refusals about applications and trading accounts in the caller's language.

use servicedesk_domain::kernel::Language;
use servicedesk_domain::licensing::application::Rejection;
use servicedesk_domain::licensing::trading_account::{self, eligibility::Refusal};

use crate::billing::messages::of_amount;
use crate::mutation::sentence;

/// What a refusal about an application says to the caller.
pub fn message(rejection: Rejection, language: Language) -> String {
    if language == Language::En {
        return sentence(&rejection);
    }
    let text = match rejection {
        Rejection::Account(rejection) => return account_message(rejection, language),
        Rejection::TooManyProducts { max } => {
            return format!("За один раз можно заказать не больше {max} товаров.");
        }
        Rejection::MonthsOutOfRange { max } => {
            return format!("Аренда бывает на срок от 1 до {max} месяцев.");
        }
        Rejection::StartOutOfRange { earliest, latest } => {
            return format!("Аренда начинается не раньше {earliest} и не позже {latest}.");
        }
        Rejection::PurchaseOutOfRange { earliest, latest } => {
            return format!("Покупка сделана не раньше {earliest} и не позже {latest}.");
        }
        Rejection::ApplicationNotFound => "Такой заявки нет.",
        Rejection::AlreadySubmitted => "Заявка уже подана.",
        Rejection::DemoAccount => {
            "Бесплатные советники выдаются только на реальный счёт, а это демо-счёт."
        }
        Rejection::ProductMissing => "Не выбран ни один товар.",
        Rejection::ProductTwice => "Один и тот же товар указан дважды.",
        Rejection::StartMissing => "Не указана дата начала аренды.",
        Rejection::TermOver => "Срок аренды уже истёк.",
        Rejection::BadSeller(_) => {
            "Продавец не указан, указан слишком длинно или содержит управляющие символы."
        }
        Rejection::BadReference(_) => {
            "Номер заказа пустой, слишком длинный или содержит управляющие символы."
        }
        Rejection::BadComment(_) => {
            "Комментарий пустой, слишком длинный или содержит управляющие символы."
        }
        Rejection::BadReason(_) => {
            "Причина пустая, слишком длинная или содержит управляющие символы."
        }
        Rejection::BadSubject(_) => {
            "Тема пустая, слишком длинная или содержит управляющие символы."
        }
        Rejection::BadText(_) => "Текст пустой, слишком длинный или содержит управляющие символы.",
        Rejection::TakenByAnother => "Заявку принял другой сотрудник.",
        Rejection::AlreadyTaken => "Заявка уже принята.",
        Rejection::ApplicationNotTaken => "Заявку ещё никто не принял.",
        Rejection::ManagerNeeded => "Это решает только руководитель.",
        Rejection::GrantMissing => "По счёту ничего не выдано.",
        Rejection::ApplicationApproved => "Заявка уже одобрена.",
        Rejection::ApplicationDeclined => "Заявка отклонена.",
        Rejection::ApplicationWithdrawn => "Заявка отозвана.",
        Rejection::TicketAlreadyOpened => "По заявке уже открыт тикет.",
        Rejection::CategoryNotFound => "Такой категории нет.",
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
            return format!("Депозит — сумма от 0 до {max_cents} центов.");
        }
        Rejection::EvidenceOutOfRange { earliest, latest } => {
            return format!("Данные относятся ко времени с {earliest} по {latest}.");
        }
        Rejection::TradesOutOfRange { max } => return format!("Сделок бывает от 0 до {max}."),
        Rejection::BrokerNotFound => "Такого брокера нет.",
        Rejection::BrokerNotPartner => "Этот брокер не входит в число рекомендуемых.",
        Rejection::AccountNumberMalformed => "Номер счёта состоит из 1–20 латинских букв и цифр.",
        Rejection::AccountNotFound => "Такого счёта нет.",
        Rejection::WorthInSameCurrency => "Стоимость депозита указывают в другой валюте.",
        Rejection::PeriodOutOfOrder => {
            "Период кончается раньше, чем начинается, или последняя сделка вне его."
        }
        Rejection::EvidenceNotFound => "Таких данных нет.",
        Rejection::EvidenceRetracted => "Эти данные больше не учитываются.",
        Rejection::BadReason(_) => {
            "Причина пустая, слишком длинная или содержит управляющие символы."
        }
        Rejection::ProductNotFound => "Такого товара нет.",
        Rejection::ProductNotFree => "Этот товар не выдаётся бесплатно.",
        Rejection::GrantReleased => "Заявка была отозвана.",
    };
    text.to_owned()
}

fn rule_message(refusal: &Refusal) -> String {
    let text = match refusal.code() {
        "MONTH_NOT_PASSED" => {
            "С выдачи последнего советника на этот счёт не прошёл месяц, а депозит не покрывает \
             все советники."
        }
        "TRADING_NOT_SHOWN" => {
            "Торговля на счёте после выдачи последнего советника не подтверждена, а депозит не \
             покрывает все советники."
        }
        "DEPOSIT_NOT_SHOWN" => "Депозит на счёте не подтверждён.",
        "CURRENCY_NOT_ACCEPTED" => "В валюте счёта минимальный депозит не установлен.",
        _ => "Депозит меньше требуемого минимального.",
    };
    text.to_owned()
}
