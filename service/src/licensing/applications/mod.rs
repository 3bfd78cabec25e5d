//! Applications, the trading accounts they are for, and the evidence by which they are decided.

pub mod deciding;
pub mod evidence;
pub mod facts;
pub mod messages;
pub mod reactions;
pub mod report;
pub mod use_cases;
