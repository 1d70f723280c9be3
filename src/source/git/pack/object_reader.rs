//! Reads single objects by id: follows the chain of deltas up to a whole object, and applies them
//! on the way back. If a copy on the chain is damaged, the other copies of that object are tried.

use std::collections::{HashMap, HashSet};

use super::forest::{Forest, Ground};
use super::node_index::{NodeIndex, PackedNumber};
use super::object_decoder::ObjectDecoder;
use super::object_error::ObjectError;
use super::object_id::{ObjectId, ObjectKind};
use super::scanned_packs::ScannedPackReader;

/// The depth to which copies of the bases of copies are tried.
const DEEPEST: usize = 8;

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
    pub(super) fn node(&mut self, node: NodeIndex) -> Result<(ObjectKind, Vec<u8>), ObjectError> {
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
            match self.forest.ground(top) {
                Ok(Ground::Whole(_)) => {
                    break self.decoder.whole(self.forest, top, self.limit, &mut bytes);
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
                    Ok(kind)
                });
            }
            if let Err(why) = &made {
                // A caller that wants another copy continues with the next one.
                if depth > 0 && chain.is_empty() {
                    break;
                }
                let below = if why.is_limit() {
                    ObjectError::BaseTooLarge
                } else {
                    ObjectError::BrokenBase
                };
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
