//! `scan`: the places of a repository in which a secret is easily forgotten. Whatever is found there can be read again.

use std::collections::BTreeMap;

use keyferry::detect::engine::Engine;
use keyferry::detect::library::Library;
use keyferry::finding::Finding;
use keyferry::inventory::inventory_key::InventoryKey;
use keyferry::progress::NoProgress;
use keyferry::scan::{self, Options};
use keyferry::source::target;
use keyferry::source::value_reader::ValueReader;

use crate::support::test_env::{EPOCH, Repo, Row, TestEnv, password, places, token};

fn with_commit<'e>(env: &'e TestEnv, name: &str) -> Repo<'e> {
    let repo = env.repo(name);
    repo.write("a.py", "x = 1\n").commit("start");
    repo
}

/// The rows of a complete scan of one target, of which each value is read again as an import would.
#[track_caller]
fn scan(env: &TestEnv, target: &str) -> Vec<Row> {
    for finding in found(env, target) {
        let place = &finding.occurrence;
        let locations = BTreeMap::from([(
            place.repository.clone(),
            finding_location(env, target, place),
        )]);
        let value = ValueReader::new(locations).value(place);
        assert_eq!(
            value.as_ref().map(|value| value.expose()),
            Ok(finding.value.expose()),
            "{place:?}"
        );
    }
    env.scan(&[target])
}

/// Where the repository of an occurrence is: the tests give those within the target names that are their paths.
fn finding_location(
    env: &TestEnv,
    target: &str,
    place: &keyferry::finding::Occurrence,
) -> std::path::PathBuf {
    let below = env.path(target).join(place.repository.replace('!', "/"));
    if below.exists() {
        below
    } else {
        env.path(target)
    }
    .canonicalize()
    .unwrap()
}

fn found(env: &TestEnv, target: &str) -> Vec<Finding> {
    let engine = Engine::new(Library::builtin().compile(false).unwrap(), EPOCH as i64);
    let key = InventoryKey::from_bytes([7; 32]);
    let unit = target::resolve(&env.path(target)).unwrap().unit;
    let scanned = scan::scan(
        vec![unit],
        &BTreeMap::new(),
        &engine,
        &key,
        &Options::default(),
        &NoProgress,
    );
    assert!(
        scanned.coverage.complete(),
        "{:?}",
        scanned.coverage.unreadable
    );
    scanned
        .units
        .into_iter()
        .flat_map(|unit| unit.findings)
        .collect()
}

/// Of repositories with other ids, lines and columns in git's own files are others: formats.rs has those.
fn sha1() -> TestEnv {
    TestEnv::with_hash("sha1")
}

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
    repo.git(&["config", "user.password", &password(1)]);
    assert_eq!(
        places(&scan(&env, "shop")),
        ["git-directory .git/config:7:13"]
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

/// A repository with a submodule of another name than its path, with a secret in each and in the history of each.
fn with_submodule<'e>(env: &'e TestEnv, name: &str) -> Repo<'e> {
    let library = env.repo("library");
    library
        .write("lib.py", format!("token = '{}'\n", token(1)))
        .commit("library");
    library.write("lib.py", "y = 1\n").commit("tidy");
    let repo = with_commit(env, name);
    repo.write("a.py", format!("token = '{}'\n", token(2)));
    repo.git(&[
        "submodule",
        "--quiet",
        "add",
        "--name",
        "the/lib",
        "../library",
        "vendor/lib",
    ]);
    repo.git(&["-C", "vendor/lib", "config", "user.password", &password(3)]);
    repo.commit("all");
    repo
}

