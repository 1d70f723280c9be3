//! `discover`: the inventory after one run and after the next.

use std::collections::BTreeMap;

use keyferry::finding::Origin;
use keyferry::inventory::entry::{Exposure, Outcome, Provenance, Secret};

pub use crate::support::inventory_files::{bytes, inventory, standing_in, unchanged};
use crate::support::inventory_files::{files, opened};
use crate::support::test_env::{TestEnv, files_below, password, token};

#[track_caller]
fn fact(secret: &Secret, field: &str) -> (String, Provenance) {
    let fact = &secret.metadata[field];
    (fact.value.clone(), fact.from)
}

/// Two repositories that share a value, and have others of their own.
fn two_repositories(env: &TestEnv) {
    for (n, name) in ["orders", "billing"].into_iter().enumerate() {
        let repo = env.repo(name);
        repo.write(
            "config/shared.properties",
            format!("api.password={}\n", password(7)),
        )
        .commit("shared");
        repo.write(
            "config/app.yml",
            format!("db_password: {}\n", password(n as u32)),
        )
        .commit("database");
        repo.write("old.py", format!("token = '{}'\n", token(n as u32)))
            .commit("token");
        repo.remove("old.py").commit("and away");
    }
}

#[test]
fn a_second_run_changes_no_byte() {
    let env = TestEnv::new();
    two_repositories(&env);
    let ran = env
        .keyferry(&["discover", "orders", "billing"])
        .exits(0)
        .says(&["5 new, 0 gone"]);
    let before = bytes(&env);
    let again = env
        .keyferry(&["discover", "orders", "billing"])
        .exits(0)
        .says(&["0 new, 0 gone"]);
    unchanged(&env, &before);
    assert_eq!(ran.stdout, again.stdout);
    // Neither the order nor the number of threads nor the way to name a target shows.
    for args in [
        vec!["billing", "orders"],
        vec!["--jobs", "1", "orders", "billing"],
        vec!["orders"],
        vec!["./billing/"],
        vec!["--no-history", "billing"],
        vec!["--history-only", "orders", "billing"],
    ] {
        env.keyferry(&[&["discover"], args.as_slice()].concat())
            .exits(0)
            .says(&["0 new, 0 gone"]);
        unchanged(&env, &before);
    }
}

#[test]
fn the_order_of_first_scans_does_not_show() {
    let env = TestEnv::new();
    two_repositories(&env);
    let key = [("KEYFERRY_KEY", "5e".repeat(32))];
    let key: Vec<(&str, &str)> = key
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let made = |inventory: &str, runs: &[&[&str]]| -> BTreeMap<String, Vec<u8>> {
        for targets in runs {
            let args = [&["discover", "--inventory", inventory], *targets].concat();
            env.keyferry_with(&args, &key).exits(0);
        }
        files_below(&env.path(inventory))
            .into_iter()
            .map(|(path, text)| (path.file_name().unwrap().to_str().unwrap().to_owned(), text))
            .filter(|(name, _)| name != "keyferry.yaml")
            .collect()
    };
    let at_once = made("one", &[&["orders", "billing"]]);
    assert_eq!(
        at_once.keys().collect::<Vec<_>>(),
        [
            ".keyferry.lock",
            "billing.jsonl",
            "orders.jsonl",
            "unassigned.yaml"
        ]
    );
    assert!(at_once == made("two", &[&["billing", "orders"]]));
    assert!(at_once == made("three", &[&["orders"], &["billing"]]));
    assert!(at_once == made("four", &[&["billing"], &["orders"]]));
}

