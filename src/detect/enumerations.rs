//! Values that are names of things: the tokens of a grammar, the keys of a table, the types of a schema. A single line does
//! not distinguish `token: "lparen"` from a password; the other lines with that name do.

use std::collections::HashSet;

use super::text_parts::TextParts;

/// Names whose values are often names of things.
const NAMES: [&str; 2] = ["token", "key"];
/// The most values of a name that are compared.
const MOST: usize = 64;

/// The values of such a name in a part of a text.
#[derive(Clone, Default)]
struct NamedValues<'t> {
    all: usize,
    words: HashSet<&'t [u8]>,
    worded: usize,
    /// Those that are words in capitals: `KEEPTTL`.
    capitals: HashSet<&'t [u8]>,
}

/// What a part of a text enumerates.
#[derive(Default)]
struct PartLists<'t> {
    named: [NamedValues<'t>; NAMES.len()],
    /// Lines that declare a required field of GraphQL: `email: Text!`.
    fields: usize,
}

/// What a text enumerates, part by part.
pub(super) struct Enumerations<'t> {
    parts: TextParts<'t, PartLists<'t>>,
}

impl<'t> Enumerations<'t> {
    /// The enumerations of a text.
    pub fn of(bytes: &'t [u8]) -> Self {
        Self {
            parts: TextParts::of(bytes),
        }
    }

    /// Whether the value at `at`, which is assigned to a name, is one of several names of things.
    pub fn has(&self, at: usize, name: &[u8], value: &[u8]) -> bool {
        is_required_type(value) && self.is_schema(at) || self.is_listed(at, name, value)
    }

    fn is_schema(&self, at: usize) -> bool {
        /// The field itself, and others.
        const FIELDS: usize = 3;
        self.parts
            .around(at, lists_of)
            .map(|part| part.fields)
            .sum::<usize>()
            >= FIELDS
    }

    fn is_listed(&self, at: usize, name: &[u8], value: &[u8]) -> bool {
        /// Values that make an enumeration, and how many of them differ.
        const VALUES: usize = 5;
        const DIFFERENT: usize = 4;
        let Some(index) = NAMES
            .iter()
            .position(|known| name.eq_ignore_ascii_case(known.as_bytes()))
        else {
            return false;
        };
        if is_in_capitals(value) {
            /// A key or a token in capital letters only has another one beside it in an enumeration.
            const CAPITALS: usize = 2;
            let mut words = HashSet::new();
            for part in self.parts.around(at, lists_of) {
                words.extend(part.named[index].capitals.iter().copied());
            }
            return words.len() >= CAPITALS;
        }
        if !is_name_of_thing(value) {
            return false;
        }
        let (mut all, mut worded, mut words) = (0, 0, HashSet::new());
        for part in self.parts.around(at, lists_of) {
            let named = &part.named[index];
            all += named.all;
            worded += named.worded;
            words.extend(named.words.iter().copied());
        }
        all >= VALUES && words.len() >= DIFFERENT && worded * 5 >= all * 4
    }
}

/// Whether a value names something: letters and separators, `keyword.operator`, `lparen`.
fn is_name_of_thing(value: &[u8]) -> bool {
    const LONGEST: usize = 64;
    value.len() <= LONGEST
        && value.iter().any(u8::is_ascii_lowercase)
        && value
            .iter()
            .all(|b| b.is_ascii_alphabetic() || matches!(b, b'.' | b'_' | b'-' | b':'))
}

/// Whether a value is a word or two in capitals: `BYRADIUS`, `KEEP_TTL`.
fn is_in_capitals(value: &[u8]) -> bool {
    const LONGEST: usize = 16;
    (2..=LONGEST).contains(&value.len())
        && value
            .iter()
            .all(|b| b.is_ascii_uppercase() || matches!(b, b'_' | b'-'))
}

/// Whether a value is a type of GraphQL that must not be missing: `Varchar!`, `[Text!]!`.
fn is_required_type(value: &[u8]) -> bool {
    let Some(inner) = value.strip_suffix(b"!") else {
        return false;
    };
    let inner = inner
        .strip_prefix(b"[")
        .and_then(|list| list.strip_suffix(b"]"))
        .unwrap_or(inner);
    let name = inner.strip_suffix(b"!").unwrap_or(inner);
    name.first().is_some_and(u8::is_ascii_uppercase)
        && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
}

