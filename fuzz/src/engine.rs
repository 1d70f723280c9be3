//! Texts of rule examples, slightly damaged, between any bytes. The matches of a text are also
//! found when its lines are searched apart, and when it is searched as a delta of another text.

use std::sync::{Arc, LazyLock};

use keyferry::detect::engine::{Engine, LineCandidates, Match, Text, TextMatches};
use keyferry::detect::example::expand;
use keyferry::detect::library::Library;
use keyferry::detect::seen_runs::SeenRuns;
use keyferry::finding::Syntax;
use keyferry::scan::fuzzing::scan_on;
use keyferry::source::git::pack::fuzzing::apply;

use crate::input::Input;
use crate::repository::Splice;

static LIBRARY: LazyLock<Library> = LazyLock::new(Library::builtin);
static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::new(LIBRARY.compile(false).expect("they compile"), 0));
static SEEN: LazyLock<SeenRuns> = LazyLock::new(SeenRuns::default);
static TEMPLATES: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let texts = LIBRARY
        .specs()
        .flat_map(|(_, spec)| spec.examples.iter().chain(&spec.negatives));
    texts.map(String::as_str).collect()
});

const SYNTAXES: &[Syntax] = Syntax::ALL;

const BETWEEN: [&str; 24] = [
    "\n",
    "\r\n",
    "\n\n",
    " ",
    "\"",
    "'",
    ";",
    ",",
    "=",
    ": ",
    "/",
    "x",
    "_",
    "-",
    "\\n",
    "}{",
    "<",
    ">",
    "\r",
    "\t",
    "password=",
    "secret: \"",
    "-----BEGIN ",
    "\0",
];

/// Texts grow no longer: enough for lines of more than one window.
const LONGEST: usize = 12_000;

fn example(input: &mut Input) -> Vec<u8> {
    let template = TEMPLATES[input.below(TEMPLATES.len())];
    let head = format!("{} ", input.byte() % 4);
    let mut text = expand(&format!("{head}{template}"))
        .expect("it is a rule's")
        .into_bytes()
        .split_off(head.len());
    let at = input.below(text.len() + 1);
    match input.below(12) {
        0 => text.truncate(at),
        1 => drop(text.drain(..at)),
        2 if at < text.len() => drop(text.remove(at)),
        3 if at < text.len() => text[at] = input.byte(),
        4 => text.insert(at, input.byte()),
        5 => text.make_ascii_uppercase(),
        6 => text.make_ascii_lowercase(),
        7 => text.insert(at, b'\n'),
        _ => {}
    }
    text
}

fn text(input: &mut Input) -> Vec<u8> {
    let mut text = Vec::new();
    while !input.is_empty() && text.len() < LONGEST {
        match input.below(8) {
            0..=2 => text.extend(example(input)),
            3 | 4 => text.extend(BETWEEN[input.below(BETWEEN.len())].as_bytes()),
            5 => text.extend(input.some()),
            6 => {
                let count = input.below(10_000);
                text.resize(text.len() + count, b" a0=.-_A/\"\n\0"[input.below(12)]);
            }
            _ => {
                let from = input.below(text.len() + 1);
                let to = from + input.below(text.len() - from + 1);
                text.extend_from_within(from..to);
            }
        }
    }
    text.truncate(LONGEST);
    text
}

/// Everything that a match says.
#[expect(
    clippy::disallowed_methods,
    reason = "values are made up, and compared"
)]
fn said(found: &Match) -> impl PartialEq + std::fmt::Debug + use<> {
    (
        (
            found.rule,
            found.range.clone(),
            found.value.expose().to_vec(),
            found.decoding.clone(),
            found.kind,
        ),
        (
            found.confidence,
            found.proof,
            found.expired,
            found.shown,
            Arc::clone(&found.context),
        ),
    )
}

fn same(got: &TextMatches, expected: &TextMatches, how: &str, text: &[u8]) {
    let all = |scanned: &TextMatches| scanned.matches.iter().map(said).collect::<Vec<_>>();
    assert_eq!(all(got), all(expected), "{how}: {}", text.escape_ascii());
}

/// Checks that all ways to search a text agree.
pub fn run(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let syntax = SYNTAXES[input.below(SYNTAXES.len())];
    let cuts: u64 = input
        .bytes(8)
        .iter()
        .fold(0, |cuts, &byte| cuts << 8 | u64::from(byte));
    let steps: Vec<u8> = input.bytes(13).to_vec();
    let bytes = text(&mut input);
    let text = Text::new(&bytes, syntax);
    let whole = ENGINE.scan(text);
    for pair in whole.matches.windows(2) {
        assert!(pair[0].range.end <= pair[1].range.start);
    }
    assert!(
        whole
            .matches
            .iter()
            .all(|found| found.range.end <= bytes.len() && !found.value.is_empty())
    );

    // Lines, some of them together.
    let mut ranges = Vec::new();
    let mut start = 0;
    for (number, end) in bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'\n')
        .map(|(at, _)| at + 1)
        .enumerate()
    {
        if cuts >> (number % 64) & 1 != 0 {
            ranges.push(start..end);
            start = end;
        }
    }
    ranges.push(start..bytes.len());
    let found = ENGINE.search_lines(text, &ranges);
    let resolved = ENGINE.read_surroundings(ENGINE.resolve(text, found));
    same(&resolved, &whole, "line by line", &bytes);
    assert_eq!(resolved.rejected, whole.rejected);

    // Once more, and again without those that held nothing.
    for _ in 0..2 {
        let found =
            ENGINE.search_unseen_lines(text, ranges.iter().cloned(), &SEEN, &mut Vec::new());
        let resolved = ENGINE.read_surroundings(ENGINE.resolve(text, found));
        same(&resolved, &whole, "with a memory", &bytes);
        assert_eq!(resolved.rejected, whole.rejected);
    }

    // Every other one later.
    let mut both = LineCandidates::default();
    for odd in [1, 0] {
        let some: Vec<_> = ranges.iter().skip(odd).step_by(2).cloned().collect();
        both.absorb(ENGINE.search_lines(text, &some));
    }
    let resolved = ENGINE.read_surroundings(ENGINE.resolve(text, both));
    same(&resolved, &whole, "in two goes", &bytes);
    assert_eq!(resolved.rejected, whole.rejected);

    // As the base of a text, and that as a delta of it.
    let mut input = Input::new(&steps);
    let mut splice = Splice::new();
    while !input.is_empty() && splice.child.len() < LONGEST {
        match input.below(4) {
            0 => splice.insert(&[input.byte()]),
            1 => splice.insert(b"\npassword = \"\n"),
            _ => {
                let from = input.below(bytes.len() + 1);
                splice.copy(&bytes, from, input.below(bytes.len() + 1));
            }
        }
    }
    let (child, changes) = apply(&splice.delta(&bytes), &bytes).expect("it is a good delta");
    let on = Text::new(&child, syntax);
    if on.encoding() == text.encoding() {
        same(
            &scan_on(&ENGINE, text, &changes, on),
            &ENGINE.scan(on),
            "as a delta",
            &child,
        );
    }
}
