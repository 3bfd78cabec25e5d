//! Values for the inputs of the schema: sound ones, ones at the edges of what is allowed, and ones
//! that are of no use at all.

use async_graphql::Name;
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use serde_json::{Map, Value, json};

/// A value that was drawn, to be written into a document or sent as a variable.
#[derive(Debug, Clone)]
pub(super) enum Drawn {
    Plain(Value),
    Enum(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl Drawn {
    /// The value in a document.
    pub(super) fn literal(&self) -> String {
        match self {
            Self::Plain(value) => value.to_string(),
            Self::Enum(name) => name.clone(),
            Self::List(values) => {
                let values: Vec<String> = values.iter().map(Self::literal).collect();
                format!("[{}]", values.join(", "))
            }
            Self::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| {
                    let value = value.literal();
                    format!("{name}: {value}")
                });
                format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// The value as a variable.
    pub(super) fn json(&self) -> Value {
        match self {
            Self::Plain(value) => value.clone(),
            Self::Enum(name) => json!(name),
            Self::List(values) => values.iter().map(Self::json).collect(),
            Self::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| (name.clone(), value.json()));
                Value::Object(fields.collect::<Map<_, _>>())
            }
        }
    }
}

/// A value of no type in particular.
pub(super) fn any_value(random: &mut StdRng) -> Drawn {
    match random.random_range(0..8) {
        0 => Drawn::Plain(Value::Null),
        1 => Drawn::Plain(json!(random.random::<bool>())),
        2 => Drawn::Plain(json!(random.random::<i64>())),
        3 => Drawn::Plain(json!(random.random::<f64>() * 1e300)),
        4 => Drawn::List(Vec::new()),
        5 => Drawn::Object(vec![("a".to_owned(), Drawn::Enum("B".to_owned()))]),
        6 => Drawn::Enum("NOTHING".to_owned()),
        _ => Drawn::Plain(json!(text(random))),
    }
}

/// A value of a scalar type for an input of this name.
pub(super) fn scalar(name: &Name, type_name: &Name, random: &mut StdRng) -> Drawn {
    let mut one_of = |values: &[&str]| json!(values.choose(random).expect("one"));
    Drawn::Plain(match (type_name.as_str(), name.as_str()) {
        ("Int", "first" | "last") => json!([1, 2, 3, 10, 100, 101, 0].choose(random).expect("one")),
        ("Int", _) => json!(INTEGERS.choose(random).expect("one")),
        ("Float", _) => json!(random.random::<f64>()),
        ("Boolean", _) => json!(random.random::<bool>()),
        ("DateTime", _) => one_of(MOMENTS),
        ("NaiveDate", _) => one_of(DAYS),
        ("Month", _) => one_of(MONTHS),
        ("UUID", _) => {
            json!(format!("01234567-89ab-4def-8123-{:012x}", random.random_range(0..999)))
        }
        ("EventPosition", _) => one_of(POSITIONS),
        (_, "amount") => one_of(AMOUNTS),
        (_, "currency") => one_of(CURRENCIES),
        (_, "timeZone") => one_of(&["Europe/Moscow", "UTC", "America/New_York", "Mars/Base"]),
        (_, "from" | "until") => one_of(&["09:00", "18:00", "24:00", "00:00", "25:00"]),
        (_, "accountNumber" | "accountNumbers") => one_of(&["12345678", "1", "1 2", "9"]),
        (_, "sha256") => one_of(&[SHA256, "", "zz"]),
        (_, "version") => one_of(&["1.0", "2.10", "2.9", "v", "1.0-beta"]),
        (_, "number") => one_of(&["SD-000001", "SD-000002", "AP-000001", "SD-0", "x"]),
        (_, "csv") => one_of(REPORTS),
        (_, "iCalendar" | "holidays") => one_of(CALENDARS),
        _ => json!(text(random)),
    })
}

const INTEGERS: &[i32] =
    &[0, 1, 2, 3, 5, 12, 50, 60, 80, 100, 101, 300, 1_440, 1_441, -1, i32::MAX, i32::MIN];
const MOMENTS: &[&str] = &[
    "2024-12-31T21:00:00Z",
    "2025-01-01T00:00:00Z",
    "2025-01-15T10:30:00+03:00",
    "2025-06-01T00:00:00Z",
    "2026-01-01T00:00:00Z",
    "1969-12-31T23:59:59Z",
    "9999-12-31T23:59:59Z",
    "+262142-12-31T23:59:59Z",
    "-262143-01-01T00:00:00Z",
    "2025-02-30T00:00:00Z",
    "",
];
const DAYS: &[&str] =
    &["2025-01-01", "2024-02-29", "2025-02-29", "0000-01-01", "9999-12-31", "+262142-12-31", ""];
const MONTHS: &[&str] =
    &["2024-12", "2025-01", "2025-02", "2025-13", "0000-00", "9999-12", "-0001-01", "2025"];
const POSITIONS: &[&str] = &["0", "1", "7", "-1", "99999999", "9223372036854775807", "x"];
const AMOUNTS: &[&str] = &[
    "5.00",
    "12.50",
    "500",
    "0",
    "-1.00",
    "0.001",
    "1e3",
    "99999999999999999999",
    "9223372036854775807",
    "92233720368547758.07",
    "٣",
    "",
];
const CURRENCIES: &[&str] = &["USD", "USD", "EUR", "RUB", "JPY", "usd", "XXX", "🙂", ""];
const SHA256: &str = "abababababababababababababababababababababababababababababababab";
const REPORTS: &[&str] = &[
    "account,period_from,period_to,trades,deposit,currency\n1,2025-01-01,2025-01-31,3,500,USD\n",
    "account,period_from,period_to,trades,deposit,currency\n1,2025-01-31,2025-01-01,-3,,\n\"",
    "account;trades\n",
    "",
];
const CALENDARS: &[&str] = &[
    "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:New Year\r\nDTSTART;VALUE=DATE:20250101\r\n\
     END:VEVENT\r\nEND:VCALENDAR\r\n",
    "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20250101T000000Z\r\n\
     RRULE:FREQ=DAILY;COUNT=99999999\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    "BEGIN:VEVENT",
    "",
];

fn text(random: &mut StdRng) -> String {
    const TEXTS: &[&str] = &[
        "A text",
        "A reason",
        "Transfer 1",
        "office",
        "",
        " ",
        "\u{0}",
        "\u{1b}[31m",
        "\u{202e}abc",
        "\u{200b}",
        "=1+1",
        "two\nlines",
        "😀",
        "ё",
        "е\u{308}",
        "../a",
        "{ a }",
        "%s' OR 1=1 --",
    ];
    match random.random_range(0..40) {
        0 => "x".repeat(random.random_range(90..12_000)),
        1 => (0..random.random_range(1..20)).map(|_| random.random::<char>()).collect(),
        _ => (*TEXTS.choose(random).expect("one")).to_owned(),
    }
}
