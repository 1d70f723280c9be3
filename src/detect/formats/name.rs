//! Names of assignments.

use std::ops::Range;

use super::line_bytes::{LOOK_BACK, is_name};
use super::name_suffix::{self, Suffix};
use super::no_assignment::NoAssignment;
use crate::steps;

/// Greatest length of the part of a name before its last word, in bytes.
const LONGEST: usize = 128;

/// A name that ends in a secret-bearing word, and its neighbours.
#[derive(Clone, Debug)]
pub(super) struct Name {
    /// The whole name, without quotes.
    pub range: Range<usize>,
    /// End of the part that names the kind of value: `DB_PASSWORD` of `DB_PASSWORD_PROD`.
    pub stem: usize,
    /// What the words behind that part say, if there are any.
    pub suffix: Option<Suffix>,
    /// Offset behind the name and the quotes or brackets that close it.
    pub after: usize,
    /// A quote or bracket closes it.
    pub closed: bool,
    /// The byte before it.
    pub before: Option<u8>,
}

impl Name {
    /// The name whose last word is at `word`, except for a number or a suffix.
    pub(super) fn around(text: &[u8], word: &Range<usize>) -> Result<Name, NoAssignment> {
        // `PASSWORD_1` and `token2` still end in their word.
        let mut stem = word.end;
        while stem < text.len()
            && stem - word.end < 3
            && (text[stem].is_ascii_digit() || text[stem] == b'_')
        {
            stem += 1;
        }
        let mut start = word.start;
        while start > 0 && word.start - start < LONGEST && is_name(text[start - 1]) {
            start -= 1;
        }
        let (mut end, mut suffix) = (stem, None);
        // `${PASSWORD-x}`: the hyphen is an operator.
        let is_variable = text[..start].ends_with(b"${") && text.get(end) == Some(&b'-');
        if !is_variable && text.get(end).is_some_and(|&b| is_name(b)) {
            let (name_end, found) =
                name_suffix::suffix(text, word.end).ok_or(NoAssignment::NameGoesOn)?;
            (end, stem, suffix) = (name_end, word.end, Some(found));
        }
        let mut after = end;
        while after < text.len() && after - end < 12 {
            match text[after] {
                b'"' | b'\'' | b'`' | b']' | b')' => after += 1,
                // A JSON text within a string of another language.
                b'\\' if matches!(text.get(after + 1), Some(b'"' | b'\'')) => after += 2,
                // The size of an array: `password[] =`, `password[64] =`.
                b'[' => {
                    let digits = text[after + 1..]
                        .iter()
                        .take(6)
                        .take_while(|b| b.is_ascii_digit())
                        .count();
                    if text.get(after + 1 + digits) != Some(&b']') {
                        break;
                    }
                    after += digits + 2;
                }
                _ => break,
            }
        }
        let before = start.checked_sub(1).map(|at| text[at]);
        steps::count(after - start);
        Ok(Name {
            range: start..end,
            stem,
            suffix,
            after,
            closed: after > end,
            before,
        })
    }

    /// Start of the name's line, or [`LOOK_BACK`] bytes before the name if that is nearer.
    pub(super) fn line_start(&self, text: &[u8]) -> usize {
        let from = self.range.start.saturating_sub(LOOK_BACK);
        memchr::memrchr(b'\n', &text[from..self.range.start]).map_or(from, |at| from + at + 1)
    }

    /// The bytes of the line before the name.
    pub(super) fn lead<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        let lead = &text[self.line_start(text)..self.range.start];
        steps::count(lead.len());
        lead
    }
}

/// The name around the word, up to the end of the part that names the kind of value, and what its suffix says.
pub fn name_stem(text: &[u8], word: &Range<usize>) -> Option<(Range<usize>, Option<Suffix>)> {
    let name = Name::around(text, word).ok()?;
    Some((name.range.start..name.stem, name.suffix))
}

