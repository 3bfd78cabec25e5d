//! Refusals about files in the caller's language.

use servicedesk_domain::file::Rejection;
use servicedesk_domain::kernel::Language;

use crate::messages::sentence;

/// What a refusal says to the caller.
pub fn message(rejection: Rejection, language: Language) -> String {
    if language == Language::En {
        return sentence(&rejection);
    }
    match rejection {
        Rejection::BadFileName { most } => {
            format!("Имя файла должно содержать от 1 до {most} печатных символов без косой черты.")
        }
        Rejection::BadMediaType => "Укажите тип файла, например image/png.".to_owned(),
        Rejection::SizeOutOfRange { most } => {
            format!("Размер файла должен быть от 1 до {most} байт.")
        }
        Rejection::BadChecksum => {
            "SHA-256 должен состоять из 64 шестнадцатеричных цифр.".to_owned()
        }
        Rejection::QuotaExceeded { most, left } => {
            format!("Общий размер файлов клиента — не более {most} байт. Осталось: {left}.")
        }
        Rejection::FileNotFound => "Файл не найден.".to_owned(),
        Rejection::FileNotStored => "Файл ещё не загружен.".to_owned(),
        Rejection::FileStored => "Файл уже загружен.".to_owned(),
        Rejection::FileAttached => "Файл уже прикреплён к сообщению.".to_owned(),
        Rejection::UploadExpired => "Срок загрузки файла истёк.".to_owned(),
        Rejection::FileDiscarded => "Файл удалён.".to_owned(),
        Rejection::FileInUse => "Файл используется.".to_owned(),
    }
}
