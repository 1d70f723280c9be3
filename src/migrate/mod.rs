//! Migration into AWS Secrets Manager: plan, import and verification.
//!
//! `plan` compares the decided inventory with the account and reads no value. `import` reads each
//! value again from its source, sends it and reads it back; `journal` makes that resumable.
//! `verify` compares inventory and journal with the account later. `call_pacer` keeps all calls
//! within the account's rates, `bounded_tasks` limits how many run at once. Only this module is
//! async; only `aws` names the SDK.

pub mod aws;
mod bounded_tasks;
pub mod call_pacer;
pub mod check_extent;
mod checked_client;
pub mod client;
pub mod client_error;
pub mod import;
pub mod journal;
pub mod plan;
pub mod plan_problem;
mod rotation;
mod secret_comparison;
mod secret_list;
mod token_bucket;
pub mod verify;
