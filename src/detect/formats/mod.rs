//! Values assigned to a name: `password = x`, `"password": "x"`, `<password>x</password>`, `--password x`,
//! `setPassword("x")`, `…;Password=x;…`, and what files of many formats make of them.
//!
//! Found by hand rather than by regular expression: the words that names end in (`key`, `token`) are everywhere, and
//! two comparisons after the word tell most of them from an assignment. What is read here depends on one line; where a
//! line says that the value stands below, [`below`] reads it when the whole text is known.

use std::ops::Range;

use super::decode;
use super::file_kind::FileKind;
use crate::finding::Decoding;
use literal::Literal;
use name::Name;

mod argument;
mod bare;
pub mod below;
pub mod credentials;
pub mod kubernetes;
mod literal;
mod markup;
pub mod name;

/// A value and the name that it is assigned to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The name as it stands, without quotes.
    pub name: Range<usize>,
    /// Where the part of the name ends that tells what the value is: before `_PROD`.
    pub stem: usize,
    /// The raw value, without quotes.
    pub value: Range<usize>,
    pub quoted: bool,
    pub written: Written,
    /// It could be read as a sentence.
    pub loose: bool,
}

impl Assignment {
    fn quoted(name: &Name, value: Range<usize>, written: Written) -> Self {
        Self {
            name: name.range.clone(),
            stem: name.stem,
            value,
            quoted: true,
            written,
            loose: false,
        }
    }

    fn bare(name: &Name, value: Range<usize>) -> Self {
        Self {
            quoted: false,
            ..Self::quoted(name, value, Written::Plain)
        }
    }
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// As it is.
    Plain,
    /// With the escapes of a quoted string.
    Backslash,
    /// Single quotes are doubled.
    Doubled,
    /// With entities.
    Markup,
    Base64,
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
    /// The value stands on a later line, if there is one.
    Below,
}

impl Unread {
    /// What stands there, for a sentence that begins with the word.
    pub fn reason(self) -> &'static str {
        match self {
            Unread::NameGoesOn => "is part of a longer name",
            Unread::NoOperator => "has no assignment after it",
            Unread::NoValue => "is assigned nothing on its line",
            Unread::NoLiteral => "is not assigned one whole literal on its line",
            Unread::Expression => {
                "is assigned something without quotes, which in a file of this kind is an expression"
            }
            Unread::Sentence => {
                "is followed by several words without quotes, which read as a sentence"
            }
            Unread::Below => "is assigned no value on the lines below it",
        }
    }
}

/// The telling part of the name around the word.
pub fn name_around(text: &[u8], word: &Range<usize>) -> Option<Range<usize>> {
    Name::around(text, word)
        .ok()
        .map(|name| name.range.start..name.stem)
}

/// Whether a value of this name is base64 by convention: `_password` and `_auth` of npm, `auth` of Docker, of which the
/// latter two hold a user, too.
pub fn is_base64(key: &[u8], raw: &[u8]) -> bool {
    match key {
        b"_password" => true,
        b"_auth" | b"auth" => decode::apply(raw, &[Decoding::Base64])
            .is_some_and(|plain| plain.contains(&b':') && plain.iter().all(u8::is_ascii_graphic)),
        _ => false,
    }
}

/// Longest value and white space that are looked at, and how far a line is looked back along.
const LONGEST_VALUE: usize = 4096;
const LONGEST_SPACE: usize = 64;
const FAR: usize = 512;

