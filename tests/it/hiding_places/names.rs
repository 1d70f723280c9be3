//! Values in the names of files, folders and refs.

use super::*;

#[test]
fn names_of_files_folders_and_refs() {
    let env = TestEnv::new();
    let repo = with_commit(&env, "shop");
    let first = repo
        .write(&format!("keys/{}.txt", token(1)), "x\n")
        .commit("a file");
    repo.write(
        &format!("deep/at-{}/b.py", token(2)),
        format!("password = '{}'\n", password(3)),
    );
    let second = repo.commit("a folder");
    repo.write(&format!("deep/at-{}/c.py", token(2)), "x\n")
        .commit("more in it");
    // Assignments are none in a name.
    repo.write(&format!("password={}.txt", password(4)), "x\n")
        .commit("no shape");
    repo.git(&["branch", &format!("fix/{}-now", token(5)), "HEAD~1"]);
    repo.git(&["tag", &token(6)]);
    // A tree that nothing leads to.
    let blob = repo.git(&["rev-parse", "HEAD:a.py"]);
    let tree = repo.git_with_input(
        &["mktree"],
        format!("100644 blob {blob}\t{}\n", token(7)).as_bytes(),
    );
    repo.git(&["rm", "-r", "--quiet", "keys"]);
    repo.commit("gone");
    std::fs::remove_dir_all(repo.root.join(".git/logs")).unwrap();
    let rows = scan(&env, "shop");
    let expected = [
        "file-name ghp_…:1:1",
        "file-name deep/at-ghp_…:1:9",
        "worktree deep/at-ghp_…/b.py:1:13",
        "file-name keys/ghp_….txt:1:6",
        "ref-name refs/heads/fix/ghp_…-now:1:16",
        "ref-name refs/tags/ghp_…:1:11",
    ];
    let mut found = places(&rows);
    let mut expected: Vec<_> = expected.iter().map(|place| (*place).to_owned()).collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    let of = |n: u32| rows.iter().find(|row| row.value() == token(n)).unwrap();
    assert_eq!(
        [&of(1).commit, &of(2).commit, &of(7).commit],
        [&Some(first), &Some(second), &None]
    );
    assert_eq!(
        [of(1), of(2), of(7)].map(|row| (row.reachable, row.at_head)),
        [(true, false), (true, true), (false, false)]
    );
    assert_eq!(of(7).blob.as_deref(), Some(&*tree));
    rows.iter()
        .filter(|row| row.origin == "file-name")
        .for_each(|row| repo.check(row));
    // No report shows the values, and an inventory holds none.
    let shown = |ran: &crate::support::test_env::Ran| {
        (1..8).find(|&n| {
            [&ran.stdout, &ran.stderr]
                .iter()
                .any(|text| text.contains(&token(n)))
        })
    };
    for format in ["text", "json", "jsonl", "csv", "sarif"] {
        assert_eq!(
            shown(&env.keyferry(&["scan", "--format", format, "shop"]).exits(1)),
            None,
            "{format}"
        );
    }
    assert_eq!(
        shown(
            &env.keyferry(&["discover", "--inventory", "inventory", "shop"])
                .exits(0)
        ),
        None
    );
    for (path, bytes) in crate::support::test_env::files_below(&env.path("inventory")) {
        assert!(
            (1..8).all(|n| memchr::memmem::find(&bytes, token(n).as_bytes()).is_none()),
            "{}",
            path.display()
        );
    }
}

#[test]
fn a_name_of_what_is_not_there() {
    let env = TestEnv::new();
    let repo = with_commit(&env, "shop");
    repo.write(&format!("keys/{}.txt", token(1)), "x\n")
        .commit("a file");
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", repo.root.display());
    env.git(
        &env.path(""),
        &[
            "clone",
            "--quiet",
            "--no-checkout",
            "--filter=blob:none",
            &url,
            "partial",
        ],
    );
    let rows = scan(&env, "partial");
    assert_eq!(places(&rows), ["file-name ghp_….txt:1:1"]);
    assert_eq!(
        rows[0].blob.as_deref(),
        Some(&*repo.git(&["rev-parse", "HEAD:keys"]))
    );
}

