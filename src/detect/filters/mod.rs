//! What looks like a secret and is none. Each filter has a name, which the coverage account counts and `explain` shows.

mod placeholder;
mod public_material;
mod reference;
mod unusable_login;
mod word_lists;
mod word_shape;

use placeholder::{is_cut, is_label, is_literal_word, is_placeholder, names_itself};
use public_material::{is_image, is_public_material};
use reference::{is_encrypted, is_expression, is_reference};
pub use unusable_login::unusable_login;
pub use word_shape::is_word_shaped;

/// What a noise filter may look at.
pub struct AssignedValue<'a> {
    /// Decoded value.
    pub value: &'a [u8],
    /// The name it is assigned to, as written; empty when there is none.
    pub key: &'a [u8],
    /// The value stood in quotes.
    pub quoted: bool,
    /// It stood in a file that holds settings only, no messages: several words are a passphrase there.
    pub settings: bool,
}

/// Name of the filter that rejects a value assigned to a telling name, or `None`.
pub fn reject_assignment(candidate: &AssignedValue) -> Option<&'static str> {
    let value = candidate.value;
    let lower = value.to_ascii_lowercase();
    Some(match () {
        () if value.len() < 4 => "too-short",
        () if is_literal_word(&lower) => "literal-word",
        () if is_reference(value, candidate.quoted) => "reference",
        () if is_encrypted(value) => "encrypted",
        () if is_placeholder(&lower) || is_cut(value) => "placeholder",
        () if names_itself(candidate.key, &lower) => "names-itself",
        () if is_label(value) => "label",
        () if value.iter().filter(|&&b| b == b' ').count() >= 2
            && !(candidate.settings && is_passphrase(&lower)) =>
        {
            "sentence"
        }
        () if is_path_or_url(value) => "path-or-url",
        () if is_image(value) => "image",
        () if is_public_material(value) => "public-material",
        () if !candidate.quoted && is_expression(value) => "expression",
        () if value
            .iter()
            .any(|&b| b < 0x20 && b != b'\n' && b != b'\r' && b != b'\t') =>
        {
            "control-characters"
        }
        () => return few_distinct(value).then_some("repetition"),
    })
}

/// Name of the filter that rejects a value that a pattern found, or `None`: the shape already speaks for it.
pub fn reject_pattern(value: &[u8]) -> Option<&'static str> {
    let lower = value.to_ascii_lowercase();
    let has = |word: &[u8]| memchr::memmem::find(&lower, word).is_some();
    Some(match () {
        () if value.len() < 400
            && (has(b"example")
                || has(b"xxxxx")
                || has(b"00000000")
                || has(b"placeholder")
                || has(b"your_")
                || has(b"your-")) =>
        {
            "placeholder"
        }
        () if value.contains(&b'*') && has(b"***") => "placeholder",
        () if has(b"...") => "placeholder",
        () if is_reference(value, true) => "reference",
        () if sequence_run(value) >= 10 => "sequence",
        () => return few_distinct(value).then_some("repetition"),
    })
}

/// How much of the value is a walk, in percent of its steps: to the same byte, the next or the one before (`aaa`, `abc`, `321`), or to
/// the neighbour on a keyboard (`qwerty`).
pub fn walk(value: &[u8]) -> usize {
    let step = |pair: &&[u8]| {
        let (a, b) = (pair[0].to_ascii_lowercase(), pair[1].to_ascii_lowercase());
        a.abs_diff(b) <= 1
            || (a != 0 && RIGHT_OF[usize::from(b)] == a)
            || (b != 0 && RIGHT_OF[usize::from(a)] == b)
    };
    (100 * value.windows(2).filter(step).count())
        .checked_div(value.len().saturating_sub(1))
        .unwrap_or(0)
}

/// The key to the right of each key, or zero.
const RIGHT_OF: [u8; 256] = {
    const ROWS: [&[u8]; 4] = [b"1234567890", b"qwertyuiop", b"asdfghjkl", b"zxcvbnm"];
    let mut right = [0; 256];
    let mut row = 0;
    while row < ROWS.len() {
        let mut at = 1;
        while at < ROWS[row].len() {
            right[ROWS[row][at - 1] as usize] = ROWS[row][at];
            at += 1;
        }
        row += 1;
    }
    right
};

/// Shannon entropy in bits a byte.
pub fn entropy(value: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    value.iter().for_each(|&b| counts[b as usize] += 1);
    let total = value.len() as f64;
    -counts
        .iter()
        .filter(|&&n| n > 0)
        .map(|&n| f64::from(n) / total)
        .map(|p| p * p.log2())
        .sum::<f64>()
}

/// At least twelve bytes made of three or fewer different ones, or fewer of two: nobody's secret.
fn few_distinct(value: &[u8]) -> bool {
    let mut seen = [false; 256];
    value.iter().for_each(|&b| seen[b as usize] = true);
    let distinct = seen.iter().filter(|&&s| s).count();
    distinct <= 2 || (value.len() >= 12 && distinct <= 3)
}

