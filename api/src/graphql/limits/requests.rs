//! What reading a request costs, before its JSON is read. A byte of JSON can become a hundred in
//! memory (`[1,1,1,…]`), so its values are counted before any of them is built.

use servicedesk_service::error::ApiError;

/// The largest number of values that a request needs: an import of thousands of days fits.
const MAX_VALUES: usize = 65_536;
/// A point is paid for so many bytes of a request beside its document.
const BYTES_PER_POINT: usize = 1_024;
/// A point is paid for so many values.
const VALUES_PER_POINT: usize = 16;

/// What it costs to read a request's JSON.
///
/// # Errors
/// `BadUserInput` if it has more values than any request needs.
pub fn price(json: &[u8]) -> Result<usize, ApiError> {
    let values = count_values(json);
    if values > MAX_VALUES {
        return Err(ApiError::BadUserInput(format!("a request has at most {MAX_VALUES} values")));
    }
    Ok(1 + json.len() / BYTES_PER_POINT + values / VALUES_PER_POINT)
}

/// About how many values JSON has: its marks outside of strings, each of which begins one at most.
fn count_values(json: &[u8]) -> usize {
    let (mut count, mut is_string, mut is_escaped) = (0, false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_string => is_escaped = true,
            b'"' => is_string = !is_string,
            b',' | b':' | b'[' | b'{' if !is_string => count += 1,
            _ => {}
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_and_what_is_in_strings_is_not() {
        assert_eq!(count_values(br#"{"a": [1, "x,[{\",", {}], "b": null}"#), 8);
        assert_eq!(count_values(br#""\\,", "#), 1);
        let text = format!("{{\"query\": \"{}\"}}", ",".repeat(100_000));
        assert_eq!(price(text.as_bytes()), Ok(1 + text.len() / 1_024));
    }

    #[test]
    fn values_are_paid_and_too_many_are_refused() {
        let list = |count: usize| format!("[{}1]", "1,".repeat(count));
        assert_eq!(price(list(1_600).as_bytes()), Ok(1 + 3 + 100));
        assert!(price(list(65_535).as_bytes()).is_ok());
        assert!(matches!(price(list(65_536).as_bytes()), Err(ApiError::BadUserInput(_))));
    }
}
