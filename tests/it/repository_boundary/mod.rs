//! References of a repository that lead elsewhere are followed only to places that name the repository in return. Other
//! named targets lend objects.

mod attack;
mod borrowed_objects;
mod references;

use std::os::unix::fs::symlink;

use crate::support::test_env::{Ran, Repo, Row, TestEnv, password, places, token};

/// Secrets of the victim: in its history, its configuration, and files that a configuration can name.
fn canaries() -> [String; 3] {
    [token(90), password(91), token(92)]
}

fn line(n: u32) -> String {
    format!("token = '{}'\n", token(n))
}

/// A repository of the victim with a secret in the history, another one in its git directory, and one in loose files.
fn victim<'e>(env: &'e TestEnv, name: &str) -> Repo<'e> {
    let repo = env.repo(name);
    repo.write("old.py", line(90)).commit("old");
    repo.remove("old.py").write("a.py", "x = 1\n").commit("new");
    repo.git(&["repack", "-a", "-d", "-q"]);
    repo.git(&["pack-refs", "--all"]);
    repo.git(&["update-ref", "refs/heads/x", "HEAD~1"]);
    repo.write("b.py", format!("{}# more\n", line(90)));
    repo.git(&["add", "b.py"]);
    repo.git(&["config", "user.password", &password(91)]);
    let secret = format!("[user]\n\ttoken = {}\n", token(92));
    for name in [
        "included",
        "info/exclude",
        "hooks/pre-push",
        "config.worktree",
    ] {
        repo.write(&format!(".git/{name}"), &secret);
    }
    repo.write(".git/shallow", "");
    std::fs::create_dir_all(repo.root.join(".git/modules/m")).unwrap();
    repo
}

/// A repository of the attacker, with a secret in its working tree and one in its history.
fn attacker<'e>(env: &'e TestEnv, name: &str) -> Repo<'e> {
    let repo = env.repo(name);
    repo.write("gone.py", line(2)).commit("old");
    repo.remove("gone.py").write("a.py", line(1)).commit("new");
    repo
}

/// A scan that shows nothing of the victim.
#[track_caller]
fn shows_no_canary(env: &TestEnv, code: i32, args: &[&str], case: &str) -> (Vec<Row>, Ran) {
    let ran = env.keyferry(&[&["scan", "--format", "jsonl", "--show-secrets"], args].concat());
    assert_eq!(ran.code, code, "{case}: {}{}", ran.stdout, ran.stderr);
    for canary in canaries() {
        assert!(!ran.stdout.contains(&canary), "{case}: {}", ran.stdout);
        assert!(!ran.stderr.contains(&canary), "{case}: {}", ran.stderr);
    }
    let rows = ran.rows();
    assert!(
        rows.iter().any(|row| row.place() == "worktree a.py:1:10"),
        "{case}: the files are read: {}{}",
        ran.stdout,
        ran.stderr
    );
    (rows, ran)
}

#[test]
fn a_linked_working_tree_alone_is_read_with_its_repository() {
    let env = TestEnv::new();
    let repo = attacker(&env, "shop");
    repo.git(&["worktree", "add", "--quiet", "--detach", "../tree"]);
    let rows = env.scan(&["tree"]);
    assert_eq!(places(&rows), ["worktree a.py:1:10", "blob gone.py:1:10"]);
    // The repository no longer names it.
    let back = repo.root.join(".git/worktrees/tree/gitdir");
    for other in [
        "/nowhere/.git\n".to_owned(),
        format!("{}\n", env.path("other/.git").display()),
    ] {
        std::fs::write(&back, other).unwrap();
        let (rows, ran) = env.scan_exits(3, &["tree"]);
        assert_eq!(places(&rows), ["worktree a.py:1:10"]);
        ran.says(&[
            "unreadable  tree: ",
            "tree/.git leads to ",
            "shop/.git/worktrees/tree, outside the repository",
        ]);
    }
    // The repository is read, as a target of its own, and the files are.
    let (_, ran) = env.scan_exits(3, &["tree", "shop"]);
    ran.says(&["unreadable  tree: ", "1 repository", "1 folder"]);
    // By a relative path, as newer versions of git write it.
    std::fs::write(&back, "../../../../tree/.git\n").unwrap();
    assert_eq!(env.scan(&["tree"]).len(), 2);
    // Its own git directory names another one than the one that it is in.
    let victim = victim(&env, "victim");
    let common = repo.root.join(".git/worktrees/tree/commondir");
    std::fs::write(common, victim.root.join(".git").to_str().unwrap()).unwrap();
    shows_no_canary(&env, 3, &["tree"], "common directory");
}

