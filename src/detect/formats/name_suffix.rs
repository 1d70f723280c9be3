//! Words behind the telling word of a name: `DB_PASSWORD_PROD`, `relay_password_v3`, `PRIVATE_KEY_STRING`.

use std::sync::LazyLock;

use super::line_bytes::is_name;
use super::name_ends::is_telling;

/// What the words behind the telling word of a name say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suffix {
    /// Which of several values it is, or how it is written. The name says as much as without them.
    Variant,
    /// A word of unknown meaning: `DB_PASSWORD_ORDERS`. The value may be something else.
    Other,
    /// The name is a plural: `tokens`. Only a list of values belongs to it.
    Plural,
}

/// The most bytes of a suffix.
const LONGEST: usize = 40;

/// Words that say whose value it is, which of several, or how it is written.
const VARIANTS: &str = "old new prod production prd dev development test testing stage staging stg preprod sandbox qa \
     uat ci local live default confirmation confirm again repeat value val plain plaintext clear \
     cleartext unencrypted decrypted sys system all primary secondary master backup main internal \
     external base64 b64 base32 b32 hex encoded decoded string str text txt raw bytes literal const \
     constant legacy previous prev current initial init first second third last alt alternate \
     alternative fallback temp tmp orig original";

/// Words behind which a name names something else than the secret: its file, its length, a form's
/// field for it.
const OTHERS: &str = "file files filename path paths dir directory folder location url urls uri uris link endpoint \
     href host port domain address addr email mail length len size min max minimum maximum count \
     limit num number bits width policy policies rule rules regex regexp pattern format mask masked \
     hash hashed hasher hashes digest checksum salt nonce iv fingerprint thumbprint algorithm alg \
     algo cipher encrypted encryption enc encrypt field fields input inputs label labels hint hints \
     help prompt placeholder title name names named type types kind class id ids uid uuid guid index \
     idx pos column columns table row attr attribute attributes property prop param params parameter \
     parameters arg args option options opt opts var variable env ref refs reference arn source store \
     storage vault manager provider service factory builder generator handler helper reader writer \
     parser encoder decoder validator validation validity verifier view page form button icon style \
     css element selector xpath dialog modal screen message msg messages error errors err warning \
     info description desc comment note subject body template reset resets change changed update \
     updated created expire expires expired expiry expiration exp age lifetime ttl timeout time date \
     at days interval rotation history retry retries attempts strength score mode method scheme \
     prefix suffix header cookie command cmd action callback code codes complexity sha sha1 sha2 \
     sha256 sha512 md5 bcrypt argon2 pbkdf2 scrypt crc hmac jwk jwks schema spec usage origin \
     alias pair ring map chain event mgr realm frame size board";

/// Further words of that kind, of flags and of grammar.
const FLAGS: &str = "enabled enable disabled disable required require optional allowed allow valid invalid exists \
     exist set get is has needed missing empty used use only not no ok status state flag result \
     response request auth login logout grant flow protected protection security recovery recover \
     forgot forgotten forget visible hidden show hide toggle match matches mismatch same";

/// Reads the suffix of a name whose telling word ends at `at`: the end of the name, and what the suffix says. `None`
/// if the name names something else.
pub(super) fn suffix(text: &[u8], at: usize) -> Option<(usize, Suffix)> {
    let rest = &text[at..];
    let ends_behind = |at: usize| rest.get(at).is_none_or(|&next| !is_name(next));
    if matches!(rest.first(), Some(b's' | b'S')) && ends_behind(1) {
        return Some((at + 1, Suffix::Plural));
    }
    // A capital begins a word only behind a small letter: `tokenX`, but not `KEYBOARD`. A word that
    // is known may also follow in capitals: `PASSWORDOLD`.
    let is_camel = rest.first().is_some_and(u8::is_ascii_uppercase);
    let parts = matches!(rest.first(), Some(b'_' | b'-' | b'.')) || is_camel;
    let numbered = rest.first().is_some_and(u8::is_ascii_digit);
    // Most names go on with a small letter, as `keyboard` does.
    if !parts && !numbered {
        return None;
    }
    let len = rest
        .iter()
        .take(LONGEST + 1)
        .take_while(|&&b| is_name(b))
        .count();
    if len > LONGEST {
        return None;
    }
    let rest = &rest[..len];
    let is_glued = is_camel
        && !at
            .checked_sub(1)
            .is_some_and(|last| text[last].is_ascii_lowercase());
    if is_glued {
        return is_variant(rest).then_some((at + len, Suffix::Variant));
    }
    let (mut suffix, mut unknown) = (Suffix::Variant, 0);
    for word in words(rest) {
        let meaning = meaning(word);
        if meaning == Some(Meaning::Variant) || is_numbered_variant(word) || is_number(word) {
            continue;
        }
        // Letters with digits are an identifier.
        let is_mixed = word.len() > 3 && word.iter().any(u8::is_ascii_digit);
        if numbered || is_mixed || meaning == Some(Meaning::Other) || is_telling(word) {
            return None;
        }
        (suffix, unknown) = (Suffix::Other, unknown + 1);
    }
    // The name of a type or a function: `SecretTargetAttachment`.
    if unknown > if is_camel { 1 } else { 2 } {
        return None;
    }
    Some((at + len, suffix))
}

