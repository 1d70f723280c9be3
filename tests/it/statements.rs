//! Statements of people in several files: they decide, contradict each other, and dismiss findings of a scan.

use crate::discover::{bytes, unchanged};
use crate::support::test_env::{Ran, TestEnv, token};

const PLAN: [&str; 6] = [
    "plan",
    "--offline",
    "--account",
    "123456789012",
    "--region",
    "eu-west-1",
];

/// Checks that the output has these words.
#[track_caller]
fn prints(ran: &Ran, words: &[&str]) {
    for words in words {
        assert!(
            ran.stdout.contains(words),
            "{words:?} is not in:\n{}",
            ran.stdout
        );
    }
}

/// Three tokens in two files, and their inventory.
fn shop() -> TestEnv {
    let env = TestEnv::new();
    env.write("shop/deploy/app.env", format!("API_TOKEN={}\n", token(1)));
    env.write(
        "shop/fixtures/made-up.env",
        format!("API_TOKEN={}\nOTHER_TOKEN={}\n", token(2), token(3)),
    );
    env.keyferry(&["discover", "shop"]).exits(0);
    env
}

fn statements(env: &TestEnv, file: &str, text: &str) {
    env.write(
        format!("inventory/{file}"),
        format!("schema: 2\nstatements:\n{text}"),
    );
}

const FIXTURES: &str = "  - id: fixtures
    when: { path: { all: ['fixtures/**'] } }
    outcome: dismiss
    reason: Made up.
    by: ann
";

