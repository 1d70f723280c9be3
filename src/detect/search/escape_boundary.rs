//! The place behind an escape at which a token may begin.
//!
//! Most escapes end in a letter or a digit: `\n`, `\u0022`, `%20`, the colour `ESC[32m` of a terminal. To an
//! expression that requires a word boundary, a token right behind one of them is the rest of a word. In the text that
//! the escapes yield, the token begins a word.

use std::ops::Range;

use crate::steps;

/// The run of token characters that was last looked at, so that each byte is passed once.
#[derive(Default)]
pub(super) struct TokenRun(Range<usize>);

impl TokenRun {
    /// The place in the run of token characters around `at` that follows an escape, if it is not behind `at`.
    pub(super) fn after_escape(&mut self, text: &[u8], at: usize) -> Option<usize> {
        let known = self.0.clone();
        let mut start = at;
        if !known.is_empty() && (known.start..=known.end).contains(&at) {
            start = known.start;
        } else {
            while start > 0 && is_token_byte(text[start - 1]) {
                if start == known.end && !known.is_empty() {
                    start = known.start;
                    break;
                }
                start -= 1;
            }
            steps::count(at - start.max(known.end.min(at)));
            self.0 = start..at;
        }
        let before = start.checked_sub(1)?;
        let end = escape_end(text, before)?;
        // `key=20ab…` may be an assignment.
        (end == at || (end < at && text[before] != b'=')).then_some(end)
    }
}

/// The escapes of quoted-printable that are common before a token: tab, line ends, space, quotes and the equals sign.
/// Others may as well begin the value of an assignment.
const QUOTED_PRINTABLE: [&[u8]; 7] = [b"09", b"0A", b"0D", b"20", b"22", b"27", b"3D"];

/// Whether a byte may be within a token and is no beginning of an escape.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'+' | b'/' | b'~' | b':')
}

/// The end of the escape whose last byte that belongs to no token is at `at`: a backslash, a percent sign, an equals
/// sign of quoted-printable, or the bracket or the semicolon of a colour. An escape of a letter or a digit is none: a
/// token behind it is the rest of a word.
pub(in crate::detect) fn escape_end(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at + 1..)?;
    let length = match text[at] {
        b'\\' => backslash(rest),
        b'%' => percent(rest),
        b'=' => QUOTED_PRINTABLE
            .iter()
            .any(|code| rest.starts_with(code))
            .then_some(2),
        b'[' | b';' => colour(text, at),
        _ => None,
    }?;
    Some(at + 1 + length)
}

/// The length of an escape behind its backslash.
fn backslash(rest: &[u8]) -> Option<usize> {
    match rest.first()? {
        b'n' | b't' | b'r' | b'a' | b'b' | b'e' | b'f' | b'v' => Some(1),
        b'u' => hex(&rest[1..], 4).map(|length| length + 1),
        b'U' => hex(&rest[1..], 8).map(|length| length + 1),
        b'x' => hex(&rest[1..], 2).map(|length| length + 1),
        b'0'..=b'7' => {
            let digits = &rest[..rest
                .iter()
                .take(3)
                .take_while(|b| matches!(b, b'0'..=b'7'))
                .count()];
            let code = number(digits, 8);
            stands_apart(code).then_some(digits.len())
        }
        _ => None,
    }
}

/// The length of an escape of a URL behind its percent sign. Escapes of percent signs may be before it.
fn percent(rest: &[u8]) -> Option<usize> {
    /// More layers are not looked through.
    const LAYERS: usize = 4;
    if rest.first() == Some(&b'u') {
        return hex(&rest[1..], 4).map(|length| length + 1);
    }
    let layers = rest
        .chunks_exact(2)
        .take(LAYERS)
        .take_while(|two| two == b"25")
        .count();
    match hex(&rest[2 * layers..], 2) {
        Some(length) => Some(2 * layers + length),
        None => (layers > 0).then_some(2 * layers),
    }
}

/// The length of an escape in `digits` hex digits, unless it yields a letter or a digit.
fn hex(rest: &[u8], digits: usize) -> Option<usize> {
    let code = rest.get(..digits)?;
    (code.iter().all(u8::is_ascii_hexdigit) && stands_apart(number(code, 16))).then_some(digits)
}

/// The number that digits write.
fn number(digits: &[u8], base: u32) -> u32 {
    digits.iter().fold(0, |number, &digit| {
        let digit = char::from(digit).to_digit(base).unwrap_or(0);
        number.wrapping_mul(base).wrapping_add(digit)
    })
}

/// Whether a character is no part of a word.
fn stands_apart(code: u32) -> bool {
    char::from_u32(code).is_some_and(|character| !character.is_alphanumeric())
}

/// The length of the rest of a terminal's control sequence behind its bracket or its last semicolon (ECMA-48, section
/// 5.4; the final bytes of colours, cursor movements and erasures).
fn colour(text: &[u8], at: usize) -> Option<usize> {
    /// A sequence has fewer bytes of numbers.
    const MOST: usize = 24;
    let is_number = |b: &u8| b.is_ascii_digit() || *b == b';';
    if text[at] == b';' {
        let numbers = text[..at].iter().rev().take(MOST);
        let before = at.checked_sub(1 + numbers.take_while(|b| is_number(b)).count())?;
        if text[before] != b'[' {
            return None;
        }
    }
    let digits = text[at + 1..]
        .iter()
        .take(MOST)
        .take_while(|b| is_number(b))
        .count();
    let last = text.get(at + 1 + digits)?;
    matches!(last, b'm' | b'A'..=b'H' | b'J' | b'K').then_some(digits + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Option<usize> {
        TokenRun::default().after_escape(text.as_bytes(), text.find("tok").unwrap())
    }

    #[test]
    fn escapes_of_every_notation_end_before_a_token() {
        for before in [
            "\\n",
            "\\t",
            "\\r",
            "\\\\n",
            "\\u0022",
            "\\u003D",
            "\\x22",
            "\\\\x3d",
            "\\U0000000A",
            "\\033",
            "\\0",
            "%20",
            "%3D",
            "%3d",
            "%22",
            "%2520",
            "%25253D",
            "%u0022",
            "=3D",
            "=20",
            "\u{1b}[32m",
            "\\x1b[32m",
            "\\u001b[1;32m",
            "\\033[0;1;31m",
            "[0m",
            "^[[K",
            "x%20",
            "\\u00e9\\n",
        ] {
            let text = format!("{before}tok_x");
            assert_eq!(place(&text), Some(before.len()), "{before}");
            let is_assignment = before.starts_with('=');
            let text = format!("{before}a7-tok_x");
            let expected = (!is_assignment).then_some(before.len());
            assert_eq!(place(&text), expected, "{before}");
        }
    }

    #[test]
    fn letters_are_no_boundary() {
        for before in [
            "", "n", "\\q", "\\x41", "%41", "%4", "%zz", "\\u0041", "\\u004", "\\u00e9", "=41",
            "=3d", "\\101", "a[3", "[3x", ";31m", "x;1m",
        ] {
            assert_eq!(place(&format!("{before}tok")), None, "{before}");
        }
        // The token begins within the escape.
        assert_eq!(TokenRun::default().after_escape(b"\\u0022", 3), None);
    }

    #[test]
    fn a_run_is_passed_once() {
        let text = [b"\\n".as_slice(), &b"ab_".repeat(1000)].concat();
        let mut run = TokenRun::default();
        steps::take();
        for at in 2..text.len() {
            assert_eq!(run.after_escape(&text, at), Some(2));
        }
        assert!(steps::take() <= text.len());
    }
}
