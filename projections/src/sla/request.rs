//! What is known of one request's clocks, and what each event of it adds to the report. Pure.
//!
//! What was counted of a request is kept with it, so that measuring it again takes exactly that back,
//! from where it was counted.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};
use servicedesk_domain::Event;
use servicedesk_domain::catalogue::{CategoryId, DepartmentId, ProductId};
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::licensing::ApplicationEvent;
use servicedesk_domain::sla::{Measurement, RequestKind, State, Target, TargetResult, Track};
use servicedesk_domain::staff::StaffMemberId;
use servicedesk_domain::ticket::{Status, TicketEvent};
use servicedesk_eventlog::Recorded;
use uuid::Uuid;

use super::rollup::Dimension;
use crate::fold::Fault;

/// The department that decides applications, by its code in the catalogue.
const LICENSING: &str = "licensing";
/// What is recorded so long after it happened is history.
const SOON: TimeDelta = TimeDelta::minutes(1);
/// How long after the last of its history a request may still get more of it.
const PATIENCE: TimeDelta = TimeDelta::hours(1);

/// Where a request belongs in a report.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Belonging {
    /// Of which kind it is.
    pub request: RequestKind,
    /// In which departments, each once and in order: what is in the same ones belongs together.
    pub department_ids: Vec<DepartmentId>,
    /// Who is responsible.
    pub agent_id: Option<StaffMemberId>,
    /// What it is about.
    pub category_id: CategoryId,
    /// About which products, each once and in order; an application may be for several.
    pub product_ids: Vec<ProductId>,
}

/// What of a request's belonging changes in its life: its departments, and who is responsible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Place(Vec<DepartmentId>, Option<StaffMemberId>);

/// Something that a report counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// A clock started, for the first time or after a reopening.
    Started,
    /// A target was breached.
    Breached(Target),
    /// A target ended after so many microseconds of clock time, in time or not.
    Ended {
        /// Which.
        target: Target,
        /// After how much clock time.
        micros: i64,
        /// Whether that was in time.
        is_met: bool,
    },
    /// It was closed unresolved.
    Withdrawn,
}

/// Something that a report counts, with the day and the cycle that it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// What.
    pub what: Counted,
    /// In which cycle.
    pub cycle: u32,
    /// On which day in the calendar's time zone.
    pub day: NaiveDate,
    /// Where it was counted: the number of the request's place, from 0.
    place: usize,
}

/// What a request adds to how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Level {
    /// 1 where it is open.
    pub open: i64,
    /// 1 where a target of it is at risk.
    pub at_risk: i64,
    /// 1 where it is open and a target of it is breached.
    pub late: i64,
}

/// A change of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// On which day.
    pub day: NaiveDate,
    /// Where.
    pub belonging: Belonging,
    /// What changes.
    pub change: Change,
}

/// What changes in a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// So many more of it: 1 or -1.
    Count(Count, i64),
    /// So much more there is from the day on.
    Level(Level),
}

/// A request with its clocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The request.
    pub request_id: Uuid,
    /// Where it belongs now.
    pub belonging: Belonging,
    /// Its status.
    pub status: Status,
    /// Wherever something of it was counted.
    places: Vec<Place>,
    /// What is measured of it.
    pub measurement: Measurement,
    /// Until when more of its history may still be recorded, where its last event is history: the
    /// next line of a file that is being imported may come before the next line of the clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history_until: Option<Moment>,
    /// What was counted of it.
    counted: Vec<Count>,
    /// What it added to how many there are, and at which place.
    level: Option<(usize, Level)>,
}

impl Request {
    /// Whether an event changes anything here.
    pub fn is_concerned(event: &Event) -> bool {
        match event {
            Event::Ticket(change) => Self::is_concerned_by_ticket(change),
            Event::Application(change) => {
                !matches!(change, ApplicationEvent::TicketRequested { .. })
            }
            _ => false,
        }
    }

    fn is_concerned_by_ticket(event: &TicketEvent) -> bool {
        !matches!(
            event,
            TicketEvent::ReplyAdded { .. }
                | TicketEvent::NoteAdded { .. }
                | TicketEvent::CollaboratorJoined { .. }
                | TicketEvent::CollaboratorLeft { .. }
                | TicketEvent::PriorityAssessed { .. }
                | TicketEvent::ResolutionPromised { .. }
                | TicketEvent::TimeLogged { .. }
                | TicketEvent::TimeReversed { .. }
                | TicketEvent::TimeMarkedCourtesy { .. }
                | TicketEvent::AgreementAsked { .. }
                | TicketEvent::ChargesAgreed { .. }
                | TicketEvent::ChargesAllowed { .. }
        )
    }

