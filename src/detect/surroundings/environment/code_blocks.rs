//! Statements of environments in programs and scripts. A block is a line and the lines after it that are indented deeper,
//! so one reader is enough for all languages.

use std::ops::Range;
use std::rc::Rc;

use super::environment_names::beginnings;
use super::header::{assignment, header, is_annotation};
use super::{Statements, add};
use crate::finding::Syntax;
use crate::steps;

/// Greatest number of blocks of a text. Further ones are parts of those around them.
const MOST: usize = 20_000;
/// Greatest length in bytes of a line that states something.
const LONGEST_LINE: usize = 200;

/// The blocks of a text that contain matches.
#[derive(Default)]
pub(in crate::detect::surroundings) struct CodeBlocks {
    /// The lines that have matches, in order.
    lines: Vec<LineOfMatch>,
}

/// A line that has matches.
struct LineOfMatch {
    start: usize,
    /// Whether a word of an environment may be on it.
    has_word: bool,
    statements: Statements,
}

struct Block {
    parent: usize,
    stated: Vec<String>,
}

/// A line that may open a block.
struct Opener<'t> {
    column: usize,
    text: &'t [u8],
    /// The statements of the annotations before it.
    annotated: Vec<String>,
    /// Whether a word of an environment may be in it.
    has_word: bool,
}

struct Reader<'t> {
    syntax: Syntax,
    blocks: Vec<Block>,
    /// The open blocks and the columns of their first lines, the innermost last.
    open: Vec<(usize, usize)>,
    last: Opener<'t>,
}

impl CodeBlocks {
    /// Reads the blocks of the matches that begin at these offsets, which are in order.
    pub(in crate::detect::surroundings) fn read(
        text: &[u8],
        syntax: Syntax,
        starts: &[usize],
    ) -> Self {
        let mut hits = beginnings()
            .find_iter(text)
            .map(|found| found.start())
            .peekable();
        if hits.peek().is_none() {
            return Self::default();
        }
        let mut reader = Reader {
            syntax,
            blocks: vec![Block {
                parent: 0,
                stated: Vec::new(),
            }],
            open: Vec::new(),
            last: Opener {
                column: usize::MAX,
                text: b"",
                annotated: Vec::new(),
                has_word: false,
            },
        };
        let mut starts = starts.iter().copied().peekable();
        let mut of_matches = Vec::new();
        let mut start = 0;
        while start < text.len() {
            let end = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |len| start + len);
            let mut has_word = false;
            while hits.next_if(|at| *at < end).is_some() {
                has_word = true;
            }
            let block = reader.line(&text[start..end], has_word);
            if starts.peek().is_some_and(|at| *at <= end) {
                of_matches.push((start, has_word, block));
                while starts.next_if(|at| *at <= end).is_some() {}
            }
            start = end + 1;
        }
        let effective = reader.effective();
        let of_match = |(start, has_word, block): (usize, bool, usize)| LineOfMatch {
            start,
            has_word,
            statements: Rc::clone(&effective[block]),
        };
        Self {
            lines: of_matches.into_iter().map(of_match).collect(),
        }
    }

    /// Whether a word of an environment may be on the line of a match, of which `line` is a part.
    pub(in crate::detect::surroundings) fn may_be_on(&self, line: &Range<usize>) -> bool {
        let after = self.lines.partition_point(|of| of.start <= line.start);
        after > 0 && self.lines[after - 1].has_word
    }

    /// The statements about the match at an offset.
    pub(in crate::detect::surroundings) fn around(&self, at: usize) -> Option<Statements> {
        let after = self.lines.partition_point(|line| line.start <= at);
        let statements = &self.lines.get(after.checked_sub(1)?)?.statements;
        (!statements.is_empty()).then(|| Rc::clone(statements))
    }
}

impl<'t> Reader<'t> {
    /// Reads a line, and returns its block.
    fn line(&mut self, line: &'t [u8], has_word: bool) -> usize {
        let text = line.trim_ascii();
        let column = line
            .iter()
            .take_while(|b| matches!(b, b' ' | b'\t'))
            .count();
        if text.is_empty()
            || text.starts_with(b"#")
            || text.starts_with(b"//")
            || text.starts_with(b"*")
        {
            return self.open.last().map_or(0, |(block, _)| *block);
        }
        if column > self.last.column {
            self.open_block();
        } else {
            while self.open.last().is_some_and(|(_, of)| *of >= column) {
                self.open.pop();
            }
        }
        let block = self.open.last().map_or(0, |(block, _)| *block);
        let short = if has_word && text.len() <= LONGEST_LINE {
            text
        } else {
            b""
        };
        steps::count(short.len());
        let short = std::str::from_utf8(short).unwrap_or_default();
        if let Some(statement) = assignment(short) {
            add(&mut self.blocks[block].stated, statement);
        }
        // The bracket of a block may be on a line of its own, and annotations are before what they are about.
        let same = column == self.last.column;
        if same && matches!(text, b"{" | b"[" | b"(") {
            return block;
        }
        let mut annotated = match same && is_annotation(self.last.text) {
            true => std::mem::take(&mut self.last.annotated),
            false => Vec::new(),
        };
        if let Some(profile) = short.strip_prefix("@Profile(") {
            profile
                .split('"')
                .skip(1)
                .step_by(2)
                .filter(|name| !name.contains('!'))
                .for_each(|name| add(&mut annotated, name));
        }
        self.last = Opener {
            column,
            text,
            annotated,
            has_word: has_word && text.len() <= LONGEST_LINE,
        };
        block
    }

    /// Opens the block of the last line.
    fn open_block(&mut self) {
        if self.blocks.len() >= MOST {
            return;
        }
        let parent = self.open.last().map_or(0, |(block, _)| *block);
        let mut stated = std::mem::take(&mut self.last.annotated);
        if self.last.has_word {
            steps::count(self.last.text.len());
            let text = std::str::from_utf8(self.last.text).unwrap_or_default();
            header(text, self.syntax)
                .into_iter()
                .for_each(|name| add(&mut stated, name));
        }
        self.blocks.push(Block { parent, stated });
        self.open.push((self.blocks.len() - 1, self.last.column));
    }

    /// The statements of each block: its own, else those of the block around it.
    fn effective(self) -> Vec<Statements> {
        let mut effective: Vec<Statements> = Vec::with_capacity(self.blocks.len());
        for mut block in self.blocks {
            block.stated.sort_unstable();
            let statements = match effective.get(block.parent) {
                Some(outer) if block.stated.is_empty() => Rc::clone(outer),
                _ => Rc::from(block.stated),
            };
            effective.push(statements);
        }
        effective
    }
}
