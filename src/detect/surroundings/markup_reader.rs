//! Reading of XML: elements, attributes, and pairs of a name and a value in either of these.

use std::ops::Range;

use super::settings_tree::{ROOT, Tree};

/// An element whose end is still to be read.
struct Open {
    /// Index of its node.
    node: usize,
    /// Index of its parent's node.
    parent: usize,
    /// Place of its name.
    tag: Range<usize>,
    /// Offset at which its text begins.
    text: usize,
    /// Whether it contains elements.
    inner: bool,
    /// Place of the name that an attribute gives it: `<property name="url">`.
    named: Option<Range<usize>>,
}

/// Reads all elements of a text.
pub(super) fn read(text: &[u8], tree: &mut Tree) {
    let mut open: Vec<Open> = Vec::new();
    // The node and the key of a name whose value is still to be read:
    // `<name>K</name><value>V</value>`.
    let mut waiting: Option<(usize, Range<usize>)> = None;
    let mut at = 0;
    while let Some(start) = memchr::memchr(b'<', &text[at..]).map(|len| at + len) {
        let rest = &text[start..];
        if rest.starts_with(b"<!--") {
            at = memchr::memmem::find(rest, b"-->").map_or(text.len(), |len| start + len + 3);
            continue;
        }
        let Some(end) = tag_end(text, start + 1) else {
            break;
        };
        at = end + 1;
        match text.get(start + 1) {
            Some(b'?' | b'!') => {}
            Some(b'/') => {
                // The end of a parent also ends elements without an end tag. At most eight elements
                // are searched.
                let name = word(text, start + 2);
                let same = |element: &Open| text[element.tag.clone()] == text[name.clone()];
                let Some(back) = open.iter().rev().take(8).position(same) else {
                    continue;
                };
                let Some(element) = open.drain(open.len() - 1 - back..).next() else {
                    continue;
                };
                if element.inner {
                    continue;
                }
                let value = trimmed(text, element.text..start);
                // `<property name="url">V</property>`, `<property name="url"><value>V</value></property>`
                if let Some(name) = element.named {
                    tree.entry(element.parent, name, value, true);
                    continue;
                }
                if let Some(outer) = open.last().filter(|outer| outer.node == element.parent)
                    && matches!(&text[element.tag.clone()], b"value" | b"Value")
                    && let Some(name) = outer.named.clone()
                {
                    tree.entry(outer.parent, name, value, true);
                    continue;
                }
                match &text[element.tag.clone()] {
                    b"name" | b"key" => waiting = Some((element.parent, value)),
                    b"value" | b"string" | b"Value"
                        if waiting
                            .as_ref()
                            .is_some_and(|(at, _)| *at == element.parent) =>
                    {
                        let (parent, key) = waiting.take().expect("just seen");
                        // `<property><name/><value/></property>` becomes an entry beside the other
                        // properties.
                        let wraps = open.last().is_some_and(|outer| {
                            outer.node == parent && text[outer.tag.clone()] != *b"dict"
                        });
                        tree.entry(
                            if wraps {
                                tree.nodes[parent].parent
                            } else {
                                parent
                            },
                            key,
                            value,
                            true,
                        );
                    }
                    _ => tree.entry(element.parent, element.tag, value, true),
                }
            }
            _ => {
                let tag = word(text, start + 1);
                let parent = open.last().map_or(ROOT, |outer| outer.node);
                if let Some(outer) = open.last_mut() {
                    outer.inner = true;
                }
                let node = tree.node(parent, tag.clone());
                let named = attributes(text, tag.end..end, node, parent, tree);
                if text[end - 1] != b'/' && open.len() < super::settings_tree::DEEPEST * 4 {
                    open.push(Open {
                        node,
                        parent,
                        tag,
                        text: end + 1,
                        inner: false,
                        named,
                    });
                }
            }
        }
    }
}

/// Offset of the `>` that ends a tag.
fn tag_end(text: &[u8], from: usize) -> Option<usize> {
    let mut quote = None;
    for (offset, &byte) in text[from..].iter().take(8192).enumerate() {
        match (quote, byte) {
            (Some(open), b) if b == open => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'>') => return Some(from + offset),
            _ => {}
        }
    }
    None
}

/// Place of the name at an offset, without its namespace.
fn word(text: &[u8], at: usize) -> Range<usize> {
    let name = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':');
    let len = text[at..].iter().take(128).take_while(name).count();
    // The prefix up to the last colon is the namespace.
    let prefix = text[at..at + len]
        .iter()
        .rposition(|&b| b == b':')
        .map_or(0, |colon| colon + 1);
    at + prefix..at + len
}

/// Adds the attributes of an element as entries of its node. A name and a value among them make an
/// entry of the parent. A name without a value is returned.
fn attributes(
    text: &[u8],
    range: Range<usize>,
    node: usize,
    parent: usize,
    tree: &mut Tree,
) -> Option<Range<usize>> {
    let (mut key, mut value) = (None, None);
    let mut at = range.start;
    while at < range.end {
        let name = word(text, at);
        let after = &text[name.end..range.end];
        if name.is_empty() || !matches!(after, [b'=', b'"' | b'\'', ..]) {
            at = name.end.max(at + 1);
            continue;
        }
        let start = name.end + 2;
        let len = memchr::memchr(after[1], &text[start..range.end])?;
        match &text[name.clone()] {
            b"key" | b"name" => key = Some(start..start + len),
            b"value" | b"connectionString" => value = Some(start..start + len),
            _ => {}
        }
        tree.entry(node, name, start..start + len, true);
        at = start + len + 1;
    }
    let Some(value) = value else {
        return key;
    };
    if let Some(key) = key {
        tree.entry(parent, key, value, true);
    }
    None
}

/// A range without the white space at its ends.
fn trimmed(text: &[u8], range: Range<usize>) -> Range<usize> {
    let bytes = &text[range.clone()];
    let start = range.start + (bytes.len() - bytes.trim_ascii_start().len());
    start..start + bytes.trim_ascii().len()
}
