//! `scan` of damaged, unusual and hostile targets: each yields a message and a count, no abort and no silence.

use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::Command;

use crate::support::test_env::{Repo, TestEnv, files_below, password, places, token};

fn line(n: u32) -> String {
    format!("token = '{}'\n", token(n))
}

/// The one pack of a repository, made writable.
fn pack(repo: &Repo) -> PathBuf {
    repo.git(&["repack", "-a", "-d", "-q"]);
    let packs = files_below(&repo.root.join(".git/objects/pack"));
    let pack = packs
        .keys()
        .find(|path| path.extension().is_some_and(|ending| ending == "pack"))
        .unwrap()
        .clone();
    let mut permissions = std::fs::metadata(&pack).unwrap().permissions();
    #[expect(clippy::permissions_set_readonly_false, reason = "a file of a test")]
    permissions.set_readonly(false);
    std::fs::set_permissions(&pack, permissions).unwrap();
    pack
}

fn loose_object(repo: &Repo, id: &str) -> PathBuf {
    repo.root.join(".git/objects").join(&id[..2]).join(&id[2..])
}

#[test]
fn targets_that_are_none() {
    let env = TestEnv::new();
    env.write("plain/a.py", "x = 1\n");
    env.keyferry(&["scan", "nowhere"])
        .exits(2)
        .says(&["error: no such file or folder: nowhere", "hint: "]);
    // Without a target, the current folder is read.
    env.keyferry(&["scan"]).exits(0);
    env.keyferry(&["scan", "--history-only", "plain"])
        .exits(2)
        .says(&["plain is not a repository", "hint: "]);
    env.keyferry(&["scan", "--history-only", "plain/a.py"])
        .exits(2)
        .says(&["is not a repository"]);
    let (_, ran) = env.scan_exits(3, &["/dev/null"]);
    ran.says(&["unreadable  /dev/null: /dev/null is not a file or a folder"]);
    env.keyferry(&["scan", "--no-history", "--history-only", "plain"])
        .exits(2);
    env.keyferry(&["scan", "plain"]).exits(0);
    // Nothing is read when one of the targets is wrong.
    let ran = env.keyferry(&["scan", "plain", "nowhere"]).exits(2);
    assert!(ran.stdout.is_empty());
    std::os::unix::fs::symlink("round", env.path("round")).unwrap();
    let (_, ran) = env.scan_exits(3, &["round"]);
    ran.says(&["unreadable  round: cannot read round"]);
}

#[test]
fn a_repository_that_cannot_be_opened() {
    let env = TestEnv::new();
    let repo = env.repo("many/broken");
    repo.write("a.py", line(1)).commit("one");
    repo.write(".git/config", "[core\nrepositoryformatversion = what");
    env.repo("many/whole").write("b.py", line(2)).commit("one");
    // It is a message, alone and among others, and what can be read is read.
    let (rows, ran) = env.scan_exits(3, &["many/broken"]);
    assert_eq!(places(&rows), ["worktree a.py:1:10"]);
    ran.says(&["unreadable  broken .git/config: is malformed in line 1"]);
    let (rows, ran) = env.scan_exits(3, &["many"]);
    assert_eq!(rows.len(), 2, "{rows:?}");
    ran.says(&["unreadable  broken/.git/config: is malformed in line 1"]);
    // A part that every repository has is missing.
    repo.remove(".git/HEAD");
    let (rows, ran) = env.scan_exits(3, &["many/broken", "many/whole"]);
    assert_eq!(rows.len(), 2, "{rows:?}");
    ran.says(&["unreadable  broken: ", ".git/HEAD is missing"]);
}

#[test]
fn refs_in_a_reftable_are_refused_with_what_to_do() {
    let env = TestEnv::new();
    let repo = env.repo("many/shop");
    repo.write("a.py", line(1)).commit("one");
    repo.git(&["config", "core.repositoryFormatVersion", "1"]);
    repo.git(&["config", "extensions.refStorage", "reftable"]);
    env.repo("many/whole").write("b.py", line(2)).commit("one");
    let error = "its refs are in a reftable, which cannot be read";
    let hint = "`git refs migrate --ref-format=files` puts them into files";
    let (rows, ran) = env.scan_exits(3, &["many/shop"]);
    // The files are read, and those of the git directory, too.
    assert_eq!(places(&rows), ["worktree a.py:1:10"]);
    ran.says(&[
        "unreadable  shop: ",
        &format!("{error}: {hint}"),
        "files of git's own",
    ]);
    let (rows, ran) = env.scan_exits(3, &["many"]);
    assert_eq!(rows.len(), 2, "{rows:?}");
    ran.says(&["unreadable  shop/: ", &format!("{error}: {hint}")]);
}