#[test]
fn statements_of_two_files_decide() {
    let env = shop();
    statements(&env, "decisions/ann.yaml", FIXTURES);
    statements(
        &env,
        "decisions/bob.yaml",
        "  - when: { repository: [shop] }\n    by: bob\n    metadata: { appid: ord001, appenv: prod, owner: bob }\n",
    );
    let ran = env.keyferry(&["discover", "shop"]).exits(0);
    let expected = [
        "1 secret at 1 place; 2 dismissed as no secrets\n",
        "statements of people:\n",
        "  inventory/decisions/bob.yaml:3             facts: 3 secrets\n",
        "  inventory/decisions/ann.yaml:3 (fixtures)  dismiss: 2 secrets\n",
    ];
    prints(&ran, &expected);
    let entry = std::fs::read_to_string(env.path("inventory/ord001.yaml")).unwrap();
    let dismissed = r#"  decision: {"outcome": "dismiss", "rule": "person", "reason": "Made up. (ann)", "statement": "decisions/ann.yaml#fixtures", "by_condition": true}"#;
    assert_eq!(entry.matches(dismissed).count(), 2, "{entry}");
    assert!(entry.contains(r#""from": "statement"}"#), "{entry}");
    let before = bytes(&env);
    env.keyferry(&["discover", "shop"]).exits(0);
    unchanged(&env, &before);
    let ran = env.keyferry(&PLAN).exits(0);
    prints(
        &ran,
        &["statements of people:\n", "not planned: 2 dismissed\n"],
    );
    // What they said ends with them.
    std::fs::remove_dir_all(env.path("inventory/decisions")).unwrap();
    statements(
        &env,
        "decisions.yaml",
        "  - { when: { kind: [ssh-key] }, by: c, metadata: { owner: o } }\n",
    );
    let ran = env.keyferry(&["discover", "shop"]).exits(0);
    prints(&ran, &["3 secrets at 3 places\n"]);
    ran.says(&["warning: inventory/decisions.yaml:3: the condition matches no secret"]);
    assert!(!env.path("inventory/ord001.yaml").exists());
}

#[test]
fn statements_that_contradict_each_other_are_an_error_with_both_places() {
    let env = shop();
    env.keyferry(&PLAN);
    statements(&env, "decisions/ann.yaml", FIXTURES);
    statements(
        &env,
        "decisions/bob.yaml",
        "  - when: { repository: [shop] }\n    outcome: retain\n    reason: Stays.\n    by: bob\n",
    );
    let before = bytes(&env);
    let error = "error: statements contradict each other:\n  inventory/decisions/ann.yaml:3 says dismiss\n  inventory/decisions/bob.yaml:3 says retain\n    of 2 secrets: s-";
    let hint = "\nhint: change or remove one of each two, or name the secret's id in a statement: it comes before those with a condition\n";
    for command in [&PLAN[..], &["import", "--yes"]] {
        let ran = env.keyferry(command).exits(2);
        assert_eq!(ran.stdout, "");
        ran.says(&[error, hint]);
        unchanged(&env, &before);
    }
    // The results of the scan are saved first.
    env.write("shop/new.env", format!("API_TOKEN={}\n", token(4)));
    let ran = env.keyferry(&["discover", "shop"]).exits(2);
    prints(&ran, &["4 secrets at 4 places\n"]);
    ran.says(&[error, hint]);
    let entries = std::fs::read_to_string(env.path("inventory/unassigned.yaml")).unwrap();
    let places = std::fs::read_to_string(env.path("inventory/places/shop.jsonl")).unwrap();
    assert!(places.contains(r#""path":"new.env""#), "{places}");
    assert_eq!(entries.matches(r#""rule": "conflict""#).count(), 2);
    let question = "Which statement is right: dismiss (decisions/ann.yaml#fixtures) or retain (decisions/bob.yaml)?";
    assert_eq!(entries.matches(question).count(), 2, "{entries}");
    // A scan leaves nothing out because of them.
    let ran = env
        .keyferry(&["scan", "--inventory", "inventory", "shop"])
        .exits(1);
    prints(&ran, &["4 findings of 4 secrets"]);
    ran.says(&["warning: statements contradict each other:\n"]);
}

#[test]
fn a_scan_leaves_out_dismissed_findings() {
    let env = shop();
    std::fs::remove_file(env.path("shop/deploy/app.env")).unwrap();
    let before = bytes(&env);
    let scan = ["scan", "--inventory", "inventory", "shop"];
    let ran = env.keyferry(&scan).exits(1);
    prints(&ran, &["2 findings of 2 secrets in 1 folder: "]);
    statements(&env, "decisions.yaml", FIXTURES);
    // Also one that the inventory does not have.
    env.write("shop/fixtures/new.env", format!("API_TOKEN={}\n", token(5)));
    let ran = env.keyferry(&scan).exits(0);
    prints(
        &ran,
        &["no secrets found; 3 secrets dismissed in the inventory\n"],
    );
    let json = ["scan", "-f", "json", "--inventory", "inventory", "shop"];
    let json = env.keyferry(&json).exits(0);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["dismissed"], 3);
    assert_eq!(json["findings"].as_array().map(Vec::len), Some(0));
    let lines = ["scan", "-f", "jsonl", "--inventory", "inventory", "shop"];
    let lines = env.keyferry(&lines).exits(0);
    assert_eq!(lines.stdout, "");
    lines.says(&["note: 3 secrets dismissed in the inventory\n"]);
    // Without the inventory nothing changes.
    let ran = env.keyferry(&["scan", "shop"]).exits(1);
    prints(&ran, &["3 findings of 3 secrets"]);
    env.keyferry(&["scan", "--policy", "p.yaml", "shop"])
        .exits(2)
        .says(&["error: --policy has no effect on a scan without --inventory\n"]);
    // A rule of the policy dismisses, too.
    std::fs::remove_file(env.path("inventory/decisions.yaml")).unwrap();
    unchanged(&env, &before);
    env.write(
        "inventory/policy.yaml",
        "schema: 1\ndecisions:\n  - { id: fixtures, when: { path: { head: ['fixtures/new.env'] } }, then: dismiss, reason: Made up. }\n",
    );
    let ran = env.keyferry(&scan).exits(1);
    prints(
        &ran,
        &[
            "2 findings of 2 secrets in 1 folder: ",
            "; 1 secret dismissed in the inventory\n",
        ],
    );
}

#[test]
fn files_that_would_be_ignored_are_an_error() {
    let env = shop();
    statements(&env, "decisions/ann.yml", FIXTURES);
    env.keyferry(&["discover", "shop"])
        .exits(2)
        .says(&["error: inventory/decisions/ann.yml is not read: its name must end in .yaml\n"]);
    std::fs::remove_dir_all(env.path("inventory/decisions")).unwrap();
    env.write(
        "elsewhere/ann.yaml",
        format!("schema: 2\nstatements:\n{FIXTURES}"),
    );
    std::os::unix::fs::symlink("../elsewhere", env.path("inventory/decisions")).unwrap();
    env.keyferry(&["discover", "shop"])
        .exits(2)
        .says(&["error: cannot read inventory/decisions: it is no folder, or a symbolic link\n"]);
    std::fs::remove_file(env.path("inventory/decisions")).unwrap();
    std::fs::create_dir(env.path("inventory/decisions")).unwrap();
    std::os::unix::fs::symlink(
        "../../elsewhere/ann.yaml",
        env.path("inventory/decisions/ann.yaml"),
    )
    .unwrap();
    env.keyferry(&["discover", "shop"])
        .exits(2)
        .says(&["error: cannot read inventory/decisions/ann.yaml: it is a symbolic link, or lies behind one\n"]);
    std::fs::remove_file(env.path("inventory/decisions/ann.yaml")).unwrap();
    env.write("inventory/decisions/ann.yaml", "schema: 2\n<<<<<<< HEAD\n");
    env.keyferry(&["discover", "shop"]).exits(2).says(&[
        "error: inventory/decisions/ann.yaml:2:1: a conflict of a git merge is not resolved here (`<<<<<<<`)",
    ]);
}

/// Statements about secrets and uses that no longer exist, and about some that never did.
#[test]
fn statements_about_secrets_that_are_gone_are_named_and_nothing_is_lost() {
    let env = TestEnv::new();
    for name in ["shop", "billing"] {
        env.write(format!("{name}/app.yml"), "password: hunter2\n");
    }
    env.write("shop/app.env", format!("API_TOKEN={}\n", token(1)));
    let register = "repository,appid,appname\nshop,shp001,shop\nbilling,bil001,billing\n";
    env.write("inventory/registry.csv", register);
    env.keyferry(&["discover", "shop", "billing"]).exits(0);
    let ids = |args: &[&str]| {
        let ran = env
            .keyferry(&[&["list", "--format", "ids"], args].concat())
            .exits(0);
        ran.stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let api = ids(&["--path", "app.env"]).remove(0);
    let uses = ids(&["--path", "app.yml"]);
    assert_eq!(uses.len(), 2, "{uses:?}");
    let of_billing = uses.iter().find(|id| id.contains("/bil001/")).unwrap();
    let of_shop = uses.iter().find(|id| id.contains("/shp001/")).unwrap();
    let value = of_shop.split('/').next().unwrap();
    let (unknown, no_use) = (
        format!("s-{}", "0f".repeat(12)),
        format!("{value}/zzz999/prod"),
    );
    let text: String = [&unknown, &no_use, &api, of_billing, of_shop]
        .iter()
        .map(|id| format!("  - {{ secret: {id}, outcome: retain, reason: r, by: ann }}\n"))
        .collect();
    statements(&env, "decisions/ann.yaml", &text);
    let settled = env.keyferry(&["discover", "shop", "billing"]).exits(0);
    let warns = |ran: &Ran, lines: &[(usize, &str)]| {
        for (line, id) in lines {
            let place = format!("inventory/decisions/ann.yaml:{line}: {id}");
            assert!(ran.stderr.contains(&place), "{place}: {}", ran.stderr);
        }
        let warned = ran.stderr.matches("inventory/decisions/ann.yaml:").count();
        assert_eq!(warned, lines.len(), "{}", ran.stderr);
        assert!(ran.stderr.contains("in no file of the inventory"));
    };
    let never = [(3, unknown.as_str()), (4, no_use.as_str())];
    warns(&settled, &never);
    // The files of two secrets and a whole target lose their values.
    std::fs::remove_file(env.path("shop/app.env")).unwrap();
    env.write("billing/app.yml", "password: ${PASSWORD}\n");
    let decisions = std::fs::read(env.path("inventory/decisions/ann.yaml")).unwrap();
    for _ in 0..2 {
        // Secrets that a statement names stay, as retired, with what is known of them.
        let ran = env.keyferry(&["discover", "shop", "billing"]).exits(0);
        warns(&ran, &never);
        let listed = ids(&[]);
        for id in [&api, of_shop] {
            assert!(listed.contains(id), "{id}: {listed:?}");
        }
    }
    let text = env.keyferry(&["show", &api]).exits(0).stdout;
    assert!(text.contains("no longer found at any place"), "{text}");
    assert!(
        text.contains("statement inventory/decisions/ann.yaml:5"),
        "{text}"
    );
    let after = std::fs::read(env.path("inventory/decisions/ann.yaml")).unwrap();
    assert_eq!(after, decisions);
    // The other commands say the same, and their exit codes are those of what is left.
    warns(&env.keyferry(&PLAN).exits(0), &never);
    warns(&env.keyferry(&["list"]).exits(0), &never);
    // The values come back with their decisions.
    env.write("shop/app.env", format!("API_TOKEN={}\n", token(1)));
    env.write("billing/app.yml", "password: hunter2\n");
    let ran = env.keyferry(&["discover", "shop", "billing"]).exits(0);
    warns(&ran, &never);
    let retained = ids(&["--outcome", "retain"]);
    for id in [&api, of_billing, of_shop] {
        assert!(retained.contains(id), "{id}: {retained:?}");
    }
}
