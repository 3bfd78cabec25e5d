//! Which of two versions is the newer one: what the publisher's numbers say, whenever each was
//! published. A patch for last year's version does not become the current one.

use std::cmp::Ordering;

/// A version as it is compared. Numbers count as numbers, so that 1.10 is after 1.9; a word
/// behind a hyphen makes it a preview, which comes before the version itself, so that 2.0-rc1 is
/// before 2.0; what stands behind a plus sign says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionOrder {
    release: Vec<Part>,
    preview: Vec<Part>,
}

/// A run of letters or digits. A word comes before a number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Word(String),
    /// Without zeros before it: the longer one is the larger one.
    Number(usize, String),
}

impl VersionOrder {
    /// How a version compares with others.
    pub fn of(version: &str) -> Self {
        let (version, _build) = version.split_once('+').unwrap_or((version, ""));
        let starts_preview = |at: &usize| {
            let next = version.as_bytes().get(at + 1);
            next.is_some_and(u8::is_ascii_alphabetic)
        };
        let hyphen = version.match_indices('-').map(|(at, _)| at).find(starts_preview);
        let (release, preview) = hyphen.map_or((version, ""), |at| version.split_at(at));
        let release = release.strip_prefix(['v', 'V']).unwrap_or(release);
        let mut release = parts(release);
        let zero = Part::Number(0, String::new());
        while release.last() == Some(&zero) {
            release.pop();
        }
        Self { release, preview: parts(preview) }
    }

    /// Whether it is what comes before a version, such as 2.0-rc1.
    pub const fn is_preview(&self) -> bool {
        !self.preview.is_empty()
    }
}

impl Ord for VersionOrder {
    fn cmp(&self, other: &Self) -> Ordering {
        let release = self.release.cmp(&other.release);
        let preview = || self.preview.cmp(&other.preview);
        release.then_with(|| other.is_preview().cmp(&self.is_preview())).then_with(preview)
    }
}

impl PartialOrd for VersionOrder {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    for segment in text.split(|c: char| !c.is_ascii_alphanumeric()) {
        let bytes = segment.as_bytes();
        for run in bytes.chunk_by(|one, next| one.is_ascii_digit() == next.is_ascii_digit()) {
            let run = String::from_utf8_lossy(run).to_ascii_lowercase();
            parts.push(if run.starts_with(|c: char| c.is_ascii_digit()) {
                let digits = run.trim_start_matches('0');
                Part::Number(digits.len(), digits.to_owned())
            } else {
                Part::Word(run)
            });
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_in_the_order_that_their_numbers_say() {
        let ordered = [
            "0.9",
            "1.0-alpha",
            "1.0-alpha.2",
            "1.0-alpha.10",
            "1.0-beta",
            "1.0-rc1",
            "1.0-rc2",
            "1.0",
            "1.0.1",
            "1.2",
            "1.9.5",
            "1.10",
            "2.0-rc1",
            "2.0",
            "2.0.1",
            "10.0",
            "2026-03-01",
            "2026.11.27",
            "18446744073709551616",
        ];
        for (index, one) in ordered.iter().enumerate() {
            for (other_index, other) in ordered.iter().enumerate() {
                let order = VersionOrder::of(one).cmp(&VersionOrder::of(other));
                assert_eq!(order, index.cmp(&other_index), "{one} {other}");
            }
        }
        for (one, other) in [
            ("1.0", "1"),
            ("v2.0", "2.0.0"),
            ("1.0+7", "1.0+8"),
            ("1.01", "1.1"),
            ("1_2", "1.2"),
            ("1.0-RC1", "1.0-rc.1"),
        ] {
            let order = VersionOrder::of(one).cmp(&VersionOrder::of(other));
            assert_eq!(order, Ordering::Equal, "{one} {other}");
        }
    }
}
