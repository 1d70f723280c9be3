//! Values that are arguments: of a program's option, of a function, and fallbacks for a variable.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::bare_value as bare;
use super::line_bytes::{rest_of_line, skip_space};
use super::name::Name;
use super::name_value::default_argument;
use super::no_assignment::NoAssignment;
use super::parsed_assignment::Assignment;
use super::string_literal::{Literal, quoted, wrapped};
use super::value_site::ValueSite;
use crate::detect::file_kind::FileKind;

/// The literal, unless it is empty.
fn literal(name: &Name, found: Literal) -> Result<Assignment, NoAssignment> {
    Assignment::of_literal(name, found)
}

fn ends_argument(byte: u8) -> bool {
    byte.is_ascii_whitespace()
        || matches!(
            byte,
            b'"' | b'\'' | b'`' | b';' | b'|' | b'&' | b')' | b']' | b'<' | b'>'
        )
}

/// Reads `--password value`, `--password=value`, `"--password", "value"`, and `-Password value` of
/// PowerShell and Java's tools. `None` if the name is no option.
pub(super) fn option(
    text: &[u8],
    name: &Name,
    kind: FileKind,
) -> Option<Result<Assignment, NoAssignment>> {
    let dashes = text[name.range.clone()]
        .iter()
        .take_while(|&&b| b == b'-')
        .count();
    let begins = name.before.is_none_or(|b| !b.is_ascii_alphanumeric());
    if dashes == 0 || !begins {
        return None;
    }
    let start = match text.get(name.after) {
        Some(b'=') if dashes > 1 => name.after + 1,
        Some(b' ' | b'\t') if !name.closed => skip_space(text, name.after),
        // An argument list.
        Some(b',') if name.closed => {
            let at = skip_space(text, name.after + 1);
            // `option("--password", help="…", default="value")`.
            if quoted(text, at, kind).is_none() {
                return Some(default_argument(text, name, at, kind));
            }
            let found = quoted(text, at, kind);
            let found = found.filter(|found| !text[found.value.clone()].contains(&b' '));
            return Some(match found {
                Some(found) if text.get(found.value.start) == Some(&b'-') => {
                    Err(NoAssignment::NoValue)
                }
                Some(found) => literal(name, found),
                None => Err(NoAssignment::NoLiteral),
            });
        }
        _ if dashes > 1 => return Some(Err(NoAssignment::NoOperator)),
        _ => return None,
    };
    if text.get(start) == Some(&b'-') {
        return Some(Err(NoAssignment::NoValue));
    }
    if let Some(found) = quoted(text, start, kind) {
        return Some(literal(name, found));
    }
    let found = bare::until(text, name, start, ends_argument).map(|found| Assignment {
        site: ValueSite::Word(start),
        ..found
    });
    // A single dash may also precede a word of a sentence.
    let word = |found: &Assignment| {
        text[found.value.clone()]
            .iter()
            .all(|b| b.is_ascii_alphabetic() || !b.is_ascii())
    };
    // The source of a password in the notation of openssl.
    let source = |found: &Assignment| {
        let value = &text[found.value.clone()];
        [b"file:".as_slice(), b"env:", b"fd:", b"pass:"]
            .iter()
            .any(|source| value.starts_with(source))
    };
    match found {
        Ok(found) if source(&found) => Some(Err(NoAssignment::NoLiteral)),
        Ok(found) if dashes == 1 && word(&found) => Some(Err(NoAssignment::Sentence)),
        found => Some(found),
    }
}

/// Reads `setPassword("value")`, `password{"value"}`: only a single literal argument.
pub(super) fn call(
    text: &[u8],
    name: &Name,
    at: usize,
    close: u8,
    kind: FileKind,
) -> Result<Assignment, NoAssignment> {
    let found = wrapped(text, skip_space(text, at), kind).ok_or(NoAssignment::NoLiteral)?;
    let mut end = found.end;
    let inner = memchr::memchr_iter(b'(', &text[at..found.value.start]).count();
    for _ in 0..inner {
        end = behind_call(text, end);
    }
    // `"value".toCharArray()`.
    let rest = &text[end..];
    let method = rest.starts_with(b".")
        && rest
            .iter()
            .take(40)
            .take_while(|&&b| b != b'\n')
            .any(|&b| b == close);
    if method || text.get(skip_space(text, end)) == Some(&close) {
        literal(name, found)
    } else {
        Err(NoAssignment::NoLiteral)
    }
}

