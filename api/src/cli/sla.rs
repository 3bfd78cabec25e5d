//! The service level report on the command line: a table, and the distribution of times drawn in
//! the terminal.

use anyhow::Context;
use chrono::{Datelike, NaiveDate, SecondsFormat, TimeDelta};
use clap::{Args, Subcommand, ValueEnum};
use servicedesk_domain::catalogue::{Catalogue, catalogue_id};
use servicedesk_domain::kernel::text::for_terminal;
use servicedesk_domain::kernel::{Id, Language};
use servicedesk_domain::licensing::ApplicationId;
use servicedesk_domain::sla::RequestKind;
use servicedesk_domain::ticket::TicketId;
use servicedesk_eventlog::Log;
use servicedesk_projections::Runner;
use servicedesk_projections::licensing::applications::{self, human_number as application_number};
use servicedesk_projections::sla::forecast;
use servicedesk_projections::sla::report::{self as report_of, Bucket, Line, Question};
use servicedesk_projections::sla::rollup::{Dimension, Figures};
use servicedesk_projections::ticket::{human_number, ticket_details};
use uuid::Uuid;

use servicedesk_service::sla::presentation::{self, BANDS};

use super::screen;

/// How wide the longest bar of the drawing is.
const WIDTH: i64 = 50;
/// How many requests a forecast names.
const MAX_NAMED: i64 = 100;

/// Commands on service levels.
#[derive(Debug, Subcommand)]
pub(super) enum SlaCommand {
    /// Print the report of a period.
    Report(ReportArgs),
    /// Print what will be breached in the next hours if nothing happens.
    Forecast {
        /// In how many hours.
        #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(i64).range(1..=168))]
        hours: i64,
        /// Print how many there are of each, too.
        #[arg(long, value_enum)]
        by: Option<GroupBy>,
    },
}

/// What a report is asked for.
#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// The first day, for example 2026-01-01; the first of this year where not given.
    #[arg(long)]
    from: Option<NaiveDate>,
    /// The day after the last; tomorrow where not given.
    #[arg(long)]
    until: Option<NaiveDate>,
    /// By what it is grouped.
    #[arg(long, value_enum)]
    by: Option<GroupBy>,
    /// Into which spans it is cut.
    #[arg(long, value_enum)]
    bucket: Option<Span>,
    /// Only of this department, by its code.
    #[arg(long, value_name = "CODE")]
    department: Option<String>,
    /// Only of this category, by its code.
    #[arg(long, value_name = "CODE")]
    category: Option<String>,
    /// Only about this product, by its code.
    #[arg(long, value_name = "CODE")]
    product: Option<String>,
    /// Only what this member of staff was responsible for, by the id that registering printed.
    #[arg(long, value_name = "ID")]
    agent: Option<Uuid>,
    /// Of which kind of request.
    #[arg(long, value_enum, default_value = "ticket")]
    request: Kind,
    /// Print CSV, and nothing else.
    #[arg(long)]
    csv: bool,
}

/// By what a report or a forecast is grouped.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum GroupBy {
    Department,
    Agent,
    Category,
    Product,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Span {
    Day,
    Week,
    Month,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Ticket,
    FreeAdvisorApplication,
    RentalApplication,
    UpdateApplication,
}

impl From<GroupBy> for Dimension {
    fn from(by: GroupBy) -> Self {
        match by {
            GroupBy::Department => Self::Department,
            GroupBy::Agent => Self::Agent,
            GroupBy::Category => Self::Category,
            GroupBy::Product => Self::Product,
        }
    }
}

/// Carries a command out.
pub(super) async fn run(log: &Log, command: SlaCommand) -> anyhow::Result<()> {
    // The service need not run: what is not projected yet is projected here.
    let mut runner = Runner::prepare(log.clone(), servicedesk_projections::all()).await?;
    runner.catch_up().await?;
    match command {
        SlaCommand::Report(args) => report(log, &args).await,
        SlaCommand::Forecast { hours, by } => forecast(log, hours, by.map(Into::into)).await,
    }
}

