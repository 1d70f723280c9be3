//! Throughput of the engine with all built-in rules, in bytes a second, on one thread.
//!
//! The texts are generated, the same at every run: code, which most bytes of a repository are;
//! configuration, in which every line is an assignment to judge; and prose full of anchors, in
//! which every rule looks and none finds, which is the worst that a text can do short of secrets.

use divan::Bencher;
use divan::counter::BytesCount;
use keyferry::detect::classifier::{AssignmentSite, CredentialScore, features};
use keyferry::detect::compile::Matcher;
use keyferry::detect::engine::{Engine, Text};
use keyferry::detect::file_kind::FileKind;
use keyferry::detect::library::Library;

const SIZE: usize = 1 << 20;

fn main() {
    divan::main();
}

/// Numbers that look random (a linear congruential generator, with Knuth's constants).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }

    fn letters(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| char::from(b"abcdefghijkmnpqrstuvwxyz23456789"[self.below(32)]))
            .collect()
    }
}

fn engine() -> Engine {
    Engine::new(
        Library::builtin()
            .compile(false)
            .expect("the built-in rules compile"),
        0,
    )
}

fn filled(mut line: impl FnMut() -> String) -> String {
    let mut text = String::with_capacity(SIZE + 256);
    while text.len() < SIZE {
        text.push_str(&line());
        text.push('\n');
    }
    text
}

fn code() -> String {
    const NOUNS: [&str; 12] = [
        "order", "buffer", "index", "monkey", "database", "author", "keyboard", "path", "entry",
        "count", "base", "line",
    ];
    const VERBS: [&str; 8] = [
        "read", "write", "parse", "merge", "bypass", "compare", "open", "sort",
    ];
    let mut numbers = Numbers(1);
    filled(|| {
        let (verb, noun, other) = (numbers.of(&VERBS), numbers.of(&NOUNS), numbers.of(&NOUNS));
        match numbers.below(5) {
            0 => format!("fn {verb}_{noun}(&mut self, {other}: usize) -> Result<(), Error> {{"),
            1 => format!(
                "    let {noun} = self.{verb}({other}, {})?;",
                numbers.below(1000)
            ),
            2 => format!(
                "    if {noun}.len() > {} && !{other}.is_empty() {{",
                numbers.below(100)
            ),
            3 => format!("    // The {noun} is {verb} once for each {other}."),
            _ => "    }".to_owned(),
        }
    })
}

fn configuration() -> String {
    const NAMES: [&str; 8] = [
        "db_password",
        "api_key",
        "auth_token",
        "client_secret",
        "host",
        "timeout",
        "user",
        "pass",
    ];
    let mut numbers = Numbers(2);
    filled(|| {
        let name = numbers.of(&NAMES);
        match numbers.below(4) {
            0 => format!(
                "service.{}.{name}=${{{}}}",
                numbers.below(1000),
                name.to_uppercase()
            ),
            1 => format!("  {name}: changeme"),
            2 => format!("{name} = {}", numbers.below(100_000)),
            _ => {
                let length = 12 + numbers.below(20);
                format!("{name} = \"{}\"", numbers.letters(length))
            }
        }
    })
}

fn anchors() -> String {
    let rules = Library::builtin()
        .compile(false)
        .expect("the built-in rules compile");
    let patterns = rules.iter().filter_map(|rule| match &rule.matcher {
        Matcher::Pattern(pattern) => Some(pattern),
        Matcher::Names(_)
        | Matcher::Lines(_)
        | Matcher::Kubernetes(_)
        | Matcher::Object { .. }
        | Matcher::WebKey(_)
        | Matcher::Store(_) => None,
    });
    let anchors: Vec<&str> = patterns
        .flat_map(|pattern| &pattern.anchors)
        .map(String::as_str)
        .collect();
    let mut numbers = Numbers(3);
    filled(|| {
        let (one, other) = (numbers.of(&anchors), numbers.of(&anchors));
        format!("What begins with {one} is told apart from {other} by the words around it.")
    })
}

fn scan(bencher: Bencher, text: String, kind: FileKind) {
    let engine = engine();
    let text = Text::new(text.as_bytes(), kind);
    // Expressions compile when they are first needed: that is not measured here.
    engine.scan(text);
    bencher
        .counter(BytesCount::new(text.bytes.len()))
        .bench_local(|| engine.scan(divan::black_box(text)));
}

#[divan::bench]
fn code_without_secrets(bencher: Bencher) {
    scan(bencher, code(), FileKind::Code);
}

#[divan::bench]
fn configuration_with_many_assignments(bencher: Bencher) {
    scan(bencher, configuration(), FileKind::Config);
}

#[divan::bench]
fn prose_with_anchors_of_all_rules(bencher: Bencher) {
    scan(bencher, anchors(), FileKind::Prose);
}

/// The cost of one candidate that no filter rejects.
#[divan::bench]
fn a_candidate_weighed(bencher: Bencher) {
    let text =
        b"services:\n  orders: { user: app, db_password: \"Winter2024!\", host: db.internal } # of the old cluster\n";
    let at = |part: &[u8]| {
        let start = text
            .windows(part.len())
            .position(|window| window == part)
            .expect("a part of the text");
        start..start + part.len()
    };
    let (name, range) = (at(b"db_password"), at(b"Winter2024!"));
    bencher.bench(|| {
        let (name, range) = (name.clone(), range.clone());
        let value = &text[range.clone()];
        let site = AssignmentSite {
            text,
            name,
            range,
            value,
            quoted: true,
            kind: FileKind::Config,
        };
        CredentialScore::of(&features::of(divan::black_box(&site)))
    });
}
