//! Locates encoded spans in a line, by that line alone.

use std::ops::Range;

use super::base64_runs::{in_run, runs};
use super::text_shape::{is_text, may_be_text};
use crate::detect::candidate::EncodedSpan;
use crate::detect::decode::{self, base64};
use crate::detect::proof::key_store;
use crate::finding::Decoding;
use crate::steps;

/// Greatest length of a run, and of base64 over several lines, in bytes.
const MOST: usize = 1 << 20;

/// Greatest length of a token to either side of an anchor, in bytes.
const TOKEN: usize = 4096;

/// Calls `found` for each run of base64 or hex digits in some lines of `text` that decodes to text
/// or to a key store.
pub(in crate::detect) fn encoded_runs(
    text: &[u8],
    lines: Range<usize>,
    mut found: impl FnMut(EncodedSpan),
) {
    let end = lines.end;
    runs(text, lines, |run| {
        if let Some((skip, step)) = text_behind(&text[run.clone()]) {
            let padding = text[run.end..end]
                .iter()
                .take(2)
                .take_while(|&&b| b == b'=')
                .count();
            let mut at = run.start + skip..run.end + padding;
            at.end = at.end.min(at.start + MOST);
            found(EncodedSpan { range: at, step });
        }
    });
}

/// The encoding of a run, and the number of its first characters that do not belong to it. Text is
/// expected at the beginning or in the middle of the run. Each offset within a group of four
/// characters is tried.
fn text_behind(run: &[u8]) -> Option<(usize, Decoding)> {
    if run.iter().all(u8::is_ascii_hexdigit) {
        let digits = run.get(..24)?;
        if decode::hex(digits).is_some_and(|bytes| {
            is_text(&bytes) || bytes.first_chunk().is_some_and(key_store::begins)
        }) {
            return Some((0, Decoding::Hex));
        }
    }
    let middle = (run.len() / 2) & !3;
    [0, middle].into_iter().find_map(|from| {
        let skip = (0..4).find(|skip| {
            let Some(characters) = run
                .get(from + skip..)
                .and_then(|rest| rest.first_chunk::<16>())
            else {
                return false;
            };
            // The first three bytes rule out nearly all runs.
            let first = characters.first_chunk().and_then(base64::three);
            let may_be = first.is_some_and(|three| {
                may_be_text(three) || (from == 0 && key_store::may_begin(three[0]))
            });
            let bytes = may_be.then(|| base64::twelve(characters)).flatten();
            bytes.is_some_and(|bytes| is_text(&bytes) || (from == 0 && key_store::begins(&bytes)))
        })?;
        Some((skip, Decoding::Base64))
    })
}

/// The end of the base64 that begins in this range. It goes on in the next line if nothing follows
/// it in its own, and if its characters so far are whole groups of four. Lines of 64 and 76
/// characters are whole groups, while the values of a list rarely are.
pub(in crate::detect) fn base64_end(text: &[u8], at: Range<usize>) -> usize {
    let mut end = at.end;
    let mut characters = at.len();
    let most = text.len().min(at.start + MOST);
    loop {
        let padded = text[at.start..end].ends_with(b"=");
        let blank = text[end..most]
            .iter()
            .take_while(|b| matches!(b, b' ' | b'\t' | b'\r'))
            .count();
        if padded || !characters.is_multiple_of(4) || text[..most].get(end + blank) != Some(&b'\n')
        {
            break;
        }
        let next = end + blank + 1;
        let start = next
            + text[next..most]
                .iter()
                .take_while(|b| matches!(b, b' ' | b'\t'))
                .count();
        let length = text[start..most].iter().take_while(|&&b| in_run(b)).count();
        let padding = text[start + length..most]
            .iter()
            .take(2)
            .take_while(|&&b| b == b'=')
            .count();
        let after = text[start + length + padding..most]
            .iter()
            .find(|b| !matches!(b, b' ' | b'\t' | b'\r'));
        // The last line of base64 may have any length, so a word alone in its line passes for one.
        // It is decoded too, which does no harm.
        if length == 0 || !matches!(after, None | Some(b'\n')) {
            break;
        }
        end = start + length + padding;
        characters += length;
    }
    end
}

/// The kind of escape at `at`, right behind an anchor, in place of a quote, an operator or a
/// bracket.
pub(in crate::detect) fn escape_after(text: &[u8], at: usize) -> Option<Decoding> {
    let rest = text.get(at..)?;
    let hex = |at: usize, count: usize| {
        rest.get(at..at + count)
            .is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit))
    };
    match rest.first()? {
        b'%' if hex(1, 2) => Some(Decoding::Percent),
        b'&' if rest.starts_with(b"&quot;")
            || rest.starts_with(b"&apos;")
            || rest.starts_with(b"&#") =>
        {
            Some(Decoding::HtmlEntities)
        }
        b'\\'
            if (rest.starts_with(b"\\u00") && hex(2, 4))
                || (rest.starts_with(b"\\x") && hex(2, 2)) =>
        {
            Some(Decoding::Backslash)
        }
        b'=' if rest.starts_with(b"=3D") && is_mail_line(rest) => Some(Decoding::QuotedPrintable),
        _ => None,
    }
}