/// Reads the assignment whose name ends with the word at `word`, if there is one on its line.
pub fn read(text: &[u8], word: &Range<usize>, kind: FileKind) -> Result<Assignment, Unread> {
    if let Some(at) = argument::method(text, word.end) {
        let name = Name::around(&text[..word.end], word)?;
        return argument::call(text, &name, at, b')', kind);
    }
    let name = Name::around(text, word)?;
    if let Some(found) = bare::default(text, &name).or_else(|| argument::option(text, &name, kind))
    {
        return found;
    }
    let next = text.get(name.after);
    if !name.closed && opens_element(text, &name, kind) {
        return markup::element(text, &name);
    }
    if let Some(found) = markup::named(text, &name, kind) {
        return found;
    }
    match next {
        Some(b'(') if !name.closed => {
            return argument::call(text, &name, name.after + 1, b')', kind);
        }
        Some(b'{') if !name.closed && kind == FileKind::Code => {
            return argument::call(text, &name, name.after + 1, b'}', kind);
        }
        _ => {}
    }
    let beside = argument::pair(text, &name, kind)
        .or_else(|| argument::statement(text, &name, kind))
        .or_else(|| spaced(text, &name, kind));
    if let Some(found) = beside {
        return found;
    }
    // `$(password)`: a variable that is made use of.
    if name.closed
        && name.before == Some(b'(')
        && name.range.start >= 2
        && text[name.range.start - 2] == b'$'
    {
        return Err(Unread::NoOperator);
    }
    // `type="password" …`: the value of an attribute.
    if name.closed && name.range.start >= 2 && text[..name.range.start - 1].ends_with(b"=") {
        return Err(Unread::NoOperator);
    }
    // `variable "db_password" {`, and below it a default.
    if name.closed && name.lead(text).trim_ascii_start().starts_with(b"variable ") {
        return Err(Unread::Below);
    }
    if let Some(found) = fallback(text, &name, kind) {
        return Ok(found);
    }
    let (value_at, operator) = operator(text, name.after).ok_or(Unread::NoOperator)?;
    // `.forgot-password:hover`: a class in a style sheet, and its state.
    let selector = text[name.range.start] == b'.' && operator == b":" && value_at == name.after + 1;
    if selector && !matches!(kind, FileKind::Config | FileKind::Dotenv | FileKind::Script) {
        return Err(Unread::NoOperator);
    }
    // `password: str = "x"`: the value of an annotated name stands after its type. Annotations are code, where only literals
    // count; what else has a `=` after it is a value that ends in one, as base64 does.
    if operator == b":"
        && let Some((typed_at, b"=")) = after_type(text, value_at)
        && let Some(found) = literal::wrapped(text, typed_at, kind)
    {
        return literal(&name, found);
    }
    value(text, &name, value_at, operator, kind)
}

fn literal(name: &Name, literal: Literal) -> Result<Assignment, Unread> {
    if literal.value.is_empty() {
        return Err(Unread::NoValue);
    }
    Ok(Assignment::quoted(name, literal.value, literal.written))
}

/// `<password>`, `<password type="x">`, `<ns:password>`.
fn opens_element(text: &[u8], name: &Name, kind: FileKind) -> bool {
    let opens = match name.before {
        Some(b'<') => true,
        Some(b':') => {
            let prefix = text[..name.range.start - 1]
                .iter()
                .rev()
                .take(32)
                .position(|b| !b.is_ascii_alphanumeric());
            prefix.is_some_and(|back| text[name.range.start - 2 - back] == b'<')
        }
        _ => false,
    };
    opens
        && (text.get(name.after) == Some(&b'>')
            || (text.get(name.after) == Some(&b' ') && kind != FileKind::Code))
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
    const OPERATORS: [&[u8]; 16] = [
        b"===", b"==", b"!==", b"!=", b"=>", b":=", b"?=", b"||=", b"||", b"??", b"?:", b"<-",
        b"->", b"+=", b"=", b":",
    ];
    let (from, at) = (at, skip_space(text, declared(text, at)));
    let rest = text.get(at..)?;
    let operator = OPERATORS
        .into_iter()
        .find(|operator| rest.starts_with(operator))?;
    // `password?: string`: a property that may be missing.
    if operator == b"?:" && at == from {
        return None;
    }
    // `::` is a path, `:` before a slash a URL.
    if operator == b":" && matches!(rest.get(1), Some(b':')) {
        return None;
    }
    Some((skip_space(text, at + operator.len()), operator))
}

/// Past what some languages write between a name and its operator: ` As String`, ` { get; set; }`.
fn declared(text: &[u8], at: usize) -> usize {
    let rest = &text[at..text.len().min(at + 64)];
    let rest = &rest[..rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len())];
    let end = if rest.starts_with(b" { get") {
        rest.iter().position(|&b| b == b'}').map(|end| end + 1)
    } else if rest
        .get(..4)
        .is_some_and(|word| word.eq_ignore_ascii_case(b" as "))
    {
        rest.iter().position(|&b| b == b'=')
    } else {
        None
    };
    at + end.unwrap_or(0)
}

fn after_type(text: &[u8], at: usize) -> Option<(usize, &'static [u8])> {
    let len = text[at..]
        .iter()
        .take(64)
        .take_while(|&&b| {
            name::is_name(b) || matches!(b, b'[' | b']' | b'<' | b'>' | b'?' | b'|' | b'&' | b'*')
        })
        .count();
    if len == 0 {
        None
    } else {
        operator(text, at + len)
    }
}

