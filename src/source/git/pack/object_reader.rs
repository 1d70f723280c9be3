//! Reads single objects by id: follows the chain of deltas up to a whole object, and applies them
//! on the way back. If a copy on the chain is damaged, the other copies of that object are tried.
//!
//! Objects that were read are kept, so that reading all objects of a chain costs little more than
//! reading the last one. A walk that enters few objects ([`super::Visitor::enters`]) is the better
//! way to read many.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::forest::{Forest, Ground};
use super::node_index::{NodeIndex, PackedNumber};
use super::object_decoder::ObjectDecoder;
use super::object_error::ObjectError;
use super::object_id::{ObjectId, ObjectKind};
use super::read_limits::Limits;
use super::scanned_packs::ScannedPackReader;
use super::work_meter::ReadAllowance;

/// The depth to which copies of the bases of copies are tried.
const DEEPEST: usize = 8;

/// The bytes of objects that a reader keeps, since others are deltas of them.
const KEPT: usize = 32 << 20;

/// A reader of single objects, with buffers of its own.
pub struct ObjectReader<'a> {
    forest: &'a Forest,
    decoder: ObjectDecoder,
    limit: u64,
    /// Nodes of which no copy can be read, with the error of their children. They are not tried
    /// again: with many damaged copies there are too many chains to try all.
    lost: HashMap<NodeIndex, ObjectError>,
    /// The same for one call: nodes that could not be read while others were in progress, and those
    /// others.
    tried: HashMap<NodeIndex, ObjectError>,
    /// For damaged nodes, another copy that was read.
    better: HashMap<NodeIndex, NodeIndex>,
    /// The number of attempts that were given up and may succeed in another call.
    doubts: usize,
    scanned: ScannedPackReader,
    /// Objects that were made, by node, and the bytes that may still be kept.
    kept: HashMap<NodeIndex, (ObjectKind, Arc<Vec<u8>>)>,
    room: usize,
    allowance: ReadAllowance,
}

impl<'a> ObjectReader<'a> {
    /// A reader for a forest. Objects and bases of more than `limit` bytes are refused.
    pub fn new(forest: &'a Forest, limit: u64) -> Self {
        let (lost, tried, better) = Default::default();
        Self {
            forest,
            decoder: ObjectDecoder::new(),
            limit,
            lost,
            tried,
            better,
            doubts: 0,
            scanned: ScannedPackReader::new(),
            kept: HashMap::new(),
            room: KEPT,
            allowance: ReadAllowance::new(Limits::EXPANSION),
        }
    }

    /// A reader that reads objects with a wrong id, too, as a walk does.
    pub(super) fn accepting_wrong_ids(forest: &'a Forest, limit: u64) -> Self {
        Self {
            decoder: ObjectDecoder::accepting_wrong_ids(),
            ..Self::new(forest, limit)
        }
    }

    /// Reads an object; `None` if the repository does not hold it.
    ///
    /// # Errors The inner result is an error if no copy can be read.
    pub fn object(&mut self, id: ObjectId) -> Option<Result<(ObjectKind, Vec<u8>), ObjectError>> {
        match self.forest.find(id) {
            Some(node) => Some(self.node(node)),
            None => self
                .forest
                .scanned
                .find(id)
                .map(|number| self.scanned_object(number)),
        }
    }

    /// Reads an object of the scanned packs.
    ///
    /// # Errors If the object is damaged or larger than the limit.
    pub fn scanned_object(
        &mut self,
        number: PackedNumber,
    ) -> Result<(ObjectKind, Vec<u8>), ObjectError> {
        self.scanned
            .object(&self.forest.scanned, number, self.limit)
    }

    /// Reads a node or, if it is damaged, another copy of its object.
    ///
    /// # Errors If no copy can be read.
    pub(in crate::source::git) fn node(
        &mut self,
        node: NodeIndex,
    ) -> Result<(ObjectKind, Vec<u8>), ObjectError> {
        self.tried.clear();
        self.copy(node, 0)
    }

    /// The reason why a node is not tried, if there is one.
    fn given_up(&mut self, node: NodeIndex) -> Option<ObjectError> {
        let sure = self.lost.get(&node);
        let found = sure.or_else(|| self.tried.get(&node)).cloned();
        self.doubts += usize::from(found.is_some() && sure.is_none());
        found
    }

