//! The sections of a text that assign values together: a mapping, an element, a profile, the arguments of a call, or
//! lines of assignments.

use std::ops::Range;

use super::flow_reader;
use super::key_roles::words;
use super::settings_tree::{Entry, ROOT, Tree};
use super::text_settings::{LARGEST, Settings, line_around};
use crate::detect::file_kind::FileKind;
use crate::detect::searched_text::Text;
use crate::finding::Syntax;
use crate::steps;

/// The bytes before a value in which the line that opens its block is looked for.
const LONGEST_SCOPE: usize = 8 << 10;

/// The assignment of a value.
#[derive(Clone, Debug)]
pub(in crate::detect) struct Assignment {
    /// The words of the key, in lower case.
    pub words: Vec<String>,
    /// The place of the value, without quotes.
    pub value: Range<usize>,
    /// The sections that have the assignment, the widest first. Of equal sections, all parts are equal.
    pub sections: Vec<Section>,
    /// For each of the sections: it assigns another value to the same key.
    pub is_repeated: Vec<bool>,
}

/// A part of a text that assigns values together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::detect) struct Section {
    /// The start of the line, for an object or a call that is on one line of a program.
    line: Option<usize>,
    /// The mapping, element or block.
    node: usize,
    /// The document of a file that has several.
    document: usize,
    /// The start of the line of a program that opens the block: the last one that is indented less.
    opener: usize,
    /// The start of the lines without an empty line or a comment between them.
    block: Option<usize>,
}

/// The assignments of the values at these ranges. `None` for a value that is not assigned as a whole.
pub(in crate::detect) fn assignments(
    text: Text,
    ranges: &[Range<usize>],
) -> Vec<Option<Assignment>> {
    if !text.is_plain() || text.bytes.len() > LARGEST {
        return vec![None; ranges.len()];
    }
    let settings = Settings::read(text);
    let documents = documents(text);
    let assignment = |range: &Range<usize>| {
        of_file(&settings, &documents, range).or_else(|| of_line(text, range))
    };
    ranges.iter().map(assignment).collect()
}

/// An assignment in the settings of the whole text.
fn of_file(settings: &Settings, documents: &[usize], range: &Range<usize>) -> Option<Assignment> {
    let text = settings.text;
    let entries = settings.entries_around(range);
    // The pair of a name and its value is an entry of the node around them.
    let entry = entries
        .filter(|entry| entry.value == *range)
        .min_by_key(|entry| entry.node)?;
    let document = |at: usize| match entry.node {
        ROOT => documents.partition_point(|start| *start <= at),
        _ => 0,
    };
    let is_program = matches!(text.kind, FileKind::Code | FileKind::Script);
    let whole = |at: usize| Section {
        line: None,
        node: entry.node,
        document: document(at),
        opener: if is_program {
            opener(text.bytes, at)
        } else {
            0
        },
        block: None,
    };
    // A mapping has each key once. Lines of a program can assign anything.
    let has_blocks = is_program || settings.tree.nodes.len() == 1;
    let of_block = |at| Section {
        block: Some(block_start(text.bytes, at)),
        ..whole(at)
    };
    let of_line = |at| Section {
        line: Some(line_around(text.bytes, &(at..at)).start),
        ..whole(at)
    };
    let mut scopes: Vec<&dyn Fn(usize) -> Section> = vec![&whole];
    if has_blocks {
        scopes.extend([&of_block as &dyn Fn(usize) -> Section, &of_line]);
    }
    let at = entry.value.start;
    let others: Vec<&Entry> = settings
        .siblings(entry.node)
        .filter(|other| is_rival(text, entry, other))
        .collect();
    let is_repeated = |scope: &&dyn Fn(usize) -> Section| {
        let own = scope(at);
        others.iter().any(|other| scope(other.value.start) == own)
    };
    Some(Assignment {
        words: words(settings.str(&entry.key)?),
        value: entry.value.clone(),
        is_repeated: scopes.iter().map(is_repeated).collect(),
        sections: scopes.iter().map(|scope| scope(at)).collect(),
    })
}

