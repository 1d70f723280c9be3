//! `detectors`: the rules as a person sees them, and the proof of one's own.

use std::collections::BTreeSet;

use keyferry::detect::library::Library;

use crate::support::test_env::{Ran, TestEnv, made_up, places};

fn detectors(env: &TestEnv, args: &[&str]) -> Ran {
    env.keyferry(&[&["detectors"], args].concat())
}

/// A rule file with one rule for tokens of a service that there is not.
fn own(rest: &str) -> String {
    format!(
        "schema: 1\nprovider: Acme\nopens: The warehouse.\nrules:\n  - id: acme-token\n    name: Acme token\n    \
         kind: third-party\n    confidence: high\n    anchors: [acme_]\n    pattern: '\\bacme_[a-z0-9]{{24}}\\b'\n{rest}"
    )
}

const EXAMPLES: &str = "    examples: ['acme_<<loweralnum 24>>', 'key = \"acme_<<loweralnum 24>>\"']\n    \
                        negatives: ['acme_<<loweralnum 8>>']\n";

#[test]
fn a_line_for_each_rule() {
    let env = TestEnv::new();
    let ran = detectors(&env, &["list"]).exits(0);
    assert_eq!(ran.stderr, "");
    let mut lines = ran.stdout.lines();
    let head: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    assert_eq!(head, ["ID", "KIND", "CONFIDENCE", "FINDS"]);
    let listed: Vec<&str> = lines
        .clone()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    let known: BTreeSet<String> = Library::builtin()
        .specs()
        .map(|(_, rule)| rule.id.clone())
        .collect();
    assert_eq!(
        listed,
        known.iter().collect::<Vec<_>>(),
        "in order of id, each once"
    );
    let line = lines
        .find(|line| line.starts_with("github-personal-token "))
        .unwrap();
    let cells: Vec<&str> = line
        .split("  ")
        .map(str::trim)
        .filter(|cell| !cell.is_empty())
        .collect();
    let expected = [
        "github-personal-token",
        "third-party",
        "high",
        "GitHub personal access token (classic)",
    ];
    assert_eq!(cells, expected);
}

#[test]
fn other_formats_say_more() {
    let env = TestEnv::new();
    let json = detectors(&env, &["list", "--format", "json"])
        .exits(0)
        .stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let rules = json["rules"].as_array().unwrap();
    assert_eq!(
        (json["schema"].as_u64(), rules.len()),
        (Some(1), Library::builtin().specs().count())
    );
    let rule = rules
        .iter()
        .find(|rule| rule["id"] == "github-personal-token")
        .unwrap();
    assert_eq!(
        (rule["provider"].as_str(), rule["proof"].as_str()),
        (Some("GitHub"), Some("github-checksum"))
    );
    // Rules of one's own are among them, and cannot break out of the page.
    env.write(
        "own/acme.yaml",
        own(EXAMPLES).replace("opens: The warehouse.", "opens: 'a|b <script>'"),
    );
    let page = detectors(
        &env,
        &["list", "--format", "markdown", "--detectors", "own"],
    )
    .exits(0)
    .stdout;
    assert!(page.contains("\n## Acme\n\na\\|b \\<script\\>\n"), "{page}");
    assert!(
        page.contains("\n| `acme-token` | Acme token | third-party | high |  |\n"),
        "{page}"
    );
}

#[test]
fn a_rule_is_shown_as_a_rule_file() {
    let env = TestEnv::new();
    insta::assert_snapshot!(
        "show",
        detectors(&env, &["show", "github-personal-token"])
            .exits(0)
            .stdout
    );
    // Saved, it is used in place of ours.
    for id in [
        "aws-secret-access-key",
        "generic-password",
        "private-key-openssh",
        "github-personal-token",
    ] {
        let shown = detectors(&env, &["show", id]).exits(0).stdout;
        env.write(
            "own/own.yaml",
            shown.replacen("provider: ", "provider: Our own ", 1),
        );
        let again = detectors(&env, &["--detectors", "own", "show", id])
            .exits(0)
            .stdout;
        assert!(again.contains("\nprovider: Our own "), "{again}");
        assert_eq!(again.replacen("Our own ", "", 1), shown);
        detectors(&env, &["--detectors", "own", "test"]).exits(0);
    }
}

#[test]
fn names_that_are_none() {
    let env = TestEnv::new();
    let ran = detectors(&env, &["show", "github-personal-tokens"]).exits(2);
    assert_eq!(ran.stdout, "");
    let told = "error: no rule has the id github-personal-tokens\nhint: similar ids: github-";
    assert!(
        ran.stderr.starts_with(told) && ran.stderr.contains(" github-personal-token,"),
        "{}",
        ran.stderr
    );
    let ran = detectors(&env, &["show", "nothing-like-it"]).exits(2);
    assert!(
        ran.stderr
            .ends_with("\nhint: `keyferry detectors list` lists all ids\n"),
        "{}",
        ran.stderr
    );
    for args in [
        vec![],
        vec!["show"],
        vec!["shwo", "github-personal-token"],
        vec!["list", "github"],
    ] {
        let ran = detectors(&env, &args).exits(2);
        assert!(
            ran.stdout.is_empty() && !ran.stderr.is_empty(),
            "{args:?}: {}",
            ran.stdout
        );
    }
}

