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

/// A scan of the repository alone, and of the folder that it is in: what is spoilt is reported, all else is read.
#[track_caller]
fn reported(name: &str, spoil: impl Fn(&Repo), words: &[&str]) -> Ran {
    let env = TestEnv::new();
    let repo = with_commit(&env, "many/shop");
    with_commit(&env, "many/whole");
    spoil(&repo);
    let (rows, ran) = env.scan_exits(3, &["many/shop"]);
    assert_eq!(places(&rows), ["worktree a.py:1:10"], "{name}");
    ran.says(words);
    let (rows, ran) = env.scan_exits(3, &["many"]);
    let mut found = places(&rows);
    found.sort_unstable();
    let expected = ["worktree shop/a.py:1:10", "worktree whole/a.py:1:10"];
    assert_eq!(found, expected, "{name}");
    ran.says(words)
}

#[test]
fn pipes_among_what_git_reads() {
    for name in [
        "HEAD",
        "config",
        "config.worktree",
        "commondir",
        "index",
        "packed-refs",
        "refs/heads/main",
        "refs/pull/1/head",
    ] {
        let spoil = |repo: &Repo| {
            repo.git(&["config", "core.repositoryFormatVersion", "1"]);
            repo.git(&["config", "extensions.worktreeConfig", "true"]);
            pipe(&repo.root.join(".git").join(name));
        };
        reported(name, spoil, &["unreadable  ", name, "is no regular file"]);
    }
    reported(
        "link",
        |repo| {
            std::fs::remove_file(repo.root.join(".git/index")).unwrap();
            std::os::unix::fs::symlink("/dev/zero", repo.root.join(".git/index")).unwrap();
        },
        &["index", "leads to /dev/zero, outside the repository"],
    );
    reported(
        "dot git",
        |repo| {
            std::fs::remove_dir_all(repo.root.join(".git")).unwrap();
            pipe(&repo.root.join(".git"));
        },
        &[".git is no regular file"],
    );
    // What is not needed is counted.
    for name in [
        "shallow",
        "info/exclude",
        "logs/HEAD",
        "gitdir",
        "description",
        "hooks/pre-push",
    ] {
        let env = TestEnv::new();
        let repo = with_commit(&env, "shop");
        pipe(&repo.root.join(".git").join(name));
        let (_, ran) = env.scan_exits(1, &["shop"]);
        ran.says(&[&format!("1 special-file: .git/{name}")]);
    }
}

#[test]
fn sockets_and_folders_among_what_git_reads() {
    for name in ["HEAD", "config", "packed-refs", "index", "refs/heads/main"] {
        let spoil = |repo: &Repo| {
            let path = repo.root.join(".git").join(name);
            let _ = std::fs::remove_file(&path);
            std::fs::create_dir(path).unwrap();
        };
        match name {
            // A folder of refs, in which there is none.
            "refs/heads/main" => {}
            _ => drop(reported(
                name,
                spoil,
                &["unreadable  ", name, "is no regular file"],
            )),
        }
        let env = TestEnv::new();
        let repo = with_commit(&env, "s");
        let path = repo.root.join(".git").join(name);
        let _ = std::fs::remove_file(&path);
        let _socket = std::os::unix::net::UnixListener::bind(path).unwrap();
        let (rows, ran) = env.scan_exits(3, &["s"]);
        assert_eq!(places(&rows), ["worktree a.py:1:10"], "{name}");
        ran.says(&["unreadable  s", name, "is no regular file"]);
    }
}

#[test]
fn files_that_are_too_large_to_read() {
    for (name, size) in [
        ("HEAD", 2 << 20),
        ("config", 65 << 20),
        ("packed-refs", 5 << 30),
        ("index", 5 << 30),
        ("commondir", 2 << 20),
    ] {
        let grow = |repo: &Repo| {
            std::fs::File::create(repo.root.join(".git").join(name))
                .unwrap()
                .set_len(size)
                .unwrap()
        };
        reported(
            name,
            grow,
            &[
                "unreadable  ",
                name,
                &format!("is too large ({size} bytes)"),
            ],
        );
    }
}

