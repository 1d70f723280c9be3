mod original_expressions;

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use proptest::prelude::*;
use regex::bytes::Regex;

use super::foreign_rule::ValueGroup;
use super::{Conversion, PatternError, convert, pattern_conversion, read, required_literals};
use crate::detect::compile::Rule;
use crate::detect::engine::{Engine, Event, Text};
use crate::detect::example::expand;
use crate::detect::file_kind::FileKind;
use crate::detect::rule::RuleSpec;
use crate::detect::selftest;
use crate::finding::{Confidence, Kind};

fn import(name: &str, text: &str) -> Conversion {
    convert(read(Path::new(name), text).unwrap(), &BTreeSet::new())
}

fn toml(rule: &str) -> Conversion {
    import(
        "acme.toml",
        &format!("[[rules]]\nid = \"acme-token\"\n{rule}\n"),
    )
}

fn yaml(rule: &str) -> Conversion {
    import(
        "acme.yml",
        &format!("rules:\n  - name: Acme token\n    id: np.acme.1\n{rule}\n"),
    )
}

#[track_caller]
fn only(conversion: &Conversion) -> &RuleSpec {
    let specs: Vec<_> = conversion
        .files
        .values()
        .flat_map(|file| &file.rules)
        .collect();
    assert_eq!(specs.len(), 1, "{:?}", conversion.outcomes);
    specs[0]
}

fn notes(conversion: &Conversion) -> Vec<(usize, &'static str)> {
    conversion
        .outcomes
        .iter()
        .flat_map(|outcome| outcome.notes.iter().map(|note| (note.line, note.about)))
        .collect()
}

#[track_caller]
fn stays(conversion: &Conversion, why: &str) {
    let reason = conversion.outcomes[0]
        .outcome
        .as_ref()
        .unwrap_err()
        .to_string();
    assert!(reason.contains(why), "{reason}");
    assert!(conversion.files.is_empty());
}

#[test]
fn what_go_takes_literally_stays_literal() {
    for (go, text, not) in [
        (r"acme\${[a-z]{3}}", "acme${abc}", "acme$abc"),
        (r"acme{{x}}", "acme{{x}}", "acmex"),
        (r"acme{,3}", "acme{,3}", "acme"),
        (r"acme[[x]", "acme[", "acmey"),
        (r"acme[&&x]", "acme&", "acme="),
        (r"acme[+--]", "acme,", "acme."),
        (r"acme[\--9]", "acme.", "acme,"),
        (r"acme[]x]", "acme]", "acme["),
        (r"acme[^]x]", "acmey", "acme]"),
        (r"acme[[:digit:]x]", "acme4", "acme:"),
        (r"acme\<x", "acme<x", "acmex"),
    ] {
        let ours = pattern_conversion::convert(go, true, &ValueGroup::FirstOfAll).unwrap();
        let regex = Regex::new(&format!("(?-u)^{}$", ours[0].pattern)).unwrap();
        assert!(
            regex.is_match(text.as_bytes()) && !regex.is_match(not.as_bytes()),
            "{go}: {}",
            ours[0].pattern
        );
    }
}

#[test]
fn anchors_are_in_every_match() {
    let anchors = |regex: &str| {
        let ours = pattern_conversion::convert(regex, false, &ValueGroup::FirstOfAll).unwrap();
        required_literals::anchors(&ours[0].hir)
    };
    for (regex, wanted) in [
        (r"\bacme_[a-z0-9]{32}\b", vec!["acme_"]),
        (
            r"(?i)(?:acme|zenith)[\w-]{0,9}=([a-f0-9]{32})",
            vec!["acme", "zenith"],
        ),
        (r"ac_(?:live|test)_[0-9]{9}", vec!["ac_live_", "ac_test_"]),
        // A digit more is no rarer.
        (r"acm-\d-[a-f]{30}", vec!["acm-"]),
        // A literal that contains another one is found by the shorter.
        (r"(?:acme|acmecloud)[a-f]{30}", vec!["acme"]),
        (r"(?:acme)?zenith[a-f]{30}", vec!["zenith"]),
        (r"(?:acme){1,3}[a-f]{30}", vec!["acme"]),
        ("a password:\n[a-f]{30}", vec!["a password:"]),
        (r"[a-f]{30}\.acme\.example", vec![".acme.example"]),
    ] {
        assert_eq!(anchors(regex).unwrap_or_default(), wanted, "{regex}");
    }
    for regex in [
        r"[a-f0-9]{32}",
        r"(?:acme)?[a-f]{30}",
        r"(?:acme|[x-z]{9})[a-f]{30}",
        r"ab[c-z]{30}",
        r"\s{3}[a-f]{9}",
    ] {
        assert_eq!(anchors(regex), None, "{regex}");
    }
}

