//! Turns the base of each node into the list of children of each node, and spreads the kinds of
//! roots over their deltas.

use super::node_index::NodeIndex;
use super::object_id::ObjectKind;

/// The children of all nodes, in one array: those of node `n` are `children[starts[n]..starts[n +
/// 1]]`.
#[derive(Default)]
pub(super) struct DeltaChildren {
    starts: Vec<u32>,
    children: Vec<NodeIndex>,
}

impl DeltaChildren {
    /// Lists the children. `bases` has for each node its base or [`NodeIndex::NONE`], and no
    /// circles. Children are in the order of nodes, except that the one with the most descendants
    /// comes last. A walk that holds a base while it descends from another child thus has at most
    /// half of the base's descendants below it, and holds few bases at any depth.
    pub(super) fn new(bases: &[NodeIndex]) -> Self {
        let mut starts = vec![0u32; bases.len() + 1];
        for &base in bases.iter().filter(|base| base.is_some()) {
            starts[base.index()] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut children = vec![NodeIndex::NONE; sum as usize];
        // Each row fills from its end, so its start is where filling stops.
        for (node, &base) in bases.iter().enumerate().rev() {
            if base.is_some() {
                starts[base.index()] -= 1;
                children[starts[base.index()] as usize] = NodeIndex::at(node);
            }
        }
        let mut links = Self { starts, children };
        links.heaviest_last(bases);
        links
    }

    fn heaviest_last(&mut self, bases: &[NodeIndex]) {
        let mut weights = vec![1u32; bases.len()];
        let mut add = |node: usize| {
            if bases[node].is_some() {
                weights[bases[node].index()] += weights[node];
            }
        };
        if forward(bases) {
            (0..bases.len()).rev().for_each(add);
        } else {
            let mut order: Vec<NodeIndex> = Vec::with_capacity(bases.len());
            order.extend(roots(bases));
            let mut at = 0;
            while at < order.len() {
                order.extend_from_slice(self.children(order[at]));
                at += 1;
            }
            order.iter().rev().for_each(|node| add(node.index()));
        }
        for node in 0..bases.len() {
            let row = self.starts[node] as usize..self.starts[node + 1] as usize;
            let row = &mut self.children[row];
            if row.len() < 2 {
                continue;
            }
            if let Some(heaviest) = (0..row.len()).max_by_key(|&at| weights[row[at].index()]) {
                row[heaviest..].rotate_left(1);
            }
        }
    }

    /// The range of places of a node's children, for [`Self::child`].
    pub(super) fn range(&self, node: NodeIndex) -> (u32, u32) {
        (self.starts[node.index()], self.starts[node.index() + 1])
    }

    /// The child at a place.
    pub(super) fn child(&self, at: u32) -> NodeIndex {
        self.children[at as usize]
    }

    /// The children of a node.
    pub(super) fn children(&self, node: NodeIndex) -> &[NodeIndex] {
        let (start, end) = self.range(node);
        &self.children[start as usize..end as usize]
    }
}

/// Nodes without a base.
fn roots(bases: &[NodeIndex]) -> impl Iterator<Item = NodeIndex> + '_ {
    (0..)
        .map(NodeIndex::new)
        .zip(bases)
        .filter(|(_, base)| !base.is_some())
        .map(|(node, _)| node)
}

/// True if every base comes before its deltas. Bases by distance always do.
fn forward(bases: &[NodeIndex]) -> bool {
    // Without an early exit, so that many nodes are compared at once.
    (0u32..).zip(bases).fold(true, |all, (node, &base)| {
        all & (base == NodeIndex::NONE || base.get() < node)
    })
}

