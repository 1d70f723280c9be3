//! Compares the copies of objects. An id promises that all copies have the same content. Nothing
//! enforces this: git and this program believe the index of a pack. Which copy git reads depends on the times of
//! files, so whoever writes a repository can show one content to git and another one to a scan.
//!
//! All copies of one object with the same content are one node afterwards. A copy with another
//! content is a node of its own, a *variant*: a walk shows it, too, and its deltas stay on it.
//! Repositories without further copies pay nothing for this; of others, only the copies and their
//! bases are read.

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};

use super::copy_flaw::{CopyFlaw, CopyFlawKind};
use super::forest::Forest;
use super::id_lookup::IdLookup;
use super::inflate::Inflater;
use super::loose_objects;
use super::node_index::NodeIndex;
use super::object_error::ObjectError;
use super::object_id::{ObjectId, ObjectKind, ObjectKinds};
use super::object_reader::ObjectReader;
use super::read_limits::Limits;
use super::visitor::{Object, Options, UnreadObject, Visitor};
use super::walk::walk;
use crate::progress::NoProgress;

/// The kind of an object, and the SHA-256 of its bytes: ids of SHA-1 can be forged.
type Content = (ObjectKind, [u8; 32]);

/// A copy that was read.
struct ReadCopy {
    content: Content,
    /// It was hashed, and has another id.
    has_wrong_id: bool,
}

/// Copies that were read, and the errors of those that cannot be read.
struct Contents(HashMap<NodeIndex, Result<ReadCopy, ObjectError>>);

impl Contents {
    /// Reads these copies.
    fn read(forest: &Forest, copies: &HashSet<NodeIndex>, workers: usize) -> Self {
        let usual = Limits::default();
        let options = Options {
            kinds: ObjectKinds::ALL,
            workers,
            limits: Limits {
                visit: usual.decode,
                memory: MEMORY,
                ..usual
            },
        };
        let visitor = CopyVisitor {
            needed: forest.with_bases(copies.iter().copied()),
            copies,
        };
        let found = walk(forest, &options, &visitor, &NoProgress);
        Self(found.into_iter().flat_map(|worker| worker.found).collect())
    }

    fn of(&self, node: NodeIndex) -> Option<&ReadCopy> {
        self.0.get(&node)?.as_ref().ok()
    }

    /// The copy that stands for the object: the first one that can be read, if possible one that is
    /// not known to be wrong.
    fn main(&self, all: &[NodeIndex]) -> NodeIndex {
        let is_sound = |&&node: &&NodeIndex| self.of(node).is_some_and(|copy| !copy.has_wrong_id);
        let sound = all.iter().find(is_sound);
        let main = sound.or_else(|| all.iter().find(|&&node| self.of(node).is_some()));
        *main.unwrap_or(&all[0])
    }
}

/// The bytes of bases in memory.
const MEMORY: u64 = 64 << 20;

/// Reads copies, each with the bases that its own pack gives it.
struct CopyVisitor<'a> {
    copies: &'a HashSet<NodeIndex>,
    needed: HashSet<NodeIndex>,
}

/// The results of one thread.
#[derive(Default)]
struct CopyWorker {
    found: Vec<(NodeIndex, Result<ReadCopy, ObjectError>)>,
    /// The bytes that were hashed since the walk asked last.
    hashed: u64,
}

impl Visitor for CopyVisitor<'_> {
    type Worker = CopyWorker;
    type State = ();

    const OTHER_COPIES: bool = false;

    fn worker(&self) -> CopyWorker {
        CopyWorker::default()
    }

    fn searched(&self, worker: &mut CopyWorker) -> u64 {
        std::mem::take(&mut worker.hashed)
    }

    fn enters(&self, node: NodeIndex) -> bool {
        self.needed.contains(&node)
    }

    fn wants(&self, node: NodeIndex, _: ObjectKind) -> bool {
        self.copies.contains(&node)
    }

    fn object(&self, worker: &mut CopyWorker, object: &Object<'_, ()>) {
        let digest = Sha256::digest(object.bytes).into();
        worker.hashed += object.bytes.len() as u64;
        let copy = ReadCopy {
            content: (object.kind, digest),
            has_wrong_id: object.has_right_id == Some(false),
        };
        worker.found.push((object.node, Ok(copy)));
    }

    fn unread(&self, worker: &mut CopyWorker, unread: &UnreadObject) {
        // An object with a wrong id is shown as well.
        if unread.why != ObjectError::WrongId {
            worker.found.push((unread.node, Err(unread.why.clone())));
        }
    }
}

/// The decisions about all copies.
struct Joined {
    /// For each node the node that is read in its place: itself, or a copy with the same content.
    read_as: Vec<NodeIndex>,
    /// The objects that are not read from the first copy, with the copy that is read.
    mains: HashMap<ObjectId, NodeIndex>,
    variants: Vec<(NodeIndex, NodeIndex)>,
    flaws: Vec<CopyFlaw>,
}

impl Joined {
    fn is_joined(&self, node: NodeIndex) -> bool {
        self.read_as[node.index()] != node
    }

