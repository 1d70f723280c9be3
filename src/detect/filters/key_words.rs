//! Words of names, in every way that names are written.

/// The words of a name, which separators, capitals and digits divide: `errInvalidToken`, `ERR_INVALID_TOKEN`. A digit
/// belongs to the word beside it: `2fa`, `sha1`.
fn words(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    name.split(|b| !b.is_ascii_alphanumeric()).flat_map(|part| {
        let mut rest = part;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let begins = |pair: &[u8]| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase();
            let end = rest
                .windows(2)
                .position(begins)
                .map_or(rest.len(), |at| at + 1);
            let (word, after) = rest.split_at(end);
            rest = after;
            Some(word)
        })
    })
}

/// Whether a name has one of these words, which are in lower case and separated by spaces.
pub(super) fn any_word(name: &[u8], listed: &str) -> bool {
    words(name).any(|word| {
        listed
            .split(' ')
            .any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
    })
}

/// Whether a name ends in a word, however it is written.
pub(super) fn ends_in(name: &[u8], word: &str) -> bool {
    let end = name
        .iter()
        .rposition(u8::is_ascii_alphabetic)
        .map_or(0, |last| last + 1);
    let start = end.saturating_sub(word.len());
    name[start..end].eq_ignore_ascii_case(word.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_words() {
        for (name, word, has) in [
            ("errInvalidToken", "invalid", true),
            ("ERR_INVALID_TOKEN", "invalid", true),
            ("my-2fa.token", "2fa", true),
            ("invalidated", "invalid", false),
            ("", "a", false),
        ] {
            assert_eq!(any_word(name.as_bytes(), word), has, "{name}");
        }
        assert!(any_word(b"a.err", "error err"));
        assert!(ends_in(b"userToken", "token") && ends_in(b"TOKEN_2", "token"));
        assert!(!ends_in(b"tokens", "token") && !ends_in(b"", "token") && !ends_in(b"en", "token"));
    }
}
