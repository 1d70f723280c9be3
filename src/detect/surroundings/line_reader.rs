//! Reading of files with one key and value per line: YAML, INI, TOML, properties, `.env`, and
//! settings in code.

use std::ops::Range;

use super::comments;
use super::flow_reader;
use super::settings_tree::{ROOT, Tree};
use crate::detect::formats::line_bytes::is_name;

/// Reads all lines. Lines that are indented deeper than a key without a value belong to that key.
pub(super) fn read(text: &[u8], tree: &mut Tree) {
    // The open nodes and their columns, the innermost last.
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut section = ROOT;
    let mut start = 0;
    while start < text.len() {
        let end = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |len| start + len);
        let line = start..end;
        start = end + 1;
        let bytes = &text[line.clone()];
        let trimmed = bytes.trim_ascii();
        if trimmed.starts_with(b"/*") {
            let begin = line.start + (bytes.len() - bytes.trim_ascii_start().len());
            start = start.max(comments::end_of_block(text, begin));
            continue;
        }
        if trimmed.is_empty()
            || trimmed[0] == b'#'
            || trimmed.starts_with(b"//")
            || trimmed[0] == b';'
        {
            continue;
        }
        let mut column = bytes
            .iter()
            .take_while(|b| matches!(b, b' ' | b'\t'))
            .count();
        if trimmed == b"---" || trimmed.starts_with(b"--- ") {
            open.clear();
            section = ROOT;
            continue;
        }
        if column == 0
            && let Some(name) = section_name(trimmed)
        {
            open.clear();
            section = tree.node(ROOT, line.start + name.start..line.start + name.end);
            continue;
        }
        while open.last().is_some_and(|(deep, _)| *deep >= column) {
            open.pop();
        }
        let mut node = open.last().map_or(section, |(_, node)| *node);
        // Each item of a list is a node of its own.
        while matches!(bytes[column..].trim_ascii_end(), [b'-'] | [b'-', b' ', ..]) {
            node = tree.node(node, line.start..line.start);
            open.push((column, node));
            column += 1;
            column += bytes[column..].iter().take_while(|&&b| b == b' ').count();
        }
        let from = line.start + column;
        let Some(pair) = pair(
            text,
            from..line.start + column + bytes[column..].trim_ascii_end().len(),
        ) else {
            if matches!(text.get(from), Some(b'{' | b'[')) {
                flow_reader::read(text, from..line.end, node, tree);
            }
            continue;
        };
        let value = &text[pair.value.clone()];
        if comments::opens_node(value, pair.operator == b':') {
            open.push((column, tree.node(node, pair.key)));
        } else if value.starts_with(b"{") {
            let inner = tree.node(node, pair.key);
            flow_reader::read(text, pair.value.start + 1..pair.value.end, inner, tree);
        } else {
            let value = unquoted(text, pair.value, pair.operator);
            tree.entry(node, pair.key, value);
        }
    }
}

/// The place of the name in `[section]` or `[[table]]`, which a comment may follow.
pub(super) fn section_name(line: &[u8]) -> Option<Range<usize>> {
    let open = line.iter().take_while(|&&b| b == b'[').count();
    let mut quote = None;
    let close = line.iter().skip(open).position(|&b| match quote {
        Some(open) => {
            quote = quote.filter(|_| b != open);
            false
        }
        None => {
            quote = Some(b).filter(|b| matches!(b, b'"' | b'\''));
            b == b']'
        }
    })?;
    let after = line[open + close..]
        .iter()
        .take_while(|&&b| b == b']')
        .count();
    if open == 0 || after < open || !comments::is_all(&line[open + close + after..]) {
        return None;
    }
    let strip = |b: &&u8| matches!(b, b'"' | b'\'' | b' ' | b'\t');
    let name = &line[open..open + close];
    let before = name.iter().take_while(strip).count();
    let behind = name.iter().rev().take_while(strip).count();
    (before + behind < name.len()).then(|| open + before..open + close - behind)
}

/// The places of a key and its value.
struct Pair {
    key: Range<usize>,
    /// The first byte of the operator between them.
    operator: u8,
    value: Range<usize>,
}

/// Reads a line such as `key: value`, `key = value`, `'key' => value`, `export KEY=value`,
/// `"KEY=value"`.
fn pair(text: &[u8], line: Range<usize>) -> Option<Pair> {
    let mut at = line.start;
    if text[at..line.end].starts_with(b"export ") {
        at += 7;
    }
    // The signs before a name in code: `$name`, `:name`, `'name'`.
    while at < line.end
        && at - line.start < 12
        && matches!(text[at], b'"' | b'\'' | b'$' | b':' | b'@' | b'%' | b' ')
    {
        at += 1;
    }
    let len = text[at..line.end]
        .iter()
        .take(128)
        .take_while(|&&b| is_name(b) || b == b'/')
        .count();
    let key = at..at + len;
    at += len;
    while at < line.end && matches!(text[at], b'"' | b'\'' | b' ' | b'\t' | b']') {
        at += 1;
    }
    let rest = &text[at..line.end];
    let operator = [b"=>".as_slice(), b":=", b":", b"="]
        .into_iter()
        .find(|operator| rest.starts_with(operator))?;
    if len == 0 || rest.starts_with(b"::") || rest.starts_with(b"==") {
        return None;
    }
    at += operator.len();
    at += text[at..line.end]
        .iter()
        .take_while(|b| matches!(b, b' ' | b'\t'))
        .count();
    Some(Pair {
        key,
        operator: operator[0],
        value: at..line.end,
    })
}

/// The place of a value without its quotes, or without the comment or comma after it.
fn unquoted(text: &[u8], range: Range<usize>, operator: u8) -> Range<usize> {
    let bytes = &text[range.clone()];
    if let Some(&quote @ (b'"' | b'\'' | b'`')) = bytes.first() {
        let close = bytes[1..]
            .iter()
            .position(|&b| b == quote)
            .map_or(bytes.len(), |len| len + 1);
        return range.start + 1..range.start + close.max(1);
    }
    let length = comments::start_after_value(bytes, operator == b':');
    let mut end = range.start + bytes[..length].trim_ascii_end().len();
    while end > range.start && matches!(text[end - 1], b',' | b';' | b'"' | b'\'') {
        end -= 1;
    }
    range.start..end
}
