//! Refusals about the catalogue: their codes, and what they say in the caller's language.

use servicedesk_domain::catalogue::Rejection;
use servicedesk_domain::kernel::Language;

use crate::messages::sentence;

/// The public code of a refusal, and the input field at fault.
pub const fn code(rejection: &Rejection) -> (&'static str, Option<&'static str>) {
    match rejection {
        Rejection::BadCode { .. } => ("BAD_CODE", Some("code")),
        Rejection::BadTitle { .. } => ("BAD_TITLE", Some("title")),
        Rejection::UnknownDepartment { .. } => ("DEPARTMENT_NOT_FOUND", Some("departmentIds")),
        Rejection::RoutesNowhere { .. } => ("ROUTES_NOWHERE", Some("departmentIds")),
        Rejection::DepartmentTwice { .. } => ("DEPARTMENT_TWICE", Some("departmentIds")),
        Rejection::DepartmentInUse { .. } => ("DEPARTMENT_IN_USE", Some("id")),
        Rejection::NegativeDeposit { .. } => ("NEGATIVE_DEPOSIT", Some("minimumDeposits")),
        Rejection::DepositTwice { .. } => ("DEPOSIT_TWICE", Some("minimumDeposits")),
        Rejection::BadLicensingLimits | Rejection::BadTextLimits => ("BAD_LIMITS", None),
        Rejection::BadLicensingPeriods => ("BAD_PERIODS", None),
        Rejection::UnknownEntry { .. } => ("ENTRY_NOT_FOUND", Some("id")),
        // No definition of these sorts gives any other.
        _ => ("UNKNOWN", None),
    }
}

/// What a refusal says to the caller.
pub fn message(rejection: &Rejection, language: Language) -> String {
    let in_russian = match rejection {
        _ if language == Language::En => None,
        Rejection::UnknownDepartment { .. } => Some("Отдел не найден."),
        Rejection::RoutesNowhere { .. } => Some("Укажите отдел, в который попадают заявки."),
        Rejection::DepartmentTwice { .. } => Some("Один и тот же отдел указан дважды."),
        Rejection::DepartmentInUse { .. } => {
            Some("В этот отдел ещё попадают заявки одной из категорий.")
        }
        Rejection::NegativeDeposit { .. } => Some("Депозит не может быть отрицательным."),
        Rejection::DepositTwice { .. } => Some("Депозит указан дважды в одной валюте."),
        Rejection::BadLicensingLimits => {
            Some("Допустимо от 1 до 100 товаров, от 1 до 84 месяцев и от 0 до 1000 дней.")
        }
        Rejection::BadTextLimits => Some("Длина текста должна быть от 1 до 100 000 символов."),
        Rejection::BadLicensingPeriods => Some(
            "Допустимо не более десяти предупреждений за 1–366 дней, ссылка действует от часа до \
             366 дней.",
        ),
        Rejection::UnknownEntry { .. } => Some("Такой записи нет, или она уже не используется."),
        other => return crate::sla::messages::message(other, language),
    };
    in_russian.map_or_else(|| sentence(rejection), str::to_owned)
}
