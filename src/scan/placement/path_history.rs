//! The commits and refs of values at paths, for the working trees that do not read the history.
//!
//! A repository can have thousands of working trees, each with a file at the same path, of which the
//! history has thousands of versions. So the versions of a path are joined once for all trees.

use std::collections::{HashMap, HashSet};

use crate::scan::history::history_matches::HistoryMatches;
use crate::scan::search::blob::BlobKey;
use crate::secret::SecretValue;
use crate::source::git::attribution::Attribution;
use crate::source::git::pack::ObjectId;

/// The values that the versions of one path hold, each with the commits and refs of all these
/// versions.
type ValueHistory<'a> = HashMap<&'a SecretValue, Attribution>;

/// The history by path.
pub(super) struct PathHistory<'a> {
    history: &'a HistoryMatches,
    versions: HashMap<String, Vec<&'a Attribution>>,
    joined: HashMap<String, ValueHistory<'a>>,
    /// The blobs with matches.
    stored: HashSet<ObjectId>,
}

impl<'a> PathHistory<'a> {
    /// Nothing is joined so far.
    pub fn new(history: &'a HistoryMatches) -> Self {
        let mut versions: HashMap<String, Vec<&Attribution>> = HashMap::new();
        for attribution in &history.attributions {
            versions
                .entry(attribution.shown_path())
                .or_default()
                .push(attribution);
        }
        Self {
            history,
            versions,
            joined: HashMap::new(),
            stored: history.blobs.keys().map(|key| key.object()).collect(),
        }
    }

    /// Whether the repository has this blob, and the blob has matches.
    pub fn stores(&self, blob: ObjectId) -> bool {
        self.stored.contains(&blob)
    }

    /// The commits and refs of a value at a path, if the history has it there.
    pub fn of_value(&mut self, path: &str, value: &SecretValue) -> Option<&Attribution> {
        if let Some(versions) = self.versions.remove(path) {
            let values = joined(self.history, &versions);
            self.joined.insert(path.to_owned(), values);
        }
        self.joined.get(path)?.get(value)
    }
}

fn joined<'a>(history: &'a HistoryMatches, versions: &[&'a Attribution]) -> ValueHistory<'a> {
    let mut joined = ValueHistory::new();
    for version in versions {
        let key = BlobKey::at_path(version.blob, &version.path);
        let Some(matches) = history.blobs.get(&key) else {
            continue;
        };
        let values: HashSet<&SecretValue> = matches.values().iter().collect();
        for value in values {
            joined
                .entry(value)
                .and_modify(|known| known.join(version))
                .or_insert_with(|| (*version).clone());
        }
    }
    joined
}
