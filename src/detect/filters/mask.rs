//! Values of which a part was masked or cut out.

/// Whether a part of a value was replaced: `wJq/…[...]…`, `a8f3...9c2d`, `ab12•••••cd34`, `8f3a[truncated]`, `(hidden)`.
pub(super) fn is_masked(value: &[u8]) -> bool {
    /// Signs that mask several characters, and the number of them in a row that do.
    const MASKS: [(&str, usize); 9] = [
        ("...", 1),
        ("…", 1),
        ("*", 3),
        ("#", 4),
        ("•", 2),
        ("●", 2),
        ("█", 2),
        ("■", 2),
        ("∗", 2),
    ];
    // The first byte of the signs outside ASCII.
    const OUTSIDE: u8 = 0xe2;
    let may_have_run = memchr::memchr3(b'.', b'*', b'#', value).is_some()
        || memchr::memchr(OUTSIDE, value).is_some();
    let has_sign = |(sign, count): &(&str, usize)| has_run(value, sign.as_bytes(), *count);
    (may_have_run && MASKS.iter().any(has_sign)) || has_mark(value)
}

/// Whether a value is a UUID that somebody made up: each of its groups repeats one digit.
pub(super) fn is_uniform_uuid(value: &[u8]) -> bool {
    const LENGTHS: [usize; 5] = [8, 4, 4, 4, 12];
    value.len() == 36
        && value.split(|&b| b == b'-').map(<[u8]>::len).eq(LENGTHS)
        && value.split(|&b| b == b'-').all(|group| {
            group
                .iter()
                .all(|b| *b == group[0] && b.is_ascii_hexdigit())
        })
}

/// Whether a sign is repeated so often in a row.
fn has_run(value: &[u8], sign: &[u8], count: usize) -> bool {
    let (mut run, mut end) = (0, 0);
    for at in memchr::memmem::find_iter(value, sign) {
        run = if at == end { run + 1 } else { 1 };
        end = at + sign.len();
        if run == count {
            return true;
        }
    }
    false
}

/// Whether a value has a word in brackets that says that something is missing, or consists of words in parentheses.
fn has_mark(value: &[u8]) -> bool {
    const WORDS: &str = "snip snipped cut truncated redacted masked removed omitted filtered hidden elided censored scrubbed \
        sanitized sanitised obfuscated suppressed stripped deleted shortened abbreviated abridged redigert expurgé geschwärzt";
    let is_word = |b: &u8| b.is_ascii_alphabetic() || *b >= 0x80;
    let is_open = |b: &u8| matches!(b, b'[' | b'(' | b'<' | b'{' | b'_' | b'-');
    let has_word = value.split(is_open).skip(1).any(|rest| {
        let end = rest.iter().position(|b| !is_word(b)).unwrap_or(rest.len());
        let closed = matches!(rest.get(end), Some(b']' | b')' | b'>' | b'}' | b' ' | b':'));
        closed
            && WORDS
                .split(' ')
                .any(|word| rest[..end].eq_ignore_ascii_case(word.as_bytes()))
    });
    let in_parentheses = match value {
        [b'(', inner @ .., b')'] => inner.iter().all(|b| is_word(b) || *b == b' '),
        _ => false,
    };
    has_word || in_parentheses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_of_repeated_digits_are_made_up() {
        for (value, expected) in [
            ("00000000-1111-2222-3333-444444444444", true),
            ("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", true),
            ("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeef", false),
            ("zzzzzzzz-bbbb-cccc-dddd-eeeeeeeeeeee", false),
            ("aaaaaaaa-bbbb-cccc-ddddeeeeeeeeeeeee", false),
            ("", false),
        ] {
            assert_eq!(is_uniform_uuid(value.as_bytes()), expected, "{value}");
        }
    }

    #[test]
    fn masked_values_are_told_from_whole_ones() {
        for masked in [
            "wJq/Tz8[...]9tKpLm2vQd",
            "a8f3...9c2d",
            "a8f3…9c2d",
            "ab12•••••cd34",
            "Win***24!",
            "abcd####efgh12",
            "9f8e7d[snip]6c5b4a",
            "8f3a[truncated]",
            "8f3a<redacted: 32 bytes>",
            "(hidden)",
            "(not set)",
        ] {
            assert!(is_masked(masked.as_bytes()), "{masked}");
        }
        for whole in [
            "a..b",
            "a**b",
            "C#net##1",
            "[Winter]2024",
            "(Winter24)",
            "cut-glass",
            "a[cut",
            "",
            "()x",
        ] {
            assert!(!is_masked(whole.as_bytes()), "{whole}");
        }
    }
}
