//! What a user should know about the files of an inventory that was opened or saved.

use super::file_names::SCHEMA;

/// A message about the files of an inventory.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreNotice {
    /// The files had an earlier version, and were written in the present one.
    #[error(
        "the inventory was written in format {SCHEMA}: object ids and byte ranges in it are now encrypted\n\
         its earlier versions, for example in git, contain the ids: whoever has them can test guesses of a weak value"
    )]
    Upgraded,
}
