//! Refusals about customers, in the caller's language.

use servicedesk_domain::customer::Rejection;
use servicedesk_domain::kernel::Language;

use crate::messages::sentence;

/// What a refusal says to the caller.
pub fn message(rejection: Rejection, language: Language) -> String {
    match language {
        Language::En => sentence(&rejection),
        Language::Ru => in_russian(rejection).to_owned(),
    }
}

const fn in_russian(rejection: Rejection) -> &'static str {
    match rejection {
        Rejection::AlreadyRegistered => "Клиент уже зарегистрирован.",
        Rejection::BadName(_) => "Имя должно содержать от 1 до 200 печатных символов.",
        Rejection::CustomerNotFound => "Клиент не найден.",
        Rejection::AlreadyErased => "Данные клиента уже удалены.",
        Rejection::ConfirmationWrong => "Для подтверждения укажите точное имя клиента.",
        Rejection::ChargesUnpaid { .. } => {
            "У клиента есть неоплаченные начисления. Данные можно удалить после оплаты."
        }
    }
}
