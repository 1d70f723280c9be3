//! Lengths of the parts at the beginning of a text: digits, brackets, variables, plain bytes.

/// The length and the number of the one to `most` hexadecimal digits at the beginning of `rest`. At most eight digits.
pub(super) fn hex_up_to(rest: &[u8], most: usize) -> Option<(usize, u32)> {
    digits_up_to(rest, most, 16)
}

/// The length and the number of the one to `most` octal digits at the beginning of `rest`. At most eight digits.
pub(super) fn octal_up_to(rest: &[u8], most: usize) -> Option<(usize, u32)> {
    digits_up_to(rest, most, 8)
}

/// The length and the number of the one to `most` digits at the beginning of `rest`.
fn digits_up_to(rest: &[u8], most: usize, radix: u32) -> Option<(usize, u32)> {
    let digit = |byte: &u8| char::from(*byte).to_digit(radix);
    let digits = rest.iter().take(most).map_while(digit);
    let (length, number) = digits.fold((0, 0_u32), |(length, number), digit| {
        (length + 1, number.wrapping_mul(radix) + digit)
    });
    (length > 0).then_some((length, number))
}

/// The offset behind the bracket that closes the one at the beginning of `rest`. Brackets within quotes do not
/// count, except in expressions that are interpolated into double quotes.
pub(super) fn balanced(rest: &[u8]) -> Option<usize> {
    let mut open = Vec::new();
    let mut at = 0;
    while let Some(&byte) = rest.get(at) {
        let quote = open.last().copied().filter(|quote| b"\"'`".contains(quote));
        let is_bracket_read = quote.is_none()
            || (quote == Some(b'"') && (byte == b'{' || byte == b'(') && rest[at - 1] == b'$');
        match byte {
            b'\\' if quote != Some(b'\'') => at += 1,
            _ if quote == Some(byte) => {
                open.pop();
            }
            b'"' | b'\'' | b'`' if quote.is_none() => open.push(byte),
            b'{' if is_bracket_read => open.push(b'}'),
            b'(' if is_bracket_read => open.push(b')'),
            b'}' | b')' if quote.is_none() && open.last() == Some(&byte) => {
                open.pop();
            }
            _ => {}
        }
        at += 1;
        if open.is_empty() {
            return Some(at.min(rest.len()));
        }
    }
    None
}

/// Whether the dollar at the beginning of `rest` begins a variable of a shell.
pub(super) fn begins_variable(rest: &[u8]) -> bool {
    let is_first = |byte: &u8| byte.is_ascii_alphanumeric() || b"_{(@*#?-$!".contains(byte);
    rest.get(1).is_some_and(is_first)
}

/// The length of the variable of a shell at the beginning of `rest`, a dollar: `$name`, `$1`, `${…}`, `$(…)`. `None`
/// if the dollar is literal. If a bracket has no end, the variable reaches to the end.
pub(super) fn shell_variable(rest: &[u8]) -> Option<usize> {
    match rest.get(1)? {
        b'{' | b'(' => Some(1 + balanced(&rest[1..]).unwrap_or(rest.len() - 1)),
        b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!' | b'0'..=b'9' => Some(2),
        b'A'..=b'Z' | b'a'..=b'z' | b'_' => {
            let is_of_name = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
            Some(1 + rest[1..].iter().take_while(is_of_name).count())
        }
        _ => None,
    }
}

/// The length of the bytes at the beginning of `rest` of which none is in `special`.
pub(super) fn plain(rest: &[u8], special: &[u8]) -> usize {
    let position = rest.iter().position(|byte| special.contains(byte));
    position.unwrap_or(rest.len())
}

/// The length of the line end at the beginning of `rest`: `\n`, `\r\n` or nothing.
pub(super) fn line_feed(rest: &[u8]) -> usize {
    match rest {
        [b'\n', ..] => 1,
        [b'\r', b'\n', ..] => 2,
        _ => 0,
    }
}

/// The part of the line before `at`, of at most 512 bytes.
pub(super) fn line_before(text: &[u8], at: usize) -> &[u8] {
    const MOST: usize = 512;
    let before = &text[at.saturating_sub(MOST)..at];
    let start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
    &before[start..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_counted() {
        assert_eq!(hex_up_to(b"4g", 2), Some((1, 4)));
        assert_eq!(octal_up_to(b"1018", 3), Some((3, 0o101)));
        assert_eq!(octal_up_to(b"8", 3), None);
    }

    #[test]
    fn brackets_are_balanced() {
        for (text, end) in [
            (&b"{a}b"[..], Some(3)),
            (b"{a{b}c}d", Some(7)),
            (br#"{ "}" }x"#, Some(7)),
            (br#"{ "${a["}"]}" }x"#, Some(15)),
            (br"(echo ')' \) )x", Some(14)),
            (b"{a", None),
            (br"{\", None),
        ] {
            assert_eq!(balanced(text), end, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn a_dollar_may_stand_for_itself() {
        for (text, length) in [
            (&b"$a_1-"[..], Some(4)),
            (b"$12", Some(2)),
            (b"${a}b", Some(4)),
            (b"$(a b)c", Some(6)),
            (b"${a", Some(3)),
            (b"$.", None),
            (b"$", None),
        ] {
            assert_eq!(shell_variable(text), length, "{}", text.escape_ascii());
        }
    }
}
