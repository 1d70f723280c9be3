//! From "which base has each object" to "which children has each base": compact rows, and the kind that each tree of
//! deltas has throughout.

use super::object_id::ObjectKind;

/// No base: the object is whole, or its base is not to be had.
pub const NONE: u32 = u32::MAX;

/// Children by base, in one array: those of node `n` are `children[starts[n]..starts[n + 1]]`.
#[derive(Default)]
pub(super) struct Links {
    starts: Vec<u32>,
    children: Vec<u32>,
}

impl Links {
    /// `bases` has for each node its base or [`NONE`], and no circles. Children are in order of nodes, but for the one with
    /// the most descendants, which is the last: whoever holds a base while it goes down from any child but the last has at
    /// most half of the base's descendants below it, so a walk holds few bases however deep the tree is.
    pub(super) fn new(bases: &[u32]) -> Self {
        let mut starts = vec![0u32; bases.len() + 1];
        for &base in bases.iter().filter(|&&base| base != NONE) {
            starts[base as usize] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut children = vec![0; sum as usize];
        // Each row fills from its end, so that its start is where filling stops.
        for (node, &base) in bases.iter().enumerate().rev() {
            if base != NONE {
                starts[base as usize] -= 1;
                children[starts[base as usize] as usize] = node as u32;
            }
        }
        let mut links = Self { starts, children };
        links.heaviest_last(bases);
        links
    }

    fn heaviest_last(&mut self, bases: &[u32]) {
        let mut weights = vec![1u32; bases.len()];
        let mut add = |node: usize| {
            if bases[node] != NONE {
                weights[bases[node] as usize] += weights[node];
            }
        };
        if forward(bases) {
            (0..bases.len()).rev().for_each(add);
        } else {
            let mut order: Vec<u32> = Vec::with_capacity(bases.len());
            order.extend((0..bases.len() as u32).filter(|&node| bases[node as usize] == NONE));
            let mut at = 0;
            while at < order.len() {
                order.extend_from_slice(self.children(order[at]));
                at += 1;
            }
            order.iter().rev().for_each(|&node| add(node as usize));
        }
        for node in 0..bases.len() {
            let row = self.starts[node] as usize..self.starts[node + 1] as usize;
            let row = &mut self.children[row];
            if row.len() < 2 {
                continue;
            }
            if let Some(heaviest) = (0..row.len()).max_by_key(|&at| weights[row[at] as usize]) {
                row[heaviest..].rotate_left(1);
            }
        }
    }

    /// Where the children of a node are, for [`Self::child`].
    pub(super) fn range(&self, node: u32) -> (u32, u32) {
        (self.starts[node as usize], self.starts[node as usize + 1])
    }

    pub(super) fn child(&self, at: u32) -> u32 {
        self.children[at as usize]
    }

    pub(super) fn children(&self, node: u32) -> &[u32] {
        let (start, end) = self.range(node);
        &self.children[start as usize..end as usize]
    }
}

/// Whether every base stands before what is a delta of it, as a base by distance must.
fn forward(bases: &[u32]) -> bool {
    // Of all, without stopping at the first: many are compared at once.
    (0u32..).zip(bases).fold(true, |all, (node, &base)| {
        all & (base == NONE || base < node)
    })
}

/// Finds nodes whose bases lead back to them. Only deltas by id can do that, and only in damaged or hostile packs.
pub(super) fn circles(bases: &[u32]) -> Vec<u32> {
    // Without a base behind, nothing can go round.
    if forward(bases) {
        return Vec::new();
    }
    // 0 is not seen, other numbers tell which climb saw the node first.
    let mut seen = vec![0u32; bases.len()];
    let mut found = Vec::new();
    for start in 0..bases.len() as u32 {
        let mut node = start;
        while node != NONE && seen[node as usize] == 0 {
            seen[node as usize] = start + 1;
            node = bases[node as usize];
        }
        if node != NONE && seen[node as usize] == start + 1 {
            let first = node;
            loop {
                found.push(node);
                node = bases[node as usize];
                if node == first {
                    break;
                }
            }
        }
    }
    found
}

/// Gives every node the kind of the root that it stands on; `kinds` comes with those of roots. Nodes without a root keep
/// `None`.
pub(super) fn spread(bases: &[u32], links: &Links, kinds: &mut [Option<ObjectKind>]) {
    if forward(bases) {
        for (node, &base) in bases.iter().enumerate().filter(|(_, base)| **base != NONE) {
            kinds[node] = kinds[base as usize];
        }
        return;
    }
    let mut stack: Vec<u32> = (0..bases.len() as u32)
        .filter(|&n| bases[n as usize] == NONE && kinds[n as usize].is_some())
        .collect();
    while let Some(node) = stack.pop() {
        for &child in links.children(node) {
            kinds[child as usize] = kinds[node as usize];
            stack.push(child);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_hold_the_children() {
        //  0 ─ 1, 2 ─ 4 ─ 5, 3;  6 alone
        let bases = [NONE, 0, 0, 0, 2, 4, NONE];
        let links = Links::new(&bases);
        assert_eq!(links.children(0), [1, 3, 2]);
        assert_eq!((links.children(2), links.children(6)), (&[4][..], &[][..]));
        let mut kinds = [None; 7];
        kinds[0] = Some(ObjectKind::Tree);
        spread(&bases, &links, &mut kinds);
        assert_eq!(kinds.iter().flatten().count(), 6);
        assert_eq!(kinds[6], None);
    }

    #[test]
    fn circles_are_found() {
        assert!(circles(&[NONE, 0, 1]).is_empty());
        assert_eq!(circles(&[1, 0, 0, NONE]), [0, 1]);
        assert_eq!(circles(&[0]), [0]);
        assert!(circles(&[2, NONE, 1]).is_empty());
        assert_eq!(circles(&[1, 2, 3, 1]), [1, 2, 3]);
    }

    proptest! {
        #[test]
        fn the_last_child_is_the_heaviest(parents in proptest::collection::vec(any::<u32>(), 1..80)) {
            let bases: Vec<u32> = (0u32..).zip(&parents).map(|(n, p)| if n == 0 || p % 5 == 0 { NONE } else { p % n }).collect();
            let links = Links::new(&bases);
            fn weight(links: &Links, node: u32) -> usize {
                1 + links.children(node).iter().map(|&child| weight(links, child)).sum::<usize>()
            }
            for node in 0..bases.len() as u32 {
                let row = links.children(node);
                prop_assert!(row.iter().all(|&child| bases[child as usize] == node));
                let heaviest = row.iter().map(|&child| weight(&links, child)).max();
                prop_assert_eq!(row.last().map(|&child| weight(&links, child)), heaviest);
            }
            prop_assert_eq!(links.children.len(), bases.iter().filter(|&&base| base != NONE).count());
        }
    }
}