#[test]
fn a_scan_of_a_part_knows_nothing_of_the_rest() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    let first = repo
        .write("a.py", format!("token = '{}'\n", token(1)))
        .commit("one");
    let blob = repo.git(&["rev-parse", "HEAD:a.py"]);
    // Whichever part was read first, it is one place, at which git knows the value.
    env.keyferry(&["discover", "--history-only", "shop"])
        .exits(0)
        .says(&["1 new, 0 gone"]);
    assert_eq!(
        standing_in(&env, "a.py").occurrences[0].origin,
        Origin::Blob
    );
    env.keyferry(&["discover", "shop"]).exits(0);
    let whole = inventory(&env);
    assert_eq!(whole[0].occurrences.len(), 1);
    assert_eq!(whole[0].occurrences[0].origin, Origin::Worktree);

    // Moved within the file: the commit that brought the value in is still the same.
    repo.write("a.py", format!("# moved\ntoken = '{}'\n", token(1)));
    env.keyferry(&["discover", "--no-history", "shop"])
        .exits(0)
        .says(&["0 new, 0 gone"]);
    let place = standing_in(&env, "a.py").occurrences.remove(0);
    assert_eq!(
        (place.origin, place.line, place.blob),
        (Origin::Worktree, 2, None)
    );
    assert_eq!(
        (place.commit.as_deref(), place.at_head),
        (Some(&*first), true)
    );

    // Removed from the file: the history has it still, and a scan that reads it says so, too.
    repo.write("a.py", format!("token = '{}'\n", token(1)));
    env.keyferry(&["discover", "shop"]).exits(0);
    assert_eq!(inventory(&env), whole);
    repo.write("a.py", "token = None\n");
    env.keyferry(&["discover", "--no-history", "shop"])
        .exits(0)
        .says(&["0 new, 0 gone"]);
    let place = standing_in(&env, "a.py").occurrences.remove(0);
    assert_eq!(
        (place.origin, place.blob.as_deref()),
        (Origin::Blob, Some(&*blob))
    );
    let before = bytes(&env);
    env.keyferry(&["discover", "shop"])
        .exits(0)
        .says(&["0 new, 0 gone"]);
    unchanged(&env, &before);
}

#[test]
fn what_is_no_longer_found_is_taken_out() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("a.py", format!("token = '{}'\n", token(1)))
        .commit("one");
    repo.write("b.py", format!("token = '{}'\n", token(2)));
    env.keyferry(&["discover", "shop"])
        .exits(0)
        .says(&["2 new, 0 gone"]);
    let kept = standing_in(&env, "a.py");
    repo.remove("b.py");
    // A run says nothing about parts that it does not read.
    env.keyferry(&["discover", "--history-only", "shop"])
        .exits(0)
        .says(&["0 new, 0 gone"]);
    assert_eq!(inventory(&env).len(), 2);
    // Nor does one that could not read everything.
    let id = repo.git(&["rev-parse", "HEAD:a.py"]);
    let object = repo.root.join(".git/objects").join(&id[..2]).join(&id[2..]);
    std::fs::rename(&object, env.path("object")).unwrap();
    env.keyferry(&["discover", "shop"])
        .exits(3)
        .says(&["0 new, 0 gone"]);
    std::fs::rename(env.path("object"), &object).unwrap();
    env.keyferry(&["discover", "shop"])
        .exits(0)
        .says(&["0 new, 1 gone"]);
    assert_eq!(inventory(&env), [kept]);
}