/// Whether the line has another escape of quoted-printable, or a soft line break.
fn is_mail_line(rest: &[u8]) -> bool {
    let rest = &rest[3..rest.len().min(TOKEN)];
    let line = memchr::memchr(b'\n', rest).map_or(rest, |end| &rest[..end]);
    steps::count(line.len() / steps::AT_ONCE);
    let is_escape = |at: usize| {
        let digits = line.get(at + 1..at + 3);
        digits.is_some_and(|two| two.iter().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F')))
    };
    line.trim_ascii_end().ends_with(b"=") || memchr::memchr_iter(b'=', line).any(is_escape)
}

/// Whether an `@`, as behind a password in a URI, follows an escaped `://` in its line.
pub(in crate::detect) fn is_uri_behind(text: &[u8], at: usize) -> bool {
    let rest = &text[at..text.len().min(at + 512)];
    let line = rest.split(|&b| b == b'\n').next().unwrap_or_default();
    line.contains(&b'@') || memchr::memmem::find(line, b"%40").is_some()
}

/// The token around an anchor: everything up to a space, a quote or a tag.
pub(in crate::detect) fn unspaced_token(text: &[u8], anchor: &Range<usize>) -> Range<usize> {
    let inner = |b: &&u8| {
        !matches!(
            b,
            b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b'`' | b'<' | b'>'
        )
    };
    let before = text[..anchor.start]
        .iter()
        .rev()
        .take(TOKEN)
        .take_while(inner)
        .count();
    let after = text[anchor.end..]
        .iter()
        .take(TOKEN)
        .take_while(inner)
        .count();
    steps::count(before + after);
    anchor.start - before..anchor.end + after
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &[u8]) -> Vec<EncodedSpan> {
        let mut all = Vec::new();
        encoded_runs(text, 0..text.len(), |run| all.push(run));
        all
    }

    proptest! {
        #[test]
        fn text_in_base64_is_found_at_any_offset(
            before in "[a-z =\"]{0,60}[ =\"]",
            behind in "[ -~]{30,90}",
            after in "[ \",;][a-z =\"]{0,40}",
        ) {
            let encoded = base64::encode(behind.as_bytes());
            let text = format!("{before}{encoded}{after}");
            let place = before.len()..before.len() + encoded.len();
            prop_assert!(all(text.as_bytes()).contains(&EncodedSpan { range: place, step: Decoding::Base64 }), "{}", text);
        }

        #[test]
        fn runs_depend_on_their_line_alone(lines in prop::collection::vec("[A-Za-z0-9+/ =]{0,90}", 1..6)) {
            let text = lines.join("\n").into_bytes();
            let mut each = Vec::new();
            let mut start = 0;
            for line in &lines {
                encoded_runs(&text, start..start + line.len(), |run| each.push(run));
                start += line.len() + 1;
            }
            prop_assert_eq!(all(&text), each);
        }
    }

    #[test]
    fn a_run_that_does_not_decode_to_text_is_left_out() {
        assert_eq!(all(b"d41d8cd98f00b204e9800998ecf8427e d41d8cd98f00b204e9800998ecf8427ed41d8cd98f00b204"), []);
        assert_eq!(all(b"someVeryLongIdentifierThatGoesOnAndOnAndOn(x)"), []);
        let hex = b"70617373776f72643d6d616465207570206f66206c657474657273".as_slice();
        assert_eq!(
            all(hex),
            [EncodedSpan {
                range: 0..54,
                step: Decoding::Hex
            }]
        );
    }

    #[test]
    fn base64_goes_on_over_lines() {
        let text = b"key: YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY3ODkw\r\n  YWJjZGVmZ2hpamts\n  bW5v==\nnext: x\n";
        assert_eq!(base64_end(text, 5..53), text.len() - "\nnext: x\n".len());
        assert_eq!(base64_end(b"abcd efgh\nabcd", 0..4), 4);
        assert_eq!(base64_end(b"abcd", 0..4), 4);
    }

    #[test]
    fn escapes_beside_an_anchor() {
        for (text, step) in [
            ("%3Dx", Some(Decoding::Percent)),
            ("%zz", None),
            ("&quot;:", Some(Decoding::HtmlEntities)),
            ("&amp;b", None),
            ("\\u003dx", Some(Decoding::Backslash)),
            ("\\x3dx", Some(Decoding::Backslash)),
            ("\\n", None),
            ("=3Dx=20y", Some(Decoding::QuotedPrintable)),
            ("=3Dx=\n", Some(Decoding::QuotedPrintable)),
            ("=3Dabc", None),
            ("", None),
        ] {
            assert_eq!(escape_after(text.as_bytes(), 0), step, "{text}");
        }
    }
}