#[test]
fn a_pack_with_flipped_bytes() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    for n in 0..20 {
        let filler: String = (0..50)
            .map(|at| {
                format!(
                    "value_{at} = {}\n",
                    token(100 * n + at).len() as u32 + at * n
                )
            })
            .collect();
        repo.write(&format!("f{n}.py"), filler)
            .write("a.py", line(n))
            .commit("change");
    }
    let path = pack(&repo);
    let mut bytes = std::fs::read(&path).unwrap();
    // Header, one object after another, checksum: all but a few are still whole.
    for at in (bytes.len() / 2..bytes.len() / 2 + 40).step_by(3) {
        bytes[at] ^= 0x55;
    }
    std::fs::write(&path, bytes).unwrap();
    let ran = env
        .keyferry(&["scan", "--history-only", "--format", "jsonl", "shop"])
        .exits(3);
    assert!(ran.rows().len() > 1, "the rest is read: {}", ran.stderr);
    ran.says(&["unreadable  shop blob "]);
}

#[test]
fn a_pack_cut_short() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("a.py", line(1)).commit("one");
    repo.write("a.py", line(2)).commit("two");
    let path = pack(&repo);
    let bytes = std::fs::read(&path).unwrap();
    for length in [0, 4, 12, bytes.len() / 2, bytes.len() - 1] {
        std::fs::write(&path, &bytes[..length]).unwrap();
        let (rows, ran) = env.scan_exits(3, &["shop"]);
        // The working tree is read whatever becomes of the history.
        assert_eq!(rows[0].place(), "worktree a.py:1:10", "{length}");
        ran.says(&["unreadable  shop"]);
    }
    std::fs::remove_file(&path).unwrap();
    env.scan_exits(3, &["shop"]).1.says(&["unreadable"]);
}

#[test]
fn a_missing_object_is_told_by_its_id() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("deep/a.py", line(1))
        .write("b.py", line(2))
        .commit("one");
    repo.remove("deep/a.py").commit("two");
    for spec in ["HEAD~1:deep/a.py", "HEAD~1:deep", "HEAD~1^{tree}", "HEAD~1"] {
        let id = repo.git(&["rev-parse", spec]);
        let path = loose_object(&repo, &id);
        let kept = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let (rows, ran) = env.scan_exits(3, &["shop"]);
        assert!(rows.iter().any(|row| row.value() == token(2)), "{spec}");
        ran.says(&[&format!("{id}: "), "missing"]);
        // An empty object, and one whose content contradicts its name.
        for content in [b"".as_slice(), b"garbage", &kept[..kept.len() / 2]] {
            std::fs::write(&path, content).unwrap();
            let (rows, ran) = env.scan_exits(3, &["shop"]);
            assert!(rows.iter().any(|row| row.value() == token(2)), "{spec}");
            ran.says(&[&id]);
        }
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, kept).unwrap();
    }
    env.scan(&["shop"]);
}

#[test]
fn a_broken_index_is_told() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("a.py", line(1)).commit("one");
    repo.write(".git/index", "this is no index");
    let (rows, ran) = env.scan_exits(3, &["shop"]);
    assert_eq!(places(&rows), ["worktree a.py:1:10"]);
    ran.says(&["unreadable  shop index: "]);
    // With --tracked-only the index is needed for everything.
    env.scan_exits(3, &["--tracked-only", "shop"])
        .1
        .says(&["unreadable  shop index: "]);
}

#[test]
fn broken_refs_are_told() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("a.py", line(1)).commit("one");
    repo.write(".git/refs/heads/broken", "not an id\n");
    let (rows, ran) = env.scan_exits(3, &["shop"]);
    assert_eq!(places(&rows), ["worktree a.py:1:10"]);
    ran.says(&["refs/heads/broken"]);
    // One that leads to nothing.
    let id = "01234567".repeat(env.digits() / 8);
    repo.write(".git/refs/heads/broken", format!("{id}\n"));
    env.scan_exits(3, &["shop"])
        .1
        .says(&[&format!("object {id}")]);
    // And one of the other kind of ids.
    let other = "01234567".repeat((104 - env.digits()) / 8);
    repo.write(".git/refs/heads/broken", format!("{other}\n"));
    env.scan_exits(3, &["shop"]).1.says(&["refs/heads/broken"]);
}