/// An assignment in an object or in the arguments of a call that is on one line.
fn of_line(text: Text, range: &Range<usize>) -> Option<Assignment> {
    let line = line_around(text.bytes, range);
    steps::count(line.len());
    let mut tree = Tree::new();
    flow_reader::read(text.bytes, line.clone(), ROOT, &mut tree);
    let settings = Settings::of(text, tree);
    let mut entries = settings.entries_around(range);
    let entry = entries.find(|entry| entry.value == *range)?;
    let mut others = settings.siblings(entry.node);
    let section = Section {
        line: Some(line.start),
        node: entry.node,
        document: 0,
        opener: 0,
        block: None,
    };
    Some(Assignment {
        words: words(settings.str(&entry.key)?),
        value: entry.value.clone(),
        sections: vec![section],
        is_repeated: vec![others.any(|other| is_rival(text, entry, other))],
    })
}

/// Whether another entry assigns another value to the same key.
fn is_rival(text: Text, entry: &Entry, other: &Entry) -> bool {
    let bytes = |range: &Range<usize>| &text.bytes[range.clone()];
    bytes(&entry.key).eq_ignore_ascii_case(bytes(&other.key))
        && bytes(&entry.value) != bytes(&other.value)
}

/// The lines at which another document of YAML, or another stage of a Dockerfile, begins.
fn documents(text: Text) -> Vec<usize> {
    let begins = |line: &[u8]| match text.syntax {
        Syntax::Dockerfile => line
            .get(..5)
            .is_some_and(|word| word.eq_ignore_ascii_case(b"from ")),
        _ => line
            .strip_prefix(b"---")
            .is_some_and(|rest| matches!(rest.first(), None | Some(b' ' | b'\r' | b'\n'))),
    };
    let lines = memchr::memchr_iter(b'\n', text.bytes).map(|at| at + 1);
    lines
        .filter(|&start| begins(&text.bytes[start..]))
        .collect()
}

/// The start of the last line before that of an offset which is indented less; 0 if there is none. If it is too far away,
/// the offset itself, which no other assignment has.
fn opener(text: &[u8], at: usize) -> usize {
    let indentation = |line: &[u8]| {
        let blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
        line.iter().take_while(blank).count()
    };
    let own = line_around(text, &(at..at));
    let column = indentation(&text[own.clone()]);
    if column == 0 {
        return 0;
    }
    let mut start = own.start;
    while start > 0 {
        if at - start > LONGEST_SCOPE {
            return at;
        }
        let before = line_before(text, start);
        let line = &text[before.clone()];
        let is_blank = line.trim_ascii().is_empty() || is_comment(line);
        if !is_blank && indentation(line) < column {
            return before.start;
        }
        start = before.start;
    }
    0
}

/// The start of the lines around an offset that have no empty line and no comment between them.
fn block_start(text: &[u8], at: usize) -> usize {
    let mut start = line_around(text, &(at..at)).start;
    while start > 0 && at - start < LONGEST_SCOPE {
        let before = line_before(text, start);
        let line = &text[before.clone()];
        if line.trim_ascii().is_empty() || is_comment(line) {
            break;
        }
        start = before.start;
    }
    start
}

/// The line before the one that begins at `start`, which is not the first one. Of a long line, the end.
fn line_before(text: &[u8], start: usize) -> Range<usize> {
    let end = start - 1;
    let from = end.saturating_sub(LONGEST_SCOPE);
    steps::count(end - from);
    let begin = memchr::memrchr(b'\n', &text[from..end]).map_or(from, |at| from + at + 1);
    begin..end
}

fn is_comment(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    [&b"#"[..], b"//", b";", b"--", b"/*", b"*"]
        .iter()
        .any(|mark| line.starts_with(mark))
}
