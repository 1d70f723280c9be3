//! Two people, two branches of an inventory, and a merge that git makes without a conflict.

use std::path::Path;

use keyferry::inventory::entry::Provenance;

use crate::support::inventory_files::{bytes, files, inventory, unchanged};
use crate::support::test_env::{TestEnv, password, token};

/// The inventory is named: git may track it.
const PLAN: [&str; 8] = [
    "plan",
    "--inventory",
    "inventory",
    "--offline",
    "--account",
    "123456789012",
    "--region",
    "eu-west-1",
];

/// Three repositories with one password in common. The names are far apart, so that git merges the lists of repositories.
fn repositories(env: &TestEnv) {
    for name in ["alpha", "middle", "zeta"] {
        let repo = env.repo(name);
        if name != "middle" {
            repo.write(
                "shared.properties",
                format!("api.password={}\n", password(7)),
            );
        }
        repo.write(
            format!("{name}.py").as_str(),
            format!("token = '{}'\n", token(name.len() as u32)),
        );
        repo.commit("settings");
    }
}

fn discover(env: &TestEnv, name: &str, appid: &str) {
    let set = format!("appid={appid}");
    env.keyferry(&["discover", name, "--inventory", "inventory", "--set", &set])
        .exits(0);
}

#[test]
fn two_branches_that_git_merges_give_what_one_would() {
    let env = TestEnv::new();
    repositories(&env);
    discover(&env, "middle", "mid001");
    let git = |args: &[&str]| env.git(&env.path("inventory"), args);
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "first"]);
    for (branch, name, appid) in [("ann", "alpha", "alp001"), ("bob", "zeta", "zet001")] {
        git(&["switch", "--quiet", "--create", branch, "main"]);
        discover(&env, name, appid);
        git(&["add", "."]);
        git(&["commit", "--quiet", "--message", branch]);
    }
    // No conflict.
    git(&["merge", "--quiet", "--message", "both", "ann"]);
    let merged = files(&env);
    let shared = |secrets: &[keyferry::inventory::entry::Secret]| {
        secrets
            .iter()
            .filter(|secret| {
                secret
                    .occurrences
                    .iter()
                    .any(|place| place.path == "shared.properties")
            })
            .count()
    };
    assert_eq!(
        (
            shared(&merged["alp001.yaml"]),
            shared(&merged["zet001.yaml"])
        ),
        (1, 1)
    );

    let ran = env.keyferry(&PLAN);
    ran.says(&[
        "note: 1 secret had several entries; they were merged:\n  s-",
        " in alp001.yaml, zet001.yaml\n",
    ]);
    let after = files(&env);
    assert_eq!(shared(&after["shared.yaml"]), 1);
    let both: Vec<&str> = after["shared.yaml"][0]
        .occurrences
        .iter()
        .map(|place| &*place.repository)
        .collect();
    assert_eq!(both, ["alpha", "zeta"]);
    let question = &after["shared.yaml"][0].decision.questions[0];
    assert!(
        question.contains("alp001/@") && question.contains("zet001/@"),
        "{question}"
    );
    let stable = bytes(&env);
    let ran = env.keyferry(&PLAN);
    assert!(!ran.stderr.contains("entries"), "{}", ran.stderr);
    unchanged(&env, &stable);

    // One inventory without branches has the same secrets.
    let secrets = inventory(&env);
    std::fs::remove_dir_all(env.path("inventory/.git")).unwrap();
    for (path, _) in bytes(&env) {
        if !path.ends_with("keyferry.yaml") {
            std::fs::remove_file(path).unwrap();
        }
    }
    for (name, appid) in [
        ("zeta", "zet001"),
        ("middle", "mid001"),
        ("alpha", "alp001"),
    ] {
        discover(&env, name, appid);
    }
    assert_eq!(inventory(&env), secrets);
}

#[test]
fn a_copy_that_an_editor_made_is_left_and_named() {
    let env = TestEnv::new();
    repositories(&env);
    env.keyferry(&["discover", "alpha"]).exits(0);
    let text = std::fs::read(env.path("inventory/unassigned.yaml")).unwrap();
    let copies = [
        "unassigned - Copy.yaml",
        "unassigned.yaml.orig",
        "unassigned.yml",
    ];
    for name in copies {
        env.write(Path::new("inventory").join(name), &text);
    }
    discover(&env, "alpha", "alp001");
    let ran = env.keyferry(&PLAN);
    for name in copies {
        let said = format!("warning: {name} in the inventory was not read");
        assert!(ran.stderr.contains(&said), "{}", ran.stderr);
        assert_eq!(
            std::fs::read(env.path("inventory").join(name)).unwrap(),
            text
        );
    }
    // Its own file, which has no secret left, is removed, and that is said.
    assert!(!env.path("inventory/unassigned.yaml").exists());
}