fn lists_of(lines: &[u8]) -> PartLists<'_> {
    let mut lists = PartLists::default();
    for line in lines.split(|&b| b == b'\n') {
        let field = line.trim_ascii();
        let field = field.strip_suffix(b",").unwrap_or(field);
        if field.ends_with(b"!")
            && let Some(colon) = memchr::memchr(b':', field)
            && is_required_type(field[colon + 1..].trim_ascii())
        {
            lists.fields += 1;
        }
    }
    for (name, named) in NAMES.iter().zip(&mut lists.named) {
        for at in memchr::memmem::find_iter(lines, name) {
            let is_part =
                |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'$');
            if lines[..at].last().is_some_and(is_part) {
                continue;
            }
            if let Some(value) = literal_after(&lines[at + name.len()..]) {
                named.all += 1;
                if is_in_capitals(value) && named.capitals.len() < MOST {
                    named.capitals.insert(value);
                }
                if is_name_of_thing(value) {
                    named.worded += 1;
                    if named.words.len() < MOST {
                        named.words.insert(value);
                    }
                }
            }
        }
    }
    lists
}

/// The literal that is assigned to the name that ends here: `: "x"`, `" => 'x'`.
fn literal_after(rest: &[u8]) -> Option<&[u8]> {
    const LONGEST: usize = 80;
    let rest = &rest[..rest.len().min(LONGEST)];
    let sign = rest.iter().position(|b| matches!(b, b':' | b'='))?;
    let is_gap = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'=' | b'>');
    let before = &rest[..sign];
    if !before.iter().all(is_gap) || before.len() > 4 {
        return None;
    }
    let open = rest[sign + 1..]
        .iter()
        .position(|b| matches!(b, b'"' | b'\''))?
        + sign
        + 1;
    if !rest[sign + 1..open]
        .iter()
        .all(|b| b.is_ascii_whitespace() || *b == b'>')
    {
        return None;
    }
    let value = &rest[open + 1..];
    let end = value.iter().position(|&b| b == rest[open])?;
    Some(&value[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(text: &str, name: &str, value: &str) -> bool {
        let at = text.find(value).unwrap();
        Enumerations::of(text.as_bytes()).has(at, name.as_bytes(), value.as_bytes())
    }

    #[test]
    fn words_in_capitals_are_told_from_tokens() {
        let text = "{\"token\": \"BYRADIUS\"}\n{\"token\": \"BYBOX\"}\n";
        assert!(has(text, "token", "BYRADIUS"));
        assert!(!has("{\"token\": \"BYRADIUS\"}\n", "token", "BYRADIUS"));
        let text = "{\"token\": \"ABCDEFGHIJKLMNOPQRSTUVW\"}\n{\"token\": \"BYBOX\"}\n";
        assert!(!has(text, "token", "ABCDEFGHIJKLMNOPQRSTUVW"));
    }

    #[test]
    fn tokens_of_a_grammar_are_told_from_tokens_of_a_login() {
        let grammar = "[{token: 'lparen'}, {token : \"rparen\"}, {\"token\" => 'keyword.operator'},\n{token: 'text'},{token: 'string'}]";
        assert!(has(grammar, "token", "lparen"));
        // Another name, digits, and few values.
        assert!(!has(grammar, "auth_token", "lparen"));
        let mixed = grammar.replace("lparen", "x8kq3vtz");
        assert!(!has(&mixed, "token", "x8kq3vtz"));
        assert!(!has(
            "{token: 'lparen'}, {token: 'rparen'}",
            "token",
            "lparen"
        ));
        let repeated = "token: 'guest'\n".repeat(9);
        assert!(!has(&repeated, "token", "guest"));
    }

    #[test]
    fn types_of_a_schema_are_told_from_passwords() {
        let schema = "input A {\n  email: Address!\n  names: [Text!]!,\n  password: Phrase!\n}\n";
        assert!(has(schema, "password", "Phrase!"));
        assert!(!has(
            "user: admin\npassword: Phrase!\n",
            "password",
            "Phrase!"
        ));
    }
}
