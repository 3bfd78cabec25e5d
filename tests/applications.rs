//! Applications, the monthly rule, evidence and what follows (F1 to F8, R1, R2), through the API on
//! both databases.

mod deciding;
mod evidence;
mod following;
mod measuring;
mod racing;
mod reading;
mod viewer_actions;
