//! A matrix of tokens and contexts: what a rule describes is found, exactly, in every place in which a token is written.

use std::sync::LazyLock;

use super::values_in;
use crate::detect::compile::{Matcher, Rule};
use crate::detect::engine::{Engine, Text};
use crate::detect::example::expand;
use crate::detect::library::Library;
use crate::detect::rule::RuleSpec;
use crate::finding::Syntax;

static LIBRARY: LazyLock<Library> = LazyLock::new(Library::builtin);

/// The contexts of a token whose shape alone shows its service.
const ALONE: [(&str, Syntax, &str); 9] = [
    ("setting", Syntax::Dotenv, "ORDERS_X=VALUE\n"),
    ("JSON", Syntax::Json, "{\n  \"x\": \"VALUE\"\n}\n"),
    ("YAML", Syntax::Yaml, "orders:\n  x: VALUE\n"),
    ("literal", Syntax::Python, "x = \"VALUE\"\n"),
    (
        "URL",
        Syntax::Prose,
        "see https://api.example.net/v1/orders?x=VALUE&page=2 for more\n",
    ),
    (
        "header",
        Syntax::Unknown,
        "GET /orders HTTP/1.1\nX-Orders: VALUE\n",
    ),
    (
        "JSON within a log",
        Syntax::Unknown,
        "{\"log\":\"{\\\"x\\\":\\\"VALUE\\\"}\\n\",\"stream\":\"stdout\"}\n",
    ),
    (
        "line of a log",
        Syntax::Unknown,
        "{\"log\":\"start\\nVALUE\\nend\"}\n",
    ),
    (
        "end of a sentence",
        Syntax::Prose,
        "The old one was VALUE.\n",
    ),
];

/// The contexts of a value beside the name of its service.
const NAMED: [(&str, Syntax, &str); 7] = [
    ("setting", Syntax::Dotenv, "NAME=VALUE\n"),
    ("JSON", Syntax::Json, "{\n  \"NAME\": \"VALUE\"\n}\n"),
    ("YAML", Syntax::Yaml, "orders:\n  NAME: VALUE\n"),
    ("literal", Syntax::Python, "NAME = \"VALUE\"\n"),
    (
        "URL",
        Syntax::Prose,
        "see https://api.example.net/v1/orders?NAME=VALUE&page=2 for more\n",
    ),
    (
        "header",
        Syntax::Unknown,
        "GET /orders HTTP/1.1\nNAME: VALUE\n",
    ),
    (
        "JSON within a log",
        Syntax::Unknown,
        "{\"log\":\"{\\\"NAME\\\":\\\"VALUE\\\"}\\n\",\"stream\":\"stdout\"}\n",
    ),
];

/// The values that an engine finds, as text.
fn values(engine: &Engine, text: &str, syntax: Syntax) -> Vec<String> {
    values_in(engine, Text::plain(text.as_bytes(), syntax))
}

/// The values of the examples of a rule, and the rule alone.
fn values_of_examples(spec: &RuleSpec, provider: &str) -> (Engine, Vec<String>) {
    let alone = Engine::new(vec![Rule::compile(spec, provider, true).unwrap()], 0);
    let values = spec
        .examples
        .iter()
        .filter_map(|example| values(&alone, &expand(example).unwrap(), Syntax::Unknown).pop())
        .collect();
    (alone, values)
}

/// Whether a value may be written in a context without an escape.
fn may_be_written(value: &str, context: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    match context {
        "URL" => value.bytes().all(is_plain),
        "YAML" => value
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"#{}[]&*!|>%@`\"'\\,".contains(&byte)),
        "setting" => value
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"#$`\"'\\".contains(&byte)),
        "end of a sentence" => value.ends_with(|last: char| last.is_ascii_alphanumeric()),
        _ => value
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"\"'\\".contains(&byte)),
    }
}

/// Why a value is not found exactly in a context.
fn fault(engine: &Engine, text: &str, syntax: Syntax, value: &str) -> Option<String> {
    let found = values(engine, text, syntax);
    (found
        .iter()
        .filter(|other| other.contains(value) || value.contains(other.as_str()))
        .ne([value]))
    .then(|| format!("{found:?}"))
}

#[test]
fn tokens_are_found_in_every_context() {
    let engine = Engine::new(LIBRARY.compile(false).unwrap(), 0);
    let mut faults = Vec::new();
    let mut tried = 0;
    for (file, spec) in LIBRARY.specs() {
        let (alone, values_found) = values_of_examples(spec, &file.provider);
        let rule = Rule::compile(spec, &file.provider, true).unwrap();
        let is_token = matches!(&rule.matcher, Matcher::Pattern(pattern) if pattern.reach == 0 && !pattern.by_keyword);
        if !is_token || spec.chosen {
            continue;
        }
        for value in values_found {
            let quoted = format!("x = \"{value}\"\n");
            if value.contains(char::is_whitespace)
                || values(&alone, &quoted, Syntax::Python) != [value.as_str()]
            {
                continue;
            }
            tried += 1;
            for (context, syntax, form) in ALONE {
                if may_be_written(&value, context) {
                    let fault = fault(&engine, &form.replace("VALUE", &value), syntax, &value);
                    faults.extend(
                        fault.map(|fault| format!("{} {context}: {value} {fault}", spec.id)),
                    );
                }
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(tried > 600, "{tried}");
}

#[test]
fn values_beside_the_name_of_their_service_are_found_in_every_context() {
    let engine = Engine::new(LIBRARY.compile(false).unwrap(), 0);
    let mut faults = Vec::new();
    let mut tried = 0;
    for (file, spec) in LIBRARY.specs() {
        let Some(keyword) = spec.keywords.first() else {
            continue;
        };
        let name = match spec.followed_by.first() {
            Some(word) => format!("{keyword}_{word}"),
            None => format!("{keyword}_key"),
        };
        for value in values_of_examples(spec, &file.provider).1 {
            tried += 1;
            for (context, syntax, form) in NAMED {
                if may_be_written(&value, context) {
                    let text = form.replace("NAME", &name).replace("VALUE", &value);
                    let fault = fault(&engine, &text, syntax, &value);
                    faults.extend(
                        fault.map(|fault| format!("{} {context}: {name} {value} {fault}", spec.id)),
                    );
                }
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(tried > 1000, "{tried}");
}