#[test]
fn what_a_person_decided_stays_and_is_applied() {
    let env = TestEnv::new();
    two_repositories(&env);
    env.keyferry(&["discover", "orders", "billing"]).exits(0);
    let shared = standing_in(&env, "config/shared.properties");
    let historic = standing_in_repository(&env, "orders", "old.py");
    assert_eq!(
        (shared.decision.outcome, historic.decision.outcome),
        (Outcome::Review, Outcome::Retire)
    );
    let text = format!(
        "# Agreed with the teams on Monday.\nschema: 1\n\ndecisions:\n  {}: # the mainframe\n    outcome: retain\n    \
         reason: The mainframe is replaced next year.\n    by: jane.doe@example.com\n    until: 2999-12-31\n  {}:\n    \
         by:   'joe@example.com'\n    metadata: {{appenv: prod}}\n    name: payment-gateway\n",
        shared.id, historic.id
    );
    let path = env.write("inventory/decisions.yaml", &text);

    env.keyferry(&["discover", "orders", "billing"])
        .exits(0)
        .says(&["0 new, 0 gone"]);
    let decided = standing_in(&env, "config/shared.properties");
    assert_eq!(
        (decided.decision.outcome, decided.decision.rule.as_str()),
        (Outcome::Retain, "person")
    );
    assert!(
        decided
            .decision
            .reason
            .contains("The mainframe is replaced next year."),
        "{:?}",
        decided.decision
    );
    let told = standing_in_repository(&env, "orders", "old.py");
    assert_eq!(
        fact(&told, "appenv"),
        ("prod".to_owned(), Provenance::Person)
    );
    // The person did not decide its outcome.
    assert_eq!(told.decision, historic.decision);

    // The file is the person's, to the byte; and with nothing new the inventory stays as it is.
    let before = bytes(&env);
    env.keyferry(&["discover", "billing"]).exits(0);
    env.keyferry(&["discover", "billing", "orders"]).exits(0);
    unchanged(&env, &before);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);

    // Even a secret that is found nowhere any more stays, as somebody knows of it.
    std::fs::remove_dir_all(env.path("orders")).unwrap();
    env.repo("orders")
        .write("README.md", "new\n")
        .commit("start anew");
    env.keyferry(&["discover", "orders", "--same", "orders"])
        .exits(0)
        .says(&["0 new, 1 gone"]);
    let known = inventory(&env)
        .into_iter()
        .find(|secret| secret.id == historic.id)
        .unwrap();
    assert!(known.occurrences.is_empty());
    assert_eq!(fact(&known, "appenv").0, "prod");
    assert_eq!(known.exposure, Exposure::Unreachable);
    assert_eq!(
        (known.decision.outcome, known.decision.rule.as_str()),
        (Outcome::Retire, "not-found")
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

/// `--set` gives facts about all secrets in a repository, and about no others.
#[test]
fn what_is_no_longer_found_is_taken_out_whatever_set_said_of_it() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("a.py", format!("token = '{}'\n", token(1)))
        .commit("one");
    repo.write("b.py", format!("token = '{}'\n", token(2)));
    env.keyferry(&["discover", "shop", "--set", "appid=shop01"])
        .exits(0)
        .says(&["2 new, 0 gone"]);
    let kept = standing_in(&env, "a.py");
    repo.remove("b.py");
    env.keyferry(&["discover", "shop"])
        .exits(0)
        .says(&["0 new, 1 gone"]);
    assert_eq!(inventory(&env), [kept]);
}

#[test]
fn what_is_in_the_account_but_in_no_repository_stays_and_holds_up_no_plan() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("a.py", format!("token = '{}'\n", token(1)));
    let facts = "appid=shop01 appfunc=api appenv=prod owner=@acme/shop";
    let set: Vec<&str> = facts.split(' ').flat_map(|fact| ["--set", fact]).collect();
    env.keyferry(&[&["discover", "shop"], set.as_slice()].concat())
        .exits(0);
    let path = env.path("inventory/shop01.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        &path,
        text.replace("progress: \"found\"", "progress: \"imported\""),
    )
    .unwrap();
    let before = inventory(&env).remove(0);
    repo.remove("a.py");
    env.keyferry(&["discover", "shop"])
        .exits(0)
        .says(&["0 new, 0 gone"]);
    let after = files(&env).remove("shop01.yaml").unwrap().remove(0);
    assert_eq!(
        (&after.metadata, &after.target),
        (&before.metadata, &before.target)
    );
    assert_eq!(
        (after.exposure, after.decision.outcome),
        (Exposure::Unreachable, Outcome::Retire)
    );
    env.keyferry(&[
        "plan",
        "--offline",
        "--account",
        "123456789012",
        "--region",
        "eu-central-1",
    ])
    .exits(0);
}

#[track_caller]
fn standing_in_repository(env: &TestEnv, repository: &str, path: &str) -> Secret {
    let here = |secret: &Secret| {
        secret
            .occurrences
            .iter()
            .any(|place| place.repository == repository && place.path == path)
    };
    let mut found: Vec<Secret> = inventory(env).into_iter().filter(here).collect();
    assert_eq!(found.len(), 1, "{repository} {path}: {found:#?}");
    found.remove(0)
}