#[test]
fn submodules_checked_out_kept_and_left_out() {
    let env = sha1();
    let repo = with_submodule(&env, "shop");
    let expected = [
        "git-directory vendor/lib/.git/config:14:13",
        "blob vendor/lib/lib.py:1:10",
        "worktree a.py:1:10",
    ];
    let rows = env.scan(&["shop"]);
    assert_eq!(places(&rows), expected);
    assert_eq!(rows[0].repository, "library");
    let (rows, ran) = env.scan_exits(1, &["--no-submodules", "shop"]);
    assert_eq!(places(&rows), expected[2..]);
    ran.says(&["skipped     1 submodule: vendor/lib/\n"]);

    // No longer checked out, still there.
    repo.git(&["submodule", "--quiet", "deinit", "--force", "vendor/lib"]);
    let (rows, ran) = env.scan_exits(1, &["shop"]);
    let kept = [
        "git-directory .git/modules/the/lib/config:13:13",
        "blob .git/modules/the/lib/lib.py:1:10",
    ];
    assert_eq!(places(&rows)[..2], kept);
    assert_eq!(places(&rows)[2..], expected[2..]);
    assert!(!ran.stderr.contains("submodule"), "{}", ran.stderr);
    let (rows, ran) = env.scan_exits(1, &["--no-submodules", "shop"]);
    assert_eq!(places(&rows), expected[2..]);
    ran.says(&["1 submodule: .git/modules/the/lib/\n"]);
    // The working tree alone says nothing of it.
    assert_eq!(places(&env.scan(&["--no-history", "shop"])), expected[2..]);

    // One that cannot be opened is told.
    repo.write(".git/modules/the/lib/config", "[core\n");
    env.scan_exits(3, &["shop"])
        .1
        .says(&["unreadable  .git/modules/the/lib/: "]);
    repo.remove(".git/modules/the/lib/HEAD");
    env.scan_exits(3, &["shop"])
        .1
        .says(&["unreadable  .git/modules/the/lib: "]);
}

#[test]
fn a_repository_in_a_repository_is_no_submodule() {
    let env = TestEnv::new();
    let repo = with_commit(&env, "shop");
    let inner = env.repo("shop/inner");
    inner
        .write("a.py", format!("token = '{}'\n", token(1)))
        .commit("inner");
    repo.git(&["worktree", "add", "--quiet", "--detach", "tree"]);
    let (rows, ran) = env.scan_exits(1, &["--no-submodules", "shop"]);
    assert_eq!(places(&rows), ["worktree inner/a.py:1:10"]);
    ran.says(&["3 repositories"]);
}

#[test]
fn people_who_are_tokens() {
    let env = TestEnv::new();
    let repo = with_commit(&env, "shop");
    let author = format!("--author=ci {} <ci@example.com>", token(1));
    let mut commits = Vec::new();
    for n in 0..3 {
        repo.write("a.py", format!("x = {n}\ny = '{}'\n", token(2)));
        repo.git(&["commit", "--quiet", "--all", &author, "--message", "work"]);
        repo.tick();
        commits.push(repo.git(&["rev-parse", "HEAD"]));
    }
    let who = format!("C O Mitter <{}@example.com> 1700000000 +0000", token(3));
    let tagged = format!(
        "object {}\ntype commit\ntag v1\ntagger {who}\n\none\n",
        commits[1]
    );
    let tag = repo.git_with_input(
        &["hash-object", "-t", "tag", "-w", "--stdin"],
        tagged.as_bytes(),
    );
    repo.git(&["update-ref", "refs/tags/v1", &tag]);
    std::fs::remove_dir_all(repo.root.join(".git/logs")).unwrap();
    let rows = scan(&env, "shop");
    rows.iter().for_each(|row| repo.check(row));
    assert_eq!(
        places(&rows),
        [
            "commit-header :3:11",
            "tag-header :4:20",
            "worktree a.py:2:6"
        ]
    );
    assert_eq!(
        [&rows[0].blob, &rows[0].commit],
        [&Some(commits[0].clone()), &Some(commits[0].clone())]
    );
    assert_eq!(
        [&rows[1].blob, &rows[1].commit],
        [&Some(tag), &Some(commits[1].clone())]
    );
    assert!(rows[0].reachable && rows[1].reachable);
    // A name is shown with every place, and never the value in it.
    let names: Vec<_> = rows
        .iter()
        .filter_map(|row| row.author.as_deref())
        .collect();
    assert_eq!(
        names,
        [
            "ci … <ci@example.com>",
            "C O Mitter <…@example.com>",
            "ci … <ci@example.com>"
        ]
    );
    for format in ["text", "json", "jsonl", "csv", "sarif"] {
        let ran = env.keyferry(&["scan", "--format", format, "shop"]).exits(1);
        assert!(
            (1..4).all(|n| !ran.stdout.contains(&token(n)) && !ran.stderr.contains(&token(n))),
            "{format}"
        );
    }
}

