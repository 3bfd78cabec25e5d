//! The mapping file: what another help desk's words mean here.
//!
//! It names columns and values, and never steps: which events a line becomes is decided by the
//! rules, from the action that the mapping gives and the state that the ticket is in.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use serde::Deserialize;
use servicedesk_domain::catalogue::file::ProductEntry;
use servicedesk_domain::catalogue::{CatalogueFile, CategoryId, DepartmentId, ProductKind};
use servicedesk_domain::kernel::Title;
use servicedesk_domain::staff::Role;
use servicedesk_domain::ticket::events::Priority;

pub use super::action::Action;
pub use super::columns::{Columns, OneOrMore};
pub use super::error::BadMapping;
use super::names::slug;
use super::template::Template;
use super::time;

/// What a file of one help desk means.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The namespace of everything that is imported by this mapping. A later file of the same help
    /// desk has the same name; that of another has another.
    pub name: String,
    /// What stands between two values.
    #[serde(default = "comma")]
    pub delimiter: char,
    /// Which columns are read.
    pub columns: Columns,
    /// How times are written.
    pub time: TimeFormat,
    /// What each activity asks for. A line with any other cannot be read.
    pub activities: BTreeMap<String, Action>,
    /// How those who work on tickets are registered.
    pub staff: StaffMapping,
    /// How those who ask are registered.
    pub customers: CustomerMapping,
    /// How products are called here.
    pub products: ProductMapping,
    /// Which category a ticket gets.
    pub categories: CodeMapping,
    /// How urgent a ticket is taken to be.
    pub priorities: PriorityMapping,
    /// What an opened ticket says.
    pub ticket: TicketTexts,
    /// What a note says.
    pub note: TextOfLine,
    /// What a reply says.
    pub reply: Option<TextOfLine>,
    /// Why a ticket is handed over, transferred or reopened; `None` if no line says.
    pub reason: Option<TextOfLine>,
    /// Which department a ticket is transferred to.
    #[serde(default)]
    pub departments: CodeMapping,
    /// How work is logged.
    pub work: Option<WorkMapping>,
    /// Departments and categories that must be there; those missing are defined.
    pub catalogue: CatalogueFile,
}

/// How times are written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeFormat {
    /// In the notation of `strftime`.
    pub format: String,
    /// The place whose local time is meant.
    pub zone: Tz,
}

/// How those who work on tickets are registered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffMapping {
    /// The name; `{value}` is what the file says.
    pub name: Template,
    /// The role.
    #[serde(default)]
    pub role: Role,
    /// The codes of the departments that they work for; none: all that the mapping names.
    #[serde(default)]
    pub departments: Vec<String>,
}

/// How those who ask are registered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerMapping {
    /// The name; `{value}` is what the file says.
    pub name: Template,
}

/// How products are called here.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductMapping {
    /// The code; `{slug}` is what the file says as far as a code may say it.
    pub code: Template,
    /// The title; `{value}` is what the file says.
    pub title: TitleTemplate,
    /// What the products are.
    pub kind: ProductKind,
}

/// A title in every language.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TitleTemplate {
    /// In Russian.
    pub ru: Template,
    /// In English.
    pub en: Template,
}

/// Which category or department a value stands for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeMapping {
    /// The code for every other value; `None` if such a line is refused.
    pub default: Option<String>,
    /// The code for each value of the column.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
}

/// How urgent a ticket is taken to be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriorityMapping {
    /// For every other value.
    #[serde(default)]
    pub default: Priority,
    /// For each value of the column.
    #[serde(default)]
    pub values: BTreeMap<String, Priority>,
}

/// What an opened ticket says; places are named by column.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TicketTexts {
    /// The request in a line.
    pub subject: Template,
    /// The request in full.
    pub text: Template,
}

/// What a message or a reason says; places are named by column.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextOfLine {
    /// The text.
    pub text: Template,
}

/// How work is logged. It was charged where it was done, so here it is a courtesy.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkMapping {
    /// How many minutes one unit of the column is, for example 60.
    #[serde(default = "one")]
    pub minutes_per_unit: u16,
    /// Why it is not charged; places are named by column.
    pub courtesy: Template,
}

impl Mapping {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// [`BadMapping`] names what is wrong; whether its columns are there, the file to import tells.
    pub fn read(text: &str) -> Result<Self, BadMapping> {
        let mapping: Self = toml::from_str(text)?;
        if mapping.name.trim().is_empty() {
            return Err(BadMapping::NoName);
        }
        if !mapping.delimiter.is_ascii() {
            return Err(BadMapping::Delimiter(mapping.delimiter));
        }
        time::check_format(&mapping.time.format, mapping.time.zone)?;
        mapping.check_needs()?;
        if mapping.staff.role == Role::Agent && mapping.staff_department_ids().is_empty() {
            return Err(BadMapping::NoDepartment);
        }
        let title = &mapping.products.title;
        only_places("a name", "{value}", &["value"], &mapping.staff.name)?;
        only_places("a name", "{value}", &["value"], &mapping.customers.name)?;
        for template in [&mapping.products.code, &title.ru, &title.en] {
            only_places("a product", "{value} and {slug}", &["value", "slug"], template)?;
        }
        Ok(mapping)
    }

