//! Commits and annotated tags: the fields that attribution needs of all of them.

use std::collections::HashSet;

use super::index_type::index_type;
use super::object_header::{self, HeaderField, HeaderLine, ObjectHeader};
use super::pack::{
    Forest, Limits, NodeIndex, Object, ObjectId, ObjectKind, ObjectKinds, Options, UnreadObject,
    Visitor, walk,
};
use super::signature;
use crate::progress::Progress;

index_type! {
    /// A commit: its place in [`Commits::list`], which is in the order of ids.
    CommitIndex
}

/// The fields of a commit that the walk through history needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The id of the commit.
    pub id: ObjectId,
    /// The node of its root tree, or [`NodeIndex::NONE`] if the repository lacks the tree.
    pub tree: NodeIndex,
    /// The first parent in [`Commits::parents`], and the number of parents.
    parents: (u32, u32),
    /// The committer time in seconds since 1970; zero if malformed.
    pub time: i64,
}

/// An annotated tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag {
    /// The id of the tag.
    pub id: ObjectId,
    /// The object that the tag points to.
    pub target: ObjectId,
}

/// All commits and tags of a repository.
#[derive(Debug, Default)]
pub struct Commits {
    /// The commits in the order of their ids. One whose copies differ is there several times.
    pub list: Vec<Commit>,
    /// The annotated tags in the order of their ids.
    pub tags: Vec<Tag>,
    /// The parents of all commits. Parents that the repository lacks are left out.
    parents: Vec<CommitIndex>,
    /// Parents in scanned packs, each with its child: see [`Self::with_older`].
    outside: Vec<(CommitIndex, ObjectId)>,
    /// The edge of the history, in order: commits of which a parent, or the tree of a parent, is not
    /// there or cannot be read. It is unknown what such a commit introduced.
    pub edge: Vec<CommitIndex>,
    /// Commits of which a parent is not there or cannot be read, in order.
    lacks_parents: Vec<CommitIndex>,
    /// Parents that the repository lacks, each with a commit that names it.
    pub missing_parents: Vec<(CommitIndex, ObjectId)>,
    /// Trees that commits name and the repository lacks.
    pub missing_trees: Vec<ObjectId>,
    /// Objects that cannot be read, with their kind and the reason.
    pub unread: Vec<UnreadObject>,
    /// Objects whose bytes are no commit or tag.
    pub malformed: Vec<(ObjectKind, ObjectId)>,
}

impl Commits {
    /// The parents of a commit, in order.
    pub fn parents(&self, at: CommitIndex) -> &[CommitIndex] {
        let (start, count) = self.list[at.index()].parents;
        &self.parents[start as usize..start as usize + count as usize]
    }

    /// Whether the commit has all parents that it names: [`Self::parents`] leaves none out.
    pub fn has_all_parents(&self, at: CommitIndex) -> bool {
        self.lacks_parents.binary_search(&at).is_err()
    }

    /// Whether the commit is at the edge of the history.
    pub fn is_at_edge(&self, at: CommitIndex) -> bool {
        self.edge.binary_search(&at).is_ok()
    }

    /// The index of a commit; `None` if there is none with this id.
    pub fn find(&self, id: ObjectId) -> Option<CommitIndex> {
        let at = self.list.partition_point(|commit| commit.id < id);
        let found = self.list.get(at)?.id == id;
        found.then(|| CommitIndex::at(at))
    }

    /// The indexes of all commits.
    pub fn indexes(&self) -> impl Iterator<Item = CommitIndex> + use<> {
        (0..self.list.len()).map(CommitIndex::at)
    }