#[test]
fn a_decision_ends_on_its_day() {
    let env = TestEnv::new();
    env.repo("shop")
        .write("a.py", format!("token = '{}'\n", token(1)))
        .commit("one");
    env.keyferry(&["discover", "shop"]).exits(0);
    let id = inventory(&env).remove(0).id;
    env.write(
        "inventory/decisions.yaml",
        format!("schema: 1\ndecisions:\n  {id}: {{outcome: retain, reason: For now, by: a@b.c, until: 2001-02-03}}\n"),
    );
    env.keyferry(&["discover", "shop"]).exits(0);
    let decision = inventory(&env).remove(0).decision;
    assert_eq!(decision.outcome, Outcome::Relocate);
    assert!(
        decision.reason.contains("2001-02-03"),
        "{}",
        decision.reason
    );
}

#[test]
fn an_id_that_nobody_knows_is_mentioned() {
    let env = TestEnv::new();
    env.repo("shop")
        .write("a.py", format!("token = '{}'\n", token(1)))
        .commit("one");
    let id = format!("s-{}", "0f".repeat(12));
    let decisions =
        format!("schema: 1\ndecisions:\n  {id}: {{outcome: retain, reason: r, by: a@b.c}}\n");
    env.write("inventory/decisions.yaml", decisions);
    let warning =
        format!("warning: inventory/decisions.yaml:3: {id} is in no file of the inventory");
    env.keyferry(&["discover", "shop"])
        .exits(0)
        .says(&[&warning]);
}

#[test]
fn a_fact_that_is_said_stays_said() {
    let env = TestEnv::new();
    two_repositories(&env);
    let facts = ["--set", "appid=ord001", "--set", "appenv=test"];
    env.keyferry(&[&["discover", "orders"], facts.as_slice()].concat())
        .exits(0);
    assert_eq!(files(&env).keys().collect::<Vec<_>>(), ["ord001.yaml"]);
    let before = bytes(&env);
    env.keyferry(&["discover", "orders"]).exits(0);
    unchanged(&env, &before);

    // A fact about one repository is no fact about another; a value in both is one secret.
    env.keyferry(&["discover", "billing"])
        .exits(0)
        .says(&["2 new, 0 gone"]);
    let files = files(&env);
    assert_eq!(
        files.keys().collect::<Vec<_>>(),
        ["ord001.yaml", "unassigned.yaml"]
    );
    assert_eq!(
        (files["ord001.yaml"].len(), files["unassigned.yaml"].len()),
        (3, 2)
    );
    for secret in &files["ord001.yaml"] {
        assert_eq!(
            fact(secret, "appid"),
            ("ord001".to_owned(), Provenance::Set)
        );
        assert_eq!(fact(secret, "appenv"), ("test".to_owned(), Provenance::Set));
    }
    assert!(
        files["unassigned.yaml"]
            .iter()
            .all(|secret| !secret.metadata.contains_key("appid"))
    );

    // The last statement counts.
    env.keyferry(&["discover", "orders", "--set", "appenv=prod"])
        .exits(0);
    let secret = standing_in_repository(&env, "orders", "config/app.yml");
    assert_eq!(fact(&secret, "appenv").0, "prod");
    assert_eq!(fact(&secret, "appid").0, "ord001");
}

