//! Reads single objects by id: walks up to the whole object that a delta stands on, and down again. Where a copy on that
//! way is damaged, the other copies of that object are tried.

use std::collections::{HashMap, HashSet};

use super::forest::{Forest, Ground};
use super::object_decoder::Decoder;
use super::object_error::ObjectError;
use super::object_id::{ObjectId, ObjectKind};
use super::scanned_packs::ScannedPackReader;

/// Copies of the bases of copies are tried to this depth.
const DEEPEST: usize = 8;

/// Reads objects one by one, with buffers of its own.
pub struct ObjectReader<'a> {
    forest: &'a Forest,
    decoder: Decoder,
    limit: u64,
    /// Nodes of which no copy can be read, with what is to be said of their children. None of them is tried again: where
    /// many copies are damaged there are more ways through them than there is time.
    lost: HashMap<u32, ObjectError>,
    /// The same for one call: nodes that could not be read while others were under way, and those others.
    tried: HashMap<u32, ObjectError>,
    /// For nodes that are damaged, another copy that was read.
    better: HashMap<u32, u32>,
    /// How often something was given up that might be read at another time.
    doubts: usize,
    scanned: ScannedPackReader,
}

impl<'a> ObjectReader<'a> {
    /// `limit` is the number of bytes beyond which neither an object nor a base of one is read.
    pub fn new(forest: &'a Forest, limit: u64) -> Self {
        let (lost, tried, better) = Default::default();
        Self {
            forest,
            decoder: Decoder::new(),
            limit,
            lost,
            tried,
            better,
            doubts: 0,
            scanned: ScannedPackReader::new(),
        }
    }

    /// Reads an object; `None` if the repository does not hold it.
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

    /// Reads an object of the packs that are known, by its number there.
    pub fn scanned_object(&mut self, number: u32) -> Result<(ObjectKind, Vec<u8>), ObjectError> {
        self.scanned
            .object(&self.forest.scanned, number, self.limit)
    }

    /// Reads a node or, failing that, another copy of its object.
    pub(super) fn node(&mut self, node: u32) -> Result<(ObjectKind, Vec<u8>), ObjectError> {
        self.tried.clear();
        self.copy(node, 0)
    }

    /// Why a node is not to be tried, if it is not.
    fn given_up(&mut self, node: u32) -> Option<ObjectError> {
        let sure = self.lost.get(&node);
        let found = sure.or_else(|| self.tried.get(&node)).cloned();
        self.doubts += usize::from(found.is_some() && sure.is_none());
        found
    }

    fn copy(&mut self, node: u32, depth: usize) -> Result<(ObjectKind, Vec<u8>), ObjectError> {
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
            // The topmost was made above, each other one is made of the one before.
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
                // Whoever wants this as another copy goes on to the next one.
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
    fn others(&mut self, node: u32, depth: usize) -> Option<(ObjectKind, Vec<u8>)> {
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
