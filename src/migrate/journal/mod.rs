//! The journal of imports: `journal.jsonl`, one record a line, appended only.
//!
//! Each record holds the SHA-256 of the line before it. It is on disk before the call that it
//! announces is made, and after the call that it reports has ended. An import that is killed at any
//! moment is finished by running it again. One process writes at a time. No record holds a value.

mod journal_error;
mod journal_event;
mod journal_file;
mod journal_history;
#[cfg(test)]
mod tests;

pub use journal_error::{FileOperation, JournalError, LineDamage};
pub use journal_event::{EntryState, JournalEvent, JournalRecord, SCHEMA};
pub use journal_file::Journal;
pub use journal_history::JournalHistory;
