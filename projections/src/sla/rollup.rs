//! What the report keeps instead of requests: figures of a day, a month or a year, of all requests
//! of a kind, those of one department, agent, category or product, of two of these together, and
//! those that have all four in common.
//!
//! Times are counted in the buckets of an HDR histogram, of which only those in use are stored.
//! Buckets can be added up, and taken back. A bucket is as wide as a hundredth of its value at most,
//! which is the error of every percentile; counts, sums and shares are exact.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use servicedesk_domain::sla::{RequestKind, Target};
use strum::IntoEnumIterator;
use uuid::Uuid;

use super::request::{Belonging, Count, Counted, Level};

/// The longest time that percentiles tell apart, in seconds: a hundred years.
const LONGEST: u64 = 100 * 366 * 86_400;
/// How many decimal digits of a time a percentile tells.
const DIGITS: u8 = 2;
/// The error of a percentile, in hundredths of it.
pub const PERCENTILE_ERROR_PERCENT: i64 = 1;
/// Until how many minutes the bands of times last; the last has no end.
pub const BAND_MINUTES: [i64; 5] = [60, 120, 240, 480, 1_440];

/// Figures of one span of time in one scope.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Rollup {
    /// How many requests came.
    #[serde(skip_serializing_if = "is_zero")]
    pub opened: i64,
    /// How many came back.
    #[serde(skip_serializing_if = "is_zero")]
    pub reopened: i64,
    /// How many were closed unresolved.
    #[serde(skip_serializing_if = "is_zero")]
    pub withdrawn: i64,
    /// The processing from opening to first resolution.
    #[serde(skip_serializing_if = "Figures::is_empty")]
    pub processing: Figures,
    /// The processing after reopenings.
    #[serde(skip_serializing_if = "Figures::is_empty")]
    pub reprocessing: Figures,
    /// The first response.
    #[serde(skip_serializing_if = "Figures::is_empty")]
    pub first_response: Figures,
    /// By how much there are more at the end than at the beginning. Stored beside the others, which
    /// are not read where only this is asked for.
    #[serde(skip)]
    pub level: Level,
}

/// Figures of times.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Figures {
    /// How many times there are.
    pub count: i64,
    /// All of them together, in microseconds.
    pub micros: i64,
    /// How many met their target.
    pub met: i64,
    /// How many targets were breached, those of requests that are still open included.
    pub breaches: i64,
    /// How many there are within each band.
    pub bands: [i64; 6],
    /// How many there are in each bucket, by the longest time of the bucket in seconds.
    #[serde(with = "steps")]
    pub buckets: BTreeMap<u64, i64>,
}

impl Rollup {
    /// Counts something, or takes it back.
    pub fn count(&mut self, count: &Count, sign: i64) {
        let is_first = count.cycle == 1;
        match count.what {
            Counted::Started if is_first => self.opened += sign,
            Counted::Started => self.reopened += sign,
            Counted::Withdrawn => self.withdrawn += sign,
            Counted::Breached(target) => self.figures(target, is_first).breaches += sign,
            Counted::Ended { target, micros, is_met } => {
                self.figures(target, is_first).add(micros, is_met, sign);
            }
        }
    }

    fn figures(&mut self, target: Target, is_first: bool) -> &mut Figures {
        match (target, is_first) {
            (Target::FirstResponse, _) => &mut self.first_response,
            (Target::Processing, true) => &mut self.processing,
            (Target::Processing, false) => &mut self.reprocessing,
        }
    }

    /// Adds how much more there is.
    pub fn raise(&mut self, by: Level) {
        self.level = self.level + by;
    }

