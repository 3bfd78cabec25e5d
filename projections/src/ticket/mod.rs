//! Questions about tickets.

pub mod agent_load;
pub mod customer_tickets;
pub mod department_queue;
pub mod ticket_details;
pub mod ticket_search;
pub mod time_entries;
pub mod timeline;

use servicedesk_domain::kernel::Moment;
use servicedesk_domain::ticket::Status;

/// A ticket's human number, for example `SD-000123` (T1).
pub fn human_number(serial: i64) -> String {
    format!("SD-{serial:06}")
}

/// Reads a human number, in capitals or not.
pub fn serial_of(number: &str) -> Option<i64> {
    let digits = number.strip_prefix("SD-").or_else(|| number.strip_prefix("sd-"))?;
    let is_plain = digits.len() >= 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|serial| is_plain && *serial > 0)
}

/// A status as stored in a searched column.
pub(crate) const fn status_name(status: Status) -> &'static str {
    match status {
        Status::New => "new",
        Status::Assigned => "assigned",
        Status::InProgress => "in_progress",
        Status::WaitingOnCustomer => "waiting_on_customer",
        Status::Resolved => "resolved",
        Status::Closed => "closed",
        Status::Reopened => "reopened",
    }
}

/// A moment as stored in a searched column: microseconds since 1970.
pub(crate) const fn micros(moment: Moment) -> i64 {
    moment.timestamp_micros()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_human_number_reads_back() {
        assert_eq!(human_number(123), "SD-000123");
        assert_eq!(human_number(1_234_567), "SD-1234567");
        for serial in [1, 123, 999_999, 1_000_000] {
            assert_eq!(serial_of(&human_number(serial)), Some(serial));
        }
        for bad in ["123", "SD-", "SD-12", "SD-00012x", "SD--00012", "SD-+00012", "SD-000000"] {
            assert_eq!(serial_of(bad), None, "{bad}");
        }
    }
}
