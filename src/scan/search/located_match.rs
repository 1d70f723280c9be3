//! Matches with their positions: the result of every search.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;

use super::blob::BlobKey;
use crate::detect::engine::Match;
use crate::finding::{Origin, Position};
use crate::secret::SecretValue;
use crate::source::git::pack::ObjectId;

/// A match with its lines and columns.
#[derive(Clone, Debug)]
pub(crate) struct LocatedMatch {
    /// The match, with its byte range in the blob.
    pub matched: Match,
    /// The lines and columns of that range.
    pub position: Position,
}

/// The matches of one blob, in order of position, and the kind of source that the blob comes from.
/// Clones share the list: a blob can be at many paths.
#[derive(Clone, Debug)]
pub(crate) struct LocatedMatches {
    /// See [`super::blob::Blob::origin`].
    pub origin: Origin,
    /// There may be more behind the last of them: a limit was reached.
    pub is_cut: bool,
    list: Arc<Vec<LocatedMatch>>,
}

impl LocatedMatches {
    /// The matches of a blob of this origin.
    pub fn new(origin: Origin, list: Vec<LocatedMatch>, is_cut: bool) -> Self {
        Self {
            origin,
            is_cut,
            list: Arc::new(list),
        }
    }
}

impl Deref for LocatedMatches {
    type Target = [LocatedMatch];

    fn deref(&self) -> &[LocatedMatch] {
        &self.list
    }
}

/// The matches of a blob of the object database, with or without their positions.
#[derive(Clone, Debug)]
pub(crate) enum BlobMatches {
    /// Values and positions.
    Located(LocatedMatches),
    /// The values alone, in order of position. [`super::repeated_search`] finds the rest.
    ValuesOnly(Arc<[SecretValue]>),
}

impl BlobMatches {
    /// The matches with positions, if these are known.
    pub fn located(&self) -> Option<&LocatedMatches> {
        match self {
            BlobMatches::Located(matches) => Some(matches),
            BlobMatches::ValuesOnly(_) => None,
        }
    }

    /// The values, in order of position. A value occurs once for each of its matches.
    pub fn values(&self) -> impl Iterator<Item = &SecretValue> {
        let (located, values) = match self {
            BlobMatches::Located(matches) => (&matches[..], &[][..]),
            BlobMatches::ValuesOnly(values) => (&[][..], &values[..]),
        };
        located
            .iter()
            .map(|located| &located.matched.value)
            .chain(values)
    }
}

/// The matches of all blobs of a repository that have any.
pub(crate) type BlobMatchMap = HashMap<BlobKey, BlobMatches>;

/// The matches of a file.
pub(crate) struct FileMatches {
    /// Relative to the unit, `/` between components.
    pub path: String,
    /// The id that the file has as a blob. `None` for a file that is not part of a repository's
    /// working tree.
    pub object: Option<ObjectId>,
    /// Never empty.
    pub matches: LocatedMatches,
}

/// The matches of the message or of the header of a commit or tag. Ranges count from the beginning
/// of the message, or, for a header, from the beginning of the object.
pub(crate) struct ObjectMatches {
    /// The commit or tag.
    pub object: ObjectId,
    /// Never empty. Their origin distinguishes messages from headers, and commits from tags.
    pub matches: LocatedMatches,
}

/// Names with their matches. Ranges count from the beginning of the name.
pub(crate) type NameMatches = HashMap<Vec<u8>, LocatedMatches>;
