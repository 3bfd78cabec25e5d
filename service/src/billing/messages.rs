//! Refusals about terms, statements and payments in the caller's language.

use servicedesk_domain::billing::{account, terms};
use servicedesk_domain::kernel::local::shown;
use servicedesk_domain::kernel::money::in_units;
use servicedesk_domain::kernel::{AmountProblem, Language};

use crate::messages::sentence;

/// What a refusal of new terms says to the caller.
pub fn of_terms(rejection: terms::Rejection, language: Language) -> String {
    use terms::Rejection;
    if language == Language::En {
        return sentence(&rejection);
    }
    match rejection {
        Rejection::BadAmount(problem) => of_amount(problem),
        Rejection::PriceOutOfRange { max_cents } => {
            format!("Цена должна быть от 0 до {}.", in_units(max_cents))
        }
        Rejection::CurrencyFixed => {
            "Валюту можно сменить только до первого списания или платежа.".to_owned()
        }
        Rejection::PackageOutOfRange { max } => {
            format!("Пакет может содержать от 0 до {max} минут.")
        }
        Rejection::WarningOutOfRange => {
            "Порог предупреждения должен быть от 1 до 99 процентов.".to_owned()
        }
        Rejection::TimeZoneUnknown => "Часовой пояс не найден.".to_owned(),
        Rejection::InForceTooEarly { earliest } => {
            format!("Условия не могут вступить в силу раньше {}.", shown(earliest))
        }
        Rejection::InForceTooFar { latest } => {
            format!("Условия должны вступить в силу не позже {}.", shown(latest))
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
        AmountProblem::NotAnAmount => "Укажите сумму цифрами, например 12.50.".to_owned(),
        AmountProblem::TooLarge => "Слишком большая сумма.".to_owned(),
    }
}

/// What a refusal about an account says to the caller.
pub fn of_account(rejection: account::Rejection, language: Language) -> String {
    use account::Rejection;
    if language == Language::En {
        return sentence(&rejection);
    }
    match rejection {
        Rejection::CustomerNotFound => "Клиент не найден.".to_owned(),
        Rejection::WorkNotSettled => "Запись времени ещё не обработана.".to_owned(),
        Rejection::MonthNotOver => "Месяц ещё не закончился.".to_owned(),
        Rejection::StatementClosed => "Выписка уже закрыта.".to_owned(),
        Rejection::EarlierStatementOpen { month } => {
            format!("Сначала закройте выписку за {month}.")
        }
        Rejection::BadAmount(problem) => of_amount(problem),
        Rejection::AmountOutOfRange { max_cents } => {
            format!("Сумма должна быть от 0.01 до {}.", in_units(max_cents))
        }
        Rejection::OtherCurrency { currency } => format!("Валюта счёта — {currency}."),
        Rejection::DateOutOfRange { earliest, latest } => {
            format!("Дата платежа должна быть от {earliest} до {latest}.")
        }
        Rejection::BadReference(_) => {
            "Назначение платежа не указано, слишком длинное или содержит недопустимые символы."
                .to_owned()
        }
        Rejection::BadReason(_) => {
            "Причина не указана, слишком длинная или содержит недопустимые символы.".to_owned()
        }
        Rejection::PaymentNotFound => "Платёж не найден.".to_owned(),
        Rejection::PaymentReversed => "Платёж уже отменён.".to_owned(),
    }
}
