//! Values assigned to a name: `password = x`, `"password": "x"`, `<password>x</password>`, `--password x`,
//! `setPassword("x")`, `…;Password=x;…`.
//!
//! Found by hand rather than by regular expression: the words that names end in (`key`, `token`) are everywhere, and
//! two comparisons after the word tell most of them from an assignment.

use std::ops::Range;

use super::hint::FileKind;

/// A value and the name that it is assigned to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The name as it stands, without quotes.
    pub name: Range<usize>,
    /// The raw value, without quotes.
    pub value: Range<usize>,
    pub quoted: bool,
}

/// Why a word is the end of no name that something is assigned to; `explain` tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    NameGoesOn,
    NoOperator,
    NoValue,
    /// A quote opens and does not close on its line, or what a call is given is not one literal alone.
    NoLiteral,
    Expression,
    Sentence,
}

impl Unread {
    /// What stands there, for a sentence that begins with the word.
    pub fn reason(self) -> &'static str {
        match self {
            Unread::NameGoesOn => "is part of a longer name",
            Unread::NoOperator => "has no assignment after it",
            Unread::NoValue => "is assigned nothing on its line",
            Unread::NoLiteral => "is not assigned one whole literal on its line",
            Unread::Expression => "is assigned something without quotes, which in a file of this kind is an expression",
            Unread::Sentence => "is followed by several words without quotes, which read as a sentence",
        }
    }
}

/// Longest name, value and white space that are looked at.
const LONGEST_NAME: usize = 128;
const LONGEST_VALUE: usize = 4096;
const LONGEST_SPACE: usize = 64;

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// Reads the assignment whose name ends with the word at `word`, if there is one.
pub fn read(text: &[u8], word: &Range<usize>, kind: FileKind) -> Result<Assignment, Unread> {
    // `PASSWORD_1` and `token2` still end in their word.
    let mut end = word.end;
    while end < text.len() && end - word.end < 3 && (text[end].is_ascii_digit() || text[end] == b'_') {
        end += 1;
    }
    if text.get(end).is_some_and(|&b| is_name(b)) {
        end = after_qualifier(text, word.end).ok_or(Unread::NameGoesOn)?;
    }
    let mut start = word.start;
    while start > 0 && word.start - start < LONGEST_NAME && is_name(text[start - 1]) {
        start -= 1;
    }
    let before = start.checked_sub(1).map(|at| text[at]);
    let name = start..end;
    // Of the name and what closes it.
    let mut at = end;
    while at < text.len() && at - end < 4 {
        match text[at] {
            b'"' | b'\'' | b'`' | b']' | b')' => at += 1,
            // A JSON text within a string of another language.
            b'\\' if matches!(text.get(at + 1), Some(b'"' | b'\'')) => at += 2,
            _ => break,
        }
    }
    let closed = at > end;
    if text[start..end].starts_with(b"--") {
        return flag(text, name, at);
    }
    if !closed && text.get(at) == Some(&b'>') && before == Some(b'<') {
        return element(text, name, at + 1).ok_or(Unread::NoLiteral);
    }
    if !closed && text.get(at) == Some(&b'(') {
        return call(text, name, at + 1).ok_or(Unread::NoLiteral);
    }
    let (value_at, operator) = operator(text, at).ok_or(Unread::NoOperator)?;
    // `.forgot-password:hover`: a class in a style sheet, and its state.
    let selector = text[name.start] == b'.' && operator == b":" && value_at == at + 1;
    if selector && !matches!(kind, FileKind::Config | FileKind::Dotenv) {
        return Err(Unread::NoOperator);
    }
    // `password: str = "x"`: the value of an annotated name stands after its type. Annotations are code, where only literals
    // count; what else has a `=` after it is a value that ends in one, as base64 does.
    if operator == b":"
        && let Some((typed_at, b"=")) = after_type(text, value_at)
        && let Some(found) = quoted(text, &name, typed_at)
    {
        return Ok(found);
    }
    value(text, name, value_at, before, kind, operator)
}

/// Where a name ends that goes on with a word which changes nothing: `password_confirmation`, `PasswordNew`.
fn after_qualifier(text: &[u8], at: usize) -> Option<usize> {
    const QUALIFIERS: &str = "confirmation confirm again repeat repeated new old current default plain plaintext value string \
                              text dev prod staging local test main primary secondary sys";
    let separated = usize::from(matches!(text.get(at), Some(b'_' | b'-' | b'.')));
    let rest = text.get(at + separated..)?;
    let len = rest.iter().take(16).take_while(|b| b.is_ascii_alphabetic()).count();
    let camel = rest.first().is_some_and(u8::is_ascii_uppercase)
        && text.get(at.checked_sub(1)?).is_some_and(u8::is_ascii_lowercase);
    let end = at + separated + len;
    let known = QUALIFIERS.split(' ').any(|word| word.as_bytes().eq_ignore_ascii_case(&rest[..len]));
    ((separated > 0 || camel) && known && !text.get(end).is_some_and(|&b| is_name(b))).then_some(end)
}

