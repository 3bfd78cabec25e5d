//! A report as rows of texts and numbers, the same for CSV, for the terminal and for GraphQL, so
//! that no two of them can say different things.

use servicedesk_domain::catalogue::{Catalogue, CategoryId, DepartmentId, ProductId};
use servicedesk_domain::kernel::Language;
use servicedesk_domain::staff::StaffMemberId;
use servicedesk_eventlog::Db;
use servicedesk_projections::Fault;
use servicedesk_projections::sla::report::Line;
use servicedesk_projections::sla::rollup::{Dimension, Figures};
use servicedesk_projections::staff::staff_directory;

use crate::spreadsheet::{Cell, Spreadsheet};

/// The bands of times, as people write them.
pub const BANDS: [&str; 6] = ["0-1 h", "1-2 h", "2-4 h", "4-8 h", "8-24 h", "over 24 h"];

/// What a report's figures come to, in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// The mean, exact.
    pub mean: i64,
    /// Half of all took no longer.
    pub median: u64,
    /// Nine tenths of all took no longer.
    pub p90: u64,
    /// 99 hundredths of all took no longer.
    pub p99: u64,
}

/// What figures come to; `None` if there is nothing.
pub fn times(figures: &Figures) -> Option<Times> {
    let mean = figures.mean_micros()? / 1_000_000;
    let [median, p90, p99] = figures.quantiles([0.5, 0.9, 0.99])?;
    Some(Times { mean, median, p90, p99 })
}

/// What people call groups, in the order in which they are given.
///
/// # Errors
/// [`Fault`] if the staff directory cannot be read.
pub async fn names(
    db: &Db,
    catalogue: &Catalogue,
    dimension: Option<Dimension>,
    groups: &[Option<&str>],
    language: Language,
) -> Result<Vec<Option<String>>, Fault> {
    let ids: Vec<StaffMemberId> = match dimension {
        Some(Dimension::Agent) => {
            let ids = groups.iter().filter_map(|group| (*group)?.parse().ok());
            ids.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
        }
        _ => Vec::new(),
    };
    let staff = staff_directory::by_ids(db, &ids).await?;
    let title = |title: &servicedesk_domain::kernel::Title| title.in_language(language).to_owned();
    let name = |group: Option<&str>| {
        let id = group?;
        match dimension? {
            Dimension::Department => {
                let id: DepartmentId = id.parse().ok()?;
                catalogue.departments.get(&id).map(|entry| title(&entry.title))
            }
            Dimension::Category => {
                let id: CategoryId = id.parse().ok()?;
                catalogue.categories.get(&id).map(|entry| title(&entry.title))
            }
            Dimension::Product => {
                let id: ProductId = id.parse().ok()?;
                catalogue.products.get(&id).map(|entry| title(&entry.title))
            }
            Dimension::Agent => {
                let id: StaffMemberId = id.parse().ok()?;
                staff.get(&id).map(|entry| entry.name.shown().to_owned())
            }
        }
    };
    Ok(groups.iter().copied().map(name).collect())
}

/// The columns of a report as a table.
pub const COLUMNS: [&str; 38] = [
    "from",
    "until",
    "group_id",
    "group",
    "opened",
    "reopened",
    "withdrawn",
    "processed",
    "mean_seconds",
    "median_seconds",
    "p90_seconds",
    "p99_seconds",
    "in_time",
    "breaches",
    "within_1_h",
    "1_to_2_h",
    "2_to_4_h",
    "4_to_8_h",
    "8_to_24_h",
    "over_24_h",
    "reprocessed",
    "reprocessing_mean_seconds",
    "reprocessing_median_seconds",
    "reprocessing_p90_seconds",
    "reprocessing_p99_seconds",
    "reprocessing_in_time",
    "reprocessing_breaches",
    "first_responses",
    "first_response_mean_seconds",
    "first_response_median_seconds",
    "first_response_p90_seconds",
    "first_response_p99_seconds",
    "first_response_in_time",
    "first_response_breaches",
    "backlog",
    "open_at_risk",
    "open_breached",
    "processing_sum_seconds",
];

/// A report as comma-separated values.
///
/// # Errors
/// Where it cannot be written, which memory does not refuse.
pub fn csv(lines: &[Line], names: &[Option<String>]) -> Result<String, csv::Error> {
    let mut sheet = Spreadsheet::new(Vec::new(), &COLUMNS)?;
    for (line, name) in lines.iter().zip(names) {
        sheet.record(record(line, name.as_deref()))?;
    }
    Ok(String::from_utf8_lossy(&sheet.finish()?).into_owned())
}

fn record<'a>(line: &Line, name: Option<&'a str>) -> Vec<Cell<'a>> {
    let figures = &line.figures;
    let mut record = vec![
        Cell::figure(line.from),
        Cell::figure(line.until),
        Cell::optional(line.group.as_deref()),
        Cell::text(name.unwrap_or_default()),
        Cell::figure(figures.opened),
        Cell::figure(figures.reopened),
        Cell::figure(figures.withdrawn),
    ];
    record.extend(of_figures(&figures.processing));
    record.extend(figures.processing.bands.map(Cell::figure));
    record.extend(of_figures(&figures.reprocessing));
    record.extend(of_figures(&figures.first_response));
    let level = line.level;
    record.extend([level.open, level.at_risk, level.late].map(Cell::figure));
    record.push(Cell::figure(figures.processing.micros / 1_000_000));
    record
}

fn of_figures(figures: &Figures) -> [Cell<'static>; 7] {
    let times = times(figures);
    [
        Cell::figure(figures.count),
        Cell::optional(times.map(|times| times.mean)),
        Cell::optional(times.map(|times| times.median)),
        Cell::optional(times.map(|times| times.p90)),
        Cell::optional(times.map(|times| times.p99)),
        Cell::figure(figures.met),
        Cell::figure(figures.breaches),
    ]
}
