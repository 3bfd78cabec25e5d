//! The report that managers live by (S3).

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use chrono::NaiveDate;
use servicedesk_domain::catalogue::{CategoryId, DepartmentId, ProductId};
use servicedesk_domain::kernel::{Id, Language};
use servicedesk_domain::staff::StaffMemberId;
use servicedesk_projections::sla::report::{self as projection, Line, Question};
use servicedesk_projections::sla::rollup;
use servicedesk_projections::sla::rollup::{
    BAND_MINUTES, Dimension, Figures, PERCENTILE_ERROR_PERCENT,
};
use uuid::Uuid;

use super::definitions::HolidaysRead;
use super::forecast::SlaForecast;
use super::kinds::RequestKind;
use crate::graphql::guards;
use crate::graphql::node::{Node, node};
use crate::graphql::query;
use crate::graphql::relay::{EventPosition, global_id, parse_id};
use servicedesk_service::access::{RequestInfo, policy};
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;
use servicedesk_service::sla::presentation;

/// The most spans that one report is cut into: the days of a year and a bit.
const MAX_SPANS: usize = 400;
/// What stands in the place of an agent where nobody was responsible.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// By what a report is grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "rollup::Dimension")]
pub enum SlaDimension {
    /// The department; a ticket of two departments counts in both.
    Department,
    /// The agent who was responsible when it was counted.
    Agent,
    /// The category.
    Category,
    /// The product; an application for two products counts in both.
    Product,
}

/// Into which spans a report is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "projection::Bucket")]
pub enum SlaBucket {
    /// Days.
    Day,
    /// Weeks from Monday.
    Week,
    /// Calendar months.
    Month,
}

/// The days that a report is about, in the calendar's time zone.
#[derive(Debug, Clone, Copy, InputObject)]
pub struct SlaPeriod {
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last.
    pub until: NaiveDate,
}

/// Only what has everything given in common.
#[derive(Debug, Clone, Default, InputObject)]
pub struct SlaFilter {
    /// Of this department.
    pub department_id: Option<ID>,
    /// For which this agent was responsible.
    pub agent_id: Option<ID>,
    /// Of this category.
    pub category_id: Option<ID>,
    /// About this product.
    pub product_id: Option<ID>,
}

/// A report on service levels.
pub struct SlaReport {
    question: Question,
    lines: Vec<Line>,
    names: Vec<Option<String>>,
    typical_minutes: Option<u32>,
}

/// A report on service levels. It is made of figures that are kept for every day, so what it costs
/// does not hang on how many requests there were.
#[Object]
impl SlaReport {
    /// How long a request of the kind usually takes, as the vendor publishes it now; means are
    /// compared with it.
    async fn typical_minutes(&self) -> Option<u32> {
        self.typical_minutes
    }

    /// The error of every percentile, in hundredths of it. Everything else is exact.
    async fn percentile_error_percent(&self) -> i64 {
        PERCENTILE_ERROR_PERCENT
    }

    /// A line for each group and span: groups one after the other, each in the order of time.
    #[graphql(complexity = "1 + child_complexity")]
    async fn lines(&self) -> Vec<SlaLine<'_>> {
        let group_by = self.question.group_by;
        let lines = self.lines.iter().zip(&self.names);
        lines.map(|(line, name)| SlaLine { line, name, group_by }).collect()
    }

    /// The same as a CSV file with a header.
    #[graphql(complexity = "10")]
    async fn csv(&self) -> Result<String> {
        let text = presentation::csv(&self.lines, &self.names);
        Ok(text.map_err(|error| ApiError::internal(&error))?)
    }
}

/// The figures of one group in one span.
pub struct SlaLine<'a> {
    line: &'a Line,
    name: &'a Option<String>,
    group_by: Option<Dimension>,
}

