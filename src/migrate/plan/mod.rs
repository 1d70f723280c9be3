//! The plan of an import: the name, tags and key of each secret, and the problems that block it.
//!
//! [`draft`] makes the plan from the inventory alone; [`compare`] then compares it with the
//! account. Neither reads a value.

mod account_comparison;
mod cost_estimate;
mod plan_changes;
mod plan_content;
mod plan_draft;
mod plan_file;
mod plan_input;
mod planned_place;

pub use account_comparison::compare;
pub use cost_estimate::CostEstimate;
pub use plan_changes::{ChangedEntry, PlanChanges};
pub use plan_content::{Class, Entry, ID_TAG, NotPlanned, Plan, SCHEMA, StaleEntry, StoredAs};
pub use plan_draft::draft;
pub use plan_file::PlanFileError;
pub use plan_input::PlanInput;
pub use planned_place::PlannedPlace;
