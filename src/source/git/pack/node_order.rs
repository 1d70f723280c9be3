//! Sorts nodes: by the offset of their entry in a pack, and by id over all packs.

use super::node_index::NodeIndex;
use super::object_id::ObjectId;

/// The offsets of `count` entries with their places in the index, sorted. Offsets are spread evenly
/// over a pack, so distributing them to buckets by their first bits is nearly all of the work.
pub(super) fn by_offset(count: u32, offset: impl Fn(u32) -> u64) -> Vec<(u64, u32)> {
    let last = (0..count).map(&offset).max().unwrap_or(0);
    let bits = u64::BITS - last.leading_zeros();
    let shift = bits.saturating_sub((count / 2).max(2).ilog2());
    let mut starts = vec![0u32; (last >> shift) as usize + 2];
    (0..count).for_each(|place| starts[(offset(place) >> shift) as usize] += 1);
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    let mut entries = vec![(0, 0); count as usize];
    // Each bucket fills from its end, so its start is where filling stops.
    for place in (0..count).rev() {
        let offset = offset(place);
        let start = &mut starts[(offset >> shift) as usize];
        *start -= 1;
        entries[*start as usize] = (offset, place);
    }
    starts
        .windows(2)
        .for_each(|bucket| entries[bucket[0] as usize..bucket[1] as usize].sort_unstable());
    entries
}

/// The nodes of all sources in the order of ids; copies of an object in the order of sources.
pub(super) fn merge(sources: &[Vec<(ObjectId, NodeIndex)>]) -> Vec<(ObjectId, NodeIndex)> {
    use std::cmp::Reverse;
    let mut next: Vec<usize> = vec![0; sources.len()];
    let head = |source: usize, at: usize| {
        sources[source]
            .get(at)
            .map(|&(id, _)| Reverse((id, source)))
    };
    let mut heads: std::collections::BinaryHeap<_> =
        (0..sources.len()).filter_map(|s| head(s, 0)).collect();
    let mut merged = Vec::with_capacity(sources.iter().map(Vec::len).sum());
    while let Some(mut top) = heads.peek_mut() {
        let source = top.0.1;
        merged.push(sources[source][next[source]]);
        next[source] += 1;
        match head(source, next[source]) {
            Some(head) => *top = head,
            None => drop(std::collections::binary_heap::PeekMut::pop(top)),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn offsets_are_in_order(offsets in proptest::collection::vec(prop_oneof![0..50u64, any::<u64>(), Just(u64::MAX)], 0..300)) {
            let mut expected: Vec<_> = offsets.iter().copied().zip(0..).collect();
            expected.sort_unstable();
            prop_assert_eq!(by_offset(offsets.len() as u32, |place| offsets[place as usize]), expected);
        }

        #[test]
        fn sources_are_merged(sources in proptest::collection::vec(proptest::collection::vec(0..40u8, 0..30), 0..5)) {
            let mut number = 0..;
            let mut sources: Vec<Vec<(ObjectId, NodeIndex)>> = sources
                .iter()
                .map(|ids| ids.iter().map(|&id| (ObjectId::from([id; 20]), NodeIndex::new(number.next().unwrap()))).collect())
                .collect();
            sources.iter_mut().for_each(|source| source.sort());
            let mut expected = sources.concat();
            // Numbers grow from source to source, so that copies are in their order.
            expected.sort();
            prop_assert_eq!(merge(&sources), expected);
        }
    }
}
