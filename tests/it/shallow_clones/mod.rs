//! Shallow and partial clones: the oldest commit that a clone has is not the one that introduced everything
//! in it, and the report says what the clone does not have.

mod forged_lists;
mod inventory;
mod random_clones;
mod since;

use crate::scan_cache::{agree, ballast};
use crate::support::test_env::{Repo, Row, TestEnv, date, token};

/// The author of commits at the edge. Nobody may take this person for the owner of a value.
pub const EDGE_AUTHOR: &str = "Edge <edge@example.com>";

pub fn line(n: u32) -> String {
    format!("token = '{}'\n", token(n))
}

/// Commits a token in each of the files `a.py` to `d.py`, and then none: five commits. Nobody but the author
/// of the third is `EDGE_AUTHOR`.
pub fn five_commits<'e>(env: &'e TestEnv, name: &str) -> Repo<'e> {
    let repo = env.repo(name);
    for (n, file) in (1..).zip(["a.py", "b.py", "c.py", "d.py", "readme.txt"]) {
        let text = if n < 5 { line(n) } else { "x\n".to_owned() };
        repo.write(file, text).git(&["add", "--all"]);
        let author = format!("--author={EDGE_AUTHOR}");
        let mut args = vec!["commit", "--quiet", "--message", file];
        args.extend((n == 3).then_some(&*author));
        repo.git(&args);
        repo.tick();
    }
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    repo.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    repo
}

/// Clones over git's protocol: a clone of a path copies the whole object database.
pub fn clone<'e>(from: &Repo<'e>, name: &str, args: &[&str]) -> Repo<'e> {
    let url = format!("file://{}", from.root.display());
    let args = [&["clone", "--quiet"], args, &[&url, name]].concat();
    from.env.git(&from.env.path(""), &args);
    from.env.open(name)
}

/// Path, relation to the commit, and number of the commit in order of time, of each row of a file.
pub fn introductions(rows: &[Row]) -> Vec<(String, String, u64)> {
    let known = |row: &Row| {
        let number = (0..100).find(|&n| row.date.as_deref() == Some(&*date(n)));
        let introduced = row.introduced.clone().unwrap_or_default();
        (row.path.clone(), introduced, number.unwrap_or(u64::MAX))
    };
    let files = rows.iter().filter(|row| row.origin != "git-directory");
    files.map(known).collect()
}

#[track_caller]
pub fn has_introductions(rows: &[Row], expected: &[(&str, &str, u64)]) {
    let expected = expected
        .iter()
        .map(|&(path, introduced, n)| (path.to_owned(), introduced.to_owned(), n));
    assert_eq!(introductions(rows), expected.collect::<Vec<_>>());
}

#[test]
fn the_edge_commit_introduces_nothing_for_certain() {
    let env = TestEnv::new();
    let full = five_commits(&env, "full");
    let clone = clone(&full, "shop", &["--depth=3"]);
    let (rows, ran) = env.scan_exits(1, &["shop"]);
    has_introductions(
        &rows,
        &[
            ("a.py", "at-or-before", 2),
            ("b.py", "at-or-before", 2),
            ("c.py", "at-or-before", 2),
            ("d.py", "at", 3),
        ],
    );
    rows.iter().for_each(|row| clone.check(row));
    assert!(rows[..3].iter().all(|row| row.author.is_none()));
    assert!(rows[3].author.is_some());
    let edge = clone.git(&["rev-parse", "HEAD~2"]);
    assert!(
        rows[..3]
            .iter()
            .all(|row| row.commit.as_deref() == Some(&edge))
    );
    ran.says(&[&format!("skipped     1 shallow: full commit {edge}")]);
}

#[test]
fn every_format_says_so() {
    let env = TestEnv::new();
    clone(&five_commits(&env, "full"), "shop", &["--depth=3"]);
    let formats = [
        ("text", "at or before a commit of 2023-11-14", "1 shallow"),
        ("json", "\"introduced\":\"at-or-before\"", "\"shallow\":{"),
        ("jsonl", "\"introduced\":\"at-or-before\"", "1 shallow"),
        ("csv", ",at-or-before,,", "1 shallow"),
        (
            "sarif",
            "\"introduced\":\"at-or-before\"",
            "Skipped 1 thing: shallow.",
        ),
    ];
    for (format, introduced, shallow) in formats {
        let ran = env.keyferry(&["scan", "--format", format, "shop"]).exits(1);
        let report = ran.stdout.replace(": ", ":").replace("thing:", "thing: ");
        let words = |words: &str| {
            let plain = words.replace(": ", ":").replace("thing:", "thing: ");
            report.contains(&plain) || ran.stderr.contains(words)
        };
        assert!(words(introduced), "{format}\n{}", ran.stdout);
        assert!(words(shallow), "{format}\n{}\n{}", ran.stdout, ran.stderr);
        assert!(!ran.stdout.contains("edge@example.com"), "{format}");
        let carries_text = matches!(format, "text" | "jsonl" | "csv");
        assert_eq!(words("git fetch --unshallow"), carries_text, "{format}");
    }
}

