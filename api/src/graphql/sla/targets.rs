//! How a request stands with the targets of its service level (S2).

use std::sync::Arc;

use async_graphql::{Context, Object, Result, SimpleObject};
use chrono::{DateTime, TimeDelta, Utc};
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::sla::{Book, Cycle, Target, Track};
use uuid::Uuid;

use super::kinds::{ClockKind, TargetKind, TargetState};
use crate::graphql::loaders::Loaders;
use crate::graphql::query::data;
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;

/// A target of a request's service level, and how it stands with it.
pub struct ServiceTarget {
    cycle: Arc<Cycle>,
    target: Target,
    track: Track,
    at: Moment,
    book: Arc<Book>,
}

/// By what a target is measured: the versions that were in force when its clock started. What is
/// defined later changes nothing of it.
#[derive(SimpleObject)]
pub struct Terms {
    /// The version of the kind's service level.
    service_level_version: u32,
    /// The short name of the calendar.
    calendar_code: String,
    /// The version of the calendar.
    calendar_version: u32,
    /// In which the calendar's hours are meant.
    time_zone: &'static str,
    /// Which hours count.
    clock: ClockKind,
}

/// A target of a request's service level, and how it stands with it. Times are clock time: hours
/// that do not count, and waiting on the customer, are not in them.
#[Object]
impl ServiceTarget {
    /// What is measured.
    async fn kind(&self) -> TargetKind {
        self.target.into()
    }

    /// The cycle of processing: 1 from the opening on, one more with each reopening.
    async fn cycle(&self) -> u32 {
        self.cycle.cycle
    }

    /// Where it stands now.
    async fn state(&self) -> TargetState {
        self.track.state(self.at).into()
    }

    /// The target, in minutes of clock time.
    async fn target_minutes(&self) -> u32 {
        self.track.target_minutes
    }

    /// When its clock started.
    async fn started_at(&self) -> DateTime<Utc> {
        self.cycle.started_at
    }

    /// When the target's time has passed, or will have if nothing happens; null where the clock
    /// stands still and it has not passed.
    async fn due_at(&self) -> Option<DateTime<Utc>> {
        self.track.lines.due_at.filter(|due_at| self.is_reached(*due_at))
    }

    /// From when on it is at risk, if nothing happens; null where the clock stands still and it has
    /// not been at risk.
    async fn at_risk_at(&self) -> Option<DateTime<Utc>> {
        self.track.lines.at_risk_at.filter(|at_risk_at| self.is_reached(*at_risk_at))
    }

    /// How much time has passed, in seconds.
    async fn elapsed_seconds(&self) -> i64 {
        self.elapsed().num_seconds()
    }

    /// How much time is left, in seconds; negative once it is breached, null once it has ended.
    async fn remaining_seconds(&self) -> Option<i64> {
        let left = self.track.target() - self.elapsed();
        self.track.ended.is_none().then(|| left.num_seconds())
    }

    /// How much of the target's time has passed, in whole hundredths, rounded down; above 100
    /// long after it is breached.
    async fn percentage(&self) -> i64 {
        let hundredths = self.elapsed().num_milliseconds().saturating_mul(100);
        hundredths / self.track.target().num_milliseconds().max(1)
    }

    /// When it ended, if it has: with a reply, a resolution or the end of the request.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.track.ended.map(|ended| ended.at)
    }

    /// When it became at risk, if it has.
    async fn at_risk_since(&self) -> Option<DateTime<Utc>> {
        self.track.at_risk_since
    }

    /// When it was breached, if it was.
    async fn breached_since(&self) -> Option<DateTime<Utc>> {
        self.track.breached_since
    }

    /// By what it is measured.
    async fn terms(&self) -> Terms {
        let terms = &self.cycle.terms;
        let calendar = self.book.calendar(terms.calendar_id, terms.calendar_version);
        Terms {
            service_level_version: terms.service_level_version,
            calendar_code: calendar.map(|calendar| calendar.code.clone()).unwrap_or_default(),
            calendar_version: terms.calendar_version,
            time_zone: terms.time_zone.name(),
            clock: terms.clock.into(),
        }
    }
}

impl ServiceTarget {
    /// Whether the clock reaches a line as things are: it runs, or stopped after it.
    fn is_reached(&self, line: Moment) -> bool {
        let paused_at = self.cycle.pauses.last().filter(|pause| pause.until.is_none());
        let paused_at = paused_at.map(|pause| pause.from);
        let stopped_at = self.track.ended.map(|ended| ended.at).or(paused_at);
        self.track.running_since.is_some() || stopped_at.is_some_and(|stopped| line <= stopped)
    }

    fn elapsed(&self) -> TimeDelta {
        let clock = self.book.clock(&self.cycle.terms);
        // Without its clock only what was recorded is known; a book holds every version.
        let recorded = TimeDelta::microseconds(self.track.elapsed_micros);
        clock.map_or(recorded, |clock| self.track.elapsed(clock, self.at))
    }
}

/// The targets of a request, in the order of cycles.
///
/// # Errors
/// `Internal` if they cannot be read.
pub async fn of(context: &Context<'_>, request_id: Uuid) -> Result<Vec<ServiceTarget>, ApiError> {
    let Some(request) = data::<Loaders>(context)?.measured(request_id).await? else {
        return Ok(Vec::new());
    };
    let desk = data::<Desk>(context)?;
    let (book, at) = (desk.book().await?, desk.now());
    let cycles = request.measurement.cycles.iter().cloned().map(Arc::new);
    let targets = cycles.flat_map(|cycle| {
        let tracks: Vec<_> =
            cycle.tracks().map(|(target, track)| (target, track.clone())).collect();
        let book = &book;
        tracks.into_iter().map(move |(target, track)| {
            let (cycle, book) = (cycle.clone(), book.clone());
            ServiceTarget { cycle, target, track, at, book }
        })
    });
    Ok(targets.collect())
}
