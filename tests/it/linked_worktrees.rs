//! Linked working trees in one target: the history is read once, and each file keeps its commits.

use crate::support::test_env::{Row, TestEnv, places, token};

fn line(n: u32) -> String {
    format!("token = '{}'\n", token(n))
}

/// The facts of the rows of files below this folder, without the folder.
fn facts(rows: &[Row], folder: &str) -> Vec<String> {
    let files = rows.iter().filter(|row| row.origin == "worktree");
    let fact = |row: &Row| {
        let path = row.path.strip_prefix(folder)?;
        Some(format!(
            "{path}:{} {:?}",
            row.line,
            (
                (&row.secret_id, &row.blob, &row.commit, &row.introduced),
                (&row.author, &row.date, row.reachable, row.at_head),
                (&row.refs, row.refs_more, &row.last_commit, &row.last_date),
            )
        ))
    };
    files.filter_map(fact).collect()
}

#[test]
fn the_history_is_read_once_and_files_keep_their_commits() {
    let env = TestEnv::new();
    let shop = env.repo("all/shop");
    shop.write("gone.py", line(1)).commit("a value");
    shop.remove("gone.py");
    shop.write("a.py", line(2)).commit("another one");
    // On branches that sort before and after the main one, and on no branch.
    let add = |name: &str, how: &[&str]| {
        let path = format!("../{name}");
        shop.git(&[&["worktree", "add", "--quiet"], how, &[&path]].concat());
        env.open(&format!("all/{name}"))
    };
    let feature = add("feature", &["-b", "zebra"]);
    feature
        .write("a.py", format!("{}{}", line(3), line(2)))
        .write("b.py", line(4))
        .commit("in the feature");
    let early = add("early", &["-b", "alpha"]);
    early.write("b.py", line(4)).commit("the same");
    let detached = add("detached", &["--detach"]);
    let hidden = detached.write("c.py", line(5)).commit("on no branch");
    detached.remove("c.py");
    detached.write("d.py", line(6)).commit("still on none");
    // A value of the past, in a file that nobody has committed again.
    detached.write("gone.py", line(1));
    early.write("new.py", line(7));
    early.write("staged.py", line(8));
    early.git(&["add", "staged.py"]);

    let together = env.scan(&["all"]);
    for name in ["shop", "feature", "early", "detached"] {
        let alone = env.scan(&[&*format!("all/{name}")]);
        let expected = facts(&alone, "");
        assert!(!expected.is_empty(), "{name}");
        assert_eq!(facts(&together, &format!("{name}/")), expected, "{name}");
    }
    // Each value that only the history has is reported once.
    let of_history = together.iter().filter(|row| row.origin != "worktree");
    let of_history: Vec<Row> = of_history.cloned().collect();
    let at_main = [
        "blob shop/a.py:1:10",
        "blob shop/b.py:1:10",
        "blob shop/c.py:1:10",
        "blob shop/d.py:1:10",
        "blob shop/gone.py:1:10",
        "staged shop/staged.py:1:10",
    ];
    assert_eq!(places(&of_history), at_main);
    let row = of_history.iter().find(|row| row.path == "shop/c.py");
    let row = row.unwrap();
    assert!(row.reachable);
    assert_eq!(row.commit.as_deref(), Some(&*hidden));

    let ran = env.keyferry(&["scan", "all"]).exits(1);
    for words in ["4 repositories", "6 commits"] {
        assert!(ran.stdout.contains(words), "{}", ran.stdout);
    }
}

#[test]
fn without_the_main_working_tree_the_first_reads_the_history() {
    let env = TestEnv::new();
    let shop = env.repo("shop");
    shop.write("gone.py", line(1)).commit("a value");
    shop.remove("gone.py").commit("without");
    for name in ["b", "a"] {
        shop.git(&[
            "worktree",
            "add",
            "--quiet",
            "--detach",
            &format!("../trees/{name}"),
        ]);
    }
    let rows = env.scan(&["trees"]);
    assert_eq!(places(&rows), ["blob a/gone.py:1:10"]);
    // Two targets are two repositories, as before.
    let rows = env.scan(&["trees/a", "trees/b"]);
    assert_eq!(rows.len(), 2);
}

#[test]
fn a_working_tree_whose_git_directory_is_elsewhere_has_its_commits() {
    let env = TestEnv::new();
    let inner = env.repo("outer/inner");
    inner.write("a.py", line(1)).commit("first");
    inner.write("b.py", line(2));
    let commit = inner.commit("on no branch");
    inner.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    std::fs::remove_dir_all(inner.root.join(".git/logs")).unwrap();
    let outer = env.open("outer");
    outer
        .write(".git/commondir", "../inner/.git")
        .write(".git/HEAD", format!("{commit}\n"))
        .write("b.py", line(2));
    let rows = env.scan(&["outer"]);
    assert_eq!(
        places(&rows),
        [
            "worktree b.py:1:10",
            "worktree inner/a.py:1:10",
            "blob inner/b.py:1:10"
        ]
    );
    let [row, .., hidden] = &rows[..] else {
        panic!("{rows:?}")
    };
    for row in [row, hidden] {
        assert_eq!(row.commit.as_deref(), Some(&*commit));
        assert!(row.reachable);
    }
    assert!(row.at_head && !hidden.at_head);
}