#[test]
fn what_a_configuration_names_is_looked_at_too() {
    let pipe_beside = |repo: &Repo| pipe(&repo.root.join("pipe"));
    reported(
        "include",
        |repo| {
            pipe_beside(repo);
            repo.git(&["config", "include.path", "../pipe"]);
        },
        &["pipe", "is no regular file"],
    );
    // Through another file.
    reported(
        "deep",
        |repo| {
            pipe_beside(repo);
            repo.write("more", "[include]\n\tpath = pipe\n");
            repo.git(&["config", "include.path", "../more"]);
        },
        &["pipe", "is no regular file"],
    );
    reported(
        "itself",
        |repo| {
            let text = "[include]\n\tpath = config\n".repeat(10);
            repo.write(".git/config", text);
        },
        &["too many files"],
    );
    // One that is not there is nothing. A file of ignore rules is not opened unless there is a folder to ignore.
    for key in ["include.path", "core.excludesFile"] {
        let env = TestEnv::new();
        let repo = with_commit(&env, "shop");
        repo.git(&["config", key, "nowhere"]);
        env.scan(&["shop"]);
        pipe(&repo.root.join("pipe"));
        repo.git(&["config", "core.excludesFile", "pipe"]);
        repo.write("target/b.py", line(2));
        let (rows, _) = env.scan_exits(1, &["shop"]);
        assert_eq!(rows.len(), 2, "{rows:?}");
    }
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
    repo.write("a.py", "x = 1\n").commit("two");
    env.git(
        &env.path(""),
        &["clone", "--quiet", "--shared", "shop", "clone"],
    );
    let loose = format!("objects/ab/{}", "c".repeat(38));
    for (name, shown) in [
        (loose.as_str(), format!("object ab{}", "c".repeat(38))),
        (
            "objects/pack/pack-1.idx",
            "objects/pack/pack-1.idx".to_owned(),
        ),
        (
            "objects/pack/pack-1.pack",
            "objects/pack/pack-1.pack".to_owned(),
        ),
    ] {
        let path = repo.root.join(".git").join(name);
        pipe(&path);
        // The rest of the history is read.
        let (rows, ran) = env.scan_exits(3, &["shop"]);
        assert_eq!(places(&rows), ["blob a.py:1:10"], "{name}");
        ran.says(&["unreadable  shop", &shown]);
        // The clone leads to no object with the id that the file has.
        let code = if name == loose { 1 } else { 3 };
        let (rows, ran) = env.scan_exits(code, &["clone", "--follow-outside"]);
        assert_eq!(places(&rows), ["blob a.py:1:10"], "{name}");
        assert_eq!(ran.stderr.contains(&shown), code == 3, "{}", ran.stderr);
        std::fs::remove_file(path).unwrap();
    }
    assert_eq!(
        places(&env.scan(&["clone", "--follow-outside"])),
        ["blob a.py:1:10"]
    );
}

#[test]
fn broken_git_directories_among_named_targets() {
    type Spoil = fn(&Repo);
    let spoils: [(&str, Spoil, &str); 4] = [
        (
            "b-reftable",
            |repo| {
                repo.git(&["config", "core.repositoryFormatVersion", "1"]);
                repo.git(&["config", "extensions.refStorage", "reftable"]);
            },
            "its refs are in a reftable",
        ),
        (
            "c-config",
            |repo| {
                repo.write(".git/config", "[core\n");
            },
            "is malformed in line 1",
        ),
        (
            "d-pipe",
            |repo| pipe(&repo.root.join(".git/packed-refs")),
            "packed-refs: is no regular file",
        ),
        (
            "e-head",
            |repo| {
                repo.remove(".git/HEAD");
            },
            "HEAD is missing",
        ),
    ];
    let env = TestEnv::new();
    for (n, name) in (10..).zip(["a-whole", "f-whole"]) {
        let repo = env.repo(name);
        repo.write("a.py", line(n)).commit("one");
        repo.remove("a.py").commit("two");
    }
    let alone = env.scan(&["a-whole", "f-whole"]);
    assert_eq!(places(&alone), ["blob a.py:1:10"; 2]);
    for (name, spoil, _) in &spoils {
        spoil(&with_commit(&env, name));
    }
    let names = spoils.iter().map(|(name, ..)| *name);
    let targets: Vec<&str> = names.clone().chain(["f-whole", "a-whole"]).collect();
    let (mut rows, ran) = env.scan_exits(3, &targets);
    for (name, _, words) in &spoils {
        let said =
            |line: &str| line.contains(&format!("unreadable  {name}")) && line.contains(words);
        assert!(ran.stderr.lines().any(said), "{name}: {}", ran.stderr);
    }
    // The files of each are read, and all of the others.
    rows.retain(|row| !names.clone().any(|name| row.repository == name));
    assert_eq!(rows, alone);
    let args = [&["discover"], &targets[..]].concat();
    env.keyferry(&args).exits(3).says(&["3 new, 0 gone"]);
}
