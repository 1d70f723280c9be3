//! Whether a value is within another text: a block of YAML, a heredoc, a literal or a comment of a program. Such a text
//! has a syntax of its own, which its file does not name.

use std::cell::OnceCell;

use super::file_kind::FileKind;
use super::reading::{Position, ProgramSpans};
use super::searched_text::Text;
use crate::finding::Syntax;

/// Bytes before a value that are looked at.
const LOOK_BACK: usize = 8 * 1024;

/// The places of a text that are within another text. A program is read only as far as it is asked for, and once.
pub(super) struct TextPlaces<'t> {
    text: Text<'t>,
    program: OnceCell<ProgramSpans<'t>>,
}

impl<'t> TextPlaces<'t> {
    /// The places of a text.
    pub fn of(text: Text<'t>) -> Self {
        Self {
            text,
            program: OnceCell::new(),
        }
    }

    /// The position of an offset of a program.
    pub fn position(&self, at: usize) -> Position {
        let Text { bytes, syntax, .. } = self.text;
        let program = self.program.get_or_init(|| ProgramSpans::of(bytes, syntax));
        program.position(at)
    }

    /// Whether the value that begins at `at` is within another text, as far as the bytes before it show.
    pub fn is_within_text(&self, at: usize) -> bool {
        let before = &self.text.bytes[at.saturating_sub(LOOK_BACK)..at];
        match self.text.syntax {
            Syntax::Yaml | Syntax::Compose => block_header(before).is_some(),
            _ if self.text.kind == FileKind::Script => {
                memchr::memmem::rfind(before, b"<<").is_some()
            }
            _ if self.text.kind == FileKind::Code => match self.position(at) {
                Position::Code => false,
                Position::Comment(_) => true,
                Position::Literal(start) => start < at,
            },
            _ => false,
        }
    }

    /// How far the lines of the block of YAML are indented in which the value that begins at `at` is. `None` if it is in
    /// no block whose lines are kept as they are.
    pub fn indentation_of_block(&self, at: usize) -> Option<usize> {
        if !matches!(self.text.syntax, Syntax::Yaml | Syntax::Compose) {
            return None;
        }
        let before = &self.text.bytes[at.saturating_sub(LOOK_BACK)..at];
        let header = block_header(before)?;
        // A number that says how far the lines are indented is seldom.
        let is_literal = matches!(
            before[..header].trim_ascii_end(),
            [.., b'|'] | [.., b'|', b'-' | b'+']
        );
        let first = before[header + 1..]
            .split(|&byte| byte == b'\n')
            .find(|line| !line.trim_ascii().is_empty())?;
        is_literal.then(|| indentation(first))
    }
}

/// The length of the spaces at the beginning of a line.
fn indentation(line: &[u8]) -> usize {
    line.iter().take_while(|&&b| b == b' ').count()
}

/// The end of the line that opens the block scalar of YAML which is open at the end of `before`.
fn block_header(before: &[u8]) -> Option<usize> {
    let mut lines = before.rsplit(|&b| b == b'\n');
    let last = lines.next().unwrap_or_default();
    let mut least = indentation(last);
    let mut next = before.len() - last.len();
    for line in lines {
        let end_of_line = next - 1;
        next = end_of_line - line.len();
        if line.trim_ascii().is_empty() {
            continue;
        }
        if least == 0 {
            return None;
        }
        let own = indentation(line);
        if own >= least {
            continue;
        }
        least = own;
        let line = line.trim_ascii_end();
        let is_chomping = |b: &u8| matches!(b, b'+' | b'-' | b'0'..=b'9');
        let end = line.iter().rposition(|b| !is_chomping(b));
        let end = end.map_or(line, |last| &line[..=last]);
        if matches!(end, [.., b' ' | b'\t' | b':', b'|' | b'>']) {
            return Some(end_of_line);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_block_have_its_indentation() {
        for (before, spaces) in [
            ("a: |\n  b: c\n  password=", Some(2)),
            ("a: |-\n\n    b:\n      password=", Some(4)),
            ("a: |\n  password=", Some(2)),
            ("a: >\n  password=", None),
            ("a: |2\n  password=", None),
            ("a:\n  password=", None),
        ] {
            let text = format!("{before}'x'\n");
            let text = Text::new(text.as_bytes(), Syntax::Yaml);
            let found = TextPlaces::of(text).indentation_of_block(before.len());
            assert_eq!(found, spaces, "{before}");
        }
    }

    #[test]
    fn texts_within_a_text_are_recognised() {
        for (syntax, before, within) in [
            (
                Syntax::Yaml,
                "data:\n  a.properties: |\n    db.password=",
                true,
            ),
            (
                Syntax::Yaml,
                "data:\n  a: >-\n    user: b\n    password: ",
                true,
            ),
            (Syntax::Yaml, "data:\n  a: |\n    b\n  password: ", false),
            (Syntax::Yaml, "password: ", false),
            (Syntax::Shell, "cat <<EOF\npassword: ", true),
            (Syntax::Shell, "PASSWORD=", false),
            (Syntax::Python, "a = '''\npassword: ", true),
            (Syntax::Python, "a = ''\npassword = ", false),
        ] {
            let text = format!("{before}'x'\n");
            let text = Text::new(text.as_bytes(), syntax);
            let places = TextPlaces::of(text);
            assert_eq!(places.is_within_text(before.len()), within, "{before}");
        }
    }
}