#[test]
fn a_working_tree_that_another_repository_does_not_know_is_none_of_its() {
    let env = TestEnv::new();
    let repo = victim(&env, "victim");
    repo.git(&["worktree", "add", "--quiet", "--detach", "../tree"]);
    env.write("forged/a.py", line(1));
    for to in ["../victim/.git/worktrees/tree", "../victim/.git"] {
        env.write("forged/.git", format!("gitdir: {to}\n"));
        let (_, ran) = shows_no_canary(&env, 3, &["forged"], to);
        ran.says(&["unreadable  forged: ", "outside the repository"]);
    }
}

#[test]
fn a_submodule_alone_is_read_with_its_git_directory() {
    let env = TestEnv::new();
    attacker(&env, "library");
    let repo = attacker(&env, "shop");
    repo.git(&["submodule", "--quiet", "add", "../library", "lib"]);
    repo.commit("with a library");
    let expected = ["worktree a.py:1:10", "blob gone.py:1:10"];
    assert_eq!(places(&env.scan(&["shop/lib"])), expected);
    assert_eq!(places(&env.scan(&["shop/.git/modules/lib"])).len(), 2);
    // The git directory belongs to another working tree.
    repo.git(&[
        "config",
        "--file",
        ".git/modules/lib/config",
        "core.worktree",
        "../../../other",
    ]);
    let (rows, ran) = env.scan_exits(3, &["shop/lib"]);
    assert_eq!(places(&rows), expected[..1]);
    ran.says(&[
        "unreadable  lib: ",
        "shop/.git/modules/lib, outside the repository",
    ]);
}

#[test]
fn borrowed_objects_that_are_not_read_are_one_line_with_a_remedy() {
    let env = TestEnv::new();
    let repo = env.repo("cache");
    for n in 0..30 {
        repo.write("a.py", line(n)).commit("change");
    }
    env.git(
        &env.path(""),
        &[
            "clone",
            "--quiet",
            "--reference",
            "cache",
            &format!("file://{}", repo.root.display()),
            "shop",
        ],
    );
    let shop = env.open("shop");
    shop.write("own.py", line(40)).commit("own");
    let (rows, ran) = env.scan_exits(3, &["shop"]);
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(ran.stderr.lines().count() < 20, "{}", ran.stderr);
    let ran = ran.says(&[
        "cache objects/info/alternates: leads to ",
        "cache/.git/objects, outside the named targets",
        "`git repack -a -d`",
        "--follow-outside",
        "3 that the repository names are missing, perhaps because a directory of objects is not read",
    ]);
    assert_eq!(
        ran.stderr.matches("are missing").count(),
        1,
        "{}",
        ran.stderr
    );
    for args in [&["shop", "--follow-outside"][..], &["shop", "cache"]] {
        let (rows, _) = env.scan_exits(1, args);
        let of_shop = rows.iter().filter(|row| row.path.ends_with("a.py"));
        assert!(of_shop.count() >= 30, "{args:?}");
    }
    // The remedy helps.
    shop.git(&["repack", "-a", "-d", "-q"]);
    shop.remove(".git/objects/info/alternates");
    assert_eq!(env.scan(&["shop"]).len(), 31);
}

#[test]
fn borrowed_objects_belong_to_the_repository_that_leads_to_them() {
    let env = TestEnv::new();
    let lender = attacker(&env, "lender");
    lender.git(&["branch", "shared"]);
    lender.write("late.py", line(6)).commit("late");
    lender.remove("late.py").commit("gone");
    // Objects without a ref, and a file that is staged only.
    lender.write("dropped.py", line(7)).commit("dropped");
    lender.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    env.git(
        &env.path(""),
        &[
            "clone",
            "--quiet",
            "--shared",
            "--branch",
            "shared",
            "--single-branch",
            "lender",
            "shop",
        ],
    );
    let shop = env.open("shop");
    // The name of the lender is its own.
    shop.git(&["remote", "remove", "origin"]);
    shop.write("own.py", line(8)).commit("own");
    let of_shop = |args: &[&str]| {
        let (rows, ran) = env.scan_exits(1, args);
        let rows = rows
            .into_iter()
            .filter(|row| row.repository.ends_with("shop"));
        let mut found: Vec<String> = rows.map(|row| row.place()).collect();
        found.sort_unstable();
        (found, ran)
    };
    let (found, ran) = of_shop(&["lender", "shop"]);
    let expected = [
        "blob gone.py:1:10",
        "worktree a.py:1:10",
        "worktree own.py:1:10",
    ];
    assert_eq!(found, expected);
    ran.says(&["borrowed-objects: "]);
    assert_eq!(of_shop(&["shop", "--follow-outside"]).0, expected);
    // A second scan, for which the first one could have made a cache.
    assert_eq!(of_shop(&["lender", "shop"]).0, expected);
    // An index, a ref and an object of its own each lead to borrowed objects.
    let late = env.git(&lender.root, &["rev-parse", "main~1"]);
    let dropped = env.git(&lender.root, &["rev-parse", "ORIG_HEAD:dropped.py"]);
    shop.git(&["update-ref", "refs/keep/late", &late]);
    shop.git(&[
        "update-index",
        "--add",
        "--cacheinfo",
        &format!("100644,{dropped},staged.py"),
    ]);
    let (found, _) = of_shop(&["lender", "shop"]);
    let more = [
        "blob gone.py:1:10",
        "blob late.py:1:10",
        "staged staged.py:1:10",
    ];
    assert_eq!(found, [&more[..], &expected[1..]].concat());
    // Without refs, its own commits lead there.
    shop.git(&["update-ref", "-d", "refs/keep/late"]);
    shop.remove(".git/index");
    shop.git(&["commit-tree", "-p", &late, "-m", "x", "HEAD^{tree}"]);
    let (found, _) = of_shop(&["lender", "shop"]);
    assert_eq!(found, [&more[..2], &expected[1..]].concat());
}