#[test]
fn keywords_are_told_unless_every_match_has_one() {
    let rule = |keywords: &str| {
        toml(&format!(
            "regex = '(?i)acme_[a-z0-9]{{32}}'\nkeywords = [{keywords}]"
        ))
    };
    for (keywords, told) in [
        ("'acme_'", false),
        ("'ACME'", false),
        ("'other', 'cme'", false),
        ("'acme.example'", true),
    ] {
        let conversion = rule(keywords);
        assert_eq!(
            notes(&conversion).contains(&(4, "keywords")),
            told,
            "{keywords}"
        );
        assert_eq!(only(&conversion).anchors, ["acme_"]);
    }
    stays(
        &toml("regex = '[a-f0-9]{32}'\nkeywords = ['acme']"),
        "no literal of three bytes is in every match, and its keywords",
    );
}

#[test]
fn the_value_is_the_group_that_theirs_takes() {
    let of = |regex: &str, group: ValueGroup| {
        let all = pattern_conversion::convert(regex, false, &group).unwrap();
        all.into_iter().map(|ours| ours.pattern).collect::<Vec<_>>()
    };
    let first = || ValueGroup::FirstOfAll;
    assert_eq!(
        of("(acme)_(x{9})", ValueGroup::Number(2)),
        ["(?:acme)_(?P<secret>x{9})"]
    );
    assert_eq!(of("acme_x{9}", first()), ["acme_x{9}"]);
    // A fixed word is not the value, and neither is a group within one.
    assert_eq!(
        of("(?P<key>acme)_((x|y){9})", first()),
        ["(?:acme)_(?P<secret>(?:x|y){9})"]
    );
    // One of two groups takes part: two rules.
    assert_eq!(
        of("acme(?:a(x+?)b|c(y{9}))", first()),
        [
            "acme(?:a(?P<secret>x{1,4097}?)b)",
            "acme(?:c(?P<secret>y{9}))"
        ]
    );
    assert_eq!(
        of("acme(x{9})?(y{9})", first()),
        ["acme(?P<secret>x{9}){1}(?:y{9})", "acme(?P<secret>y{9})"]
    );
    assert_eq!(
        of("(acme.)(?P<TOKEN>x{9})", ValueGroup::NamedOrFirst("TOKEN")),
        ["(?:acme.)(?P<secret>x{9})"]
    );
    assert_eq!(
        of("acme:([a-z]{9}):([a-z]{9})", ValueGroup::Last),
        ["acme:(?:[a-z]{9}):(?P<secret>[a-z]{9})"]
    );
    // kingfisher takes the whole match where its group took no part.
    let token = || ValueGroup::NamedOrFirst("TOKEN");
    assert_eq!(
        of("acme(?:a(x{9})|b(y{9})|z{9})", token()),
        ["acme(?:a(?P<secret>x{9}))", "acme(?:b(?:y{9})|z{9})"]
    );
    assert_eq!(
        of("acme(?:a(x{9})|z{9})?!", first()),
        ["acme(?:a(?P<secret>x{9})){1}!", "acme(?:z{9})?!"]
    );
    assert_eq!(
        pattern_conversion::convert("acme", false, &ValueGroup::Number(1)).unwrap_err(),
        PatternError::NoGroup { number: 1 }
    );
}