fn skip_space(text: &[u8], mut at: usize) -> usize {
    let start = at;
    while at < text.len() && at - start < LONGEST_SPACE && matches!(text[at], b' ' | b'\t') {
        at += 1;
    }
    at
}

/// The operator after a name, and where the value begins.
fn operator(text: &[u8], at: usize) -> Option<(usize, &'static [u8])> {
    const OPERATORS: [&[u8]; 9] = [b"===", b"==", b"!=", b"=>", b":=", b"?=", b"||=", b"=", b":"];
    let at = skip_space(text, at);
    let rest = text.get(at..)?;
    let operator = OPERATORS.into_iter().find(|operator| rest.starts_with(operator))?;
    // `::` is a path, `:` before a slash a URL.
    if operator == b":" && matches!(rest.get(1), Some(b':')) {
        return None;
    }
    Some((skip_space(text, at + operator.len()), operator))
}

fn after_type(text: &[u8], at: usize) -> Option<(usize, &'static [u8])> {
    let len = text[at..]
        .iter()
        .take(64)
        .take_while(|&&b| is_name(b) || matches!(b, b'[' | b']' | b'<' | b'>' | b'?' | b'|'))
        .count();
    if len == 0 { None } else { operator(text, at + len) }
}

/// `--password value`, `--password=value`.
fn flag(text: &[u8], name: Range<usize>, at: usize) -> Result<Assignment, Unread> {
    let start = match text.get(at) {
        Some(b'=') => at + 1,
        Some(b' ' | b'\t') => skip_space(text, at),
        // An argument list: `"--password", "x"`.
        _ => return Err(Unread::NoOperator),
    };
    if text.get(start) == Some(&b'-') {
        return Err(Unread::NoValue);
    }
    quoted(text, &name, start).map_or_else(
        || {
            bare(text, name, start, false, |b| {
                b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b';' | b'|' | b'&' | b')')
            })
        },
        Ok,
    )
}

/// `<password>value</password>`.
fn element(text: &[u8], name: Range<usize>, at: usize) -> Option<Assignment> {
    let end = at + text[at..].iter().take(LONGEST_VALUE).position(|&b| matches!(b, b'<' | b'\n' | b'\r'))?;
    (text[end] == b'<' && text.get(end + 1) == Some(&b'/') && end > at).then_some(Assignment {
        name,
        value: at..end,
        quoted: true,
    })
}

/// `setPassword("value")`: only a single literal argument.
fn call(text: &[u8], name: Range<usize>, at: usize) -> Option<Assignment> {
    let found = quoted(text, &name, skip_space(text, at))?;
    (text.get(skip_space(text, found.value.end + 1)) == Some(&b')')).then_some(found)
}

