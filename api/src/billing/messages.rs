//! Refusals about terms, statements and payments in the caller's language.

use servicedesk_domain::billing::{account, terms};
use servicedesk_domain::kernel::{AmountProblem, Language};

use crate::mutation::sentence;

/// What a refusal of new terms says to the caller.
pub fn of_terms(rejection: terms::Rejection, language: Language) -> String {
    use terms::Rejection;
    if language == Language::En {
        return sentence(&rejection);
    }
    match rejection {
        Rejection::BadAmount(problem) => of_amount(problem),
        Rejection::PriceOutOfRange { max_cents } => {
            format!("Цена должна быть от 0 до {max_cents} центов.")
        }
        Rejection::CurrencyFixed => {
            "Валюту можно сменить только до первого списания или платежа.".to_owned()
        }
        Rejection::PackageOutOfRange { max } => format!("В пакете от 0 до {max} минут."),
        Rejection::WarningOutOfRange => "Предупреждение — от 1 до 99 процентов.".to_owned(),
        Rejection::TimeZoneUnknown => "Такого часового пояса нет.".to_owned(),
        Rejection::InForceTooEarly { earliest } => {
            format!("Условия не могут действовать раньше {earliest}.")
        }
        Rejection::InForceTooFar { latest } => {
            format!("Условия не могут начать действовать позже {latest}.")
        }
    }
}

/// What is wrong with an amount, in Russian.
pub fn of_amount(problem: AmountProblem) -> String {
    match problem {
        AmountProblem::UnknownCurrency => {
            "Валюта — код ISO 4217, не больше двух знаков после запятой.".to_owned()
        }
        AmountProblem::TooManyDecimals { decimals: 0 } => {
            "В этой валюте суммы указывают без дробной части.".to_owned()
        }
        AmountProblem::TooManyDecimals { decimals } => {
            format!("В этой валюте не больше {decimals} знаков после запятой.")
        }
        AmountProblem::NotAnAmount => "Сумму пишут цифрами, например 12.50.".to_owned(),
        AmountProblem::TooLarge => "Сумма слишком велика.".to_owned(),
    }
}

/// What a refusal about an account says to the caller.
pub fn of_account(rejection: account::Rejection, language: Language) -> String {
    use account::Rejection;
    if language == Language::En {
        return sentence(&rejection);
    }
    match rejection {
        Rejection::CustomerNotFound => "Такого клиента нет.".to_owned(),
        Rejection::WorkNotSettled => "Запись времени ещё не учтена.".to_owned(),
        Rejection::MonthNotOver => "Месяц ещё не закончился.".to_owned(),
        Rejection::StatementClosed => "Выписка уже закрыта.".to_owned(),
        Rejection::EarlierStatementOpen { month } => format!("Выписка за {month} не закрыта."),
        Rejection::BadAmount(problem) => of_amount(problem),
        Rejection::AmountOutOfRange { max_cents } => {
            format!("Сумма должна быть от 1 до {max_cents} центов.")
        }
        Rejection::OtherCurrency { currency } => format!("Счёт ведётся в {currency}."),
        Rejection::DateOutOfRange { earliest, latest } => {
            format!("Дата платежа — от {earliest} до {latest}.")
        }
        Rejection::BadReference(_) => {
            "Назначение платежа пустое, слишком длинное или содержит управляющие символы."
                .to_owned()
        }
        Rejection::BadReason(_) => {
            "Причина пустая, слишком длинная или содержит управляющие символы.".to_owned()
        }
        Rejection::PaymentNotFound => "Такого платежа нет.".to_owned(),
        Rejection::PaymentReversed => "Платёж уже отменён.".to_owned(),
    }
}
