//! The header of a commit or a tag: lines up to an empty one, each with a name and a value. It is
//! parsed once, for history and for the search of messages.

use std::ops::Range;

use super::pack::{ObjectFormat, ObjectId};

/// A line of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderLine {
    /// The range of the line in the object, with its line end.
    pub range: Range<usize>,
    /// The parsed value.
    pub field: HeaderField,
}

/// The value of a line, if the line holds nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderField {
    /// The root tree of a commit.
    Tree(ObjectId),
    /// A parent of a commit.
    Parent(ObjectId),
    /// The target of a tag.
    Object(ObjectId),
    /// The author, committer or tagger: the range of the name and the mail address in the object. A
    /// time follows it.
    Person(Range<usize>),
    /// Any other line, malformed ones included.
    Other,
}

/// A commit or a tag with its parsed header. It must not be printed: its bytes may hold a secret.
#[derive(Clone, Copy)]
pub struct ObjectHeader<'a> {
    /// The bytes of the whole object.
    pub raw: &'a [u8],
    /// The lines of the header, in order.
    pub lines: &'a [HeaderLine],
    /// The offset of the message: the byte after the empty line.
    pub message: usize,
}

impl<'a> ObjectHeader<'a> {
    /// Parses the header of `raw` into `lines`, a buffer that the caller uses again.
    pub fn read(raw: &'a [u8], format: ObjectFormat, lines: &'a mut Vec<HeaderLine>) -> Self {
        lines.clear();
        let mut ranges = Lines::new(raw);
        for range in &mut ranges {
            let field = field_of(&raw[range.clone()], range.start, format);
            lines.push(HeaderLine {
                range: range.start..behind(raw, range.end),
                field,
            });
        }
        Self {
            raw,
            lines,
            message: ranges.message(),
        }
    }
}

/// The offset after the line that ends at `end`.
fn behind(raw: &[u8], end: usize) -> usize {
    (end + 1).min(raw.len())
}

fn field_of(line: &[u8], start: usize, format: ObjectFormat) -> HeaderField {
    let link = |word: &[u8], field: fn(ObjectId) -> HeaderField| {
        line.strip_prefix(word)
            .and_then(|id| format.from_hex(id))
            .map_or(HeaderField::Other, field)
    };
    let person = |word: &[u8]| {
        let end = line
            .strip_prefix(word)
            .and_then(|who| memchr::memrchr(b'>', who))
            .map(|at| word.len() + at + 1);
        let when = |end: &usize| {
            line[*end..]
                .iter()
                .all(|byte| byte.is_ascii_digit() || b" +-".contains(byte))
        };
        end.filter(when).map_or(HeaderField::Other, |end| {
            HeaderField::Person(start + word.len()..start + end)
        })
    };
    match line {
        [b't', b'r', ..] => link(b"tree ", HeaderField::Tree),
        [b'p', ..] => link(b"parent ", HeaderField::Parent),
        [b'o', ..] => link(b"object ", HeaderField::Object),
        [b'a', ..] => person(b"author "),
        [b'c', ..] => person(b"committer "),
        [b't', ..] => person(b"tagger "),
        _ => HeaderField::Other,
    }
}

/// The most lines of a header. Real ones have one for each parent of a merge. Whatever follows belongs to the message: it is
/// searched like the header, and takes no memory for each line.
const MOST_LINES: usize = 1 << 16;

/// The ranges of the lines of a header, without their line ends.
#[derive(Clone)]
struct Lines<'a> {
    raw: &'a [u8],
    /// The offset of the next line.
    at: usize,
    /// The lines that may follow.
    left: usize,
}

impl<'a> Lines<'a> {
    fn new(raw: &'a [u8]) -> Self {
        Self {
            raw,
            at: 0,
            left: MOST_LINES,
        }
    }

    /// The offset of the message after the lines that were read.
    fn message(&self) -> usize {
        if self.left == 0 {
            self.at
        } else {
            behind(self.raw, self.at)
        }
    }
}

impl Iterator for Lines<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let rest = &self.raw[self.at..];
        if self.left == 0 || rest.first().is_none_or(|&first| first == b'\n') {
            return None;
        }
        self.left -= 1;
        let range = self.at..self.at + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        self.at = behind(self.raw, range.end);
        Some(range)
    }
}

/// The value of the first line with this name.
pub fn field<'a>(raw: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    // Lines that begin with a space continue the line before (signatures).
    Lines::new(raw).find_map(|range| raw[range].strip_prefix(name)?.strip_prefix(b" "))
}

/// The offset of the message of a commit or tag.
pub fn message_start(raw: &[u8]) -> usize {
    let mut lines = Lines::new(raw);
    lines.by_ref().for_each(drop);
    lines.message()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_say_what_they_say() {
        for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
            let id = "0a".repeat(format.length());
            let says = |line: &str, format| field_of(line.as_bytes(), 100, format);
            let node = format.from_hex(id.as_bytes()).unwrap();
            assert_eq!(says(&format!("tree {id}"), format), HeaderField::Tree(node));
            assert_eq!(
                says(&format!("parent {id}"), format),
                HeaderField::Parent(node)
            );
            assert_eq!(
                says(&format!("object {id}"), format),
                HeaderField::Object(node)
            );
            let others = [
                "tree of life",
                "tree ",
                &format!("other {id}"),
                &format!("tree {id} "),
                "tagger T",
                "p",
                "t",
                "",
            ];
            others
                .into_iter()
                .for_each(|line| assert_eq!(says(line, format), HeaderField::Other, "{line}"));
            assert_eq!(
                says(&format!("tree {id}"), format.other()),
                HeaderField::Other
            );
            assert_eq!(
                says("author A <a@x> 1 +0000", format),
                HeaderField::Person(107..114)
            );
            assert_eq!(
                says("committer A <a> 1 -0000", format),
                HeaderField::Person(110..115)
            );
            assert_eq!(says("tagger A <a>", format), HeaderField::Person(107..112));
            let others = [
                "author A <a@x> 1 +0000 more",
                "author A",
                "gpgsig <>",
                " author A <> 1 +0000",
                "author",
            ];
            others
                .into_iter()
                .for_each(|line| assert_eq!(says(line, format), HeaderField::Other, "{line}"));
        }
    }

    #[test]
    fn headers_end_where_their_messages_begin() {
        for (raw, ends, message) in [
            (&b""[..], &[][..], 0),
            (b"\n", &[], 1),
            (b"tree x", &[6], 6),
            (b"tree x\n", &[7], 7),
            (b" x\n y\n\nz", &[3, 6], 7),
            (b"a\n\n", &[2], 3),
        ] {
            let mut lines = vec![HeaderLine {
                range: 0..9,
                field: HeaderField::Other,
            }];
            let head = ObjectHeader::read(raw, ObjectFormat::Sha1, &mut lines);
            assert_eq!(
                head.lines
                    .iter()
                    .map(|line| line.range.end)
                    .collect::<Vec<_>>(),
                ends
            );
            assert_eq!((head.message, message_start(raw)), (message, message));
        }
        let raw = b"a\n b c\nb d\nb e\n\nf g\n";
        assert_eq!(
            (field(raw, b"b"), field(raw, b"f"), field(raw, b"a")),
            (Some(&b"d"[..]), None, None)
        );
    }
}
