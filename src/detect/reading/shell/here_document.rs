//! The output of `cat` for a here-document: `$(cat <<'END' … )`, also in double quotes. Shells remove the newlines at
//! its end.

use std::ops::Range;

use crate::detect::reading::{Collector, Stop};
use crate::finding::Doubt;

/// The longest line that names the end of a document, in bytes.
const LONGEST_NAME: usize = 128;

/// A command substitution whose output is a here-document as it is written. Offsets are bytes of the text.
pub(super) struct HereDocument {
    /// The substitution, with its quotes.
    whole: Range<usize>,
    /// The lines of the document.
    body: Range<usize>,
    /// Tabs at the beginning of lines are removed: `<<-`.
    is_stripped: bool,
}

impl HereDocument {
    /// The substitution that begins at `at` with `$(` or `"$(`. `None` if it is of another form, or if the document has
    /// variables or escapes.
    ///
    /// # Errors
    /// The document has no end.
    pub(super) fn at(text: &[u8], at: usize) -> Result<Option<Self>, Stop> {
        let Some(tag) = Tag::at(text, at) else {
            return Ok(None);
        };
        let (end, behind) = tag.end_of_document(text).ok_or(Stop::Unfinished)?;
        let body = tag.start..end;
        let has_special = memchr::memchr3(b'$', b'`', b'\\', &text[body.clone()]).is_some();
        let close = text[behind..].trim_ascii_start().strip_prefix(b")");
        let close = match tag.is_quoted {
            true => close.and_then(|close| close.strip_prefix(b"\"")),
            false => close,
        };
        let close = close.filter(|_| tag.is_literal || !has_special);
        Ok(close.map(|close| Self {
            whole: at..text.len() - close.len(),
            body,
            is_stripped: tag.is_stripped,
        }))
    }

    /// Adds the document, and returns the offset behind the substitution.
    ///
    /// # Errors
    /// The value becomes too long.
    pub(super) fn read(self, text: &[u8], out: &mut Collector) -> Result<usize, Stop> {
        let body = &text[self.body.clone()];
        let trailing = body.iter().rev().take_while(|byte| **byte == b'\n').count();
        let end = self.body.end - trailing;
        // bash drops NUL, and other shells end the value there.
        if memchr::memchr(0, &text[self.body.start..end]).is_some() {
            out.doubt(Doubt::Quoting);
        }
        out.open(self.whole.start, self.body.start, None);
        let mut next = self.body.start;
        while next < end {
            let line =
                memchr::memchr(b'\n', &text[next..end]).map_or(end, |length| next + length + 1);
            let is_tab = |byte: &&u8| **byte == b'\t';
            let tabs = match self.is_stripped {
                true => text[next..line].iter().take_while(is_tab).count(),
                false => 0,
            };
            if tabs > 0 {
                out.yields(next..next + tabs, &[])?;
            }
            out.keep(text, next + tabs..line)?;
            next = line;
        }
        out.close(end, self.whole.end);
        Ok(self.whole.end)
    }
}

/// The beginning of a here-document.
struct Tag<'t> {
    /// The substitution is in double quotes.
    is_quoted: bool,
    /// The name is quoted, and so nothing of the document is replaced.
    is_literal: bool,
    /// Tabs at the beginning of lines are removed.
    is_stripped: bool,
    /// The line that ends the document.
    name: &'t [u8],
    /// The offset of the document.
    start: usize,
}

impl<'t> Tag<'t> {
    /// The tag of the substitution that begins at `at`.
    fn at(text: &'t [u8], at: usize) -> Option<Self> {
        let is_quoted = text[at] == b'"';
        let command = &text[at + usize::from(is_quoted) + 2..];
        let rest = trim_blank(command).strip_prefix(b"cat")?;
        let rest = trim_blank(rest).strip_prefix(b"<<")?;
        let is_stripped = rest.first() == Some(&b'-');
        let rest = trim_blank(rest.strip_prefix(b"-").unwrap_or(rest));
        let line = memchr::memchr(b'\n', &rest[..rest.len().min(LONGEST_NAME)])?;
        let (name, is_literal) = match rest[..line].trim_ascii_end() {
            [quote @ (b'\'' | b'"'), name @ .., end] if end == quote => (name, true),
            [b'\\', name @ ..] => (name, true),
            name => (name, false),
        };
        let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let is_name = !name.is_empty() && name.iter().all(is_of_name);
        is_name.then_some(Self {
            is_quoted,
            is_literal,
            is_stripped,
            name,
            start: text.len() - rest.len() + line + 1,
        })
    }

    /// The end of the document, and the offset behind the line that ends it.
    fn end_of_document(&self, text: &[u8]) -> Option<(usize, usize)> {
        let last = text.len().min(self.start + Collector::MOST);
        let mut next = self.start;
        while next < last {
            let rest = &text[next..last];
            let line = next + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let mut content = &text[next..line];
            while let (true, [b'\t', rest @ ..]) = (self.is_stripped, content) {
                content = rest;
            }
            if content == self.name {
                return Some((next, line));
            }
            next = line + 1;
        }
        None
    }
}

/// The bytes without the spaces and tabs at their beginning.
fn trim_blank(bytes: &[u8]) -> &[u8] {
    let blanks = bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t'));
    &bytes[blanks.count()..]
}
