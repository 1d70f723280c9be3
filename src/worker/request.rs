//! The request that a worker gets.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::detect::engine::Engine;
use crate::detect::library::{Library, LibraryError};
use crate::detect::rule::RuleFile;
use crate::finding::repository_identity::KnownUnits;
use crate::inventory::inventory_key::InventoryKey;
use crate::path_bytes::{self, PathBytes};
use crate::scan::{Options, TargetNeighbours};
use crate::source::git::Boundary;
use crate::source::target::Place;

/// The task of a worker.
#[derive(Serialize, Deserialize)]
pub(super) enum Request {
    /// Scans a target.
    Scan(Box<ScanRequest>),
    /// Looks for a revision in a repository.
    FindRevision {
        /// The repository.
        place: Place,
        /// The revision.
        revision: String,
    },
    /// Reads values of one repository again, one for each message that follows.
    ReadValues(ReadRequest),
}

/// The repository, folder or file whose values are read. The process gets no key: the command judges
/// the values.
#[derive(Serialize, Deserialize)]
pub(super) struct ReadRequest {
    /// A canonical path.
    #[serde(with = "path_bytes")]
    pub location: PathBuf,
    pub boundary: Boundary,
    /// The most bytes of an object, or of a value.
    pub largest: u64,
    /// The rules for lines that are shown, if they are not the built-in ones.
    pub rules: Option<RulesMessage>,
    /// The time in seconds since 1970, by which the rules judge whether a value has expired.
    pub now: i64,
    /// The most bytes of memory.
    pub memory_limit: u64,
}

/// A scan of one target.
#[derive(Serialize, Deserialize)]
pub(super) struct ScanRequest {
    pub place: Place,
    pub around: NeighboursMessage,
    pub options: Options,
    pub rules: Option<RulesMessage>,
    pub key: KeyMessage,
    /// The time of the scan in seconds since 1970: the same for all targets.
    pub now: i64,
    /// The most bytes of memory.
    pub memory_limit: u64,
    /// The time that the scan may take.
    pub time_limit: Option<Duration>,
    /// Whether progress is shown.
    pub shows_progress: bool,
}

/// [`TargetNeighbours`] in a message.
#[derive(Serialize, Deserialize)]
pub(super) struct NeighboursMessage {
    separate: Vec<PathBytes>,
    known: KnownUnits,
}

impl From<&TargetNeighbours> for NeighboursMessage {
    fn from(around: &TargetNeighbours) -> Self {
        let TargetNeighbours { separate, known } = around;
        Self {
            separate: separate.iter().cloned().map(PathBytes).collect(),
            known: known.clone(),
        }
    }
}

impl From<NeighboursMessage> for TargetNeighbours {
    fn from(message: NeighboursMessage) -> Self {
        Self {
            separate: message.separate.into_iter().map(|path| path.0).collect(),
            known: message.known,
        }
    }
}

/// Rule files as JSON: they leave empty fields out, which the format of the messages does not allow.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct RulesMessage(Vec<u8>);

impl RulesMessage {
    pub(super) fn of(library: &Library) -> Result<Self, serde_json::Error> {
        serde_json::to_vec(&library.files).map(Self)
    }

    /// The rules, or the built-in ones if none were sent.
    pub(super) fn library(rules: Option<&Self>) -> Result<Library, serde_json::Error> {
        match rules {
            Some(Self(text)) => {
                let files: Vec<(String, RuleFile)> = serde_json::from_slice(text)?;
                Ok(Library { files })
            }
            None => Ok(Library::builtin()),
        }
    }
}

/// The engine of these rules.
pub(super) fn engine(library: &Library, now: i64) -> Result<Engine, LibraryError> {
    Ok(Engine::new(library.compile(false)?, now))
}

/// The key of an inventory in a message.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(super) struct KeyMessage([u8; 32]);

impl From<&InventoryKey> for KeyMessage {
    fn from(key: &InventoryKey) -> Self {
        Self(*key.expose_bytes())
    }
}

impl From<&KeyMessage> for InventoryKey {
    fn from(message: &KeyMessage) -> Self {
        Self::from_bytes(message.0)
    }
}
