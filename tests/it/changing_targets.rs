//! Targets that change while they are scanned.

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
