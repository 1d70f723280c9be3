//! From ids to nodes. Every object has a row here, so rows hold no more than the bytes of an id.

use super::object_id::{ObjectFormat, ObjectId};

/// Ids with their nodes, in the order of ids.
pub(super) enum Lookup {
    Sha1(Rows<20>),
    Sha256(Rows<32>),
}

impl Lookup {
    /// `ids` come in order, each once, and are as many as `count`.
    pub(super) fn new(
        format: ObjectFormat,
        count: usize,
        ids: impl Iterator<Item = (ObjectId, u32)>,
    ) -> Self {
        match format {
            ObjectFormat::Sha1 => Lookup::Sha1(Rows::new(count, ids)),
            ObjectFormat::Sha256 => Lookup::Sha256(Rows::new(count, ids)),
        }
    }

    /// Finds many at once, which is faster than one after the other: what one waits for, memory, all wait for together.
    /// `found` has as many places as `ids`.
    pub(super) fn find_all(&self, ids: &[ObjectId], found: &mut [Option<u32>]) {
        match self {
            Lookup::Sha1(rows) => rows.find_all(ids, found),
            Lookup::Sha256(rows) => rows.find_all(ids, found),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (ObjectId, u32)> + '_ {
        let (short, long) = match self {
            Lookup::Sha1(rows) => (rows.rows.as_slice(), &[][..]),
            Lookup::Sha256(rows) => (&[][..], rows.rows.as_slice()),
        };
        let short = short.iter().map(|&(id, node)| (ObjectId::from(id), node));
        short.chain(long.iter().map(|&(id, node)| (ObjectId::from(id), node)))
    }
}

/// Rows for ids of one length.
pub(super) struct Rows<const N: usize> {
    rows: Vec<([u8; N], u32)>,
    /// Where the rows with the same first bits begin, so that finding an id compares with a few others only.
    starts: Vec<u32>,
    /// How many bits these are.
    bits: u32,
}

impl<const N: usize> Rows<N> {
    fn new(count: usize, ids: impl Iterator<Item = (ObjectId, u32)>) -> Self {
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

    fn find_all(&self, ids: &[ObjectId], found: &mut [Option<u32>]) {
        const TOGETHER: usize = 32;
        for (ids, found) in ids.chunks(TOGETHER).zip(found.chunks_mut(TOGETHER)) {
            let mut among = [(0u32, 0u32); TOGETHER];
            for (among, id) in among.iter_mut().zip(ids) {
                let place = first_bits(id.chunk::<4>(), self.bits);
                *among = (self.starts[place], self.starts[place + 1]);
            }
            // Most are in the first row. All of these are compared before anything is decided, so that none waits.
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
                } else {
                    rows.iter().find(|(other, _)| other == id.chunk::<N>())
                };
                // An id of another length has no row, whatever it begins with.
                *found = row
                    .filter(|_| id.format().length() == N)
                    .map(|&(_, node)| node);
            }
        }
    }
}

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
            let mut rows: Vec<_> = (0..80).map(|n| (id(n), n.into())).collect();
            rows.sort_unstable();
            let lookup = Lookup::new(format, rows.len(), rows.iter().copied());
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
            let mut found = [Some(1)];
            lookup.find_all(&[other], &mut found);
            assert_eq!(found, [None]);
        }
        let empty = Lookup::new(ObjectFormat::Sha1, 0, std::iter::empty());
        let mut found = [Some(1)];
        empty.find_all(&[ObjectId::from([1; 20])], &mut found);
        assert_eq!((found, empty.iter().count()), ([None], 0));
    }
}
