//! `scan`: everything in a repository's object database, and the commits that introduced it.

use crate::support::test_env::{AUTHOR, Repo, Row, TestEnv, date, password, places, token};

fn line(n: u32) -> String {
    format!("token = '{}'\n", token(n))
}

/// The only row with this value.
#[track_caller]
fn only(rows: &[Row], value: &str) -> Row {
    let found: Vec<_> = rows.iter().filter(|row| row.value() == value).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

#[track_caller]
fn introduced_by(row: &Row, commit: &str, minute: u64) {
    assert_eq!(row.commit.as_deref(), Some(commit), "{row:?}");
    assert_eq!(
        (row.author.as_deref(), row.date.as_deref()),
        (Some(AUTHOR), Some(&*date(minute)))
    );
}

#[test]
fn a_file_changed_often_is_one_occurrence_with_the_first_commit() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("app.py", "import os\n").commit("start");
    let first = repo
        .write("app.py", format!("import os\n{}", line(1)))
        .commit("add");
    for n in 0..5 {
        repo.write(
            "app.py",
            format!("import os\n{}{}", "# more\n".repeat(n + 1), line(1)),
        )
        .commit("change");
    }
    let rows = env.scan(&["shop"]);
    assert_eq!(places(&rows), ["worktree app.py:7:10"]);
    introduced_by(&rows[0], &first, 1);
    repo.check(&rows[0]);
    let rows = env.scan(&["--history-only", "shop"]);
    assert_eq!(places(&rows), ["blob app.py:7:10"]);
    introduced_by(&rows[0], &first, 1);
    repo.check(&rows[0]);
}

#[test]
fn a_secret_only_in_history_stands_at_its_newest_version() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    let first = repo.write("app.py", line(1)).commit("add");
    repo.write("app.py", format!("# moved\n{}", line(1)))
        .commit("move");
    repo.write("app.py", "import os\n").commit("remove");
    let rows = env.scan(&["shop"]);
    assert_eq!(places(&rows), ["blob app.py:2:10"]);
    introduced_by(&rows[0], &first, 0);
    assert!(rows[0].reachable && !rows[0].at_head);
    repo.check(&rows[0]);
}

#[test]
fn which_branches_and_tags_hold_it_and_until_when() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("app.py", line(1)).commit("add");
    repo.git(&["tag", "v1"]);
    repo.git(&["branch", "old"]);
    // Another version of the file holds it still.
    let last = repo
        .write("app.py", format!("{}# more\n", line(1)))
        .commit("change");
    repo.write("app.py", "import os\n").commit("remove");
    let held = |row: &Row| {
        (
            row.refs.clone(),
            row.refs_more,
            row.last_commit.clone(),
            row.last_date.clone(),
        )
    };
    let row = only(&env.scan(&["shop"]), &token(1));
    assert_eq!(
        held(&row),
        (
            vec!["refs/heads/old".into(), "refs/tags/v1".into()],
            0,
            None,
            None
        )
    );
    // Gone from both; a ref of another sort keeps it reachable.
    repo.git(&["tag", "-d", "v1"]);
    repo.git(&["branch", "-D", "old"]);
    repo.git(&["update-ref", "refs/pull/1/head", &last]);
    let row = only(&env.scan(&["shop"]), &token(1));
    assert_eq!(held(&row), (vec![], 0, Some(last.clone()), Some(date(1))));
    // A merge brings it back to a branch, which now holds it; the branch of HEAD comes first.
    repo.git(&["branch", "aaa", &last]);
    repo.git(&["tag", "-a", "v2", "-m", "two", &last]);
    repo.git(&["merge", "-q", "-s", "ours", "-m", "merge", "aaa"]);
    let row = only(&env.scan(&["shop"]), &token(1));
    assert_eq!(row.refs, ["refs/heads/aaa", "refs/tags/v2"]);
    repo.write("app.py", line(1)).commit("again");
    for n in 0..12 {
        repo.git(&["branch", &format!("copy-{n:02}")]);
    }
    let row = only(&env.scan(&["--history-only", "shop"]), &token(1));
    let (refs, more, ..) = held(&row);
    assert_eq!(
        (refs.len(), more, &*refs[0], &*refs[1]),
        (12, 3, "refs/heads/main", "refs/heads/aaa")
    );
}