#[test]
fn what_git_did_not_finish_is_counted() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("a.py", line(1)).commit("one");
    repo.write(".git/objects/pack/tmp_pack_x1", "PACK")
        .write(".git/objects/00/tmp_obj_y2", "x");
    let (_, ran) = env.scan_exits(1, &["shop"]);
    ran.says(&[
        "skipped     2 unfinished: shop objects/00/tmp_obj_y2, shop objects/pack/tmp_pack_x1",
    ]);
}

#[test]
fn shallow_and_partial_clones_are_counted() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("a.py", line(1)).commit("one");
    repo.write("a.py", "x = 1\n")
        .write("b.py", line(2))
        .commit("two");
    repo.write("c.py", "y = 1\n").commit("three");
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", repo.root.display());

    env.git(
        &env.path(""),
        &["clone", "--quiet", "--depth", "1", &url, "shallow"],
    );
    let (rows, ran) = env.scan_exits(1, &["shallow"]);
    assert_eq!(places(&rows), ["worktree b.py:1:10"]);
    ran.says(&[
        "skipped     1 shallow: shop commit ",
        "git fetch --unshallow",
    ]);

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
    let (rows, ran) = env.scan_exits(0, &["partial"]);
    assert!(rows.is_empty());
    ran.says(&["skipped     4 partial: shop object "]);

    env.git(
        &env.path(""),
        &[
            "clone",
            "--quiet",
            "--bare",
            "--filter=tree:0",
            &url,
            "treeless",
        ],
    );
    env.scan_exits(0, &["treeless"])
        .1
        .says(&["3 partial: shop object "]);
}

#[test]
fn bytes_that_are_no_text() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    // In content: Latin-1 before the value, and within a value.
    let mut content = b"# caf\xe9 \xff\xfe\n".to_vec();
    content.extend_from_slice(line(1).as_bytes());
    content.extend_from_slice(b"password = 'Gr\xfc\xdfe-4711'\n");
    repo.write("a.py", content);
    // In a path.
    let odd = std::ffi::OsStr::from_bytes(b"caf\xe9.py");
    std::fs::write(repo.root.join(odd), line(2)).unwrap();
    // In a binary file: tokens, no assignments.
    repo.write(
        "blob.bin",
        [
            b"\0\x01\x02 ",
            token(3).as_bytes(),
            b"\0password = 'Winter2024!'\n",
        ]
        .concat(),
    );
    repo.git(&["config", "i18n.commitEncoding", "ISO-8859-1"]);
    repo.git(&["add", "--all"]);
    let tree = repo.git(&["write-tree"]);
    let commit = format!(
        "tree {tree}\nauthor Jos\u{e9} <j@example.com> 1700000000 +0000\ncommitter C <c@x> 1700000000 +0000\n\nall\n"
    );
    let commit: Vec<u8> = commit.chars().map(|c| c as u8).collect();
    let id = repo.git_with_input(&["hash-object", "-t", "commit", "-w", "--stdin"], &commit);
    repo.git(&["update-ref", "HEAD", &id]);

    let (rows, ran) = env.scan_exits(1, &["shop"]);
    assert_eq!(
        places(&rows),
        [
            "worktree a.py:2:10",
            "worktree a.py:3:13",
            "worktree blob.bin:1:5",
            "worktree caf\u{fffd}.py:1:10"
        ]
    );
    assert_eq!(rows[1].secret.as_deref(), Some("Gr\u{fffd}\u{fffd}e-4711"));
    assert_eq!(rows[1].secret_hex.as_deref(), Some("4772fcdf652d34373131"));
    assert!(rows.iter().all(|row| row.commit.as_deref() == Some(&*id)));
    assert_eq!(
        rows[0].author.as_deref(),
        Some("Jos\u{fffd} <j@example.com>")
    );
    ran.says(&["binary      1 file or blob"]);
}

#[test]
fn files_that_are_none() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("a.py", line(1)).commit("one");
    env.write("outside/secret.py", line(2));
    let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, repo.root.join(name)).unwrap();
    link("../outside", "out");
    link("../outside/secret.py", "out.py");
    link(".", "loop");
    link("b", "a");
    link("a", "b");
    link("/dev/zero", "zero");
    assert!(
        Command::new("mkfifo")
            .arg(repo.root.join("pipe"))
            .status()
            .unwrap()
            .success()
    );
    let _socket = std::os::unix::net::UnixListener::bind(repo.root.join("socket")).unwrap();
    let (rows, ran) = env.scan_exits(1, &["shop"]);
    assert_eq!(places(&rows), ["worktree a.py:1:10"]);
    ran.says(&[
        "6 symbolic-link: a, b, loop, out, out.py and 1 more",
        "2 special-file: pipe, socket",
    ]);
}

