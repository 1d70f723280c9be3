//! Lists of values under one name: `"tokens": ["x", "y"]`, and items on the lines below `X-Api-Key:`. They are read when
//! the whole text is known.

use std::ops::Range;

use super::bare_value as bare;
use super::line_bytes::{rest_of_line, skip_space, trimmed};
use super::name::Name;
use super::operator::operator;
use super::parsed_assignment::Assignment;
use super::string_literal::wrapped;
use super::value_site::ValueSite;
use crate::detect::file_kind::FileKind;
use crate::steps;

/// The most bytes of a list that are read.
const LONGEST: usize = 64 * 1024;

/// The most items below a name that are read.
const MOST_BELOW: usize = 64;

/// Parts of the calls and types that make a list of the values in the bracket behind them.
const MAKERS: [&[u8]; 8] = [
    b"array",
    b"list",
    b"set.of",
    b"setof",
    b"[]",
    b"vec!",
    b"tuple",
    b"frozenset",
];

/// The length of the beginning of a list, up to its first item. `line` is the rest of the line. `None` if no list
/// begins there.
pub(super) fn opening(line: &[u8], kind: FileKind) -> Option<usize> {
    if let [b'[', rest @ ..] = line
        && !matches!(rest, [b'[' | b']', ..])
    {
        return Some(1);
    }
    if kind != FileKind::Code {
        return None;
    }
    if let [b'{', b'"', ..] = line {
        return Some(1);
    }
    let is_type = |b: &&u8| b.is_ascii_alphanumeric() || b"_.:<>[]&! ".contains(b);
    let length = line.iter().take(40).take_while(is_type).count();
    if length == 0 || !matches!(line.get(length), Some(b'(' | b'{' | b'[')) {
        return None;
    }
    let maker = line[..length].to_ascii_lowercase();
    let makes = MAKERS
        .iter()
        .any(|word| memchr::memmem::find(&maker, word).is_some());
    makes.then_some(length + 1)
}

/// Whether a list may begin behind the operator of a name, on its line or below it.
pub(super) fn may_follow(text: &[u8], name: &Name, kind: FileKind) -> bool {
    let Some((at, operator)) = operator(text, name.after) else {
        return false;
    };
    if !matches!(operator, b"=" | b":" | b"=>" | b":=") {
        return false;
    }
    match rest_of_line(text, at).trim_ascii() {
        [] => operator == b":" && has_items(kind),
        line => opening(line, kind).is_some(),
    }
}

/// Whether lists in files of this kind may have an item in each line, behind a hyphen.
fn has_items(kind: FileKind) -> bool {
    matches!(kind, FileKind::Config | FileKind::Unknown)
}

/// Reads the items of the list under the name that ends in the word. Empty if there is no list.
pub fn read_list(text: &[u8], word: &Range<usize>, kind: FileKind) -> Vec<Assignment> {
    let Ok(name) = Name::around(text, word) else {
        return Vec::new();
    };
    let Some((at, _)) = operator(text, name.after) else {
        return Vec::new();
    };
    let line = rest_of_line(text, at);
    let mut found = match opening(line, kind) {
        Some(length) => in_brackets(text, &name, at + length, kind),
        None if line.trim_ascii().is_empty() && has_items(kind) => {
            below(text, &name, at + line.len(), kind)
        }
        None => Vec::new(),
    };
    for item in &mut found {
        item.is_item = true;
    }
    found
}

