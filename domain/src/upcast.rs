//! Old versions of events, brought to the current form as they are read. What is stored stays.
//!
//! An event version is a whole number. When a storage format changes, the new code writes the next
//! version, an [`Upcaster`] is added here, and a frozen sample of each version must decode for ever.

use serde_json::{Value, json};

use crate::event::{Event, UnreadableEvent};

/// Turns one version of one event type into the next.
#[derive(Debug, Clone, Copy)]
pub struct Upcaster {
    /// The stored event type.
    pub event_type: &'static str,
    /// The version that it reads.
    pub from: u32,
    /// Gives the payload of the version `from + 1`.
    pub apply: fn(Value) -> Value,
}

/// Every upcaster, in the order of versions.
pub const UPCASTERS: &[Upcaster] = &[
    Upcaster {
        event_type: "catalogue.calendar_defined",
        from: 1,
        // Every day was like its weekday, and nothing was measured that it could be too late for.
        apply: |mut old| {
            if let Some(fields) = old["catalogue.calendar_defined"].as_object_mut() {
                fields.insert("special_days".to_owned(), Value::Array(Vec::new()));
                fields.insert("in_force_from".to_owned(), Value::Null);
            }
            old
        },
    },
    Upcaster {
        event_type: "catalogue.product_defined",
        from: 1,
        // A minimum deposit was said in one currency.
        apply: |mut old| {
            if let Some(fields) = old["catalogue.product_defined"].as_object_mut() {
                let one = fields.remove("minimum_deposit").filter(|deposit| !deposit.is_null());
                fields.insert("minimum_deposits".to_owned(), one.into_iter().collect());
            }
            old
        },
    },
    Upcaster {
        event_type: "licence.granted",
        from: 1,
        // There were no keys yet, so a licence was bound to no account, and no applications.
        apply: |mut old| {
            if let Some(fields) = old["licence.granted"].as_object_mut() {
                let of = fields.get("customer_id").cloned().unwrap_or_default();
                let none = json!({ "of": of, "plain": [] });
                fields.insert("account_numbers".to_owned(), none);
                fields.insert("application_id".to_owned(), Value::Null);
            }
            old
        },
    },
    Upcaster {
        event_type: "ticket.time_logged",
        from: 1,
        // When time was logged without a word on charging, nobody had to agree to it.
        apply: |mut old| {
            if let Some(fields) = old["ticket.time_logged"].as_object_mut() {
                fields.insert("charging".to_owned(), Value::String("allowed".to_owned()));
            }
            old
        },
    },
];

/// An event as it is stored.
#[derive(Debug, Clone, Copy)]
pub struct Stored<'a> {
    /// The type of its aggregate.
    pub aggregate_type: &'a str,
    /// Its own type.
    pub event_type: &'a str,
    /// The version of its format.
    pub event_version: &'a str,
    /// Its content.
    pub payload: &'a str,
}

impl Stored<'_> {
    /// Reads the event, whatever its version, through `upcasters`.
    ///
    /// # Errors
    /// [`UnreadableEvent`] where the version is no number, the type is unknown or the payload does
    /// not fit it.
    pub fn read(self, upcasters: &[Upcaster]) -> Result<Event, UnreadableEvent> {
        let version = parse_version(self.event_version)?;
        if version == newest(upcasters, self.event_type) {
            return Event::decode(self.aggregate_type, self.payload);
        }
        let payload = serde_json::from_str(self.payload)?;
        let payload = current(upcasters, self.event_type, self.event_version, payload)?;
        Event::decode(self.aggregate_type, &payload.to_string())
    }
}

/// Brings a payload of any version to the current one.
///
/// # Errors
/// [`UnreadableEvent::Version`] where the version is not a whole number, or one that this program
/// does not know: a newer one has written it, and reading it half would be reading it wrong.
pub fn current(
    upcasters: &[Upcaster],
    event_type: &str,
    event_version: &str,
    mut payload: Value,
) -> Result<Value, UnreadableEvent> {
    let mut version = parse_version(event_version)?;
    while let Some(upcaster) = find(upcasters, event_type, version) {
        payload = (upcaster.apply)(payload);
        version += 1;
    }
    if version == newest(upcasters, event_type) {
        Ok(payload)
    } else {
        Err(UnreadableEvent::Version(event_version.to_owned()))
    }
}

/// The version that is written now: the first, and one more with every change of the format.
fn newest(upcasters: &[Upcaster], event_type: &str) -> u32 {
    upcasters
        .iter()
        .filter(|upcaster| upcaster.event_type == event_type)
        .fold(1, |last, _| last + 1)
}

fn parse_version(text: &str) -> Result<u32, UnreadableEvent> {
    text.parse().map_err(|_| UnreadableEvent::Version(text.to_owned()))
}

fn find<'a>(upcasters: &'a [Upcaster], event_type: &str, from: u32) -> Option<&'a Upcaster> {
    upcasters.iter().find(|upcaster| upcaster.event_type == event_type && upcaster.from == from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customer::CustomerEvent;

    /// A made-up history: version 1 had no person on the name, version 2 called it `title`.
    const HISTORY: &[Upcaster] = &[
        Upcaster {
            event_type: "customer.registered",
            from: 1,
            apply: |mut old| {
                let fields = &mut old["customer.registered"];
                let person = fields["customer_id"].clone();
                fields["title"] = json!({ "of": person, "plain": fields["name"].take() });
                old
            },
        },
        Upcaster {
            event_type: "customer.registered",
            from: 2,
            apply: |mut old| {
                let fields = &mut old["customer.registered"];
                fields["name"] = fields["title"].take();
                if let Some(fields) = fields.as_object_mut() {
                    fields.remove("title");
                }
                old
            },
        },
    ];

    fn read(version: &str, payload: &Value) -> Result<Event, UnreadableEvent> {
        let stored = Stored {
            aggregate_type: "customer",
            event_type: "customer.registered",
            event_version: version,
            payload: &payload.to_string(),
        };
        stored.read(HISTORY)
    }

    #[test]
    fn every_version_reads_as_the_current_one() {
        let id = "00000000-0000-0000-0000-000000000007";
        let name = json!({ "of": id, "plain": "Customer" });
        let of_version = [
            ("1", json!({ "customer_id": id, "name": "Customer" })),
            ("2", json!({ "customer_id": id, "title": name })),
            ("3", json!({ "customer_id": id, "name": name })),
        ];
        for (version, fields) in of_version {
            let event = read(version, &json!({ "customer.registered": fields }));
            let Ok(Event::Customer(CustomerEvent::Registered { name, .. })) = event else {
                panic!("version {version} does not read: {event:?}");
            };
            assert_eq!(name.shown(), "Customer");
        }
    }

    #[test]
    fn a_version_that_is_none_or_not_known_yet_is_a_fault() {
        let id = "00000000-0000-0000-0000-000000000007";
        let fields = json!({ "customer_id": id, "name": { "of": id, "plain": "Customer" } });
        for version in ["one", "", "-1", "0", "4", "4000000000"] {
            let event = read(version, &json!({ "customer.registered": fields }));
            assert!(matches!(event, Err(UnreadableEvent::Version(_))), "{version}: {event:?}");
        }
    }
}
