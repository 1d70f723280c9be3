//! Files of the git directory other than objects, refs and indexes.

use super::*;

#[test]
fn reflogs() {
    let env = sha1();
    let repo = with_commit(&env, "shop");
    // The commit is amended, and then gone with everything but the log of it.
    repo.write("a.py", "x = 2\n");
    repo.git(&[
        "commit",
        "--quiet",
        "--all",
        "--message",
        &format!("with {}", token(1)),
    ]);
    repo.git(&["commit", "--quiet", "--amend", "--message", "without"]);
    repo.git(&["switch", "--quiet", "--create", "side"]);
    repo.git(&[
        "update-ref",
        "-m",
        &format!("moved by {}", token(2)),
        "refs/heads/side",
        "HEAD~1",
    ]);
    repo.git(&["switch", "--quiet", "main"]);
    let rows = scan(&env, "shop");
    rows.iter().for_each(|row| repo.check(row));
    let expected = [
        "commit-message :1:6",
        "reflog .git/logs/HEAD:2:148",
        "reflog .git/logs/HEAD:5:144",
        "reflog .git/logs/refs/heads/main:2:148",
        "reflog .git/logs/refs/heads/side:2:144",
    ];
    assert_eq!(places(&rows), expected);
    assert!(!rows[0].reachable && rows[1].reachable && rows[1].commit.is_none());
    assert_eq!(places(&env.scan(&["--history-only", "shop"])), expected);
    env.keyferry(&["scan", "--no-history", "shop"]).exits(0);
}

#[test]
fn a_message_that_is_logged_often_is_one_place() {
    let env = sha1();
    let repo = with_commit(&env, "shop");
    for n in 0..3 {
        repo.write("a.py", format!("x = {n}\n"));
        repo.git(&[
            "commit",
            "--quiet",
            "--all",
            "--message",
            &format!("{n} with {}", token(1)),
        ]);
    }
    let rows: Vec<_> = scan(&env, "shop")
        .into_iter()
        .filter(|row| row.origin == "reflog")
        .collect();
    assert_eq!(
        places(&rows),
        [
            "reflog .git/logs/HEAD:4:150",
            "reflog .git/logs/refs/heads/main:4:150"
        ]
    );
    rows.iter().for_each(|row| repo.check(row));
}

#[test]
fn configuration_hooks_and_messages_being_written() {
    let env = sha1();
    let repo = with_commit(&env, "shop");
    let basic = "eC1hY2Nlc3MtdG9rZW46ejh0UTFyV3BMMm5LNHZZN2JEMG1DNnNBOWZFM2hHNQ==";
    repo.git(&[
        "remote",
        "add",
        "backup",
        &format!("https://deploy:{}@git.example.com/shop.git", password(1)),
    ]);
    repo.git(&[
        "remote",
        "add",
        "mirror",
        &format!("https://{}@github.com/acme/shop.git", token(2)),
    ]);
    repo.git(&[
        "config",
        "http.https://github.com/.extraheader",
        &format!("AUTHORIZATION: basic {basic}"),
    ]);
    repo.git(&["config", "sendemail.smtpPass", &password(3)]);
    repo.write(
        ".git/hooks/post-commit",
        format!("#!/bin/sh\nDEPLOY_PASSWORD={}\n", password(4)),
    );
    repo.write(
        ".git/hooks/pre-push.sample",
        format!("password='{}'\n# {}\n", password(9), token(5)),
    );
    for (n, name) in (6..).zip([
        "COMMIT_EDITMSG",
        "MERGE_MSG",
        "FETCH_HEAD",
        "description",
        "rebase-merge/message",
    ]) {
        repo.write(&format!(".git/{name}"), format!("of {}\n", token(n)));
    }
    repo.git(&["worktree", "add", "--quiet", "--detach", "../tree"]);
    repo.git(&["config", "extensions.worktreeConfig", "true"]);
    repo.write(
        ".git/worktrees/tree/config.worktree",
        format!("[user]\n\tpassword = {}\n", password(12)),
    );
    let rows = scan(&env, "shop");
    rows.iter().for_each(|row| repo.check(row));
    let expected = [
        "git-directory .git/COMMIT_EDITMSG:1:4",
        "git-directory .git/FETCH_HEAD:1:4",
        "git-directory .git/MERGE_MSG:1:4",
        "git-directory .git/config:7:23",
        "git-directory .git/config:10:16",
        "git-directory .git/config:13:37",
        "git-directory .git/config:15:13",
        "git-directory .git/description:1:4",
        "git-directory .git/hooks/post-commit:2:17",
        "git-directory .git/hooks/pre-push.sample:2:3",
        "git-directory .git/rebase-merge/message:1:4",
        "git-directory .git/worktrees/tree/config.worktree:2:13",
    ];
    assert_eq!(places(&rows), expected);
    // From the other working tree, and with nothing but the git directory, it is the same.
    assert_eq!(places(&scan(&env, "tree")), expected);
    let bare: Vec<_> = places(&scan(&env, "shop/.git"));
    assert_eq!(bare, expected.map(|place| place.replace(".git/", "")));
}

#[test]
fn a_git_directory_elsewhere() {
    let env = sha1();
    let repo = with_commit(&env, "shop");
    repo.git(&["init", "--quiet", "--separate-git-dir", "../elsewhere"]);
    // Without this, nothing says that the directory belongs to the working tree.
    repo.git(&["config", "core.worktree", "../shop"]);
    repo.git(&["config", "user.password", &password(1)]);
    assert_eq!(
        places(&scan(&env, "shop")),
        ["git-directory .git/config:8:13"]
    );
}

#[test]
fn what_is_no_file_in_a_git_directory() {
    let env = TestEnv::new();
    let repo = with_commit(&env, "shop");
    let outside = env.write("outside", token(1));
    std::os::unix::fs::symlink(&outside, repo.root.join(".git/link")).unwrap();
    std::os::unix::fs::symlink(".", repo.root.join(".git/logs/loop")).unwrap();
    for name in [
        ".git/logs/HEAD",
        ".git/hooks/pre-push",
        ".git/COMMIT_EDITMSG",
    ] {
        let path = repo.root.join(name);
        let _ = std::fs::remove_file(&path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        assert!(
            std::process::Command::new("mkfifo")
                .arg(&path)
                .status()
                .unwrap()
                .success()
        );
    }
    std::fs::File::create(repo.root.join(".git/huge"))
        .unwrap()
        .set_len(2 << 30)
        .unwrap();
    let ran = env
        .keyferry(&["scan", "--format", "jsonl", "shop"])
        .exits(0);
    ran.says(&[
        "1 too-large: .git/huge (2147483648 bytes)",
        "2 symbolic-link: .git/link, .git/logs/loop",
        "3 special-file: .git/COMMIT_EDITMSG, .git/hooks/pre-push, .git/logs/HEAD",
    ]);
}

#[test]
fn what_git_itself_brings_along_is_no_secret() {
    let env = TestEnv::new();
    let repo = with_commit(&env, "shop");
    let templates = std::path::Path::new("/usr/share/git-core/templates");
    if templates.is_dir() {
        repo.git(&[
            "init",
            "--quiet",
            "--template",
            "/usr/share/git-core/templates",
        ]);
        assert!(repo.root.join(".git/hooks/pre-push.sample").exists());
    }
    repo.git(&["tag", "v1"]);
    repo.git(&["bundle", "create", "--quiet", ".git/all.bundle", "--all"]);
    repo.git(&["bisect", "start", "HEAD"]);
    repo.git(&["pack-refs", "--all"]);
    env.keyferry(&["scan", "--confidence", "low", "shop"])
        .exits(0);
}
