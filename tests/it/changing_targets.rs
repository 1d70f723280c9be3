//! Targets that change while they are scanned, and between the scan and the import.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{CWD, RenameFlags};

use crate::support::test_env::{TestEnv, token};

/// Exchanges two paths again and again until `done`.
fn exchange(one: &Path, other: &Path, done: &AtomicBool) -> u64 {
    let mut swaps = 0;
    while !done.load(Ordering::Relaxed) {
        let swapped =
            rustix::fs::renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).is_ok();
        assert!(swapped, "the file system cannot exchange two names");
        swaps += 1;
    }
    swaps
}

/// A folder that is a link out of the target half of the time, and a file that is a link or a pipe.
#[test]
fn a_swap_during_the_scan_leads_neither_outside_nor_to_a_pipe() {
    let env = TestEnv::new();
    env.write(
        "outside/deep/secret.py",
        format!("token = '{}'\n", token(1)),
    );
    for n in 0..50 {
        env.write(format!("target/a{n}/deep/secret.py"), "x = 1\n");
    }
    env.write("target/swapped/deep/secret.py", "x = 1\n");
    env.write("target/file.py", format!("token = '{}'\n", token(2)));
    let link = |to: &str, at: &str| {
        std::os::unix::fs::symlink(env.path(to), env.path(at)).unwrap();
    };
    link("outside", "spare-folder");
    link("outside/deep/secret.py", "spare-link");
    let mut fifo = std::process::Command::new("mkfifo");
    assert!(fifo.arg(env.path("spare-pipe")).status().unwrap().success());
    env.write("target/other.py", "x = 1\n");
    let pairs = [
        ("target/swapped", "spare-folder"),
        ("target/file.py", "spare-link"),
        ("target/other.py", "spare-pipe"),
    ];
    let done = AtomicBool::new(false);
    let swaps = std::thread::scope(|scope| {
        let threads: Vec<_> = pairs
            .iter()
            .map(|(one, other)| {
                let (one, other) = (env.path(one), env.path(other));
                let done = &done;
                scope.spawn(move || exchange(&one, &other, done))
            })
            .collect();
        let scanned = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for _ in 0..20 {
                let ran = env.keyferry(&["scan", "--format", "jsonl", "--show-secrets", "target"]);
                assert!(!ran.stdout.contains(&token(1)), "{}", ran.stdout);
                assert!([0, 1, 3].contains(&ran.code), "{}", ran.stderr);
            }
        }));
        done.store(true, Ordering::Relaxed);
        let swaps: Vec<u64> = threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect();
        scanned.unwrap();
        swaps
    });
    assert!(swaps.iter().all(|&swaps| swaps > 100), "{swaps:?}");
}

/// The facts that a plan needs.
const FACTS: &str = "--set appid=ord001 --set appname=orders --set appfunc=api --set appenv=prod --set owner=a@example.org";

/// Discovers targets and plans the import of their secrets.
fn plan(env: &TestEnv, targets: &str) {
    for words in [
        format!("discover {targets} {FACTS}"),
        "plan --offline --account 123456789012 --region eu-west-1".to_owned(),
    ] {
        let words: Vec<&str> = words.split_whitespace().collect();
        env.keyferry(&words).exits(0);
    }
}

/// The places outside hold the values that the import looks for, so that reading there would succeed.
#[test]
fn a_link_between_scan_and_import_leads_nowhere() {
    type Case = (&'static str, &'static str, &'static str, &'static str);
    let cases: [Case; 7] = [
        (
            "a file",
            "shop",
            "shop/config/app.py",
            "outside/config/app.py",
        ),
        ("its folder", "shop", "shop/config", "outside/config"),
        ("the repository", "shop", "shop", "outside"),
        (
            "the folder of the repository",
            "group/shop",
            "group",
            "outside-group",
        ),
        ("a repository in a target", "group", "group/shop", "outside"),
        ("a plain folder", "plain", "plain", "outside"),
        (
            "a plain file",
            "single.py",
            "single.py",
            "outside/config/app.py",
        ),
    ];
    for (case, target, replaced, by) in cases {
        for of_git in [false, true] {
            let env = TestEnv::new();
            let text = format!("token = '{}'\n", token(1));
            for repository in ["shop", "group/shop", "outside", "outside-group/shop"] {
                env.write(format!("{repository}/config/app.py"), &text);
                let repo = env.repo(repository);
                // A value in an object is read from there.
                if of_git {
                    repo.commit("one");
                    repo.write("config/app.py", format!("{text}# changed\n"));
                    repo.commit("two");
                }
            }
            env.write("plain/config/app.py", &text);
            env.write("single.py", &text);
            plan(&env, target);
            env.keyferry(&["import", "--dry-run"]).exits(0);
            std::fs::rename(env.path(replaced), env.path("put-away")).unwrap();
            std::os::unix::fs::symlink(env.path(by), env.path(replaced)).unwrap();
            let ran = env.keyferry(&["import", "--dry-run"]).exits(4);
            assert!(
                ran.stdout.contains("unreadable (1 secret)")
                    && ran.stdout.contains("symbolic link"),
                "{case}: {}",
                ran.stdout
            );
        }
    }
}

#[test]
fn a_swap_during_the_import_leads_neither_outside_nor_to_a_pipe() {
    let env = TestEnv::new();
    let line = |n: u32| format!("token = '{}'\n", token(n));
    for n in 0..40 {
        env.write(format!("target/swapped/{n}.py"), line(n));
        env.write(format!("outside/{n}.py"), line(n));
    }
    env.write("target/file.py", line(41));
    env.write("target/other.py", line(42));
    env.write("outside-file.py", line(41));
    plan(&env, "target");
    // Only the places outside have the values now.
    for n in 0..40 {
        env.write(format!("target/swapped/{n}.py"), "token = None\n");
    }
    env.write("target/file.py", "token = None\n");
    env.write("target/other.py", "token = None\n");
    for (to, at) in [
        ("outside", "spare-folder"),
        ("outside-file.py", "spare-link"),
    ] {
        std::os::unix::fs::symlink(env.path(to), env.path(at)).unwrap();
    }
    let mut fifo = std::process::Command::new("mkfifo");
    assert!(fifo.arg(env.path("spare-pipe")).status().unwrap().success());
    let pairs = [
        ("target/swapped", "spare-folder"),
        ("target/file.py", "spare-link"),
        ("target/other.py", "spare-pipe"),
    ];
    let done = AtomicBool::new(false);
    let swaps = std::thread::scope(|scope| {
        let threads: Vec<_> = pairs
            .iter()
            .map(|(one, other)| {
                let (one, other) = (env.path(one), env.path(other));
                let done = &done;
                scope.spawn(move || exchange(&one, &other, done))
            })
            .collect();
        let imported = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for _ in 0..10 {
                let ran = env.keyferry(&["import", "--dry-run"]).exits(4);
                assert!(!ran.stdout.contains("ready"), "{}", ran.stdout);
                assert!(ran.stdout.contains("    42 failed"), "{}", ran.stdout);
            }
        }));
        done.store(true, Ordering::Relaxed);
        let swaps: Vec<u64> = threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect();
        imported.unwrap();
        swaps
    });
    assert!(swaps.iter().all(|&swaps| swaps > 100), "{swaps:?}");
}