async fn report(log: &Log, args: &ReportArgs) -> anyhow::Result<()> {
    let (catalogue, _) = log.load::<Catalogue>(catalogue_id().uuid()).await?;
    let mut question = args.question(log.now().date_naive());
    if question.until <= question.from {
        anyhow::bail!("a period has at least a day");
    }
    question.filter = args.filter(&catalogue)?;
    let lines = report_of::answer(log.db(), &question).await?;
    let language = Language::En;
    let groups: Vec<Option<&str>> = lines.iter().map(|line| line.group.as_deref()).collect();
    let names =
        presentation::names(log.db(), &catalogue, question.group_by, &groups, language).await?;
    if args.csv {
        screen::text(presentation::csv(&lines, &names)?)?;
        return Ok(());
    }
    let level = catalogue.service_level(question.request);
    let typical = level.and_then(|level| level.typical_minutes);
    screen::text(table(&lines, &names))?;
    let whole = Question { group_by: None, bucket: None, ..question };
    for line in report_of::answer(log.db(), &whole).await? {
        screen::text(format_args!("\n{}", drawing(&line.figures.processing, typical)))?;
    }
    Ok(())
}

async fn forecast(log: &Log, hours: i64, by: Option<Dimension>) -> anyhow::Result<()> {
    let now = log.now();
    let until = now + TimeDelta::hours(hours);
    let count = forecast::count(log.db(), now, until).await?;
    screen::line(format_args!("{count} will be breached in {hours} h if nothing happens"))?;
    if by.is_some() {
        let (catalogue, _) = log.load::<Catalogue>(catalogue_id().uuid()).await?;
        let all = forecast::all(log.db(), now, until).await?;
        let all = all.context("that is too much to be grouped; ask for fewer hours")?;
        let counts = by.map(|by| forecast::grouped(&all, by)).unwrap_or_default();
        let ids: Vec<String> = counts.iter().map(|(id, _)| id.to_string()).collect();
        let groups: Vec<Option<&str>> = ids.iter().map(|id| Some(id.as_str())).collect();
        let names = presentation::names(log.db(), &catalogue, by, &groups, Language::En).await?;
        for ((_, count), name) in counts.iter().zip(names) {
            let name = for_terminal(name.as_deref().unwrap_or("nobody"));
            screen::line(format_args!("{count:>6}  {name}"))?;
        }
    }
    let named = forecast::breaching(log.db(), now, until, MAX_NAMED).await?;
    let ids: Vec<Uuid> = named.iter().map(|one| one.request_id).collect();
    let ticket_ids: Vec<TicketId> = ids.iter().map(|id| Id::new(*id)).collect();
    let tickets = ticket_details::by_ids(log.db(), &ticket_ids).await?;
    let application_ids: Vec<ApplicationId> = ids.iter().map(|id| Id::new(*id)).collect();
    let found = applications::by_ids(log.db(), &application_ids).await?;
    for (one, id) in named.iter().zip(ids) {
        let Some(at) = one.breaches_at() else { continue };
        let ticket = tickets.get(&Id::new(id)).map(|row| human_number(row.serial));
        let application = || found.get(&Id::new(id)).map(|row| application_number(row.serial));
        let number = ticket.or_else(application).unwrap_or_else(|| id.to_string());
        screen::line(format_args!("{}  {number}", at.to_rfc3339_opts(SecondsFormat::Secs, true)))?;
    }
    Ok(())
}

impl ReportArgs {
    fn filter(&self, catalogue: &Catalogue) -> anyhow::Result<Vec<(Dimension, Uuid)>> {
        let mut filter = Vec::new();
        if let Some(code) = &self.department {
            let found = catalogue.departments.values().find(|one| one.code == *code);
            let found = found.with_context(|| format!("there is no department {code:?}"))?;
            filter.push((Dimension::Department, found.department_id.uuid()));
        }
        if let Some(code) = &self.category {
            let found = catalogue.categories.values().find(|one| one.code == *code);
            let found = found.with_context(|| format!("there is no category {code:?}"))?;
            filter.push((Dimension::Category, found.category_id.uuid()));
        }
        if let Some(code) = &self.product {
            let found = catalogue.products.values().find(|one| one.code == *code);
            let found = found.with_context(|| format!("there is no product {code:?}"))?;
            filter.push((Dimension::Product, found.product_id.uuid()));
        }
        filter.extend(self.agent.map(|id| (Dimension::Agent, id)));
        Ok(filter)
    }

