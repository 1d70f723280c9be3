//! Matches with their positions: the result of every search.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;

use super::blob::BlobKey;
use crate::detect::engine::Match;
use crate::finding::{Excerpt, Origin, Position};
use crate::secret::SecretValue;
use crate::source::git::pack::ObjectId;

/// A match with its lines and columns.
#[derive(Clone, Debug)]
pub(crate) struct LocatedMatch {
    /// The match, with its byte range in the blob.
    pub matched: Match,
    /// The lines and columns of that range.
    pub position: Position,
    /// The value as it is written, if its reading is doubtful.
    pub written: Option<SecretValue>,
    /// The line around the value, if the scan was asked for it.
    pub excerpt: Option<Box<Excerpt>>,
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

impl LocatedMatches {
    /// The matches of two contents under one id, each match once. The order of the two does not
    /// matter.
    pub fn join(self, other: Self) -> Self {
        let key = |located: &LocatedMatch| {
            let matched = &located.matched;
            let range = (matched.range.start, matched.range.end);
            (range, matched.rule, matched.value.clone())
        };
        let mut list = [self.list.as_slice(), other.list.as_slice()].concat();
        list.sort_by_cached_key(key);
        list.dedup_by_key(|located| key(located));
        Self::new(self.origin, list, self.is_cut || other.is_cut)
    }

    /// The work of reading surroundings and positions, as a number of bytes whose search costs as much.
    pub fn work(&self) -> u64 {
        /// Of a match: about 2 microseconds.
        const LOCATED: u64 = 256;
        LOCATED * self.list.len() as u64
    }

    /// About the bytes of memory that the matches take.
    pub fn size(&self) -> usize {
        /// Of a match: its value, its context, and the steps that decode it.
        const REFERRED: usize = 400;
        let excerpts = self
            .list
            .iter()
            .filter_map(|located| located.excerpt.as_ref());
        let excerpts: usize = excerpts
            .map(|excerpt| size_of::<Excerpt>() + excerpt.before.len() + excerpt.after.len())
            .sum();
        size_of::<Self>() + self.list.len() * (size_of::<LocatedMatch>() + REFERRED) + excerpts
    }
}

impl Deref for LocatedMatches {
    type Target = [LocatedMatch];

    fn deref(&self) -> &[LocatedMatch] {
        &self.list
    }
}

/// The matches of a blob of the object database. The positions of some of them are known.
#[derive(Clone, Debug)]
pub(crate) struct BlobMatches {
    values: Arc<[SecretValue]>,
    located: LocatedMatches,
}

impl BlobMatches {
    /// The values of all matches in order of position, and those matches whose positions are known:
    /// for each value, all of its matches or none. [`super::repeated_search`] finds the others.
    pub fn new(values: Arc<[SecretValue]>, located: LocatedMatches) -> Self {
        Self { values, located }
    }

    /// The matches of two contents under one id, whose positions are all known.
    pub fn join(self, other: Self) -> Self {
        Self::located(self.located.join(other.located))
    }

    /// Matches whose positions are all known.
    pub fn located(matches: LocatedMatches) -> Self {
        let values = matches.iter().map(|located| located.matched.value.clone());
        Self::new(values.collect(), matches)
    }

    /// Matches without positions.
    pub fn of_values(values: Arc<[SecretValue]>) -> Self {
        Self::new(values, LocatedMatches::new(Origin::Blob, Vec::new(), false))
    }

    /// The values, in order of position. A value occurs once for each of its matches.
    pub fn values(&self) -> &Arc<[SecretValue]> {
        &self.values
    }

    /// The matches whose positions are known.
    pub fn known_positions(&self) -> &LocatedMatches {
        &self.located
    }

    /// About the bytes of memory that these take, without the values, which versions share.
    pub fn size(&self) -> usize {
        size_of::<Self>() + self.values.len() * size_of::<SecretValue>() + self.located.size()
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
