//! Lines that moved between the scan and the import: the value is found again by its fingerprint. A value that changed is
//! drift, whatever older version git still holds.

use crate::support::test_env::{Repo, TestEnv, made_up};

const FACTS: &str = "--set appid=ord001 --set appname=orders --set appfunc=api --set appenv=prod --set owner=a@example.org";

fn keyferry(env: &TestEnv, words: &str, code: i32) -> String {
    let words: Vec<&str> = words.split_whitespace().collect();
    env.keyferry(&words).exits(code).stdout
}

/// Discovers a target and plans the import of its only secret.
fn planned(env: &TestEnv, target: &str) {
    keyferry(env, &format!("discover {target} {FACTS}"), 0);
    let plan = "plan --offline --account 123456789012 --region eu-west-1";
    assert!(keyferry(env, plan, 0).contains("unchecked  1"));
}

fn assert_ready(env: &TestEnv) {
    assert!(keyferry(env, "import --dry-run", 0).contains("1 ready"));
}

fn assert_drift(env: &TestEnv) {
    assert!(keyferry(env, "import --dry-run", 4).contains("drift (1 secret)"));
}

fn password(n: u32) -> String {
    made_up(n, "Sum<<>>mer-<<alnum 10>>")
}

fn config(n: u32) -> String {
    format!("service.user=app\nservice.password={}\n", password(n))
}

const FILE: &str = "config/app.properties";
const LINES: &str = "# one more line\n# and another one\n";

#[test]
fn lines_that_moved_in_the_working_tree_are_no_drift() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write(FILE, config(1)).commit("Config");
    planned(&env, "shop");
    repo.write(FILE, format!("{LINES}{}", config(1)));
    assert_ready(&env);
    repo.commit("Comments");
    assert_ready(&env);
    repo.write(
        FILE,
        format!("  indented: yes\n    {}", config(1).replace('\n', "\n  ")),
    );
    assert_ready(&env);
    repo.write(FILE, config(1).lines().last().unwrap());
    assert_ready(&env);
    // Another value in its place: git still holds the old one, and the application does not read it.
    repo.write(FILE, format!("{LINES}{}", config(2)));
    assert_drift(&env);
    repo.commit("Rotated");
    assert_drift(&env);
    repo.write(FILE, "service.user=app\n");
    keyferry(&env, "import --dry-run", 4);
}

#[test]
fn lines_that_moved_at_head_are_no_drift() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write(FILE, config(1)).commit("Config");
    repo.git(&["clone", "--quiet", "--bare", ".", "../shop.git"]);
    planned(&env, "shop.git");
    let push = |repo: &Repo| {
        repo.git(&["push", "--quiet", "../shop.git", "HEAD"]);
    };
    repo.write(FILE, format!("{LINES}{}", config(1)))
        .commit("Comments");
    push(&repo);
    assert_ready(&env);
    repo.write(FILE, format!("{LINES}{}", config(2)))
        .commit("Rotated");
    push(&repo);
    assert_drift(&env);
}

/// Without git, only the fingerprint can say which range of the file is the value.
#[test]
fn lines_that_moved_in_a_folder_are_no_drift() {
    let env = TestEnv::new();
    env.write("shop/app.properties", config(1));
    planned(&env, "shop");
    env.write("shop/app.properties", format!("{LINES}{}", config(1)));
    assert_ready(&env);
    env.write(
        "shop/app.properties",
        format!("{LINES}  {}", config(1).replace('=', " = ")),
    );
    assert_ready(&env);
    env.write("shop/app.properties", format!("{LINES}{}", config(2)));
    assert_drift(&env);
}

#[test]
fn a_file_that_git_does_not_hold_yet_may_move_too() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("README", "x\n").commit("Start");
    repo.write(FILE, config(1));
    planned(&env, "shop");
    repo.write(FILE, format!("{LINES}{}", config(1)));
    assert_ready(&env);
}

#[test]
fn a_value_of_several_lines_moves_as_a_whole() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    let key = |n| {
        let body = made_up(n, "<<base64lines 6>>");
        let label = ["RSA PRIVATE", " KEY"].concat();
        format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
    };
    repo.write("server.pem", key(1)).commit("Key");
    let relocate = |env: &TestEnv| {
        let text = std::fs::read_to_string(env.path("inventory/ord001.yaml")).unwrap();
        let id = text
            .lines()
            .find_map(|line| line.trim().strip_prefix("- id: "));
        let id = id.unwrap().trim_matches('"').to_owned();
        env.write(
            "inventory/decisions.yaml",
            format!("schema: 1\ndecisions:\n  {id}: {{outcome: relocate, reason: Used, by: a@example.com}}\n"),
        );
    };
    keyferry(&env, &format!("discover shop {FACTS}"), 0);
    relocate(&env);
    planned(&env, "shop");
    repo.write("server.pem", format!("{LINES}{}", key(1)));
    assert_ready(&env);
    repo.write("server.pem", key(2));
    assert_drift(&env);
}
