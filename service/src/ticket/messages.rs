//! Refusals in the caller's language.

use servicedesk_domain::kernel::Language;
use servicedesk_domain::kernel::local::shown;
use servicedesk_domain::ticket::Rejection;
use servicedesk_domain::ticket::rejection::TextField;

use crate::billing::messages::of_amount;
use crate::messages::sentence;

/// What a refusal says to the caller.
pub fn message(rejection: Rejection, language: Language) -> String {
    match language {
        Language::En => sentence(&rejection),
        Language::Ru => in_russian(rejection),
    }
}

fn in_russian(rejection: Rejection) -> String {
    let plain = match rejection {
        Rejection::TicketNotFound => "Заявка не найдена.",
        Rejection::AlreadyOpened => "Заявка уже создана.",
        Rejection::CategoryNotFound => "Категория не найдена.",
        Rejection::ProductNotFound => "Товар не найден.",
        Rejection::DepartmentNotFound => "Отдел не найден.",
        Rejection::CustomerNotFound => "Клиент не найден.",
        Rejection::AgentNotFound => "Сотрудник не найден.",
        Rejection::TextEmpty(field) => {
            return format!("Заполните поле «{}».", field_name(field));
        }
        Rejection::TextTooLong { field, max } => {
            return format!("Поле «{}» должно быть не длиннее {max} символов.", field_name(field));
        }
        Rejection::TextUnprintable(field) => {
            return format!("Поле «{}» содержит недопустимые символы.", field_name(field));
        }
        Rejection::NotInDepartment => "Сотрудник не состоит ни в одном из отделов этой заявки.",
        Rejection::AssignedToAnother => "Заявка назначена другому сотруднику.",
        Rejection::AlreadyAccepted => "Заявка уже в работе.",
        Rejection::AlreadyAssigned => "Заявка уже назначена этому сотруднику.",
        Rejection::AlreadyInDepartment => "Заявка уже находится в этом отделе.",
        Rejection::AlreadyJoined => "Сотрудник уже работает над заявкой.",
        Rejection::NotJoined => "Сотрудник не подключён к заявке.",
        Rejection::AssigneeMustHandOver => "Сначала передайте заявку другому сотруднику.",
        Rejection::TicketNotAccepted => "Заявку ещё никто не взял в работу.",
        Rejection::TicketWaiting => "Заявка ожидает ответа клиента.",
        Rejection::TicketNotWaiting => "Заявка не ожидает ответа клиента.",
        Rejection::NoUnseenAnswer => "В заявке нет непрочитанного ответа клиента.",
        Rejection::TicketResolved => "Заявка уже решена.",
        Rejection::TicketNotResolved => "Заявка ещё не решена.",
        Rejection::TicketClosed => "Заявка закрыта.",
        Rejection::TicketStillOpen => "Заявка ещё открыта.",
        Rejection::ReopenPeriodOver { until } => {
            return format!(
                "Открыть заявку повторно можно было до {}. Создайте новую заявку.",
                shown(until)
            );
        }
        Rejection::ReopenPeriodRunning { until } => {
            return format!("Открыть заявку повторно можно до {}.", shown(until));
        }
        Rejection::TimeNotPositive => "Укажите не менее одной минуты.",
        Rejection::TimeTooLong { max } => {
            return format!("Одна запись времени не может превышать {max} мин.");
        }
        Rejection::TimeInFuture => "Время окончания работы не может быть в будущем.",
        Rejection::TimeTooOld { earliest } => {
            return format!(
                "Учесть можно только работу, завершённую не раньше {}.",
                shown(earliest)
            );
        }
        Rejection::WorkOverlaps { started_at, ended_at, .. } => {
            return format!(
                "С {} до {} сотрудник уже занят другой работой. \
                 Измените время или укажите причину пересечения.",
                shown(started_at),
                shown(ended_at)
            );
        }
        Rejection::TimeEntryNotFound => "Запись времени не найдена.",
        Rejection::TimeEntryOfAnother => "Запись времени принадлежит другому сотруднику.",
        Rejection::TimeEntryReversed => "Запись времени уже исправлена.",
        Rejection::AlreadyCourtesy => "Запись времени уже отмечена как бесплатная.",
        Rejection::ChargesNotAgreed { free_minutes_left } => {
            return format!(
                "Из этого времени бесплатно {free_minutes_left} мин. Клиент не дал согласия на оплату."
            );
        }
        Rejection::BadAmount(problem) => return of_amount(problem),
        Rejection::PriceChanged => {
            "Цена изменилась. Ознакомьтесь с новой ценой и подтвердите согласие ещё раз."
        }
        Rejection::TooManyFiles { max } => {
            return format!("К сообщению можно прикрепить не более {max} файлов.");
        }
        Rejection::FileNotFound => "Файл не найден.",
        Rejection::FileNotStored => "Файл ещё не загружен.",
        Rejection::FileAttached => "Файл уже прикреплён к другому сообщению.",
        Rejection::ManagerNeeded => "Это может сделать только руководитель.",
        Rejection::PromiseNotInFuture => "Обещанный срок должен быть в будущем.",
        Rejection::PromiseTooFar { latest } => {
            return format!("Обещанный срок не может быть позже {}.", shown(latest));
        }
    };
    plain.to_owned()
}

const fn field_name(field: TextField) -> &'static str {
    match field {
        TextField::Subject => "Тема",
        TextField::Text => "Текст",
        TextField::Reason => "Причина",
        TextField::Summary => "Итог",
        TextField::Note => "Примечание",
        TextField::CourtesyReason => "Причина бесплатного обслуживания",
        TextField::OverlapReason => "Причина пересечения",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_says_it_in_a_sentence() {
        let rejection = Rejection::TextTooLong { field: TextField::Subject, max: 200 };
        assert_eq!(message(rejection, Language::En), "The subject is longer than 200 characters.");
        assert_eq!(
            message(rejection, Language::Ru),
            "Поле «Тема» должно быть не длиннее 200 символов."
        );
    }
}
