//! Refusals about licences in the caller's language.

use servicedesk_domain::kernel::Language;
use servicedesk_domain::licensing::licence::Rejection;
use servicedesk_domain::licensing::release;

use crate::messages::sentence;

/// What a refusal says to the caller.
pub fn message(rejection: Rejection, language: Language) -> String {
    if language == Language::En {
        return sentence(&rejection);
    }
    match rejection {
        Rejection::LicenceNotFound => "Такой лицензии нет.".to_owned(),
        Rejection::AlreadyGranted => "Лицензия уже выдана.".to_owned(),
        Rejection::CustomerNotFound => "Такого клиента нет.".to_owned(),
        Rejection::ProductNotFound => "Такого товара нет.".to_owned(),
        Rejection::EndMissing => "У аренды должен быть срок окончания.".to_owned(),
        Rejection::EndNotAllowed => "У безлимитной лицензии нет срока окончания.".to_owned(),
        Rejection::EndNotAfterStart => "Лицензия кончилась бы раньше, чем началась.".to_owned(),
        Rejection::TooFar { earliest, latest } => {
            format!("Лицензия действует не раньше {earliest} и не позже {latest}.")
        }
        Rejection::BadAccountNumber(_) => {
            "Номер счёта: от 1 до 20 цифр и латинских букв.".to_owned()
        }
        Rejection::TooManyAccounts { most } => {
            format!("Ключ привязывается не более чем к {most} счетам.")
        }
        Rejection::AccountsMissing => "Ключ привязывается хотя бы к одному счёту.".to_owned(),
        Rejection::AccountsUnchanged => "Лицензия уже привязана к этим счетам.".to_owned(),
        Rejection::NotARental => "Продлевается только аренда.".to_owned(),
        Rejection::TermOutOfRange { most } => format!("Срок — от 1 до {most} месяцев."),
        Rejection::LicenceNotBegun => "Лицензия ещё не началась.".to_owned(),
        Rejection::LinkReplaced => "Вместо этой ссылки выдана другая.".to_owned(),
        Rejection::LinkExpired => "Срок ссылки истёк.".to_owned(),
        Rejection::LicenceExpired => "Срок лицензии истёк.".to_owned(),
        Rejection::LicenceRevoked => "Лицензия уже отозвана.".to_owned(),
        Rejection::BadReason(_) => {
            "Причина пустая, слишком длинная или содержит управляющие символы.".to_owned()
        }
    }
}

/// What a refusal about a release says to the caller.
pub fn release_message(rejection: release::Rejection, language: Language) -> String {
    use release::Rejection as Of;
    if language == Language::En {
        return sentence(&rejection);
    }
    match rejection {
        Of::ProductNotFound => "Такого товара нет.".to_owned(),
        Of::BadVersion => "Версия: от 1 до 50 латинских букв, цифр и знаков . + - _".to_owned(),
        Of::BadNotes(_) => {
            "Описание пустое, слишком длинное или содержит управляющие символы.".to_owned()
        }
        Of::BadFileName => {
            "Имя файла: от 1 до 100 латинских букв, цифр и знаков . + - _, не со знака.".to_owned()
        }
        Of::SizeOutOfRange { most } => format!("Размер файла — от 1 до {most} байт."),
        Of::BadChecksum => "SHA-256 — это 64 шестнадцатеричные цифры.".to_owned(),
        Of::VersionPublished => "Эта версия уже опубликована.".to_owned(),
        Of::ReleaseNotFound => "Такого выпуска нет.".to_owned(),
        Of::ReleaseNotPublished => "Выпуск ещё не опубликован.".to_owned(),
        Of::ReleaseWithdrawn => "Выпуск уже отозван.".to_owned(),
        Of::BadReason(_) => {
            "Причина пустая, слишком длинная или содержит управляющие символы.".to_owned()
        }
    }
}
