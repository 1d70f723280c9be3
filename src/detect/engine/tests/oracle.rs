//! The engine against a slow reference without anchors, and every rule in texts of many shapes.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use proptest::prelude::*;

use crate::detect::compile::{Matcher, Pattern};
use crate::detect::engine::{Engine, Event, Text};
use crate::detect::event::Trace;
use crate::detect::example::expand;
use crate::detect::file_kind::FileKind;
use crate::detect::library::Library;
use crate::detect::search::{LineSearch, escape_end};
use crate::steps;

static LIBRARY: LazyLock<Library> = LazyLock::new(Library::builtin);
static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(LIBRARY.compile(false).unwrap(), 0));
static TEMPLATES: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let texts = LIBRARY
        .specs()
        .flat_map(|(_, spec)| spec.examples.iter().chain(&spec.negatives));
    texts.map(String::as_str).collect()
});

/// A rule by its index, and the range of a value that its search found, even if it was rejected.
type Places = BTreeSet<(usize, usize, usize)>;

/// The values that the engine's patterns find.
fn by_engine(text: &[u8]) -> Places {
    let explained = ENGINE.explain(Text::plain(text, FileKind::Config));
    let matches = explained
        .matches
        .iter()
        .map(|found| (found.rule, found.range.clone()));
    let events = explained.events.iter().filter_map(|event| match event {
        Event::Rejected { rule, range, .. } | Event::Overruled { rule, range, .. } => {
            Some((*rule, range.clone()))
        }
        Event::AnchorOnly { .. }
        | Event::NotAssigned { .. }
        | Event::OtherName { .. }
        | Event::Doubted { .. }
        | Event::Judged { .. }
        | Event::Layer { .. } => None,
    });
    let patterns = |(rule, _): &(usize, Range<usize>)| {
        matches!(ENGINE.rule(*rule).matcher, Matcher::Pattern(_))
    };
    matches
        .chain(events)
        .filter(patterns)
        .map(|(rule, range)| (rule, range.start, range.end))
        .collect()
}

/// The values that the expressions find when they run everywhere: on each line with a byte of
/// context on both sides, or on the whole text for rules with a reach.
fn by_reference(text: &[u8]) -> Places {
    let mut found = Places::new();
    for (index, rule) in ENGINE.rules().iter().enumerate() {
        let Matcher::Pattern(pattern) = &rule.matcher else {
            continue;
        };
        if pattern.reach > 0 {
            search(index, pattern, text, 0..text.len(), &mut found);
            continue;
        }
        let mut start = 0;
        for line in text.split(|&b| b == b'\n') {
            let end = start + line.len();
            search(
                index,
                pattern,
                text,
                start.saturating_sub(1)..(end + 1).min(text.len()),
                &mut found,
            );
            start = end + 1;
        }
    }
    found
}

fn search(index: usize, pattern: &Pattern, text: &[u8], window: Range<usize>, found: &mut Places) {
    let regex = pattern.compiled().unwrap().exact().unwrap();
    let mut from = window.start;
    while let Some(captures) = (from <= window.end)
        .then(|| regex.captures_at(&text[..window.end], from))
        .flatten()
    {
        let value = captures
            .name("secret")
            .or_else(|| captures.get(0))
            .unwrap()
            .range();
        // The byte that ends one value may begin the next.
        from = value.end.max(from + 1);
        if !value.is_empty() {
            found.insert((index, value.start, value.end));
        }
    }
}

fn names(found: &Places, text: &[u8]) -> Vec<String> {
    let name = |&(rule, start, end): &(usize, usize, usize)| {
        format!(
            "{} {start}..{end} {:?}",
            ENGINE.rule(rule).id,
            String::from_utf8_lossy(&text[start..end])
        )
    };
    found.iter().map(name).collect()
}

/// Whether the rule's expression matches with this value from a place on that is within a word.
fn begins_within_word(&(rule, start, end): &(usize, usize, usize), text: &[u8]) -> bool {
    let Matcher::Pattern(pattern) = &ENGINE.rule(rule).matcher else {
        return false;
    };
    let expression = pattern.compiled().unwrap();
    let is_word = |at: usize| text[at].is_ascii_alphanumeric() || text[at] == b'_';
    let line_end = memchr::memchr(b'\n', &text[end..]).map_or(text.len(), |rest| end + rest + 1);
    let mut places = start.saturating_sub(400).max(1)..start + 1;
    expression.begins_at_boundary
        && places.any(|from| {
            let captures = is_word(from - 1)
                .then(|| {
                    expression
                        .at_start()
                        .unwrap()
                        .captures(&text[from..line_end])
                })
                .flatten();
            let value = captures.and_then(|captures| {
                let whole = captures.get(0)?;
                Some(captures.name("secret").unwrap_or(whole).range())
            });
            value == Some(start - from..end - from)
        })
}