#[test]
fn a_tag_that_a_merge_took_in() {
    let env = TestEnv::new();
    let repo = with_commit(&env, "shop");
    let (tree, parent) = (
        repo.git(&["rev-parse", "HEAD^{tree}"]),
        repo.git(&["rev-parse", "HEAD"]),
    );
    let who = "A U Thor <author@example.com> 1700000000 +0000";
    let commit = format!(
        "tree {tree}\nparent {parent}\nauthor {who}\ncommitter {who}\nmergetag object {parent}\n type commit\n tag v1\n \
         tagger {who}\n \n deployed with {}\n -----BEGIN PGP SIGNATURE-----\n \n iQ\n -----END PGP SIGNATURE-----\nx-tool \
         password: \"{}\"\n\nmerge\n",
        token(1),
        password(2),
    );
    let id = repo.git_with_input(
        &["hash-object", "-t", "commit", "-w", "--stdin"],
        commit.as_bytes(),
    );
    repo.git(&["update-ref", "refs/heads/main", &id]);
    let rows = scan(&env, "shop");
    rows.iter().for_each(|row| repo.check(row));
    assert_eq!(
        places(&rows),
        ["commit-header :10:16", "commit-header :15:19"]
    );
    assert_eq!(rows[0].commit.as_deref(), Some(&*id));
}

