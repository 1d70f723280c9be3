//! The errors of a session.

use super::own_statements::OwnStatementsError;
use crate::inventory::decision_files::DecisionFilesError;
use crate::secret::SecretId;
use crate::yaml::FileError;

/// An answer cannot be given or taken back.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The inventory, the policy or the register cannot be read.
    #[error("{0}")]
    Load(anyhow::Error),
    /// A file of statements has a mistake.
    #[error(transparent)]
    Decisions(#[from] FileError),
    /// The files of statements cannot be listed.
    #[error(transparent)]
    Files(#[from] DecisionFilesError),
    /// The file of this person cannot be read or written.
    #[error(transparent)]
    Own(#[from] OwnStatementsError),
    /// An outcome without a reason.
    #[error("an outcome needs a reason")]
    NoReason,
    /// No secrets.
    #[error("the answer is about no secret")]
    NoSecrets,
    /// A secret does not exist any more.
    #[error("{0} is not in the inventory any more")]
    Gone(SecretId),
    /// A name for several secrets.
    #[error("a name belongs to one secret")]
    NameOfSeveral,
    /// A file has changed since the front end showed the secrets.
    #[error("files of the inventory have changed and were read again: look at the question again")]
    Changed,
    /// There is no answer of this session.
    #[error("there is no answer of this session to take back")]
    NothingToUndo,
}