#[test]
fn a_sparse_file_of_two_gigabytes_is_skipped() {
    let env = TestEnv::new();
    env.write("shop/a.py", line(1));
    let file = std::fs::File::create(env.path("shop/huge.img")).unwrap();
    file.set_len(2 << 30).unwrap();
    let (rows, ran) = env.scan_exits(1, &["shop"]);
    assert_eq!(places(&rows), ["worktree a.py:1:10"]);
    ran.says(&[
        "1 too-large: huge.img (2147483648 bytes)",
        "read        1 folder, 1 file, ",
    ]);
}

#[test]
fn what_a_user_may_not_read_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let env = TestEnv::new();
    env.write("shop/open.py", line(1));
    env.write("shop/closed.py", line(2));
    env.write("shop/shut/a.py", line(3));
    let allow = |path: &str, mode: u32| {
        std::fs::set_permissions(env.path(path), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    allow("shop/closed.py", 0);
    allow("shop/shut", 0);
    // Root can read every file, so that nothing is unreadable.
    let root = std::fs::read(env.path("shop/closed.py")).is_ok();
    let ran = env.keyferry(&["scan", "--format", "jsonl", "shop"]);
    allow("shop/closed.py", 0o600);
    allow("shop/shut", 0o700);
    if root {
        assert_eq!(ran.exits(1).rows().len(), 3);
        return;
    }
    let ran = ran.exits(3);
    assert_eq!(places(&ran.rows()), ["worktree open.py:1:10"]);
    ran.says(&[
        "unreadable  closed.py: Permission denied",
        "unreadable  shut: Permission denied",
    ]);
}

#[test]
fn hostile_names_do_nothing_to_a_terminal() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    let name = "a\x1b[2J\nforged finding: none\r\u{202e}yp.py";
    repo.write(name, line(1))
        .write("x\x1b]0;title\x07/node_modules/y", "");
    repo.write(".gitignore", "node_modules\n");
    repo.git(&["add", "--all"]);
    repo.git(&[
        "-c",
        "user.name=E\x1b[31mvil",
        "commit",
        "--quiet",
        "--message",
        &format!("\x1b[2J {}", token(2)),
    ]);
    for format in ["text", "json", "jsonl", "csv", "sarif"] {
        let ran = env.keyferry(&["scan", "--format", format, "shop"]).exits(1);
        for (name, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
            let harmless = |c: char| !c.is_control() || c == '\n' || (c == '\r' && format == "csv");
            assert!(
                text.chars().all(|c| harmless(c) && c != '\u{202e}'),
                "{format} {name}: {text:?}"
            );
            assert!(
                !text.lines().any(|line| line.starts_with("forged")),
                "{format} {name}: {text}"
            );
        }
    }
    // The machine formats are exact.
    assert!(env.scan(&["shop"]).iter().any(|row| row.path == name));
    // In messages too.
    env.keyferry(&["scan", "no\x1b[2J\nsuch"])
        .exits(2)
        .says(&["no\\u{1b}[2J"]);
}

#[test]
fn nothing_of_a_hostile_repository_is_run() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    let witness = env.path("witness");
    let touch = format!("touch {}", witness.display());
    repo.write("a.py", line(1))
        .write(".gitattributes", "* filter=evil diff=evil merge=evil\n")
        .commit("one");
    for key in [
        "core.fsmonitor",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "core.sshCommand",
        "diff.evil.textconv",
        "core.pager",
        "alias.status",
    ] {
        repo.git(&["config", key, &touch]);
    }
    repo.git(&["config", "core.hooksPath", "."]);
    // A rule file, an allow-list or a policy in the tree is content and nothing else.
    for name in [
        "detectors/own.yaml",
        ".keyferryignore",
        "policy.yaml",
        "keyferry.yaml",
        ".keyferry/config.yaml",
    ] {
        repo.write(name, format!("rules: []\nallow: ['{}']\n", token(1)));
    }
    let rows = env.scan(&["shop"]);
    assert_eq!(rows.iter().filter(|row| row.value() == token(1)).count(), 6);
    assert!(!witness.exists());
}

#[test]
fn a_repository_of_another_user_is_read() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("a.py", line(1)).commit("one");
    repo.write("a.py", format!("password = '{}'\n", password(1)))
        .commit("two");
    if std::os::unix::fs::chown(&repo.root, Some(65534), Some(65534)).is_err() {
        // Only root gives files away; for others the test has nothing to show.
        return;
    }
    let _ = std::os::unix::fs::chown(repo.root.join(".git"), Some(65534), Some(65534));
    assert_eq!(env.scan(&["shop"]).len(), 2);
}
