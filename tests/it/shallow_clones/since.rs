//! `--since` in shallow and partial clones: a value that may be old is not reported as new, and a value that
//! may be new is not left out in silence.

use super::{clone, five_commits, line};
use crate::support::test_env::{Ran, Row, TestEnv, date};

fn scan(env: &TestEnv, code: i32, since: &str) -> (Vec<String>, Ran) {
    let (rows, ran) = env.scan_exits(code, &["--since", since, "shop"]);
    let paths = rows.iter().map(|row: &Row| row.path.clone());
    (paths.filter(|path| path.ends_with(".py")).collect(), ran)
}

#[test]
fn a_revision() {
    let env = TestEnv::new();
    let full = five_commits(&env, "full");
    let root = full.git(&["rev-parse", "HEAD~4"]);
    full.git(&["tag", "v1", &root]);
    clone(&full, "shop", &["--depth=3"]);
    for (since, paths) in [("HEAD", &[][..]), ("HEAD~1", &[]), ("HEAD~2", &["d.py"])] {
        let code = i32::from(!paths.is_empty());
        let (found, ran) = scan(&env, code, since);
        assert_eq!(found, paths, "{since}");
        ran.says(&["before-since: full a.py:1"]);
    }
    // The clone does not have these.
    let hint = "git fetch --unshallow";
    scan(&env, 3, "HEAD~3").1.says(&["--since HEAD~3: ", hint]);
    for id in [&root, &root[..8]] {
        let words = format!("--since {id}: the shallow clone has no such ref or commit");
        scan(&env, 3, id).1.says(&[&words, hint]);
    }
    env.keyferry(&["scan", "--since", "v1", "shop"])
        .exits(2)
        .says(&["--since v1: ", "has no such ref or commit", hint]);
}

#[test]
fn a_day() {
    let env = TestEnv::new();
    let full = five_commits(&env, "full");
    clone(&full, "shop", &["--depth=3"]);
    // After the edge, and at the edge: nothing was introduced there for certain.
    assert_eq!(scan(&env, 1, &date(3)).0, ["d.py"]);
    let (found, ran) = scan(&env, 3, &date(2));
    assert_eq!(found, ["d.py"]);
    ran.says(&[
        "skipped     3 unknown-age: full a.py:1, full b.py:1, full c.py:1",
        "does not reach back to --since",
    ]);
    // The whole history shows which of them are new.
    env.open("shop").git(&["fetch", "--quiet", "--unshallow"]);
    assert_eq!(scan(&env, 1, &date(2)).0, ["c.py", "d.py"]);
    // Of a clone with one commit, nothing is known, and that is no clean result.
    clone(&full, "other", &["--depth=1"]);
    let all = ["scan", "--since", "2001-01-01", "other"];
    let ran = env.keyferry(&all).exits(3);
    assert!(ran.stdout.contains("4 unknown-age: "), "{}", ran.stdout);
}

/// Two branches, of each the newest commit: values that the other one has are not new, the others are.
#[test]
fn another_branch_of_a_shallow_clone() {
    let env = TestEnv::new();
    let full = five_commits(&env, "full");
    full.git(&["checkout", "--quiet", "-b", "topic"]);
    full.write("own.py", line(5)).commit("own");
    full.write("more.txt", "x\n").commit("more");
    clone(&full, "shop", &["--depth=1", "--no-single-branch"]);
    let (found, ran) = scan(&env, 1, "origin/main");
    assert_eq!(found, ["own.py"]);
    ran.says(&["4 before-since: full a.py:1"]);
}

/// In a partial clone, the version of the revision may be missing.
#[test]
fn a_revision_of_a_partial_clone() {
    let env = TestEnv::new();
    let full = five_commits(&env, "full");
    full.write("a.py", format!("{}x = 1\n", line(1)))
        .write("own.py", line(5))
        .commit("another version");
    clone(&full, "shop", &["--filter=blob:none"]);
    let (found, ran) = scan(&env, 3, "HEAD~1");
    assert_eq!(found, ["own.py"]);
    ran.says(&["1 unknown-age: full a.py:1"]);
}