/// A clone whose files are a bare repository with references to the victim beside it.
fn embedded<'e>(env: &'e TestEnv) -> Repo<'e> {
    let repo = attacker(env, "made");
    let id = env.git(&env.path("victim"), &["rev-parse", "HEAD"]);
    repo.write("sub/HEAD", "ref: refs/heads/main\n")
        .write("sub/refs/heads/main", format!("{id}\n"))
        .write("sub/commondir", "../../victim/.git\n")
        .write(
            "sub/config",
            "[include]\n\tpath = ../../victim/.git/config\n",
        )
        .write("borrow/HEAD", "ref: refs/heads/main\n")
        .write("borrow/refs/heads/main", format!("{id}\n"))
        .write(
            "borrow/objects/info/alternates",
            "../../../victim/.git/objects\n",
        )
        .write("own/HEAD", "ref: refs/heads/main\n")
        .write("own/refs/heads/main", format!("{id}\n"))
        .write("own/config", format!("token = '{}'\n", token(3)));
    for (folder, to) in [
        ("sub", "../../victim/.git/objects"),
        ("own", "../../victim/.git/objects"),
    ] {
        symlink(to, repo.root.join(folder).join("objects")).unwrap();
    }
    repo.commit("embedded");
    env.git(&env.path(""), &["clone", "--quiet", "made", "clone"]);
    env.open("clone")
}

#[test]
fn a_tracked_repository_is_read_as_files() {
    let env = TestEnv::new();
    let victim = victim(&env, "victim");
    let clone = embedded(&env);
    let (rows, ran) = shows_no_canary(&env, 1, &["clone"], "clone");
    // Its files are read like any others.
    assert!(
        rows.iter()
            .any(|row| row.value() == token(3) && row.path == "own/config")
    );
    ran.says(&["3 embedded-repository: borrow/, own/, sub/", "1 repository"]);
    // Named together with the victim, nothing of the victim has another name.
    let rows = env.scan(&["clone", "victim"]);
    for row in rows
        .iter()
        .filter(|row| canaries().contains(&row.value().to_owned()))
    {
        assert_eq!(row.repository, "victim", "{row:?}");
    }
    // As a repository, on request: its references still stay inside.
    let (_, ran) = shows_no_canary(&env, 3, &["clone", "--embedded-repositories"], "requested");
    ran.says(&["outside the repository"]);
    // A folder of the clone is not a place to hide either.
    std::fs::create_dir(clone.root.join("deep")).unwrap();
    for name in ["sub", "borrow", "own"] {
        std::fs::rename(clone.root.join(name), clone.root.join("deep").join(name)).unwrap();
    }
    clone.write("deep/a.py", line(1));
    shows_no_canary(&env, 1, &["clone/deep"], "folder");
    drop(victim);
}