#[test]
fn what_other_working_trees_stage_and_stand_on() {
    let env = TestEnv::new();
    let repo = with_commit(&env, "shop");
    repo.git(&["worktree", "add", "--quiet", "--detach", "../tree"]);
    let tree = env.open("tree");
    let commit = tree
        .write("b.py", format!("token = '{}'\n", token(1)))
        .commit("in the tree");
    tree.write("c.py", format!("password = '{}'\n", password(2)));
    tree.git(&["add", "c.py"]);
    tree.remove("c.py");
    repo.write("d.py", format!("password = '{}'\n", password(3)));
    repo.git(&["add", "d.py"]);
    repo.remove("d.py");
    let expected = ["blob b.py:1:10", "staged c.py:1:13", "staged d.py:1:13"];
    let check = |rows: &[Row]| {
        assert_eq!(places(rows), expected);
        assert!(rows.iter().all(|row| row.reachable));
        assert_eq!(rows[0].commit.as_deref(), Some(&*commit));
        rows.iter().for_each(|row| repo.check(row));
    };
    check(&scan(&env, "shop"));
    assert_eq!(
        places(&scan(&env, "tree")),
        ["worktree b.py:1:10", expected[1], expected[2]]
    );
    // Git keeps all of it until it prunes what has become of the folder.
    std::fs::remove_dir_all(env.path("tree")).unwrap();
    check(&scan(&env, "shop"));

    repo.write(".git/worktrees/tree/index", "no index");
    repo.write(".git/worktrees/tree/HEAD", "no ref");
    let ran = env.keyferry(&["scan", "shop"]).exits(3);
    assert!(
        ran.stdout
            .contains("unreadable  shop worktrees/tree/HEAD: neither an id nor"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .contains("unreadable  shop worktrees/tree/index: "),
        "{}",
        ran.stdout
    );
    for name in ["index", "HEAD"] {
        repo.remove(&format!(".git/worktrees/tree/{name}"));
        let path = repo.root.join(".git/worktrees/tree").join(name);
        assert!(
            std::process::Command::new("mkfifo")
                .arg(path)
                .status()
                .unwrap()
                .success()
        );
    }
    let ran = env.keyferry(&["scan", "shop"]).exits(3);
    assert!(
        ran.stdout.contains("worktrees/tree/HEAD: ")
            && ran.stdout.contains("HEAD is no regular file")
    );
    assert!(
        ran.stdout.contains("worktrees/tree/index: ")
            && ran.stdout.contains("index is no regular file")
    );
}

#[test]
fn wherever_refs_and_attributes_put_it() {
    let env = TestEnv::new();
    let repo = with_commit(&env, "shop");
    let file = |n: u32| format!("token = '{}'\n", token(n));
    // Commits that nothing but a ref of a service, a dropped stash, or a bisection leads to.
    repo.git(&["switch", "--quiet", "--create", "gone"]);
    let pull = repo.write("pull.py", file(1)).commit("pull");
    repo.git(&["update-ref", "refs/pull/1/head", &pull]);
    let bisected = repo.write("bisected.py", file(2)).commit("bisected");
    repo.git(&["switch", "--quiet", "main"]);
    repo.git(&["branch", "--delete", "--force", "gone"]);
    repo.git(&["worktree", "add", "--quiet", "--detach", "../tree"]);
    env.git(
        &env.path("tree"),
        &["update-ref", "refs/bisect/bad", &bisected],
    );
    repo.write("untracked.py", file(3));
    repo.git(&["stash", "push", "--quiet", "--include-untracked"]);
    repo.git(&["stash", "drop", "--quiet"]);
    // Files that diff does not show, and a file that becomes a link and then a folder.
    repo.write(
        ".gitattributes",
        "*.key -diff\n*.dat binary\n*.min export-ignore\n",
    );
    repo.write("a.key", file(4))
        .write("b.dat", file(5))
        .write("c.min", file(6))
        .write("odd", file(7));
    repo.commit("attributes");
    repo.remove("odd");
    std::os::unix::fs::symlink(token(8), repo.root.join("odd")).unwrap();
    repo.commit("a link");
    repo.remove("odd")
        .write("odd/file.py", file(9))
        .commit("a folder");
    let rows = scan(&env, "shop");
    rows.iter().for_each(|row| repo.check(row));
    let shown: Vec<_> = rows
        .iter()
        .map(|row| format!("{} {}", row.place(), row.reachable))
        .collect();
    let expected = [
        "worktree a.key:1:10 true",
        "worktree b.dat:1:10 true",
        "blob bisected.py:1:10 true",
        "worktree c.min:1:10 true",
        "blob odd:1:1 true",
        "blob odd:1:10 true",
        "worktree odd/file.py:1:10 true",
        "blob pull.py:1:10 true",
        "blob untracked.py:1:10 false",
    ];
    assert_eq!(shown, expected);
}

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
    // One is changed, one is taken out; what only history has stays where it is.
    repo.write("a.py", line(4)).remove("b.py").commit("three");
    repo.git(&["push", "--quiet", "../shop.git", "HEAD"]);
    for (target, findings) in [("shop", files), ("shop.git", bare)] {
        for finding in findings {
            let place = &finding.occurrence;
            let reader = ValueReader::new(BTreeMap::from([(
                place.repository.clone(),
                env.path(target),
            )]));
            let same = reader
                .value(place)
                .is_ok_and(|value| value.expose() == finding.value.expose());
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
    let reader = ValueReader::new(BTreeMap::from([(
        place.repository.clone(),
        repo.root.clone(),
    )]));
    assert_eq!(
        reader.value(place).unwrap().expose(),
        password(2).as_bytes()
    );
    repo.write(&format!("keys/{}.env", token(10)), "x\n");
    assert!(
        reader
            .value(place)
            .unwrap_err()
            .to_string()
            .contains("several files have a name like this")
    );
}
