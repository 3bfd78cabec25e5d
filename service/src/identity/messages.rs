//! Refusals about logging in, in the caller's language.

use servicedesk_domain::identity::Rejection;
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
        Rejection::EmailInvalid => "Укажите правильный адрес электронной почты.",
        Rejection::EmailTaken => "Этот адрес уже принадлежит другой учётной записи.",
        Rejection::NameInvalid(_) => "Имя должно содержать от 1 до 200 печатных символов.",
        Rejection::PasswordTooShort => "Пароль должен быть не короче 8 символов.",
        Rejection::PasswordTooLong => "Пароль должен быть не длиннее 256 символов.",
        Rejection::PasswordCommon => "Этот пароль слишком распространён. Выберите другой.",
        Rejection::WrongCredentials => "Неверный адрес электронной почты или пароль.",
        Rejection::CodeInvalid => "Код неверен или больше не действует.",
        Rejection::TooManyAttempts { .. } => "Слишком много попыток. Повторите позже.",
        Rejection::LoginNotFound => "У этой учётной записи ещё нет пароля.",
        Rejection::LoginExists => "У этой учётной записи уже есть пароль.",
        Rejection::PasswordReplaced => "Пароль тем временем был изменён.",
        Rejection::PersonNotFound => "Такого человека нет.",
        Rejection::SessionNotFound => "Сеанс не найден или уже завершён.",
    }
}