#[test]
fn a_file_that_is_merged_and_removed_is_named() {
    let env = TestEnv::new();
    repositories(&env);
    env.keyferry(&["discover", "alpha"]).exits(0);
    let before = bytes(&env);
    let path = env.path("inventory/unassigned.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    env.write("inventory/unassigned-backup.yaml", &text);
    let ran = env.keyferry(&["discover", "alpha"]).exits(0);
    ran.says(&[
        "note: 2 secrets had several entries; those of one secret were merged:\n",
        " in unassigned-backup.yaml, unassigned.yaml\n",
        "note: unassigned-backup.yaml was removed: its secrets are in unassigned.yaml\n",
    ]);
    unchanged(&env, &before);
    // Twice in one file.
    let entries = text.split_once("secrets:\n").unwrap().1;
    env.write(&path, format!("{text}{entries}"));
    let ran = env.keyferry(&["discover", "alpha"]).exits(0);
    ran.says(&[
        "note: 2 secrets had several entries",
        " in unassigned.yaml\n",
    ]);
    unchanged(&env, &before);
    // A move to another file is said, too.
    let ran = env
        .keyferry(&["discover", "alpha", "--set", "appid=alp001"])
        .exits(0);
    ran.says(&["note: unassigned.yaml was removed: its secrets are in alp001.yaml\n"]);
}

#[test]
fn what_two_people_said_is_kept_and_asked() {
    let env = TestEnv::new();
    repositories(&env);
    env.keyferry(&["discover", "middle"]).exits(0);
    let id = inventory(&env)[0].id.to_string();
    let mut versions = Vec::new();
    for owner in ["ann@example.com", "bob@example.com"] {
        let entry =
            format!("schema: 1\ndecisions:\n  {id}: {{ by: x, metadata: {{ owner: {owner} }} }}\n");
        env.write("inventory/decisions.yaml", entry);
        let _ = env.keyferry(&PLAN);
        versions.push(std::fs::read(env.path("inventory/unassigned.yaml")).unwrap());
    }
    // The merge of decisions.yaml kept neither.
    std::fs::remove_file(env.path("inventory/decisions.yaml")).unwrap();
    env.write("inventory/other.yaml", &versions[0]);
    let _ = env
        .keyferry(&PLAN)
        .says(&["note: 1 secret had several entries"]);
    let secret = &inventory(&env)[0];
    assert_eq!(
        secret.decision.questions.last().unwrap(),
        "People said different things in inventories that were merged: is owner `ann@example.com` or `bob@example.com`?"
    );
    assert!(!secret.metadata.contains_key("owner"));
    let before = bytes(&env);
    let _ = env.keyferry(&PLAN);
    unchanged(&env, &before);
    // The answer.
    env.keyferry(&["discover", "middle", "--set", "owner=cem@example.com"])
        .exits(0);
    let secret = &inventory(&env)[0];
    assert_eq!(
        (
            &*secret.metadata["owner"].value,
            secret.metadata["owner"].from
        ),
        ("cem@example.com", Provenance::Set)
    );
    assert!(secret.disputed.is_empty());
}

#[test]
fn places_that_a_merge_left_twice_or_alone_are_said() {
    let env = TestEnv::new();
    repositories(&env);
    env.keyferry(&["discover", "alpha"]).exits(0);
    let kept = |env: &TestEnv| {
        let mut files = bytes(env);
        files.retain(|path, _| !path.ends_with("plan.json"));
        files
    };
    let before = kept(&env);
    let is_mended = |env: &TestEnv| assert!(kept(env) == before);
    let path = env.path("inventory/places/alpha.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    let line = text.lines().nth(1).unwrap();
    let id = line["{\"secret\":\"".len()..].split('"').next().unwrap();
    // The same place twice, in one version without the commit that introduced it.
    let twice = line.replace("\"author\":", "\"last_date\":");
    env.write(&path, format!("{text}{twice}\n"));
    let ran = env.keyferry(&PLAN);
    ran.says(&[
        "note: 1 line in the files of places had the place of another line; those of one place were merged: ",
        id,
    ]);
    is_mended(&env);
    // A copy of a file is joined, and removed.
    env.write("inventory/places/alpha-backup.jsonl", &text);
    let ran = env.keyferry(&PLAN);
    ran.says(&[
        "note: 2 lines in the files of places had the place of another line",
        "note: places/alpha-backup.jsonl was removed: its places are gone, or are in the files of their repositories\n",
    ]);
    is_mended(&env);
    // A copy with a name that is never given is neither read nor changed.
    env.write("inventory/places/alpha (1).jsonl", &text);
    let ran = env.keyferry(&PLAN);
    ran.says(&["warning: places/alpha (1).jsonl in the inventory was not read: no file of places has such a name"]);
    std::fs::remove_file(env.path("inventory/places/alpha (1).jsonl")).unwrap();
    is_mended(&env);
    // One branch removed the entry, and the other one changed its place.
    let entries = env.path("inventory/unassigned.yaml");
    let whole = std::fs::read_to_string(&entries).unwrap();
    let (head, rest) = whole.split_once("- id: ").unwrap();
    let (first, second) = rest.split_once("- id: ").unwrap();
    let other = if first.contains(id) { second } else { first };
    env.write(&entries, format!("{head}- id: {other}"));
    let ran = env.keyferry(&PLAN);
    ran.says(&[
        "warning: 1 place in places/alpha.jsonl was left out, since 1 secret has no entry: ",
        id,
    ]);
    assert_eq!(inventory(&env).len(), 1);
    // The scan finds it again.
    env.keyferry(&["discover", "alpha"]).exits(0);
    is_mended(&env);
    // One branch removed the place, and the other one changed the entry.
    env.write(&path, text.replacen(&format!("{line}\n"), "", 1));
    let ran = env.keyferry(&["discover", "alpha"]).exits(0);
    ran.says(&[
        "warning: 1 secret has no place in places/alpha.jsonl, which the entry names: ",
        id,
    ]);
    is_mended(&env);
}

#[test]
fn a_scan_changes_the_places_of_its_repository_alone_and_a_decision_none() {
    let env = TestEnv::new();
    repositories(&env);
    env.keyferry(&["discover", "alpha", "middle", "zeta"])
        .exits(0);
    let places = |env: &TestEnv| {
        let mut files = bytes(env);
        files.retain(|path, _| path.to_str().unwrap().ends_with(".jsonl"));
        files
    };
    let before = places(&env);
    assert_eq!(before.len(), 3);
    discover(&env, "alpha", "alp001");
    assert!(places(&env) == before);
    // The password of alpha and zeta gets another key in alpha, which comes first: the entry changes with it.
    let repo = env.open("alpha");
    repo.write(
        "shared.properties",
        format!("\n# moved\nmail.password={}\n", password(7)),
    );
    repo.commit("moved");
    env.keyferry(&["discover", "alpha", "--inventory", "inventory"])
        .exits(0);
    let after = places(&env);
    let changed = after.iter().filter(|(path, text)| before[*path] != **text);
    let changed: Vec<_> = changed.map(|(path, _)| path.file_name().unwrap()).collect();
    assert_eq!(changed, ["alpha.jsonl"]);
}

#[test]
fn a_conflict_that_is_not_resolved_is_named_with_its_line() {
    let env = TestEnv::new();
    repositories(&env);
    env.keyferry(&["discover", "alpha"]).exits(0);
    for name in ["unassigned.yaml", "keyferry.yaml", "places/alpha.jsonl"] {
        let path = env.path("inventory").join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        let (first, rest) = text.split_once('\n').unwrap();
        env.write(
            &path,
            format!("{first}\n<<<<<<< HEAD\n=======\n>>>>>>> other\n{rest}"),
        );
        let before = bytes(&env);
        for command in [&["discover", "alpha"][..], &PLAN, &["verify"]] {
            let ran = env.keyferry(command).exits(2);
            ran.says(&[
                &format!("error: inventory/{name}:2: a conflict of a git merge is not resolved here (`<<<<<<<`)\n"),
                "hint: keep one side of each conflict",
            ]);
        }
        unchanged(&env, &before);
        env.write(&path, text);
    }
}
