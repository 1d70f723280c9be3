//! `scan`: the places that are read, and the report of each.

use crate::support::test_env::{AUTHOR, TestEnv, date, password, places, token};

#[test]
fn a_tracked_file_is_one_occurrence_with_the_commit_that_brought_it() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("README.md", "nothing\n").commit("start");
    let commit = repo
        .write(
            "src/app.py",
            format!("import os\ntoken = \"{}\"\n", token(1)),
        )
        .commit("add the client");
    repo.write("README.md", "still nothing\n").commit("more");
    let rows = env.scan(&["shop"]);
    assert_eq!(places(&rows), ["worktree src/app.py:2:10"]);
    let row = &rows[0];
    repo.check(row);
    assert_eq!(row.value(), token(1));
    assert_eq!(
        (row.detector.as_str(), row.kind.as_str()),
        ("github-personal-token", "third-party")
    );
    assert_eq!(
        (row.confidence.as_str(), row.proof.as_deref()),
        ("high", Some("github-checksum"))
    );
    assert_eq!(row.repository, "shop");
    assert_eq!(
        (row.end_line, row.end_column),
        (2, Some(9 + token(1).len()))
    );
    assert_eq!(row.commit.as_deref(), Some(&*commit));
    assert_eq!(
        (row.author.as_deref(), row.date.as_deref()),
        (Some(AUTHOR), Some(&*date(1)))
    );
    assert_eq!(
        row.blob.as_deref(),
        Some(&*repo.git(&["rev-parse", "HEAD:src/app.py"]))
    );
    assert_eq!(row.redacted, "ghp_…");
    assert!(row.reachable && row.at_head);
}

#[test]
fn values_are_redacted_unless_asked_for() {
    let env = TestEnv::new();
    env.repo("shop")
        .write("a.txt", token(1))
        .write("b.yml", format!("password: {}", password(1)))
        .commit("a");
    let ran = env
        .keyferry(&["scan", "--format", "jsonl", "shop"])
        .exits(1);
    let rows = ran.rows();
    assert!(
        rows.iter()
            .all(|row| row.secret.is_none() && row.secret_hex.is_none() && row.weak.is_none())
    );
    assert_eq!(
        rows.iter()
            .map(|row| row.redacted.as_str())
            .collect::<Vec<_>>(),
        ["ghp_…", "…"]
    );
    assert!(!ran.stdout.contains(&token(1)[8..]) && !ran.stdout.contains(&password(1)));
}

#[test]
fn one_value_in_many_places_is_one_secret() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    let line = format!("token = '{}'\n", token(1));
    repo.write("a.py", &line)
        .write("b/c.py", format!("\n{line}"))
        .write("d.py", &line)
        .commit("three");
    let rows = env.scan(&["shop"]);
    assert_eq!(
        places(&rows),
        [
            "worktree a.py:1:10",
            "worktree b/c.py:2:10",
            "worktree d.py:1:10"
        ]
    );
    assert!(rows.iter().all(|row| row.secret_id == rows[0].secret_id));
    rows.iter().for_each(|row| repo.check(row));
    // The same from a second run: the ids are stable on one machine.
    assert_eq!(env.scan(&["shop"]), rows);
}

#[test]
fn what_git_ignores_is_read_but_for_derived_folders() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write(".gitignore", ".env\nnode_modules/\nbuild/\n")
        .write("main.py", "x = 1\n")
        .commit("start");
    repo.write(".env", format!("DB_PASSWORD={}\n", password(1)));
    repo.write(
        "node_modules/left-pad/index.js",
        format!("const token = '{}';\n", token(2)),
    );
    repo.write("untracked.py", format!("token = '{}'\n", token(3)));
    let (rows, ran) = env.scan_exits(1, &["shop"]);
    assert_eq!(
        places(&rows),
        ["worktree .env:1:13", "worktree untracked.py:1:10"]
    );
    assert!(
        rows.iter()
            .all(|row| row.commit.is_none() && row.blob.is_none() && row.reachable && !row.at_head)
    );
    rows.iter().for_each(|row| repo.check(row));
    ran.says(&["skipped     1 ignored-folder: node_modules/"]);

    let rows = env.scan(&["--everything", "shop"]);
    let wanted = [
        "worktree .env:1:13",
        "worktree node_modules/left-pad/index.js:1:16",
        "worktree untracked.py:1:10",
    ];
    assert_eq!(places(&rows), wanted);

    let (rows, ran) = env.scan_exits(0, &["--tracked-only", "shop"]);
    assert!(rows.is_empty());
    ran.says(&[
        "untracked",
        ".env",
        "node_modules/left-pad/index.js",
        "untracked.py",
    ]);
}

