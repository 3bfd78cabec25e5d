//! Ids that follow from what a file says, so that reading it again means the same things again.
//!
//! Everything is named below the mapping's name: two help desks that both have a `Case 1` or a
//! `Value 2` keep them apart.

use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::staff::StaffMemberId;
use servicedesk_domain::ticket::{MessageId, TicketId, TimeEntryId};
use servicedesk_eventlog::{CommandId, Origin};
use sha2::{Digest, Sha256};
use uuid::Uuid;

const MAX_SLUG_CHARACTERS: usize = 40;

/// The names below one mapping.
#[derive(Debug, Clone)]
pub(super) struct Names {
    mapping: String,
    root: Uuid,
}

impl Names {
    pub(super) fn new(mapping: &str) -> Self {
        let full = format!("servicedesk/import/{mapping}");
        let root = Uuid::new_v5(&Uuid::NAMESPACE_URL, full.as_bytes());
        Self { mapping: mapping.to_owned(), root }
    }

    /// What everything of this import has in common.
    pub(super) fn correlation_id(&self) -> Uuid {
        self.root
    }

    pub(super) fn ticket_id(&self, case: &str) -> TicketId {
        TicketId::named(&self.below(case))
    }

    pub(super) fn staff_member_id(&self, value: &str) -> StaffMemberId {
        StaffMemberId::named(&self.below(value))
    }

    pub(super) fn customer_id(&self, value: &str) -> CustomerId {
        CustomerId::named(&self.below(value))
    }

    /// The id of the one entry of work that a line may leave.
    pub(super) fn time_entry_id(&self, command_id: CommandId) -> TimeEntryId {
        TimeEntryId::named(&self.below(&command_id.id.to_string()))
    }

    /// The id of the hold on the tickets of a file.
    pub(super) fn hold_id(&self, digest: &str) -> Uuid {
        self.command_id(["hold", digest]).id
    }

    /// The id of the one message that a line may leave.
    pub(super) fn message_id(&self, command_id: CommandId) -> MessageId {
        MessageId::named(&self.below(&command_id.id.to_string()))
    }

    /// The command that `parts` name. Each part counts with its length, so that no two lists of
    /// parts are confused.
    pub(super) fn command_id<'a>(&self, parts: impl IntoIterator<Item = &'a str>) -> CommandId {
        let mut name = Vec::new();
        for part in parts {
            name.extend((part.len() as u64).to_be_bytes());
            name.extend(part.as_bytes());
        }
        CommandId { id: Uuid::new_v5(&self.root, &name), origin: Origin::Repeatable }
    }

    fn below(&self, name: &str) -> String {
        format!("import/{}/{name}", self.mapping)
    }
}

/// Tells two commands apart that are given one id. The id is made of the command's whole content,
/// so its own bits will do.
pub(super) fn fingerprint(command_id: CommandId) -> i64 {
    i64::from_be_bytes(digest(command_id.id.as_bytes()))
}

/// A value as it may stand in a code of the catalogue: small Latin letters, digits and hyphens.
/// Where that loses more than case, spaces and hyphens, a few characters of the value's digest keep
/// values apart that would look the same.
pub(super) fn slug(value: &str) -> String {
    let mut slug = String::new();
    let mut is_lossy = false;
    for character in value.trim().chars() {
        if character.is_ascii_alphanumeric() {
            slug.push(character.to_ascii_lowercase());
        } else {
            is_lossy |= !matches!(character, ' ' | '-' | '_');
            if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
    }
    let slug = slug.trim_end_matches('-');
    if !is_lossy && slug.len() <= MAX_SLUG_CHARACTERS {
        return slug.to_owned();
    }
    let kept = slug[..slug.len().min(MAX_SLUG_CHARACTERS)].trim_end_matches('-');
    let mark = u64::from_be_bytes(digest(value.trim().as_bytes())) >> 32;
    if kept.is_empty() { format!("{mark:08x}") } else { format!("{kept}-{mark:08x}") }
}

fn digest(bytes: &[u8]) -> [u8; 8] {
    let mut first = [0; 8];
    first.copy_from_slice(&Sha256::digest(bytes)[..8]);
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_a_code_and_keeps_values_apart() {
        assert_eq!(slug(" Value 12 "), "value-12");
        assert_eq!(slug("A - b_c"), "a-b-c");
        assert!(slug("Робот").len() == 8 && slug("Робот") != slug("Робот 2"));
        assert!(slug("C++").starts_with("c-") && slug("C++") != slug("C#"));
        let long = slug(&"long ".repeat(30));
        assert!(long.len() <= MAX_SLUG_CHARACTERS + 9, "{long}");
    }

    #[test]
    fn ids_are_kept_apart_by_mapping_and_by_parts() {
        let (one, other) = (Names::new("one"), Names::new("other"));
        assert_eq!(one.ticket_id("Case 1"), Names::new("one").ticket_id("Case 1"));
        assert_ne!(one.ticket_id("Case 1"), other.ticket_id("Case 1"));
        assert_ne!(one.command_id(["ab", "c"]), one.command_id(["a", "bc"]));
        assert_ne!(fingerprint(one.command_id(["a"])), fingerprint(one.command_id(["b"])));
    }
}