/// Finds nodes whose chain of bases leads back to them. Only deltas by id can form such circles,
/// and only in damaged or hostile packs.
pub(super) fn circles(bases: &[NodeIndex]) -> Vec<NodeIndex> {
    // If every base comes first, there is no circle.
    if forward(bases) {
        return Vec::new();
    }
    // 0 is not seen; other numbers name the climb that saw the node first.
    let mut seen = vec![0u32; bases.len()];
    let mut found = Vec::new();
    for start in 0..bases.len() as u32 {
        let mut node = NodeIndex::new(start);
        while node.is_some() && seen[node.index()] == 0 {
            seen[node.index()] = start + 1;
            node = bases[node.index()];
        }
        if node.is_some() && seen[node.index()] == start + 1 {
            let first = node;
            loop {
                found.push(node);
                node = bases[node.index()];
                if node == first {
                    break;
                }
            }
        }
    }
    found
}

/// Gives every node the kind of the root of its chain. `kinds` holds the kinds of roots. Nodes
/// without a root keep `None`.
pub(super) fn spread(bases: &[NodeIndex], links: &DeltaChildren, kinds: &mut [Option<ObjectKind>]) {
    if forward(bases) {
        for (node, &base) in bases.iter().enumerate().filter(|(_, base)| base.is_some()) {
            kinds[node] = kinds[base.index()];
        }
        return;
    }
    let mut stack: Vec<NodeIndex> = roots(bases)
        .filter(|root| kinds[root.index()].is_some())
        .collect();
    while let Some(node) = stack.pop() {
        for &child in links.children(node) {
            kinds[child.index()] = kinds[node.index()];
            stack.push(child);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NONE: u32 = u32::MAX;

    fn nodes(numbers: &[u32]) -> Vec<NodeIndex> {
        numbers.iter().copied().map(NodeIndex::new).collect()
    }

    #[test]
    fn rows_hold_the_children() {
        //  0 ─ 1, 2 ─ 4 ─ 5, 3;  6 alone
        let bases = nodes(&[NONE, 0, 0, 0, 2, 4, NONE]);
        let links = DeltaChildren::new(&bases);
        let children = |node| links.children(NodeIndex::new(node)).to_vec();
        assert_eq!(children(0), nodes(&[1, 3, 2]));
        assert_eq!((children(2), children(6)), (nodes(&[4]), nodes(&[])));
        let mut kinds = [None; 7];
        kinds[0] = Some(ObjectKind::Tree);
        spread(&bases, &links, &mut kinds);
        assert_eq!(kinds.iter().flatten().count(), 6);
        assert_eq!(kinds[6], None);
    }

    #[test]
    fn circles_are_found() {
        assert!(circles(&nodes(&[NONE, 0, 1])).is_empty());
        assert_eq!(circles(&nodes(&[1, 0, 0, NONE])), nodes(&[0, 1]));
        assert_eq!(circles(&nodes(&[0])), nodes(&[0]));
        assert!(circles(&nodes(&[2, NONE, 1])).is_empty());
        assert_eq!(circles(&nodes(&[1, 2, 3, 1])), nodes(&[1, 2, 3]));
    }

    proptest! {
        #[test]
        fn the_last_child_is_the_heaviest(parents in proptest::collection::vec(any::<u32>(), 1..80)) {
            let bases: Vec<NodeIndex> = (0u32..).zip(&parents).map(|(n, p)| if n == 0 || p % 5 == 0 { NodeIndex::NONE } else { NodeIndex::new(p % n) }).collect();
            let links = DeltaChildren::new(&bases);
            fn weight(links: &DeltaChildren, node: NodeIndex) -> usize {
                1 + links.children(node).iter().map(|&child| weight(links, child)).sum::<usize>()
            }
            for node in (0..bases.len()).map(NodeIndex::at) {
                let row = links.children(node);
                prop_assert!(row.iter().all(|&child| bases[child.index()] == node));
                let heaviest = row.iter().map(|&child| weight(&links, child)).max();
                prop_assert_eq!(row.last().map(|&child| weight(&links, child)), heaviest);
            }
            prop_assert_eq!(links.children.len(), bases.iter().filter(|base| base.is_some()).count());
        }
    }
}