/// `password value`: files in which white space is what assigns, and Docker's `ENV`.
fn spaced(text: &[u8], name: &Name, kind: FileKind) -> Option<Result<Assignment, Unread>> {
    let at = skip_space(text, name.after);
    let begins = name.before.is_none_or(|b| b.is_ascii_whitespace());
    if at == name.after || name.closed || !begins || matches!(text.get(at), Some(b'=' | b':')) {
        return None;
    }
    match kind {
        // Whoever is anonymous says what he likes.
        FileKind::Login if memchr::memmem::find(name.lead(text), b"login anonymous").is_some() => {
            None
        }
        FileKind::Login => match literal::quoted(text, at, kind) {
            Some(found) => Some(literal(name, found)),
            None => Some(bare::until(text, name, at, |b| b.is_ascii_whitespace())),
        },
        FileKind::Script if name.lead(text).trim_ascii() == b"ENV" => {
            Some(bare::line(text, name, at))
        }
        _ => None,
    }
    .map(|found| {
        found.map(|mut found| {
            found.quoted = true;
            found
        })
    })
}

/// What stands in where the name is that of a variable that is asked for: `getenv("PASSWORD") or "x"`.
fn fallback(text: &[u8], name: &Name, kind: FileKind) -> Option<Assignment> {
    if kind != FileKind::Code {
        return None;
    }
    let at = skip_space(text, name.after);
    let rest = text.get(at..)?;
    const ELSE: [&[u8]; 5] = [b"|| ", b"?? ", b"or ", b"?: ", b"unwrap_or("];
    let word = ELSE.into_iter().find(|word| rest.starts_with(word))?;
    let found = literal::wrapped(text, skip_space(text, at + word.len()), kind)?;
    literal(name, found).ok()
}

