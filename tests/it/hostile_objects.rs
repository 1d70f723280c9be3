//! Repositories whose objects, refs and rules are made to cost more than they weigh: each ends in order, with what was read.

use crate::support::raw_repository::RawRepository;
use crate::support::test_env::{TestEnv, places, token};

fn line(n: u32) -> String {
    format!("token = '{}'\n", token(n))
}

#[test]
fn nested_repositories_with_one_remote() {
    let env = TestEnv::with_hash("sha1");
    let outer = env.repo("outer");
    outer.write("a.py", line(1));
    for n in 0..500 {
        RawRepository::with_worktree(&outer.root.join(format!("{n:04}"))).file(
            "config",
            "[core]\n\trepositoryformatversion = 0\n\tbare = false\n[remote \"origin\"]\n\turl = https://example.com/acme/one\n",
        );
    }
    let (rows, ran) = env.scan_exits(1, &["outer"]);
    assert_eq!(places(&rows), ["worktree a.py:1:10"]);
    ran.says(&["501 repositories"]);
}

#[test]
fn ignore_rules_that_backtrack_for_ever() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write(".gitignore", "**/*a*a*a*a*a*a*a*a*a*a*ab/x/\nbin/\n");
    let folder = "a".repeat(200);
    repo.write(&format!("{folder}/{folder}/bin/left-out.py"), line(1));
    repo.write(&format!("{folder}/{folder}/read.py"), line(2));
    let (rows, ran) = env.scan_exits(1, &["shop"]);
    assert_eq!(places(&rows).len(), 1);
    ran.says(&["1 ignored-folder"]);
}

#[test]
fn a_file_of_ignore_rules_without_end() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write(".gitignore", "bin/\n".repeat(1 << 18));
    repo.write("bin/read.py", line(1));
    let (rows, ran) = env.scan_exits(1, &["shop"]);
    assert_eq!(places(&rows), ["worktree bin/read.py:1:10"]);
    ran.says(&["1 ignore-rules: .gitignore"]);
}
