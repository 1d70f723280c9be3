//! Keeps the last texts that were parsed. The working trees of a repository have its configuration and its ignore rules in
//! common, and each of them is opened several times: thousands of small working trees would parse one large file again and
//! again. A text is compared as a whole, so that no change of the file is missed.

use std::collections::VecDeque;
use std::sync::Arc;

/// The most texts: a configuration, and files that it includes.
const MOST: usize = 8;
/// The most bytes of all texts together. The results of parsing take up to twenty times as much memory.
const MOST_BYTES: usize = 8 << 20;

/// The last texts that one thread parsed, the latest first, each with its result.
pub(super) struct ParseMemo<T>(VecDeque<(Vec<u8>, Arc<T>)>);

impl<T> ParseMemo<T> {
    /// No texts.
    pub(super) const fn new() -> Self {
        Self(VecDeque::new())
    }

    /// The result of parsing a text.
    pub(super) fn parsed(&mut self, text: Vec<u8>, parse: impl FnOnce(&[u8]) -> T) -> Arc<T> {
        if let Some(at) = self.0.iter().position(|(known, _)| *known == text) {
            let found = self.0.remove(at).expect("a place that was found");
            let result = Arc::clone(&found.1);
            self.0.push_front(found);
            return result;
        }
        let result = Arc::new(parse(&text));
        self.0.push_front((text, Arc::clone(&result)));
        let bytes =
            |memo: &VecDeque<(Vec<u8>, _)>| memo.iter().map(|(text, _)| text.len()).sum::<usize>();
        while self.0.len() > MOST || bytes(&self.0) > MOST_BYTES {
            self.0.pop_back();
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_parsed_once() {
        let (mut memo, mut parsed) = (ParseMemo::new(), Vec::new());
        let mut ask = |text: &[u8]| {
            let result = memo.parsed(text.to_vec(), |text| {
                parsed.push(text.to_vec());
                text.len()
            });
            assert_eq!(*result, text.len());
        };
        let large = vec![b'x'; MOST_BYTES + 1];
        for text in [&b"a"[..], b"bb", b"a", b"bb", b"a"] {
            ask(text);
        }
        ask(&large);
        ask(&large);
        ask(b"a");
        let expected: [&[u8]; 5] = [b"a", b"bb", &large, &large, b"a"];
        assert_eq!(parsed, expected);
    }

    #[test]
    fn only_the_last_texts_are_kept() {
        let mut memo = ParseMemo::new();
        for n in 0..100_u8 {
            memo.parsed(vec![n], |_| ());
        }
        assert_eq!(memo.0.len(), MOST);
        assert_eq!(memo.0[0].0, [99]);
    }
}
