//! Tokens behind escapes: what every rule finds at the beginning of a text, it finds behind an escape.

use std::sync::LazyLock;

use super::values_in;
use crate::detect::compile::{Matcher, Rule};
use crate::detect::engine::{Engine, Text};
use crate::detect::example::expand;
use crate::detect::file_kind::FileKind;
use crate::detect::library::Library;
use crate::finding::Certainty;

static LIBRARY: LazyLock<Library> = LazyLock::new(Library::builtin);

/// Escapes that end in a letter or a digit.
const ESCAPES: [&str; 10] = [
    "\\n",
    "\\t",
    "\\\\n",
    "\\u0022",
    "\\u003D",
    "\\x3d",
    "%20",
    "%3D",
    "\u{1b}[32m",
    "\\x1b[0;31m",
];

/// The values that an engine finds, as text.
fn values(engine: &Engine, text: &str) -> Vec<String> {
    values_in(engine, Text::plain(text.as_bytes(), FileKind::Config))
}

#[test]
fn a_token_is_found_behind_every_escape() {
    let mut missed = Vec::new();
    let mut tried = 0;
    for (file, spec) in LIBRARY.specs() {
        let rule = Rule::compile(spec, &file.provider, true).unwrap();
        let is_line = matches!(&rule.matcher, Matcher::Pattern(pattern) if pattern.reach == 0 && !pattern.by_keyword);
        let is_uri = spec
            .pattern
            .as_deref()
            .is_some_and(|pattern| pattern.contains("<scheme>"));
        if !is_line || spec.chosen || is_uri {
            continue;
        }
        let alone = Engine::new(vec![rule], 0);
        for template in &spec.examples {
            let token = expand(template).unwrap();
            if values(&alone, &token) != [token.clone()] {
                continue;
            }
            tried += 1;
            for escape in ESCAPES {
                let found = values(&alone, &format!("log: done{escape}{token} x"));
                if found != [token.clone()] {
                    missed.push(format!("{} behind {escape:?}: {found:?}", spec.id));
                }
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
    assert!(tried > 200, "{tried}");
}

#[test]
fn a_token_in_a_longer_word_needs_an_underscore_or_a_checksum() {
    let engine = Engine::new(LIBRARY.compile(false).unwrap(), 0);
    let checked = expand("<<github ghp_>>").unwrap();
    let plain = expand("sk_<<>>live_<<alnum 99>>").unwrap();
    assert_eq!(
        values(&engine, &format!("backup_{checked}.tar")),
        std::slice::from_ref(&checked)
    );
    assert_eq!(values(&engine, &format!("backup{checked}.tar")), [checked]);
    assert_eq!(
        values(&engine, &format!("my_{plain}")),
        std::slice::from_ref(&plain)
    );
    assert!(values(&engine, &format!("my{plain}")).is_empty());
    let unchecked = expand("ghp<<>>_<<alnum 36>>").unwrap();
    assert!(values(&engine, &format!("backup{unchecked}")).is_empty());
    // The letter of an escape is no part of a token.
    let key = expand("<<hex 32>>-us<<>>7").unwrap();
    assert_eq!(
        values(&engine, &format!("{{\"log\": \"x%20{key}\"}}")),
        [key]
    );
}

#[test]
fn a_token_before_an_escape_of_unknown_meaning_is_doubtful() {
    let mut missed = Vec::new();
    let engine = Engine::new(LIBRARY.compile(false).unwrap(), 0);
    for template in [
        "<<github ghp_>>",
        "glpat<<>>-<<alnum 20>>",
        "figd_<<alnum 40>>",
    ] {
        let token = expand(template).unwrap();
        for escape in ["\\i", "\\w", "\\é"] {
            let text = format!("log: \"{token}{escape} x\"");
            let found = engine.scan(Text::plain(text.as_bytes(), FileKind::Config));
            let is_kept = found.matches.iter().any(|found| {
                found.value.expose().starts_with(token.as_bytes())
                    && found.certainty != Certainty::Exact
            });
            if !is_kept {
                missed.push(text);
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}
