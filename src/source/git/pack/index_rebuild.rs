//! Rebuilds the index of a pack whose own is missing or unusable. An index may be lost by a copy or
//! a clean-up, above all where a multi-pack-index seems to replace it. An index holds nothing that
//! does not follow from the pack: entries are contiguous, each ends where its zlib stream ends, and
//! ids are hashes.

use std::collections::HashMap;

use super::delta;
use super::inflate::{Inflater, Streams};
use super::object_id::{ObjectFormat, ObjectId, ObjectKind};
use super::pack_entry::{self, EntryForm, PackEntry};
use crate::cancel;

/// The largest object in bytes that gets a row. Deltas on larger objects get none, either.
const LARGEST: u64 = 128 << 20;
/// The most bytes of bases in memory. Deltas on further bases get no row.
const HELD: usize = 256 << 20;
/// The bytes of objects that are made for each byte at which the pack is counted. Then the rest gets no row. Each of them is
/// copied and hashed. Of large repositories with long histories, up to 100 times the bytes are made.
const EXPANSION: u64 = 512;

/// The objects of a pack.
pub(super) struct Rebuilt {
    /// The id, offset and CRC-32 of each object, in the order of ids.
    pub(super) rows: Vec<(ObjectId, u64, u32)>,
    /// The number of objects that are missing and the extent that was read, in words, if objects
    /// are missing.
    pub(super) gap: Option<String>,
    /// The bytes at which the pack had to be counted.
    pub(super) counted: u64,
}

/// Reads the entries of a pack from the offset `first` to `end`. `count` is the number of entries
/// that its header gives, `counted` the bytes at which the pack is counted.
pub(super) fn rebuild(
    pack: &[u8],
    first: usize,
    end: usize,
    count: u32,
    format: ObjectFormat,
    counted: u64,
) -> Rebuilt {
    let starts = starts(pack, first, end, count, format);
    let stop = starts[starts.len() - 1];
    let most = counted.saturating_mul(EXPANSION);
    let mut resolver = Resolver::new(pack, &starts, format, most);
    resolver.run();
    let mut rows = Vec::with_capacity(starts.len());
    // By an index, an entry extends to the start of the next one that has a row.
    let mut next = end;
    for (&start, id) in starts.iter().zip(&resolver.ids).rev() {
        if let &Some(id) = id {
            rows.push((id, start as u64, crc32fast::hash(&pack[start..next])));
            next = start;
        }
    }
    rows.sort_unstable();
    let gap = (rows.len() < count as usize || stop < end).then(|| {
        format!(
            "{} of its {count} objects can be read, up to byte {stop} of {end}",
            rows.len()
        )
    });
    let counted = (most - resolver.left).div_ceil(EXPANSION);
    Rebuilt { rows, gap, counted }
}

/// The offsets of the entries, up to the first damaged one (the start of the next entry is then
/// unknown), and the end of the last one.
fn starts(pack: &[u8], first: usize, end: usize, count: u32, format: ObjectFormat) -> Vec<usize> {
    let (mut starts, mut start, mut streams) = (vec![first], first, Streams::new());
    while starts.len() <= count as usize && start < end && !cancel::stopped() {
        let Ok(entry) = pack_entry::parse(&pack[start..end], format) else {
            break;
        };
        let data = start + entry.header;
        let Some(length) = streams.length(&pack[data..end], entry.size) else {
            break;
        };
        start = data + length;
        starts.push(start);
    }
    starts
}

/// Makes all objects once, each base before its deltas, to hash them.
struct Resolver<'a> {
    pack: &'a [u8],
    starts: &'a [usize],
    format: ObjectFormat,
    ids: Vec<Option<ObjectId>>,
    /// The deltas by distance as pairs of base and delta, in order.
    by_distance: Vec<(u32, u32)>,
    /// The deltas by id, until their base is made.
    waiting: HashMap<ObjectId, Vec<u32>>,
    inflater: Inflater,
    delta: Vec<u8>,
    stack: Vec<Frame>,
    held: usize,
    /// The bytes of objects that may still be made.
    left: u64,
}

/// A base, and the deltas on it that are still to be made.
struct Frame {
    kind: ObjectKind,
    bytes: Vec<u8>,
    left: Vec<u32>,
}

