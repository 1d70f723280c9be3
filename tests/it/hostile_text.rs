//! Texts and trees that would cost far more than their size: each is cut off at a limit, is named in the
//! coverage report, and leads to exit code 3.

use serde_json::Value;

use crate::support::test_env::{TestEnv, password};

/// The named things that a limit has cut off, from a report in JSON, and the paths of the findings.
fn cut_off(env: &TestEnv, args: &[&str], limit: &str) -> (Vec<String>, Vec<String>) {
    let ran = env.keyferry(&[&["scan", "--format", "json", "--no-cache"], args].concat());
    let ran = ran.exits(3);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    let named = &report["coverage"]["cut_off"][limit]["named"];
    let named = named.as_array().into_iter().flatten();
    let names = named.map(|name| name.as_str().unwrap().to_owned());
    let findings = report["findings"].as_array().unwrap().iter();
    let paths = findings.map(|finding| finding["path"].as_str().unwrap().to_owned());
    (names.collect(), paths.collect())
}

fn lines(count: u32) -> String {
    let line = |n| format!("password: {}\n", password(n));
    (0..count).map(line).collect()
}

#[test]
fn a_file_of_secret_lines_is_cut_off_at_the_same_place_in_every_scan() {
    let env = TestEnv::new();
    let repo = env.repo("dump");
    // Five thousand rows are honest.
    repo.write("honest.yaml", lines(5000));
    repo.write("dump.yaml", lines(12_000));
    repo.commit("dump");
    // A version that is a delta of the other one.
    let more = format!("# more\n{}", lines(12_000));
    repo.write("dump.yaml", more).commit("more");
    repo.git(&["repack", "-adfq"]);
    let place = env.path("dump");
    let place = place.to_str().unwrap();
    let (named, paths) = cut_off(&env, &["--no-history", place], "matches");
    assert_eq!(named, ["dump.yaml"]);
    let of_dump = |paths: &[String]| paths.iter().filter(|path| *path == "dump.yaml").count();
    assert_eq!(of_dump(&paths), 10_000);
    // The classifier takes few of these made-up passwords for words.
    assert!(paths.len() > 14_900);
    let (named, by_deltas) = cut_off(&env, &["--history-only", place], "matches");
    assert_eq!((named.len(), of_dump(&by_deltas)), (2, 10_000));
    let whole = cut_off(&env, &["--history-only", "--whole-blobs", place], "matches");
    assert_eq!((named, by_deltas), whole);
}

#[test]
fn one_value_at_very_many_paths_has_so_many_rows() {
    let env = TestEnv::new();
    let repo = env.repo("many");
    for n in 0..10_050 {
        repo.write(&format!("{}/{n}.yaml", n % 100), lines(1));
    }
    repo.write("z.yaml", format!("password: {}\n", password(7)));
    repo.commit("many");
    let place = env.path("many");
    let place = place.to_str().unwrap();
    for part in ["--no-history", "--history-only"] {
        let (named, paths) = cut_off(&env, &[part, place], "rows");
        assert_eq!((named.len(), paths.len()), (1, 10_001), "{part}");
        // The other value is reported all the same.
        assert_eq!(paths.last().unwrap(), "z.yaml");
        assert!(named[0].starts_with("many "), "{named:?}");
    }
}

#[test]
fn a_file_that_needs_more_memory_than_there_is_is_named() {
    let env = TestEnv::new();
    env.write("folder/large.txt", vec![b'a'; 3 << 20]);
    env.write("folder/small.yaml", lines(1));
    let place = env.path("folder");
    let args = ["--memory", "4M", place.to_str().unwrap()];
    let (named, paths) = cut_off(&env, &args, "memory");
    assert_eq!(named, ["large.txt (3145728 bytes)"]);
    assert_eq!(paths, ["small.yaml"]);
}

#[test]
fn long_names_are_left_out() {
    let env = TestEnv::new();
    let repo = env.repo("names");
    repo.write("a.yaml", lines(1)).git(&["add", "a.yaml"]);
    let author = |length| format!("--author={} <a@example.com>", "A".repeat(length));
    repo.git(&["commit", "--quiet", &author(250), "--message", "short"]);
    repo.write("b.yaml", lines(2)).git(&["add", "b.yaml"]);
    repo.git(&["commit", "--quiet", &author(400), "--message", "long"]);
    let head = std::fs::read_to_string(repo.root.join(".git/refs/heads/main")).unwrap();
    let long = format!("{} refs/heads/x{}\n", head.trim(), "b".repeat(400));
    std::fs::write(repo.root.join(".git/packed-refs"), long).unwrap();
    let place = env.path("names");
    let args = ["scan", "--format", "json", "--no-cache"];
    let ran = env.keyferry(&[&args[..], &[place.to_str().unwrap()]].concat());
    let report: Value = serde_json::from_str(&ran.exits(1).stdout).unwrap();
    let mut rows = report["findings"].as_array().unwrap().iter();
    let shown = |row: &Value| (row["author"].clone(), row["refs"].clone());
    let (author, refs) = shown(rows.next().unwrap());
    assert!(author.as_str().unwrap().starts_with("AAAA"), "{author}");
    assert_eq!(refs, serde_json::json!(["refs/heads/main", "…"]));
    assert_eq!(rows.clone().count(), 2);
    assert!(rows.all(|row| row["path"] == "b.yaml" && row["author"] == "…"));
}
