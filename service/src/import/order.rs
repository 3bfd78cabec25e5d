//! The order of a file's lines, and what one line means for others of its ticket.

use std::cmp::{Ordering, Reverse};
use std::collections::HashMap;

use servicedesk_domain::kernel::Moment;

use super::action::Action;
use super::input::Row;
use super::layout::{Layout, value};

/// The readable lines in the order in which things happened. Those of one moment are in the order
/// of the file, turned round if the file goes from the newest to the oldest; but of each ticket,
/// openings come first and closings last.
pub(super) fn in_time(rows: &[Row], layout: &Layout) -> Vec<usize> {
    let at = |row: usize| rows[row].reading.as_ref().ok().map(|reading| reading.at);
    let mut order: Vec<usize> = (0..rows.len()).filter(|&row| rows[row].reading.is_ok()).collect();
    if is_newest_first(rows, layout) {
        order.sort_by_key(|&row| (at(row), Reverse(row)));
    } else {
        order.sort_by_key(|&row| (at(row), row));
    }
    for moment in order.chunk_by_mut(|&one, &other| at(one) == at(other)) {
        sort_within_tickets(moment, rows, layout);
    }
    order
}

/// Sorts the lines of each ticket by their rank and leaves each ticket its places.
fn sort_within_tickets(moment: &mut [usize], rows: &[Row], layout: &Layout) {
    if moment.len() < 2 {
        return;
    }
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, &row) in moment.iter().enumerate() {
        places.entry(case(&rows[row], layout)).or_default().push(place);
    }
    for places in places.into_values().filter(|places| places.len() > 1) {
        let mut lines: Vec<usize> = places.iter().map(|&place| moment[place]).collect();
        lines.sort_by_key(|&row| rows[row].action().map(Action::rank));
        for (place, row) in places.into_iter().zip(lines) {
            moment[place] = row;
        }
    }
}

/// Whether times fall more often than they rise from a line to the next of the same ticket; if no
/// ticket tells, from any line to the next.
fn is_newest_first(rows: &[Row], layout: &Layout) -> bool {
    let mut last_of_case: HashMap<&str, Moment> = HashMap::new();
    let mut last: Option<Moment> = None;
    let (mut within_tickets, mut overall) = (0_i64, 0_i64);
    for row in rows {
        let Ok(reading) = &row.reading else { continue };
        let at = reading.at;
        if let Some(before) = last_of_case.insert(case(row, layout), at) {
            within_tickets += direction(before, at);
        }
        overall += last.replace(at).map_or(0, |before| direction(before, at));
    }
    if within_tickets == 0 { overall < 0 } else { within_tickets < 0 }
}

fn direction(before: Moment, at: Moment) -> i64 {
    match at.cmp(&before) {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }
}

fn case<'a>(row: &'a Row, layout: &Layout) -> &'a str {
    value(&row.record, layout.case).unwrap_or_default()
}

/// Tells apart lines that say the same of the same ticket at the same moment: the first is 0.
pub(super) fn number_equals(rows: &mut [Row], order: &[usize], layout: &Layout) {
    let mut met: HashMap<Vec<String>, u32> = HashMap::new();
    for &row in order {
        let count = met.entry(rows[row].identity(layout)).or_default();
        rows[row].occurrence = *count;
        *count += 1;
    }
}

/// Marks the lines of tickets whose opening may be a line that cannot be read: opened by what came
/// later, such a ticket would have false times.
pub(super) fn mark_unopened(rows: &mut [Row], order: &[usize], layout: &Layout) {
    let is_newest_first = is_newest_first(rows, layout);
    let mut first_of_case: HashMap<String, usize> = HashMap::new();
    for &row in order {
        first_of_case.entry(case(&rows[row], layout).to_owned()).or_insert(row);
    }
    let mut unopened: HashMap<String, u64> = HashMap::new();
    for (row, line) in rows.iter().enumerate() {
        let Some(&first) = first_of_case.get(case(line, layout)) else { continue };
        let Some(guess) = line.guess else { continue };
        let first_opens = rows[first].action().is_some_and(Action::opens);
        let first_at = rows[first].reading.as_ref().ok().map(|reading| reading.at);
        let surely_opens = guess.action.is_some_and(Action::opens);
        let is_doubtful = guess.action.is_none_or(Action::opens)
            && match guess.at {
                Some(at) if Some(at) == first_at => !first_opens,
                Some(at) => Some(at) < first_at,
                None => (row < first) != is_newest_first || (surely_opens && !first_opens),
            };
        if is_doubtful {
            unopened.entry(case(line, layout).to_owned()).or_insert(line.number);
        }
    }
    for &row in order {
        rows[row].unread_opening = unopened.get(case(&rows[row], layout)).copied();
    }
}
