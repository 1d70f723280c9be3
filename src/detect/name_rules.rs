//! The rules of names: which rule holds for the value of a name, by the ending of the name.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::formats::name::ends_in;

/// Endings of names with their rules. Names are everywhere, so the endings are looked up by their last two letters.
pub(super) struct NameRules(HashMap<[u8; 2], Vec<(String, usize)>>);

impl NameRules {
    /// Indexes the endings, each of which has at least two bytes.
    pub fn new(mut names: Vec<(String, usize)>) -> Self {
        names.sort_by_key(|(word, index)| (Reverse(word.len()), *index));
        let mut by_end: HashMap<_, Vec<_>> = HashMap::new();
        for (word, rule) in names {
            if let Some(&end) = word.as_bytes().last_chunk() {
                by_end.entry(end).or_default().push((word, rule));
            }
        }
        Self(by_end)
    }

    /// The longest ending of a name of [`normalise`](super::formats::name::normalise), and its rule.
    pub fn of(&self, name: &(String, Vec<bool>)) -> Option<(&str, usize)> {
        let endings = self.0.get(name.0.as_bytes().last_chunk()?)?;
        let (word, rule) = endings.iter().find(|(word, _)| ends_in(name, word))?;
        Some((word, *rule))
    }
}