    /// Every action of the mapping has what it needs.
    fn check_needs(&self) -> Result<(), BadMapping> {
        let (columns, uses) =
            (&self.columns, |action| self.activities.values().any(|a| *a == action));
        let writes = [Action::OpenOrReply, Action::ReplyByCustomer, Action::ReplyByStaff]
            .into_iter()
            .any(uses);
        for (is_used, is_there, action, key) in [
            (writes, self.reply.is_some(), "a reply", "reply.text"),
            (uses(Action::Assign), columns.assignee.is_some(), "assign", "columns.assignee"),
            (
                uses(Action::Transfer),
                columns.department.is_some(),
                "transfer",
                "columns.department",
            ),
            (
                uses(Action::LogTime),
                columns.time_worked.is_some(),
                "log_time",
                "columns.time_worked",
            ),
            (uses(Action::LogTime), self.work.is_some(), "log_time", "work.courtesy"),
        ] {
            if is_used && !is_there {
                return Err(BadMapping::Needs { action, key });
            }
        }
        if columns.activity.names().is_empty() {
            return Err(BadMapping::Needs { action: "every line", key: "columns.activity" });
        }
        Ok(())
    }

    /// Every template that is filled from a line.
    pub(super) fn texts(&self) -> Vec<&Template> {
        let optional = [&self.reply, &self.reason].into_iter().flatten().map(|text| &text.text);
        let courtesy = self.work.iter().map(|work| &work.courtesy);
        [&self.ticket.subject, &self.ticket.text, &self.note.text]
            .into_iter()
            .chain(optional)
            .chain(courtesy)
            .collect()
    }

    /// The product that a value stands for, as an entry of the catalogue.
    pub(super) fn product(&self, value: &str) -> ProductEntry {
        let slug = slug(value);
        let fill = |template: &Template| {
            template.fill(|place| if place == "slug" { &slug } else { value })
        };
        let ProductMapping { code, title, kind } = &self.products;
        ProductEntry {
            code: fill(code),
            title: Title { ru: fill(&title.ru), en: fill(&title.en) },
            kind: *kind,
            minimum_deposit: None,
            minimum_deposits: Vec::new(),
        }
    }

    /// The category that a value stands for.
    pub(super) fn category_id(&self, value: Option<&str>) -> Option<CategoryId> {
        self.categories.code(value).map(CategoryId::named)
    }

    /// The department that a value stands for.
    pub(super) fn department_id(&self, value: Option<&str>) -> Option<DepartmentId> {
        self.departments.code(value).map(DepartmentId::named)
    }

    /// The priority that a value stands for.
    pub(super) fn priority(&self, value: Option<&str>) -> Priority {
        let priority = value.and_then(|value| self.priorities.values.get(value));
        priority.copied().unwrap_or(self.priorities.default)
    }

    /// The departments that staff works for.
    pub(super) fn staff_department_ids(&self) -> Vec<DepartmentId> {
        if self.staff.departments.is_empty() {
            let all = &self.catalogue.departments;
            return all.iter().map(|entry| DepartmentId::named(&entry.code)).collect();
        }
        self.staff.departments.iter().map(|code| DepartmentId::named(code)).collect()
    }
}

impl CodeMapping {
    fn code(&self, value: Option<&str>) -> Option<&str> {
        let code = value.and_then(|value| self.values.get(value));
        code.or(self.default.as_ref()).map(String::as_str)
    }
}

fn only_places(
    of: &'static str,
    known: &'static str,
    names: &[&str],
    template: &Template,
) -> Result<(), BadMapping> {
    match template.places().find(|place| !names.contains(place)) {
        Some(place) => Err(BadMapping::UnknownPlace { of, place: place.to_owned(), known }),
        None => Ok(()),
    }
}

const fn comma() -> char {
    ','
}

const fn one() -> u16 {
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../../../imports/helpdesk-italian-company.toml");

    fn read_with(from: &str, to: &str) -> String {
        assert!(SHIPPED.contains(from), "{from}");
        match Mapping::read(&SHIPPED.replacen(from, to, 1)) {
            Ok(_) => "no error".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_shipped_mapping_can_be_read() {
        let mapping = Mapping::read(SHIPPED).expect("a mapping");
        assert_eq!(mapping.activities.len(), 14);
        assert_eq!(mapping.staff_department_ids().len(), 7);
        assert_eq!(mapping.priority(Some("Value 4")), Priority::Urgent);
        assert_eq!(mapping.priority(Some("Value 9")), Priority::Normal);
        assert_eq!(mapping.category_id(Some("Value 9")), None);
        assert_eq!(mapping.product("Value 12").code, "helpdesk-italian-company-value-12");
        // What a section routes to is in the mapping itself.
        for code in mapping.categories.values.values() {
            let entry = mapping.catalogue.categories.iter().find(|entry| entry.code == *code);
            let departments = &entry.expect("a category").departments;
            let known = &mapping.catalogue.departments;
            let is_known = |code: &String| known.iter().any(|entry| entry.code == *code);
            assert!(departments.iter().all(is_known), "{code}");
        }
    }

    #[test]
    fn a_mistake_in_a_mapping_is_named() {
        assert!(read_with("[staff]", "[stuff]").contains("stuff"));
        assert!(read_with("\"note\"", "\"notice\"").contains("notice"));
        assert!(read_with("Europe/Rome", "Europe/Roma").contains("Europe/Roma"));
        assert!(read_with("%Y/%m/%d", "%Y/%Q/%d").contains("time format"));
        assert!(read_with("Agent {value}", "Agent {name}").contains("{name}"));
        assert!(read_with("Agent {value}", "Agent {value").contains("brace"));
        assert!(read_with("\n\"Value 7\"", "\n\"Value 6\"").contains("duplicate key"));
        assert!(read_with("delimiter = \",\"", "delimiter = \"→\"").contains("ASCII"));
        assert!(read_with("name = \"helpdesk", "nome = \"helpdesk").contains("nome"));
    }
}