#[test]
fn a_value_that_comes_back_keeps_its_first_commit() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    let first = repo.write("app.py", line(1)).commit("add");
    repo.write("app.py", "\n").commit("remove");
    repo.write("app.py", line(1)).commit("again");
    let rows = env.scan(&["shop"]);
    assert_eq!(rows.len(), 1);
    introduced_by(&rows[0], &first, 0);
}

#[test]
fn a_merge_that_brings_its_own() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("a.py", "x = 1\n").commit("start");
    repo.git(&["switch", "--quiet", "--create", "side"]);
    let side = repo.write("side.py", line(1)).commit("side");
    repo.git(&["switch", "--quiet", "main"]);
    repo.write("b.py", "y = 1\n").commit("main");
    repo.git(&["merge", "--quiet", "--no-commit", "--no-ff", "side"]);
    let merge = repo.write("evil.py", line(2)).commit("merge");
    repo.remove("evil.py").commit("tidy");
    let rows = env.scan(&["shop"]);
    let evil = only(&rows, &token(2));
    introduced_by(&evil, &merge, 3);
    assert!(evil.reachable && !evil.at_head);
    // What came from a parent is the parent's.
    introduced_by(&only(&rows, &token(1)), &side, 1);
    rows.iter().for_each(|row| repo.check(row));
}

#[test]
fn messages_of_commits_tags_and_notes() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    let said = repo
        .write("a.py", "x = 1\n")
        .commit(&format!("start\n\nuses {} for now", token(1)));
    repo.tick();
    repo.git(&[
        "tag",
        "--annotate",
        "--message",
        &format!("release\n\ndeployed with {}", token(2)),
        "v1",
    ]);
    repo.git(&[
        "notes",
        "add",
        "--message",
        &format!("reviewed, key {}", token(3)),
        "HEAD",
    ]);
    // git also keeps the last edited message in a file.
    repo.remove(".git/COMMIT_EDITMSG");
    let rows = env.scan(&["shop"]);
    assert_eq!(rows.len(), 3, "{rows:?}");
    rows.iter().for_each(|row| repo.check(row));

    let message = only(&rows, &token(1));
    assert_eq!(
        (message.place().as_str(), message.blob.as_deref()),
        ("commit-message :3:6", Some(&*said))
    );
    introduced_by(&message, &said, 0);
    assert!(message.reachable);

    let tag = only(&rows, &token(2));
    assert_eq!(tag.place(), "tag-message :3:15");
    assert_eq!(
        tag.blob.as_deref(),
        Some(&*repo.git(&["rev-parse", "refs/tags/v1"]))
    );
    assert_eq!(tag.commit.as_deref(), Some(&*said));
    assert_eq!(
        (tag.author.as_deref(), tag.date.as_deref()),
        (Some("C O Mitter <committer@example.com>"), Some(&*date(2)))
    );
    assert!(tag.reachable);

    let note = only(&rows, &token(3));
    assert_eq!(
        (note.origin.as_str(), note.path.as_str(), note.line),
        ("note", &*said, 1)
    );
    introduced_by(&note, &repo.git(&["rev-parse", "refs/notes/commits"]), 2);
    assert!(note.reachable && !note.at_head);
}

#[test]
fn a_tag_of_a_tag_is_reachable() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("a.py", "x = 1\n").commit("start");
    repo.git(&[
        "tag",
        "--annotate",
        "--message",
        &format!("inner {}", token(1)),
        "inner",
    ]);
    repo.git(&["tag", "--annotate", "--message", "outer", "outer", "inner"]);
    repo.git(&["tag", "--delete", "inner"]);
    let row = only(&env.scan(&["shop"]), &token(1));
    assert!(row.reachable, "{row:?}");
    repo.git(&["tag", "--delete", "outer"]);
    assert!(!only(&env.scan(&["shop"]), &token(1)).reachable);
}

#[test]
fn a_tag_of_a_blob_keeps_it_reachable() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("a.py", "x = 1\n").commit("start");
    let blob = repo.git_with_input(&["hash-object", "-w", "--stdin"], token(1).as_bytes());
    repo.git(&["tag", "--annotate", "--message", "a key", "key", &blob]);
    let row = only(&env.scan(&["shop"]), &token(1));
    assert_eq!(
        (row.origin.as_str(), row.path.as_str(), row.blob.as_deref()),
        ("blob", "", Some(&*blob))
    );
    assert!(row.reachable && row.commit.is_none());
}

