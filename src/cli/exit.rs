//! Exit codes of the program.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | clean: nothing found, or everything done |
//! | 1 | `scan`: findings; `verify`: differences, or planned secrets that are not in the account; `plan`: entries that cannot be imported; `policy check`: rules that can never apply |
//! | 2 | wrong usage or configuration |
//! | 3 | `scan`, `discover`: something could not be read ([`crate::coverage::shortfall`]); `detectors import`: some rules were not converted |
//! | 4 | failed |
//! | 130 | interrupted |

use std::process::ExitCode;

/// The result of a command, as the code that the process exits with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Nothing found, or everything done.
    Clean = 0,
    /// `scan`: findings; `verify`: differences; `plan`: entries that cannot be imported; `policy check`: rules that
    /// can never apply.
    Findings = 1,
    /// Wrong usage or configuration. Nothing was done.
    Usage = 2,
    /// Something could not be read, or some rules could not be converted.
    Incomplete = 3,
    /// The work failed, or was done in part.
    Failed = 4,
    /// The user interrupted the command.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}