    /// Joins these commits with older ones, and `tags` with these tags. Each older commit has an
    /// id, a time, and parents as indexes into `older`; its tree is unknown. Also returns the new
    /// index of each older commit, then that of each of these.
    pub fn with_older(
        self,
        older: &[(ObjectId, i64, &[CommitIndex])],
        tags: &[Tag],
    ) -> (Self, Vec<CommitIndex>, Vec<CommitIndex>) {
        let ids = older
            .iter()
            .map(|&(id, ..)| id)
            .chain(self.list.iter().map(|commit| commit.id));
        let mut order: Vec<(ObjectId, usize)> = ids.zip(0..).collect();
        order.sort_unstable();
        let mut now = vec![CommitIndex::default(); order.len()];
        let (mut list, mut sources): (Vec<Commit>, Vec<usize>) = Default::default();
        for (id, source) in order {
            // A commit in both lists is taken from the older ones, which come first.
            if list.last().is_none_or(|last| last.id != id) {
                let time = older.get(source).map(|&(_, time, _)| time);
                let commit = Commit {
                    id,
                    tree: NodeIndex::NONE,
                    parents: (0, 0),
                    time: time.unwrap_or_default(),
                };
                list.push(if time.is_some() {
                    commit
                } else {
                    self.list[source - older.len()]
                });
                sources.push(source);
            }
            now[source] = CommitIndex::at(list.len() - 1);
        }
        let (of_older, of_these) = now.split_at(older.len());
        let mut parents = Vec::new();
        let mut strangers: Vec<Vec<CommitIndex>> = vec![Vec::new(); self.list.len()];
        let place = |id: ObjectId| {
            list.binary_search_by_key(&id, |commit| commit.id)
                .ok()
                .map(CommitIndex::at)
        };
        for &(child, parent) in &self.outside {
            strangers[child.index()].extend(place(parent));
        }
        let mut placed = Vec::with_capacity(list.len());
        for &source in &sources {
            let start = parents.len() as u32;
            match older.get(source) {
                Some((.., of)) => parents.extend(of.iter().map(|&parent| of_older[parent.index()])),
                None => {
                    let at = source - older.len();
                    parents.extend(
                        self.parents(CommitIndex::at(at))
                            .iter()
                            .map(|&parent| of_these[parent.index()]),
                    );
                    parents.append(&mut strangers[at]);
                }
            }
            placed.push((start, parents.len() as u32 - start));
        }
        list.iter_mut()
            .zip(placed)
            .for_each(|(commit, parents)| commit.parents = parents);
        let mut all_tags = [&self.tags[..], tags].concat();
        all_tags.sort_unstable_by_key(|tag| tag.id);
        all_tags.dedup();
        let (of_older, of_these) = (of_older.to_vec(), of_these.to_vec());
        (
            Self {
                list,
                tags: all_tags,
                parents,
                outside: Vec::new(),
                ..self
            },
            of_older,
            of_these,
        )
    }
}

/// A visitor that sees the header and the message of every commit and tag. It is called from all
/// workers at the same time.
pub trait MessageVisitor: Sync {
    /// The state of one worker.
    type Worker: Send;

    /// Makes the state of a worker, on its own thread.
    fn worker(&self) -> Self::Worker;

    /// Drops what workers gave to the visitor itself: all objects are shown again, or fewer.
    fn restart(&self) {}

    /// Sees one object, with its parsed header. Returns the work beyond that of its bytes, as a number of bytes whose search
    /// costs as much.
    fn object(
        &self,
        worker: &mut Self::Worker,
        kind: ObjectKind,
        id: ObjectId,
        head: ObjectHeader,
    ) -> u64;
}

