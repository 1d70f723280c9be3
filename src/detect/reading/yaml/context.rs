//! The surroundings of a scalar: the indentation of its key, whether it is in brackets, and what follows it.

use memchr::{memchr2, memrchr};

/// Bytes before a scalar that are read for its context.
const LOOK_BACK: usize = 1024;

/// Whether a scalar is in brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// It is in the block form: the indentation counts.
    Block,
    /// It is in `{…}` or `[…]`, of which this is the bracket that opens.
    In(u8),
    /// The bytes before it do not tell.
    Unsure,
}

impl Flow {
    /// Whether the rest of a text behind a scalar ends the scalar: with a comma, or with the bracket that closes.
    pub(super) fn ends_with(self, rest: &[u8]) -> bool {
        let is_closed = |open: u8| rest.first() == Some(&(open + 2));
        let is_end = match self {
            Flow::Block => false,
            Flow::In(open) => is_closed(open),
            Flow::Unsure => is_closed(b'{') || is_closed(b'['),
        };
        let is_followed_well = rest
            .get(1)
            .is_none_or(|&next| next.is_ascii_whitespace() || matches!(next, b',' | b'}' | b']'));
        (is_end && is_followed_well) || (self != Flow::Block && rest.first() == Some(&b','))
    }
}

/// The bytes before a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Context {
    /// The column of the key, or of the dash of the list, whose value the scalar is; -1 for a document. Lines that
    /// belong to the scalar are indented more.
    pub column: isize,
    /// Whether the column is known.
    pub is_sure: bool,
    /// Whether the scalar is in brackets.
    pub flow: Flow,
}

impl Context {
    /// The context of the scalar that begins at `at`. A text that begins with the scalar is a document.
    pub(super) fn before(text: &[u8], at: usize) -> Self {
        let from = at.saturating_sub(LOOK_BACK);
        let before = &text[from..at];
        let line = line_start(before, before.len());
        let is_cut = line == 0 && from > 0;
        let (mut column, mut is_sure) = (column_of(&before[line..]), !is_cut);
        if before[line..].trim_ascii().is_empty() {
            // The scalar has its line for itself: its key is on a line before.
            (column, is_sure) = match previous_line(before, line) {
                Some(line) if ends_with_key(line) => (column_of(line), true),
                Some(line) if is_document_mark(line) => (-1, true),
                None if from == 0 => (-1, true),
                _ => (before.len() as isize - line as isize - 1, false),
            };
        }
        Self {
            column,
            is_sure,
            flow: flow(before, line, from == 0),
        }
    }
}

/// The start of the line that `at` is in.
fn line_start(text: &[u8], at: usize) -> usize {
    text[..at]
        .iter()
        .rposition(|byte| matches!(byte, b'\r' | b'\n'))
        .map_or(0, |end| end + 1)
}

/// The end of the line that starts at `start`.
fn line_end_of(text: &[u8], start: usize) -> usize {
    memchr2(b'\r', b'\n', &text[start..]).map_or(text.len(), |found| start + found)
}

/// The column of the key on a line, behind the dashes of lists; of the last dash if there is no key.
fn column_of(line: &[u8]) -> isize {
    let mut at = spaces(line);
    loop {
        let rest = &line[at..];
        if is_document_mark(rest) && at == 0 {
            return -1;
        }
        let (Some(b'-' | b'?' | b':'), Some(b' ')) = (rest.first(), rest.get(1)) else {
            return at as isize;
        };
        let space = 1 + spaces(&rest[1..]);
        if rest[space..].trim_ascii().is_empty() {
            return at as isize;
        }
        at += space;
    }
}

/// The number of spaces at the beginning.
pub(in crate::detect::reading) fn spaces(line: &[u8]) -> usize {
    line.iter().take_while(|&&byte| byte == b' ').count()
}

/// Whether a line begins with `---` or `...`, the mark of a document.
pub(in crate::detect::reading) fn is_document_mark(line: &[u8]) -> bool {
    (line.starts_with(b"---") || line.starts_with(b"..."))
        && line.get(3).is_none_or(u8::is_ascii_whitespace)
}

/// The last line before the one that starts at `line`, without lines that are empty or comments.
fn previous_line(text: &[u8], line: usize) -> Option<&[u8]> {
    let mut start = line;
    while start > 0 {
        let end = start - 1;
        start = line_start(text, end);
        let content = text[start..end].trim_ascii();
        if !content.is_empty() && content[0] != b'#' {
            return Some(&text[start..end]);
        }
    }
    None
}

/// The content of a line, without a comment at its end.
fn without_comment(line: &[u8]) -> &[u8] {
    let comment = memchr::memmem::find(line, b" #").unwrap_or(line.len());
    line[..comment].trim_ascii_end()
}

