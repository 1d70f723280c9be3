//! Walks over the mappings of a text in YAML or JSON, and passes over what it cannot read.
//!
//! The text may be a template, or a part of a file in another format: lines that are no YAML are left out. The walk takes
//! time in proportion to the text, and reads no values: it says where they begin.

use std::ops::Range;

use memchr::memchr2;

use super::character_escapes::{blanks, line_end};
use super::yaml::{end_of_string, is_document_mark, is_template, spaces};

/// What the walk comes across, in the order of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::detect) enum Event {
    /// A mapping begins: it is the value of the last key, or of an item of a list there.
    Open,
    /// A key of the innermost mapping, without quotes.
    Key(Range<usize>),
    /// The value of the last key is a scalar that begins here, with its tag.
    Scalar(usize),
    /// The innermost mapping ends.
    Close,
}

/// Walks over a range of the text, which begins with a line.
pub(in crate::detect) fn walk(text: &[u8], range: Range<usize>, sink: impl FnMut(Event)) {
    let mut walker = Walker {
        text: &text[..range.end],
        at: range.start,
        levels: Vec::new(),
        sink,
    };
    while walker.at < range.end {
        walker.line();
    }
    walker.close_above(None);
}

struct Walker<'t, F> {
    text: &'t [u8],
    at: usize,
    /// The open mappings of the block form, from the outermost.
    levels: Vec<Level>,
    sink: F,
}

/// An open mapping of the block form.
struct Level {
    /// The column of its keys.
    column: usize,
    /// Whether the value of its last key has not begun.
    is_waiting: bool,
}

