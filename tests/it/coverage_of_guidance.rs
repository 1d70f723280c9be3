//! docs/coverage.md: what the guidance on migrating secrets asks for, and the tests that show it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use keyferry::decide::Policy;
use keyferry::detect::library::Library;
use keyferry::finding::Kind;
use keyferry::inventory::rotation_strategy::RotationStrategy;

use crate::support::test_env::{TestEnv, token};

/// The names of all functions below `src` and `tests`.
fn functions() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open: Vec<PathBuf> = ["src", "tests"].map(|folder| root.join(folder)).into();
    let mut found = BTreeSet::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let lines = text.lines().map(str::trim_start);
                let names =
                    lines.filter_map(|line| line.strip_prefix("fn ")?.split(['(', '<']).next());
                found.extend(names.map(str::to_owned));
            }
        }
    }
    found
}

/// The rows of the tables of a page, as cells.
fn rows(page: &str) -> Vec<Vec<&str>> {
    let lines = page.lines().filter(|line| line.starts_with('|'));
    lines
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

const PAGE: &str = include_str!("../../docs/coverage.md");

#[test]
fn every_test_that_the_page_names_exists() {
    let known = functions();
    let mut named = 0;
    for row in rows(PAGE) {
        let tests = row.last().unwrap().split('`').skip(1).step_by(2);
        for test in tests {
            let name = test.rsplit("::").next().unwrap();
            assert!(known.contains(name), "there is no test {name}");
            named += 1;
        }
        let is_head = row.last() == Some(&"test") || row.last() == Some(&"---");
        assert!(
            is_head || row.last().unwrap().contains('`'),
            "no test: {row:?}"
        );
    }
    assert!(named > 40);
}

#[test]
fn the_page_has_every_field_kind_and_strategy() {
    let policy = Policy::builtin();
    let mut words: Vec<String> = policy.fields.keys().cloned().collect();
    let kinds = Kind::ALL
        .into_iter()
        .filter(|kind| *kind != Kind::PasswordHash);
    words.extend(kinds.map(|kind| kind.name().to_owned()));
    for word in words {
        let quoted = format!("`{word}`");
        assert!(
            rows(PAGE)
                .iter()
                .flatten()
                .any(|cell| cell.contains(&quoted)),
            "{word}"
        );
    }
    assert_eq!(
        RotationStrategy::ALL.len(),
        6,
        "the page has a row for each strategy"
    );
}

#[test]
fn every_type_of_secret_is_found_by_rules_with_examples() {
    let library = Library::builtin();
    for kind in Kind::ALL {
        let rules = library.files.iter().flat_map(|(_, file)| &file.rules);
        let rules: Vec<_> = rules.filter(|rule| rule.kind == kind).collect();
        assert!(!rules.is_empty(), "{}", kind.name());
        for rule in rules {
            assert!(!rule.examples.is_empty(), "{}", rule.id);
        }
    }
}

/// A rule that names a detector which does not exist never applies.
#[test]
fn rules_name_detectors_that_exist() {
    let library = Library::builtin();
    let rules = library.files.iter().flat_map(|(_, file)| &file.rules);
    let ids: Vec<&str> = rules.map(|rule| rule.id.as_str()).collect();
    let policy = Policy::builtin();
    let replacements = policy.replacements.iter().map(|rule| &rule.when);
    let rotations = policy.rotations.iter().map(|rule| &rule.when);
    let decisions = policy.decisions.iter().map(|rule| &rule.when);
    let conditions = replacements.chain(rotations).chain(decisions);
    for glob in conditions.flat_map(|when| &when.detector) {
        assert!(ids.iter().any(|id| glob.is_match(id)), "{glob:?}");
    }
}

#[test]
fn pipelines_and_rotation_reach_the_plan() {
    let env = TestEnv::new();
    env.write("shop/app.env", format!("API_TOKEN={}\n", token(1)));
    let url = format!(
        "postgres://orders:{}@db.example.com/orders\n",
        "Quay7mast_kelp"
    );
    env.write("shop/prod.env", format!("DATABASE_URL={url}"));
    env.write("shop/.github/workflows/deploy.yml", "on: push\n");
    env.keyferry(&["discover", "shop"]).exits(0);
    let entries = std::fs::read_to_string(env.path("inventory/unassigned.yaml")).unwrap();
    assert!(
        entries.contains(r#""pipeline": {"value": "github-actions", "from": "derived"}"#),
        "{entries}"
    );
    let rotation = r#"  rotation: {"strategy": "alternating-users", "days": 30, "rule": "database-in-production"}"#;
    assert!(entries.contains(rotation), "{entries}");

    let plan = [
        "plan",
        "--offline",
        "--account",
        "123456789012",
        "--region",
        "eu-west-1",
    ];
    let id = entries
        .split("- id: ")
        .find(|entry| entry.contains(rotation))
        .unwrap();
    let id = id.lines().next().unwrap();
    let statement = format!(
        "schema: 2\nstatements:\n  - {{ secret: {id}, by: ann, rotation: {{ strategy: custom, days: 60 }} }}\n"
    );
    env.write("inventory/decisions.yaml", statement);
    env.keyferry(&plan);
    let written = std::fs::read_to_string(env.path("inventory/plan.json")).unwrap();
    let written: serde_json::Value = serde_json::from_str(&written).unwrap();
    let entries = written["entries"].as_array().unwrap();
    let rotation = |entry: &serde_json::Value| entry["rotation"].to_string();
    let mut rotations: Vec<String> = entries.iter().map(rotation).collect();
    rotations.sort();
    assert_eq!(
        rotations,
        [
            r#"{"days":60,"rule":"person","strategy":"custom"}"#,
            r#"{"rule":"no-function","strategy":"none"}"#
        ]
    );
    // Two systems of pipelines: none of them is the pipeline.
    env.write("shop/Jenkinsfile", "pipeline {}\n");
    env.keyferry(&["discover", "shop"]).exits(0);
    let entries = std::fs::read_to_string(env.path("inventory/unassigned.yaml")).unwrap();
    assert!(!entries.contains("\"pipeline\""), "{entries}");
}