/// Reads all commits and tags of a forest, and shows each to `messages`. Also returns the states of
/// the workers.
pub fn collect<M: MessageVisitor>(
    forest: &Forest,
    workers: usize,
    limits: Limits,
    messages: &M,
    progress: &dyn Progress,
) -> (Commits, Vec<M::Worker>) {
    let kinds = ObjectKinds::COMMITS.and(ObjectKinds::TAGS);
    progress.stage("reading commits", forest.count(kinds));
    let each = forest.count(kinds) as usize / workers.max(1);
    let parts = walk(
        forest,
        &Options {
            kinds,
            workers,
            limits,
        },
        &Collector {
            forest,
            each,
            messages,
        },
        progress,
    );
    let (mut all, mut theirs) = (Commits::default(), Vec::new());
    let mut raw = Vec::with_capacity(parts.iter().map(|part| part.commits.len()).sum());
    let mut named = Vec::with_capacity(parts.iter().map(|part| part.named.len()).sum());
    for part in parts {
        let shift = named.len() as u32;
        raw.extend(part.commits.into_iter().map(|commit| Raw {
            named: commit.named + shift,
            ..commit
        }));
        named.extend(part.named);
        all.tags.extend(part.tags);
        all.unread.extend(part.unread);
        all.malformed.extend(part.malformed);
        theirs.push(part.theirs);
    }
    all.tags.sort_unstable_by_key(|tag| (tag.id, tag.target));
    // The first eight bytes of ids differ for nearly all pairs.
    let first = |commit: &Raw| {
        commit
            .id
            .as_bytes()
            .first_chunk()
            .map(|first| u64::from_be_bytes(*first))
    };
    let mut order: Vec<(Option<u64>, u32)> = raw.iter().map(first).zip(0..).collect();
    order.sort_unstable_by(|(a, one), (b, other)| {
        a.cmp(b).then_with(|| {
            let key = |at: u32| (raw[at as usize].id, raw[at as usize].node);
            key(*one).cmp(&key(*other))
        })
    });
    let order = order.into_iter().map(|(_, at)| &raw[at as usize]);
    const ABSENT: CommitIndex = CommitIndex::new(u32::MAX);
    let mut index = vec![ABSENT; forest.nodes() as usize];
    (0..)
        .map(CommitIndex::new)
        .zip(order.clone())
        .for_each(|(at, commit)| index[commit.node.index()] = at);
    // All ids are looked up together: one after the other, each would wait for memory.
    let mut found = vec![None; named.len()];
    forest.find_all(&named, &mut found);
    all.list.reserve_exact(raw.len());
    let mut treeless = HashSet::new();
    for commit in order {
        let at = CommitIndex::at(all.list.len());
        let start = all.parents.len() as u32;
        let range = commit.named as usize..commit.named as usize + 1 + commit.parents as usize;
        let mut tree = NodeIndex::NONE;
        for (place, (&id, node)) in named[range.clone()].iter().zip(&found[range]).enumerate() {
            match node {
                Some(node) if place == 0 => tree = *node,
                // A parent that exists and cannot be read has been reported already.
                Some(node) if index[node.index()] == ABSENT => all.lacks_parents.push(at),
                Some(node) => all.parents.push(index[node.index()]),
                None if forest.scanned.contains(id) => {
                    all.outside.extend((place > 0).then_some((at, id)));
                }
                None if place == 0 => {
                    treeless.insert(at);
                    all.missing_trees.push(id);
                }
                None => {
                    all.lacks_parents.push(at);
                    all.missing_parents.push((at, id));
                }
            }
        }
        let parents = (start, all.parents.len() as u32 - start);
        all.list.push(Commit {
            id: commit.id,
            tree,
            parents,
            time: commit.time,
        });
    }
    all.lacks_parents.dedup();
    all.edge.clone_from(&all.lacks_parents);
    if !treeless.is_empty() {
        let of_treeless = |&at: &CommitIndex| {
            let mut parents = all.parents(at).iter();
            parents.any(|parent| treeless.contains(parent))
        };
        let more: Vec<CommitIndex> = all.indexes().filter(of_treeless).collect();
        all.edge.extend(more);
    }
    all.edge.sort_unstable();
    all.edge.dedup();
    all.missing_trees.sort_unstable();
    all.missing_trees.dedup();
    (all, theirs)
}

struct Collector<'a, M> {
    forest: &'a Forest,
    /// The approximate number of objects for each worker.
    each: usize,
    messages: &'a M,
}

struct Part<W> {
    commits: Vec<Raw>,
    /// The id of each commit's tree, then those of its parents.
    named: Vec<ObjectId>,
    tags: Vec<Tag>,
    unread: Vec<UnreadObject>,
    malformed: Vec<(ObjectKind, ObjectId)>,
    lines: Vec<HeaderLine>,
    /// The bytes of the objects that were seen since the walk asked last.
    searched: u64,
    theirs: W,
}

/// A commit as its object has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Raw {
    id: ObjectId,
    node: NodeIndex,
    /// The place of its tree's id in the list of named ids; its parents follow.
    named: u32,
    parents: u32,
    time: i64,
}

