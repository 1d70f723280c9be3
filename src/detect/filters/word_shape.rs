//! Recognition of words, as opposed to random letters.

/// Whether a text consists of two or more words: letters in parts that separators or capitals make,
/// of three letters or more on average, such as `keyword.other.unit`, `userAccessToken`,
/// `my-service-key`. A random text of letters changes case more often.
fn has_word_parts(value: &[u8]) -> bool {
    if !value.iter().all(|&b| {
        b.is_ascii_alphabetic() || matches!(b, b'.' | b'_' | b'-' | b'/' | b':' | b' ' | b',')
    }) {
        return false;
    }
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let begins = |pair: &[u8]| {
        let (before, letter) = (pair[0], pair[1]);
        letter.is_ascii_alphabetic()
            && (!before.is_ascii_alphabetic()
                || (before.is_ascii_lowercase() && letter.is_ascii_uppercase()))
    };
    let parts = 1 + value.windows(2).filter(|pair| begins(pair)).count();
    parts > 1 && letters >= parts * 3
}

/// Whether a text consists of words and has no two adjacent capitals, or consists of letters of one
/// case and separators. A random text of the same length would contain a digit or change its case
/// more often.
pub fn is_word_shaped(value: &[u8]) -> bool {
    let joined = |b: &u8| matches!(b, b'.' | b'_' | b'-' | b'/' | b':');
    let one_case = value.iter().all(|b| b.is_ascii_lowercase() || joined(b))
        || value.iter().all(|b| b.is_ascii_uppercase() || joined(b));
    let capitals = value
        .windows(2)
        .any(|pair| pair.iter().all(u8::is_ascii_uppercase));
    one_case || (!capitals && has_word_parts(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_from_random_letters() {
        for words in [
            "support.function.csound",
            "userAccessToken",
            "my-service-key",
        ] {
            assert!(has_word_parts(words.as_bytes()), "{words}");
        }
        for random in [
            "aZxQwErTyUiOpL",
            "abc1def",
            "fjdkslqowieurytpz",
            "a.b.c.d",
            "keyword",
        ] {
            assert!(!has_word_parts(random.as_bytes()), "{random}");
        }
    }

    #[test]
    fn wording_is_told_from_random_letters() {
        for words in [
            "thisisalongidentifier",
            "ACME_API_TOKEN_NAME",
            "acmeClientFactory",
            "a_b.c-d",
        ] {
            assert!(is_word_shaped(words.as_bytes()), "{words}");
        }
        for random in [
            "fjdkslqowieurytpz1",
            "aZxQwErTyUiOpL",
            "qNDwsGxpYbtRkoJa",
            "0123",
        ] {
            assert!(!is_word_shaped(random.as_bytes()), "{random}");
        }
    }
}