#[test]
fn derived_folders_that_git_tracks_or_does_not_ignore_are_read() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write(".gitignore", "vendor/\n")
        .write("vendor/own.py", format!("token = '{}'\n", token(1)))
        .commit("start");
    repo.write("build/gen.py", format!("token = '{}'\n", token(2)));
    assert_eq!(
        places(&env.scan(&["shop"])),
        ["worktree build/gen.py:1:10", "worktree vendor/own.py:1:10"]
    );
    // In a folder that is no repository, nothing is ignored.
    env.write(
        "plain/node_modules/x.py",
        format!("token = '{}'\n", token(3)),
    );
    assert_eq!(
        places(&env.scan(&["plain"])),
        ["worktree node_modules/x.py:1:10"]
    );
}

#[test]
fn worktree_and_history_each_alone() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    let old = repo
        .write("old.py", format!("token = '{}'\n", token(1)))
        .commit("old");
    repo.remove("old.py")
        .write("kept.py", format!("token = '{}'\n", token(2)))
        .commit("new");
    repo.write("loose.py", format!("token = '{}'\n", token(3)));

    let rows = env.scan(&["--no-history", "shop"]);
    assert_eq!(
        places(&rows),
        ["worktree kept.py:1:10", "worktree loose.py:1:10"]
    );
    assert!(
        rows.iter()
            .all(|row| row.commit.is_none() && row.blob.is_none())
    );

    let rows = env.scan(&["--history-only", "shop"]);
    assert_eq!(places(&rows), ["blob kept.py:1:10", "blob old.py:1:10"]);
    assert_eq!(rows[1].commit.as_deref(), Some(&*old));
    assert_eq!((rows[0].at_head, rows[1].at_head), (true, false));
    assert!(rows.iter().all(|row| row.reachable));
    rows.iter().for_each(|row| repo.check(row));

    assert_eq!(
        places(&env.scan(&["shop"])),
        [
            "worktree kept.py:1:10",
            "worktree loose.py:1:10",
            "blob old.py:1:10"
        ]
    );
}

#[test]
fn targets_of_every_shape() {
    let env = TestEnv::new();
    let line = |n| format!("token = '{}'\n", token(n));
    env.repo("many/one").write("a.py", line(1)).commit("one");
    env.repo("many/deep/two")
        .write("b.py", line(2))
        .commit("two");
    env.write("many/notes.txt", line(3));
    env.git(
        &env.path(""),
        &["clone", "--quiet", "--bare", "many/one", "one.git"],
    );

    let names = |args: &[&str]| -> Vec<String> {
        env.scan(args)
            .iter()
            .map(|row| format!("{} {}", row.repository, row.place()))
            .collect()
    };
    // A folder of repositories: paths are relative to it, and names are below its name.
    let wanted = [
        "many worktree notes.txt:1:10",
        "many/deep/two worktree deep/two/b.py:1:10",
        "many/one worktree one/a.py:1:10",
    ];
    assert_eq!(names(&["many"]), wanted);
    assert_eq!(
        names(&["many/one", "many/deep/two"]),
        ["one worktree a.py:1:10", "two worktree b.py:1:10"]
    );
    // The same target twice is read once; one within another too.
    assert_eq!(names(&["many/one", "many/one"]), ["one worktree a.py:1:10"]);
    assert_eq!(
        names(&["many/notes.txt"]),
        ["notes.txt worktree notes.txt:1:10"]
    );
    assert_eq!(names(&["many/one/a.py"]), ["a.py worktree a.py:1:10"]);
    assert_eq!(names(&["one.git"]), ["one blob a.py:1:10"]);
    assert_eq!(names(&["many/one/.git"]), ["one blob a.py:1:10"]);
}

#[test]
fn a_folder_of_bare_repositories() {
    let env = TestEnv::new();
    env.repo("one")
        .write("a.py", format!("token = '{}'\n", token(1)))
        .commit("one");
    env.git(
        &env.path(""),
        &["clone", "--quiet", "--bare", "one", "mirrors/one.git"],
    );
    let rows = env.scan(&["mirrors"]);
    assert_eq!(places(&rows), ["blob one.git/a.py:1:10"]);
    assert_eq!(rows[0].repository, "mirrors/one.git");
}

#[test]
fn a_part_of_a_repository_is_read_without_its_history() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("src/gone.py", format!("token = '{}'\n", token(1)))
        .commit("old");
    repo.remove("src/gone.py")
        .write("src/app.py", format!("token = '{}'\n", token(2)))
        .commit("new");
    let (rows, ran) = env.scan_exits(1, &["shop/src"]);
    assert_eq!(places(&rows), ["worktree app.py:1:10"]);
    ran.says(&[
        "note: shop/src is part of the repository",
        "its history is read only when",
    ]);
    assert!(
        env.keyferry(&["scan", "--no-history", "shop/src"])
            .exits(1)
            .stderr
            .is_empty()
    );
}

