//! Closing statements (B5).

use super::Decision;
use crate::billing::account::events::{AccountEvent, Totals};
use crate::billing::account::rejection::Rejection;
use crate::billing::account::state::SupportAccount;
use crate::kernel::Month;

/// Makes a month's statement final, when the month is over and those before are closed. Months
/// before it without a line count as closed with it.
pub(super) fn close(account: &SupportAccount, month: Month, current: Month) -> Decision {
    if account.closed_through.is_some_and(|closed| month <= closed) {
        return Err(Rejection::StatementClosed);
    }
    if month >= current {
        return Err(Rejection::MonthNotOver);
    }
    let is_open = |with_lines: &&Month| account.closed_through.is_none_or(|c| **with_lines > c);
    if let Some(first) = account.months.keys().find(is_open).filter(|first| **first < month) {
        return Err(Rejection::EarlierStatementOpen { month: *first });
    }
    let totals: Totals = account.months.get(&month).copied().unwrap_or_default();
    Ok(vec![AccountEvent::StatementClosed { month, totals }])
}
