//! Reads the assignment around a word: tries each syntax that the kind of file allows, in order.

use std::ops::Range;

use super::line_bytes::{rest_of_line, skip_space};
use super::name::Name;
use super::name_suffix::Suffix;
use super::no_assignment::NoAssignment;
use super::operator::{after_type, operator};
use super::parsed_assignment::Assignment;
use super::value_site::{Notation, ValueSite};
use super::{
    bare_value as bare, call_argument as argument, markup, name_value, sql_insert,
    string_literal as literal, template_default, value_list,
};
use crate::detect::file_kind::FileKind;

/// Reads the assignment to the name that ends in the word, if there is one on its line.
///
/// # Errors
/// The line has no assignment to such a name; the reason is returned.
pub fn read_assignment(
    text: &[u8],
    word: &Range<usize>,
    kind: FileKind,
) -> Result<Assignment, NoAssignment> {
    if let Some(at) = argument::method(text, word.end) {
        let name = Name::around(&text[..word.end], word)?;
        return argument::call(text, &name, at, b')', kind);
    }
    let name = Name::around(text, word)?;
    if name.suffix == Some(Suffix::Plural) {
        return Err(match value_list::may_follow(text, &name, kind) {
            true => NoAssignment::Below,
            false => NoAssignment::NameGoesOn,
        });
    }
    if let Some(found) = bare::default(text, &name).or_else(|| argument::option(text, &name, kind))
    {
        return found;
    }
    let next = text.get(name.after);
    if !name.closed && opens_element(text, &name, kind) {
        return markup::element(text, &name, kind);
    }
    if let Some(found) = name_value::named(text, &name, kind) {
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
    // `$(password)`: a use of a variable.
    if name.closed
        && name.before == Some(b'(')
        && name.range.start >= 2
        && text[name.range.start - 2] == b'$'
    {
        return Err(NoAssignment::NoOperator);
    }
    // `type="password" …`: the value of an attribute.
    if name.closed && name.range.start >= 2 && text[..name.range.start - 1].ends_with(b"=") {
        return Err(NoAssignment::NoOperator);
    }
    // `variable "db_password" {`, and below it a default.
    if name.closed && name.lead(text).trim_ascii_start().starts_with(b"variable ") {
        return Err(NoAssignment::Below);
    }
    if let Some(found) = fallback(text, &name, kind) {
        return Ok(found);
    }
    let Some((value_at, operator)) = operator(text, name.after) else {
        let is_column = kind == FileKind::Script && sql_insert::is_column(text, &name);
        return Err(match is_column {
            true => NoAssignment::Column,
            false => NoAssignment::NoOperator,
        });
    };
    // `.forgot-password:hover`: a class in a style sheet, and its state.
    let selector = text[name.range.start] == b'.' && operator == b":" && value_at == name.after + 1;
    if selector && !matches!(kind, FileKind::Config | FileKind::Dotenv | FileKind::Script) {
        return Err(NoAssignment::NoOperator);
    }
    // `password: str = "x"`: the value of an annotated name follows its type. Annotations occur in
    // code, where only literals count. In other files a value may end in `=`, as base64 does.
    if operator == b":"
        && let Some((typed_at, b"=")) = after_type(text, value_at)
    {
        if let Some(found) = literal::wrapped(text, typed_at, kind) {
            return Assignment::of_literal(&name, found);
        }
        if kind == FileKind::Code && opens(rest_of_line(text, typed_at).trim_ascii(), kind) {
            return Err(NoAssignment::Open(typed_at));
        }
    }
    value(text, &name, value_at, operator, kind)
}

/// Whether the name is that of an element: `<password>`, `<password type="x">`, `<ns:password>`.
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

/// Reads `password value`, in files whose operator is white space, and in Docker's `ENV`.
fn spaced(text: &[u8], name: &Name, kind: FileKind) -> Option<Result<Assignment, NoAssignment>> {
    let at = skip_space(text, name.after);
    let begins = name.before.is_none_or(|b| b.is_ascii_whitespace());
    if at == name.after || name.closed || !begins || matches!(text.get(at), Some(b'=' | b':')) {
        return None;
    }
    if is_magic(name.lead(text)) {
        return Some(bare::magic(text, name, at));
    }
    match kind {
        // The password of an anonymous login is no secret.
        FileKind::Login if memchr::memmem::find(name.lead(text), b"login anonymous").is_some() => {
            None
        }
        FileKind::Login => match literal::quoted(text, at, kind) {
            Some(found) => Some(Assignment::of_literal(name, found)),
            None => Some(bare::until(text, name, at, |b| b.is_ascii_whitespace())),
        },
        FileKind::Script if name.lead(text).trim_ascii() == b"ENV" => {
            Some(bare::line(text, name, at))
        }
        // Commands and directives that set a variable.
        FileKind::Script | FileKind::Config | FileKind::Unknown if is_set(name.lead(text)) => {
            Some(match literal::quoted(text, at, kind) {
                Some(found) => Assignment::of_literal(name, found),
                None => bare::until(text, name, at, |b| b.is_ascii_whitespace()).map(|found| {
                    Assignment {
                        site: ValueSite::Word(at),
                        ..found
                    }
                }),
            })
        }
        // A directive and its value, alone on their line.
        FileKind::Config if is_directive(name.lead(text)) => {
            let line = rest_of_line(text, at).trim_ascii();
            let value = line.strip_suffix(b";").unwrap_or(line);
            let is_word = !value.is_empty() && !value.iter().any(|b| b.is_ascii_whitespace());
            let is_plain =
                !value.starts_with(b"-") && !value.iter().any(|b| b"\"'`=:,(){}[]<>$".contains(b));
            (is_word && is_plain).then(|| {
                let site = ValueSite::Part;
                let found = Assignment::bare(name, at..at + value.len(), site);
                Ok(Assignment {
                    is_item: true,
                    ..found
                })
            })
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

/// Commands and directives that set a variable: those of Windows, Apache, nginx, csh and nmake, of Heroku and Jetty.
const SETTERS: [&[u8]; 10] = [
    b"setx",
    b"setx /m",
    b"setenv",
    b"passenv",
    b"fastcgi_param",
    b"uwsgi_param",
    b"proxy_set_header",
    b"add_header",
    b"requestheader set",
    b"set -gx",
];

/// Whether only a few words are before the name on its line: `enable secret`.
fn is_directive(lead: &[u8]) -> bool {
    let lead = lead.trim_ascii();
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'_' | b'-' | b'.');
    lead.first().is_none_or(u8::is_ascii_alphabetic)
        && lead.iter().all(is_word)
        && lead.iter().filter(|&&b| b == b' ').count() < 4
}

/// Whether a command of IPython that sets a variable is right before the name: in a cell, in a literal of a notebook, or
/// in a comment of a program that is one.
fn is_magic(lead: &[u8]) -> bool {
    let lead = lead.trim_ascii_end();
    let command = [b"%env".as_slice(), b"%set_env"]
        .into_iter()
        .find_map(|command| lead.strip_suffix(command));
    command.is_some_and(|before| {
        before.ends_with(b"\\n")
            || before
                .last()
                .is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\''))
    })
}

/// Whether nothing but a command that sets a variable is before the name on its line.
fn is_set(lead: &[u8]) -> bool {
    let lead = lead.trim_ascii();
    SETTERS
        .iter()
        .any(|setter| lead.eq_ignore_ascii_case(setter))
}

/// Reads the fallback for a variable whose name is the argument: `getenv("PASSWORD") or "x"`.
fn fallback(text: &[u8], name: &Name, kind: FileKind) -> Option<Assignment> {
    let at = skip_space(text, name.after);
    let rest = text.get(at..)?;
    // Every operator and every word below begins with one of these bytes.
    if !matches!(
        rest.first(),
        Some(b'|' | b'?' | b'{' | b'.' | b'd' | b'e' | b'o' | b'u')
    ) {
        return None;
    }
    // `{{ .Values.password | default "x" }}`
    const FILTERS: [&[u8]; 4] = [b"| default ", b"| default(", b"|default(", b"| d("];
    if let Some(filter) = FILTERS.into_iter().find(|filter| rest.starts_with(filter)) {
        let found = literal::quoted(text, at + filter.len(), FileKind::Prose)?;
        let site = ValueSite::Part;
        return Some(Assignment::quoted(name, found.value, Notation::Plain, site));
    }
    if kind != FileKind::Code {
        return None;
    }
    const ELSE: [&[u8]; 14] = [
        b"|| ",
        b"?? ",
        b"or ",
        b"?: ",
        b"else ",
        b"{ ",
        b"do ",
        b"unwrap_or(",
        b".unwrap_or(",
        b".unwrap_or_else(|_| ",
        b".orElse(",
        b".getOrElse(",
        b".or_else(",
        b".withDefault(",
    ];
    let word = ELSE.into_iter().find(|word| rest.starts_with(word))?;
    // A sentence: `one of 'host', 'password' or 'path'`.
    if matches!(text[..at].trim_ascii_end().last(), Some(b'"' | b'\'')) {
        return None;
    }
    let found = literal::wrapped(text, skip_space(text, at + word.len()), kind)?;
    // A block in which the literal is alone.
    if word == b"{ " && text.get(skip_space(text, found.end)) != Some(&b'}') {
        return None;
    }
    Assignment::of_literal(name, found).ok()
}

/// Reads the value behind an operator.
fn value(
    text: &[u8],
    name: &Name,
    at: usize,
    operator: &[u8],
    kind: FileKind,
) -> Result<Assignment, NoAssignment> {
    let at = if kind == FileKind::Config {
        after_tag(text, at)
    } else {
        at
    };
    if let Some(found) = template_default::default_of(rest_of_line(text, at)) {
        let found = at + found.start..at + found.end;
        let site = ValueSite::Part;
        return Ok(Assignment::quoted(name, found, Notation::Plain, site));
    }
    if let Some(mut found) = literal::wrapped(text, at, kind) {
        // An attribute.
        if text[found.value.clone()].contains(&b'&') && bare::in_tag(name.lead(text), kind) {
            found = markup::of_attribute(found);
        }
        return Assignment::of_literal(name, found);
    }
    let line = rest_of_line(text, at).trim_ascii();
    if matches!(operator, b"=" | b":" | b"=>" | b":=") {
        if let Some(length) = value_list::opening(line, kind)
            && (matches!(line[length..].trim_ascii(), [] | [b'"' | b'\'', ..])
                || (kind == FileKind::Config && line.ends_with(b"]")))
        {
            return Err(NoAssignment::Below);
        }
        if line.starts_with(b"{")
            && let Some(found) = name_value::in_object(text, name, at + 1, kind)
        {
            return found;
        }
    }
    if opens(line, kind) {
        return Err(NoAssignment::Open(at));
    }
    match line {
        [] if operator == b":" => return Err(NoAssignment::Below),
        [b'{' | b'['] if matches!(operator, b":" | b"=>") => return Err(NoAssignment::Below),
        [] => return Err(NoAssignment::NoValue),
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
    // `"password: value"`
    if operator == b":"
        && !name.closed
        && matches!(kind, FileKind::Code | FileKind::Script)
        && let Some(quote @ (b'"' | b'\'')) = name.before
        // An expression of sed, or markup.
        && !line.starts_with(b"\\")
        && !line.starts_with(b"&")
    {
        return bare::in_quotes(text, name, at, quote);
    }
    if !matches!(operator, b"=" | b":" | b"?=" | b":=") {
        return Err(NoAssignment::Expression);
    }
    if kind == FileKind::Script
        && let Some(found) = argument::fallback(text, name, at, kind)
    {
        return Ok(found);
    }
    let found = match kind {
        FileKind::Code => {
            return argument::fallback(text, name, at, kind).ok_or(NoAssignment::Expression);
        }
        FileKind::Markup => return Err(NoAssignment::Expression),
        FileKind::Dotenv if bare::begins_line(text, name) => bare::line(text, name, at),
        _ if operator == b":" && bare::in_flow(name.lead(text)) => {
            bare::in_flow_mapping(text, name, at)
        }
        _ => match bare::alone(text, name, at) {
            Err(NoAssignment::Sentence)
                if close
                    && !matches!(line[0], b'<' | b'[' | b'{' | b'(')
                    && !line.starts_with(b"$(")
                    && precedes_command(text, name, kind) =>
            {
                let found = bare::until(text, name, at, |b| {
                    b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`')
                });
                found.map(|found| Assignment {
                    site: ValueSite::Word(at),
                    ..found
                })
            }
            // `correct horse battery 9`
            Err(NoAssignment::Sentence)
                if kind == FileKind::Config
                    && bare::begins_line(text, name)
                    && line.last().is_some_and(u8::is_ascii_digit) =>
            {
                bare::line(text, name, at)
            }
            // The reader of the file knows where the value ends.
            Err(NoAssignment::Sentence)
                if bare::begins_line(text, name)
                    && (kind == FileKind::Config || kind == FileKind::Script && close)
                    && !bare::is_sentence(line) =>
            {
                // Only the text shows whether the line is in another text, which may have a syntax of its own.
                return bare::line(text, name, at).map(|found| Assignment {
                    loose: true,
                    needs_text: true,
                    ..found
                });
            }
            found => found,
        },
    };
    let begins_line = bare::begins_line(text, name);
    let sure = close && (begins_line || is_variable(text, name));
    // One of several assignments on a line is a part of a value that begins before it, except in a command.
    let is_part = !begins_line && kind == FileKind::Config && !bare::in_flow(name.lead(text));
    found.map(|found| Assignment {
        loose: !sure,
        site: if is_part { ValueSite::Part } else { found.site },
        ..found
    })
}

/// Whether a value that begins like this needs the whole text: it goes on in the next line, or the line does not show
/// where it ends. `line` is the rest of the line.
fn opens(line: &[u8], kind: FileKind) -> bool {
    match line {
        [b'"' | b'\'' | b'`', ..] => true,
        // Literals behind a word that is longer than a prefix.
        _ if line.starts_with(b"String.raw`") || line.starts_with(b"concat!(") => {
            kind == FileKind::Code
        }
        // The blocks of YAML.
        [b'|' | b'>', rest @ ..] => {
            let indicators = rest
                .split(|&b| b == b'#')
                .next()
                .unwrap_or(rest)
                .trim_ascii_end();
            indicators
                .iter()
                .all(|b| matches!(b, b'+' | b'-' | b'1'..=b'9'))
        }
        // Literals in brackets.
        [b'(', rest @ ..] => {
            let rest = rest.trim_ascii_start();
            kind == FileKind::Code && matches!(rest, [] | [b'"' | b'\'' | b'#', ..])
        }
        // Here-strings of PowerShell, `$'…'` of shells.
        [b'@' | b'$', b'"' | b'\'', ..] => true,
        // `%q(…)` of Ruby, `qq{…}` of Perl, `[[…]]` of Lua.
        [b'%', b'q' | b'Q' | b'(' | b'{', ..]
        | [b'q', b'q' | b'{' | b'(' | b'[' | b'<' | b'|' | b'!', ..]
        | [b'[', b'[' | b'=', ..] => kind == FileKind::Code,
        [b'<', b'<', rest @ ..] => {
            let rest = rest.strip_prefix(b"<").unwrap_or(rest);
            let rest = rest.strip_prefix(b"-").unwrap_or(rest);
            let word = rest.strip_prefix(b"~").unwrap_or(rest);
            matches!(kind, FileKind::Code | FileKind::Script)
                && word
                    .first()
                    .is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'"' | b'\''))
        }
        // `r#"…"#`, `$@"…"`, `u8"…"`.
        _ => {
            let is_prefix = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'@' | b'$' | b'#');
            let prefix = line.iter().take(4).take_while(is_prefix).count();
            matches!(kind, FileKind::Code | FileKind::Script)
                && prefix > 0
                && matches!(line.get(prefix), Some(b'"' | b'\''))
        }
    }
}

/// The offset behind the anchor or the tag of a YAML value: `&name x`, `!!str x`.
fn after_tag(text: &[u8], at: usize) -> usize {
    let rest = rest_of_line(text, at);
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

/// Whether a command or an option follows the value and is no part of it: `PASSWORD=x command`, as
/// in shells, and `-Dpassword=x`.
fn precedes_command(text: &[u8], name: &Name, kind: FileKind) -> bool {
    if text[name.range.clone()].starts_with(b"-D") {
        return true;
    }
    // In a file of settings, only options show that the line is a command.
    let command = || memchr::memmem::find(rest_of_line(text, name.range.end), b" -").is_some();
    is_variable(text, name)
        && (kind != FileKind::Config || !name.lead(text).trim_ascii().is_empty() || command())
}

#[cfg(test)]
mod tests;