#[track_caller]
fn agree(text: &[u8]) {
    let (engine, reference) = (by_engine(text), by_reference(text));
    let mut missed: Places = reference.difference(&engine).copied().collect();
    let mut more: Places = engine.difference(&reference).copied().collect();
    // The reference knows no token behind an escape or an underscore, and takes the end of an escape for a beginning.
    let before = |start: usize| start.checked_sub(1);
    missed.retain(|&(_, start, _)| {
        before(start).is_none_or(|at| escape_end(text, at).is_none_or(|end| end == start))
    });
    more.retain(|place| !begins_within_word(place, text));
    // Nor does it know the escapes of a literal.
    more.retain(|&(_, start, end)| !text[start..end].contains(&b'\\'));
    assert!(
        missed.is_empty() && more.is_empty(),
        "missed: {:#?}\nmore: {:#?}\nin {:?}",
        names(&missed, text),
        names(&more, text),
        String::from_utf8_lossy(text)
    );
}

/// An example or negative of some rule, unchanged or slightly damaged.
fn example() -> impl Strategy<Value = Vec<u8>> {
    let template = (0..TEMPLATES.len(), 0..4u8).prop_map(|(template, seed)| {
        let head = format!("{seed} ");
        expand(&format!("{head}{}", TEMPLATES[template]))
            .unwrap()
            .as_bytes()[head.len()..]
            .to_vec()
    });
    let mutation = prop_oneof![6 => Just(0u8), 1 => Just(1), 1 => Just(2), 1 => Just(3), 1 => Just(4), 1 => Just(5)];
    (template, mutation, any::<prop::sample::Index>()).prop_map(|(mut text, mutation, at)| {
        let at = at.index(text.len());
        match mutation {
            1 => text.truncate(at),
            2 => drop(text.remove(at)),
            3 => text.insert(at, text[at]),
            4 => text.make_ascii_uppercase(),
            5 => text.make_ascii_lowercase(),
            _ => {}
        }
        text
    })
}

fn between() -> impl Strategy<Value = Vec<u8>> {
    let fixed = vec![
        "", " ", "\n", "\n", "\n", "\r\n", "\n\n", "\"", "'", ";", ",", "=", ": ", "/", "x", "_",
        "-", "\\n", "}{",
    ];
    prop_oneof![
        8 => prop::sample::select(fixed).prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..20),
        1 => "[ -~]{0,60}".prop_map(String::into_bytes),
    ]
}

