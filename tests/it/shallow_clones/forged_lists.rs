//! The file `shallow`, and other files by which git changes the parents of commits, decide neither what is
//! read nor to whom a value is attributed.

use std::os::unix::fs::symlink;

use super::{clone, five_commits, has_introductions};
use crate::support::test_env::{Repo, TestEnv, places};

const WHOLE: [(&str, &str, u64); 4] = [
    ("a.py", "at", 0),
    ("b.py", "at", 1),
    ("c.py", "at", 2),
    ("d.py", "at", 3),
];

/// Puts a text at a place in the git directory.
fn put(repo: &Repo, path: &str, text: impl AsRef<[u8]>) {
    repo.write(&format!(".git/{path}"), text);
}

#[test]
fn a_list_hides_no_parent_that_is_there() {
    let env = TestEnv::new();
    let repo = five_commits(&env, "shop");
    let all = repo.git(&["rev-list", "--all"]);
    let unknown = "01234567".repeat(env.digits() / 8);
    let huge = format!("{unknown}\n").repeat(20_000);
    let ids: Vec<&str> = all.lines().collect();
    let forged = [
        ("shallow", format!("{all}\n")),
        ("shallow", format!("{unknown}\n{}\n", ids[1])),
        ("shallow", "garbage\0\n\u{1b}[2J".to_owned()),
        ("shallow", huge),
        ("info/grafts", format!("{}\n{}\n", ids[0], ids[2])),
        ("info/grafts", format!("{} {}\n", ids[3], ids[0])),
    ];
    for (path, text) in forged {
        put(&repo, path, &text);
        let (rows, ran) = env.scan_exits(1, &["shop"]);
        has_introductions(&rows, &WHOLE);
        assert!(!ran.stderr.contains("shallow: "), "{}", ran.stderr);
        std::fs::remove_file(repo.root.join(".git").join(path)).unwrap();
    }
}

#[test]
fn a_replaced_commit_is_read_and_so_is_its_replacement() {
    let env = TestEnv::new();
    let repo = five_commits(&env, "shop");
    let root = repo.git(&["rev-parse", "HEAD~2"]);
    // The commit without its parents, in the name of another author and before all others.
    let tree = repo.git(&["rev-parse", "HEAD~2^{tree}"]);
    let fake = repo.git(&["commit-tree", "-m", "fake", &tree]);
    repo.git(&["update-ref", &format!("refs/replace/{root}"), &fake]);
    let rows = env.scan(&["shop"]);
    has_introductions(&rows, &WHOLE);
}

/// A list that is no regular file, or leads outside, is not read, and reported.
#[test]
fn a_list_that_is_not_safe_to_read() {
    let env = TestEnv::new();
    let full = five_commits(&env, "full");
    let clone = clone(&full, "shop", &["--depth=2"]);
    let list = clone.root.join(".git/shallow");
    let ids = std::fs::read(&list).unwrap();
    let elsewhere = env.write("elsewhere", &ids);
    let (before, _) = env.scan_exits(1, &["shop"]);
    let attempts: [(&str, &dyn Fn()); 4] = [
        ("missing from it", &|| {}),
        ("missing from it", &|| {
            std::fs::write(&list, "garbage\n").unwrap()
        }),
        (".git/shallow", &|| {
            let made = std::process::Command::new("mkfifo").arg(&list).status();
            assert!(made.unwrap().success());
        }),
        (".git/shallow", &|| symlink(&elsewhere, &list).unwrap()),
    ];
    for (says, make) in attempts {
        std::fs::remove_file(&list).unwrap_or_default();
        make();
        let (rows, ran) = env.scan_exits(3, &["shop"]);
        ran.says(&[says, "named by the repository, but missing from it"]);
        assert_eq!(places(&rows), places(&before));
        has_introductions(
            &rows,
            &[
                ("a.py", "at-or-before", 3),
                ("b.py", "at-or-before", 3),
                ("c.py", "at-or-before", 3),
                ("d.py", "at-or-before", 3),
            ],
        );
    }
}

/// Only the parents of listed commits are missing on purpose: a lost blob is still a loss.
#[test]
fn a_list_excuses_no_other_loss() {
    let env = TestEnv::new();
    let full = five_commits(&env, "full");
    let clone = clone(&full, "shop", &["--depth=2"]);
    let packs = clone.root.join(".git/objects/pack");
    for entry in std::fs::read_dir(&packs).unwrap() {
        let pack = entry.unwrap().path();
        if pack.extension().is_some_and(|ext| ext == "pack") {
            let bytes = std::fs::read(&pack).unwrap();
            std::fs::rename(&pack, env.path("moved.pack")).unwrap();
            clone.git_with_input(&["unpack-objects", "-q"], &bytes);
        }
    }
    std::fs::remove_dir_all(&packs).unwrap();
    std::fs::create_dir(&packs).unwrap();
    let blob = clone.git(&["rev-parse", "HEAD:a.py"]);
    let loose = format!(".git/objects/{}/{}", &blob[..2], &blob[2..]);
    std::fs::remove_file(clone.root.join(loose)).unwrap();
    let (_, ran) = env.scan_exits(3, &["--history-only", "shop"]);
    ran.says(&[
        "1 shallow: ",
        &format!("object {blob}: named by the repository, but missing from it"),
    ]);
}