    fn copy(
        &mut self,
        node: NodeIndex,
        depth: usize,
    ) -> Result<(ObjectKind, Vec<u8>), ObjectError> {
        let doubts = self.doubts;
        let mut chain = vec![node];
        let mut seen = HashSet::from([node]);
        let mut top = node;
        let mut bytes = Vec::new();
        let mut made = loop {
            if let Some((kind, kept)) = self.kept.get(&top) {
                bytes.extend_from_slice(kept);
                let spent = self.allowance.spend(self.forest, kept.len() as u64);
                break spent.map(|()| *kind);
            }
            match self.forest.ground(top) {
                Ok(Ground::Whole(_)) => {
                    let made = self.decoder.whole(self.forest, top, self.limit, &mut bytes);
                    break made.and_then(|kind| self.made(top, kind, &bytes).map(|()| kind));
                }
                Ok(Ground::Delta(base)) => {
                    let base = self.better.get(&base).copied().unwrap_or(base);
                    if let Some(why) = self.given_up(base) {
                        break Err(why);
                    }
                    if !seen.insert(base) {
                        break Err(ObjectError::BrokenBase);
                    }
                    chain.push(base);
                    top = base;
                }
                Err(why) => break Err(why),
            }
        };
        let mut child = Vec::new();
        while let Some(at) = chain.pop() {
            // The topmost object was made above; each other one is made of the one before.
            if at != top {
                made = made.and_then(|kind| {
                    let sizes = self.decoder.load(self.forest, at, self.limit)?;
                    if sizes.child > self.limit {
                        return Err(ObjectError::TooLarge { size: sizes.child });
                    }
                    self.decoder
                        .child(self.forest, at, sizes, kind, &bytes, &mut child)?;
                    std::mem::swap(&mut bytes, &mut child);
                    self.made(at, kind, &bytes)?;
                    Ok(kind)
                });
            }
            if let Err(why) = &made {
                // A caller that wants another copy continues with the next one.
                if depth > 0 && chain.is_empty() {
                    break;
                }
                // Another call has no more to spend, and other copies none, either.
                if *why == ObjectError::Unplanned {
                    break;
                }
                let below = why.below();
                match self.others(at, depth) {
                    Some((kind, other)) => (made, bytes) = (Ok(kind), other),
                    None => {
                        let list = if self.doubts == doubts {
                            &mut self.lost
                        } else {
                            &mut self.tried
                        };
                        list.extend(self.forest.all_copies(at).map(|copy| (copy, below.clone())));
                        if !chain.is_empty() {
                            made = Err(below);
                        }
                    }
                }
            }
        }
        made.map(|kind| (kind, bytes))
    }

    /// Lets the next objects cost as much as the first ones could.
    pub fn renew_allowance(&mut self) {
        self.allowance = ReadAllowance::new(Limits::EXPANSION);
    }

    /// The bytes that were made so far.
    #[cfg(test)]
    pub(super) fn spent(&self) -> u64 {
        self.allowance.spent()
    }

    /// Counts an object that was made, and keeps it if it is small.
    fn made(&mut self, node: NodeIndex, kind: ObjectKind, bytes: &[u8]) -> Result<(), ObjectError> {
        self.allowance.spend(self.forest, bytes.len() as u64)?;
        if bytes.len() <= KEPT / 8 {
            if self.room < bytes.len() {
                self.kept.clear();
                self.room = KEPT;
            }
            self.room -= bytes.len();
            self.kept.insert(node, (kind, Arc::new(bytes.to_vec())));
        }
        Ok(())
    }

    /// Another copy of the object of a node, if one can be read.
    fn others(&mut self, node: NodeIndex, depth: usize) -> Option<(ObjectKind, Vec<u8>)> {
        let forest = self.forest;
        if forest.copies(forest.id(node)).is_empty() {
            return None;
        }
        if depth == DEEPEST {
            self.doubts += 1;
            return None;
        }
        for other in forest.all_copies(node).filter(|&other| other != node) {
            if self.given_up(other).is_some() {
                continue;
            }
            self.tried.insert(other, ObjectError::BrokenBase);
            if let Ok(read) = self.copy(other, depth + 1) {
                self.tried.remove(&other);
                self.better.insert(node, other);
                return Some(read);
            }
        }
        None
    }
}