fn value(
    text: &[u8],
    name: &Name,
    at: usize,
    operator: &[u8],
    kind: FileKind,
) -> Result<Assignment, Unread> {
    let at = if kind == FileKind::Config {
        after_tag(text, at)
    } else {
        at
    };
    if let Some(mut found) = literal::wrapped(text, at, kind) {
        // An attribute.
        if text[found.value.clone()].contains(&b'&') && bare::in_tag(name.lead(text), kind) {
            found.written = Written::Markup;
        }
        return literal(name, found);
    }
    let line = bare::rest(text, at).trim_ascii();
    match line {
        [] | [b'{' | b'['] if operator == b":" => return Err(Unread::Below),
        [] => return Err(Unread::NoValue),
        [b'|' | b'>', rest @ ..] if rest.iter().all(|b| matches!(b, b'+' | b'-' | b'1'..=b'9')) => {
            return Err(Unread::Below);
        }
        [b'"' | b'\'' | b'`', ..] => return Err(Unread::NoLiteral),
        _ => {}
    }
    let close = operator == b"=" && text[at - 1] == b'=' && text.get(name.after) == Some(&b'=');
    if operator == b"=" && matches!(name.before, Some(b';' | b'?' | b'&' | b'\\')) {
        return bare::in_string(text, name, at);
    }
    if close && !name.closed {
        if let Some(quote @ (b'"' | b'\'' | b'`')) = name.before {
            return bare::in_quotes(text, name, at, quote);
        }
        // Not the first assignment of a string.
        if matches!(name.before, Some(b' ' | b','))
            && let Some(quote) = bare::open_quote(name.lead(text))
            && line.contains(&quote)
        {
            return bare::until(text, name, at, |b| {
                b.is_ascii_whitespace()
                    || matches!(b, b'"' | b'\'' | b'`' | b';' | b'&' | b'\\' | b',')
            });
        }
    }
    if !matches!(operator, b"=" | b":" | b"?=" | b":=") {
        return Err(Unread::Expression);
    }
    let found = match kind {
        FileKind::Code => {
            return argument::fallback(text, name, at, kind).ok_or(Unread::Expression);
        }
        FileKind::Markup => return Err(Unread::Expression),
        FileKind::Dotenv if bare::begins_line(text, name) => bare::line(text, name, at),
        _ if operator == b":" && bare::in_flow(name.lead(text)) => {
            bare::until(text, name, at, |b| {
                b.is_ascii_whitespace() || matches!(b, b',' | b'}' | b']' | b'"' | b'\'')
            })
        }
        _ => match bare::alone(text, name, at) {
            Err(Unread::Sentence)
                if close
                    && !matches!(line[0], b'<' | b'[' | b'{' | b'(')
                    && precedes_command(text, name, kind) =>
            {
                bare::until(text, name, at, |b| {
                    b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`')
                })
            }
            // `correct horse battery 9`
            Err(Unread::Sentence)
                if kind == FileKind::Config
                    && bare::begins_line(text, name)
                    && line.last().is_some_and(u8::is_ascii_digit) =>
            {
                bare::line(text, name, at)
            }
            found => found,
        },
    };
    let sure = close && (bare::begins_line(text, name) || is_variable(text, name));
    found.map(|found| Assignment {
        loose: !sure,
        ..found
    })
}

/// Past the anchor or the tag of a YAML value: `&name x`, `!!str x`.
fn after_tag(text: &[u8], at: usize) -> usize {
    let rest = bare::rest(text, at);
    let tagged = matches!(rest, [b'&', ..] | [b'!', b'!', ..]);
    match rest.iter().position(|&b| b == b' ') {
        Some(len) if tagged && len > 1 => skip_space(text, at + len),
        _ => at,
    }
}

fn is_variable(text: &[u8], name: &Name) -> bool {
    text[name.range.clone()]
        .iter()
        .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
}

/// `PASSWORD=x command`, as shells have it, and `-Dpassword=x`: what follows the value is no part of it.
fn precedes_command(text: &[u8], name: &Name, kind: FileKind) -> bool {
    if text[name.range.clone()].starts_with(b"-D") {
        return true;
    }
    // Among settings, only where options show that it is a command.
    let command = || memchr::memmem::find(bare::rest(text, name.range.end), b" -").is_some();
    is_variable(text, name)
        && (kind != FileKind::Config || !name.lead(text).trim_ascii().is_empty() || command())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, kind: FileKind) -> Option<(String, String)> {
        let lower = text.to_ascii_lowercase();
        let at = lower.find("password").or_else(|| lower.find("token"))?;
        let len = if lower[at..].starts_with("password") {
            8
        } else {
            5
        };
        let found = read(text.as_bytes(), &(at..at + len), kind).ok()?;
        Some((text[found.name].to_owned(), text[found.value].to_owned()))
    }

    #[test]
    fn assignments_of_many_shapes() {
        use FileKind::{Code, Config, Dotenv, Markup, Unknown};
        for (text, kind, name, value) in [
            ("password = hunter2x", Config, "password", "hunter2x"),
            (
                "DB_PASSWORD=hun#ter # old",
                Config,
                "DB_PASSWORD",
                "hun#ter",
            ),
            (
                "spring.datasource.password: hunter2x\n",
                Config,
                "spring.datasource.password",
                "hunter2x",
            ),
            (
                "{\"password\": \"hun\\\"ter\"}",
                Config,
                "password",
                "hun\\\"ter",
            ),
            (
                "{user: a, password: hunter2x}",
                Config,
                "password",
                "hunter2x",
            ),
            (
                "String dbPassword = \"hunter2x\";",
                Code,
                "dbPassword",
                "hunter2x",
            ),
            (
                "$db['password'] = 'hunter2x';",
                Code,
                "password",
                "hunter2x",
            ),
            ("password: str = 'hunter2x'", Code, "password", "hunter2x"),
            (":password => 'hunter2x',", Code, "password", "hunter2x"),
            ("setPassword(\"hunter2x\")", Code, "setPassword", "hunter2x"),
            (
                "<password>hunter2x</password>",
                Markup,
                "password",
                "hunter2x",
            ),
            (
                "mysqldump --password=hunter2x db",
                Config,
                "--password",
                "hunter2x",
            ),
            ("tool --token hunter2x --all", Config, "--token", "hunter2x"),
            (
                "\"Server=x;User Id=sa;Password=hunter2x;\"",
                Code,
                "Password",
                "hunter2x",
            ),
            (
                "url = \"jdbc:mysql://h/d?user=a&password=hunter2x\"",
                Code,
                "password",
                "hunter2x",
            ),
            (
                "if (password == \"hunter2x\")",
                Code,
                "password",
                "hunter2x",
            ),
            ("password: UzNj+NDI=", Config, "password", "UzNj+NDI="),
            ("password: UzNj/NDI= # x", Config, "password", "UzNj/NDI="),
            ("password=UzNjNDI=\n", Unknown, "password", "UzNjNDI="),
            (
                "a:\n  password: UzNjNDI=\n  b: c\n",
                Config,
                "password",
                "UzNjNDI=",
            ),
            (
                "DB_PASSWORD=correct horse battery # x\r\n",
                Dotenv,
                "DB_PASSWORD",
                "correct horse battery",
            ),
            (
                "A=b\nexport PASSWORD = it's#mine\n",
                Dotenv,
                "PASSWORD",
                "it's#mine",
            ),
            (
                "OPTS=-Dpassword=hunter2x -Da=b",
                Dotenv,
                "-Dpassword",
                "hunter2x",
            ),
            (
                "s = \"{\\\"password\\\":\\\"hunter2x\\\"}\"",
                Code,
                "password",
                "hunter2x",
            ),
        ] {
            assert_eq!(
                found(text, kind),
                Some((name.to_owned(), value.to_owned())),
                "{text}"
            );
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
            (
                "password = get_password()",
                FileKind::Code,
                Unread::Expression,
            ),
            (
                "password: the one that you chose",
                FileKind::Prose,
                Unread::Sentence,
            ),
        ] {
            assert_eq!(read(text.as_bytes(), &(0..8), kind), Err(why), "{text}");
        }
    }
}
