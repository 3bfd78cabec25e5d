//! Where in a file the mapping's columns stand.

use std::collections::HashMap;

use csv::StringRecord;

use super::error::ImportError;
use super::mapping::Mapping;
use super::template::Template;

/// What joins the values of several columns that say together what was done.
const BETWEEN_ACTIVITIES: &str = " / ";

/// The places of the columns that a mapping reads.
#[derive(Debug)]
pub(super) struct Layout {
    header: Vec<String>,
    pub(super) case: usize,
    activity: Vec<usize>,
    pub(super) staff: usize,
    pub(super) time: usize,
    pub(super) customer: usize,
    pub(super) product: usize,
    pub(super) category: Option<usize>,
    pub(super) priority: Option<usize>,
    pub(super) assignee: Option<usize>,
    pub(super) department: Option<usize>,
    pub(super) time_worked: Option<usize>,
    /// The columns that stand in texts.
    in_texts: HashMap<String, usize>,
}

impl Layout {
    /// Finds the mapping's columns in a header.
    ///
    /// # Errors
    /// `MissingColumns` names all that are not there, `AmbiguousColumn` one that is there twice.
    pub(super) fn find(mapping: &Mapping, header: &StringRecord) -> Result<Self, ImportError> {
        let columns = &mapping.columns;
        let required = [&columns.staff, &columns.time, &columns.customer, &columns.product];
        let optional = [
            &columns.category,
            &columns.priority,
            &columns.assignee,
            &columns.department,
            &columns.time_worked,
        ];
        let places = mapping.texts().into_iter().flat_map(Template::places);
        let names = [&columns.case].into_iter().chain(columns.activity.names()).chain(required);
        let names = names.chain(optional.into_iter().flatten()).map(String::as_str).chain(places);
        let mut found = HashMap::new();
        let mut missing = Vec::new();
        for name in names {
            let mut indexes =
                header.iter().enumerate().filter(|(_, title)| title.trim() == name).map(|(n, _)| n);
            match (indexes.next(), indexes.next()) {
                (Some(_), Some(_)) => return Err(ImportError::AmbiguousColumn(name.to_owned())),
                (Some(index), None) => _ = found.insert(name.to_owned(), index),
                (None, _) if missing.iter().any(|known| known == name) => {}
                (None, _) => missing.push(name.to_owned()),
            }
        }
        if !missing.is_empty() {
            return Err(ImportError::MissingColumns(missing));
        }
        let place = |name: &String| found[name];
        Ok(Self {
            header: header.iter().map(str::to_owned).collect(),
            case: place(&columns.case),
            activity: columns.activity.names().iter().map(place).collect(),
            staff: place(&columns.staff),
            time: place(&columns.time),
            customer: place(&columns.customer),
            product: place(&columns.product),
            category: columns.category.as_ref().map(place),
            priority: columns.priority.as_ref().map(place),
            assignee: columns.assignee.as_ref().map(place),
            department: columns.department.as_ref().map(place),
            time_worked: columns.time_worked.as_ref().map(place),
            in_texts: found,
        })
    }

    /// How many columns there are.
    pub(super) fn width(&self) -> usize {
        self.header.len()
    }

    /// A column's name.
    pub(super) fn name(&self, column: usize) -> &str {
        self.header.get(column).map_or("", |name| name.trim())
    }

    /// What was done, as the mapping names it; `None` if nothing is said.
    pub(super) fn activity(&self, record: &StringRecord) -> Option<String> {
        let values = self.activity.iter().map(|&column| value(record, column));
        if values.clone().all(|value| value.is_none()) {
            return None;
        }
        Some(values.map(Option::unwrap_or_default).collect::<Vec<_>>().join(BETWEEN_ACTIVITIES))
    }

    /// The names of the columns that say what was done.
    pub(super) fn activity_name(&self) -> String {
        let names = self.activity.iter().map(|&column| self.name(column));
        names.collect::<Vec<_>>().join(BETWEEN_ACTIVITIES)
    }

    /// Fills a template from a line.
    pub(super) fn fill(&self, template: &Template, record: &StringRecord) -> String {
        let value = |name: &str| self.in_texts.get(name).and_then(|&index| record.get(index));
        template.fill(|name| value(name).unwrap_or_default().trim())
    }
}

/// A value of a line, where there is one that is not blank.
pub(super) fn value(record: &StringRecord, column: usize) -> Option<&str> {
    record.get(column).map(str::trim).filter(|value| !value.is_empty())
}