#[test]
fn staged_and_nowhere_else() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("a.py", "x = 1\n").commit("start");
    repo.write("a.py", line(1)).write("b.py", line(2));
    repo.git(&["add", "a.py", "b.py"]);
    repo.write("a.py", "x = 2\n");
    let rows = env.scan(&["shop"]);
    // The same value in the working tree and in the index is one place.
    assert_eq!(places(&rows), ["staged a.py:1:10", "worktree b.py:1:10"]);
    assert!(
        rows.iter()
            .all(|row| row.reachable && !row.at_head && row.commit.is_none())
    );
    assert_eq!(
        rows[0].blob.as_deref(),
        Some(&*repo.git(&["rev-parse", ":a.py"]))
    );
    rows.iter().for_each(|row| repo.check(row));
}

#[test]
fn a_stash_is_reachable_and_what_nobody_refers_to_is_not() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("a.py", "x = 1\n").commit("start");
    repo.write("a.py", line(1));
    repo.git(&["stash", "push", "--quiet"]);
    repo.tick();
    let stash = repo.git(&["rev-parse", "stash"]);

    let dangling = repo.git_with_input(&["hash-object", "-w", "--stdin"], line(2).as_bytes());

    let amended = repo.write("b.py", line(3)).commit("to be amended");
    repo.write("b.py", "y = 1\n");
    repo.git(&["add", "--all"]);
    repo.git(&["commit", "--quiet", "--amend", "--message", "amended"]);

    let rows = env.scan(&["shop"]);
    assert_eq!(rows.len(), 3, "{rows:?}");
    let stashed = only(&rows, &token(1));
    assert_eq!(stashed.place(), "blob a.py:1:10");
    introduced_by(&stashed, &stash, 1);
    assert!(stashed.reachable && !stashed.at_head);

    let loose = only(&rows, &token(2));
    assert_eq!(
        (loose.place().as_str(), loose.blob.as_deref()),
        ("blob :1:10", Some(&*dangling))
    );
    assert!(!loose.reachable && loose.commit.is_none());

    let gone = only(&rows, &token(3));
    assert_eq!(gone.place(), "blob b.py:1:10");
    assert_eq!(gone.commit.as_deref(), Some(&*amended));
    assert!(!gone.reachable && !gone.at_head);
    rows.iter().for_each(|row| repo.check(row));
}

#[test]
fn a_renamed_file_is_a_place_for_each_name() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    let first = repo.write("old.py", line(1)).commit("add");
    repo.git(&["mv", "old.py", "new.py"]);
    let second = repo.commit("rename");
    let rows = env.scan(&["shop"]);
    assert_eq!(places(&rows), ["worktree new.py:1:10", "blob old.py:1:10"]);
    introduced_by(&rows[0], &second, 1);
    introduced_by(&rows[1], &first, 0);
    assert_eq!((rows[0].at_head, rows[1].at_head), (true, false));
    assert_eq!(rows[0].secret_id, rows[1].secret_id);
    rows.iter().for_each(|row| repo.check(row));
}

#[test]
fn links_and_submodules() {
    let env = TestEnv::new();
    let library = env.repo("library");
    library.write("lib.py", line(1)).commit("library");
    let repo = env.repo("shop");
    repo.write("a.py", line(2));
    std::os::unix::fs::symlink("a.py", repo.root.join("link.py")).unwrap();
    // A link is a blob, too, and people paste secrets into file dialogues.
    std::os::unix::fs::symlink(token(3), repo.root.join("odd")).unwrap();
    repo.git(&["submodule", "--quiet", "add", "../library", "lib"]);
    repo.commit("all");
    let (rows, ran) = env.scan_exits(1, &["shop"]);
    assert_eq!(
        places(&rows),
        [
            "worktree a.py:1:10",
            "blob odd:1:1",
            "worktree lib/lib.py:1:10"
        ]
    );
    assert_eq!(rows[2].repository, "shop/lib");
    let ran = ran.says(&["2 symbolic-link: link.py, odd"]);
    assert!(!ran.stderr.contains("submodule"));

    // A missing submodule is reported and read nowhere.
    env.git(&env.path(""), &["clone", "--quiet", "shop", "copy"]);
    let (rows, ran) = env.scan_exits(1, &["copy"]);
    assert_eq!(places(&rows), ["worktree a.py:1:10", "blob odd:1:1"]);
    ran.says(&["1 submodule: shop lib\n"]);
}