/// The offset behind the bracket that closes a call, and behind more arguments such as `, Base64.DEFAULT`; `at` itself if
/// the call does not close nearby.
fn behind_call(text: &[u8], at: usize) -> usize {
    /// Greatest length of other arguments, in bytes.
    const LONGEST: usize = 64;
    let is_argument = |b: &u8| {
        b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b',' | b' ' | b'"' | b'\'' | b'-')
    };
    let length = text[at..]
        .iter()
        .take(LONGEST)
        .take_while(|b| is_argument(b))
        .count();
    match text.get(at + length) {
        Some(b')') if length == 0 || text[at] == b',' => at + length + 1,
        _ => at,
    }
}

/// Methods whose argument is compared with the name's value or becomes it.
const METHODS: [&[u8]; 7] = [
    b".equals(",
    b".equalsIgnoreCase(",
    b".contentEquals(",
    b".set(",
    b".eql?(",
    b".Equals(",
    b".compareTo(",
];

/// The offset of the argument in `password.equals("value")`. The name ends at `end`.
pub(super) fn method(text: &[u8], end: usize) -> Option<usize> {
    let rest = &text[end..];
    if rest.first() != Some(&b'.') {
        return None;
    }
    let method = METHODS.iter().find(|method| rest.starts_with(method))?;
    Some(end + method.len())
}

/// Last words of functions whose first argument is a name and whose next is its value or a
/// fallback.
const TAKERS: [&str; 37] = [
    "str",
    "string",
    "variable",
    "read",
    "lookup",
    "var",
    "fallback",
    "value",
    "define",
    "set",
    "put",
    "add",
    "append",
    "insert",
    "property",
    "setdefault",
    "setenv",
    "putenv",
    "setting",
    "env",
    "environ",
    "getenv",
    "get",
    "fetch",
    "getordefault",
    "config",
    "option",
    "optional",
    "header",
    "param",
    "parameter",
    "attribute",
    "withentry",
    "pair",
    "field",
    "in",
    "store",
];

/// Reads `put("password", "value")`, `getenv("PASSWORD", "value")`, `set :password, "value"`,
/// `{password, "value"}`. `None` if the name is not an argument that another one follows.
pub(super) fn pair(
    text: &[u8],
    name: &Name,
    kind: FileKind,
) -> Option<Result<Assignment, NoAssignment>> {
    let comma = skip_space(text, name.after);
    if text.get(comma) != Some(&b',') {
        return None;
    }
    let mut at = skip_space(text, comma + 1);
    for word in [b"default=".as_slice(), b"default:", b"fallback=", b"with:"] {
        if text[at..].starts_with(word) {
            at = skip_space(text, at + word.len());
        }
    }
    let found = wrapped(text, at, kind)?;
    let lead = name.lead(text);
    let lead = match name.before {
        Some(b'"' | b'\'' | b'`' | b':') => &lead[..lead.len() - 1],
        Some(b'{') if !name.closed && text.get(skip_space(text, found.end)) == Some(&b'}') => {
            return Some(literal(name, found));
        }
        // `strcmp(password, "value")`.
        Some(b'(') if lead.ends_with(b"cmp(") => return Some(literal(name, found)),
        _ => return None,
    };
    let lead = lead.trim_ascii_end();
    let callee = lead.strip_suffix(b"(").unwrap_or(lead).trim_ascii_end();
    let callee: Vec<u8> = callee
        .iter()
        .rev()
        .take(40)
        .take_while(|&&b| b.is_ascii_alphanumeric() || b == b'_')
        .filter(|&&b| b != b'_')
        .map(u8::to_ascii_lowercase)
        .collect();
    let takes = |taker: &&str| {
        let taker = taker.bytes().rev();
        callee.len() >= taker.len() && taker.zip(&callee).all(|(a, b)| a == *b)
    };
    let map = [b"Map.of(".as_slice(), b"Map.ofEntries(", b"MapOf("];
    let in_map = lead.ends_with(b",")
        && map
            .iter()
            .any(|of| memchr::memmem::find(lead, of).is_some());
    (in_map || TAKERS.iter().any(takes)).then(|| literal(name, found))
}