#[test]
fn expressions_get_ends_and_reach() {
    let one = |regex: &str| {
        pattern_conversion::convert(regex, false, &ValueGroup::FirstOfAll)
            .unwrap()
            .remove(0)
    };
    let told = |regex: &str| {
        one(regex)
            .notes
            .into_iter()
            .map(|(about, _)| about)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (
            one("acme_[a-z]{32,}").pattern.as_str(),
            told("acme_[a-z]{32,}")
        ),
        ("acme_[a-z]{32,4128}", vec!["endless repetition"])
    );
    assert_eq!(one(r"(?s)BEGIN ACME.*?END").reach, 4096 + 13);
    // A line end at an edge is in the line's window.
    assert_eq!(
        (
            one(r"acme[\s:]").reach,
            one(r"(?:^|\n)acme").reach,
            one(r"acme\n?x").reach
        ),
        (0, 0, 6)
    );
    assert_eq!(told("^acme"), ["ends of text"]);
    assert!(told("(?m)^acme").is_empty() && told(r"acme(?:[\s;]|$)").is_empty());
    assert_eq!(one(r"\Aacme\z").pattern, "(?m)^acme$");
    // Comments of Hyperscan, and spaces of the extended syntax.
    assert_eq!(
        one("(?x) acme (?# a word) _ [0-9]{4}\n").pattern,
        "(?x)acme_[0-9]{4}"
    );
    for (regex, why) in [
        (r"acme(?=x)", "needs backtracking: look-around"),
        (r"(a)cme\1", "needs backtracking: backreferences"),
        ("acme(", "cannot be parsed: unclosed group (character 5)"),
        (r"acme\pL", "matches characters, not bytes"),
        (r"acme.{9000}", "a match may have 9004 bytes"),
        (r"(?:(?:acme[a-z]{200}){200}){2}", "a match may have"),
        ("(?:acme)*", "also matches the empty text"),
    ] {
        let error = pattern_conversion::convert(regex, false, &ValueGroup::FirstOfAll)
            .unwrap_err()
            .to_string();
        assert!(error.contains(why), "{regex}: {error}");
    }
}

#[test]
fn a_rule_of_gitleaks_comes_over() {
    let conversion = toml(
        "description = \"Opens the warehouse.\"\nregex = '''\\b(acme_[a-z0-9]{32})\\b'''\nentropy = 3.5\nkeywords = [\"acme_\"]",
    );
    let spec = only(&conversion);
    assert_eq!(
        (spec.id.as_str(), spec.name.as_str(), spec.min_entropy),
        ("acme-token", "Acme token", Some(3.5))
    );
    assert_eq!(
        (spec.kind, spec.confidence, spec.reach),
        (Kind::ThirdParty, Confidence::Medium, 0)
    );
    assert_eq!(
        spec.pattern.as_deref(),
        Some(r"\b(?P<secret>acme_[a-z0-9]{32})\b")
    );
    assert_eq!(spec.examples, ["acme_<<loweralnum 32>>"]);
    assert_eq!(notes(&conversion), []);
    let (name, file) = conversion.files.iter().next().unwrap();
    assert_eq!(
        (name.as_str(), file.provider.as_str(), file.opens.as_str()),
        ("acme", "Acme", "Opens the warehouse.")
    );
    assert_eq!(selftest::failures(file, spec), []);
}

#[test]
fn a_filter_that_is_a_least_entropy_is_one() {
    for (filter, least, told) in [
        (
            "filter.entropy(finding[\"secret\"]) <= 3.5",
            Some(3.5),
            false,
        ),
        (
            "filter.entropy(finding[\"secret\"]) < 2 ||\n filter.containsAny(finding[\"secret\"], [\"x\"])",
            Some(2.0),
            true,
        ),
        (
            "filter.entropy(finding[\"secret\"]) < 2 && filter.matchesAny(finding[\"line\"], [`x`])",
            None,
            true,
        ),
        (
            "(filter.entropy(finding[\"secret\"]) < 2 || x) || filter.failsTokenEfficiency(finding[\"secret\"])",
            None,
            true,
        ),
    ] {
        let conversion = toml(&format!(
            "regex = 'acme_[a-z0-9]{{32}}'\nfilter = '''\n{filter}\n'''"
        ));
        assert_eq!(
            (only(&conversion).min_entropy, notes(&conversion)),
            (least, if told { vec![(4, "filter")] } else { vec![] }),
            "{filter}"
        );
    }
}