#[test]
fn other_branches_are_reachable_and_not_at_head() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("a.py", "x = 1\n").commit("start");
    repo.git(&["switch", "--quiet", "--create", "feature"]);
    let commit = repo.write("a.py", line(1)).commit("feature");
    repo.git(&["switch", "--quiet", "main"]);
    let rows = env.scan(&["shop"]);
    assert_eq!(places(&rows), ["blob a.py:1:10"]);
    introduced_by(&rows[0], &commit, 1);
    assert!(rows[0].reachable && !rows[0].at_head);
}

#[test]
fn a_value_on_two_branches_is_introduced_by_the_older_commit() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("a.py", "x = 1\n").commit("start");
    repo.git(&["switch", "--quiet", "--create", "feature"]);
    let older = repo.write("b.py", line(1)).commit("feature");
    repo.git(&["switch", "--quiet", "main"]);
    repo.write("b.py", format!("# later\n{}", line(1)))
        .commit("main");
    let rows = env.scan(&["shop"]);
    assert_eq!(places(&rows), ["worktree b.py:2:10"]);
    introduced_by(&rows[0], &older, 1);
    assert!(rows[0].at_head);
}

#[test]
fn one_blob_at_two_paths_is_read_as_what_each_path_says() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    // A bare value is a value in a configuration and an expression in code.
    let text = format!("password: {}\n", password(1));
    repo.write("app.yml", &text)
        .write("app.py", &text)
        .commit("both");
    assert_eq!(places(&env.scan(&["shop"])), ["worktree app.yml:1:11"]);
    assert_eq!(
        places(&env.scan(&["--history-only", "shop"])),
        ["blob app.yml:1:11"]
    );
    repo.remove("app.yml").commit("one");
    assert_eq!(places(&env.scan(&["shop"])), ["blob app.yml:1:11"]);
}

#[test]
fn several_values_on_a_line_and_one_value_on_several() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write(
        "a.txt",
        format!("{} {}\r\n{}", token(1), token(2), token(1)),
    )
    .commit("a");
    let rows = env.scan(&["shop"]);
    assert_eq!(
        places(&rows),
        [
            "worktree a.txt:1:1",
            "worktree a.txt:1:42",
            "worktree a.txt:2:1"
        ]
    );
    rows.iter().for_each(|row| repo.check(row));
}

fn shapes(name: &str, prepare: impl Fn(&Repo)) {
    let env = TestEnv::new();
    let repo = env.repo(name);
    let first = repo.write("a.py", line(1)).commit("one");
    repo.remove("a.py").write("b.py", line(2)).commit("two");
    prepare(&repo);
    let rows = env.scan(&[name]);
    assert_eq!(
        places(&rows),
        ["blob a.py:1:10", "worktree b.py:1:10"],
        "{name}"
    );
    introduced_by(&rows[0], &first, 0);
    assert!(rows.iter().all(|row| row.reachable));
    rows.iter().for_each(|row| repo.check(row));
}

#[test]
fn however_git_keeps_them() {
    shapes("loose", |_| ());
    shapes("packed", |repo| {
        repo.git(&["repack", "-a", "-d", "-q"]);
        repo.git(&["pack-refs", "--all"]);
        assert!(!repo.root.join(".git/refs/heads/main").exists());
    });
    shapes("two-packs", |repo| {
        repo.git(&["repack", "-d", "-q"]);
        repo.write("c.py", "z = 1\n").commit("three");
        repo.git(&["repack", "-d", "-q"]);
    });
    shapes("multi-pack-index", |repo| {
        repo.git(&["repack", "-d", "-q"]);
        repo.write("c.py", "z = 1\n").commit("three");
        repo.git(&["repack", "-d", "-q", "--write-midx"]);
    });
    shapes("commit-graph", |repo| {
        repo.git(&["commit-graph", "write", "--reachable"]);
    });
    shapes("detached", |repo| {
        repo.git(&["switch", "--quiet", "--detach", "HEAD"]);
        repo.git(&["branch", "--delete", "--force", "main"]);
    });
    shapes("separate", |repo| {
        repo.git(&[
            "init",
            "--quiet",
            "--separate-git-dir",
            "../separate-objects",
        ]);
        repo.git(&["config", "core.worktree", "../separate"]);
    });
}