#[test]
fn a_value_that_is_no_longer_where_it_was_is_not_read_from_history() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    let line = |n: u32| format!("token = '{}'\n", token(n));
    repo.write("a.py", line(1))
        .write("b.py", line(2))
        .write("old.py", line(3))
        .commit("one");
    repo.remove("old.py").commit("two");
    env.git(
        &env.path(""),
        &["clone", "--quiet", "--bare", "shop", "shop.git"],
    );
    let before = |target: &str| -> Vec<_> {
        found(&env, target)
            .into_iter()
            .filter(|finding| finding.occurrence.path.ends_with(".py"))
            .collect()
    };
    let (files, bare) = (before("shop"), before("shop.git"));
    assert_eq!((files.len(), bare.len()), (3, 3));
    // One is changed, one is removed; the value that only history has stays.
    repo.write("a.py", line(4)).remove("b.py").commit("three");
    repo.git(&["push", "--quiet", "../shop.git", "HEAD"]);
    for (target, findings) in [("shop", files), ("shop.git", bare)] {
        for finding in findings {
            let place = &finding.occurrence;
            let same = read_again(&env.path(target), place, |value| *value == finding.value)
                .is_ok_and(|value| value.is_some());
            assert_eq!(same, place.path == "old.py", "{target} {place:?}");
        }
    }
}

#[test]
fn a_value_in_a_name_is_told_nowhere() {
    let env = TestEnv::new();
    let repo = with_commit(&env, "shop");
    // A file that git does not hold, with a value that is to be read again.
    repo.write(
        &format!("keys/{}.env", token(1)),
        format!("DB_PASSWORD={}\n", password(2)),
    );
    // Passed over, too large, a link, one that cannot be read, a branch with a log, a nested repository.
    repo.write(".gitignore", "node_modules\n")
        .write(&format!("{}/node_modules/x.js", token(3)), "x\n");
    repo.write(&format!("{}.sql", token(4)), "x".repeat(5000));
    std::os::unix::fs::symlink("a.py", repo.root.join(token(5))).unwrap();
    repo.write(
        &format!(".git/logs/refs/heads/{}", token(6)),
        format!("a password = '{}'\n", password(7)),
    );
    repo.write(&format!(".git/refs/heads/{}", token(8)), "nonsense\n");
    env.write(format!("shop/in-{}/.git", token(9)), "gitdir: /nowhere\n");
    let said = |ran: &crate::support::test_env::Ran| {
        let texts = [&ran.stdout, &ran.stderr];
        (1..10).find(|&n| {
            texts
                .iter()
                .any(|text| text.contains(&token(n)) || text.contains(&password(n)))
        })
    };
    for format in ["text", "json", "jsonl", "csv", "sarif"] {
        for history in ["--jobs=1", "--no-history"] {
            let ran = env
                .keyferry(&[
                    "scan",
                    "--max-blob",
                    "4K",
                    "--format",
                    format,
                    history,
                    "shop",
                ])
                .exits(3);
            assert_eq!(said(&ran), None, "{format} {history}");
        }
    }
    let ran = env
        .keyferry(&["discover", "--max-blob", "4K", "shop"])
        .exits(3);
    assert_eq!(said(&ran), None);
    for (path, bytes) in crate::support::test_env::files_below(&env.path("inventory")) {
        let held = |value: String| memchr::memmem::find(&bytes, value.as_bytes()).is_some();
        assert!(
            (1..10).all(|n| !held(token(n)) && !held(password(n))),
            "{}",
            path.display()
        );
    }
    // It can be read again all the same.
    repo.remove(&format!(".git/refs/heads/{}", token(8)));
    std::fs::remove_dir_all(env.path(format!("shop/in-{}", token(9)))).unwrap();
    let findings = found(&env, "shop");
    let place = &findings
        .iter()
        .find(|finding| finding.occurrence.path == "keys/ghp_….env")
        .unwrap()
        .occurrence;
    let read = || read_again(&repo.root, place, |_| true);
    assert_eq!(read().unwrap().unwrap().expose(), password(2).as_bytes());
    repo.write(&format!("keys/{}.env", token(10)), "x\n");
    assert!(
        read()
            .unwrap_err()
            .to_string()
            .contains("several files have a name like this")
    );
}

#[test]
fn a_token_begins_at_its_prefix_behind_words_of_a_name() {
    let env = TestEnv::new();
    let repo = with_commit(&env, "shop");
    // The rule takes a word before the prefix for that of an instance of GitLab.
    let tokens =
        ["Kx7mQ2vT9bR4nW8sJ3hL", "p5Tz4Rb8Vn3Mf6Hc1Gd7"].map(|end| ["glp", "at-", end].concat());
    repo.write(&format!("backup-of-{}.txt", tokens[0]), "x\n")
        .commit("a file");
    repo.git(&["branch", &format!("fix-{}", tokens[1])]);
    std::fs::remove_dir_all(repo.root.join(".git/logs")).unwrap();
    let rows = scan(&env, "shop");
    let mut found = places(&rows);
    found.sort();
    assert_eq!(
        found,
        [
            "file-name backup-of-glpat-….txt:1:11",
            "ref-name refs/heads/fix-glpat-…:1:16",
        ]
    );
    for token in &tokens {
        assert!(rows.iter().any(|row| row.value() == token), "{rows:?}");
    }
}
