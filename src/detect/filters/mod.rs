//! Filters: checks that reject values which only look like secrets. Each filter has a name, which
//! the coverage report counts and `explain` shows.

mod encrypted;
mod fingerprint;
mod key_binding;
mod key_words;
mod machine_made;
mod mask;
mod password_hash;
mod placeholder;
mod plain_number;
mod public_key;
mod public_material;
mod reference;
mod text_of_lines;
mod type_name;
mod unusable_login;
mod validation_rule;
mod value_statistics;
mod version;
mod word_lists;
mod word_shape;

use encrypted::{is_ciphertext, is_named_encrypted};
use key_binding::is_key_binding;
pub use machine_made::is_made_by_machine;
use mask::{is_masked, is_uniform_uuid};
pub use password_hash::PASSWORD_HASH;
use password_hash::is_password_hash;
pub use placeholder::is_weak_word;
use placeholder::{is_instruction, is_label, is_literal_word, is_placeholder, names_itself};
use plain_number::{is_constant, is_number, is_one_time_code};
use public_material::{is_image, is_public_material};
pub use reference::is_unclosed;
use reference::{is_expression, is_interpolation, is_reference};
pub use text_of_lines::is_text_of_lines;
use type_name::is_type;
pub use unusable_login::{is_reserved, is_stated_login, unusable_login};
use validation_rule::is_validation_rule;
pub use value_statistics::{entropy, walk};
use value_statistics::{few_distinct, sequence_run};
use version::{is_object_identifier, is_version};
pub use word_shape::is_word_shaped;

/// A value assigned to a name, as far as a filter may use it.
pub struct AssignedValue<'a> {
    /// The decoded value.
    pub value: &'a [u8],
    /// The name that the value is assigned to, as written; empty if it has no name.
    pub key: &'a [u8],
    /// Whether the value was in quotes.
    pub quoted: bool,
    /// Whether the file contains settings only, and no messages: several words are a passphrase
    /// there.
    pub settings: bool,
}

/// The filter that rejects a value which is assigned to a name such as `password`; `None` if no
/// filter does.
pub fn reject_assignment(candidate: &AssignedValue) -> Option<&'static str> {
    let value = candidate.value;
    let lower = value.to_ascii_lowercase();
    Some(match () {
        () if value.len() < 4 => "too-short",
        () if is_literal_word(&lower) || is_type(value) || is_validation_rule(value) => {
            "literal-word"
        }
        () if is_ciphertext(value) => "encrypted",
        () if is_reference(value, candidate.quoted) => "reference",
        () if is_password_hash(value) => PASSWORD_HASH,
        () if is_named_encrypted(candidate.key, value) => "encrypted",
        () if is_placeholder(&lower) || is_masked(value) || is_uniform_uuid(value) => "placeholder",
        () if names_itself(candidate.key, &lower) => "names-itself",
        () if is_instruction(candidate.key, value) => "literal-word",
        () if is_label(value) => "label",
        () if value.iter().filter(|&&b| b == b' ').count() >= 2
            && !(candidate.settings && is_passphrase(&lower)) =>
        {
            "sentence"
        }
        () if is_path_or_url(value) => "path-or-url",
        () if is_image(value) => "image",
        // An alphabet.
        () if sequence_run(value) >= 20 => "sequence",
        () if is_version(value) || is_object_identifier(value) => "version",
        () if is_number(value, candidate.quoted) || is_constant(candidate.key, value) => "number",
        () if is_one_time_code(candidate.key, value) => "one-time-code",
        () if is_public_material(candidate.key, value) => "public-material",
        () if is_key_binding(value) => "key-binding",
        () if is_interpolation(value) => "expression",
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

/// The filter that rejects a value which a pattern found; `None` if no filter does. These filters
/// are fewer than those of [`reject_assignment`], because the shape of the value is evidence
/// already.
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
        () if is_uniform_uuid(value) => "placeholder",
        () if has(b"...") || has("…".as_bytes()) => "placeholder",
        () if is_ciphertext(value) => "encrypted",
        () if is_reference(value, true) => "reference",
        () if sequence_run(value) >= 10 => "sequence",
        () => return few_distinct(value).then_some("repetition"),
    })
}

/// Whether a text of several words has no grammatical word: `correct horse battery`, but not `ask
/// the team lead`.
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

/// Whether a value is a URL, or an absolute or relative path of a file.
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
    // Base64 contains slashes too, but does not begin like a path.
    plain && rooted && (parts >= 2 || value.contains(&b'.')) && value.len() < 200
}

/// Whether a value is a UUID: 32 hex digits with four hyphens.
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
            ("pass", "7.52.0", false, "version"),
            ("token", "0.5512834790136642", true, "number"),
            ("token", "94287082", true, "one-time-code"),
            ("key", "ctrl+shift+p", true, "key-binding"),
            ("password", "varchar(255)", true, "literal-word"),
            ("password", "undef", false, "literal-word"),
            (
                "encrypted_key",
                "q3vTzB9xPwLmN2rS5tVyXzQ8",
                true,
                "encrypted",
            ),
            ("password", "\".md5($p).\"", true, "expression"),
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
}