impl<'a> Resolver<'a> {
    fn new(pack: &'a [u8], starts: &'a [usize], format: ObjectFormat, left: u64) -> Self {
        let count = starts.len() - 1;
        let (inflater, ids) = (Inflater::new(), vec![None; count]);
        let (by_distance, waiting, delta, stack, held) = Default::default();
        let mut resolver = Self {
            pack,
            starts,
            format,
            ids,
            by_distance,
            waiting,
            inflater,
            delta,
            stack,
            held,
            left,
        };
        for at in 0..count {
            match resolver.entry(at).map(|(entry, _)| entry.form) {
                Some(EntryForm::Whole(_)) | None => {}
                Some(EntryForm::OffsetDelta(back)) => {
                    let base = usize::try_from(back)
                        .ok()
                        .and_then(|back| starts[at].checked_sub(back));
                    let base = base.and_then(|base| starts[..at].binary_search(&base).ok());
                    resolver
                        .by_distance
                        .extend(base.map(|base| (base as u32, at as u32)));
                }
                Some(EntryForm::RefDelta(id)) => {
                    resolver.waiting.entry(id).or_default().push(at as u32)
                }
            }
        }
        resolver.by_distance.sort_unstable();
        resolver
    }

    /// An entry, and its compressed data.
    fn entry(&self, at: usize) -> Option<(PackEntry, &'a [u8])> {
        let pack: &'a [u8] = self.pack;
        let bytes = &pack[self.starts[at]..self.starts[at + 1]];
        pack_entry::parse(bytes, self.format)
            .ok()
            .map(|entry| (entry, &bytes[entry.header..]))
    }

    fn run(&mut self) {
        for at in 0..self.ids.len() {
            let Some((
                PackEntry {
                    form: EntryForm::Whole(kind),
                    ..
                },
                _,
            )) = self.entry(at)
            else {
                continue;
            };
            let mut bytes = Vec::new();
            if self.inflate(at, &mut bytes) {
                self.made(at, kind, bytes);
            }
            if cancel::stopped() || self.left == 0 {
                return;
            }
            while let Some(mut frame) = self.stack.pop() {
                let Some(child) = frame.left.pop().filter(|_| self.left > 0) else {
                    continue;
                };
                self.held -= frame.bytes.len();
                let made = self.child(child as usize, &frame.bytes);
                let kind = frame.kind;
                // A base is released before its last delta is followed: a chain of any length holds
                // one base at a time.
                if !frame.left.is_empty() {
                    self.held += frame.bytes.len();
                    self.stack.push(frame);
                }
                if let Some(bytes) = made {
                    self.made(child as usize, kind, bytes);
                }
            }
        }
    }

    fn inflate(&mut self, at: usize, out: &mut Vec<u8>) -> bool {
        let Some((entry, stream)) = self.entry(at).filter(|(entry, _)| entry.size <= LARGEST)
        else {
            return false;
        };
        self.inflater
            .inflate(stream, stream.len(), entry.size, out)
            .is_ok()
    }

    fn child(&mut self, at: usize, base: &[u8]) -> Option<Vec<u8>> {
        let mut delta = std::mem::take(&mut self.delta);
        let made = self.inflate(at, &mut delta).then(|| {
            let sizes = delta::sizes(&delta)
                .ok()
                .filter(|sizes| sizes.child <= LARGEST)?;
            let (mut steps, mut out) = (Vec::new(), Vec::new());
            delta::apply(&delta, sizes, base, &mut steps, &mut out)
                .ok()
                .map(|_| out)
        });
        self.delta = delta;
        made.flatten()
    }

    /// Records the id of an object, and pushes its deltas.
    fn made(&mut self, at: usize, kind: ObjectKind, bytes: Vec<u8>) {
        self.left = self.left.saturating_sub(bytes.len() as u64);
        let id = ObjectId::of(self.format, kind, &bytes);
        self.ids[at] = Some(id);
        let first = self
            .by_distance
            .partition_point(|&(base, _)| (base as usize) < at);
        let children = self.by_distance[first..]
            .iter()
            .take_while(|&&(base, _)| base as usize == at);
        let mut left: Vec<u32> = children.map(|&(_, child)| child).collect();
        left.extend(self.waiting.remove(&id).unwrap_or_default());
        if !left.is_empty() && self.held + bytes.len() <= HELD {
            self.held += bytes.len();
            self.stack.push(Frame { kind, bytes, left });
        }
    }
}