/// Length of the longest run in which each byte follows the one before (`abcdef`, `123456`).
fn sequence_run(value: &[u8]) -> usize {
    let (mut longest, mut run) = (1, 1);
    for pair in value.windows(2) {
        run = if pair[1] == pair[0].wrapping_add(1) {
            run + 1
        } else {
            1
        };
        longest = longest.max(run);
    }
    longest
}

/// Words without any of those that hold a sentence together: `correct horse battery`, not `ask the team lead`.
fn is_passphrase(lower: &[u8]) -> bool {
    const GRAMMAR: [&str; 32] = [
        "a", "an", "and", "any", "are", "as", "ask", "at", "be", "by", "can", "fill", "for",
        "from", "get", "here", "if", "in", "is", "it", "must", "not", "of", "or", "see", "set",
        "the", "this", "to", "use", "with", "your",
    ];
    !lower
        .split(|&b| !b.is_ascii_alphanumeric() && b != b'\'')
        .any(|word| GRAMMAR.iter().any(|grammar| grammar.as_bytes() == word))
}

fn is_path_or_url(value: &[u8]) -> bool {
    let has = |needle: &[u8]| memchr::memmem::find(value, needle).is_some();
    if has(b"://") {
        return true;
    }
    let rooted = [b"/".as_slice(), b"./", b"../", b"~/", b"C:\\"]
        .iter()
        .any(|root| value.starts_with(root));
    let plain = value.iter().all(|&b| {
        b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'_' | b'-' | b'~' | b'\\' | b':')
    });
    let parts = value.iter().filter(|&&b| matches!(b, b'/' | b'\\')).count();
    // Base64 holds slashes too, but few, and no short words between them.
    plain && rooted && (parts >= 2 || value.contains(&b'.')) && value.len() < 200
}

/// Sixteen bytes in hexadecimal, with four hyphens.
pub fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(i, &b)| {
            if matches!(i, 8 | 13 | 18 | 23) {
                b == b'-'
            } else {
                b.is_ascii_hexdigit()
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(key: &str, value: &str, quoted: bool) -> Option<&'static str> {
        reject_assignment(&AssignedValue {
            value: value.as_bytes(),
            key: key.as_bytes(),
            quoted,
            settings: false,
        })
    }

    #[test]
    fn noise_has_a_name() {
        for (key, value, quoted, name) in [
            ("password", "${DB_PASSWORD}", true, "reference"),
            ("password", "$DB_PASSWORD", false, "reference"),
            ("password", "<password>", true, "reference"),
            ("password", "os.environ['X']", false, "reference"),
            ("password", "changeme", true, "placeholder"),
            ("password", "xxxxxxxx", true, "placeholder"),
            ("password", "null", false, "literal-word"),
            ("password", "password", true, "names-itself"),
            ("token", "access_token", true, "names-itself"),
            ("password", "abc", true, "too-short"),
            (
                "password",
                "please enter your password",
                true,
                "names-itself",
            ),
            ("secret", "/etc/ssl/private/server.pem", true, "path-or-url"),
            ("key", "generateKey(12)", false, "expression"),
            ("key", "app.API", false, "expression"),
            ("password", "{cipher}abcdef", true, "encrypted"),
            ("password", "aaaaaaaa", true, "repetition"),
            ("token", "9cbaf023786cd7...", true, "placeholder"),
            ("pass", "7.52.0", false, "public-material"),
        ] {
            assert_eq!(verdict(key, value, quoted), Some(name), "{key}={value}");
        }
    }

    #[test]
    fn what_people_choose_is_no_noise() {
        for value in [
            "Winter2024!",
            "realmadrid",
            "hunter2x",
            "p@ssw0rd!",
            "tiger",
            "Tr0ub4dor&3",
            "correct horse",
            "s3cr3t/Key+x==",
        ] {
            assert_eq!(verdict("password", value, true), None, "{value}");
        }
    }

    #[test]
    fn passphrases_are_told_from_sentences_where_there_are_settings_only() {
        let verdict = |value: &str, settings| {
            reject_assignment(&AssignedValue {
                value: value.as_bytes(),
                key: b"DB_PASSWORD",
                quoted: false,
                settings,
            })
        };
        assert_eq!(verdict("correct horse battery", true), None);
        assert_eq!(verdict("correct horse battery", false), Some("sentence"));
        assert_eq!(verdict("ask the team lead", true), Some("sentence"));
    }

    #[test]
    fn walks_are_told_from_other_values() {
        for walked in ["123456", "qwertyui", "abcdefgh", "aaaaaa", "87654321"] {
            assert_eq!(walk(walked.as_bytes()), 100, "{walked}");
        }
        for other in ["", "x", "Winter2024", "kQ7xTmP2"] {
            assert!(walk(other.as_bytes()) < 30, "{other}");
        }
    }

    #[test]
    fn entropy_of_known_texts() {
        assert!(entropy(b"aaaa").abs() < 1e-9);
        assert!((entropy(b"abcd") - 2.0).abs() < 1e-9);
    }
}
