//! The import. It creates the secret of each entry of a plan exactly once, even if the import is
//! interrupted and repeated.
//!
//! The request token makes a repetition safe. An entry always has the same token, so a repeated
//! CreateSecret changes nothing, and a secret that has a version with that id is provably ours. The
//! journal makes the import resumable.

mod dry_run;
mod entry_import;
mod entry_value;
mod failure_streak;
mod import_job;
mod import_outcome;
mod import_run;
mod journal_entry;

pub use dry_run::dry_run;
pub use import_job::{ImportJob, ImportRefused, ImportSettings, ReadError, ReadValue, check_job};
pub use import_outcome::{
    EntryOutcome, EntryStatus, Failure, FailureReason, FatalError, ImportSummary, Proof,
};
pub use import_run::import;
