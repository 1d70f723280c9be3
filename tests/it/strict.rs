//! `--strict`: content that is too large makes a scan incomplete.

use crate::support::test_env::{Ran, TestEnv, places, token};

fn line(n: u32) -> String {
    format!("token = '{}'\n", token(n))
}

/// A repository with a large file in its working tree, and another large file in its history.
fn with_large_content() -> TestEnv {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("a.py", line(1))
        .write("old.bin", "x".repeat(5000))
        .commit("one");
    repo.remove("old.bin").commit("two");
    repo.write("new.bin", "y".repeat(5000));
    env
}

const SMALL: [&str; 2] = ["--max-blob", "1K"];

fn scan(env: &TestEnv, args: &[&str], ci: Option<&str>) -> Ran {
    let args = [&["scan", "--format", "jsonl"], &SMALL[..], args, &["shop"]].concat();
    let variables: Vec<_> = ci.map(|value| ("CI", value)).into_iter().collect();
    env.keyferry_with(&args, &variables)
}

#[test]
fn large_content_counts_if_strict() {
    let env = with_large_content();
    // Each part alone: the file, and the blob.
    for part in [&[][..], &["--no-history"], &["--history-only"]] {
        let ran = scan(&env, part, None).exits(1);
        assert_eq!(places(&ran.rows()).len(), 1, "{part:?}");
        let strict = scan(&env, &[part, &["--strict"]].concat(), None)
            .exits(3)
            .says(&["too-large, which --strict counts as not read: "]);
        assert_eq!(strict.rows(), ran.rows());
        let last = strict.stdout.lines().last().unwrap();
        let count = if part.is_empty() { 2 } else { 1 };
        let expected = format!(
            r#"{{"incomplete":{{"unreadable":0,"cut_off":0,"contradictions":0,"too_large":{count},"interrupted":false}}}}"#
        );
        assert_eq!(last, expected, "{part:?}");
    }
    // Nothing is too large for the usual limit.
    env.keyferry(&["scan", "--strict", "shop"]).exits(1);
}

#[test]
fn the_variable_ci_makes_a_scan_strict() {
    let env = with_large_content();
    for (ci, args, code) in [
        ("true", &[][..], 3),
        ("1", &[], 3),
        ("some-service", &[], 3),
        ("", &[], 1),
        ("0", &[], 1),
        ("false", &[], 1),
        ("true", &["--no-strict"], 1),
        ("false", &["--strict"], 3),
        // The last one counts.
        ("true", &["--strict", "--no-strict"], 1),
        ("false", &["--no-strict", "--strict"], 3),
    ] {
        let ran = scan(&env, args, Some(ci));
        assert_eq!(ran.code, code, "CI={ci:?} {args:?}: {}", ran.stderr);
    }
}

#[test]
fn reports_agree_with_the_exit_code() {
    let env = with_large_content();
    let report = |format: &str, args: &[&str]| {
        let args = [&["scan", "--format", format], &SMALL[..], args, &["shop"]].concat();
        env.keyferry(&args)
    };
    for (args, code) in [(&[][..], 1), (&["--strict"], 3)] {
        let is_strict = code == 3;
        let json: serde_json::Value =
            serde_json::from_str(&report("json", args).exits(code).stdout).unwrap();
        assert_eq!(json["coverage"]["strict"], is_strict);
        assert_eq!(json["coverage"]["skipped"]["too-large"]["count"], 2);
        let sarif: serde_json::Value =
            serde_json::from_str(&report("sarif", args).exits(code).stdout).unwrap();
        let invocation = &sarif["runs"][0]["invocations"][0];
        assert_eq!(invocation["executionSuccessful"], !is_strict);
        let csv = report("csv", args).exits(code).stdout;
        assert_eq!(csv.contains("2 too large"), is_strict);
        let text = report("text", args).exits(code).stdout;
        let words = "the scan is incomplete: 2 things were too large";
        assert_eq!(text.contains(words), is_strict, "{text}");
    }
}

#[test]
fn discover_is_strict_too_and_stores_the_same() {
    let env = with_large_content();
    let discover = |folder: &str, args: &[&str], ci: &[(&str, &str)]| {
        let start = ["discover", "--inventory", folder];
        env.keyferry_with(&[&start[..], &SMALL, args, &["shop"]].concat(), ci)
    };
    discover("first", &[], &[]).exits(0);
    discover("first", &[], &[("CI", "true")]).exits(3);
    discover("first", &["--no-strict"], &[("CI", "true")]).exits(0);
    // Strictness decides on the exit code alone: an occurrence that is gone is removed.
    std::fs::remove_dir_all(env.path("shop")).unwrap();
    env.write("shop/large.bin", "x".repeat(5000));
    env.write("shop/kept.py", line(2));
    env.write("shop/gone.py", line(3));
    discover("second", &["--strict"], &[]).exits(3);
    std::fs::remove_file(env.path("shop/gone.py")).unwrap();
    discover("second", &["--strict"], &[])
        .exits(3)
        .says(&["0 new, 1 gone"]);
}