    /// A request as its first event has it.
    ///
    /// # Errors
    /// [`Fault::Unprojectable`] where it is not the first.
    pub fn opened(event: &Recorded) -> Result<Self, Fault> {
        let belonging = Belonging::opened(&event.event);
        let never = || Fault::unprojectable(event, "the request was never opened");
        Ok(Self {
            request_id: event.aggregate_id,
            belonging: belonging.ok_or_else(never)?,
            status: Status::New,
            places: Vec::new(),
            measurement: Measurement::default(),
            history_until: None,
            counted: Vec::new(),
            level: None,
        })
    }

    /// Folds an event in, and gives what that changes in the report.
    ///
    /// # Errors
    /// [`Fault::Unprojectable`] where the event is not a request's.
    pub fn step(&mut self, event: &Recorded) -> Result<Vec<Entry>, Fault> {
        match &event.event {
            Event::Ticket(change) => {
                self.belonging.change(change);
                self.status = self.status.after(change);
            }
            Event::Application(change) => self.follow_application(change),
            _ => return Err(Fault::unprojectable(event, "is not a request's")),
        }
        let mut at = event.metadata.occurred_at;
        let recorded_at = event.metadata.recorded_at;
        let is_history = recorded_at - at > SOON;
        self.history_until = is_history.then(|| recorded_at + PATIENCE);
        if let Some(clock_event) = event.event.as_clock() {
            self.measurement.evolve(&clock_event);
            // A line may be recorded long after it was crossed.
            if let Some((line, _)) = clock_event.as_crossed() {
                at = line.at;
            }
        }
        Ok(self.entries(at))
    }

    /// An application is open until it is decided.
    fn follow_application(&mut self, change: &ApplicationEvent) {
        match change {
            ApplicationEvent::Taken { staff_member_id } => {
                self.belonging.agent_id = Some(*staff_member_id);
            }
            ApplicationEvent::Approved { .. }
            | ApplicationEvent::Declined { .. }
            | ApplicationEvent::Withdrawn { .. } => self.status = Status::Closed,
            _ => {}
        }
    }

    /// What the report has to change so that it holds what there is to count of this request now.
    fn entries(&mut self, at: Moment) -> Vec<Entry> {
        let Some(cycle) = self.measurement.current() else { return Vec::new() };
        let time_zone = cycle.terms.time_zone;
        let day = |at: Moment| at.with_timezone(&time_zone).date_naive();
        let here = self.place();
        let mut entries = Vec::new();
        let mut stale = std::mem::take(&mut self.counted);
        for (what, cycle, moment) in counted(&self.measurement) {
            let is_it = |one: &Count| (one.what, one.cycle, one.day) == (what, cycle, day(moment));
            if let Some(index) = stale.iter().position(is_it) {
                self.counted.push(stale.remove(index));
                continue;
            }
            // Measured again, it belongs where it was counted before.
            let replaces = |one: &&Count| one.cycle == cycle && is_like(one.what, what);
            let place = stale.iter().find(replaces).map_or(here, |one| one.place);
            let count = Count { what, cycle, day: day(moment), place };
            entries.push(self.entry(count.day, place, Change::Count(count, 1)));
            self.counted.push(count);
        }
        let taken = |count: Count| self.entry(count.day, count.place, Change::Count(count, -1));
        entries.extend(stale.into_iter().map(taken));
        let now = (here, self.level());
        if self.level != Some(now) {
            let before = self.level.replace(now).map(|(place, level)| (place, -level));
            let changes = before.into_iter().chain([now]);
            let changes = changes.filter(|(_, level)| *level != Level::default());
            let entry = |(place, level)| self.entry(day(at), place, Change::Level(level));
            entries.extend(changes.map(entry));
        }
        entries
    }

    /// The number of the place where it belongs now.
    fn place(&mut self) -> usize {
        let Belonging { department_ids, agent_id, .. } = &self.belonging;
        let is_here = |place: &Place| place.0 == *department_ids && place.1 == *agent_id;
        if let Some(place) = self.places.iter().position(is_here) {
            return place;
        }
        self.places.push(Place(department_ids.clone(), *agent_id));
        self.places.len() - 1
    }

    fn entry(&self, day: NaiveDate, place: usize, change: Change) -> Entry {
        let mut belonging = self.belonging.clone();
        if let Some(Place(department_ids, agent_id)) = self.places.get(place) {
            belonging.department_ids.clone_from(department_ids);
            belonging.agent_id = *agent_id;
        }
        Entry { day, belonging, change }
    }

    fn level(&self) -> Level {
        let is_open = self.status.is_open();
        let cycle = self.measurement.current().filter(|_| is_open);
        let open: Vec<&Track> = cycle
            .into_iter()
            .flat_map(|cycle| cycle.open_tracks().map(|(_, track)| track))
            .collect();
        let is_late = open.iter().any(|track| track.breached_since.is_some());
        // Whether a line is crossed is asked of what is recorded, because the report is of events.
        let is_at_risk = |track: &&Track| {
            track.at_risk_since.is_some()
                && track.breached_since.is_none()
                && track.running_since.is_some()
        };
        Level {
            open: i64::from(is_open),
            at_risk: i64::from(open.iter().any(is_at_risk)),
            late: i64::from(is_late),
        }
    }

