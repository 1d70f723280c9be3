//! Finds the heredocs of Ruby and Perl, whose text begins in the next line.

use std::ops::Range;

use super::escape_digits::{line_end, name_length};
use super::language::Special;
use super::literal_form::{Closing, Form, Layout, LineEnds, Opened, Units};
use crate::finding::Escapes;

/// The tag of a heredoc: `<<NAME`, `<<~NAME`, `<<-"NAME"`.
pub(super) struct Tag {
    /// The name, which closes the text.
    pub name: Range<usize>,
    /// The quote of the name.
    pub quote: Option<u8>,
    /// `~` or `-`.
    pub sign: Option<u8>,
    /// The offset behind the tag.
    pub end: usize,
}

/// The tag at `at`.
pub(super) fn tag(text: &[u8], at: usize) -> Option<Tag> {
    let rest = text.get(at..)?.strip_prefix(b"<<")?;
    let sign = rest
        .first()
        .copied()
        .filter(|byte| matches!(byte, b'~' | b'-'));
    let start = at + 2 + usize::from(sign.is_some());
    let quote = text
        .get(start)
        .copied()
        .filter(|byte| matches!(byte, b'"' | b'\''));
    match quote {
        Some(quote) => {
            let line = memchr::memchr3(quote, b'\n', b'\r', &text[start + 1..])?;
            let name = start + 1..start + 1 + line;
            let is_name = text[name.end] == quote && !name.is_empty();
            is_name.then_some(Tag {
                end: name.end + 1,
                name,
                quote: Some(quote),
                sign,
            })
        }
        None => {
            let name = start..start + name_length(text, start);
            (!name.is_empty()).then_some(Tag {
                end: name.end,
                name,
                quote,
                sign,
            })
        }
    }
}

/// The heredoc whose tag is at `at`. The text of an earlier heredoc of the line would come first.
pub(super) fn open(text: &[u8], at: usize, escapes: Escapes) -> Special {
    let Some(tag) = tag(text, at) else {
        return Special::Ordinary;
    };
    let from = at.saturating_sub(512);
    let before = &text[from..at];
    let before = memchr::memrchr(b'\n', before).map_or(before, |line| &before[line + 1..]);
    let has_earlier = (0..before.len()).any(|offset| super::heredoc::tag(before, offset).is_some());
    if has_earlier {
        return Special::NoLiteral;
    }
    let line = memchr::memchr(b'\n', &text[tag.end..]);
    let Some(content) = line.map(|length| tag.end + length + 1) else {
        return opened(tag.end, Closing::Never, Form::new("", escapes));
    };
    let Some((end, behind)) =
        terminator(text, content, &text[tag.name.clone()], tag.sign.is_some())
    else {
        return opened(content, Closing::Never, Form::new("", escapes));
    };
    let units = match tag.quote {
        Some(b'\'') => Units::Raw(LineEnds::Doubtful),
        _ => Units::Escaped(escapes),
    };
    let layout = match (tag.sign, escapes) {
        (Some(b'~'), Escapes::PerlDouble) => Layout::Indented(end, behind - tag.name.len()),
        (Some(b'~'), _) => Layout::Common,
        _ => Layout::None,
    };
    let form = Form::new("", escapes).units(units).layout(layout);
    let is_continued = text[..end].ends_with(b"\\\n") && tag.quote != Some(b'\'');
    let form = form.doubtful(is_continued || !ends_line(text[tag.end..content].trim_ascii()));
    opened(content, Closing::Known(content..end, behind), form)
}

fn opened(content: usize, closing: Closing, form: Form) -> Special {
    Special::Literal(Opened {
        content,
        closing,
        form,
    })
}

/// Whether what follows the tag in its line does not concern the value.
fn ends_line(rest: &[u8]) -> bool {
    let rest = rest.strip_prefix(b".freeze").unwrap_or(rest);
    matches!(
        rest.first(),
        None | Some(b')' | b',' | b';' | b']' | b'}' | b'#')
    )
}

/// The end of the content, and the offset behind the name that closes it.
pub(super) fn terminator(
    text: &[u8],
    content: usize,
    name: &[u8],
    is_indented: bool,
) -> Option<(usize, usize)> {
    let mut start = content;
    loop {
        let length = memchr::memchr(b'\n', &text[start..]);
        let line = &text[start..length.map_or(text.len(), |length| start + length)];
        let blank = line
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        let blank = if is_indented { blank } else { 0 };
        let behind = blank + name.len();
        if line[blank..].starts_with(name)
            && (behind == line.len() || line_end(line, behind).is_some())
        {
            return Some((start, start + behind));
        }
        start += length? + 1;
    }
}