/// Whether the value of the last key on a line is on the next line.
fn ends_with_key(line: &[u8]) -> bool {
    let mut line = without_comment(line);
    for _ in 0..2 {
        let word = memrchr(b' ', line).map_or(0, |space| space + 1);
        if matches!(line.get(word), Some(b'!' | b'&')) {
            line = line[..word].trim_ascii_end();
        }
    }
    matches!(line.last(), Some(b':'))
        || matches!(line.trim_ascii_start(), b"-" | b"?")
        || line.ends_with(b" -")
}

/// Whether what follows `before` is in brackets. `line` is the start of its last line.
fn flow(before: &[u8], line: usize, is_from_start: bool) -> Flow {
    // Between brackets, a line begins behind a comma or a bracket at the end of the line before it, if it is not the
    // rest of a value. So in most files one line tells.
    let mut start = line;
    let is_known = loop {
        let Some(previous) = previous_line(before, start) else {
            break is_from_start;
        };
        let content = without_comment(previous);
        if is_document_mark(content) {
            break true;
        }
        if is_block_header(content) {
            // Only lines that are indented more are text of the block.
            if spaces(&before[line..]) <= spaces(previous) {
                return Flow::Block;
            }
            break false;
        }
        let goes_on = matches!(content.last(), Some(b',' | b'{' | b'['))
            || (before[start..].trim_ascii().is_empty() && ends_with_key(previous))
            || brackets(&before[start..line_end_of(before, start)]).closes_others;
        if !goes_on {
            break true;
        }
        start = previous.as_ptr() as usize - before.as_ptr() as usize;
    };
    match brackets(&before[start..]).open.last() {
        None if is_known => Flow::Block,
        Some(&bracket) if is_known && spaces(&before[start..]) <= spaces(&before[line..]) => {
            Flow::In(bracket)
        }
        _ => Flow::Unsure,
    }
}

/// Whether a line ends with the first line of a block: `|` or `>`, with a number and a sign.
fn is_block_header(line: &[u8]) -> bool {
    let signs = line
        .iter()
        .rev()
        .take(2)
        .take_while(|byte| matches!(byte, b'-' | b'+' | b'1'..=b'9'));
    let line = &line[..line.len() - signs.count()];
    matches!(line, [.., b' ' | b'\t', b'|' | b'>'])
}

/// The brackets of a part of a text.
#[derive(Default)]
struct Brackets {
    /// Those that are open at the end.
    open: Vec<u8>,
    /// Whether a bracket closes one that was opened before.
    closes_others: bool,
}

/// The brackets of the bytes, which begin with a line.
fn brackets(bytes: &[u8]) -> Brackets {
    let mut brackets = Brackets::default();
    let (mut at, mut is_start) = (0, true);
    while let Some(&byte) = bytes.get(at) {
        let is_open = !brackets.open.is_empty();
        let is_before_space = bytes.get(at + 1).is_none_or(u8::is_ascii_whitespace);
        let rest = &bytes[at..];
        match byte {
            b'"' | b'\'' if is_start => {
                at += string_length(rest);
                is_start = false;
                continue;
            }
            b'{' | b'[' if is_start || is_open => {
                brackets.open.push(byte);
                is_start = true;
            }
            b'}' | b']' => {
                brackets.closes_others |= brackets.open.pop().is_none();
                is_start = false;
            }
            b',' => is_start |= is_open,
            b':' if is_before_space || is_open => is_start = true,
            b'-' | b'?' if is_start && is_before_space => {}
            b'#' if at == 0 || bytes[at - 1].is_ascii_whitespace() => {
                at += memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
                continue;
            }
            b'!' | b'&' if is_start => {
                at += rest
                    .iter()
                    .position(u8::is_ascii_whitespace)
                    .unwrap_or(rest.len());
                continue;
            }
            b'\r' | b'\n' => is_start = true,
            b' ' | b'\t' => {}
            _ => is_start = false,
        }
        at += 1;
    }
    brackets
}

/// The length of the string in quotes at the beginning of `rest`.
fn string_length(rest: &[u8]) -> usize {
    let quote = rest[0];
    let mut at = 1;
    while let Some(found) = rest.get(at..).and_then(|rest| memchr2(quote, b'\\', rest)) {
        at += found + 1;
        if rest[at - 1] == quote {
            return at;
        }
        at += usize::from(quote == b'"');
    }
    rest.len()
}

/// Whether a line is one of a template, such as Helm's, which is replaced before the file is read.
pub(in crate::detect::reading) fn is_template(content: &[u8]) -> bool {
    content.starts_with(b"{{") || content.starts_with(b"{%")
}
