//! An inventory that nobody named must not come from the author of a target.

use std::path::Path;
use std::process::Output;

use crate::support::test_env::{Repo, TestEnv, token};

/// A policy that would hide everything: all secrets stay where they are.
const POLICY: &str =
    "schema: 1\ndecisions:\n  - { id: hide, then: retain, reason: nothing to see }\n";

/// Runs the program in a folder, with an output that tells everything.
#[track_caller]
fn run(env: &TestEnv, folder: &str, args: &[&str], code: i32) -> String {
    let output: Output = env
        .program(args)
        .current_dir(env.path(folder))
        .output()
        .unwrap();
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
    said
}

#[track_caller]
fn refused(said: &str, reason: &str) {
    let hint = "\nhint: if this inventory is yours, name it: --inventory inventory\n";
    assert!(
        said.starts_with("error: ") && said.ends_with(hint),
        "{said}"
    );
    assert!(said.contains(reason), "{said}");
}

const PLAN: [&str; 6] = [
    "plan",
    "--offline",
    "--account",
    "123456789012",
    "--region",
    "eu-west-1",
];

fn clone(env: &TestEnv) -> Repo<'_> {
    let repo = env.repo("clone");
    repo.write("a.py", format!("token = '{}'\n", token(1)))
        .commit("one");
    repo
}