#[test]
fn the_built_in_rules_hold() {
    let env = TestEnv::new();
    let ran = detectors(&env, &["test"]).exits(0);
    assert_eq!(ran.stderr, "");
    let count = Library::builtin().specs().count();
    assert!(
        ran.stdout.starts_with(&format!("{count} rules, "))
            && ran.stdout.ends_with(" 0 failures\n"),
        "{ran:?}"
    );
}

#[test]
fn a_good_rule_of_the_user() {
    let env = TestEnv::new();
    env.write("own/acme.yaml", own(EXAMPLES));
    let (plain, with) = (
        detectors(&env, &["test"]).exits(0),
        detectors(&env, &["--detectors", "own", "test"]).exits(0),
    );
    let numbers = |ran: &Ran| -> Vec<usize> {
        ran.stdout
            .split(' ')
            .filter_map(|word| word.parse().ok())
            .collect()
    };
    let (plain, with) = (numbers(&plain), numbers(&with));
    assert_eq!(with, [plain[0] + 1, plain[1] + 3, 0]);
    let listed = detectors(&env, &["--detectors", "own", "list"])
        .exits(0)
        .stdout;
    assert_eq!(
        listed
            .lines()
            .filter(|line| line.starts_with("acme-token "))
            .count(),
        1
    );

    // It finds, is named in reports, and explained.
    let value = made_up(1, "acme<<>>_<<loweralnum 24>>");
    env.write("shop/a.txt", format!("see {value}\n"));
    env.keyferry(&["scan", "shop"]).exits(0);
    let rows = env.scan(&["--detectors", "own", "shop"]);
    assert_eq!(places(&rows), ["worktree a.txt:1:5"]);
    assert_eq!(
        (rows[0].detector.as_str(), rows[0].value()),
        ("acme-token", value.as_str())
    );
    let text = env
        .keyferry(&["scan", "--detectors", "own", "shop"])
        .exits(1)
        .stdout;
    assert!(text.contains("1:5  Acme token  high  "), "{text}");
    let said = env
        .keyferry(&["explain", "--detectors", "own", "shop/a.txt:1"])
        .exits(0)
        .stdout;
    assert!(
        said.contains("    1:5    reported    acme-token: high confidence, third-party"),
        "{said}"
    );
}

#[test]
fn a_failing_rule_of_the_user() {
    let env = TestEnv::new();
    let examples = "    examples: ['acme_<<loweralnum 24>>', 'acme_<<loweralnum 25>>']\n    \
                    negatives: ['no token', 'old acme_<<loweralnum 24>>']\n";
    env.write("own/acme.yaml", own(examples));
    let ran = detectors(&env, &["--detectors", "own", "test"]).exits(4);
    assert!(ran.stdout.ends_with(" 2 failures\n"), "{}", ran.stdout);
    assert_eq!(
        ran.stderr,
        "warning: acme-token: example 2: found 0 values, not 1: acme_<<loweralnum 25>>\n\
         warning: acme-token: negative 2: found 1 values, not 0: old acme_<<loweralnum 24>>\n"
    );
    // The rule is usable: its author may want to see its findings.
    detectors(&env, &["--detectors", "own", "show", "acme-token"]).exits(0);
    env.write("own/acme.yaml", own("    examples: ['acme_<<what 24>>']\n"));
    let ran = detectors(&env, &["--detectors", "own", "test"]).exits(4);
    assert_eq!(
        ran.stderr,
        "warning: acme-token: example 1: unknown placeholder `<<what 24>>`\n"
    );
}

#[test]
fn a_rule_with_the_id_of_ours_replaces_it() {
    let env = TestEnv::new();
    env.write(
        "own/acme.yaml",
        own(EXAMPLES).replace("acme-token", "github-personal-token"),
    );
    let count = |args: &[&str]| detectors(&env, args).exits(0).stdout.lines().count();
    assert_eq!(count(&["list"]), count(&["--detectors", "own", "list"]));
    let shown = detectors(
        &env,
        &["--detectors", "own", "show", "github-personal-token"],
    )
    .exits(0)
    .stdout;
    assert!(
        shown.starts_with("schema: 1\nprovider: Acme\n")
            && shown.contains("\n  name: Acme token\n"),
        "{shown}"
    );
    // Of two folders the later one counts.
    env.write(
        "later/acme.yaml",
        own(EXAMPLES).replace("name: Acme token", "name: Acme key"),
    );
    env.write("own/acme.yaml", own(EXAMPLES));
    let shown = detectors(
        &env,
        &[
            "--detectors",
            "own",
            "--detectors",
            "later",
            "show",
            "acme-token",
        ],
    )
    .exits(0)
    .stdout;
    assert!(shown.contains("\n  name: Acme key\n"), "{shown}");
}