#[test]
fn nested_repositories_are_read_for_themselves() {
    let env = TestEnv::new();
    let outer = env.repo("outer");
    outer
        .write("a.py", format!("token = '{}'\n", token(1)))
        .commit("outer");
    let inner = env.repo("outer/libs/inner");
    inner
        .write("old.py", format!("token = '{}'\n", token(2)))
        .commit("old");
    inner
        .remove("old.py")
        .write("b.py", format!("token = '{}'\n", token(3)))
        .commit("new");
    let rows = env.scan(&["outer"]);
    assert_eq!(
        places(&rows),
        [
            "worktree a.py:1:10",
            "worktree libs/inner/b.py:1:10",
            "blob libs/inner/old.py:1:10"
        ]
    );
    assert_eq!(
        rows.iter()
            .map(|row| row.repository.as_str())
            .collect::<Vec<_>>(),
        ["outer", "outer/libs/inner", "outer/libs/inner"]
    );
}

#[test]
fn a_repository_goes_by_the_name_of_its_remote() {
    let env = TestEnv::new();
    let repo = env.repo("checkout-7");
    repo.write("a.py", format!("token = '{}'\n", token(1)))
        .commit("one");
    repo.git(&[
        "remote",
        "add",
        "origin",
        &format!("https://ci:{}@github.com/acme/shop.git", password(5)),
    ]);
    let ran = env
        .keyferry(&["scan", "--format", "jsonl", "checkout-7"])
        .exits(1);
    assert_eq!(ran.rows()[0].repository, "github.com/acme/shop");
    assert!(!ran.stdout.contains(&password(5)) && !ran.stderr.contains(&password(5)));
}

#[test]
fn large_files_and_blobs_are_counted() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    let text = format!("{}token = '{}'\n", "filler\n".repeat(400), token(1));
    repo.write("big.py", &text)
        .write("small.py", "x = 1\n")
        .commit("big");
    assert_eq!(
        places(&env.scan(&["--max-blob", "1M", "shop"])),
        ["worktree big.py:401:10"]
    );
    let (rows, ran) = env.scan_exits(0, &["--max-blob", "2K", "shop"]);
    assert!(rows.is_empty());
    ran.says(&[
        "skipped     2 too-large: ",
        "big.py (2851 bytes)",
        "shop blob ",
    ]);
    env.keyferry(&["scan", "--max-blob", "9T", "shop"])
        .exits(2)
        .says(&["--max-blob"]);
}

#[test]
fn confidence_is_a_threshold() {
    let env = TestEnv::new();
    // What half the examples of the world have.
    env.write("shop/a.yml", "password: root\n");
    env.write("shop/b.txt", token(1));
    env.write("shop/c.yml", "password: qwerty\n");
    let found = |level| places(&env.scan(&["--confidence", level, "shop"]));
    assert_eq!(
        found("low"),
        [
            "worktree a.yml:1:11",
            "worktree b.txt:1:1",
            "worktree c.yml:1:11"
        ]
    );
    assert_eq!(
        found("medium"),
        ["worktree b.txt:1:1", "worktree c.yml:1:11"]
    );
    assert_eq!(found("high"), ["worktree b.txt:1:1"]);
    let ran = env
        .keyferry(&["scan", "--confidence", "high", "shop"])
        .exits(1);
    assert!(ran.stdout.contains("below-confidence 2"), "{}", ran.stdout);
}

#[test]
fn a_folder_is_called_a_folder() {
    let env = TestEnv::new();
    env.write("plain/test/app.yml", format!("password: {}", password(1)));
    let said = |arguments: &[&str], code: i32, words: &[&str]| {
        let ran = env.keyferry(arguments).exits(code);
        let all = ran.stdout + &ran.stderr;
        words
            .iter()
            .for_each(|word| assert!(all.contains(word), "{word:?} is not in:\n{all}"));
    };
    said(
        &["scan", "plain"],
        1,
        &["read        1 folder, 1 file", "of 1 secret in 1 folder: "],
    );
    said(
        &["scan", "plain/test/app.yml"],
        1,
        &["1 finding of 1 secret: "],
    );
    let gathered = "secrets in the inventory folder inventory: 1 new, 0 gone";
    said(
        &["discover", "plain"],
        0,
        &["\nfolder  ", "\nin review (1 secret", gathered],
    );
}

#[test]
fn a_new_inventory_says_where_its_key_is() {
    let env = TestEnv::new();
    env.write("plain/a.txt", token(1));
    let ran = env
        .keyferry(&["discover", "plain"])
        .exits(0)
        .says(&["note: this inventory has a new key: ", "back up the key"]);
    let path = ran
        .stderr
        .split("a new key: ")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap();
    let key = std::fs::read_to_string(path).unwrap();
    assert!(!ran.stderr.contains(key.trim()), "a key was said");
    // Once, and not of a key that the user gave.
    assert!(
        !env.keyferry(&["discover", "plain"])
            .exits(0)
            .stderr
            .contains("new key")
    );
    let given = [("KEYFERRY_KEY", &*"0123456789abcdef".repeat(4))];
    let ran = env
        .keyferry_with(&["discover", "--inventory", "other", "plain"], &given)
        .exits(0);
    assert!(!ran.stderr.contains("new key"), "{}", ran.stderr);
}