#[test]
fn what_git_tracks_in_the_target_does_not_decide() {
    for (name, content) in [
        ("policy.yaml", POLICY),
        ("decisions.yaml", "schema: 1\ndecisions: {}\n"),
        ("decisions/jane.yaml", "schema: 2\nstatements: []\n"),
        ("registry.csv", "repository,appid\nclone,evil01\n"),
        ("registry.yml", "schema: 1\napplications: []\n"),
        ("keyferry.yaml", "schema: 1\nid: '0'\nkey_check: '0'\n"),
        ("ord001.yaml", "schema: 1\nsecrets: []\n"),
        ("places/shop.jsonl", "{\"schema\":4}\n"),
        ("plan.json", "{}"),
        ("journal.jsonl", ""),
        ("Policy.YAML", POLICY),
    ] {
        let env = TestEnv::new();
        clone(&env)
            .write(&format!("inventory/{name}"), content)
            .commit("two");
        let reason = format!("git tracks inventory/{}", name.to_lowercase());
        for args in [
            &["discover", "."][..],
            &["discover", "../clone/a.py"],
            &PLAN,
            &["import", "--yes"],
            &["verify"],
        ] {
            refused(&run(&env, "clone", args, 2), &reason);
        }
        // Also from a folder within it.
        clone_in(&env, "clone/deep", name, content);
        refused(
            &run(&env, "clone/deep", &["discover", ".."], 2),
            "git tracks",
        );
        assert!(!env.home().join(".local/share/keyferry").exists(), "{name}");
    }
    // On purpose.
    let env = TestEnv::new();
    clone(&env)
        .write("inventory/policy.yaml", POLICY)
        .commit("two");
    run(
        &env,
        "clone",
        &["discover", "--inventory", "inventory", "."],
        0,
    );
    let entry = std::fs::read_to_string(env.path("clone/inventory/unassigned.yaml")).unwrap();
    assert!(entry.contains(r#""rule": "hide""#), "{entry}");
    // It must be named each time: the next commit may be a stranger's.
    refused(
        &run(&env, "clone", &["discover", "."], 2),
        "git tracks inventory/policy.yaml",
    );
}

fn clone_in(env: &TestEnv, folder: &str, name: &str, content: &str) {
    let repo = env.open("clone");
    env.write(format!("{folder}/inventory/{name}"), content);
    repo.commit("deeper");
}

#[test]
fn an_inventory_within_the_target_is_used_if_this_user_made_it() {
    let env = TestEnv::new();
    let repo = clone(&env);
    run(&env, "clone", &["discover", "."], 0);
    run(&env, "clone", &["discover", "."], 0);
    repo.write("inventory/decisions.yaml", "schema: 1\ndecisions: {}\n");
    run(&env, "clone", &["discover", "."], 0);
    run(&env, "clone", &PLAN, 1);
    // A commit of somebody else brings a file into it.
    repo.write("inventory/policy.yaml", POLICY);
    repo.git(&["add", "inventory/policy.yaml"]);
    refused(
        &run(&env, "clone", &["discover", "."], 2),
        "git tracks inventory/policy.yaml",
    );
    refused(
        &run(&env, "clone", &PLAN, 2),
        "git tracks inventory/policy.yaml",
    );
}

#[test]
fn an_inventory_that_came_with_a_folder_is_not_used() {
    let env = TestEnv::new();
    env.write("tarball/a.py", format!("token = '{}'\n", token(1)));
    env.write("tarball/inventory/policy.yaml", POLICY);
    let reason = "inventory/policy.yaml is part of the target ";
    refused(&run(&env, "tarball", &["discover", "."], 2), reason);
    run(
        &env,
        "tarball",
        &["discover", "--inventory", "inventory", "."],
        0,
    );
    // Now the user has named it.
    run(&env, "tarball", &["discover", "."], 0);

    // The id of an inventory is no secret: a copy of it with another policy is not the user's.
    env.write("mine/a.py", format!("token = '{}'\n", token(1)));
    run(&env, "mine", &["discover", "a.py"], 0);
    env.write("evil/a.py", format!("token = '{}'\n", token(1)));
    let identity = std::fs::read(env.path("mine/inventory/keyferry.yaml")).unwrap();
    env.write("evil/inventory/keyferry.yaml", identity);
    env.write("evil/inventory/policy.yaml", POLICY);
    refused(
        &run(&env, "evil", &["discover", "."], 2),
        "inventory/keyferry.yaml is part of the target ",
    );
    let reason = "the inventory inventory was made in another folder: ";
    refused(&run(&env, "evil", &["discover", "../mine/a.py"], 2), reason);
    refused(&run(&env, "evil", &PLAN, 2), reason);
}

#[test]
fn a_link_in_place_of_the_default_folder_is_not_followed() {
    let env = TestEnv::new();
    clone(&env);
    env.write("other/policy.yaml", POLICY);
    std::os::unix::fs::symlink("../other", env.path("clone/inventory")).unwrap();
    refused(
        &run(&env, "clone", &["discover", "."], 2),
        "inventory is a symbolic link",
    );
    assert_eq!(std::fs::read_dir(env.path("other")).unwrap().count(), 1);
}

#[test]
fn a_repository_of_which_nothing_is_known_is_not_trusted() {
    let env = TestEnv::new();
    clone(&env)
        .write("inventory/policy.yaml", POLICY)
        .write(".git/index", "broken");
    let reason = "it is unknown whether git tracks inventory in the repository ";
    refused(&run(&env, "clone", &["discover", "."], 2), reason);
}

/// Whatever a person adds to the folder is read; what the program wrote there is not.
#[test]
fn other_files_in_the_folder_of_the_inventory_are_read() {
    let env = TestEnv::new();
    let repo = clone(&env);
    run(&env, "clone", &["discover", "."], 0);
    let said = run(&env, "clone", &["discover", "."], 0);
    assert!(
        said.contains("4 own-inventory: inventory/.keyferry.lock, inventory/keyferry.yaml, inventory/places/clone.jsonl, inventory/unassigned.yaml\n"),
        "{said}"
    );
    let line = |n| format!("token = '{}'\n", token(n));
    repo.write("inventory/notes.txt", line(2))
        .write("inventory/deep/notes.txt", line(3))
        .write("inventory/policy.yaml", format!("# {}schema: 1\n", line(4)));
    let found = |folder: &str| {
        let args = [
            "scan",
            "--format",
            "jsonl",
            "--show-secrets",
            "--inventory",
            "inventory",
            ".",
        ];
        let output = env
            .program(&args)
            .current_dir(env.path(folder))
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        (1..9)
            .filter(|&n| text.contains(&token(n)))
            .collect::<Vec<u32>>()
    };
    assert_eq!(found("clone"), [1, 2, 3, 4]);
    // A comment in a file of the program is a person's.
    let own = env.path("clone/inventory/unassigned.yaml");
    let text = std::fs::read_to_string(&own).unwrap();
    std::fs::write(&own, format!("{text}# {}", line(5))).unwrap();
    assert_eq!(found("clone"), [1, 2, 3, 4, 5]);
    assert!(Path::new(&own).exists());
}