fn value(
    text: &[u8],
    name: Range<usize>,
    at: usize,
    before: Option<u8>,
    kind: FileKind,
    operator: &[u8],
) -> Result<Assignment, Unread> {
    if let Some(found) = quoted(text, &name, at) {
        return Ok(found);
    }
    match text.get(at) {
        None => return Err(Unread::NoValue),
        Some(b'"' | b'\'' | b'`') => return Err(Unread::NoLiteral),
        _ => {}
    }
    // Within a connection string or a query, which stands in any kind of file.
    let in_string = operator == b"=" && matches!(before, Some(b';' | b'?' | b'&'));
    if in_string {
        return bare(text, name, at, false, |b| {
            b.is_ascii_whitespace() || matches!(b, b';' | b'&' | b'"' | b'\'' | b'<' | b'`' | b')')
        });
    }
    if !matches!(operator, b"=" | b":" | b"?=" | b":=") {
        return Err(Unread::Expression);
    }
    match kind {
        FileKind::Code | FileKind::Markup => Err(Unread::Expression),
        FileKind::Dotenv if begins_line(text, name.start) => rest_of_line(text, name, at).ok_or(Unread::NoValue),
        FileKind::Config | FileKind::Dotenv | FileKind::Prose | FileKind::Unknown => {
            bare(text, name, at, true, |b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`'))
        }
    }
}

fn quoted(text: &[u8], name: &Range<usize>, at: usize) -> Option<Assignment> {
    // Prefixes of string literals: b"…", r'…', @"…", f'…', L"…".
    let at = match text.get(at)? {
        b'b' | b'r' | b'u' | b'@' | b'L' if matches!(text.get(at + 1), Some(b'"' | b'\'')) => at + 1,
        _ => at,
    };
    // A JSON text within a string of another language: \"password\":\"x\".
    let (quote, start, escaped) = match text.get(at..)? {
        [b'\\', quote @ (b'"' | b'\''), ..] => (*quote, at + 2, true),
        [quote @ (b'"' | b'\'' | b'`'), ..] => (*quote, at + 1, false),
        _ => return None,
    };
    let mut end = start;
    while end < text.len() && end - start < LONGEST_VALUE {
        match text[end] {
            b'\n' | b'\r' => return None,
            b'\\' if escaped && text.get(end + 1) == Some(&quote) => {
                return Some(Assignment { name: name.clone(), value: start..end, quoted: true });
            }
            // A string that goes on in the next line; a value stays within its own.
            b'\\' if matches!(text.get(end + 1), Some(b'\n' | b'\r')) => return None,
            b'\\' => end += 1,
            b if b == quote && !escaped => {
                return Some(Assignment { name: name.clone(), value: start..end, quoted: true });
            }
            _ => {}
        }
        end += 1;
    }
    None
}

/// A value without quotes. `alone`: it must be the last of its line but for a comment or a further assignment; other words
/// make it a sentence.
fn bare(
    text: &[u8],
    name: Range<usize>,
    start: usize,
    alone: bool,
    ends: impl Fn(u8) -> bool,
) -> Result<Assignment, Unread> {
    let len = text.get(start..).unwrap_or_default().iter().take(LONGEST_VALUE).take_while(|&&b| !ends(b)).count();
    let mut end = start + len;
    // Separators of a flow: `{user: a, password: b}`.
    while end > start && matches!(text[end - 1], b',' | b';') {
        end -= 1;
    }
    if end == start || matches!(text[start], b'#') {
        return Err(Unread::NoValue);
    }
    let found = Assignment { name, value: start..end, quoted: false };
    if !alone {
        return Ok(found);
    }
    let rest: Vec<u8> = text[start + len..].iter().copied().take_while(|&b| b != b'\n').take(200).collect();
    let rest = rest.trim_ascii();
    let comment = rest.is_empty()
        || matches!(rest[0], b'#' | b';' | b'}' | b'|' | b'&' | b'\\' | b'-' | b',')
        || rest.starts_with(b"//");
    let next_assignment = || rest.contains(&b'=') || rest.contains(&b':');
    if comment || next_assignment() { Ok(found) } else { Err(Unread::Sentence) }
}

/// Nothing but `export` stands before the name.
fn begins_line(text: &[u8], name: usize) -> bool {
    let line = text[..name].iter().rev().take(LONGEST_SPACE).position(|&b| b == b'\n');
    let start = line.map_or(name.saturating_sub(LONGEST_SPACE), |back| name - back);
    matches!(text[start..name].trim_ascii(), b"" | b"export")
}

/// The value of a line of a dotenv file, which needs no quotes to hold spaces: it ends with the line, or where ` #` begins a
/// comment.
fn rest_of_line(text: &[u8], name: Range<usize>, start: usize) -> Option<Assignment> {
    let len = text[start..].iter().take(LONGEST_VALUE).take_while(|&&b| b != b'\n' && b != b'\r').count();
    let line = &text[start..start + len];
    let comment = line.windows(2).position(|pair| matches!(pair, b" #" | b"\t#")).unwrap_or(len);
    let end = start + line[..comment].trim_ascii_end().len();
    (end > start && text[start] != b'#').then_some(Assignment { name, value: start..end, quoted: false })
}

/// The name without separators and in lower case, and for each of its bytes whether a word begins there.
pub fn normalise(name: &[u8]) -> (String, Vec<bool>) {
    let mut out = String::new();
    let mut begins = Vec::new();
    let mut previous = None::<u8>;
    for &byte in name {
        if byte.is_ascii_alphanumeric() {
            let camel =
                byte.is_ascii_uppercase() && previous.is_some_and(|p| p.is_ascii_lowercase() || p.is_ascii_digit());
            begins.push(previous.is_none_or(|p| !p.is_ascii_alphanumeric()) || camel);
            out.push(byte.to_ascii_lowercase() as char);
        }
        previous = Some(byte);
    }
    let digits = out.len() - out.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    if digits < out.len() {
        out.truncate(out.len() - digits);
        begins.truncate(out.len());
    }
    (out, begins)
}

/// Whether the name ends in `word`, which must begin where a word of the name does unless it is too long to be there by
/// chance (`bypass` does not end in `pass`, `dbpassword` ends in `password`).
pub fn ends_in(name: &(String, Vec<bool>), word: &str) -> bool {
    let (text, begins) = name;
    text.ends_with(word) && (word.len() >= 8 || matches!(word, "passwd" | "apikey") || begins[text.len() - word.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, kind: FileKind) -> Option<(String, String)> {
        let lower = text.to_ascii_lowercase();
        let at = lower.find("password").or_else(|| lower.find("token"))?;
        let len = if lower[at..].starts_with("password") { 8 } else { 5 };
        let found = read(text.as_bytes(), &(at..at + len), kind).ok()?;
        Some((text[found.name].to_owned(), text[found.value].to_owned()))
    }

    #[test]
    fn assignments_of_many_shapes() {
        use FileKind::{Code, Config, Dotenv, Markup, Unknown};
        for (text, kind, name, value) in [
            ("password = hunter2x", Config, "password", "hunter2x"),
            ("DB_PASSWORD=hun#ter # old", Config, "DB_PASSWORD", "hun#ter"),
            ("spring.datasource.password: hunter2x\n", Config, "spring.datasource.password", "hunter2x"),
            ("{\"password\": \"hun\\\"ter\"}", Config, "password", "hun\\\"ter"),
            ("{user: a, password: hunter2x}", Config, "password", "hunter2x}"),
            ("String dbPassword = \"hunter2x\";", Code, "dbPassword", "hunter2x"),
            ("$db['password'] = 'hunter2x';", Code, "password", "hunter2x"),
            ("password: str = 'hunter2x'", Code, "password", "hunter2x"),
            (":password => 'hunter2x',", Code, "password", "hunter2x"),
            ("setPassword(\"hunter2x\")", Code, "setPassword", "hunter2x"),
            ("<password>hunter2x</password>", Markup, "password", "hunter2x"),
            ("mysqldump --password=hunter2x db", Config, "--password", "hunter2x"),
            ("tool --token hunter2x --all", Config, "--token", "hunter2x"),
            ("\"Server=x;User Id=sa;Password=hunter2x;\"", Code, "Password", "hunter2x"),
            ("url = \"jdbc:mysql://h/d?user=a&password=hunter2x\"", Code, "password", "hunter2x"),
            ("if (password == \"hunter2x\")", Code, "password", "hunter2x"),
            ("password: UzNj+NDI=", Config, "password", "UzNj+NDI="),
            ("password: UzNj/NDI= # x", Config, "password", "UzNj/NDI="),
            ("password=UzNjNDI=\n", Unknown, "password", "UzNjNDI="),
            ("a:\n  password: UzNjNDI=\n  b: c\n", Config, "password", "UzNjNDI="),
            ("DB_PASSWORD=correct horse battery # x\r\n", Dotenv, "DB_PASSWORD", "correct horse battery"),
            ("A=b\nexport PASSWORD = it's#mine\n", Dotenv, "PASSWORD", "it's#mine"),
            ("OPTS=-Dpassword=hunter2x -Da=b", Dotenv, "-Dpassword", "hunter2x"),
            ("password_confirmation = 'hunter2x'", Code, "password_confirmation", "hunter2x"),
            ("testPasswordNew = 'hunter2x'", Code, "testPasswordNew", "hunter2x"),
            ("s = \"{\\\"password\\\":\\\"hunter2x\\\"}\"", Code, "password", "hunter2x"),
        ] {
            assert_eq!(found(text, kind), Some((name.to_owned(), value.to_owned())), "{text}");
        }
    }

    #[test]
    fn what_is_no_assignment() {
        for (text, kind) in [
            ("password = get_password()", FileKind::Code),
            ("the password is not stored", FileKind::Prose),
            ("password: the one that you chose", FileKind::Prose),
            ("password_file = x", FileKind::Config),
            ("password::new(x)", FileKind::Code),
            ("password = ", FileKind::Config),
            ("PASSWORD= # none", FileKind::Dotenv),
            ("password: str = get_password()", FileKind::Code),
            ("password = \"open", FileKind::Code),
            ("validatePassword(\"a\", \"b\")", FileKind::Code),
        ] {
            assert_eq!(found(text, kind), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_assignment_has_a_reason() {
        for (text, kind, why) in [
            ("password_file = x", FileKind::Config, Unread::NameGoesOn),
            ("password is x", FileKind::Prose, Unread::NoOperator),
            ("password = ", FileKind::Config, Unread::NoValue),
            ("password: # none", FileKind::Config, Unread::NoValue),
            ("password --all", FileKind::Config, Unread::NoOperator),
            ("password = \"open", FileKind::Code, Unread::NoLiteral),
            ("password(\"a\", \"b\")", FileKind::Code, Unread::NoLiteral),
            ("password = get_password()", FileKind::Code, Unread::Expression),
            ("password: the one that you chose", FileKind::Prose, Unread::Sentence),
        ] {
            assert_eq!(read(text.as_bytes(), &(0..8), kind), Err(why), "{text}");
        }
    }

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
        ] {
            assert_eq!(ends_in(&normalise(name.as_bytes()), word), ends, "{name} {word}");
        }
    }
}