/// A merge of which only one parent is there: the lines that it shares with this one may come from the other.
#[test]
fn a_merge_at_the_edge() {
    let env = TestEnv::new();
    let full = env.repo("full");
    full.write("readme.txt", "x\n").commit("root");
    full.git(&["checkout", "--quiet", "-b", "side"]);
    full.git(&["checkout", "--quiet", "main"]);
    full.write("both.py", line(1)).commit("first of both");
    let old = full.git(&["log", "-1", "--format=%ct"]);
    full.git(&["checkout", "--quiet", "side"]);
    full.write("x.txt", "x\n").commit("on the side");
    full.write("both.py", line(1))
        .write("side.py", line(2))
        .commit("second of both");
    full.git(&["checkout", "--quiet", "main"]);
    full.git(&["merge", "--quiet", "--no-ff", "-m", "merge", "side"]);
    full.tick();
    full.write("new.py", line(3)).commit("new");
    let since = format!("--shallow-since=@{}", old.parse::<u64>().unwrap() + 1);
    let clone = clone(&full, "shop", &["--no-single-branch", &since]);
    let merge = clone.git(&["rev-parse", "HEAD~1"]);
    let list = std::fs::read_to_string(clone.root.join(".git/shallow")).unwrap();
    assert!(list.contains(&merge) && list.lines().count() == 2, "{list}");
    has_introductions(
        &env.scan(&["shop"]),
        &[
            ("both.py", "at-or-before", 3),
            ("new.py", "at", 5),
            ("side.py", "at-or-before", 3),
        ],
    );
    // The number of a parent is not known if another one is missing.
    env.scan_exits(3, &["--since", "HEAD~1^1", "shop"])
        .1
        .says(&["--since HEAD~1^1: it leads beyond the oldest commits of this clone"]);
}

#[test]
fn missing_versions_of_a_partial_clone() {
    let env = TestEnv::new();
    let full = five_commits(&env, "full");
    full.write("a.py", format!("{}x = 1\n", line(1)))
        .commit("another version");
    let blobless = ("--filter=blob:none", "at", [0, 1, 2, 3]);
    let treeless = ("--filter=tree:0", "at-or-before", [5, 5, 5, 5]);
    for (filter, introduced, [_, b, c, d]) in [blobless, treeless] {
        clone(&full, "shop", &[filter]);
        let (rows, ran) = env.scan_exits(1, &["shop"]);
        has_introductions(
            &rows,
            &[
                ("a.py", "at-or-before", 5),
                ("b.py", introduced, b),
                ("c.py", introduced, c),
                ("d.py", introduced, d),
            ],
        );
        ran.says(&[" partial: full object ", "the clone is partial"]);
        std::fs::remove_dir_all(env.path("shop")).unwrap();
    }
}

#[test]
fn linked_working_trees_and_submodules() {
    let env = TestEnv::new();
    let inner = five_commits(&env, "inner");
    let outer = five_commits(&env, "outer");
    let url = format!("file://{}", inner.root.display());
    outer.git(&["submodule", "--quiet", "add", &url, "lib"]);
    outer.commit("with a submodule");
    let shallow = ["--depth=1", "--recurse-submodules", "--shallow-submodules"];
    let clone = clone(&outer, "shop", &shallow);
    clone.git(&["worktree", "add", "--quiet", "../linked"]);
    let (rows, ran) = env.scan_exits(1, &["shop", "linked"]);
    let rows: Vec<Row> = rows
        .into_iter()
        .filter(|row| row.path.contains(".py"))
        .collect();
    // Four of each: the linked working tree and the main one, and their submodules.
    assert_eq!(rows.len(), 16);
    let unknown = rows
        .iter()
        .all(|row| row.introduced.as_deref() == Some("at-or-before") && row.author.is_none());
    assert!(unknown, "{rows:#?}");
    ran.says(&[" 4 shallow: "]);
}

/// The cache never knows less, nor more, than the repository has at the moment.
#[test]
fn the_cache_follows_the_depth() {
    let env = TestEnv::new();
    let full = five_commits(&env, "full");
    ballast(&full);
    let args = ["--depth=2", "--no-local"];
    let clone = clone(&full, "shop", &args);
    clone.git(&["fetch", "--quiet", "origin", "+refs/ballast:refs/ballast"]);
    let all = ["--history-only"];
    assert!(!agree(&env, &all, "shallow"));
    assert!(!agree(&env, &all, "shallow, again"));
    clone.git(&["fetch", "--quiet", "--deepen=1"]);
    assert!(!agree(&env, &all, "deeper"));
    clone.git(&["fetch", "--quiet", "--unshallow"]);
    clone.git(&["repack", "-q", "-a", "-d"]);
    assert!(!agree(&env, &all, "whole"));
    assert!(agree(&env, &all, "whole, again"));
    // A commit without its parents is fetched into the whole clone.
    full.git(&["checkout", "--quiet", "-b", "other", "HEAD~3"]);
    full.write("e.py", line(5)).commit("five");
    full.write("f.py", line(6)).commit("six");
    let fetch = ["fetch", "--quiet", "--depth=1", "origin", "other"];
    clone.git(&fetch);
    assert!(!agree(&env, &all, "with an edge"));
    let rows = env.scan(&["--history-only", "shop"]);
    has_introductions(
        &rows,
        &[
            ("a.py", "at", 0),
            ("b.py", "at", 1),
            ("c.py", "at", 2),
            ("d.py", "at", 3),
            ("e.py", "at-or-before", 6),
            ("f.py", "at-or-before", 6),
        ],
    );
}
