//! A line that is to be recorded, with the ids that follow from it and what it says to the rules.

use std::sync::Arc;

use servicedesk_domain::billing::Version;
use servicedesk_domain::catalogue::{Catalogue, DepartmentId, ProductId};
use servicedesk_domain::sla::Book;
use servicedesk_domain::ticket::command::{Circumstances, Open};
use servicedesk_domain::ticket::{Rejection, TicketId};
use servicedesk_eventlog::{CommandId, Outcome};

use super::action::Action;
use super::error::ImportError;
use super::input::{Input, Reading, Row};
use super::layout::value;
use super::mapping::Mapping;
use super::names::Names;
use super::people::People;
use super::steps::{By, Facts, Logged};

/// A line that is to be recorded.
pub(super) struct Task<'a> {
    pub(super) row: usize,
    pub(super) line: &'a Row,
    pub(super) reading: Reading,
    pub(super) ticket_id: TicketId,
    /// The member of staff who acts; `None` if the customer does.
    pub(super) staff: Option<&'a str>,
    /// Who is made responsible.
    pub(super) assignee: Option<&'a str>,
    pub(super) customer: Option<&'a str>,
    /// Of what was done, or of all where that is all that the line says.
    pub(super) command_id: CommandId,
    /// Of what the customer did before that.
    pub(super) opening_id: CommandId,
    /// What the log answered to that, where it did and the rest is still to be done.
    pub(super) opening: Option<Outcome>,
}

/// What lines are read by.
pub(super) struct Sources<'a> {
    pub(super) mapping: &'a Mapping,
    pub(super) input: &'a Input,
    pub(super) names: &'a Names,
    pub(super) catalogue: Catalogue,
    pub(super) book: Arc<Book>,
    /// The terms by which work would be charged; `None` if the mapping logs none.
    pub(super) terms: Option<Version>,
}

impl<'a> Task<'a> {
    /// A readable line, by its place among the rows.
    pub(super) fn of(row: usize, input: &'a Input, names: &Names) -> Option<Self> {
        let (line, layout) = (&input.rows[row], &input.layout);
        let reading = *line.reading.as_ref().ok()?;
        let identity = line.identity(layout);
        let occurrence = line.occurrence.to_string();
        let id = |part| {
            let values = identity.iter().map(String::as_str);
            names.command_id([part, occurrence.as_str()].into_iter().chain(values))
        };
        let record = &line.record;
        let assignee = layout.assignee.filter(|_| reading.action == Action::Assign);
        Some(Self {
            row,
            line,
            reading,
            ticket_id: names.ticket_id(value(record, layout.case)?),
            staff: value(record, layout.staff).filter(|_| !reading.action.is_by_customer()),
            assignee: assignee.and_then(|column| value(record, column)),
            customer: value(record, layout.customer),
            command_id: id("line"),
            opening_id: id("opening"),
            opening: None,
        })
    }

    /// Those on the staff that the line names.
    pub(super) fn staff(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.staff.into_iter().chain(self.assignee)
    }

    /// What the line says to the rules.
    ///
    /// # Errors
    /// `Fault` if somebody was not registered before.
    pub(super) fn facts(
        &self,
        sources: &Sources<'_>,
        people: &People,
    ) -> Result<Facts, ImportError> {
        let Sources { mapping, input, names, catalogue, book, terms } = sources;
        let (layout, record) = (&input.layout, &self.line.record);
        let worker = |name| {
            let worker = people.worker(name).cloned();
            worker.ok_or_else(|| ImportError::fault("a registration is lost"))
        };
        let of = |column: Option<usize>| column.and_then(|column| value(record, column));
        let fill = |template| layout.fill(template, record);
        let by = match self.staff {
            Some(staff) => By::Staff(worker(staff)?),
            None => By::Customer,
        };
        let department = mapping.department_id(of(layout.department));
        let work = self.reading.minutes.zip(mapping.work.as_ref()).zip(*terms);
        Ok(Facts {
            by,
            opening: self.opening(sources),
            priority: mapping.priority(of(layout.priority)),
            message_id: names.message_id(self.command_id),
            note: fill(&mapping.note.text),
            reply: mapping.reply.as_ref().map(|reply| fill(&reply.text)).unwrap_or_default(),
            reason: mapping
                .reason
                .as_ref()
                .map(|reason| fill(&reason.text))
                .filter(|reason| !reason.trim().is_empty()),
            assignee: self.assignee.map(worker).transpose()?,
            department_id: department.filter(|id| is_in_use(catalogue, *id)),
            work: work.map(|((minutes, work), version)| Logged {
                entry_id: names.time_entry_id(self.command_id),
                minutes,
                courtesy: fill(&work.courtesy),
                version,
            }),
            circumstances: Circumstances {
                at: self.reading.at,
                policy: catalogue.ticket_policy.clone(),
                book: Arc::clone(book),
            },
        })
    }

    fn opening(&self, sources: &Sources<'_>) -> Open {
        let Sources { mapping, input, names, catalogue, .. } = sources;
        let (layout, record) = (&input.layout, &self.line.record);
        let product = value(record, layout.product);
        let product_id = product.map(|value| ProductId::named(&mapping.product(value).code));
        let category_id =
            mapping.category_id(layout.category.and_then(|column| value(record, column)));
        let customer_id = self.customer.map(|value| names.customer_id(value));
        let routing = match (customer_id, category_id, product_id) {
            (None, _, _) => Err(Rejection::CustomerNotFound),
            (_, None, _) => Err(Rejection::CategoryNotFound),
            (_, _, None) => Err(Rejection::ProductNotFound),
            (_, Some(category_id), Some(product_id)) => catalogue.route(category_id, product_id),
        };
        Open {
            // Where one is missing, the routing says so, and nothing is opened.
            customer_id: customer_id.unwrap_or_default(),
            category_id: category_id.unwrap_or_default(),
            product_id: product_id.unwrap_or_default(),
            routing,
            priority: mapping.priority(layout.priority.and_then(|column| value(record, column))),
            subject: layout.fill(&mapping.ticket.subject, record),
            text: layout.fill(&mapping.ticket.text, record),
            file_ids: Vec::new(),
            pick: None,
        }
    }
}

fn is_in_use(catalogue: &Catalogue, id: DepartmentId) -> bool {
    catalogue.departments.get(&id).is_some_and(|department| !department.is_retired)
}
