//! Whether the versions of a path before a commit are there. In a partial clone and in a damaged
//! repository they may be missing, and then nobody knows whether the commit introduced a value.

use std::collections::HashMap;

use crate::scan::history::history_matches::HistoryMatches;
use crate::source::git::commits::CommitIndex;
use crate::source::git::pack::{ObjectId, ObjectKind, ObjectReader};
use crate::source::git::tree_entry::{self, EntryKind};

/// Looks up the versions of paths in the parents of commits.
pub(super) struct EarlierVersions<'a> {
    history: &'a HistoryMatches,
    reader: ObjectReader<'a>,
    known: HashMap<(CommitIndex, Vec<u8>), bool>,
}

impl<'a> EarlierVersions<'a> {
    /// A lookup in one repository.
    pub fn new(history: &'a HistoryMatches) -> Self {
        Self {
            history,
            reader: ObjectReader::new(&history.forest, u64::MAX),
            known: HashMap::new(),
        }
    }

    /// Whether the commit has all its parents, and what each of them has at the path can be read.
    pub fn are_there(&mut self, at: CommitIndex, path: &[u8]) -> bool {
        let history = self.history;
        if history.is_whole {
            return true;
        }
        if history.commits.is_at_edge(at) {
            return false;
        }
        let reader = &mut self.reader;
        let look = || {
            let mut parents = history.commits.parents(at).iter();
            parents.all(|parent| {
                let tree = history.commits.list[parent.index()].tree;
                tree.is_some() && is_there(history, reader, history.forest.id(tree), path)
            })
        };
        *self.known.entry((at, path.to_vec())).or_insert_with(look)
    }
}

/// Whether it is known what a tree has at a path: a blob that is there, or nothing.
fn is_there(
    history: &HistoryMatches,
    reader: &mut ObjectReader,
    root: ObjectId,
    path: &[u8],
) -> bool {
    let mut tree = root;
    for name in path.split(|&byte| byte == b'/') {
        let Some(Ok((ObjectKind::Tree, raw))) = reader.object(tree) else {
            return false;
        };
        let mut entries = tree_entry::entries(&raw, root.format());
        match entries.find(|(_, entry)| entry.name == name) {
            Some((_, entry)) if entry.kind == EntryKind::Tree => tree = entry.id,
            Some((_, entry)) if entry.kind == EntryKind::Blob => {
                return history.forest.contains(entry.id);
            }
            _ => return true,
        }
    }
    true
}
