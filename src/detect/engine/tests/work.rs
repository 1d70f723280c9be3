//! Bytes that expressions search in hostile text. Each search is linear, but each anchor starts
//! one, so lines full of anchors could make the whole quadratic. Bytes are counted, not seconds.

use std::sync::LazyLock;

use proptest::prelude::*;

use crate::detect::compile::{Matcher, Pattern, Rule};
use crate::detect::engine::{Engine, Text};
use crate::detect::example::expand;
use crate::detect::file_kind::FileKind;
use crate::detect::library::Library;
use crate::detect::rule::RuleSpec;
use crate::detect::search::SEARCHED;

static LIBRARY: LazyLock<Library> = LazyLock::new(Library::builtin);
static SPECS: LazyLock<Vec<&'static RuleSpec>> =
    LazyLock::new(|| LIBRARY.specs().map(|(_, spec)| spec).collect());

/// Longer than a line that is searched in one go.
const TEXT: usize = 10_000;

fn alone(spec: &RuleSpec) -> Engine {
    Engine::new(vec![Rule::compile(spec, "", true).unwrap()], 0)
}

fn pattern(engine: &Engine) -> Option<&Pattern> {
    match &engine.rule(0).matcher {
        Matcher::Pattern(pattern) => Some(pattern),
        Matcher::Names(_)
        | Matcher::Lines(_)
        | Matcher::Kubernetes(_)
        | Matcher::Object { .. }
        | Matcher::WebKey(_)
        | Matcher::Store(_) => None,
    }
}

/// Bytes that expressions searched in a text.
fn searched(engine: &Engine, text: &[u8]) -> u64 {
    SEARCHED.set(0);
    engine.scan(Text::plain(text, FileKind::Config));
    SEARCHED.get()
}

/// The piece over and over.
fn run(piece: &[u8], length: usize) -> Vec<u8> {
    piece.iter().copied().cycle().take(length).collect()
}

/// The pieces of a rule's matches: its anchors, an anchor with some bytes behind it, an example
/// without its end, the alphabet of its values.
fn pieces(spec: &RuleSpec, pattern: &Pattern) -> Vec<Vec<u8>> {
    let mut pieces: Vec<Vec<u8>> = pattern
        .anchors
        .iter()
        .take(3)
        .map(|anchor| anchor.clone().into_bytes())
        .collect();
    pieces.push(pattern.anchors.concat().into_bytes());
    for example in &spec.examples {
        let example = expand(example).unwrap().into_bytes();
        let tail = example.len() - example.len().min(24);
        pieces.push(example[tail..].to_vec());
        pieces.push([pattern.anchors[0].as_bytes(), &example[example.len() / 2..]].concat());
        pieces.push(example[..example.len() - 1].to_vec());
    }
    pieces
}

/// Fails if more bytes are searched than a few times each anchor's window, or if twice the text
/// costs more than twice the work.
#[track_caller]
fn bounded(spec: &RuleSpec, engine: &Engine, piece: &[u8]) {
    let Some(pattern) = pattern(engine) else {
        return;
    };
    let window = 2 * (pattern.compiled().unwrap().longest as u64 + 2);
    let (once, twice) = (run(piece, TEXT), run(piece, 2 * TEXT));
    let (work, double) = (searched(engine, &once), searched(engine, &twice));
    let shown = String::from_utf8_lossy(piece).into_owned();
    // A window may be wider than the first text, so the windows of the second one may be wider.
    let linear = 2 * work + work / 4 + 2 * window * window.min(TEXT as u64);
    assert!(
        double <= linear,
        "{}: {work} bytes of {TEXT}, but {double} of twice as many: {shown:?}",
        spec.id
    );
    let anchors = once.len() as u64 * 2;
    assert!(
        work <= anchors * window,
        "{}: {work} bytes of {TEXT}: {shown:?}",
        spec.id
    );
}

#[test]
fn anchors_alone_cost_no_more_than_their_windows() {
    for spec in SPECS.iter() {
        let engine = alone(spec);
        if let Some(pattern) = pattern(&engine) {
            bounded(spec, &engine, pattern.anchors[0].clone().as_bytes());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, max_shrink_iters: 50, ..ProptestConfig::default() })]

    #[test]
    fn hostile_text_costs_no_more_than_its_windows(
        rule in 0..SPECS.len(),
        picked in prop::collection::vec((any::<prop::sample::Index>(), 1..40usize), 1..4),
        between in prop::sample::select(vec!["", "", " ", "=", "\"", "\n", "/", "a"]),
    ) {
        let spec = SPECS[rule];
        let engine = alone(spec);
        if let Some(pattern) = pattern(&engine) {
            let pieces = pieces(spec, pattern);
            let mut piece = Vec::new();
            for (index, times) in picked {
                let one = index.get(&pieces);
                piece.extend(run(one, (one.len() * times).min(2000)));
                piece.extend_from_slice(between.as_bytes());
            }
            bounded(spec, &engine, &piece);
        }
    }
}

/// All rules at once, on lines like those of a minified file, made of anchors of many rules.
#[test]
fn short_lines_are_searched_once_a_rule() {
    let engine = Engine::new(LIBRARY.compile(false).unwrap(), 0);
    let rules = engine.rules().len() as u64;
    for piece in [
        "token",
        "key=",
        "secret_key: ",
        "AAAA",
        "sk-",
        "password,api_key;",
        "://",
        "-----BEGIN ",
    ] {
        let mut line = run(piece.as_bytes(), 2000);
        line.push(b'\n');
        let text = line.repeat(10);
        let work = searched(&engine, &text);
        assert!(
            work <= 2 * rules * text.len() as u64,
            "{piece}: {work} bytes of {}",
            text.len()
        );
    }
}
