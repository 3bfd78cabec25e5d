//! Places for what lasts: connections, and subscriptions on them. There are so many in all, and so
//! many for each holder, so that none keeps the others out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

/// So many places in all and for each holder.
#[derive(Debug, Clone)]
pub struct Places {
    in_all: usize,
    each: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    in_all: usize,
    by: HashMap<Uuid, usize>,
}

/// A place that is taken until this is dropped.
#[derive(Debug)]
pub struct Place {
    holder: Uuid,
    taken: Arc<Mutex<Taken>>,
}

impl Places {
    /// None is taken yet.
    pub fn new(in_all: usize, each: usize) -> Self {
        Self { in_all, each, taken: Arc::default() }
    }

    /// Takes a place. None if none is left, or none for this holder.
    pub fn take(&self, holder: Uuid) -> Option<Place> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let has = taken.by.get(&holder).copied().unwrap_or(0);
        if taken.in_all >= self.in_all || has >= self.each {
            return None;
        }
        taken.in_all += 1;
        taken.by.insert(holder, has + 1);
        Some(Place { holder, taken: self.taken.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.in_all = taken.in_all.saturating_sub(1);
        if let Some(has) = taken.by.get_mut(&self.holder) {
            *has = has.saturating_sub(1);
            if *has == 0 {
                taken.by.remove(&self.holder);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bounded_in_all_and_for_each_and_come_back() {
        let places = Places::new(3, 2);
        let [one, other, third] = [1, 2, 3].map(Uuid::from_u128);
        let first = places.take(one).expect("the first");
        let _second = places.take(one).expect("the second");
        assert!(places.take(one).is_none(), "no more for one");
        let _third = places.take(other).expect("another's");
        assert!(places.take(third).is_none(), "no more in all");
        drop(first);
        assert!(places.take(third).is_some());
        assert_eq!(places.taken.lock().expect("whole").by.len(), 2, "who has none is forgotten");
    }
}
