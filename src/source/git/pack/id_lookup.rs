//! Looks up nodes by id. Every object has a row here, so a row holds no more bytes than an id has.

use super::node_index::NodeIndex;
use super::object_id::{ObjectFormat, ObjectId};

/// Ids with their nodes, in the order of ids.
pub(super) enum IdLookup {
    /// Ids of 20 bytes.
    Sha1(Rows<20>),
    /// Ids of 32 bytes.
    Sha256(Rows<32>),
}

impl IdLookup {
    /// A table of `count` ids, which come in order, each once.
    pub(super) fn new(
        format: ObjectFormat,
        count: usize,
        ids: impl Iterator<Item = (ObjectId, NodeIndex)>,
    ) -> Self {
        match format {
            ObjectFormat::Sha1 => IdLookup::Sha1(Rows::new(count, ids)),
            ObjectFormat::Sha256 => IdLookup::Sha256(Rows::new(count, ids)),
        }
    }

    /// Finds the nodes of many ids. This is faster than finding one after the other, since the
    /// waits for memory overlap. `found` has as many places as `ids`.
    pub(super) fn find_all(&self, ids: &[ObjectId], found: &mut [Option<NodeIndex>]) {
        match self {
            IdLookup::Sha1(rows) => rows.find_all(ids, found),
            IdLookup::Sha256(rows) => rows.find_all(ids, found),
        }
    }

    /// All ids with their nodes, in the order of ids.
    pub(super) fn iter(&self) -> impl Iterator<Item = (ObjectId, NodeIndex)> + '_ {
        let (short, long) = match self {
            IdLookup::Sha1(rows) => (rows.rows.as_slice(), &[][..]),
            IdLookup::Sha256(rows) => (&[][..], rows.rows.as_slice()),
        };
        let short = short.iter().map(|&(id, node)| (ObjectId::from(id), node));
        short.chain(long.iter().map(|&(id, node)| (ObjectId::from(id), node)))
    }
}

/// The rows for ids of one length.
pub(super) struct Rows<const N: usize> {
    rows: Vec<([u8; N], NodeIndex)>,
    /// The first row for each value of an id's first bits: a lookup compares few rows.
    starts: Vec<u32>,
    /// The number of these first bits.
    bits: u32,
}

impl<const N: usize> Rows<N> {
    fn new(count: usize, ids: impl Iterator<Item = (ObjectId, NodeIndex)>) -> Self {
        let mut rows = Vec::with_capacity(count);
        rows.extend(ids.map(|(id, node)| (*id.chunk(), node)));
        let bits = (rows.len() as u32 * 2).clamp(2, 1 << 24).ilog2();
        let mut starts = vec![0; (1 << bits) + 1];
        for (id, _) in &rows {
            starts[first_bits(id, bits) + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        Self { rows, starts, bits }
    }

    fn find_all(&self, ids: &[ObjectId], found: &mut [Option<NodeIndex>]) {
        const TOGETHER: usize = 32;
        for (ids, found) in ids.chunks(TOGETHER).zip(found.chunks_mut(TOGETHER)) {
            let mut among = [(0u32, 0u32); TOGETHER];
            for (among, id) in among.iter_mut().zip(ids) {
                let place = first_bits(id.chunk::<4>(), self.bits);
                *among = (self.starts[place], self.starts[place + 1]);
            }
            // Most ids are in the first row of their range. All first rows are compared before any
            // decision, so that the waits overlap.
            let mut first = [false; TOGETHER];
            for ((first, &(start, _)), id) in first.iter_mut().zip(&among).zip(ids) {
                *first = self
                    .rows
                    .get(start as usize)
                    .is_some_and(|(other, _)| other == id.chunk::<N>());
            }
            for (((&(start, end), first), id), found) in among.iter().zip(first).zip(ids).zip(found)
            {
                let rows = &self.rows[start as usize..end as usize];
                let row = if first {
                    rows.first()
                } else if rows.len() <= FEW {
                    rows.iter().find(|(other, _)| other == id.chunk::<N>())
                } else {
                    // Ids of a hostile index can all begin alike.
                    let place = rows.binary_search_by_key(&id.chunk::<N>(), |(other, _)| other);
                    place.ok().map(|at| &rows[at])
                };
                // An id of another length has no row, whatever its first bytes are.
                *found = row
                    .filter(|_| id.format().length() == N)
                    .map(|&(_, node)| node);
            }
        }
    }
}

/// So many rows are compared one after the other: chance makes no ranges of more.
const FEW: usize = 16;

fn first_bits(id: &[u8], bits: u32) -> usize {
    let first = id
        .first_chunk()
        .map_or(0, |first| u32::from_be_bytes(*first));
    first.checked_shr(32 - bits).unwrap_or(0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_found() {
        for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
            let id = |n: u8| {
                format
                    .first(&[&[n.wrapping_mul(3)][..], &[7; 31]].concat())
                    .unwrap()
            };
            let mut rows: Vec<_> = (0..80).map(|n| (id(n), NodeIndex::new(n.into()))).collect();
            rows.sort_unstable();
            let lookup = IdLookup::new(format, rows.len(), rows.iter().copied());
            assert_eq!(lookup.iter().collect::<Vec<_>>(), rows);
            // More at once than are looked for together.
            let wanted: Vec<_> = (0..=255)
                .map(|n| format.first(&[&[n][..], &[7; 31]].concat()).unwrap())
                .collect();
            let mut found = vec![None; wanted.len()];
            lookup.find_all(&wanted, &mut found);
            for (id, found) in wanted.iter().zip(found) {
                let expected = rows
                    .iter()
                    .find(|(other, _)| other == id)
                    .map(|(_, node)| *node);
                assert_eq!(found, expected);
            }
            let other = format
                .other()
                .first(&[&[0][..], &[7; 31]].concat())
                .unwrap();
            let mut found = [Some(NodeIndex::new(1))];
            lookup.find_all(&[other], &mut found);
            assert_eq!(found, [None]);
        }
        // Ids that begin alike.
        let id = |n: u8| {
            ObjectId::from(
                [&[7; 19][..], &[n]]
                    .concat()
                    .try_into()
                    .map(|id: [u8; 20]| id)
                    .unwrap(),
            )
        };
        let rows: Vec<_> = (0..200)
            .map(|n| (id(n), NodeIndex::new(n.into())))
            .collect();
        let lookup = IdLookup::new(ObjectFormat::Sha1, rows.len(), rows.iter().copied());
        let wanted: Vec<_> = (0..=255).map(id).collect();
        let mut found = vec![None; wanted.len()];
        lookup.find_all(&wanted, &mut found);
        assert!((0..200).all(|n| found[n] == Some(NodeIndex::at(n))));
        assert!(found[200..].iter().all(Option::is_none));
        let empty = IdLookup::new(ObjectFormat::Sha1, 0, std::iter::empty());
        let mut found = [Some(NodeIndex::new(1))];
        empty.find_all(&[ObjectId::from([1; 20])], &mut found);
        assert_eq!((found, empty.iter().count()), ([None], 0));
    }
}
