//! Lines of programs and scripts that state an environment: the header of a block, and assignments.

use super::environment_names::{
    is_ambiguous, is_environment, is_key_of_environment, names_environment, statements_in,
};
use crate::detect::surroundings::key_roles::words;
use crate::finding::Syntax;

/// Words before the name of a class.
const CLASS_WORDS: [&str; 7] = [
    "class",
    "object",
    "struct",
    "module",
    "enum",
    "interface",
    "record",
];
/// Words in the name of a function that gives settings.
const OF_FUNCTIONS: [&str; 7] = ["get", "load", "make", "create", "build", "for", "init"];

/// Whether a line is nothing but an annotation of the declaration after it.
pub(super) fn is_annotation(line: &[u8]) -> bool {
    line.starts_with(b"@") || (line.starts_with(b"[") && line.ends_with(b"]"))
}

/// The name of the environment to which the block of a header belongs. Empty: it states none.
pub(super) fn header(line: &str, syntax: Syntax) -> Vec<&str> {
    let line = line.trim_end();
    // A class of tests.
    if line.contains("TestCase") {
        return Vec::new();
    }
    let condition = condition(line);
    if !condition.is_empty() {
        return condition;
    }
    let one = class_name(line)
        .or_else(|| key_of_block(line))
        .or_else(|| label(line, syntax))
        .or_else(|| function_name(line));
    if let Some(name) = one {
        return vec![name];
    }
    symbols(line, syntax)
}

/// `class ProductionConfig(Config):`
fn class_name(line: &str) -> Option<&str> {
    let mut parts = line.split_whitespace();
    parts
        .by_ref()
        .take(6)
        .find(|word| CLASS_WORDS.contains(word))?;
    let name = identifier_at_start(parts.next()?);
    (names_environment(name, &[]) && starts_with_environment(name)).then_some(name)
}

/// `production: {`, `'prod' => [`, `const staging = Object.freeze({`, `prod := Config{`, `production {`
fn key_of_block(line: &str) -> Option<&str> {
    let open = line.strip_suffix(['{', '[', '('])?.trim_end();
    // A symbol of Ruby.
    let open = open.strip_prefix(':').unwrap_or(open);
    // The signs of an assignment or of a key, the last of which is before the value.
    let operator = open.find(['=', ':']);
    let Some(at) = operator else {
        // `production {` of Groovy
        let name = open.trim_matches(['"', '\'']);
        let is_word =
            identifier_at_start(name) == name && is_environment(&name.to_ascii_lowercase());
        return (is_word && !is_ambiguous(&name.to_ascii_lowercase())).then_some(name);
    };
    if open[at..].starts_with("==") || open[..at].ends_with(['!', '<', '>']) || open.contains('?') {
        return None;
    }
    let name = identifier_at_end(open[..at].trim_end());
    (names_environment(name, &[]) && starts_with_environment(name)).then_some(name)
}

/// The last label of a block of HCL: `resource "aws_db_instance" "prod" {`
fn label(line: &str, syntax: Syntax) -> Option<&str> {
    if syntax != Syntax::Hcl {
        return None;
    }
    let label = line.strip_suffix('{')?.trim_end().strip_suffix('"')?;
    let label = &label[label.rfind('"')? + 1..];
    let words = words(label);
    let states = |word: &String| is_environment(word) && (words.len() == 1 || !is_ambiguous(word));
    words.iter().any(states).then_some(label)
}

/// `def production_settings():`, `static Config getProdConfig() {`
fn function_name(line: &str) -> Option<&str> {
    if !line.ends_with(['{', ':']) {
        return None;
    }
    let name = identifier_at_end(&line[..line.find('(')?]);
    let words = words(name);
    let clear = !words.iter().any(|word| is_ambiguous(word));
    (clear && names_environment(name, &OF_FUNCTIONS)).then_some(name)
}

