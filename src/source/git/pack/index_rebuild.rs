//! The index of a pack that has none, or none that can be used: somebody who copies or cleans up may lose it, all the more
//! where a multi-pack-index seems to make it needless. All that it says follows from the pack: entries stand one behind the
//! other, each ends where its zlib stream ends, and ids are hashes.

use std::collections::HashMap;

use super::delta;
use super::inflate::{Inflater, Streams};
use super::object_id::{ObjectFormat, ObjectId, ObjectKind};
use super::pack_entry::{self, Entry, Form};
use crate::cancel;

/// Larger objects get no row, and neither do deltas on them.
const LARGEST: u64 = 128 << 20;
/// Bytes of bases that are held at a time: what stands on more gets no row.
const HELD: usize = 512 << 20;

/// What a pack holds.
pub(super) struct Rebuilt {
    /// Id, offset and CRC-32 of each object, in the order of ids.
    pub(super) rows: Vec<(ObjectId, u64, u32)>,
    /// Why some objects are missing, if they are.
    pub(super) gap: Option<String>,
}

/// Reads the entries of a pack, of which the header says that they are `count`. They begin at `first` and end at `end`.
pub(super) fn rebuild(
    pack: &[u8],
    first: usize,
    end: usize,
    count: u32,
    format: ObjectFormat,
) -> Rebuilt {
    let starts = starts(pack, first, end, count, format);
    let stop = starts[starts.len() - 1];
    let mut resolver = Resolver::new(pack, &starts, format);
    resolver.run();
    let mut rows = Vec::with_capacity(starts.len());
    // To who reads by the index, an entry goes on to where the next one begins that has a row.
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
    Rebuilt { rows, gap }
}

/// Where entries begin, up to the first one that is damaged, for nobody knows where the next one begins; and where the last
/// of them ends.
fn starts(pack: &[u8], first: usize, end: usize, count: u32, format: ObjectFormat) -> Vec<usize> {
    let (mut starts, mut start, mut streams) = (vec![first], first, Streams::new());
    while starts.len() <= count as usize && start < end && !cancel::interrupted() {
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
    /// Deltas by distance: base and delta, in order.
    by_distance: Vec<(u32, u32)>,
    /// Deltas by id, until their base is there.
    waiting: HashMap<ObjectId, Vec<u32>>,
    inflater: Inflater,
    delta: Vec<u8>,
    stack: Vec<Frame>,
    held: usize,
}

/// A base, and the deltas on it that are still to be made.
struct Frame {
    kind: ObjectKind,
    bytes: Vec<u8>,
    left: Vec<u32>,
}

impl<'a> Resolver<'a> {
    fn new(pack: &'a [u8], starts: &'a [usize], format: ObjectFormat) -> Self {
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
        };
        for at in 0..count {
            match resolver.entry(at).map(|(entry, _)| entry.form) {
                Some(Form::Whole(_)) | None => {}
                Some(Form::OffsetDelta(back)) => {
                    let base = usize::try_from(back)
                        .ok()
                        .and_then(|back| starts[at].checked_sub(back));
                    let base = base.and_then(|base| starts[..at].binary_search(&base).ok());
                    resolver
                        .by_distance
                        .extend(base.map(|base| (base as u32, at as u32)));
                }
                Some(Form::RefDelta(id)) => resolver.waiting.entry(id).or_default().push(at as u32),
            }
        }
        resolver.by_distance.sort_unstable();
        resolver
    }

    /// An entry, and its compressed data.
    fn entry(&self, at: usize) -> Option<(Entry, &'a [u8])> {
        let pack: &'a [u8] = self.pack;
        let bytes = &pack[self.starts[at]..self.starts[at + 1]];
        pack_entry::parse(bytes, self.format)
            .ok()
            .map(|entry| (entry, &bytes[entry.header..]))
    }

    fn run(&mut self) {
        for at in 0..self.ids.len() {
            let Some((
                Entry {
                    form: Form::Whole(kind),
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
            if cancel::interrupted() {
                return;
            }
            while let Some(mut frame) = self.stack.pop() {
                let Some(child) = frame.left.pop() else {
                    continue;
                };
                self.held -= frame.bytes.len();
                let made = self.child(child as usize, &frame.bytes);
                let kind = frame.kind;
                // A base is let go before its last delta is followed: a chain of any length holds one at a time.
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

    /// Notes the id of an object, and what is to be made of it.
    fn made(&mut self, at: usize, kind: ObjectKind, bytes: Vec<u8>) {
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
