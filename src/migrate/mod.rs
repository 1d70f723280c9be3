//! The ferry: what is in the account already, what is to go there, the import itself and the proof that it arrived.
//!
//! `plan` compares the decided inventory with the account and reads no value. `import` re-reads each value from its
//! source, sends it, reads it back; `journal` makes that resumable, `pace` keeps it within the account's rates. `verify`
//! compares later. Only this module is async, and only `aws` names the SDK.

pub mod aws;
mod carry;
pub mod client;
pub mod compare;
pub mod cost;
pub mod import;
pub mod journal;
pub mod pace;
pub mod plan;
mod plan_file;
pub mod plan_problem;
pub mod verify;

pub use plan_file::PlanFileError;
