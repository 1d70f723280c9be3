//! The import: every entry of a plan goes from its source into the account once, however often the
//! import is interrupted.
//!
//! The request token makes it safe: an entry always has the same token, so that a repeated
//! CreateSecret changes nothing, and a secret that has a version of that id is provably ours. The
//! journal makes it resumable.

mod dry_run;
mod entry_import;
mod entry_value;
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
