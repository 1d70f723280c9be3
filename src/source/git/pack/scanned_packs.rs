//! Packs that an earlier scan has read. Their objects are found by id and read one by one; they are
//! no nodes of the forest.

use std::collections::HashMap;
use std::sync::Arc;

use super::delta;
use super::inflate::Inflater;
use super::node_index::PackedNumber;
use super::object_error::ObjectError;
use super::object_id::{ObjectId, ObjectKind};
use super::pack_entry::EntryForm;
use super::packfile::{PackIdentity, Packfile};
use super::read_limits::{Limits, WorkLimits};
use super::size_supplement::LEAST;

/// The scanned packs, in the order of their identities. An object has a number: its place in the
/// index of its pack, after all objects of the packs before.
#[derive(Default)]
pub struct ScannedPacks {
    packs: Vec<Packfile>,
    /// The first number of each pack, then the number of objects.
    firsts: Vec<u32>,
}

impl ScannedPacks {
    /// The scanned packs, in this order.
    pub(super) fn new(packs: Vec<Packfile>) -> Self {
        let mut firsts = vec![0];
        for pack in &packs {
            firsts.push(firsts[firsts.len() - 1] + pack.index.len());
        }
        Self { packs, firsts }
    }

    /// Takes the packs with these identities out of `packs`; `None` if not all are there.
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

    /// The packs.
    pub(super) fn packs(&self) -> &[Packfile] {
        &self.packs
    }

    /// The number of objects; an object in several packs counts for each of them.
    pub fn len(&self) -> u32 {
        self.firsts.last().copied().unwrap_or(0)
    }

    /// True if there are no objects.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of an object, in the first pack that has it.
    pub fn find(&self, id: ObjectId) -> Option<PackedNumber> {
        self.packs
            .iter()
            .zip(&self.firsts)
            .find_map(|(pack, first)| Some(PackedNumber::new(first + pack.index.find(id)?)))
    }

    /// True if one of the packs has the object.
    pub fn contains(&self, id: ObjectId) -> bool {
        self.find(id).is_some()
    }

    /// # Panics
    /// If there is no such number.
    pub fn id(&self, number: PackedNumber) -> ObjectId {
        let (pack, place) = self.place(number).expect("a number of an object");
        self.packs[pack].index.id(place)
    }

    /// The number of the object's pack and the offset in it: an order in which bases are near their
    /// deltas.
    pub fn offset(&self, number: PackedNumber) -> Option<(usize, u64)> {
        let (pack, place) = self.place(number)?;
        Some((pack, self.packs[pack].index.offset(place)?))
    }

    fn place(&self, number: PackedNumber) -> Option<(usize, u32)> {
        let pack = self
            .firsts
            .partition_point(|&first| first <= number.get())
            .checked_sub(1)?;
        (number.get() < self.len()).then(|| (pack, number.get() - self.firsts[pack]))
    }
}

/// The bytes of objects that a reader keeps, since others are deltas of them.
const KEPT: usize = 48 << 20;

type Made = (ObjectKind, Arc<Vec<u8>>);

/// A reader of the objects of scanned packs, with buffers of its own.
pub(super) struct ScannedPackReader {
    inflater: Inflater,
    /// The objects that are kept, by pack and offset.
    kept: HashMap<(usize, u64), Made>,
    room: usize,
    /// The bytes that were made.
    made: u64,
}

impl ScannedPackReader {
    /// A reader with empty buffers.
    pub(super) fn new() -> Self {
        Self {
            inflater: Inflater::new(),
            kept: HashMap::new(),
            room: KEPT,
            made: 0,
        }
    }

    /// Reads an object. Objects and bases of more than `limit` bytes are refused.
    ///
    /// # Errors If the object is damaged or too large.
    pub(super) fn object(
        &mut self,
        known: &ScannedPacks,
        number: PackedNumber,
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
            let base = match entry.form {
                EntryForm::Whole(kind) => {
                    if entry.size > limit {
                        return Err(ObjectError::TooLarge { size: entry.size });
                    }
                    let mut out = Vec::new();
                    self.inflater
                        .inflate(stream, stream.len(), entry.size, &mut out)?;
                    let bytes = Arc::new(out);
                    self.keep((at, offset), kind, &bytes);
                    self.count(known, bytes.len())?;
                    break (kind, bytes);
                }
                // The base comes before the delta, so the chain ends.
                EntryForm::OffsetDelta(back) => {
                    offset.checked_sub(back).ok_or(ObjectError::BadHeader)?
                }
                EntryForm::RefDelta(id) => {
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
            chain.push(offset);
            offset = base;
        };
        let (mut steps, mut delta) = (Vec::new(), Vec::new());
        // One delta at a time: a chain of large ones would fill the memory.
        while let Some(offset) = chain.pop() {
            let (entry, stream) = pack.entry(offset)?;
            if entry.size > limit {
                return Err(ObjectError::TooLarge { size: entry.size });
            }
            self.inflater
                .inflate(stream, stream.len(), entry.size, &mut delta)?;
            let sizes = delta::sizes(&delta)?;
            if sizes.child > limit {
                return Err(ObjectError::TooLarge { size: sizes.child });
            }
            let mut child = Vec::new();
            delta::apply(&delta, sizes, &bytes, &mut steps, &mut child)?;
            bytes = Arc::new(child);
            self.keep((at, offset), kind, &bytes);
            self.count(known, bytes.len())?;
        }
        Ok((kind, bytes.to_vec()))
    }

    /// Counts bytes that were made, in proportion to the size of the packs.
    fn count(&mut self, known: &ScannedPacks, bytes: usize) -> Result<(), ObjectError> {
        self.made += bytes as u64;
        let stored: u64 = known.packs.iter().map(Packfile::length).sum();
        if self.made > WorkLimits::of(stored.max(LEAST), Limits::EXPANSION).made {
            return Err(ObjectError::Unplanned);
        }
        Ok(())
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

/// The longest chain of deltas. Git makes none longer (`pack.depth` is at most 4095); chains by ids
/// may form circles.
const LONGEST_CHAIN: usize = 4096;
