//! Reading of JSON, and of the flow style of YAML, HCL and similar formats: `{key: value, "key":
//! "value"}`.

use std::ops::Range;

use super::comments;
use super::settings_tree::Tree;

/// A word or a string.
struct Word {
    place: Range<usize>,
    quoted: bool,
}

/// Adds the pairs of the objects in `range` to `node`.
pub(super) fn read(text: &[u8], range: Range<usize>, node: usize, tree: &mut Tree) {
    let mut stack: Vec<usize> = Vec::new();
    let mut node = node;
    // The key whose value is still to be read, and the last word, which may become a key.
    let (mut key, mut word): (Option<Range<usize>>, Option<Word>) = (None, None);
    let mut at = range.start;
    while at < range.end {
        match text[at] {
            b'{' | b'[' | b'(' => {
                // The callee of a call says what its arguments are of.
                let callee = word.take().map(|word| word.place);
                let name = key.take().or(callee.clone()).unwrap_or(at..at);
                stack.push(node);
                let inner = tree.node(node, name);
                if let Some(callee) = callee.filter(|_| inner != node) {
                    tree.nodes[inner].title = callee;
                }
                node = inner;
                at += 1;
            }
            b'}' | b']' | b')' => {
                add_pair(tree, node, &mut key, &mut word);
                node = stack.pop().unwrap_or(node);
                at += 1;
            }
            // The value of a key may be on a later line.
            b'\n' if key.is_some() && word.is_none() => at += 1,
            b',' | b'\n' | b';' => {
                add_pair(tree, node, &mut key, &mut word);
                at += 1;
            }
            b':' | b'=' if key.is_none() && word.is_some() => {
                key = word.take().map(|word| word.place);
                at += 1 + usize::from(text.get(at + 1) == Some(&b'>'));
            }
            quote @ (b'"' | b'\'') => {
                let (value, end) = string(text, at + 1, range.end, quote);
                word = Some(Word {
                    place: value,
                    quoted: true,
                });
                at = end;
            }
            b'/' if text[at..range.end].starts_with(b"//") => at = line_end(text, at, range.end),
            b'/' if text[at..range.end].starts_with(b"/*") => {
                at = comments::end_of_block(&text[..range.end], at);
            }
            b'#' => at = line_end(text, at, range.end),
            b if b.is_ascii_whitespace() => at += 1,
            _ => {
                let len = text[at..range.end]
                    .iter()
                    .take_while(|&&b| {
                        !b.is_ascii_whitespace()
                            && !matches!(
                                b,
                                b',' | b'{'
                                    | b'}'
                                    | b'['
                                    | b']'
                                    | b'('
                                    | b')'
                                    | b'"'
                                    | b'\''
                                    | b';'
                            )
                            && (key.is_some() || !matches!(b, b':' | b'='))
                    })
                    .count();
                if len > 0 {
                    word = Some(Word {
                        place: at..at + len,
                        quoted: false,
                    });
                }
                at += len.max(1);
            }
        }
    }
    add_pair(tree, node, &mut key, &mut word);
}

/// Adds a completed pair to the tree.
fn add_pair(tree: &mut Tree, node: usize, key: &mut Option<Range<usize>>, word: &mut Option<Word>) {
    if let (Some(key), Some(word)) = (key.take(), word.take()) {
        tree.entry(node, key, word.place, word.quoted);
    }
}

/// The end of the line of an offset.
fn line_end(text: &[u8], at: usize, end: usize) -> usize {
    memchr::memchr(b'\n', &text[at..end]).map_or(end, |len| at + len)
}

/// The content of a string, and the offset after it. An unclosed string extends to the end of its
/// line.
fn string(text: &[u8], start: usize, end: usize, quote: u8) -> (Range<usize>, usize) {
    let mut at = start;
    while at < end {
        match text[at] {
            b'\n' => return (start..at, at),
            b'\\' => at += 1,
            b if b == quote => return (start..at, at + 1),
            _ => {}
        }
        at += 1;
    }
    (start..end, end)
}