    fn question(&self, today: NaiveDate) -> Question {
        let tomorrow = today.succ_opt().unwrap_or(today);
        Question {
            request: match self.request {
                Kind::Ticket => RequestKind::Ticket,
                Kind::FreeAdvisorApplication => RequestKind::FreeAdvisorApplication,
                Kind::RentalApplication => RequestKind::RentalApplication,
                Kind::UpdateApplication => RequestKind::UpdateApplication,
            },
            from: self
                .from
                .or_else(|| NaiveDate::from_ymd_opt(today.year(), 1, 1))
                .unwrap_or(today),
            until: self.until.unwrap_or(tomorrow),
            group_by: self.by.map(Into::into),
            filter: Vec::new(),
            bucket: self.bucket.map(|span| match span {
                Span::Day => Bucket::Day,
                Span::Week => Bucket::Week,
                Span::Month => Bucket::Month,
            }),
        }
    }
}

/// The lines as a table, its columns as wide as what is in them.
fn table(lines: &[Line], names: &[Option<String>]) -> String {
    let mut rows = vec![
        [
            "from", "until", "group", "opened", "done", "mean", "median", "p90", "p99", "in time",
            "breaches", "reopened", "backlog", "at risk",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    for (line, name) in lines.iter().zip(names) {
        let figures = &line.figures.processing;
        let times = presentation::times(figures);
        let of = |seconds: Option<u64>| seconds.map_or_else(|| "-".to_owned(), length);
        rows.push(vec![
            line.from.to_string(),
            line.until.to_string(),
            for_terminal(name.as_deref().unwrap_or("-")),
            line.figures.opened.to_string(),
            figures.count.to_string(),
            of(times.and_then(|times| u64::try_from(times.mean).ok())),
            of(times.map(|times| times.median)),
            of(times.map(|times| times.p90)),
            of(times.map(|times| times.p99)),
            percent(figures.met, figures.count),
            figures.breaches.to_string(),
            line.figures.reopened.to_string(),
            line.level.open.to_string(),
            line.level.at_risk.to_string(),
        ]);
    }
    let widths: Vec<usize> = (0..rows[0].len())
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            // Names stand at the left of their column, numbers at the right.
            if column == 2 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// How many times there are in each band, as bars, and the mean beside what is usual.
fn drawing(figures: &Figures, typical_minutes: Option<u32>) -> String {
    let mut text = String::from("processing time, first cycle\n");
    let most = figures.bands.iter().copied().max().unwrap_or(0).max(1);
    for (name, count) in BANDS.iter().zip(figures.bands) {
        let bar = usize::try_from((count * WIDTH + most / 2) / most).unwrap_or(0);
        let share = percent(count, figures.count);
        let line = format!("{name:>9}  {:<50}  {count} ({share})", "█".repeat(bar));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    if let Some(mean) = figures.mean_micros().and_then(|mean| u64::try_from(mean / 1_000_000).ok())
    {
        let typical = typical_minutes.map(|minutes| length(u64::from(minutes) * 60));
        let usual = typical.map(|typical| format!(", published as usual: {typical}"));
        let line = format!("     mean  {}{}\n", length(mean), usual.unwrap_or_default());
        text.push_str(&line);
    }
    text
}

fn percent(part: i64, of: i64) -> String {
    if of == 0 { "-".to_owned() } else { format!("{:.1} %", share(part, of) * 100.0) }
}

#[expect(clippy::cast_precision_loss, reason = "a share of less than 2^52 requests")]
fn share(part: i64, of: i64) -> f64 {
    part as f64 / of as f64
}

/// A length of time in hours, minutes and seconds, for example `26:05:09`.
fn length(seconds: u64) -> String {
    format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distribution_is_drawn_to_scale() {
        let figures = Figures {
            count: 4,
            micros: 4 * 5_400 * 1_000_000,
            bands: [2, 1, 0, 0, 0, 1],
            ..Figures::default()
        };
        let drawn = drawing(&figures, Some(90));
        let bars: Vec<usize> = drawn.lines().map(|line| line.matches('█').count()).collect();
        assert_eq!(bars, [0, 50, 25, 0, 0, 0, 25, 0]);
        assert!(drawn.contains("2 (50.0 %)"), "{drawn}");
        assert!(drawn.ends_with("mean  1:30:00, published as usual: 1:30:00\n"), "{drawn}");
        assert!(drawing(&Figures::default(), None).contains("0 (-)"));
    }

    #[test]
    fn lengths_are_read_at_a_glance() {
        assert_eq!(length(93_909), "26:05:09");
        assert_eq!(percent(1, 3), "33.3 %");
    }
}
