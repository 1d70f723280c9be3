//! `scan`: a named pipe, a device or a hostile configuration within `.git` ends in a message, never in waiting.

use std::path::Path;
use std::process::Command;

use crate::support::test_env::{Ran, Repo, TestEnv, places, token};

fn line(n: u32) -> String {
    format!("token = '{}'\n", token(n))
}

fn pipe(path: &Path) {
    let _ = std::fs::remove_file(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn with_commit<'e>(env: &'e TestEnv, name: &str) -> Repo<'e> {
    let repo = env.repo(name);
    repo.write("a.py", line(1)).commit("one");
    repo
}

/// A scan of the repository alone, and of the folder that it is in.
#[track_caller]
fn refused(name: &str, spoil: impl Fn(&Repo), why: &str) -> Ran {
    let env = TestEnv::new();
    let repo = with_commit(&env, "many/shop");
    with_commit(&env, "many/whole");
    spoil(&repo);
    let (_, ran) = env.scan_exits(3, &["many/shop"]);
    ran.says(&["many/shop is not a repository that can be opened: ", why]);
    let (rows, ran) = env.scan_exits(3, &["many"]);
    assert_eq!(places(&rows), ["worktree whole/a.py:1:10"], "{name}");
    ran.says(&["unreadable  shop/: ", why])
}

#[test]
fn pipes_among_what_git_reads() {
    for name in [
        ".git/HEAD",
        ".git/config",
        ".git/config.worktree",
        ".git/commondir",
        ".git/index",
        ".git/packed-refs",
        ".git/shallow",
        ".git/info/exclude",
        ".git/refs/heads/main",
        ".git/refs/pull/1/head",
    ] {
        refused(
            name,
            |repo| pipe(&repo.root.join(name)),
            &format!("{name} is no regular file"),
        );
    }
    refused(
        "link",
        |repo| {
            std::fs::remove_file(repo.root.join(".git/index")).unwrap();
            std::os::unix::fs::symlink("/dev/zero", repo.root.join(".git/index")).unwrap();
        },
        ".git/index is no regular file",
    );
    refused(
        "dot git",
        |repo| {
            std::fs::remove_dir_all(repo.root.join(".git")).unwrap();
            pipe(&repo.root.join(".git"));
        },
        ".git is no regular file",
    );
}

#[test]
fn files_that_are_too_large_to_read() {
    for (name, size) in [
        (".git/HEAD", 2 << 20),
        (".git/config", 65 << 20),
        (".git/packed-refs", 5 << 30),
    ] {
        let grow = |repo: &Repo| {
            std::fs::File::create(repo.root.join(name))
                .unwrap()
                .set_len(size)
                .unwrap()
        };
        refused(name, grow, &format!("{name} is too large ({size} bytes)"));
    }
}

#[test]
fn what_a_configuration_names_is_looked_at_too() {
    let configured = |key: &'static str| {
        move |repo: &Repo| {
            pipe(&repo.env.path("pipe"));
            repo.git(&["config", key, "../../../pipe"]);
        }
    };
    for key in [
        "include.path",
        "includeIf.gitdir:/.path",
        "core.excludesFile",
    ] {
        refused(key, configured(key), "pipe is no regular file");
    }
    // Through another file.
    refused(
        "deep",
        |repo| {
            pipe(&repo.env.path("pipe"));
            repo.env.write("more", "[include]\n\tpath = pipe\n");
            repo.git(&["config", "include.path", "../../../more"]);
        },
        "pipe is no regular file",
    );
    refused(
        "itself",
        |repo| {
            let text = "[include]\n\tpath = config\n".repeat(10);
            repo.write(".git/config", text);
        },
        "too many files",
    );
    // One that is not there is nothing.
    let env = TestEnv::new();
    let repo = with_commit(&env, "shop");
    repo.git(&["config", "include.path", "nowhere"]);
    env.scan(&["shop"]);
}

#[test]
fn a_pipe_among_alternates_and_ignore_rules() {
    let env = TestEnv::new();
    let repo = with_commit(&env, "shop");
    pipe(&repo.root.join(".git/objects/info/alternates"));
    let (rows, ran) = env.scan_exits(3, &["shop"]);
    assert_eq!(places(&rows), ["worktree a.py:1:10"]);
    ran.says(&["unreadable  shop objects/info/alternates: is no regular file"]);

    let repo = with_commit(&env, "ignoring");
    pipe(&repo.root.join(".gitignore"));
    repo.write("target/b.py", line(2));
    let (rows, ran) = env.scan_exits(1, &["ignoring"]);
    assert_eq!(
        places(&rows),
        ["worktree a.py:1:10", "worktree target/b.py:1:10"]
    );
    ran.says(&["1 special-file: .gitignore"]);
}

#[test]
fn pipes_among_objects() {
    let env = TestEnv::new();
    let repo = with_commit(&env, "shop");
    env.git(
        &env.path(""),
        &["clone", "--quiet", "--shared", "shop", "clone"],
    );
    let loose = format!("objects/ab/{}", "c".repeat(38));
    for name in [
        loose.as_str(),
        "objects/pack/pack-1.idx",
        "objects/pack/pack-1.pack",
    ] {
        let path = repo.root.join(".git").join(name);
        pipe(&path);
        // The working tree is read whatever becomes of the history.
        for target in ["shop", "clone"] {
            let (rows, ran) = env.scan_exits(3, &[target]);
            assert_eq!(places(&rows), ["worktree a.py:1:10"], "{name}");
            ran.says(&[
                "unreadable  shop: history: ",
                &format!("{name} is no regular file"),
            ]);
        }
        std::fs::remove_file(path).unwrap();
    }
    assert_eq!(places(&env.scan(&["clone"])), ["worktree a.py:1:10"]);
}