/// The figures of one group in one span.
#[Object]
impl SlaLine<'_> {
    /// The first day.
    async fn from(&self) -> NaiveDate {
        self.line.from
    }

    /// The day after the last.
    async fn until(&self) -> NaiveDate {
        self.line.until
    }

    /// The group's department, agent, category or product. Null for those without an agent, and where
    /// the report is not grouped.
    async fn group(&self, context: &Context<'_>) -> Result<Option<Node>> {
        let (Some(by), Some(group)) = (self.group_by, &self.line.group) else { return Ok(None) };
        Ok(group_node(context, by, group).await?)
    }

    /// What people call the group.
    async fn group_name(&self) -> Option<&String> {
        self.name.as_ref()
    }

    /// How many requests came.
    async fn opened(&self) -> i64 {
        self.line.figures.opened
    }

    /// How many came back.
    async fn reopened(&self) -> i64 {
        self.line.figures.reopened
    }

    /// How many were closed unresolved; they have no figures.
    async fn withdrawn(&self) -> i64 {
        self.line.figures.withdrawn
    }

    /// The processing, from the opening to the first resolution, of what was resolved in the span.
    async fn processing(&self) -> SlaFigures {
        SlaFigures::of(&self.line.figures.processing)
    }

    /// The processing after reopenings.
    async fn reprocessing(&self) -> SlaFigures {
        SlaFigures::of(&self.line.figures.reprocessing)
    }

    /// The first response, of what was answered in the span.
    async fn first_response(&self) -> SlaFigures {
        SlaFigures::of(&self.line.figures.first_response)
    }

    /// How many requests were open at the end of the span.
    async fn backlog(&self) -> i64 {
        self.line.level.open
    }

    /// Of how many of these a target was at risk, and none breached.
    async fn open_at_risk(&self) -> i64 {
        self.line.level.at_risk
    }

    /// Of how many of these a target was breached.
    async fn open_breached(&self) -> i64 {
        self.line.level.late
    }
}

/// Figures of clock times.
#[derive(SimpleObject)]
pub struct SlaFigures {
    /// How many there are.
    count: i64,
    /// The mean, in seconds.
    mean_seconds: Option<i64>,
    /// Half of them are no longer, in seconds.
    median_seconds: Option<u64>,
    /// Nine tenths of them are no longer, in seconds.
    p90_seconds: Option<u64>,
    /// 99 hundredths of them are no longer, in seconds.
    p99_seconds: Option<u64>,
    /// How many of them were in time.
    in_time: i64,
    /// How many targets were breached in the span, of requests that are still open as well.
    breaches: i64,
    /// How many there are of each length.
    bands: Vec<SlaBand>,
}

/// Times of some length.
#[derive(SimpleObject)]
pub struct SlaBand {
    /// Longer than so many minutes, or 0.
    over_minutes: i64,
    /// At most this many minutes. Null for the longest.
    up_to_minutes: Option<i64>,
    /// How many there are.
    count: i64,
    /// Their share of all, in thousandths, rounded.
    per_mille: i64,
}

impl SlaFigures {
    fn of(figures: &Figures) -> Self {
        let times = presentation::times(figures);
        let band = |(index, count): (usize, &i64)| SlaBand {
            over_minutes: index.checked_sub(1).map_or(0, |before| BAND_MINUTES[before]),
            up_to_minutes: BAND_MINUTES.get(index).copied(),
            count: *count,
            per_mille: per_mille(*count, figures.count),
        };
        Self {
            count: figures.count,
            mean_seconds: times.map(|times| times.mean),
            median_seconds: times.map(|times| times.median),
            p90_seconds: times.map(|times| times.p90),
            p99_seconds: times.map(|times| times.p99),
            in_time: figures.met,
            breaches: figures.breaches,
            bands: figures.bands.iter().enumerate().map(band).collect(),
        }
    }
}

const fn per_mille(part: i64, of: i64) -> i64 {
    if of == 0 { 0 } else { (part * 1_000 + of / 2) / of }
}

/// Queries on service levels.
#[derive(Default)]
pub struct SlaQuery;

#[Object]
impl SlaQuery {
    /// What came, how long it took and what was left, in a period, of one kind of request. For
    /// managers and auditors.
    #[graphql(complexity = "100 + 10 * child_complexity")]
    #[expect(clippy::too_many_arguments, reason = "what a report is asked for, and consistency")]
    async fn sla_report(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Of when.")] period: SlaPeriod,
        #[graphql(desc = "Of which kind of request; `TICKET` where not given.")] request: Option<
            RequestKind,
        >,
        #[graphql(desc = "By what it is grouped; everything together where not given.")]
        group_by: Option<SlaDimension>,
        #[graphql(desc = "Of what.")] filter: Option<SlaFilter>,
        #[graphql(desc = "Into which spans it is cut; into one where not given.")] bucket: Option<
            SlaBucket,
        >,
        #[graphql(desc = "Wait until the answer shows what was recorded up to here.")]
        consistent_with: Option<EventPosition>,
    ) -> Result<SlaReport> {
        let desk = begin(context, consistent_with).await?;
        let request = request.map_or(servicedesk_domain::sla::RequestKind::Ticket, Into::into);
        let question = Question {
            request,
            from: period.from,
            until: period.until,
            group_by: group_by.map(Into::into),
            filter: filter.unwrap_or_default().read()?,
            bucket: bucket.map(Into::into),
        };
        let language = context.data_opt::<RequestInfo>().map(|info| info.language);
        Ok(ask(desk, question, language.unwrap_or_default()).await?)
    }

