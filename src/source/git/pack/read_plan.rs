//! Chooses the objects of a repository that are read if reading all of them would cost more than its size allows: the smallest
//! ones. Honest objects next to a bomb are small. The choice depends on declared sizes alone, which no object exceeds when it
//! is made; so it is the same in every scan.

use super::delta;
use super::forest::{Forest, Location};
use super::inflate;
use super::loose_objects;
use super::node_index::NodeIndex;
use super::node_set::NodeSet;
use super::object_id::ObjectKind;
use super::pack_entry::EntryForm;
use super::visitor::{Options, Visitor};

/// Bytes that hold the two sizes at the start of a delta.
const SIZES: usize = 20;

/// The nodes that are read.
pub(super) struct ReadPlan(NodeSet);

impl ReadPlan {
    /// Chooses among the nodes that the walk would enter. The chosen ones together have at most `most` bytes, each counted as
    /// often as the visitor searches it. A node is chosen only if its base is.
    pub(super) fn new<V: Visitor>(
        forest: &Forest,
        options: &Options,
        visitor: &V,
        most: u64,
    ) -> Self {
        // Of each node its own cost, and the largest on the way to it: a base has none larger than its deltas.
        let mut nodes: Vec<(u64, u32, NodeIndex, u64)> = Vec::new();
        let mut stack: Vec<(NodeIndex, u64)> = Vec::new();
        for root in forest.roots(options.kinds) {
            stack.push((root, 0));
            while let Some((node, above)) = stack.pop() {
                if !forest.is_needed(node) || !visitor.enters(node) {
                    continue;
                }
                let kind = forest.node_kind(node);
                let cost = cost(forest, options, visitor, node, kind);
                let largest = above.max(cost);
                nodes.push((largest, nodes.len() as u32, node, cost));
                let children = forest.children.children(node);
                stack.extend(children.iter().map(|&child| (child, largest)));
            }
        }
        nodes.sort_unstable();
        let mut plan = NodeSet::new(forest.nodes());
        let mut left = most;
        for (.., node, cost) in nodes {
            let Some(rest) = left.checked_sub(cost) else {
                break;
            };
            left = rest;
            plan.insert(node);
        }
        Self(plan)
    }

    /// True for a node that is read.
    pub(super) fn includes(&self, node: NodeIndex) -> bool {
        self.0.contains(node)
    }
}

/// The bytes that it costs to make and search a node. Nodes that the walk does not make, because of their size or because
/// they are damaged, cost nothing.
fn cost<V: Visitor>(
    forest: &Forest,
    options: &Options,
    visitor: &V,
    node: NodeIndex,
    kind: Option<ObjectKind>,
) -> u64 {
    let Some((size, delta)) = declared(forest, node) else {
        return 0;
    };
    let limits = &options.limits;
    let childless = forest.children.children(node).is_empty();
    if size > limits.decode || childless && size > limits.visit {
        return delta.min(limits.decode);
    }
    let times = kind.map_or(1, |kind| visitor.times(node, kind)).max(1);
    size.saturating_mul(times).saturating_add(delta)
}

/// The declared size of an object, and that of its delta.
fn declared(forest: &Forest, node: NodeIndex) -> Option<(u64, u64)> {
    match forest.location(node) {
        Location::Loose {
            boundary,
            objects,
            id,
        } => {
            let header = loose_objects::peek(boundary, objects, id).ok()?;
            Some((header.size, 0))
        }
        Location::Packed { pack, offset, .. } => {
            let (entry, stream) = pack.entry(offset).ok()?;
            if let EntryForm::Whole(_) = entry.form {
                return Some((entry.size, 0));
            }
            let start = inflate::prefix(stream, SIZES);
            Some((delta::sizes(&start).ok()?.child, entry.size))
        }
    }
}
