//! Nobody sees or does what is not theirs (`quality.md` Q4). The schema itself names what there is
//! to try; a field or mutation that is missing in these tables fails the tests.

mod fields;
mod notes;
mod operations;
mod tokens;