    /// Decides on all copies of one object.
    fn object(&mut self, forest: &Forest, all: &[NodeIndex], contents: &Contents) {
        let main = contents.main(all);
        let is_read = contents.of(main).is_some();
        if main != all[0] {
            self.mains.insert(forest.id(main), main);
        }
        let mut distinct: HashMap<Content, NodeIndex> = HashMap::new();
        distinct.extend(contents.of(main).map(|copy| (copy.content, main)));
        for &copy in all.iter().filter(|&&copy| copy != main) {
            let differs = match contents.0.get(&copy) {
                Some(Ok(read)) => {
                    let same = *distinct.entry(read.content).or_insert(copy);
                    self.read_as[copy.index()] = same;
                    same == copy
                }
                // Whether a copy that is too large to be made differs is unknown, unless its size
                // says so: the walk decides whether it is read.
                Some(Err(why)) if why.is_limit() => {
                    self.variants.push((copy, main));
                    if is_read && matches!(why, ObjectError::TooLarge { .. }) {
                        self.differs(forest, main, copy);
                    }
                    continue;
                }
                why => {
                    self.read_as[copy.index()] = main;
                    if let (Some(Err(why)), true) = (why, is_read) {
                        let flaw = CopyFlawKind::Unreadable(forest.place(copy), why.clone());
                        self.flaw(forest, main, flaw);
                    }
                    false
                }
            };
            if differs {
                self.variants.push((copy, main));
                self.differs(forest, main, copy);
            }
        }
    }

    fn differs(&mut self, forest: &Forest, main: NodeIndex, copy: NodeIndex) {
        let flaw = CopyFlawKind::Differs(forest.place(main), forest.place(copy));
        self.flaw(forest, main, flaw);
    }

    fn flaw(&mut self, forest: &Forest, node: NodeIndex, flaw: CopyFlawKind) {
        self.flaws.push(CopyFlaw {
            id: forest.id(node),
            kind: forest.node_kind(node),
            flaw,
        });
    }

    /// Deltas whose base is in no file of their own, and has several contents.
    fn find_ambiguous_bases(&mut self, forest: &Forest) {
        if self.variants.is_empty() {
            return;
        }
        let several: HashSet<NodeIndex> = self
            .variants
            .iter()
            .flat_map(|&(variant, main)| [variant, main])
            .collect();
        for node in (0..forest.nodes()).map(NodeIndex::new) {
            let base = forest.bases[node.index()];
            if base.is_some()
                && !self.is_joined(node)
                && several.contains(&self.read_as[base.index()])
                && !forest
                    .pack(node)
                    .is_some_and(|(_, nodes)| nodes.contains(&base.get()))
            {
                let flaw = CopyFlawKind::AmbiguousBase(forest.id(base));
                self.flaw(forest, node, flaw);
            }
        }
    }
}

impl Forest {
    /// Compares the copies of each object, and has those with the same content read once. Until now each copy is a node
    /// with a base of its own.
    pub(super) fn compare_copies(&mut self, workers: usize) {
        if self.copies.is_empty() {
            return;
        }
        let mut nodes: HashSet<NodeIndex> = self.copies.iter().copied().collect();
        nodes.extend(
            self.copies
                .iter()
                .filter_map(|&copy| self.find(self.id(copy))),
        );
        let contents = Contents::read(self, &nodes, workers);
        let mut joined = Joined {
            read_as: (0..self.nodes()).map(NodeIndex::new).collect(),
            mains: HashMap::new(),
            variants: Vec::new(),
            flaws: Vec::new(),
        };
        for copies in self
            .copies
            .chunk_by(|&one, &other| self.id(one) == self.id(other))
        {
            let first = self.find(self.id(copies[0])).into_iter();
            let all: Vec<NodeIndex> = first.chain(copies.iter().copied()).collect();
            joined.object(self, &all, &contents);
        }
        joined.find_ambiguous_bases(self);
        self.join(joined);
    }

    fn join(&mut self, joined: Joined) {
        for base in self.bases.iter_mut().filter(|base| base.is_some()) {
            *base = joined.read_as[base.index()];
        }
        for node in (0..self.nodes()).map(NodeIndex::new) {
            let base = &mut self.bases[node.index()];
            let is_joined = joined.is_joined(node);
            if is_joined || base.is_some() {
                self.kinds[node.index()] = None;
            }
            if is_joined {
                *base = NodeIndex::NONE;
            }
        }
        self.lost.retain(|&(node, _)| !joined.is_joined(node));
        self.exchange(&joined.mains);
        (self.variants, self.copy_flaws) = (joined.variants, joined.flaws);
        self.variants
            .sort_unstable_by_key(|&(variant, main)| (main, variant));
        self.link();
    }

    /// Puts the copies that are read in the place of the first ones.
    fn exchange(&mut self, mains: &HashMap<ObjectId, NodeIndex>) {
        if mains.is_empty() {
            return;
        }
        for at in 0..self.copies.len() {
            let id = self.id(self.copies[at]);
            if mains.get(&id) == Some(&self.copies[at]) {
                self.copies[at] = self.find(id).unwrap_or(self.copies[at]);
            }
        }
        let rows: Vec<_> = self.by_id.iter().collect();
        let row = |&(id, first): &(ObjectId, NodeIndex)| (id, *mains.get(&id).unwrap_or(&first));
        self.by_id = IdLookup::new(self.format, rows.len(), rows.iter().map(row));
    }

    /// True if the objects that both the forest and the scanned packs hold have the same content in both.
    pub fn agrees_with_scanned(&self) -> bool {
        let limit = Limits::default().decode;
        let mut reader = ObjectReader::new(self, limit);
        for (id, node) in self.by_id.iter() {
            let Some(number) = self.scanned.find(id) else {
                continue;
            };
            let same = match (reader.node(node), reader.scanned_object(number)) {
                (Ok(one), Ok(other)) => one == other,
                _ => false,
            };
            if !same {
                return false;
            }
        }
        let (mut inflater, mut bytes) = (Inflater::new(), Vec::new());
        self.scanned_loose.iter().all(|loose| {
            let store = &self.stores.list[loose.store as usize];
            let kind = loose_objects::read(
                &store.boundary,
                &store.path,
                loose.id,
                limit,
                &mut inflater,
                &mut bytes,
            );
            let Some(Ok((other, others))) = reader.object(loose.id) else {
                return false;
            };
            kind == Ok(other) && bytes == others
        })
    }
}