impl<F: FnMut(Event)> Walker<'_, F> {
    /// Walks over a line, and over the lines that its last value takes.
    fn line(&mut self) {
        let start = self.at;
        let column = spaces(&self.text[start..]);
        let mut at = start + column;
        let rest = &self.text[at..];
        if column == 0 && is_document_mark(rest) {
            self.close_above(None);
            at += 3 + blanks(&rest[3..]);
        } else if rest.starts_with(b"```") || rest.starts_with(b"~~~") {
            // Another block of a text in Markdown.
            self.close_above(None);
            return self.skip_line(at);
        }
        if self.is_end(at) || self.text[at] == b'\t' || is_template(&self.text[at..]) {
            return self.skip_line(at);
        }
        self.close_above(Some(column));
        let mut is_item = false;
        while self.text[at] == b'-' && self.text.get(at + 1).is_none_or(u8::is_ascii_whitespace) {
            is_item = true;
            at += 1 + blanks(&self.text[at + 1..]);
            if self.is_end(at) {
                return self.skip_line(at);
            }
        }
        let scalar = at;
        at = self.behind_properties(at);
        if self.is_end(at) {
            return self.skip_line(at);
        }
        if matches!(self.text[at], b'{' | b'[') {
            if !is_item
                && self
                    .levels
                    .last()
                    .is_some_and(|level| level.column == column)
            {
                // Another document, with no mark before it.
                self.close_above(None);
            }
            return self.flow(at, column);
        }
        match self.key(at) {
            Some((key, behind)) => {
                let column = at - start;
                let is_same = self
                    .levels
                    .last()
                    .is_some_and(|level| level.column == column);
                if !is_same || is_item {
                    let may_open =
                        is_item || self.levels.last().is_none_or(|level| level.is_waiting);
                    if !may_open {
                        // The rest of a plain scalar.
                        return self.skip_line(at);
                    }
                    self.levels.push(Level {
                        column,
                        is_waiting: false,
                    });
                    (self.sink)(Event::Open);
                }
                (self.sink)(Event::Key(key));
                self.value(behind, column);
            }
            None => {
                // The value may be on the line below its key.
                let waiting = self
                    .levels
                    .last_mut()
                    .filter(|level| !is_item && level.is_waiting && level.column < column);
                match waiting {
                    Some(level) => {
                        level.is_waiting = false;
                        let column = level.column;
                        (self.sink)(Event::Scalar(scalar));
                        self.skip_scalar(at, column);
                    }
                    None if is_item => self.skip_scalar(at, column),
                    None => self.skip_line(at),
                }
            }
        }
    }

    /// Walks over the bytes behind a key in this column.
    fn value(&mut self, behind: usize, column: usize) {
        let start = behind + blanks(&self.text[behind..]);
        let at = self.behind_properties(start);
        let is_nothing = self.is_end(at) || is_template(&self.text[at..]);
        if let Some(level) = self.levels.last_mut() {
            level.is_waiting = is_nothing;
        }
        if is_nothing {
            return self.skip_line(at);
        }
        if matches!(self.text[at], b'{' | b'[') {
            return self.flow(at, column);
        }
        (self.sink)(Event::Scalar(start));
        self.skip_scalar(at, column);
    }

    /// Passes over a scalar whose key is in this column.
    fn skip_scalar(&mut self, at: usize, column: usize) {
        match self.text[at] {
            b'"' | b'\'' => {
                // Otherwise the quote is never closed, and another one was found.
                let end = end_of_string(self.text, at)
                    .filter(|&end| self.is_end(end + blanks(&self.text[end..])));
                self.skip_line(end.unwrap_or(at));
            }
            b'|' | b'>' => {
                self.skip_line(at);
                while self.at < self.text.len() {
                    let rest = &self.text[self.at..];
                    let space = spaces(rest);
                    let content = &rest[space..];
                    let is_inside = space > column || line_end(content) > 0 || is_template(content);
                    if !is_inside {
                        break;
                    }
                    self.skip_line(self.at + space);
                }
            }
            _ => self.skip_line(at),
        }
    }

    /// The key that begins at `at`, and the offset behind its colon.
    fn key(&self, at: usize) -> Option<(Range<usize>, usize)> {
        let rest = &self.text[at..];
        let (key, end) = match rest[0] {
            b'"' | b'\'' => {
                let end = end_of_string(self.text, at)?;
                let content = at + 1..end - 1;
                memchr2(b'\r', b'\n', &self.text[content.clone()])
                    .is_none()
                    .then_some((content, end))?
            }
            b'|' | b'>' | b'*' | b'#' | b'%' | b'@' | b'`' | b',' | b']' | b'}' => return None,
            _ => {
                let line = &rest[..memchr2(b'\r', b'\n', rest).unwrap_or(rest.len())];
                let colon = memchr::memchr_iter(b':', line)
                    .find(|&colon| line.get(colon + 1).is_none_or(u8::is_ascii_whitespace))?;
                let key = line[..colon].trim_ascii_end().len();
                (at..at + key, at + colon)
            }
        };
        let colon = end + blanks(&self.text[end..]);
        let is_key = self.text.get(colon) == Some(&b':')
            && self.text.get(colon + 1).is_none_or(u8::is_ascii_whitespace);
        is_key.then_some((key, colon + 1))
    }

    /// The offset behind the tags and anchors at `at`.
    fn behind_properties(&self, mut at: usize) -> usize {
        while matches!(self.text.get(at), Some(b'!' | b'&')) {
            let rest = &self.text[at..];
            let word = rest
                .iter()
                .position(|byte| byte.is_ascii_whitespace() || matches!(byte, b',' | b'}' | b']'));
            at += word.unwrap_or(rest.len());
            at += blanks(&self.text[at..]);
        }
        at
    }

    /// Whether a line has no content from `at` on.
    fn is_end(&self, at: usize) -> bool {
        matches!(self.text.get(at), None | Some(b'\r' | b'\n' | b'#'))
    }

    /// Goes on at the line behind the one of `at`.
    fn skip_line(&mut self, at: usize) {
        self.at = memchr::memchr(b'\n', &self.text[at..])
            .map_or(self.text.len(), |length| at + length + 1);
    }

    /// Ends the mappings of the block form whose keys are behind the column; all of them without a column.
    fn close_above(&mut self, column: Option<usize>) {
        while self
            .levels
            .pop_if(|level| column.is_none_or(|column| level.column > column))
            .is_some()
        {
            (self.sink)(Event::Close);
        }
    }

    /// Walks over brackets. `column` is that of the line or of the key before them.
    fn flow(&mut self, start: usize, column: usize) {
        let mut flow = Flow::default();
        let is_below_key = self.levels.last().is_some();
        let mut at = start;
        while let Some(&byte) = self.text.get(at) {
            let rest = &self.text[at..];
            at += match byte {
                b'\n' => {
                    let line = &rest[1..];
                    let is_next = if is_below_key {
                        is_next_key(line, column)
                    } else {
                        is_object(line)
                    };
                    if is_next || is_document_mark(line) {
                        // The brackets were never closed.
                        at += 1;
                        break;
                    }
                    1
                }
                b' ' | b'\t' | b'\r' => 1,
                b'#' if at == 0 || self.text[at - 1].is_ascii_whitespace() => length_of_line(rest),
                b'/' if rest.starts_with(b"//") => length_of_line(rest),
                b'{' | b'[' => {
                    if is_template(rest) {
                        flow.has_value();
                        length_of_template(rest)
                    } else {
                        flow.open(byte == b'{');
                        if byte == b'{' {
                            (self.sink)(Event::Open);
                        }
                        1
                    }
                }
                b'}' | b']' => {
                    if flow.close() {
                        (self.sink)(Event::Close);
                    }
                    if flow.levels.is_empty() {
                        return self.behind_flow(at + 1, column);
                    }
                    1
                }
                b',' => flow.set(State::Key),
                b':' => flow.colon(),
                b'!' | b'&' if flow.start.is_none() => {
                    flow.start = Some(at);
                    let end = self.behind_properties(at);
                    end - at
                }
                b'"' | b'\'' => {
                    let length = end_of_string(self.text, at).map_or(1, |end| end - at);
                    let content = at + 1..(at + length).saturating_sub(1).max(at + 1);
                    flow.scalar(at, content, &mut self.sink);
                    length
                }
                _ => {
                    let length = length_of_plain(rest);
                    let content = at..at + rest[..length].trim_ascii_end().len();
                    flow.scalar(at, content, &mut self.sink);
                    length
                }
            };
        }
        while !flow.levels.is_empty() {
            if flow.close() {
                (self.sink)(Event::Close);
            }
        }
        self.at = at.min(self.text.len());
    }

    /// Goes on behind brackets. Another value may follow on the line.
    fn behind_flow(&mut self, at: usize, column: usize) {
        let next = at + blanks(&self.text[at..]);
        if self.text.get(next) == Some(&b'{')
            && self.levels.is_empty()
            && !is_template(&self.text[next..])
        {
            return self.flow(next, column);
        }
        if let Some(level) = self.levels.last_mut() {
            level.is_waiting = false;
        }
        self.skip_line(at);
    }
}

