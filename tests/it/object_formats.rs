//! `scan`: a repository yields the same findings with SHA-1 and SHA-256 object ids, and from packs without indexes.

use crate::support::test_env::{Row, TestEnv, password, places, token};

fn line(n: u32) -> String {
    format!("token = '{}'\n", token(n))
}

/// Secrets wherever a repository can have some, in `shop`, with a working tree `side` that was added to it.
fn plant(env: &TestEnv) {
    let repo = env.repo("shop");
    repo.write(".gitignore", "/dist/\n.env\n")
        .write("folder/deep/a.py", line(1))
        .commit("start");
    repo.write("folder/deep/a.py", format!("# more\n{}", line(2)))
        .write("same.py", line(1))
        .commit("change");
    // Some in one pack, some in another, and refs in a file of their own; others are loose.
    repo.git(&["repack", "-q", "-d"]);
    repo.git(&["switch", "--quiet", "--create", "feature"]);
    repo.write("b.py", line(3))
        .commit(&format!("with {}", token(4)));
    repo.git(&["pack-refs", "--all"]);
    repo.git(&["repack", "-q", "-d"]);
    repo.git(&["switch", "--quiet", "main"]);
    repo.git(&[
        "tag",
        "--annotate",
        "v1",
        "--message",
        &format!("release {}", token(5)),
    ]);
    repo.git(&["notes", "add", "--message", &format!("see {}", token(6))]);
    repo.write("folder/deep/a.py", line(7));
    repo.git(&["stash", "push", "--quiet"]);
    repo.write("staged.py", line(8)).git(&["add", "staged.py"]);
    repo.write("staged.py", "\n")
        .write(".env", format!("DB_PASSWORD={}\n", password(9)));
    repo.write("dist/out.py", line(10));
    repo.git_with_input(&["hash-object", "-w", "--stdin"], line(11).as_bytes());
    repo.git(&[
        "worktree", "add", "--quiet", "--detach", "../side", "feature",
    ]);
    let side = env.open("side");
    side.write("c.py", line(12)).git(&["add", "c.py"]);
    side.git(&[
        "commit",
        "--quiet",
        "--message",
        "only a detached HEAD leads here",
    ]);
    side.write("d.py", line(13)).git(&["add", "d.py"]);
    repo.git(&["branch", &format!("for-{}", token(14)), "main"]);
    repo.git(&["config", "sendemail.smtpPass", &password(15)]);
}

/// What does not depend on ids.
fn plain(rows: &[Row]) -> Vec<String> {
    let plain = |row: &Row| {
        let place = match row.origin.as_str() {
            // The configuration names the format, logs begin with two ids, and notes are named by ids.
            "git-directory" | "reflog" => format!("{} {}", row.origin, row.path),
            "note" => row.origin.clone(),
            _ => row.place(),
        };
        let when = (
            &row.author,
            &row.date,
            row.commit.is_some(),
            row.blob.is_some(),
        );
        format!(
            "{place} {} {} {} {when:?}",
            row.value(),
            row.reachable,
            row.at_head
        )
    };
    let mut rows: Vec<_> = rows.iter().map(plain).collect();
    rows.sort();
    rows
}

