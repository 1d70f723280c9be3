//! The files that the program writes: their names, their modes, and what may be in their place.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::test_env::{TestEnv, token};

fn shop() -> TestEnv {
    let env = TestEnv::new();
    env.write("shop/a.py", format!("token = '{}'\n", token(1)));
    env
}

fn fifo(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

#[test]
fn an_application_takes_no_other_file_away() {
    let env = shop();
    env.keyferry(&["discover", "shop"]).exits(0);
    let policy = env.write("inventory/policy.yaml", "schema: 1\n");
    for appid in ["policy", "shared", "journal"] {
        let set = format!("appid={appid}");
        env.keyferry(&["discover", "--set", &set, "shop"]).exits(0);
        assert_eq!(std::fs::read_to_string(&policy).unwrap(), "schema: 1\n");
        let first = appid.bytes().next().unwrap();
        let name = format!("inventory/%{first:02X}{}.yaml", &appid[1..]);
        assert!(env.path(&name).exists(), "{name}");
        // It is read again, and the next name replaces it.
        env.keyferry(&["discover", "shop"]).exits(0);
        let yaml = std::fs::read_dir(env.path("inventory")).unwrap();
        let yaml = yaml.filter(|entry| {
            let path = entry.as_ref().unwrap().path();
            path.extension().is_some_and(|ending| ending == "yaml")
        });
        assert_eq!(yaml.count(), 3, "identity, policy and one file of secrets");
    }
}

#[test]
fn folders_and_files_are_for_their_owner_alone() {
    let env = shop();
    env.keyferry(&["discover", "--inventory", "new/deep", "shop"])
        .exits(0);
    let mut seen = 0;
    let mut left = vec![env.path("new"), env.home().join(".local")];
    while let Some(path) = left.pop() {
        let meta = std::fs::symlink_metadata(&path).unwrap();
        let mode = meta.permissions().mode() & 0o777;
        let expected = if meta.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode, expected, "{}", path.display());
        seen += 1;
        if meta.is_dir() {
            let entries = std::fs::read_dir(&path).unwrap();
            left.extend(entries.map(|entry| entry.unwrap().path()));
        }
    }
    assert!(seen > 10);
}

#[test]
fn a_link_or_a_pipe_in_place_of_an_own_file_is_refused() {
    let env = shop();
    env.keyferry(&["discover", "shop"]).exits(0);
    env.write("victim", "untouched");
    let at = |name: &str| env.path("inventory").join(name);
    for name in [
        ".keyferry.lock",
        "keyferry.yaml",
        "unassigned.yaml",
        "places/shop.jsonl",
    ] {
        let kept = std::fs::read(at(name)).unwrap();
        std::fs::remove_file(at(name)).unwrap();
        for target in ["victim", "nothing"] {
            std::os::unix::fs::symlink(env.path(target), at(name)).unwrap();
            let ran = env.keyferry(&["discover", "shop"]);
            assert!([2, 4].contains(&ran.code), "{name}: {}", ran.stderr);
            std::fs::remove_file(at(name)).unwrap();
        }
        fifo(&at(name));
        let ran = env.keyferry(&["discover", "shop"]);
        assert!([2, 4].contains(&ran.code), "{name}: {}", ran.stderr);
        std::fs::remove_file(at(name)).unwrap();
        std::fs::write(at(name), kept).unwrap();
        std::fs::set_permissions(at(name), PermissionsExt::from_mode(0o600)).unwrap();
    }
    for name in ["journal.jsonl", "plan.json"] {
        fifo(&at(name));
        let ran = env.keyferry(&["verify"]);
        assert!([2, 4].contains(&ran.code), "{name}: {}", ran.stderr);
        env.keyferry(&["discover", "shop"]).exits(0);
        std::fs::remove_file(at(name)).unwrap();
    }
    assert_eq!(std::fs::read(env.path("victim")).unwrap(), b"untouched");
    assert!(!env.path("nothing").exists());
    env.keyferry(&["discover", "shop"]).exits(0);
}

#[test]
fn a_report_goes_into_no_pipe_and_to_the_standard_streams() {
    let env = shop();
    fifo(&env.path("pipe"));
    for args in [
        ["scan", "--output", "pipe", "shop"],
        ["plan", "--offline", "--output", "pipe"],
    ] {
        let message = "error: cannot write pipe: it is no regular file; write to standard output and redirect it\n";
        assert_eq!(env.keyferry(&args).exits(2).stderr, message);
    }
    let ran = env.keyferry(&[
        "scan",
        "--format",
        "jsonl",
        "--output",
        "/dev/stdout",
        "shop",
    ]);
    assert_eq!(ran.exits(1).rows().len(), 1);
    env.keyferry(&["scan", "--output", "/dev/null", "shop"])
        .exits(1);
}

