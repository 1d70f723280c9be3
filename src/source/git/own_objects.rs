//! The objects that belong to a repository. Those in its own directories do. Of the objects that it
//! borrows (`objects/info/alternates`), only those do that its own objects, refs, HEADs or indexes
//! lead to: the directory is that of another repository, whose secrets are not found here merely
//! because somebody wrote its path into a file.

use super::object_header::{HeaderField, ObjectHeader};
use super::pack::{
    Forest, Limits, NodeIndex, NodeSet, ObjectError, ObjectId, ObjectKind, ObjectReader,
};
use super::repository::Repo;
use super::tree_entry::{self, EntryKind};
use crate::cancel;

/// The result of leaving out the objects of other repositories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BorrowedObjects {
    /// The number of objects that are left out.
    pub left_out: u64,
    /// Following the objects cost more than the limit, so that more may be left out.
    pub is_cut: bool,
}

/// Leaves out the borrowed objects that do not belong to the repository. A forest that borrows
/// nothing stays as it is.
pub fn restrict(forest: &mut Forest, repo: &Repo) -> BorrowedObjects {
    if !forest.borrows() {
        return BorrowedObjects::default();
    }
    let mut reach = Reach::new(forest);
    for (id, _) in forest.objects() {
        reach.extend_if(&[id], |node| !forest.is_borrowed(node));
    }
    let tips = repo.tips();
    reach.extend(&tips.refs);
    reach.extend(&tips.notes);
    let others = repo.other_indexes().into_iter().map(|(_, index)| index);
    for staged in std::iter::once(repo.index()).chain(others).flatten() {
        let ids: Vec<ObjectId> = staged.iter().map(|entry| entry.id).collect();
        reach.extend(&ids);
    }
    let is_cut = reach.follow();
    let reached = reach.reached;
    BorrowedObjects {
        left_out: forest.leave_out_all_but(reached),
        is_cut,
    }
}

/// The objects that were reached so far.
struct Reach<'a> {
    forest: &'a Forest,
    reached: NodeSet,
    /// Reached nodes that are not read yet.
    unread: Vec<NodeIndex>,
}

impl<'a> Reach<'a> {
    fn new(forest: &'a Forest) -> Self {
        Self {
            forest,
            reached: NodeSet::new(forest.nodes()),
            unread: Vec::new(),
        }
    }

    fn extend(&mut self, ids: &[ObjectId]) {
        self.extend_if(ids, |_| true);
    }

    fn extend_if(&mut self, ids: &[ObjectId], is_wanted: impl Fn(NodeIndex) -> bool) {
        let mut nodes = vec![None; ids.len()];
        self.forest.find_all(ids, &mut nodes);
        for node in nodes.into_iter().flatten().filter(|&node| is_wanted(node)) {
            if self.reached.insert(node) {
                let contents = std::iter::once(node).chain(self.forest.variants_of(node));
                let links =
                    |&node: &NodeIndex| self.forest.node_kind(node) != Some(ObjectKind::Blob);
                self.unread.extend(contents.filter(links));
            }
        }
    }

    /// Follows the links of all reached objects. True if that ended at a limit. An object that
    /// cannot be read leads nowhere; the walk over all objects reports it.
    fn follow(&mut self) -> bool {
        let forest = self.forest;
        let mut reader = ObjectReader::new(forest, Limits::default().decode);
        let (mut ids, mut lines) = (Vec::new(), Vec::new());
        while let Some(node) = self.unread.pop() {
            if cancel::stopped() {
                return true;
            }
            let (kind, bytes) = match reader.node(node) {
                Ok(read) => read,
                Err(ObjectError::Unplanned) => return true,
                Err(_) => continue,
            };
            ids.clear();
            match kind {
                ObjectKind::Blob => {}
                ObjectKind::Tree => ids.extend(
                    tree_entry::entries(&bytes, forest.format())
                        .filter(|(_, entry)| entry.kind != EntryKind::Submodule)
                        .map(|(_, entry)| entry.id),
                ),
                ObjectKind::Commit | ObjectKind::Tag => {
                    let header = ObjectHeader::read(&bytes, forest.format(), &mut lines);
                    ids.extend(header.lines.iter().filter_map(|line| match line.field {
                        HeaderField::Tree(id)
                        | HeaderField::Parent(id)
                        | HeaderField::Object(id) => Some(id),
                        HeaderField::Person(_) | HeaderField::Other => None,
                    }));
                }
            }
            self.extend(&ids);
        }
        false
    }
}
