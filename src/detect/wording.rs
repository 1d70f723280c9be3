//! The wording of a value: prose, a single word, or neither. It holds for every language, because it depends on the
//! structure of words and not on their letters.

/// The wording of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wording {
    /// Several words, or a word with letters outside ASCII: `Volle naam`, `Şifre`.
    Prose,
    /// A single capitalised word of ASCII letters: `Wagwoord`.
    Label,
    /// A single word of lower-case ASCII letters: `pasvorto`.
    Word,
    /// Anything else: numbers, identifiers, URLs, random characters.
    Other,
}

/// The sort of a part of a value between spaces.
enum Token {
    Word,
    /// Too short to be judged: `2FA`, `8`, `–`. Placeholders count too: `%{count}`, `:name`.
    Neutral,
    Other,
}

/// Bytes of a value that are considered.
const LONGEST: usize = 512;

/// The wording of a value; `None` if it is empty, has only signs, or is the code of a language.
pub(super) fn wording(value: &[u8]) -> Option<Wording> {
    let value = &value[..value.len().min(LONGEST)];
    let (mut words, mut others, mut tokens) = (0, 0, 0);
    for token in value.split(u8::is_ascii_whitespace) {
        if token.is_empty() {
            continue;
        }
        tokens += 1;
        match sort(token) {
            Token::Word => words += 1,
            Token::Neutral => {}
            Token::Other => others += 1,
        }
    }
    let is_foreign = |b: &u8| *b >= 0x80;
    let has_escape = memchr::memmem::find(value, b"\\u").is_some();
    Some(match (tokens, words) {
        (0, _) => return None,
        (1, 0) if !value.iter().any(u8::is_ascii_alphanumeric) => return None,
        (1, _) if is_language(value) => return None,
        (1, 1) if value.iter().any(is_foreign) || has_escape => Wording::Prose,
        (1, 1) => {
            let word = trim_signs(value);
            match word.first() {
                Some(first) if !first.is_ascii_uppercase() => Wording::Word,
                _ if word.iter().any(u8::is_ascii_lowercase) => Wording::Label,
                _ => Wording::Other,
            }
        }
        (2.., 1..) if others * 4 <= words => Wording::Prose,
        _ => Wording::Other,
    })
}

/// The token without the punctuation around it.
fn trim_signs(token: &[u8]) -> &[u8] {
    let is_sign = |b: &u8| {
        matches!(
            b,
            b'.' | b','
                | b'!'
                | b'?'
                | b':'
                | b';'
                | b'('
                | b')'
                | b'['
                | b']'
                | b'"'
                | b'\''
                | b'*'
        )
    };
    let start = token
        .iter()
        .position(|b| !is_sign(b))
        .unwrap_or(token.len());
    let end = token
        .iter()
        .rposition(|b| !is_sign(b))
        .map_or(start, |last| last + 1);
    &token[start..end]
}

fn sort(token: &[u8]) -> Token {
    /// A shorter token that is no word says nothing.
    const SHORT: usize = 4;
    let word = trim_signs(token);
    let begins_placeholder = |pair: &[u8]| match pair {
        [b':', letter] => letter.is_ascii_alphabetic(),
        [b'%' | b'{' | b'$', next] => !next.is_ascii_digit(),
        _ => false,
    };
    if word.is_empty()
        || matches!(token[0], b'<' | b'&')
        || token.windows(2).any(begins_placeholder)
    {
        return Token::Neutral;
    }
    let mut letters = 0;
    let mut at = 0;
    // The case of the letter before: a capital behind a small letter is one of an identifier.
    let mut is_small = false;
    let mut is_word = true;
    while let Some(&byte) = word.get(at) {
        at += 1;
        match byte {
            b'a'..=b'z' => is_small = true,
            b'A'..=b'Z' => {
                is_word &= !is_small;
                is_small = false;
            }
            0x80.. => is_small = false,
            b'\\' if is_escape(&word[at..]) => {
                at += 5;
                is_small = false;
            }
            // Compounds and elisions: `Palavra-passe`, `d'accès`, `l\'accès`.
            b'-' | b'\'' | b'/' | b'\\' if letters > 0 => {
                is_small = false;
                continue;
            }
            _ => is_word = false,
        }
        letters += 1;
    }
    match () {
        () if is_word && letters > 0 => Token::Word,
        () if word.len() <= SHORT => Token::Neutral,
        () => Token::Other,
    }
}

/// Whether a value is the code of a language: `de`, `pt-BR`, `zh_Hant`.
fn is_language(value: &[u8]) -> bool {
    let (language, region) = match value.iter().position(|b| matches!(b, b'-' | b'_')) {
        Some(at) => (&value[..at], &value[at + 1..]),
        None => (value, &b"XX"[..]),
    };
    matches!(language.len(), 2 | 3)
        && (region.len() == 2 || (region.len() == 4 && value.len() > 4))
        && language.iter().all(u8::is_ascii_lowercase)
        && region.iter().all(u8::is_ascii_alphabetic)
        && region[0].is_ascii_uppercase()
}

/// Whether `u` and four hex digits follow a backslash.
fn is_escape(rest: &[u8]) -> bool {
    matches!(rest, [b'u', digits @ ..] if digits.len() >= 4 && digits[..4].iter().all(u8::is_ascii_hexdigit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_of_any_language_is_told_from_other_values() {
        for prose in [
            "Neues Passwort",
            "Passwort vergessen?",
            "Jeton d’accès",
            "Şifre",
            "Parolan\\u0131z",
            "2FA kodea",
            "Palavra-passe atual",
            "密码",
            "%{count} kelmer",
            "elingana no-:date.",
            "Pasahitza (berretsi)",
        ] {
            assert_eq!(wording(prose.as_bytes()), Some(Wording::Prose), "{prose}");
        }
        for (value, expected) in [
            ("Wagwoord", Wording::Label),
            ("Palavra-passe", Wording::Label),
            ("pasvorto", Wording::Word),
            ("Winter2024!", Wording::Other),
            ("x8Kq3vTz", Wording::Other),
            ("RQJE", Wording::Other),
            ("db.example.com", Wording::Other),
            ("5432", Wording::Other),
            ("userName", Wording::Other),
            ("qWeRtZuI kLmNoPq", Wording::Other),
            ("3 x8Kq3vTz", Wording::Other),
        ] {
            assert_eq!(wording(value.as_bytes()), Some(expected), "{value}");
        }
        for nothing in ["de", "pt-BR", "zh_Hant"] {
            assert_eq!(wording(nothing.as_bytes()), None, "{nothing}");
        }
        assert_eq!(wording(b" "), None);
        assert_eq!(wording(b"--"), None);
    }
}