    /// What an iCalendar file says of holidays, to be looked at before a calendar is defined with
    /// it. Nothing is kept. For managers.
    #[graphql(complexity = "10 + i_calendar.len() / 256 + 10 * child_complexity")]
    async fn read_holidays(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The file's text.")] i_calendar: String,
    ) -> Result<HolidaysRead> {
        policy::acting_manager(guards::caller(context)?)?;
        let language = context.data_opt::<RequestInfo>().map(|info| info.language);
        Ok(HolidaysRead::of(&i_calendar, language.unwrap_or_default()))
    }

    /// Which requests will be breached in the next hours if nothing happens. For managers and
    /// auditors.
    #[graphql(complexity = "100 * child_complexity")]
    async fn sla_forecast(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "In how many hours, 168 at most; 8 where not given.")] hours: Option<i64>,
        #[graphql(desc = "Of what.")] filter: Option<SlaFilter>,
        #[graphql(desc = "Wait until the answer shows what was recorded up to here.")]
        consistent_with: Option<EventPosition>,
    ) -> Result<SlaForecast> {
        let desk = begin(context, consistent_with).await?;
        let filter = filter.unwrap_or_default().read()?;
        Ok(SlaForecast::of(desk.now(), hours.unwrap_or(8), filter)?)
    }
}

/// A group's department, agent, category or product. Null for nobody.
///
/// # Errors
/// `Internal` if it cannot be read.
pub async fn group_node(
    context: &Context<'_>,
    dimension: Dimension,
    id: &str,
) -> Result<Option<Node>, ApiError> {
    if id == NOBODY {
        return Ok(None);
    }
    let id = match dimension {
        Dimension::Department => id.parse::<DepartmentId>().map(global_id),
        Dimension::Agent => id.parse::<StaffMemberId>().map(global_id),
        Dimension::Category => id.parse::<CategoryId>().map(global_id),
        Dimension::Product => id.parse::<ProductId>().map(global_id),
    };
    node(context, &id.map_err(|error| ApiError::internal(&error))?).await
}

/// Authorises first, so that nobody else waits.
async fn begin<'a>(
    context: &Context<'a>,
    consistent_with: Option<EventPosition>,
) -> Result<&'a Desk, ApiError> {
    policy::reading_manager(guards::caller(context)?)?;
    Ok(query::begin(context, consistent_with).await?.0)
}

/// Answers a question, with the names of its groups.
///
/// # Errors
/// `BadUserInput` for a period that is none or too long for its spans, `Internal` if the read
/// model cannot be read.
pub async fn ask(
    desk: &Desk,
    question: Question,
    language: Language,
) -> Result<SlaReport, ApiError> {
    let earliest = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or_default();
    let latest = NaiveDate::from_ymd_opt(2200, 1, 1).unwrap_or_default();
    if question.until <= question.from || question.from < earliest || question.until > latest {
        return Err(ApiError::BadUserInput(
            "a period has at least a day, in 1900 to 2199".to_owned(),
        ));
    }
    if question.spans().len() > MAX_SPANS {
        let message = format!("a report is cut into {MAX_SPANS} spans at most");
        return Err(ApiError::BadUserInput(message));
    }
    let db = desk.log.db();
    let catalogue = desk.catalogue().await?;
    let lines = projection::answer(db, &question).await?;
    let groups: Vec<Option<&str>> = lines.iter().map(|line| line.group.as_deref()).collect();
    let names = presentation::names(db, &catalogue, question.group_by, &groups, language).await?;
    let level = catalogue.service_level(question.request);
    let typical_minutes = level.and_then(|level| level.typical_minutes);
    Ok(SlaReport { question, lines, names, typical_minutes })
}

impl SlaFilter {
    fn read(&self) -> Result<Vec<(Dimension, Uuid)>, ApiError> {
        let department: Option<DepartmentId> =
            self.department_id.as_ref().map(parse_id).transpose()?;
        let agent: Option<StaffMemberId> = self.agent_id.as_ref().map(parse_id).transpose()?;
        let category: Option<CategoryId> = self.category_id.as_ref().map(parse_id).transpose()?;
        let product: Option<ProductId> = self.product_id.as_ref().map(parse_id).transpose()?;
        let given = [
            (Dimension::Department, department.map(Id::uuid)),
            (Dimension::Agent, agent.map(Id::uuid)),
            (Dimension::Category, category.map(Id::uuid)),
            (Dimension::Product, product.map(Id::uuid)),
        ];
        Ok(given.into_iter().filter_map(|(dimension, id)| Some((dimension, id?))).collect())
    }
}