fn texts(longest_run: usize) -> impl Strategy<Value = Vec<u8>> {
    let run = (
        prop::sample::select(b" a0=.-_A/\"".as_slice()),
        0..longest_run.max(1),
    );
    prop::collection::vec((example(), between(), run), 1..8).prop_map(move |pieces| {
        let mut text = Vec::new();
        for (example, between, (byte, length)) in pieces {
            text.extend_from_slice(&example);
            text.extend_from_slice(&between);
            // A run of one byte, so that lines are longer than a window.
            if longest_run > 0 {
                text.extend(std::iter::repeat_n(byte, length));
            }
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn anchors_lose_nothing(text in texts(0)) {
        agree(&text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn anchors_lose_nothing_on_long_lines(text in texts(12_000)) {
        agree(&text);
    }
}

#[test]
fn the_end_of_a_value_may_begin_the_next() {
    // The reference runs every expression on every text: one separator an example, in turn.
    let separators = ["\n", "\r\n", " ", ","].into_iter().cycle();
    for (template, separator) in LIBRARY
        .specs()
        .flat_map(|(_, spec)| &spec.examples)
        .zip(separators)
    {
        let text = |seed: &str| expand(&format!("{seed}{template}")).unwrap()[1..].to_owned();
        agree([text("1"), text("2"), text("1")].join(separator).as_bytes());
    }
}

/// The values that the whole engine finds, with their ranges relative to `start`.
fn matches_from(text: &[u8], start: usize) -> Vec<(usize, Range<usize>)> {
    let scanned = ENGINE.scan(Text::plain(text, FileKind::Config));
    let from_start = |found: &crate::detect::engine::Match| {
        found.range.start.checked_sub(start)..found.range.end.checked_sub(start)
    };
    let place =
        |range: Range<Option<usize>>| range.start.zip(range.end).map(|(start, end)| start..end);
    scanned
        .matches
        .iter()
        .filter_map(|found| Some((found.rule, place(from_start(found))?)))
        .collect()
}

/// Ordinary lines with words in them that are anchors of many rules.
fn log(bytes: usize) -> Vec<u8> {
    let lines = "2024-05-01T10:00:00Z INFO  api: request accepted, token refreshed, key rotated in 12 ms\n\
                 +    let secret = vault.read(path)?; // https://docs.rs/vault, BEGIN of the session\n\
                 -    password: required, access_key: optional, client_secret: see the manual\n\
                 @@ -10,7 +10,7 @@ fn authorise(bearer: &Token) -> Result<Session, AccountKey>\n";
    lines.bytes().cycle().take(bytes).chain(*b"\n\n").collect()
}

#[test]
fn every_rule_finds_its_examples_anywhere_in_a_text() {
    let small = log(3000);
    assert_eq!(matches_from(&small, 0), []);
    let mut large = log(8 << 20);
    let mut wanted = Vec::new();
    let base = large.len();
    for (file, spec) in LIBRARY.specs() {
        let alone = Engine::new(
            vec![crate::detect::compile::Rule::compile(spec, &file.provider, true).unwrap()],
            0,
        );
        for template in &spec.examples {
            let text = expand(template).unwrap().into_bytes();
            let kind = crate::detect::selftest::kind_of_examples(spec);
            let own = &alone.scan(Text::plain(&text, kind)).matches[0].range;
            if kind != FileKind::Config {
                continue;
            }
            let found = matches_from(&text, 0);
            // Another rule may be surer of the same place.
            let there = found
                .iter()
                .any(|(_, range)| range.start < own.end && own.start < range.end);
            assert!(there, "{}: {template}: {found:?}", spec.id);
            let mut blob = small.clone();
            let start = blob.len();
            blob.extend_from_slice(&text);
            blob.extend_from_slice(b"\n+\n");
            blob.extend_from_slice(&small);
            assert_eq!(matches_from(&blob, start), found, "{}: {template}", spec.id);
            let start = large.len() - base;
            wanted.extend(
                found
                    .into_iter()
                    .map(|(rule, range)| (rule, start + range.start..start + range.end)),
            );
            large.extend_from_slice(&text);
            large.extend_from_slice(b"\n\n");
        }
    }
    assert!(wanted.len() > LIBRARY.specs().count());
    let found = matches_from(&large, base);
    let differs = found
        .iter()
        .zip(&wanted)
        .position(|(found, wanted)| found != wanted);
    if let Some(at) = differs {
        let text = |(rule, range): &(usize, Range<usize>)| {
            let bytes = &large[base + range.start..base + range.end];
            format!("{} {}", ENGINE.rule(*rule).id, bytes.escape_ascii())
        };
        panic!("{} instead of {}", text(&found[at]), text(&wanted[at]));
    }
    assert_eq!(found.len(), wanted.len());
}

#[test]
fn every_proof_proves_an_example() {
    for (file, spec) in LIBRARY.specs() {
        let alone = Engine::new(
            vec![crate::detect::compile::Rule::compile(spec, &file.provider, true).unwrap()],
            0,
        );
        let proved = spec.examples.iter().any(|template| {
            let text = expand(template).unwrap();
            let found = alone
                .scan(Text::plain(text.as_bytes(), FileKind::Config))
                .matches;
            found
                .iter()
                .any(|found| found.proof.is_some() || found.context.account.is_some())
        });
        assert_eq!(
            proved,
            spec.proof.is_some() && !spec.id.ends_with("-encrypted"),
            "{}",
            spec.id
        );
    }
}

#[test]
fn rule_ids_are_unique() {
    let mut seen = BTreeSet::new();
    assert!(LIBRARY.specs().all(|(_, spec)| seen.insert(&spec.id)));
}

/// Bytes that expressions are run over, all rules together.
fn work(engine: &Engine, text: &[u8]) -> usize {
    let text = Text::plain(text, FileKind::Config);
    let mut search = LineSearch::new(&engine.index, text, Trace::OFF);
    steps::take();
    search.lines(0..text.bytes.len());
    let anchors = std::mem::take(&mut search.found.cross_line);
    anchors.iter().for_each(|anchor| search.around(anchor));
    steps::take()
}

#[test]
fn texts_full_of_anchors_are_searched_a_few_times_at_most() {
    const LENGTH: usize = 50_000;
    for (file, spec) in LIBRARY.specs() {
        let rule = crate::detect::compile::Rule::compile(spec, &file.provider, true).unwrap();
        let Matcher::Pattern(pattern) = &rule.matcher else {
            continue;
        };
        let anchor = pattern.anchors[0].clone();
        let alone = Engine::new(vec![rule], 0);
        for between in ["", " x"] {
            let text: Vec<u8> = format!("{anchor}{between}")
                .bytes()
                .cycle()
                .take(LENGTH)
                .collect();
            let (once, twice) = (work(&alone, &text[..LENGTH / 2]), work(&alone, &text));
            assert!(
                twice <= 4 * LENGTH + once,
                "{}: {once}, then {twice}",
                spec.id
            );
        }
    }
}