/// Whether a word of a name begins at the letter or digit at `at`.
#[inline]
pub fn begins_word(name: &[u8], at: usize) -> bool {
    let Some(&previous) = at.checked_sub(1).and_then(|before| name.get(before)) else {
        return true;
    };
    // `dbKey`, and `MACKey`, in which an abbreviation is before the word.
    let is_camel = || match previous {
        b'A'..=b'Z' => name.get(at + 1).is_some_and(u8::is_ascii_lowercase),
        _ => true,
    };
    !previous.is_ascii_alphanumeric() || (name[at].is_ascii_uppercase() && is_camel())
}

/// The name in lower case without separators and final digits, and for each of its bytes whether a
/// word begins there.
pub fn normalise(name: &[u8]) -> (String, Vec<bool>) {
    let mut out = String::with_capacity(name.len());
    let mut begins = Vec::with_capacity(name.len());
    for (at, &byte) in name.iter().enumerate() {
        if byte.is_ascii_alphanumeric() {
            begins.push(begins_word(name, at));
            out.push(byte.to_ascii_lowercase() as char);
        }
    }
    let digits = out.len() - out.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    if digits < out.len() {
        out.truncate(out.len() - digits);
        begins.truncate(out.len());
    }
    (out, begins)
}

/// Short words that no other word ends in.
const UNMISTAKABLE: [&str; 6] = ["passwd", "apikey", "pwd", "secret", "haslo", "heslo"];

/// Words to which a short word may be glued: `dbpass`, `smtptoken`.
const QUALIFIERS: [&str; 50] = [
    "db", "database", "root", "admin", "user", "usr", "smtp", "ftp", "sftp", "mail", "email",
    "ldap", "ssh", "sudo", "redis", "mysql", "mongo", "pg", "postgres", "sql", "oracle", "my",
    "app", "api", "svc", "service", "proxy", "vpn", "wifi", "cert", "sys", "login", "require",
    "account", "client", "server", "web", "http", "mqtt", "amqp", "kafka", "bind", "master",
    "github", "gitlab", "repo", "bot", "sa", "jwt", "id",
];

/// Whether the word of a name up to `end` consists of qualifiers.
fn is_qualified(name: &(String, Vec<bool>), mut end: usize) -> bool {
    let (text, begins) = name;
    while !begins[end] {
        let Some(qualifier) = QUALIFIERS.iter().find(|word| text[..end].ends_with(**word)) else {
            return false;
        };
        end -= qualifier.len();
    }
    true
}

/// Whether a name of [`normalise`] ends in `word`. A short word must begin where a word of the name
/// begins, since a longer word may end in it by chance: `bypass` does not end in `pass`,
/// `dbpassword` ends in `password`.
pub fn ends_in(name: &(String, Vec<bool>), word: &str) -> bool {
    let (text, begins) = name;
    text.ends_with(word)
        && (word.len() >= 8
            || UNMISTAKABLE.contains(&word)
            || begins[text.len() - word.len()]
            || (matches!(word, "pass" | "token") && is_qualified(name, text.len() - word.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_in_words() {
        for (name, word, ends) in [
            ("DB_PASSWORD", "password", true),
            ("dbpassword", "password", true),
            ("bypass", "pass", false),
            ("dbPass", "pass", true),
            ("monkey", "key", false),
            ("api-key", "apikey", true),
            ("secret_key_2", "secretkey", true),
            ("turkey.token", "token", true),
            ("rootdbpwd", "pwd", true),
            ("MACKey", "key", true),
            ("rootdbpass", "pass", true),
            ("bluepass", "pass", false),
        ] {
            assert_eq!(
                ends_in(&normalise(name.as_bytes()), word),
                ends,
                "{name} {word}"
            );
        }
    }

    #[test]
    fn names_may_say_which_of_several() {
        let end = |text: &str| {
            Name::around(text.as_bytes(), &(0..8))
                .map(|name| (name.stem, name.range.end))
                .ok()
        };
        for (text, expected) in [
            ("password_2 =", Some((10, 10))),
            ("password_prod=", Some((8, 13))),
            ("passwordOld =", Some((8, 11))),
            ("password.all=", Some((8, 12))),
            ("passwordold =", None),
            ("password_file =", None),
            ("password[64] =", Some((8, 8))),
        ] {
            assert_eq!(end(text), expected, "{text}");
        }
    }
}