#[test]
fn what_is_said_of_two_repositories_that_share_a_value_becomes_a_question() {
    let env = TestEnv::new();
    two_repositories(&env);
    let say = |inventory: &str, repository: &str, fact: &str| {
        env.keyferry(&[
            "discover",
            "--inventory",
            inventory,
            repository,
            "--set",
            fact,
        ])
        .exits(0);
    };
    say("inventory", "orders", "appid=ord001");
    say("inventory", "billing", "appid=bil001");
    assert_eq!(
        files(&env).keys().collect::<Vec<_>>(),
        ["bil001.yaml", "ord001.yaml", "shared.yaml"]
    );
    let shared = standing_in(&env, "config/shared.properties");
    assert_eq!(
        (shared.decision.outcome, shared.decision.rule.as_str()),
        (Outcome::Review, "conflict")
    );
    let question = "It is used in bil001/@, ord001/@. Does each get a secret of its own, or do they share one? Answer with \
                    `uses: separate`, or with `uses: together` and the `metadata` of the shared one.";
    assert_eq!(shared.decision.questions, [question]);

    // Whoever speaks last is not believed more.
    let before = bytes(&env);
    say("inventory", "orders", "appid=ord001");
    unchanged(&env, &before);
    say("other", "billing", "appid=bil001");
    say("other", "orders", "appid=ord001");
    let text = std::fs::read(env.path("other/shared.yaml")).unwrap();
    assert_eq!(opened(&env, "other", &text)[0].decision, shared.decision);

    // Once it is only in the history of one of them, it is the other's.
    env.open("billing")
        .remove("config/shared.properties")
        .commit("not ours");
    env.keyferry(&["discover", "billing"]).exits(0);
    let shared = standing_in(&env, "config/shared.properties");
    assert_eq!(
        fact(&shared, "appid"),
        ("ord001".to_owned(), Provenance::Set)
    );
    assert_eq!(shared.decision.outcome, Outcome::Relocate);
}

#[test]
fn what_is_said_of_one_repository_moves_no_secret_of_another() {
    let env = TestEnv::new();
    two_repositories(&env);
    env.keyferry(&["discover", "orders"]).exits(0);
    env.keyferry(&["discover", "billing", "--set", "appid=bil001"])
        .exits(0);
    let files = files(&env);
    assert_eq!(
        (files["bil001.yaml"].len(), files["unassigned.yaml"].len()),
        (3, 2)
    );
}

#[test]
fn the_credential_of_a_clone_is_not_taken_for_the_application_s() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("a.py", format!("token = '{}'\n", token(1)))
        .commit("one");
    for n in [1, 2] {
        let url = format!("https://ci:{}@git.example.com/acme/shop.git", token(n));
        repo.git(&["remote", "add", &format!("remote-{n}"), &url]);
    }
    env.keyferry(&["discover", "shop"])
        .exits(0)
        .says(&["2 new, 0 gone"]);
    let secrets = inventory(&env);
    let decided = |secret: &Secret| {
        (
            secret.occurrences.len(),
            secret.decision.outcome,
            secret.decision.rule.clone(),
        )
    };
    let mut decided: Vec<_> = secrets.iter().map(decided).collect();
    decided.sort();
    let expected = [
        (1, Outcome::Review, "git-directory".to_owned()),
        (2, Outcome::Relocate, "at-head".to_owned()),
    ];
    assert_eq!(decided, expected);
}

#[test]
fn a_name_that_was_wished_by_mistake_is_taken_back() {
    let env = TestEnv::new();
    env.repo("shop")
        .write("a.py", format!("token = '{}'\n", token(1)))
        .commit("one");
    let facts = "appid=shop01 appfunc=api appenv=prod owner=@acme/shop";
    let set: Vec<&str> = facts.split(' ').flat_map(|fact| ["--set", fact]).collect();
    env.keyferry(&[&["discover", "shop"], set.as_slice()].concat())
        .exits(0);
    let path = env.path("inventory/shop01.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        &path,
        text.replace("progress: \"found\"", "progress: \"imported\""),
    )
    .unwrap();
    let imported = inventory(&env);
    let plan = [
        "plan",
        "--offline",
        "--account",
        "123456789012",
        "--region",
        "eu-central-1",
    ];
    env.keyferry(&plan).exits(0);
    let entry = format!("  {}: {{name: another, by: a@b.c}}\n", imported[0].id);
    env.write(
        "inventory/decisions.yaml",
        format!("schema: 1\ndecisions:\n{entry}"),
    );
    env.keyferry(&plan).exits(1);
    env.write("inventory/decisions.yaml", "schema: 1\ndecisions: {}\n");
    env.keyferry(&plan).exits(0);
    assert_eq!(inventory(&env), imported);
}