#[test]
fn rules_of_the_user_are_tested_wherever_the_option_stands() {
    let env = TestEnv::new();
    let rule = "schema: 1\nprovider: Acme\nopens: the gate\nrules:\n  - id: acme-key\n    name: Acme key\n    kind: application\n    confidence: high\n    pattern: 'acme_(?P<secret>[a-z]{8})'\n    anchors: [acme_]\n    examples: ['acme_qwhzkvbn']\n";
    env.write("rules/acme.yaml", rule);
    for arguments in [
        ["detectors", "test", "--detectors", "rules"],
        ["detectors", "--detectors", "rules", "test"],
    ] {
        let with = env.keyferry(&arguments).exits(0);
        let without = env.keyferry(&["detectors", "test"]).exits(0);
        assert_ne!(with.stdout, without.stdout);
    }
}

#[test]
fn a_report_with_nowhere_to_go_is_refused_before_the_scan() {
    let env = TestEnv::new();
    env.write("shop/a.py", format!("token = '{}'\n", token(1)));
    std::os::unix::fs::symlink("nowhere", env.path("link")).unwrap();
    for (file, told) in [
        (
            "none/report",
            "cannot write none/report: there is no folder none\n",
        ),
        ("shop/a.py/report", "there is no folder shop/a.py\n"),
        ("shop", "cannot write shop: it is a folder\n"),
        ("link", "it is a symbolic link"),
        ("..", "it is a folder"),
    ] {
        let ran = env
            .keyferry(&["scan", "--output", file, "shop"])
            .exits(2)
            .says(&[told]);
        // Neither was anything read.
        assert!(!ran.stderr.contains("coverage"), "{}", ran.stderr);
    }
    env.keyferry(&["scan", "--output", "report", "shop"])
        .exits(1);
    env.keyferry(&["scan", "--output", "report", "shop"])
        .exits(1);
    env.keyferry(&["scan", "--output", "/dev/null", "shop"])
        .exits(1);
}

/// `uriBaseId` and `uri` of every result, and the declared bases.
fn sarif(env: &TestEnv, targets: &[&str]) -> (Vec<String>, Vec<String>) {
    let ran = env
        .keyferry(&[&["scan", "--format", "sarif"], targets].concat())
        .exits(1);
    let log: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let run = &log["runs"][0];
    let places = run["results"].as_array().unwrap().iter().map(|result| {
        let place = &result["locations"][0]["physicalLocation"]["artifactLocation"];
        format!(
            "{} {}",
            place["uriBaseId"].as_str().unwrap(),
            place["uri"].as_str().unwrap()
        )
    });
    let bases = run["originalUriBaseIds"].as_object().unwrap().iter();
    (
        places.collect(),
        bases
            .map(|(id, base)| format!("{id} {}", base["description"]["text"]))
            .collect(),
    )
}

#[test]
fn base_and_path_of_sarif_lead_to_the_file() {
    let env = TestEnv::new();
    let line = |n| format!("token = '{}'\n", token(n));
    for (n, name) in [(1, "bill"), (2, "shop")] {
        let repo = env.repo(&format!("repos/{name}"));
        repo.git(&[
            "remote",
            "add",
            "origin",
            &format!("https://git.example.com/acme/{name}.git"),
        ]);
        repo.write("a.py", line(n)).commit("one");
    }
    env.write("notes/b.py", line(3));
    let root = |name: &str| vec![format!("%SRCROOT% \"{name}\"")];
    let placed = ["%SRCROOT% bill/a.py", "%SRCROOT% shop/a.py"]
        .map(str::to_owned)
        .to_vec();
    assert_eq!(sarif(&env, &["repos"]), (placed, root("repos")));
    assert_eq!(
        sarif(&env, &["repos/bill"]),
        (
            vec!["%SRCROOT% a.py".to_owned()],
            root("git.example.com/acme/bill")
        )
    );
    let (placed, bases) = sarif(&env, &["repos", "notes"]);
    assert_eq!(placed, ["notes b.py", "repos bill/a.py", "repos shop/a.py"]);
    assert_eq!(bases, ["notes \"notes\"", "repos \"repos\""]);
    let (placed, _) = sarif(&env, &["repos/bill", "repos/shop"]);
    assert_eq!(
        placed,
        [
            "git.example.com/acme/bill a.py",
            "git.example.com/acme/shop a.py"
        ]
    );
}
