//! Refusals about staff in the caller's language.

use servicedesk_domain::kernel::Language;
use servicedesk_domain::kernel::local::shown;
use servicedesk_domain::staff::Rejection;

use crate::messages::sentence;

/// What a refusal says to the caller.
pub fn message(rejection: Rejection, language: Language) -> String {
    let text = match (language, rejection) {
        (_, Rejection::Work(rejection)) => {
            return crate::ticket::messages::message(rejection, language);
        }
        (_, Rejection::Account(rejection)) => {
            return crate::identity::messages::message(rejection, language);
        }
        (Language::Ru, Rejection::DepartmentNotFound) => "Отдел не найден.",
        (Language::Ru, Rejection::OwnDuties) => {
            "Нельзя изменить собственную роль или отключить самого себя."
        }
        (Language::Ru, Rejection::StaffMemberDeactivated) => "Сотрудник отключён.",
        (Language::Ru, Rejection::StaffMemberActive) => "Сотрудник не отключён.",
        (Language::Ru, Rejection::CapacityOutOfRange { max }) => {
            return format!("Число открытых заявок должно быть от 1 до {max}.");
        }
        (Language::Ru, Rejection::AbsenceBackwards) => {
            "Последний день отсутствия не может быть раньше первого."
        }
        (Language::Ru, Rejection::AbsenceOver) => "Это отсутствие уже закончилось.",
        (Language::Ru, Rejection::AbsenceTooLong { max }) => {
            return format!("Отсутствие может длиться не более {max} дн.");
        }
        (Language::Ru, Rejection::TooManyAbsences { max }) => {
            return format!("Можно запланировать не более {max} периодов отсутствия.");
        }
        (Language::Ru, Rejection::AbsenceNotFound) => "Период отсутствия не найден.",
        (
            Language::En,
            Rejection::DepartmentNotFound
            | Rejection::OwnDuties
            | Rejection::StaffMemberDeactivated
            | Rejection::StaffMemberActive
            | Rejection::CapacityOutOfRange { .. }
            | Rejection::AbsenceBackwards
            | Rejection::AbsenceOver
            | Rejection::AbsenceTooLong { .. }
            | Rejection::TooManyAbsences { .. }
            | Rejection::AbsenceNotFound,
        ) => return sentence(&rejection),
        (Language::En, Rejection::TimerRunning) => "A timer is already running.",
        (Language::Ru, Rejection::TimerRunning) => "Таймер уже запущен.",
        (Language::En, Rejection::TimerNotRunning) => "No timer is running.",
        (Language::Ru, Rejection::TimerNotRunning) => "Таймер не запущен.",
        (Language::En, Rejection::EndedBeforeStart { started_at }) => {
            return format!(
                "The work must have ended after the timer was started, at {}.",
                shown(started_at)
            );
        }
        (Language::Ru, Rejection::EndedBeforeStart { started_at }) => {
            return format!(
                "Работа должна закончиться позже запуска таймера: {}.",
                shown(started_at)
            );
        }
        (Language::En, Rejection::StaffMemberNotFound) => "The member of staff does not exist.",
        (Language::Ru, Rejection::StaffMemberNotFound) => "Сотрудник не найден.",
        (Language::En, Rejection::AlreadyRegistered) => {
            "The member of staff is already registered."
        }
        (Language::Ru, Rejection::AlreadyRegistered) => "Сотрудник уже зарегистрирован.",
        (Language::En, Rejection::BadName(_)) => {
            "The name must have 1 to 200 printable characters."
        }
        (Language::Ru, Rejection::BadName(_)) => {
            "Имя должно содержать от 1 до 200 печатных символов."
        }
        (Language::En, Rejection::AgentWithoutDepartment) => {
            "An agent needs at least one department."
        }
        (Language::Ru, Rejection::AgentWithoutDepartment) => "Укажите отдел сотрудника.",
        (Language::En, Rejection::WorksNoTickets) => "An auditor cannot work on tickets.",
        (Language::Ru, Rejection::WorksNoTickets) => "Аудитор не может работать с заявками.",
    };
    text.to_owned()
}