#[test]
fn a_repository_of_its_own_within_another_one_stays_one() {
    let env = TestEnv::new();
    let repo = attacker(&env, "shop");
    env.git(
        &repo.root,
        &["clone", "--quiet", "--bare", ".", "mirror.git"],
    );
    let inner = env.repo("shop/inner");
    inner.write("b.py", line(5)).commit("inner");
    let (rows, ran) = env.scan_exits(1, &["shop"]);
    ran.says(&["3 repositories"]);
    assert!(rows.iter().any(|row| row.path == "inner/b.py"));
    // Once it is tracked, it is files. What they hold as objects is read on request.
    repo.git(&["add", "--force", "mirror.git"]);
    let (rows, ran) = env.scan_exits(1, &["shop"]);
    ran.says(&["2 repositories", "1 embedded-repository: mirror.git/"]);
    assert!(!rows.iter().any(|row| row.path.starts_with("mirror.git/")));
    let (rows, ran) = env.scan_exits(1, &["--embedded-repositories", "shop"]);
    ran.says(&["3 repositories"]);
    assert!(rows.iter().any(|row| row.path == "mirror.git/gone.py"));
}

#[test]
fn files_beside_a_dangling_git_file_are_read() {
    let env = TestEnv::new();
    for (text, why) in [
        (
            "gitdir: ../nowhere\n",
            "names a git directory that does not exist",
        ),
        (
            "gitdir: \n",
            "is neither a git directory nor the name of one",
        ),
        (
            "what is this\n",
            "is neither a git directory nor the name of one",
        ),
    ] {
        env.write("many/shop/a.py", line(1));
        env.write("many/shop/.git", text);
        env.write("many/whole/b.py", line(2));
        let (rows, ran) = env.scan_exits(3, &["many/shop"]);
        assert_eq!(places(&rows), ["worktree a.py:1:10"]);
        ran.says(&["unreadable  shop: ", why]);
        let (rows, ran) = env.scan_exits(3, &["many"]);
        let mut found = places(&rows);
        found.sort_unstable();
        assert_eq!(
            found,
            ["worktree shop/a.py:1:10", "worktree whole/b.py:1:10"]
        );
        ran.says(&["unreadable  shop/: ", why]);
        // Without a history there is nothing to read.
        let (rows, _) = env.scan_exits(3, &["--history-only", "many/shop"]);
        assert!(rows.is_empty());
    }
}

#[test]
fn no_message_quotes_the_configuration() {
    let env = TestEnv::new();
    let repo = attacker(&env, "shop");
    let secret = password(7);
    for broken in [
        format!("[remote \"origin\"]\n\turl = \"https://u:{secret}@host\n"),
        format!("[core]\n\trepositoryformatversion = {secret}\n"),
        format!("[core]\n\trepositoryformatversion = 1\n[extensions]\n\t{secret} = {secret}\n"),
        format!("[core]\n\trepositoryformatversion = 1\n[extensions]\n\tobjectFormat = {secret}\n"),
        format!("{secret}\n"),
        format!("[{secret}\n"),
    ] {
        repo.write(".git/config", &broken);
        let ran = env.keyferry(&["scan", "shop", "--format", "json", "--since", "main"]);
        assert!(!ran.stderr.contains(&secret), "{broken}: {}", ran.stderr);
        assert!(!ran.stdout.contains(&secret), "{broken}: {}", ran.stdout);
        assert_eq!(ran.code, 3, "{broken}: {}", ran.stderr);
    }
}

#[test]
fn configuration_of_the_user_does_not_matter() {
    let env = TestEnv::new();
    let repo = attacker(&env, "shop");
    victim(&env, "victim");
    std::fs::write(
        env.home().join(".gitconfig"),
        "[core]\n\tworktree = /nowhere\n[extensions]\n\tx = y\n",
    )
    .unwrap();
    let objects = env.path("victim/.git/objects");
    let git = env.path("victim/.git");
    let ran = env.keyferry_with(
        &["scan", "--format", "jsonl", "--show-secrets", "shop"],
        &[
            ("GIT_DIR", git.to_str().unwrap()),
            ("GIT_COMMON_DIR", git.to_str().unwrap()),
            ("GIT_OBJECT_DIRECTORY", objects.to_str().unwrap()),
            (
                "GIT_ALTERNATE_OBJECT_DIRECTORIES",
                objects.to_str().unwrap(),
            ),
            (
                "GIT_CONFIG_GLOBAL",
                env.path("victim/.git/included").to_str().unwrap(),
            ),
        ],
    );
    assert_eq!(
        places(&ran.exits(1).rows()),
        ["worktree a.py:1:10", "blob gone.py:1:10"]
    );
    // A repository that names a file of the user's home does not get it.
    std::fs::write(
        env.home().join("included"),
        format!("[a]\ntoken = {}\n", token(92)),
    )
    .unwrap();
    repo.git(&["config", "include.path", "~/included"]);
    let (_, ran) = shows_no_canary(&env, 3, &["shop"], "home");
    ran.says(&[
        "include.path leads to ",
        "~/included, outside the repository",
    ]);
}