/// A report of nothing that was not read would look like that of a clean repository.
#[test]
fn a_report_says_that_the_scan_is_incomplete() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("a.py", "x = 1\n").commit("one");
    repo.write(".git/refs/heads/broken", "not an id\n");
    let read = |format: &str| {
        env.keyferry(&["scan", "--format", format, "--output", "report", "shop"])
            .exits(3);
        std::fs::read_to_string(env.path("report")).unwrap()
    };
    let line = "{\"incomplete\":{\"unreadable\":1,\"cut_off\":0,\"contradictions\":0,\"too_large\":0,\"interrupted\":false}}\n";
    assert_eq!(read("jsonl"), line);
    let csv = read("csv");
    let (head, last) = csv.split_once('\n').unwrap();
    let text = "INCOMPLETE: 1 unreadable; 0 cut off; 0 with contradictory ids; 0 too large; the coverage report names them";
    let commas = ",".repeat(head.matches(',').count());
    assert_eq!(last, format!("{text}{commas}\n"));
    // A failed scan leaves it as it was.
    env.keyferry(&["scan", "--output", "report", "none"])
        .exits(2);
    assert_eq!(std::fs::read_to_string(env.path("report")).unwrap(), csv);
}

/// A part of a report in the place of a whole one would look like a whole one.
#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_scan_leaves_an_earlier_report() {
    use crate::support::processes::{busy_worker, endless, signal};
    let env = shop();
    let args = ["scan", "--format", "jsonl", "--output", "report", "shop"];
    env.keyferry(&args).exits(1);
    let before = std::fs::read(env.path("report")).unwrap();
    endless(&env, "shop");
    let mut child = env.program(&args);
    let mut child = child.stderr(std::process::Stdio::piped()).spawn().unwrap();
    busy_worker(&mut child, 30);
    signal(child.id(), "INT");
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130));
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(
        said,
        "warning: interrupted: no report was written to report\n"
    );
    assert_eq!(std::fs::read(env.path("report")).unwrap(), before);
}

/// Each text is nested 100,000 times, or refers to itself; each reader ends at once.
#[test]
fn nesting_is_limited_in_every_file_that_is_read() {
    let env = shop();
    env.keyferry(&["discover", "shop"]).exits(0);
    let deep = |open: &str| open.repeat(100_000);
    let rule = |text: &str| format!("schema: 1\nprovider: {text}");
    let plan = [
        "plan",
        "--offline",
        "--account",
        "123456789012",
        "--region",
        "eu-west-1",
    ];
    let import = ["import", "--yes", "--dry-run"];
    for (file, text, command) in [
        (
            "inventory/plan.json",
            format!("{{\"schema\": {}", deep("[")),
            &import[..],
        ),
        ("inventory/plan.json", deep("{\"a\":"), &import),
        (
            "inventory/journal.jsonl",
            format!("{}\n", deep("[")),
            &["verify"],
        ),
        (
            "inventory/keyferry.yaml",
            format!("schema: {}", deep("[")),
            &plan,
        ),
        (
            "inventory/unassigned.yaml",
            format!("schema: 1\nsecrets:\n  {}", deep("- ")),
            &plan,
        ),
        (
            "inventory/policy.yaml",
            format!("schema: 1\nfields: {}", deep("{a: ")),
            &plan,
        ),
        (
            "inventory/registry.yaml",
            format!("schema: 1\napplications: {}", deep("[")),
            &plan,
        ),
        (
            "inventory/decisions.yaml",
            format!("schema: 1\ndecisions: {}", deep("? ")),
            &plan,
        ),
        (
            "own/own.yaml",
            rule(&deep("[")),
            &["scan", "--detectors", "own", "shop"],
        ),
        (
            "own/own.yaml",
            rule("&a [*a]"),
            &["scan", "--detectors", "own", "shop"],
        ),
        (
            "own.yaml",
            format!("rules: {}", deep("[")),
            &["detectors", "import", "own.yaml"],
        ),
        (
            "own.toml",
            format!("rules = {}", deep("[")),
            &["detectors", "import", "own.toml"],
        ),
        (
            "own.toml",
            format!("rules = {}", deep("{a = ")),
            &["detectors", "import", "own.toml"],
        ),
        (
            "own.toml",
            format!("{} = 1", deep("a.") + "a"),
            &["detectors", "import", "own.toml"],
        ),
    ] {
        let kept = std::fs::read(env.path(file)).ok();
        env.write(file, text);
        let ran = env.keyferry(command);
        assert!([2, 4].contains(&ran.code), "{file}: {}", ran.stderr);
        assert!(ran.stderr.len() < 2000, "{file}: {}", ran.stderr);
        match kept {
            Some(content) => drop(env.write(file, content)),
            None => std::fs::remove_file(env.path(file)).unwrap(),
        }
    }
}

/// The largest file that people write is 64 MiB; the program's own are larger.
#[test]
fn a_file_that_is_too_large_is_named() {
    let env = shop();
    env.keyferry(&["discover", "shop"]).exits(0);
    for (name, length, message) in [
        (
            "policy.yaml",
            (64 << 20) + 1,
            "cannot read inventory/policy.yaml: it is larger than 64 MiB",
        ),
        (
            "other.yaml",
            (1 << 30) + 1,
            "cannot read inventory/other.yaml: it is larger than 1024 MiB",
        ),
    ] {
        let file = std::fs::File::create(env.path("inventory").join(name)).unwrap();
        file.set_len(length).unwrap();
        let ran = env.keyferry(&["discover", "shop"]);
        assert!(ran.stderr.contains(message), "{}", ran.stderr);
        std::fs::remove_file(env.path("inventory").join(name)).unwrap();
    }
}
