//! Refusals in the caller's language.

use servicedesk_domain::kernel::Language;
use servicedesk_domain::ticket::Rejection;
use servicedesk_domain::ticket::rejection::TextField;

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
        Rejection::TicketNotFound => "Такой заявки нет.",
        Rejection::AlreadyOpened => "Заявка уже создана.",
        Rejection::CategoryNotFound => "Такой категории нет.",
        Rejection::ProductNotFound => "Такого товара нет.",
        Rejection::DepartmentNotFound => "Такого отдела нет.",
        Rejection::CustomerNotFound => "Такого клиента нет.",
        Rejection::AgentNotFound => "Такого сотрудника нет.",
        Rejection::TextEmpty(field) => {
            return format!("Поле «{}» не заполнено.", field_name(field));
        }
        Rejection::TextTooLong { field, max } => {
            return format!("Поле «{}» длиннее {max} знаков.", field_name(field));
        }
        Rejection::TextUnprintable(field) => {
            return format!("Поле «{}» содержит управляющие символы.", field_name(field));
        }
        Rejection::NotInDepartment => "Сотрудник не работает ни в одном из отделов заявки.",
        Rejection::AssignedToAnother => "За заявку отвечает другой сотрудник.",
        Rejection::AlreadyAccepted => "Заявка уже в работе.",
        Rejection::AlreadyAssigned => "Сотрудник уже отвечает за заявку.",
        Rejection::AlreadyInDepartment => "Заявка уже в этом отделе.",
        Rejection::AlreadyJoined => "Сотрудник уже работает над заявкой.",
        Rejection::NotJoined => "Сотрудник не подключён к заявке.",
        Rejection::AssigneeMustHandOver => "Ответственный сотрудник должен передать заявку.",
        Rejection::TicketNotAccepted => "Заявку ещё никто не принял.",
        Rejection::TicketWaiting => "Заявка ожидает ответа клиента.",
        Rejection::TicketNotWaiting => "Заявка не ожидает ответа клиента.",
        Rejection::TicketResolved => "Заявка решена.",
        Rejection::TicketNotResolved => "Заявка не решена.",
        Rejection::TicketClosed => "Заявка закрыта.",
        Rejection::TicketStillOpen => "Заявка ещё открыта.",
        Rejection::ReopenPeriodOver { until } => {
            return format!("Возобновить заявку можно было до {until}.");
        }
        Rejection::ReopenPeriodRunning { until } => {
            return format!("Заявку можно возобновить до {until}.");
        }
        Rejection::TimeNotPositive => "Затраченное время меньше минуты.",
        Rejection::TimeTooLong { max } => {
            return format!("Одна запись времени — не более {max} минут.");
        }
        Rejection::TimeInFuture => "Работа закончена в будущем.",
        Rejection::TimeTooOld { earliest } => {
            return format!("Работа закончена раньше {earliest}.");
        }
        Rejection::TimeEntryNotFound => "Такой записи времени нет.",
        Rejection::TimeEntryOfAnother => "Это запись времени другого сотрудника.",
        Rejection::TimeEntryReversed => "Запись времени уже исправлена.",
        Rejection::AlreadyCourtesy => "Запись времени уже отмечена как бесплатная.",
        Rejection::ChargesNotAgreed { free_minutes_left } => {
            return format!(
                "Бесплатных минут осталось {free_minutes_left}, а платить клиент не согласился."
            );
        }
        Rejection::PriceChanged => "Цена уже другая.",
        Rejection::ManagerNeeded => "Это решает только руководитель.",
        Rejection::PromiseNotInFuture => "Обещанный срок должен быть в будущем.",
        Rejection::PromiseTooFar { latest } => {
            return format!("Обещанный срок позже {latest}.");
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
        TextField::CourtesyReason => "Причина скидки",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_says_it_in_a_sentence() {
        let rejection = Rejection::TextTooLong { field: TextField::Subject, max: 200 };
        assert_eq!(message(rejection, Language::En), "The subject is longer than 200 characters.");
        assert_eq!(message(rejection, Language::Ru), "Поле «Тема» длиннее 200 знаков.");
    }
}