    /// Adds the figures of another span or scope.
    pub fn merge(&mut self, other: &Self) {
        self.opened += other.opened;
        self.reopened += other.reopened;
        self.withdrawn += other.withdrawn;
        self.processing.merge(&other.processing);
        self.reprocessing.merge(&other.reprocessing);
        self.first_response.merge(&other.first_response);
        self.raise(other.level);
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Figures {
    fn add(&mut self, micros: i64, is_met: bool, sign: i64) {
        self.count += sign;
        self.micros += sign * micros;
        self.met += sign * i64::from(is_met);
        let band = BAND_MINUTES.iter().position(|minutes| micros <= minutes * 60_000_000);
        self.bands[band.unwrap_or(BAND_MINUTES.len())] += sign;
        let seconds = u64::try_from(micros / 1_000_000).unwrap_or(0).min(LONGEST);
        let bucket = buckets().map_or(seconds, |histogram| histogram.highest_equivalent(seconds));
        let number = self.buckets.entry(bucket).or_default();
        *number += sign;
        if *number == 0 {
            self.buckets.remove(&bucket);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.micros += other.micros;
        self.met += other.met;
        self.breaches += other.breaches;
        for (band, more) in self.bands.iter_mut().zip(other.bands) {
            *band += more;
        }
        for (bucket, more) in &other.buckets {
            *self.buckets.entry(*bucket).or_default() += more;
        }
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The mean in microseconds.
    pub fn mean_micros(&self) -> Option<i64> {
        (self.count > 0).then(|| self.micros / self.count)
    }

    /// The times in seconds below or at which these parts of all lie, each with an error of
    /// [`PERCENTILE_ERROR_PERCENT`] at most.
    pub fn quantiles<const N: usize>(&self, parts: [f64; N]) -> Option<[u64; N]> {
        let (&longest, _) = self.buckets.last_key_value().filter(|_| self.count > 0)?;
        Some(parts.map(|part| {
            #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
            let wanted = part * self.count as f64;
            let mut before = 0;
            let reached = self.buckets.iter().find(|(_, number)| {
                before += *number;
                #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
                let so_far = before as f64;
                so_far >= wanted
            });
            reached.map_or(longest, |(seconds, _)| *seconds)
        }))
    }
}

/// Buckets are stored as one list: from each bucket to the next how many seconds, and how many there
/// are in it. That is half as long as naming each, and reports read little else.
mod steps {
    use std::collections::BTreeMap;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        buckets: &BTreeMap<u64, i64>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut last = 0;
        serializer.collect_seq(buckets.iter().flat_map(|(seconds, number)| {
            let step = seconds - std::mem::replace(&mut last, *seconds);
            [step.cast_signed(), *number]
        }))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<u64, i64>, D::Error> {
        let list = Vec::<i64>::deserialize(deserializer)?;
        let (pairs, []) = list.as_chunks::<2>() else {
            return Err(D::Error::custom("a bucket has no number"));
        };
        let mut seconds = 0_u64;
        let bucket = |[step, number]: &[i64; 2]| {
            seconds += step.cast_unsigned();
            (seconds, *number)
        };
        Ok(pairs.iter().map(bucket).collect())
    }
}

/// The buckets, which are the same for every histogram here.
fn buckets() -> Option<&'static Histogram<u64>> {
    static BUCKETS: OnceLock<Option<Histogram<u64>>> = OnceLock::new();
    BUCKETS.get_or_init(|| Histogram::new_with_max(LONGEST, DIGITS).ok()).as_ref()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
const fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// By what a report is grouped or filtered.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, strum::IntoStaticStr, strum::EnumIter,
)]
#[strum(serialize_all = "snake_case")]
pub enum Dimension {
    /// The department.
    Department,
    /// The responsible agent.
    Agent,
    /// The category.
    Category,
    /// The product.
    Product,
}

/// Of what figures are. Kinds are never mixed, because they have clocks and targets of their own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The kind.
    pub request: RequestKind,
    /// Of which requests of the kind.
    pub common: Common,
}

/// What requests have in common; nil where nobody is responsible.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Common {
    /// Nothing: all of them.
    Nothing,
    /// One thing.
    One((Dimension, Uuid)),
    /// Two things, in the order of dimensions.
    Two((Dimension, Uuid), (Dimension, Uuid)),
    /// Everything. A request has exactly one such scope, so that these can be added up, whatever they
    /// are chosen by: a request of two departments is counted once.
    Everything(Arc<Belonging>),
}

/// From so many dimensions on the scopes of everything are added up.
pub const EVERYTHING_FROM: usize = 3;
/// Between the ids where one thing has several, as stored in a searched column.
pub const BETWEEN_IDS: char = ',';

impl Scope {
    /// The kind and the dimensions, as they stand in a searched column.
    pub fn name(request: RequestKind, dimensions: impl Iterator<Item = Dimension>) -> String {
        let names: Vec<&str> = dimensions.map(Into::into).collect();
        format!("{request}:{}", names.join(","))
    }

    /// What requests of the scope have in common, in the order of dimensions, as stored in searched
    /// columns.
    pub fn parts(&self) -> Vec<(Dimension, String)> {
        let part = |(dimension, id): &(Dimension, Uuid)| (*dimension, id.to_string());
        match &self.common {
            Common::Nothing => Vec::new(),
            Common::One(one) => vec![part(one)],
            Common::Two(one, other) => vec![part(one), part(other)],
            Common::Everything(belonging) => Dimension::iter()
                .map(|dimension| {
                    let ids = belonging.ids(dimension);
                    let texts: Vec<String> = ids.iter().map(Uuid::to_string).collect();
                    (dimension, texts.join(&BETWEEN_IDS.to_string()))
                })
                .collect(),
        }
    }

    /// Every scope that a request belongs to. A request of two departments is in both, and one for two
    /// products is of both.
    pub fn all_of(belonging: &Belonging) -> Vec<Self> {
        let scope = |common| Self { request: belonging.request, common };
        let of = |dimension| {
            let ids = belonging.ids(dimension).into_iter();
            ids.map(move |id| (dimension, id))
        };
        let single: Vec<(Dimension, Uuid)> = Dimension::iter().flat_map(of).collect();
        let mut scopes = vec![scope(Common::Nothing)];
        for (index, one) in single.iter().enumerate() {
            scopes.push(scope(Common::One(*one)));
            let others = single[index + 1..].iter().filter(|other| other.0 != one.0);
            scopes.extend(others.map(|other| scope(Common::Two(*one, *other))));
        }
        scopes.push(scope(Common::Everything(Arc::new(belonging.clone()))));
        scopes
    }
}
