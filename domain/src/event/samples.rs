//! The frozen samples in `tests/events`: one of every event in every version that was ever stored,
//! as it was stored. They decode for ever, or logs out there do not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cqrs_es::{Aggregate, DomainEvent};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use strum::VariantNames;

use super::Event;
use crate::access::{AccessEvent, ApiToken};
use crate::billing::{AccountEvent, SupportAccount, SupportTerms, TermsEvent};
use crate::catalogue::{Catalogue, CatalogueEvent};
use crate::customer::{Customer, CustomerEvent};
use crate::file::{File, FileEvent};
use crate::identity::{EmailClaim, EmailClaimEvent, Login, LoginEvent};
use crate::licensing::{
    Application, ApplicationEvent, Licence, LicenceEvent, Release, ReleaseEvent, SigningKeys,
    SigningKeysEvent, TradingAccount, TradingAccountEvent,
};
use crate::staff::{StaffEvent, StaffMember};
use crate::ticket::{Ticket, TicketEvent};
use crate::upcast::{Stored, UPCASTERS};

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    aggregate_type: String,
    event_type: String,
    event_version: String,
    payload: Value,
}

/// A sample is of one version only, and its name says of which. A further sample of that version,
/// with a field that was added later, has the field's name behind it.
#[test]
fn every_sample_decodes_for_ever() {
    for (file, sample) in samples() {
        let name = format!("{}.v{}.", sample.event_type, sample.event_version);
        assert!(file.starts_with(&name), "{file}");
        let event = read(&sample).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(event.event_type(), sample.event_type, "{file}");
    }
}

/// The tag in the payload is thereby the event's type as well. A sample of a version before the
/// current one cannot come back the same; it reads as its successors do.
#[test]
fn every_sample_of_the_current_version_is_what_would_be_stored_today() {
    for (file, sample) in samples() {
        let event = read(&sample).unwrap_or_else(|error| panic!("{file}: {error}"));
        let today = stored_today(&event);
        if today.event_version == sample.event_version {
            assert_eq!(today, sample, "{file}");
        }
    }
}

#[test]
fn every_event_has_a_sample_of_its_current_version() {
    let samples = samples();
    let is_current = |sample: &&Sample| {
        read(sample).is_ok_and(|event| stored_today(&event).event_version == sample.event_version)
    };
    let current = samples.values().filter(is_current);
    let frozen: BTreeSet<_> = current.map(|sample| sample.event_type.as_str()).collect();
    let features = [
        TicketEvent::VARIANTS,
        CatalogueEvent::VARIANTS,
        StaffEvent::VARIANTS,
        CustomerEvent::VARIANTS,
        AccessEvent::VARIANTS,
        LicenceEvent::VARIANTS,
        TradingAccountEvent::VARIANTS,
        ApplicationEvent::VARIANTS,
        TermsEvent::VARIANTS,
        AccountEvent::VARIANTS,
        SigningKeysEvent::VARIANTS,
        ReleaseEvent::VARIANTS,
        EmailClaimEvent::VARIANTS,
        LoginEvent::VARIANTS,
        FileEvent::VARIANTS,
    ];
    assert_eq!(features.len(), Event::VARIANTS.len(), "a feature is missing from this list");
    let known: BTreeSet<_> = features.into_iter().flatten().copied().collect();
    assert_eq!(frozen, known);
}

/// Every file of the folder, by its name.
fn samples() -> BTreeMap<String, Sample> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/events");
    let files = std::fs::read_dir(&folder).expect("the folder of the samples is there");
    let read = |file: std::fs::DirEntry| {
        let name = file.file_name().into_string().expect("a name in UTF-8");
        let text = std::fs::read_to_string(file.path()).expect("a text");
        let sample = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, sample)
    };
    files.map(|file| read(file.expect("a readable folder"))).collect()
}

fn read(sample: &Sample) -> Result<Event, super::UnreadableEvent> {
    let stored = Stored {
        aggregate_type: &sample.aggregate_type,
        event_type: &sample.event_type,
        event_version: &sample.event_version,
        payload: &sample.payload.to_string(),
    };
    stored.read(UPCASTERS)
}

fn stored_today(event: &Event) -> Sample {
    match event {
        Event::Ticket(event) => stored::<Ticket>(event),
        Event::Catalogue(event) => stored::<Catalogue>(event),
        Event::Staff(event) => stored::<StaffMember>(event),
        Event::Customer(event) => stored::<Customer>(event),
        Event::Access(event) => stored::<ApiToken>(event),
        Event::Licence(event) => stored::<Licence>(event),
        Event::TradingAccount(event) => stored::<TradingAccount>(event),
        Event::Application(event) => stored::<Application>(event),
        Event::Terms(event) => stored::<SupportTerms>(event),
        Event::Account(event) => stored::<SupportAccount>(event),
        Event::SigningKeys(event) => stored::<SigningKeys>(event),
        Event::Release(event) => stored::<Release>(event),
        Event::EmailClaim(event) => stored::<EmailClaim>(event),
        Event::Login(event) => stored::<Login>(event),
        Event::File(event) => stored::<File>(event),
    }
}

fn stored<A: Aggregate>(event: &A::Event) -> Sample
where
    A::Event: DomainEvent + Serialize,
{
    Sample {
        aggregate_type: A::TYPE.to_owned(),
        event_type: event.event_type(),
        event_version: event.event_version(),
        payload: serde_json::to_value(event).expect("every event can be stored"),
    }
}