/// The literals of a condition: `if env == "production":`, `case 'prod':`, `"prod" -> {`, `prod)` of a shell.
fn condition(line: &str) -> Vec<&str> {
    let line = line.trim_start_matches(['}', ' ']);
    let word = identifier_at_start(line);
    let is_condition = match word {
        "case" | "when" => true,
        "if" | "elif" | "elsif" | "elseif" | "else" => {
            let compares = ["==", " = ", " eq ", "quals", " in ", "?"];
            compares.iter().any(|sign| line.contains(sign))
        }
        _ => line.starts_with('"') && (line.contains("\" ->") || line.contains("\" =>")),
    };
    let is_negated = ["!", " not ", " ne ", "<>", "unless", "-ne "];
    if !is_condition || is_negated.iter().any(|sign| line.contains(sign)) {
        return shell_pattern(line);
    }
    let mut found = Vec::new();
    let mut parts = line.split(['"', '\'']);
    let mut before = parts.next().unwrap_or_default();
    while let (Some(literal), Some(after)) = (parts.next(), parts.next()) {
        // `os.environ["STAGE"] ==`, `getenv("STAGE") ==`
        let is_index = before.ends_with('[') || (after.starts_with(')') && after.contains("=="));
        if !is_index && is_environment(&literal.to_ascii_lowercase()) {
            found.push(literal);
        }
        before = after;
    }
    // `if Rails.env.production?`
    if let Some((before, _)) = line.split_once('?')
        && before.contains("env")
    {
        let name = before.rsplit('.').next().unwrap_or_default();
        found.extend(is_environment(name).then_some(name));
    }
    found
}

/// `prod)`, `prod|production)`, `"staging")`
fn shell_pattern(line: &str) -> Vec<&str> {
    let Some(patterns) = line.strip_suffix(')').filter(|text| !text.contains('(')) else {
        return Vec::new();
    };
    let patterns = patterns
        .split('|')
        .map(|name| name.trim().trim_matches(['"', '\'', '*']));
    let patterns: Vec<&str> = patterns.collect();
    match patterns
        .iter()
        .all(|name| is_environment(&name.to_ascii_lowercase()))
    {
        true => patterns,
        false => Vec::new(),
    }
}

/// `configure :production do`
fn symbols(line: &str, syntax: Syntax) -> Vec<&str> {
    let begins = ["configure", "environment", "on ", "if config_env() =="];
    let is_ruby = matches!(syntax, Syntax::Ruby | Syntax::Program | Syntax::Unknown);
    if !is_ruby || !line.ends_with(" do") || !begins.iter().any(|word| line.starts_with(word)) {
        return Vec::new();
    }
    let symbols = line.split(':').skip(1).map(identifier_at_start);
    symbols.filter(|name| is_environment(name)).collect()
}

/// The environment that an assignment of a literal states: `ENV = 'production'`, `"environment" => "prod",`.
pub(super) fn assignment(line: &str) -> Option<&str> {
    let line = line.trim_end_matches([',', ';', ' ', ')', '}']);
    let quote = line
        .chars()
        .next_back()
        .filter(|quote| matches!(quote, '"' | '\'' | '`'))?;
    let line = &line[..line.len() - 1];
    let open = line.rfind(quote)?;
    let value = &line[open + 1..];
    let before = line[..open].trim_end();
    let before = match before
        .strip_suffix("=>")
        .or_else(|| before.strip_suffix(":="))
    {
        Some(before) => before,
        None => before.strip_suffix(['=', ':'])?,
    };
    if before.ends_with(['=', '!', '<', '>', '~']) {
        return None;
    }
    let mut key = before.trim_end();
    // The type of a variable: `ENV: str = …`.
    if let Some((name, kind)) = key.rsplit_once(':')
        && kind.len() <= 16
        && kind.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ')
    {
        key = name.trim_end();
    }
    let key = identifier_at_end(key.trim_end_matches([']', ')']));
    if !is_key_of_environment(key) {
        return None;
    }
    let mut statements = statements_in(value);
    let statement = statements.next().filter(|_| statements.next().is_none())?;
    let is_known = words(statement).iter().any(|word| is_environment(word));
    is_known.then_some(statement)
}

/// Whether `stage` and `test` are at the beginning of a name, if they are in it: `PipelineStageConfig` is of no
/// environment.
fn starts_with_environment(name: &str) -> bool {
    let words = words(name);
    let mut rest = words.iter().skip(1);
    !rest.any(|word| is_ambiguous(word))
}

/// The identifier that a text begins with.
fn identifier_at_start(text: &str) -> &str {
    let text = text.trim_start_matches([':', '"', '\'', '$', '@', '`']);
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-')));
    &text[..end.unwrap_or(text.len())]
}

/// The identifier that a text ends with, within quotes or not.
fn identifier_at_end(text: &str) -> &str {
    let text = text.trim_end_matches(['"', '\'', '`', ' ']);
    let start = text.rfind(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-')));
    &text[start.map_or(0, |at| {
        at + text[at..].chars().next().map_or(1, char::len_utf8)
    })..]
}
