//! Refusals about staff in the caller's language.

use servicedesk_domain::kernel::Language;
use servicedesk_domain::staff::Rejection;

/// What a refusal says to the caller.
pub fn message(rejection: Rejection, language: Language) -> String {
    let told = match (language, rejection) {
        (_, Rejection::Work(rejection)) => {
            return crate::ticket::messages::message(rejection, language);
        }
        (Language::En, Rejection::TimerRunning) => "A timer runs already.",
        (Language::Ru, Rejection::TimerRunning) => "Таймер уже запущен.",
        (Language::En, Rejection::TimerNotRunning) => "No timer runs.",
        (Language::Ru, Rejection::TimerNotRunning) => "Таймер не запущен.",
        (Language::En, Rejection::StaffMemberNotFound) => "There is no such member of staff.",
        (Language::Ru, Rejection::StaffMemberNotFound) => "Такого сотрудника нет.",
        (Language::En, Rejection::AlreadyRegistered) => {
            "The member of staff is registered already."
        }
        (Language::Ru, Rejection::AlreadyRegistered) => "Сотрудник уже зарегистрирован.",
        (Language::En, Rejection::BadName(_)) => "The name is not 1 to 200 printable characters.",
        (Language::Ru, Rejection::BadName(_)) => {
            "Имя должно содержать от 1 до 200 печатных знаков."
        }
        (Language::En, Rejection::AgentWithoutDepartment) => "An agent needs a department.",
        (Language::Ru, Rejection::AgentWithoutDepartment) => "Сотруднику нужен отдел.",
        (Language::En, Rejection::WorksNoTickets) => "An auditor works no tickets.",
        (Language::Ru, Rejection::WorksNoTickets) => "Аудитор не работает с заявками.",
    };
    told.to_owned()
}
