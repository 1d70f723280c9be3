//! Exit codes and the errors that end a command.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | clean: nothing found, or everything done |
//! | 1 | `scan`: findings; `verify`: differences; `plan`: entries that cannot be imported as they are |
//! | 2 | usage or configuration |
//! | 3 | scanned incompletely: something could not be read; `detectors import`: some rules did not come over |
//! | 4 | failed |
//! | 130 | interrupted |

use std::process::ExitCode;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Clean = 0,
    Findings = 1,
    Usage = 2,
    Incomplete = 3,
    Failed = 4,
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// Why a command ended, the exit code it ends with, and what the user can do. The hint stands apart from the message.
#[derive(Debug)]
pub struct CommandError {
    pub exit: Exit,
    pub error: anyhow::Error,
    pub hint: Option<String>,
}

impl CommandError {
    /// Wrong arguments, or a configuration file that cannot be used: nothing was done.
    pub fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit: Exit::Usage,
            error: error.into(),
            hint: None,
        }
    }

    /// The work itself failed.
    pub fn failed(error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit: Exit::Failed,
            error: error.into(),
            hint: None,
        }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<anyhow::Error> for CommandError {
    fn from(error: anyhow::Error) -> Self {
        Self::failed(error)
    }
}

pub type CommandResult = Result<Exit, CommandError>;
