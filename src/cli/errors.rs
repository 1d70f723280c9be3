//! Errors that end a command. This file contains all conversions from an error of the library to an
//! exit code and a hint.

use super::exit::Exit;
use crate::detect::library::LibraryError;
use crate::inventory::key_file::KeyError;
use crate::inventory::store::StoreError;
use crate::migrate::aws::is_account_assumed;
use crate::migrate::client_error::{Call, ClientError, ErrorKind};
use crate::migrate::import::{FatalError, ImportRefused};

use crate::migrate::journal::JournalError;
use crate::migrate::plan::PlanFileError;
use crate::output::OutputError;
use crate::source::target::TargetError;
use crate::yaml::FileError;

/// The result of a command.
pub type CommandResult = Result<Exit, CommandError>;

/// The error that ended a command, its exit code, and a hint for the user.
#[derive(Debug)]
pub struct CommandError {
    /// Exit code of the process.
    pub exit: Exit,
    /// The failure, with its causes.
    pub error: anyhow::Error,
    /// The action that the user can take. It is not part of the error's message.
    pub hint: Option<String>,
}

impl CommandError {
    /// A wrong argument, or a configuration file that cannot be used. Nothing was done.
    pub fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit: Exit::Usage,
            error: error.into(),
            hint: None,
        }
    }

    /// A failure of the work itself.
    pub fn failed(error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit: Exit::Failed,
            error: error.into(),
            hint: None,
        }
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// An error in the policy.
    pub fn policy(error: FileError) -> Self {
        Self::usage(error).hint("docs/policy.md describes the policy file")
    }

    /// An error in the application register.
    pub fn registry(error: FileError) -> Self {
        Self::usage(error).hint("docs/policy.md describes the register")
    }

    /// An error in `decisions.yaml`.
    pub fn decisions(error: FileError) -> Self {
        Self::usage(error).hint("docs/policy.md describes decisions.yaml")
    }

    /// A file of `detectors import` that is not a rule file of a known scanner.
    pub fn foreign_rules(error: impl Into<anyhow::Error>) -> Self {
        Self::usage(error).hint(
            "the known formats are the TOML of gitleaks and betterleaks, and the YAML of kingfisher and Nosey Parker",
        )
    }

    /// A connection to an AWS account that could not be made. `account_given` says whether the user
    /// named the expected account.
    pub fn connection(error: ClientError, account_given: bool) -> Self {
        use ErrorKind::{InvalidRequest, NoCredentials, UnsafeEndpoint, WrongAccount, WrongRegion};
        let hint = error.kind.hint();
        if error.call == Call::CallerIdentity && is_account_assumed(error.kind) && !account_given {
            return Self::failed(error).hint(format!(
                "{hint}; if only STS is unreachable, give --account"
            ));
        }
        match error.kind {
            // The configuration of the user is wrong, not the service. Nothing was done.
            WrongAccount | WrongRegion | NoCredentials | InvalidRequest | UnsafeEndpoint => {
                Self::usage(error).hint(hint)
            }
            _ => error.into(),
        }
    }
}

impl From<anyhow::Error> for CommandError {
    fn from(error: anyhow::Error) -> Self {
        Self::failed(error)
    }
}

impl From<OutputError> for CommandError {
    fn from(error: OutputError) -> Self {
        Self::failed(error)
    }
}

impl From<TargetError> for CommandError {
    fn from(error: TargetError) -> Self {
        let is_missing = matches!(error, TargetError::Missing(_));
        let usage = Self::usage(error);
        if is_missing {
            usage.hint("name a repository, a folder or a file")
        } else {
            usage
        }
    }
}

impl From<LibraryError> for CommandError {
    fn from(error: LibraryError) -> Self {
        Self::usage(error).hint("`keyferry detectors show ID` prints a built-in rule as an example")
    }
}

impl From<KeyError> for CommandError {
    fn from(error: KeyError) -> Self {
        match error {
            // Neither is a mistake of the user.
            KeyError::Write { .. } | KeyError::Random(_) => Self::failed(error),
            _ => Self::usage(error),
        }
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        let hint = error.hint();
        let converted = match error {
            StoreError::Key(error) => error.into(),
            StoreError::Missing(_)
            | StoreError::Syntax { .. }
            | StoreError::Schema { .. }
            | StoreError::Conflict { .. }
            | StoreError::Sealed { .. }
            | StoreError::OtherKey { .. }
            | StoreError::NoIdentity { .. }
            | StoreError::NoPlacesFolder(_)
            | StoreError::NoPlaces { .. }
            | StoreError::Misnamed { .. } => Self::usage(error),
            StoreError::Read { .. }
            | StoreError::Locked(_)
            | StoreError::Write(_)
            | StoreError::Folder { .. } => Self::failed(error),
        };
        match hint {
            Some(hint) => converted.hint(hint),
            None => converted,
        }
    }
}

impl From<ClientError> for CommandError {
    fn from(error: ClientError) -> Self {
        let hint = error.kind.hint();
        Self::failed(error).hint(hint)
    }
}

impl From<JournalError> for CommandError {
    fn from(error: JournalError) -> Self {
        let hint = error.hint();
        Self::failed(error).hint(hint)
    }
}

impl From<PlanFileError> for CommandError {
    fn from(error: PlanFileError) -> Self {
        let hint = error.hint();
        Self::usage(error).hint(hint)
    }
}

impl From<ImportRefused> for CommandError {
    fn from(error: ImportRefused) -> Self {
        let hint = error.hint();
        match error {
            ImportRefused::Journal(error) => error.into(),
            error => Self::usage(error).hint(hint),
        }
    }
}

impl From<FatalError> for CommandError {
    fn from(stop: FatalError) -> Self {
        let hint = stop.hint();
        Self::failed(stop).hint(hint)
    }
}