/// The open brackets.
#[derive(Default)]
struct Flow {
    /// Whether each open bracket is that of a mapping, and what is expected there.
    levels: Vec<(bool, State)>,
    /// The tag before the next value.
    start: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Key,
    Colon,
    Value,
    Comma,
}

impl Flow {
    fn open(&mut self, is_mapping: bool) {
        self.has_value();
        self.levels.push((is_mapping, State::Key));
    }

    /// Ends the innermost bracket, and returns whether it is that of a mapping.
    fn close(&mut self) -> bool {
        self.start = None;
        self.levels.pop().is_some_and(|(is_mapping, _)| is_mapping)
    }

    /// The value of the last key has begun.
    fn has_value(&mut self) {
        self.start = None;
        if let Some((_, state)) = self.levels.last_mut() {
            *state = State::Comma;
        }
    }

    /// A comma or a colon, of one byte.
    fn set(&mut self, next: State) -> usize {
        self.start = None;
        if let Some((_, state)) = self.levels.last_mut() {
            *state = next;
        }
        1
    }

    fn colon(&mut self) -> usize {
        match self.levels.last() {
            Some((true, State::Colon)) => self.set(State::Value),
            _ => 1,
        }
    }

    fn scalar(&mut self, at: usize, content: Range<usize>, sink: &mut impl FnMut(Event)) {
        let start = self.start.take().unwrap_or(at);
        match self.levels.last_mut() {
            Some((true, state @ State::Key)) => {
                *state = State::Colon;
                sink(Event::Key(content));
            }
            Some((true, state @ State::Value)) => {
                *state = State::Comma;
                sink(Event::Scalar(start));
            }
            _ => {}
        }
    }
}

/// Whether a line begins with a key that is not indented more than the one before the brackets.
fn is_next_key(line: &[u8], column: usize) -> bool {
    let space = spaces(line);
    space <= column && line.get(space).is_some_and(u8::is_ascii_alphanumeric)
}

/// Whether a line is the first of an object in the block form, in a text that is not all YAML.
fn is_object(line: &[u8]) -> bool {
    let is_first = line.starts_with(b"apiVersion: ") || line.starts_with(b"kind: ");
    is_first
        && !line[..length_of_line(line)]
            .trim_ascii_end()
            .ends_with(b",")
}

fn length_of_line(rest: &[u8]) -> usize {
    memchr::memchr(b'\n', rest).unwrap_or(rest.len())
}

/// The length of a template: up to its closing brackets on the line.
fn length_of_template(rest: &[u8]) -> usize {
    let line = &rest[..length_of_line(rest)];
    let close: &[u8] = if rest.starts_with(b"{{") {
        b"}}"
    } else {
        b"%}"
    };
    memchr::memmem::find(line, close).map_or(line.len(), |found| found + 2)
}

/// The length of a plain scalar between brackets, on its line.
fn length_of_plain(rest: &[u8]) -> usize {
    let is_end = |at: usize, byte: u8| match byte {
        b',' | b'[' | b']' | b'{' | b'}' | b'\r' | b'\n' => true,
        b':' => rest.get(at + 1).is_none_or(|next| {
            next.is_ascii_whitespace() || matches!(next, b',' | b'[' | b']' | b'{' | b'}')
        }),
        b'#' => rest[at - 1].is_ascii_whitespace(),
        _ => false,
    };
    (1..rest.len())
        .find(|&at| is_end(at, rest[at]))
        .unwrap_or(rest.len())
}