/// Reads literals between brackets, up to anything else.
fn in_brackets(text: &[u8], name: &Name, start: usize, kind: FileKind) -> Vec<Assignment> {
    let end = text.len().min(start + LONGEST);
    let mut at = start;
    let mut items = Vec::new();
    loop {
        while at < end && (text[at].is_ascii_whitespace() || text[at] == b',') {
            at += 1;
        }
        if at >= end || matches!(text[at], b']' | b')' | b'}') {
            break;
        }
        if let Some(found) = wrapped(text, at, kind) {
            at = found.end;
            // Further bytes make another value of the literal.
            let next = text.get(skip_space(text, at));
            if found.ends_value
                && matches!(next, None | Some(b',' | b']' | b')' | b'}' | b'\n' | b'\r'))
            {
                items.extend(Assignment::of_literal(name, found));
                continue;
            }
            break;
        }
        if kind != FileKind::Config || b"[{(\"'&*!|>".contains(&text[at]) {
            break;
        }
        let length = text[at..end]
            .iter()
            .take_while(|&&b| !b",:[]{}#\n\r".contains(&b))
            .count();
        let value = trimmed(text, at..at + length);
        steps::count(length);
        // A mapping, or another list.
        let ends = matches!(text.get(at + length), Some(b',' | b']' | b'\n' | b'\r'));
        if value.is_empty() || !ends {
            break;
        }
        items.push(Assignment::bare(name, value, ValueSite::Expression(at)));
        at += length;
    }
    steps::count(at - start);
    items
}

/// Reads the items of a list whose lines begin below a name.
fn below(text: &[u8], name: &Name, line_end: usize, kind: FileKind) -> Vec<Assignment> {
    let lead = name.lead(text);
    let indent = lead.iter().take_while(|&&b| b == b' ').count();
    let mut items = Vec::new();
    let mut at = line_end;
    for _ in 0..MOST_BELOW {
        // Behind the end of the line.
        at += usize::from(text.get(at) == Some(&b'\r'));
        if text.get(at) != Some(&b'\n') {
            break;
        }
        let line = rest_of_line(text, at + 1);
        let start = at + 1;
        at = start + line.len();
        let deep = line.iter().take_while(|&&b| b == b' ').count();
        let Some(item) = line[deep..].strip_prefix(b"- ") else {
            break;
        };
        if deep < indent {
            break;
        }
        let value_at = skip_space(text, at - item.len());
        match text.get(value_at) {
            Some(b'"' | b'\'') => {
                let found = wrapped(text, value_at, kind);
                items.extend(found.and_then(|found| Assignment::of_literal(name, found).ok()));
            }
            // A mapping is no value, and the name is that of a list of records.
            _ if item.ends_with(b":") || memchr::memmem::find(item, b": ").is_some() => break,
            _ if b"[{&*!|>-".contains(item.first().unwrap_or(&b'-')) => break,
            _ => items.extend(bare::line(text, name, value_at)),
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_a_list_are_values_of_its_name() {
        for (text, kind, expected) in [
            (
                "\"tokens\": [\"a1\", \"b2\"]",
                FileKind::Config,
                vec!["a1", "b2"],
            ),
            ("tokens: [a1, 'b2']", FileKind::Config, vec!["a1", "b2"]),
            (
                "tokens := []string{\"a1\",\n\"b2\",\n}",
                FileKind::Code,
                vec!["a1", "b2"],
            ),
            (
                "$tokens = array('a1', 'b2');",
                FileKind::Code,
                vec!["a1", "b2"],
            ),
            (
                "token:\n- a1\n- \"b2\"\nc: d",
                FileKind::Config,
                vec!["a1", "b2"],
            ),
            (
                "token:\n  - a1 # old\n  - b: c",
                FileKind::Config,
                vec!["a1"],
            ),
            ("tokens = [\"a1\", b + \"c\"]", FileKind::Code, vec!["a1"]),
            ("tokens = [\"a1\" + b]", FileKind::Code, vec![]),
            (
                "String[] tokens = {\"a1\", \"b2\"};",
                FileKind::Code,
                vec!["a1", "b2"],
            ),
            ("tokens = {\"a1\": \"b2\"}", FileKind::Code, vec![]),
            ("token: a1", FileKind::Config, vec![]),
        ] {
            let at = text.find("token").unwrap();
            let found = read_list(text.as_bytes(), &(at..at + 5), kind);
            let values: Vec<_> = found.iter().map(|item| &text[item.value.clone()]).collect();
            assert_eq!(values, expected, "{text}");
        }
    }
}