#[test]
fn objects_of_alternates_are_read() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    let first = repo.write("a.py", line(1)).commit("one");
    repo.remove("a.py").commit("two");
    env.git(
        &env.path(""),
        &["clone", "--quiet", "--shared", "shop", "clone"],
    );
    let clone = env.open("clone");
    clone.write("b.py", line(2)).commit("three");
    let rows = env.scan(&["clone", "--follow-outside"]);
    assert_eq!(places(&rows), ["blob a.py:1:10", "worktree b.py:1:10"]);
    introduced_by(&rows[0], &first, 0);
}

#[test]
fn a_working_tree_added_to_a_repository() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    let first = repo.write("a.py", line(1)).commit("one");
    repo.remove("a.py").commit("two");
    repo.git(&["worktree", "add", "--quiet", "--detach", "../tree"]);
    let tree = env.open("tree");
    let only_here = tree.write("b.py", line(2)).commit("three");
    let rows = env.scan(&["tree"]);
    assert_eq!(places(&rows), ["blob a.py:1:10", "worktree b.py:1:10"]);
    introduced_by(&rows[0], &first, 0);
    introduced_by(&rows[1], &only_here, 2);
    // From the main working tree, the other's HEAD keeps its commit reachable.
    let row = only(&env.scan(&["shop"]), &token(2));
    assert_eq!(row.place(), "blob b.py:1:10");
    assert!(row.reachable && !row.at_head);
}

#[test]
fn repositories_without_commits() {
    let env = TestEnv::new();
    let empty = env.repo("empty");
    env.keyferry(&["scan", "empty"]).exits(0);
    env.keyferry(&["scan", "--history-only", "empty"]).exits(0);
    empty.write("a.py", line(1));
    empty.git(&["add", "a.py"]);
    let rows = env.scan(&["empty"]);
    assert_eq!(places(&rows), ["worktree a.py:1:10"]);
    assert_eq!(
        places(&env.scan(&["--history-only", "empty"])),
        ["staged a.py:1:10"]
    );
    // An unborn branch of a repository that has commits on another.
    let repo = env.repo("shop");
    repo.write("a.py", line(2)).commit("one");
    repo.git(&["switch", "--quiet", "--orphan", "new"]);
    let rows = env.scan(&["shop"]);
    assert_eq!(places(&rows), ["blob a.py:1:10"]);
    assert!(rows[0].reachable && !rows[0].at_head);
}

#[test]
fn only_what_is_new_since() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("a.py", format!("token = '{}'\n", token(1)))
        .commit("one");
    repo.git(&["tag", "v1"]);
    repo.write("b.py", format!("token = '{}'\n", token(2)))
        .commit(&format!("Uses {}", token(3)));
    let second = repo.git(&["log", "-1", "--format=%cI"]);
    repo.write("c.py", format!("token = '{}'\n", token(4)));
    for since in ["v1", "HEAD~1", &second] {
        let (rows, ran) = env.scan_exits(1, &["--since", since, "shop"]);
        let found: Vec<&str> = rows.iter().map(|row| row.value()).collect();
        assert!(
            found.contains(&&*token(2))
                && found.contains(&&*token(3))
                && found.contains(&&*token(4)),
            "{since}"
        );
        assert!(!found.contains(&&*token(1)), "{since}");
        ran.says(&["before-since: shop a.py:1"]);
    }
    // Everything is older than a branch that holds it.
    let (rows, _) = env.scan_exits(1, &["--since", "HEAD", "shop"]);
    assert!(rows.iter().all(|row| row.value() == token(4)
        || row.origin == "reflog"
        || row.path.starts_with(".git/")));
    env.keyferry(&["scan", "--since", "v9", "shop"])
        .exits(2)
        .says(&["--since v9: ", "has no such revision", "hint: "]);
    env.keyferry(&["scan", "--since", "v1", "--no-history", "shop"])
        .exits(2);
}