#[test]
fn what_a_rule_of_ours_cannot_say_is_told_with_its_line() {
    let conversion = import(
        "acme.toml",
        r#"title = "ours"
[extend]
useDefault = true
[[rules]]
id = "acme-token"
regex = 'acme_[a-z0-9]{32}'
path = '\.env$'
tags = ["a"]
validate = 'x'
tokenEfficiency = true
surprise = 1
[rules.allowlist]
stopwords = ["made-up", "demo"]
paths = ['x']
[[rules.required]]
id = "acme-account"
withinLines = 5
[[rules]]
id = "acme-account"
regex = 'acme-id-[0-9]{9}'
skipReport = true
[[rules]]
id = "acme-file"
path = '\.acme$'
[[allowlists]]
targetRules = ["acme-token"]
regexes = ["x"]
"#,
    );
    let expected = [
        "path",
        "tags",
        "validation",
        "filter",
        "unknown field",
        "allow-list",
        "required",
    ];
    let told: Vec<_> = conversion.outcomes[0]
        .notes
        .iter()
        .map(|note| (note.line, note.about))
        .collect();
    assert_eq!(
        told,
        [7, 8, 9, 10, 11, 12, 15]
            .into_iter()
            .zip(expected)
            .collect::<Vec<_>>()
    );
    let text = |about: &str| {
        &conversion.outcomes[0]
            .notes
            .iter()
            .find(|note| note.about == about)
            .unwrap()
            .text
    };
    assert_eq!(text("allow-list"), "not applied: 1 path, 2 stop words");
    assert!(text("required").ends_with(": acme-account"));
    let outcomes: Vec<_> = conversion
        .outcomes
        .iter()
        .map(|outcome| (outcome.line, outcome.outcome.is_ok()))
        .collect();
    assert_eq!(outcomes, [(4, true), (18, false), (22, false)]);

    let conversion = yaml(
        "    pattern: 'acme_([a-z0-9]{32})'\n    categories: [identifier]\n    references: [a, b]\n    validation:\n      type: Http\n    \
         depends_on_rule: []\n    prevalidated: true\n    pattern_requirements:\n      min_digits: 2\n      ignore_if_contains: [x]\n      \
         checksum: {}\n    new_field: 1",
    );
    let told: BTreeSet<_> = notes(&conversion)
        .into_iter()
        .map(|(_, about)| about)
        .collect();
    let expected = [
        "categories",
        "checksum",
        "depends_on_rule",
        "pattern_requirements",
        "references",
        "stop words",
        "unknown field",
        "validation",
    ];
    assert_eq!(told, expected.into());
    assert_eq!(only(&conversion).confidence, Confidence::Low);
    stays(
        &yaml("    pattern: 'acme_[a-z0-9]{32}'\n    visible: false"),
        "are not reported",
    );
    stays(&yaml("    pattern: 'acme_(?!x)'"), "needs backtracking");
    stays(
        &yaml("    pattern: 'acme_[0-9]{9}'\n    min_entropy: 7"),
        "no example could be generated",
    );
}

#[test]
fn examples_of_theirs_are_taken_where_ours_finds_one_value() {
    let value = expand("<<alnum 32>>").unwrap();
    let other = expand("1<<alnum 32>>").unwrap();
    let conversion = yaml(&format!(
        "    pattern: 'acme_([A-Za-z0-9]{{32}})'\n    examples:\n    - acme_{value}\n    - acme_{value} acme_{other}\n    - none\n    - \
         acme_{}\n    negative_examples: ['acme_', 'acme_{value}']",
        "ab".repeat(16)
    ));
    assert_eq!(only(&conversion).examples, [format!("acme_{value}")]);
    assert_eq!(only(&conversion).negatives, ["acme_"]);
    let outcome = &conversion.outcomes[0];
    assert_eq!((outcome.examples_found, outcome.examples), (2, 4));
    let text: Vec<_> = conversion.outcomes[0]
        .notes
        .iter()
        .map(|note| note.text.as_str())
        .collect();
    assert_eq!(
        text,
        [
            "1 left out: the rule finds a value in them",
            "the rule finds nothing in 2 of 4 (rejected: repetition)",
            "1 of 4 left out: they contain several values or `<<`, or exceed the limit of 20",
        ]
    );
}