/// The meaning of a word that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// It is one of [`VARIANTS`].
    Variant,
    /// It is one of [`OTHERS`] or [`FLAGS`].
    Other,
}

fn is_variant(word: &[u8]) -> bool {
    meaning(word) == Some(Meaning::Variant)
}

/// The meaning of a word in any case. Names are everywhere, so that the words are in lists by their first letter and their
/// length.
fn meaning(word: &[u8]) -> Option<Meaning> {
    static MEANINGS: LazyLock<[Vec<Word>; LISTS]> = LazyLock::new(|| {
        let mut lists = [const { Vec::new() }; LISTS];
        let others = OTHERS.split(' ').chain(FLAGS.split(' '));
        let others = others.map(|word| (word.as_bytes(), Meaning::Other));
        let variants = VARIANTS.split(' ');
        let variants = variants.map(|word| (word.as_bytes(), Meaning::Variant));
        // Of a word with both meanings, the first counts.
        for (word, meaning) in variants.chain(others) {
            let list = list_of(word).expect("the listed words are short");
            lists[list].push((word, meaning));
        }
        lists
    });
    let mut known = MEANINGS[list_of(word)?].iter();
    let found = known.find(|(known, _)| known.eq_ignore_ascii_case(word))?;
    Some(found.1)
}

/// A word of a suffix, and its meaning.
type Word = (&'static [u8], Meaning);

/// No word in the lists is longer.
const LONGEST_WORD: usize = 15;
/// The number of lists of words: one for each letter and length.
const LISTS: usize = 26 * (LONGEST_WORD + 1);

/// The list that has a word, if one has it.
fn list_of(word: &[u8]) -> Option<usize> {
    let first = word.first()?.to_ascii_lowercase();
    let is_listed = first.is_ascii_lowercase() && word.len() <= LONGEST_WORD;
    is_listed.then(|| usize::from(first - b'a') * (LONGEST_WORD + 1) + word.len())
}

/// Whether a word is a variant with digits at its end: `prod2`.
fn is_numbered_variant(word: &[u8]) -> bool {
    let digits = word.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    digits > 0 && is_variant(&word[..word.len() - digits])
}

/// Whether a word is a number, a version, or a single letter.
fn is_number(word: &[u8]) -> bool {
    let digits = match word {
        [b'v' | b'V', digits @ ..] if !digits.is_empty() => digits,
        [letter] if letter.is_ascii_alphabetic() => return true,
        _ => word,
    };
    digits.iter().all(u8::is_ascii_digit)
}

/// The words of a suffix: separators and capitals behind small letters begin them.
fn words(suffix: &[u8]) -> impl Iterator<Item = &[u8]> {
    suffix
        .chunk_by(|&a, &b| {
            let is_separator = |byte| matches!(byte, b'_' | b'-' | b'.');
            let begins = b.is_ascii_uppercase() && (a.is_ascii_lowercase() || a.is_ascii_digit());
            !is_separator(a) && !is_separator(b) && !begins
        })
        .filter(|word| !matches!(word, [b'_' | b'-' | b'.']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_tell_variants_from_other_things() {
        for (name, word, expected) in [
            ("PASSWORD_PROD", 8, Some(Suffix::Variant)),
            ("password_v3", 8, Some(Suffix::Variant)),
            ("PRIVATE_KEY_STRING", 11, Some(Suffix::Variant)),
            ("secretB64", 6, Some(Suffix::Variant)),
            ("tokenX", 5, Some(Suffix::Variant)),
            ("token_2_old", 5, Some(Suffix::Variant)),
            ("passwordProd2", 8, Some(Suffix::Variant)),
            ("PASSWORDOLD", 8, Some(Suffix::Variant)),
            ("DB_PASS_ORDERS", 7, Some(Suffix::Other)),
            ("password.legacy", 8, Some(Suffix::Variant)),
            ("tokens", 5, Some(Suffix::Plural)),
            ("passwordold", 8, None),
            ("secret_access_key", 6, None),
            ("password_file", 8, None),
            ("passwordLength", 8, None),
            ("SecretTargetAttachment", 6, None),
            ("keyboard", 3, None),
            ("KEYBOARD", 3, None),
            ("tokenized", 5, None),
        ] {
            let found = suffix(name.as_bytes(), word);
            assert_eq!(found.map(|(_, suffix)| suffix), expected, "{name}");
            assert!(found.is_none_or(|(end, _)| end == name.len()), "{name}");
        }
    }
}
