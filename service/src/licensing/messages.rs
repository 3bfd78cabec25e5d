//! Refusals about licences in the caller's language.

use servicedesk_domain::kernel::Language;
use servicedesk_domain::kernel::local::shown;
use servicedesk_domain::licensing::licence::Rejection;
use servicedesk_domain::licensing::release;

use crate::messages::sentence;

/// What a refusal says to the caller.
pub fn message(rejection: Rejection, language: Language) -> String {
    if language == Language::En {
        return sentence(&rejection);
    }
    match rejection {
        Rejection::LicenceNotFound => "Лицензия не найдена.".to_owned(),
        Rejection::AlreadyGranted => "Лицензия уже выдана.".to_owned(),
        Rejection::CustomerNotFound => "Клиент не найден.".to_owned(),
        Rejection::ProductNotFound => "Товар не найден.".to_owned(),
        Rejection::EndMissing => "Укажите дату окончания аренды.".to_owned(),
        Rejection::EndNotAllowed => {
            "Безлимитная лицензия не может иметь дату окончания.".to_owned()
        }
        Rejection::EndNotAfterStart => {
            "Дата окончания лицензии должна быть позже даты начала.".to_owned()
        }
        Rejection::TooFar { earliest, latest } => {
            format!(
                "Лицензия может действовать не раньше {} и не позже {}.",
                shown(earliest),
                shown(latest)
            )
        }
        Rejection::BadAccountNumber(_) => {
            "Номер счёта должен содержать от 1 до 20 латинских букв и цифр.".to_owned()
        }
        Rejection::TooManyAccounts { most } => {
            format!("Количество счетов, к которым можно привязать ключ, — не более {most}.")
        }
        Rejection::AccountsMissing => "Укажите хотя бы один счёт.".to_owned(),
        Rejection::AccountsUnchanged => "Лицензия уже привязана к этим счетам.".to_owned(),
        Rejection::NotARental => "Продлить можно только аренду.".to_owned(),
        Rejection::TermOutOfRange { most } => {
            format!("Срок аренды должен быть от 1 до {most} мес.")
        }
        Rejection::LicenceNotBegun => "Срок действия лицензии ещё не начался.".to_owned(),
        Rejection::LinkReplaced => "Ссылка недействительна: вместо неё выдана новая.".to_owned(),
        Rejection::LinkExpired => "Срок действия ссылки истёк.".to_owned(),
        Rejection::LicenceExpired => "Срок действия лицензии истёк.".to_owned(),
        Rejection::LicenceRevoked => "Лицензия отозвана.".to_owned(),
        Rejection::BadReason(_) => {
            "Причина не указана, слишком длинная или содержит недопустимые символы.".to_owned()
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
        Of::ProductNotFound => "Товар не найден.".to_owned(),
        Of::BadVersion => {
            "Версия должна содержать от 1 до 50 латинских букв, цифр и знаков . + - _".to_owned()
        }
        Of::BadNotes(_) => {
            "Описание не указано, слишком длинное или содержит недопустимые символы.".to_owned()
        }
        Of::BadFileName => {
            "Имя файла должно содержать от 1 до 100 латинских букв, цифр и знаков . + - _ и \
             начинаться с буквы или цифры."
                .to_owned()
        }
        Of::SizeOutOfRange { most } => format!("Размер файла должен быть от 1 до {most} байт."),
        Of::BadChecksum => "SHA-256 должен состоять из 64 шестнадцатеричных цифр.".to_owned(),
        Of::VersionPublished => "Эта версия уже опубликована.".to_owned(),
        Of::ReleaseNotFound => "Выпуск не найден.".to_owned(),
        Of::ReleaseNotPublished => "Выпуск ещё не опубликован.".to_owned(),
        Of::ReleaseWithdrawn => "Выпуск уже отозван.".to_owned(),
        Of::BadReason(_) => {
            "Причина не указана, слишком длинная или содержит недопустимые символы.".to_owned()
        }
    }
}