#[test]
fn ids_are_ours_and_free() {
    let text = "rules:\n- {id: Acme.API_1, pattern: 'acme_[a-z0-9]{32}', name: a}\n- {id: acme-api-1, pattern: 'acme_[a-f]{32}', name: b}\n";
    let ids = |taken: &[&str]| {
        let foreign = read(Path::new("a.yml"), text).unwrap();
        let conversion = convert(foreign, &taken.iter().map(|&id| id.to_owned()).collect());
        conversion
            .outcomes
            .into_iter()
            .flat_map(|outcome| outcome.outcome.unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&[]), ["acme-api-1", "own-acme-api-1"]);
    assert_eq!(ids(&["acme-api-1"]), ["own-acme-api-1", "acme-api-1-2"]);
}

#[test]
fn kinds_are_told_from_words() {
    for (id, kind) in [
        ("acme-token", Kind::ThirdParty),
        ("acme-ssh-key", Kind::SshKey),
        ("acme-private-key", Kind::CertificatePrivateKey),
        ("acme-postgres-url", Kind::Database),
        ("acme-client-secret", Kind::ClientCredentials),
        ("generic-password", Kind::Application),
        // A word, not a part of one.
        ("possh-token", Kind::ThirdParty),
    ] {
        assert_eq!(super::rule_naming::kind(id, "").0, kind, "{id}");
    }
}

#[test]
fn a_file_that_is_none_of_these_is_told_with_its_place() {
    for (name, text, message) in [
        ("a.toml", "", "a.toml:1:1: the file is empty"),
        ("a.toml", "title = 1\n", "a.toml:1:1: no `[[rules]]`"),
        ("a.toml", "[[rules]]\nid = \"a\nregex = 1\n", "a.toml:2:"),
        (
            "a.toml",
            "[[rules]]\nid = 3\n",
            "a.toml:2:6: `id` must be a string",
        ),
        (
            "a.toml",
            "[[rules]]\nid = 'a'\nkeywords = ['a', 3]\n",
            "a.toml:3:12: `keywords` must be a list of strings",
        ),
        ("a.toml", "rules = 3\n", "a.toml:1:9: `rules` is not a list"),
        ("a.yml", "", "a.yml:1:1: the file is empty"),
        ("a.yml", "rulesets: []\n", "a.yml:1:1: no `rules`"),
        ("a.yml", "rules:\n- id: [\n", "a.yml:3:1: "),
        (
            "a.yml",
            "rules:\n- id: a\n  pattern: {a: b}\n",
            "a.yml:3:12: `pattern` must be a string",
        ),
        (
            "a.yml",
            "rules:\n- id: a\n  confidence: sure\n",
            "a.yml:3:15: `confidence` must be a confidence",
        ),
        ("a.yml", "rules: 3\n", "a.yml:1:8: `rules` is not a list"),
        (
            "a.yaml",
            "schema: 1\nprovider: A\nrules: []\n",
            "a Keyferry rule file already",
        ),
        ("rules", "[[rules]]\nid = 3\n", "rules:2:6: "),
        ("rules", "rules: 3\n", "rules:1:8: "),
    ] {
        let error = read(Path::new(name), text).unwrap_err().to_string();
        assert!(error.contains(message), "{text:?}: {error}");
    }
}

#[test]
fn lines_of_yaml_are_those_of_its_items() {
    let text = "# rules\nrules:\n\n  - name: a\n    id: a.1\n    pattern: |\n      (?x)\n      - x\n\n  -\n    id: b.1\n    examples:\n    - x\n\n  - id: c.1\n";
    let lines: Vec<_> = import("a.yml", text)
        .outcomes
        .iter()
        .map(|outcome| outcome.line)
        .collect();
    assert_eq!(lines, [4, 10, 15]);
    let flow: Vec<_> = import("a.yml", "rules: [{id: a.1},\n {id: b.1}]\n")
        .outcomes
        .iter()
        .map(|outcome| outcome.line)
        .collect();
    assert_eq!(flow, [1, 1]);
}
