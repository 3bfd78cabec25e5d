//! What callers have left to spend: a leaky bucket for each.

use std::sync::{Arc, Mutex, PoisonError};

use quick_cache::sync::Cache;
use servicedesk_domain::kernel::Moment;
use uuid::Uuid;

use crate::error::ApiError;

/// How many callers' buckets are remembered; one that is forgotten is full again.
const REMEMBERED: usize = 100_000;

/// What was available, and when.
type Bucket = Arc<Mutex<(f64, Moment)>>;

/// What callers have left to spend.
#[derive(Debug, Clone)]
pub struct Buckets {
    capacity: f64,
    restore_rate: f64,
    known: Arc<Cache<Uuid, Bucket>>,
}

impl Buckets {
    /// Buckets that are all full: how much each holds, and how much it gets back a second.
    pub fn new(capacity: f64, restore_rate: f64) -> Self {
        Self { capacity, restore_rate, known: Arc::new(Cache::new(REMEMBERED)) }
    }

    /// How much a full bucket holds.
    pub const fn capacity(&self) -> f64 {
        self.capacity
    }

    /// How much a bucket gets back a second.
    pub const fn restore_rate(&self) -> f64 {
        self.restore_rate
    }

    /// Spends `cost` (gives back, where it is negative), if there is as much, and tells what is
    /// left.
    ///
    /// # Errors
    /// `Throttled` where there is not.
    pub fn spend(&self, caller: Uuid, cost: f64, now: Moment) -> Result<f64, ApiError> {
        let full = || Ok::<_, ApiError>(Arc::new(Mutex::new((self.capacity, now))));
        let bucket = self.known.get_or_insert_with(&caller, full)?;
        let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = (now - bucket.1).as_seconds_f64().max(0.0);
        let restored = seconds.mul_add(self.restore_rate, bucket.0);
        let available = restored.min(self.capacity);
        // If the clock was set back, time is counted from there on.
        *bucket = (available, now);
        if cost > available {
            return Err(ApiError::Throttled);
        }
        bucket.0 = (available - cost).min(self.capacity);
        Ok(bucket.0)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let buckets = Buckets::new(100.0, 10.0);
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let start = Moment::UNIX_EPOCH;
        assert_eq!(buckets.spend(one, 70.0, start), Ok(30.0));
        assert_eq!(buckets.spend(one, 40.0, start), Err(ApiError::Throttled));
        assert_eq!(buckets.spend(other, 100.0, start), Ok(0.0));
        assert_eq!(buckets.spend(one, 40.0, start + TimeDelta::seconds(1)), Ok(0.0));
        // It never holds more than when it was full, however much is given back.
        assert_eq!(buckets.spend(one, -500.0, start + TimeDelta::days(1)), Ok(100.0));
    }

    #[test]
    fn a_bucket_fills_although_the_clock_was_set_back() {
        let buckets = Buckets::new(100.0, 10.0);
        let (one, start) = (Uuid::from_u128(1), Moment::UNIX_EPOCH + TimeDelta::days(1));
        assert_eq!(buckets.spend(one, 100.0, start), Ok(0.0));
        let earlier = start - TimeDelta::hours(1);
        assert_eq!(buckets.spend(one, 1.0, earlier), Err(ApiError::Throttled));
        assert_eq!(buckets.spend(one, 10.0, earlier + TimeDelta::seconds(1)), Ok(0.0));
    }
}