/// Reads a name and a literal that fill their line: `storePassword 'value'`, `#define PASSWORD
/// "value"`, `(setq password "value")`. In prose, a literal in backquotes may follow the name.
/// `None` if no literal follows.
pub(super) fn statement(
    text: &[u8],
    name: &Name,
    kind: FileKind,
) -> Option<Result<Assignment, NoAssignment>> {
    let at = skip_space(text, name.after);
    if at == name.after || (name.closed && name.before != Some(b'"')) {
        return None;
    }
    let found = quoted(text, at, kind)?;
    // In Go, the tag of a field.
    if text[at] == b'`' && kind != FileKind::Prose {
        return None;
    }
    let value = &text[found.value.clone()];
    if kind == FileKind::Prose {
        let telling =
            value.len() >= 6 && value.iter().any(u8::is_ascii_digit) && !value.contains(&b' ');
        return (text[at] == b'`' && telling).then(|| literal(name, found));
    }
    if name.closed {
        return None;
    }
    let lead = name.lead(text).trim_ascii();
    let begins = lead.is_empty()
        || lead.ends_with(b":")
        || [
            b"#define".as_slice(),
            b"set",
            b"setq",
            b"define",
            b"defparameter",
            b"def",
        ]
        .iter()
        .any(|word| {
            lead.ends_with(word)
                && (lead.len() == word.len()
                    || !lead[lead.len() - word.len() - 1].is_ascii_alphanumeric())
        });
    let rest = rest_of_line(text, found.end);
    let ends = rest
        .iter()
        .all(|&b| matches!(b, b' ' | b'\t' | b')' | b'}' | b']' | b';' | b','))
        || rest.trim_ascii().starts_with(b"//");
    (begins
        && ends
        && matches!(
            kind,
            FileKind::Code | FileKind::Script | FileKind::Config | FileKind::Login
        ))
    .then(|| literal(name, found))
}

/// Calls and objects that read a variable, anywhere in a line. They are compiled when a line first needs them.
static ASKERS: LazyLock<Regex> = LazyLock::new(|| {
    const CALLS: &str = "getEnv( GetEnv( coalesce( lookup( try( env( env.get( get_env( config( getProperty( ENV.fetch env::var \
         GetEnvironmentVariable Getenv( getenv";
    const OBJECTS: &str = "ENV{ ENV[ env. Env. Env:: env:: config. Config. settings. props. environ process.env import.meta.env";
    let names = CALLS.split_ascii_whitespace().chain(OBJECTS.split(' '));
    let names: Vec<String> = names.map(regex::escape).collect();
    Regex::new(&format!("(?-u:{})", names.join("|"))).expect("literals")
});

/// Reads the fallback for a variable: `getenv("X", "value")`, `process.env.X || "value"`.
pub(super) fn fallback(text: &[u8], name: &Name, at: usize, kind: FileKind) -> Option<Assignment> {
    let line = rest_of_line(text, at);
    let line = &line[..line.len().min(200)];
    /// A call or an object that begins behind so many bytes belongs to something else.
    const BEFORE_CALL: usize = 24;
    /// The longest of these names.
    const LONGEST_ASKER: usize = 22;
    let asker = ASKERS.find(&line[..line.len().min(BEFORE_CALL + LONGEST_ASKER - 1)])?;
    let asked = Some(asker.start()).filter(|&from| from < BEFORE_CALL)?;
    const BEFORE: [&[u8]; 13] = [
        b"{ ",
        b"orElse(",
        b"getOrElse(",
        b"or_else(",
        b"|| ",
        b"?? ",
        b" or ",
        b"?: ",
        b"default=",
        b"fallback=",
        b", ",
        b"unwrap_or_else(|_| ",
        b"unwrap_or(",
    ];
    let starts = (asked..line.len()).filter_map(|from| {
        BEFORE
            .iter()
            .find(|word| line[from..].starts_with(word))
            .map(|word| from + word.len())
    });
    for from in starts {
        // The name of another variable is no value.
        let name_of_one = |value: &[u8]| {
            value
                .iter()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
        };
        if let Some(found) = wrapped(text, at + from, kind)
            && !name_of_one(&text[found.value.clone()])
        {
            return Assignment::of_literal(name, found).ok();
        }
    }
    None
}
