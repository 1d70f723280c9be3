//! Packs that an earlier scan has read: their objects are found by id and read one by one, and are no nodes of the forest.

use std::collections::HashMap;
use std::sync::Arc;

use super::delta;
use super::inflate::Inflater;
use super::object_error::ObjectError;
use super::object_id::{ObjectId, ObjectKind};
use super::pack_entry::Form;
use super::packfile::{PackIdentity, Packfile};

/// Packs in the order in which they were marked. An object has a number: its place in the index of its pack, after all
/// objects of the packs before.
#[derive(Default)]
pub struct ScannedPacks {
    packs: Vec<Packfile>,
    /// The first number of each pack, then how many there are.
    firsts: Vec<u32>,
}

impl ScannedPacks {
    /// `packs` are those of `marks`, in their order.
    pub(super) fn new(packs: Vec<Packfile>) -> Self {
        let mut firsts = vec![0];
        for pack in &packs {
            firsts.push(firsts[firsts.len() - 1] + pack.index.len());
        }
        Self { packs, firsts }
    }

    /// Takes the packs of `marks` out of `packs`; `None` if not all are there.
    pub(super) fn take(packs: &mut Vec<Packfile>, marks: &[PackIdentity]) -> Option<Self> {
        let mut taken = Vec::new();
        for mark in marks {
            let at = packs
                .iter()
                .position(|pack| pack.identity() == *mark && !pack.hash)?;
            taken.push(packs.remove(at));
        }
        Some(Self::new(taken))
    }

    /// Number of objects, those that stand in several packs more than once.
    pub fn len(&self) -> u32 {
        self.firsts.last().copied().unwrap_or(0)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of an object, in the first pack that has it.
    pub fn find(&self, id: ObjectId) -> Option<u32> {
        self.packs
            .iter()
            .zip(&self.firsts)
            .find_map(|(pack, first)| Some(first + pack.index.find(id)?))
    }

    pub fn contains(&self, id: ObjectId) -> bool {
        self.find(id).is_some()
    }

    /// # Panics
    /// If there is no such number.
    pub fn id(&self, number: u32) -> ObjectId {
        let (pack, place) = self.place(number).expect("a number of an object");
        self.packs[pack].index.id(place)
    }

    /// Where in its pack the object begins, after all packs before; for an order in which bases are near.
    pub fn offset(&self, number: u32) -> Option<(usize, u64)> {
        let (pack, place) = self.place(number)?;
        Some((pack, self.packs[pack].index.offset(place)?))
    }

    fn place(&self, number: u32) -> Option<(usize, u32)> {
        let pack = self
            .firsts
            .partition_point(|&first| first <= number)
            .checked_sub(1)?;
        (number < self.len()).then(|| (pack, number - self.firsts[pack]))
    }
}

/// Bytes of objects that a reader keeps, since others are deltas of them.
const KEPT: usize = 48 << 20;

type Made = (ObjectKind, Arc<Vec<u8>>);

/// Reads objects of packs that are known, with buffers of its own.
pub(super) struct ScannedPackReader {
    inflater: Inflater,
    /// By pack and offset.
    kept: HashMap<(usize, u64), Made>,
    room: usize,
}

impl ScannedPackReader {
    pub(super) fn new() -> Self {
        Self {
            inflater: Inflater::new(),
            kept: HashMap::new(),
            room: KEPT,
        }
    }

    /// `limit` is the number of bytes beyond which neither an object nor a base of one is read.
    pub(super) fn object(
        &mut self,
        known: &ScannedPacks,
        number: u32,
        limit: u64,
    ) -> Result<(ObjectKind, Vec<u8>), ObjectError> {
        let (at, place) = known.place(number).ok_or(ObjectError::OutOfPack)?;
        let pack = &known.packs[at];
        let mut offset = pack.index.offset(place).ok_or(ObjectError::OutOfPack)?;
        let mut chain = Vec::new();
        let (kind, mut bytes) = loop {
            if let Some((kind, kept)) = self.kept.get(&(at, offset)) {
                break (*kind, Arc::clone(kept));
            }
            let (entry, stream) = pack.entry(offset)?;
            if entry.size > limit {
                return Err(ObjectError::TooLarge { size: entry.size });
            }
            let mut out = Vec::new();
            self.inflater
                .inflate(stream, stream.len(), entry.size, &mut out)?;
            let base = match entry.form {
                Form::Whole(kind) => {
                    let bytes = Arc::new(out);
                    self.keep((at, offset), kind, &bytes);
                    break (kind, bytes);
                }
                // Towards the beginning: no chain goes round.
                Form::OffsetDelta(back) => {
                    offset.checked_sub(back).ok_or(ObjectError::BadHeader)?
                }
                Form::RefDelta(id) => {
                    let base = pack
                        .index
                        .find(id)
                        .and_then(|place| pack.index.offset(place));
                    base.filter(|&base| base != offset)
                        .ok_or(ObjectError::MissingBase(id))?
                }
            };
            if chain.len() > LONGEST_CHAIN {
                return Err(ObjectError::BrokenBase);
            }
            chain.push((offset, out));
            offset = base;
        };
        let mut steps = Vec::new();
        while let Some((offset, delta)) = chain.pop() {
            let sizes = delta::sizes(&delta)?;
            if sizes.child > limit {
                return Err(ObjectError::TooLarge { size: sizes.child });
            }
            let mut child = Vec::new();
            delta::apply(&delta, sizes, &bytes, &mut steps, &mut child)?;
            bytes = Arc::new(child);
            self.keep((at, offset), kind, &bytes);
        }
        Ok((kind, bytes.to_vec()))
    }

    fn keep(&mut self, place: (usize, u64), kind: ObjectKind, bytes: &Arc<Vec<u8>>) {
        if bytes.len() > KEPT / 8 {
            return;
        }
        if self.room < bytes.len() {
            self.kept.clear();
            self.room = KEPT;
        }
        self.room -= bytes.len();
        self.kept.insert(place, (kind, Arc::clone(bytes)));
    }
}

/// Git makes none longer (`pack.depth` is at most 4095). Chains by ids may go round.
const LONGEST_CHAIN: usize = 4096;