#[test]
fn both_formats_hold_the_same() {
    let envs = ["sha1", "sha256"].map(TestEnv::with_hash);
    envs.iter().for_each(plant);
    for args in [
        &["shop"][..],
        &["--history-only", "shop"],
        &["--tracked-only", "shop"],
        &["--whole-blobs", "shop"],
        &["--since", "feature~1", "shop"],
        &["side"],
    ] {
        let [short, long] = envs.each_ref().map(|env| env.scan(args));
        assert_eq!(plain(&long), plain(&short), "{args:?}");
        for (env, rows, digits) in [(&envs[0], &short, 40), (&envs[1], &long, 64)] {
            let repo = env.open(args[args.len() - 1]);
            for row in rows {
                if row.path.is_empty() || !row.path.starts_with(".git/") && row.origin != "ref-name"
                {
                    repo.check(row);
                }
                let ids = row.blob.iter().chain(&row.commit);
                ids.for_each(|id| {
                    assert!(id.len() == digits && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
                });
            }
        }
    }
    let rows = envs[1].scan(&["shop"]);
    for n in (1..=8).chain([11, 12, 13, 14]) {
        assert!(
            rows.iter().any(|row| row.value() == token(n)),
            "{n}: {:?}",
            places(&rows)
        );
    }
    assert!(
        rows.iter().any(|row| row.value() == password(9))
            && rows.iter().any(|row| row.value() == password(15))
    );
    // A value that is the same in the working tree and in HEAD is reported once; this needs the file's id.
    let same: Vec<_> = rows.iter().filter(|row| row.path == "same.py").collect();
    assert!(
        same.len() == 1
            && same[0].origin == "worktree"
            && same[0].at_head
            && same[0].commit.is_some()
    );
}

#[test]
fn submodules_and_clones_of_parts() {
    let env = TestEnv::with_hash("sha256");
    env.repo("inner").write("b.py", line(1)).commit("inner");
    let repo = env.repo("outer");
    repo.write("a.py", line(2)).commit("start");
    repo.git(&[
        "submodule",
        "--quiet",
        "add",
        env.path("inner").to_str().unwrap(),
        "lib/inner",
    ]);
    repo.commit("with a submodule");
    let mut found = places(&env.scan(&["outer"]));
    found.sort();
    assert_eq!(
        found,
        ["worktree a.py:1:10", "worktree lib/inner/b.py:1:10"]
    );
    let url = format!("file://{}", env.path("outer").display());
    env.git(
        &env.path(""),
        &["clone", "--quiet", "--depth=1", &url, "shallow"],
    );
    let (rows, ran) = env.scan_exits(1, &["shallow"]);
    assert_eq!(places(&rows), ["worktree a.py:1:10"]);
    ran.says(&["1 shallow: "]);
}

#[test]
fn a_repository_that_borrows_from_one_of_the_other_format() {
    let env = TestEnv::with_hash("sha256");
    env.repo("shop").write("a.py", line(1)).commit("one");
    let other = TestEnv::with_hash("sha1");
    let lender = other.repo("lender");
    lender.write("b.py", line(2)).commit("two");
    lender.git(&["repack", "-q", "-d"]);
    lender.write("c.py", line(3)).commit("three");
    let objects = lender.root.join(".git/objects");
    env.open("shop").write(
        ".git/objects/info/alternates",
        format!("{}\n", objects.display()),
    );
    let (rows, ran) = env.scan_exits(3, &["shop", "--follow-outside"]);
    // The repository leads to no object of the other one, whose objects have other ids.
    assert_eq!(places(&rows), ["worktree a.py:1:10"]);
    ran.says(&[
        "SHA-1 ids in a repository of SHA-256 ids",
        "named otherwise than by SHA-256",
    ]);
}

#[test]
fn packs_without_their_indexes() {
    for hash in ["sha1", "sha256"] {
        let env = TestEnv::with_hash(hash);
        let repo = env.repo("shop");
        for n in 1..=20 {
            repo.write("a.py", format!("{}{}", "import os\n".repeat(30), line(n)))
                .commit("change");
        }
        repo.git(&["repack", "-q", "-a", "-d"]);
        repo.git(&["multi-pack-index", "write"]);
        repo.git(&["commit-graph", "write", "--reachable"]);
        let before = env.scan(&["--history-only", "shop"]);
        assert_eq!(before.len(), 20);
        let pack = repo.root.join(".git/objects/pack");
        for entry in std::fs::read_dir(pack).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "idx") {
                std::fs::remove_file(path).unwrap();
            }
        }
        assert_eq!(env.scan(&["--history-only", "shop"]), before);
    }
}
