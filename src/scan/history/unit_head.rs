//! HEAD of one working tree. The working trees of a repository have all of its history in common but HEAD.

use super::history_matches::HistoryMatches;
use crate::source::git::Repo;
use crate::source::git::attribution::Attribution;
use crate::source::git::commits::CommitIndex;
use crate::source::git::pack::ObjectId;

/// HEAD of one working tree. The default is one that cannot be read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct UnitHead {
    /// Its commit.
    pub id: Option<ObjectId>,
    /// That commit, if the repository has it.
    at: Option<CommitIndex>,
    /// Its branch, as an index into [`HistoryMatches::branches_and_tags`].
    branch: Option<u32>,
}

impl UnitHead {
    /// HEAD of a working tree of the repository with this history.
    pub fn new(repo: &Repo, history: &HistoryMatches) -> Self {
        let id = repo.head();
        let find = |name: Vec<u8>| {
            let names = &history.branches_and_tags;
            // The branch of the working tree that was read comes first.
            match names.split_first() {
                Some((first, _)) if *first == name => Some(0),
                Some((_, others)) => {
                    let at = others.binary_search(&name).ok()?;
                    u32::try_from(at + 1).ok()
                }
                None => None,
            }
        };
        Self {
            id,
            at: id.and_then(|id| history.commits.find(id)),
            branch: repo.head_branch().and_then(find),
        }
    }

    /// Whether the commit of HEAD has the blob at the path.
    pub fn holds(&self, attribution: &Attribution) -> bool {
        self.at
            .is_some_and(|at| attribution.heads.binary_search(&at).is_ok())
    }

    /// Sorts branches and tags that hold a value: the branch of HEAD comes first, which holds it if HEAD
    /// does, and the others by name.
    pub fn sort_refs(&self, refs: &mut Vec<u32>, at_head: bool, history: &HistoryMatches) {
        // The branch may be one of the many that an attribution only counts.
        let branch = self.branch.filter(|_| at_head);
        refs.extend(branch.filter(|branch| !refs.contains(branch)));
        let key = |&at: &u32| {
            (
                Some(at) != self.branch,
                &history.branches_and_tags[at as usize],
            )
        };
        refs.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
    }
}
