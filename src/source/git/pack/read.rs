//! Reads single objects by id: walks up to the whole object that a delta stands on, and down again. Where a copy on that
//! way is damaged, the other copies of that object are tried.

use std::collections::HashSet;

use super::decode::Decoder;
use super::error::ObjectError;
use super::forest::{Forest, Ground};
use super::id::{Kind, ObjectId};

/// Copies of copies are tried to this depth.
const DEEPEST: usize = 8;

/// Reads objects one by one, with buffers of its own.
pub struct Reader<'a> {
    forest: &'a Forest,
    decoder: Decoder,
    limit: u64,
}

impl<'a> Reader<'a> {
    /// `limit` is the number of bytes beyond which neither an object nor a base of one is read.
    pub fn new(forest: &'a Forest, limit: u64) -> Self {
        Self { forest, decoder: Decoder::new(), limit }
    }

    /// Reads an object; `None` if the repository does not hold it.
    pub fn read(&mut self, id: ObjectId) -> Option<Result<(Kind, Vec<u8>), ObjectError>> {
        self.forest.find(id).map(|node| self.node(node))
    }

    /// Reads a node or, failing that, another copy of its object.
    pub(super) fn node(&mut self, node: u32) -> Result<(Kind, Vec<u8>), ObjectError> {
        self.copy(node, 0)
    }

    fn copy(&mut self, node: u32, depth: usize) -> Result<(Kind, Vec<u8>), ObjectError> {
        let mut chain = vec![node];
        let mut seen = HashSet::from([node]);
        let mut top = node;
        let mut bytes = Vec::new();
        let mut made = loop {
            match self.forest.ground(top) {
                Ok(Ground::Whole(_)) => break self.decoder.whole(self.forest, top, self.limit, &mut bytes),
                Ok(Ground::Delta(base)) if seen.insert(base) => {
                    chain.push(base);
                    top = base;
                }
                Ok(Ground::Delta(_)) => break Err(ObjectError::BrokenBase),
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
                    self.decoder.child(self.forest, at, sizes, kind, &bytes, &mut child)?;
                    std::mem::swap(&mut bytes, &mut child);
                    Ok(kind)
                });
            }
            if let Err(why) = &made {
                match self.others(at, depth) {
                    Some((kind, other)) => (made, bytes) = (Ok(kind), other),
                    None if chain.is_empty() => {}
                    None => {
                        made = Err(if why.is_limit() { ObjectError::BaseTooLarge } else { ObjectError::BrokenBase })
                    }
                }
            }
        }
        made.map(|kind| (kind, bytes))
    }

    /// Another copy of the object of a node, if one can be read.
    fn others(&mut self, node: u32, depth: usize) -> Option<(Kind, Vec<u8>)> {
        let forest = self.forest;
        let id = forest.id(node);
        let copies = forest.copies(id);
        if copies.is_empty() || depth == DEEPEST {
            return None;
        }
        let all = forest.find(id).into_iter().chain(copies.iter().copied()).filter(|&other| other != node);
        all.into_iter().find_map(|other| self.copy(other, depth + 1).ok())
    }
}