impl<M: MessageVisitor> Visitor for Collector<'_, M> {
    type Worker = Part<M::Worker>;
    type State = ();

    fn worker(&self) -> Self::Worker {
        let theirs = self.messages.worker();
        // A list that grows is copied, so it has room from the start. A commit names a tree and one
        // or two parents.
        let (commits, named) = (
            Vec::with_capacity(self.each + self.each / 4),
            Vec::with_capacity(3 * self.each),
        );
        let (tags, unread, malformed, lines) = Default::default();
        Part {
            commits,
            named,
            tags,
            unread,
            malformed,
            lines,
            searched: 0,
            theirs,
        }
    }

    fn restart(&self) {
        self.messages.restart();
    }

    fn searched(&self, part: &mut Self::Worker) -> u64 {
        std::mem::take(&mut part.searched)
    }

    fn object(&self, part: &mut Self::Worker, object: &Object<'_, ()>) {
        part.searched += object.bytes.len() as u64;
        let id = object.id();
        let head = ObjectHeader::read(object.bytes, id.format(), &mut part.lines);
        let read = match object.kind {
            ObjectKind::Commit => {
                commit(id, object.node, head, &mut part.named).map(|raw| part.commits.push(raw))
            }
            _ => tag(id, head).map(|tag| part.tags.push(tag)),
        };
        if read.is_none() {
            part.malformed.push((object.kind, id));
        }
        part.searched += self
            .messages
            .object(&mut part.theirs, object.kind, id, head);
    }

    fn unread(&self, part: &mut Self::Worker, unread: &UnreadObject) {
        // Objects of unknown kind are reported by the walks over trees and blobs.
        debug_assert!(self.forest.node_kind(unread.node).is_some());
        part.unread.push(unread.clone());
    }
}

/// The tree of a commit object.
pub fn tree_of(raw: &[u8]) -> Option<ObjectId> {
    object_header::field(raw, b"tree").and_then(ObjectId::from_hex)
}

/// Parses a commit, and adds the ids of its tree and parents to `named`. `None` if it names no
/// tree.
fn commit(
    id: ObjectId,
    node: NodeIndex,
    head: ObjectHeader,
    named: &mut Vec<ObjectId>,
) -> Option<Raw> {
    let tree = head.lines.iter().find_map(|line| {
        if let HeaderField::Tree(id) = line.field {
            Some(id)
        } else {
            None
        }
    })?;
    let first = named.len() as u32;
    named.push(tree);
    named.extend(head.lines.iter().filter_map(|line| {
        if let HeaderField::Parent(id) = line.field {
            Some(id)
        } else {
            None
        }
    }));
    let committer = head
        .lines
        .iter()
        .find_map(|line| head.raw[line.range.clone()].strip_prefix(b"committer "));
    let time = committer.map_or(0, |value| signature::when(value).0);
    Some(Raw {
        id,
        node,
        named: first,
        parents: named.len() as u32 - first - 1,
        time,
    })
}

fn tag(id: ObjectId, head: ObjectHeader) -> Option<Tag> {
    let target = head.lines.iter().find_map(|line| {
        if let HeaderField::Object(id) = line.field {
            Some(id)
        } else {
            None
        }
    });
    target.map(|target| Tag { id, target })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_are_read() {
        let text = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nparent 4b825dc642cb6eb9a060e54bf8d69288fbee4905\nauthor A U Thor <a@x> 1700000000 +0530\ncommitter C <c@x> 1700000001 -0100\ngpgsig -----BEGIN\n  body\n\nsubject\n\nbody\n";
        let raw = text.as_bytes();
        let (id, long_id) = (ObjectId::from([0; 20]), ObjectId::from([0; 32]));
        let mut named = vec![id];
        let commit = |id: ObjectId, node, raw: &[u8], named: &mut Vec<ObjectId>| {
            commit(
                id,
                node,
                ObjectHeader::read(raw, id.format(), &mut Vec::new()),
                named,
            )
        };
        let read = commit(id, NodeIndex::new(7), raw, &mut named).unwrap();
        assert_eq!(
            read,
            Raw {
                id,
                node: NodeIndex::new(7),
                named: 1,
                parents: 1,
                time: 1_700_000_001
            }
        );
        assert_eq!(
            named[2].to_string(),
            "4b825dc642cb6eb9a060e54bf8d69288fbee4905"
        );
        assert_eq!(
            &raw[object_header::message_start(raw)..],
            b"subject\n\nbody\n"
        );
        // Ids of another length name nothing.
        assert_eq!(commit(long_id, NodeIndex::new(7), raw, &mut named), None);
        let long = text.replace("4b825dc6", &"4b825dc6".repeat(4));
        let read = commit(long_id, NodeIndex::new(7), long.as_bytes(), &mut named).unwrap();
        assert_eq!(
            (
                named.len(),
                read.named,
                read.parents,
                named[3].to_string().len()
            ),
            (5, 3, 1, 64)
        );
        assert_eq!(
            commit(id, NodeIndex::new(7), b"author x\n\n", &mut named),
            None
        );
    }
}