    /// From when on its next line is to be recorded: when it is crossed, or when its history is
    /// complete.
    pub fn next_line_at(&self) -> Option<Moment> {
        let line = self.measurement.next_line_at()?;
        Some(self.history_until.map_or(line, |until| line.max(until)))
    }

    /// When the processing under way is breached if nothing happens; `None` if it is already.
    pub fn breaches_at(&self) -> Option<Moment> {
        let track = &self.measurement.current()?.processing;
        let runs = track.ended.is_none() && track.running_since.is_some();
        track.lines.breaches_at.filter(|_| runs && track.breached_since.is_none())
    }

    /// Where the processing stands at a moment, if it is measured.
    pub fn state(&self, at: Moment) -> Option<State> {
        self.measurement.current().map(|cycle| cycle.processing.state(at))
    }
}

/// Everything that there is to count of a request.
fn counted(measurement: &Measurement) -> Vec<(Counted, u32, Moment)> {
    let mut found = Vec::new();
    for cycle in &measurement.cycles {
        found.push((Counted::Started, cycle.cycle, cycle.started_at));
        for (target, track) in cycle.tracks() {
            found.extend(
                track.breached_since.map(|at| (Counted::Breached(target), cycle.cycle, at)),
            );
            let Some(ended) = track.ended else { continue };
            let micros = track.elapsed_micros;
            let what = match (ended.result, target) {
                (TargetResult::Met, _) => Counted::Ended { target, micros, is_met: true },
                (TargetResult::Breached, _) => Counted::Ended { target, micros, is_met: false },
                (TargetResult::Lapsed, Target::Processing) => Counted::Withdrawn,
                (TargetResult::Lapsed, Target::FirstResponse) => continue,
            };
            found.push((what, cycle.cycle, ended.at));
        }
    }
    found
}

/// Whether one takes the place of the other when a request is measured again.
fn is_like(one: Counted, other: Counted) -> bool {
    match (one, other) {
        (Counted::Ended { target: one, .. }, Counted::Ended { target: other, .. }) => one == other,
        _ => one == other,
    }
}

impl std::ops::Add for Level {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        Self {
            open: self.open + more.open,
            at_risk: self.at_risk + more.at_risk,
            late: self.late + more.late,
        }
    }
}

impl std::ops::Neg for Level {
    type Output = Self;

    fn neg(self) -> Self {
        Self { open: -self.open, at_risk: -self.at_risk, late: -self.late }
    }
}

impl Level {
    /// Whether there is nothing.
    pub(super) fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}

impl Belonging {
    /// Of which departments, agent and so on it is, each once and in order; nil where nobody is
    /// responsible.
    pub fn ids(&self, dimension: Dimension) -> Vec<Uuid> {
        match dimension {
            Dimension::Department => self.department_ids.iter().map(|id| id.uuid()).collect(),
            Dimension::Agent => vec![self.agent_id.unwrap_or_default().uuid()],
            Dimension::Category => vec![self.category_id.uuid()],
            Dimension::Product => self.product_ids.iter().map(|id| id.uuid()).collect(),
        }
    }

    fn opened(event: &Event) -> Option<Self> {
        match event {
            Event::Ticket(TicketEvent::Opened {
                category_id, product_id, department_ids, ..
            }) => Some(Self {
                request: RequestKind::Ticket,
                department_ids: each_once(department_ids),
                agent_id: None,
                category_id: *category_id,
                product_ids: vec![*product_id],
            }),
            // Applications have no category, and are for licensing to decide.
            Event::Application(ApplicationEvent::Submitted { request, .. }) => Some(Self {
                request: request.measured_as(),
                department_ids: vec![DepartmentId::named(LICENSING)],
                agent_id: None,
                category_id: CategoryId::default(),
                product_ids: each_once(request.product_ids()),
            }),
            _ => None,
        }
    }

    fn change(&mut self, event: &TicketEvent) {
        match event {
            TicketEvent::Assigned { assignee_id: id, .. }
            | TicketEvent::Accepted { staff_member_id: id } => self.agent_id = Some(*id),
            TicketEvent::Transferred { to_department_id, .. } => {
                self.department_ids = vec![*to_department_id];
                self.agent_id = None;
            }
            TicketEvent::ReturnedToQueue { .. } => self.agent_id = None,
            _ => {}
        }
    }
}

/// The same things, each once and in order.
fn each_once<T: Ord + Copy>(things: &[T]) -> Vec<T> {
    things.iter().copied().collect::<BTreeSet<T>>().into_iter().collect()
}

/// A day as stored in a searched column.
pub(super) fn day_number(day: NaiveDate) -> i64 {
    i64::from(day.num_days_from_ce())
}
