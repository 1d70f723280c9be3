//! Searches texts for many values at once.

use crate::secret::SecretValue;

/// Some values, in which the longest one that a text begins with is found in logarithmic time,
/// however many of them begin alike.
pub(crate) struct ValueIndex {
    /// In order. The first one is the empty value, which every text begins with.
    values: Vec<SecretValue>,
    /// For each value, the longest other one that it begins with.
    parents: Vec<usize>,
    /// For each value, a shorter one on the way from parent to parent. The jumps are as long as the
    /// digits of skew binary numbers, so a way of any length takes few of them.
    jumps: Vec<usize>,
}

impl ValueIndex {
    /// An index of these values. Empty ones do not count.
    pub fn new(values: impl IntoIterator<Item = SecretValue>) -> Self {
        let mut all: Vec<SecretValue> = values.into_iter().collect();
        all.push(SecretValue::new(Vec::new()));
        all.sort_unstable();
        all.dedup();
        let mut index = Self {
            values: all,
            parents: vec![0],
            jumps: vec![0],
        };
        let mut depths = vec![0usize];
        let mut open = vec![0];
        for at in 1..index.values.len() {
            while !index
                .bytes(at)
                .starts_with(index.bytes(open[open.len() - 1]))
            {
                open.pop();
            }
            let parent = open[open.len() - 1];
            let jump = index.jumps[parent];
            let next = index.jumps[jump];
            let is_next = depths[parent] - depths[jump] == depths[jump] - depths[next];
            index.jumps.push(if is_next { next } else { parent });
            index.parents.push(parent);
            depths.push(depths[parent] + 1);
            open.push(at);
        }
        index
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.values.len() == 1
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "texts are searched for the values, to remove them"
    )]
    fn bytes(&self, at: usize) -> &[u8] {
        self.values[at].expose()
    }

    /// The number of values that are not greater than a text.
    #[expect(
        clippy::disallowed_methods,
        reason = "texts are searched for the values, to remove them"
    )]
    fn first_behind(&self, text: &[u8]) -> usize {
        self.values.partition_point(|value| value.expose() <= text)
    }

    /// The length of the longest value that `text` begins with; zero if there is none.
    pub fn longest_at(&self, text: &[u8]) -> usize {
        // Everything in order between a beginning of the text and the text begins like the former.
        let mut at = self.first_behind(text) - 1;
        let same = self.bytes(at).iter().zip(text);
        let common = same.take_while(|(a, b)| a == b).count();
        while self.bytes(at).len() > common {
            let jump = self.jumps[at];
            at = if self.bytes(jump).len() > common {
                jump
            } else {
                self.parents[at]
            };
        }
        self.bytes(at).len()
    }

    /// The text with an ellipsis in place of each value; `None` if it contains none. The values are
    /// UTF-8.
    pub fn redacted(&self, text: &str) -> Option<String> {
        let (mut out, mut start, mut at) = (String::new(), 0, 0);
        while at < text.len() && !self.is_empty() {
            match self.longest_at(&text.as_bytes()[at..]) {
                0 => at += 1,
                length => {
                    out.push_str(&text[start..at]);
                    out.push('…');
                    at += length;
                    start = at;
                }
            }
        }
        (start > 0).then(|| out + &text[start..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn index<'a>(values: impl IntoIterator<Item = &'a str>) -> ValueIndex {
        let values = values.into_iter();
        ValueIndex::new(values.map(|value| SecretValue::new(value.as_bytes().to_vec())))
    }

    proptest! {
        #[test]
        fn the_longest_beginning_is_found(values in prop::collection::vec("[ab]{0,6}", 0..20), text in "[abc]{0,8}") {
            let expected = values
                .iter()
                .filter(|value| text.starts_with(value.as_str()))
                .map(String::len)
                .max();
            let index = index(values.iter().map(String::as_str));
            prop_assert_eq!(index.longest_at(text.as_bytes()), expected.unwrap_or(0));
        }
    }

    #[test]
    fn values_within_values_are_redacted_whole() {
        let index = index(["ab", "abcd", "é"]);
        assert_eq!(index.redacted("xabcdéabx").as_deref(), Some("x………x"));
        assert_eq!(index.redacted("axb"), None);
    }

    #[test]
    fn values_that_begin_alike_are_few_steps_apart() {
        let long = "a".repeat(2000);
        let index = index((1..=2000).map(|length| &long[..length]));
        let (mut at, mut steps) = (2000, 0);
        while at > 1 {
            at = match index.jumps[at] {
                0 => index.parents[at],
                jump => jump,
            };
            steps += 1;
        }
        assert!(steps < 40, "{steps}");
        assert_eq!(index.longest_at(b"aaab"), 3);
    }
}
