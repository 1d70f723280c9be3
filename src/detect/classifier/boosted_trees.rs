//! Boosted decision trees. They use integers only, so that every machine computes the same score.

use super::features::Features;

/// A node of a tree. Its children follow it in the list of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Node {
    /// Index of the feature that the node compares; [`LEAF`] if it has no children.
    feature: u8,
    /// A feature of at most this number leads to the next node, a larger one to `above`.
    threshold: i16,
    /// Index of the child for larger numbers.
    above: u16,
    /// Contribution of the samples that reach this node, in thousandths of log odds.
    value: i16,
}

/// The `feature` of nodes without children.
const LEAF: u8 = u8::MAX;

/// Trees whose leaves add up to a score.
#[derive(Debug)]
pub(super) struct BoostedTrees {
    /// Score before any tree, in thousandths of log odds.
    base: i32,
    /// The nodes of all trees, each before its children.
    nodes: Vec<Node>,
    /// Index of the first node of each tree.
    roots: Vec<usize>,
}

impl BoostedTrees {
    /// Reads the format that `scripts/train-classifier` writes: a line with the base score, then a
    /// line for each tree with its nodes in order, each `value` or `value:feature:threshold`.
    /// `None` if the text has another form or refers to a feature beyond `features`.
    pub(super) fn read(text: &str, features: usize) -> Option<Self> {
        let mut lines = text.lines();
        let mut trees = Self {
            base: lines.next()?.parse().ok()?,
            nodes: Vec::new(),
            roots: Vec::new(),
        };
        for line in lines {
            trees.roots.push(trees.nodes.len());
            let mut words = line.split(' ');
            trees.node(&mut words, features)?;
            if words.next().is_some() {
                return None;
            }
        }
        Some(trees)
    }

    /// Reads a node and its children.
    fn node<'a>(
        &mut self,
        words: &mut impl Iterator<Item = &'a str>,
        features: usize,
    ) -> Option<()> {
        let mut numbers = words.next()?.split(':');
        let mut number = || numbers.next().map(|number| number.parse::<i16>().ok());
        let value = number()??;
        let Some(feature) = number() else {
            self.nodes.push(Node {
                feature: LEAF,
                threshold: 0,
                above: 0,
                value,
            });
            return Some(());
        };
        let feature = u8::try_from(feature?)
            .ok()
            .filter(|&feature| usize::from(feature) < features)?;
        let threshold = number()??;
        let at = self.nodes.len();
        self.nodes.push(Node {
            feature,
            threshold,
            above: 0,
            value,
        });
        self.node(words, features)?;
        self.nodes[at].above = u16::try_from(self.nodes.len()).ok()?;
        self.node(words, features)
    }

    /// The log odds of a value with these features, in thousandths.
    pub(super) fn score(&self, features: &Features) -> i32 {
        self.base
            + self
                .roots
                .iter()
                .map(|&root| self.walk(root, features, |_, _| {}))
                .sum::<i32>()
    }

    /// The share of each feature in the score, in thousandths of log odds: the sum of the changes
    /// that comparisons with it cause.
    pub(super) fn shares(&self, features: &Features) -> Vec<i32> {
        let mut shares = vec![0; features.len()];
        for &root in &self.roots {
            self.walk(root, features, |feature, change| shares[feature] += change);
        }
        shares
    }

    /// Follows a tree to a leaf and returns its contribution. `step` receives each feature compared
    /// and the change that it causes.
    fn walk(&self, root: usize, features: &Features, mut step: impl FnMut(usize, i32)) -> i32 {
        let mut at = root;
        loop {
            let node = self.nodes[at];
            if node.feature == LEAF {
                return i32::from(node.value);
            }
            let feature = usize::from(node.feature);
            at = if features[feature] <= node.threshold {
                at + 1
            } else {
                usize::from(node.above)
            };
            step(
                feature,
                i32::from(self.nodes[at].value) - i32::from(node.value),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::features::COUNT;
    use super::*;

    #[test]
    fn trees_are_read_and_walked() {
        let trees = BoostedTrees::read("-100\n10:0:5 -20 40:1:0 30 50\n7", COUNT).unwrap();
        let mut features = [0; COUNT];
        assert_eq!(trees.score(&features), -100 - 20 + 7);
        assert_eq!(trees.shares(&features)[..2], [-30, 0]);
        features[0] = 6;
        assert_eq!(trees.score(&features), -100 + 30 + 7);
        features[1] = 1;
        assert_eq!(trees.score(&features), -100 + 50 + 7);
        assert_eq!(trees.shares(&features)[..2], [30, 10]);
    }

    #[test]
    fn what_is_no_tree_is_refused() {
        for text in [
            "",
            "x",
            "0\n1:0:5 2",
            "0\n1:0:5 2 3 4",
            "0\n1:255:5 2 3",
            "0\n1:0 2 3",
            "0\n99999",
        ] {
            assert!(BoostedTrees::read(text, COUNT).is_none(), "{text}");
        }
    }
}
