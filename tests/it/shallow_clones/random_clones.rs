//! Random histories, cloned to a random depth: each finding has the commit that it has in the whole clone, or says
//! that its commit is not known.

use std::collections::BTreeMap;

use super::clone;
use crate::support::random_history::Made;
use crate::support::test_env::{EPOCH, Repo, Row, TestEnv};

/// Whether a commit of the whole history has the row's value at its path.
fn holds(full: &Repo, commit: &str, row: &Row) -> bool {
    let entry = full.git(&["ls-tree", "-r", commit, "--", &row.path]);
    let blob = entry.split_whitespace().nth(2);
    blob.is_some_and(|blob| full.git(&["cat-file", "blob", blob]).contains(row.value()))
}

/// Whether a commit introduced the row's value at its path: none of its parents has it there.
fn introduced(full: &Repo, commit: &str, row: &Row) -> bool {
    let parents = full.git(&["show", "--no-patch", "--format=%P", commit]);
    let mut parents = parents.split_whitespace();
    holds(full, commit, row) && !parents.any(|parent| holds(full, parent, row))
}

#[derive(Default, Debug)]
struct Count {
    same: usize,
    /// The value was gone in between, or came to another branch, too.
    again: usize,
    unknown: usize,
}

/// Compares the rows of a clone with those of the whole repository.
fn compare(
    full: &Repo,
    clone: &Repo,
    rows: &[Row],
    whole: &[Row],
    context: &str,
    is_skewed: bool,
    count: &mut Count,
) {
    let whole: BTreeMap<_, _> = whole
        .iter()
        .map(|row| ((&row.path, row.value()), row))
        .collect();
    for row in rows.iter().filter(|row| !row.path.is_empty()) {
        let context = format!("{context}: {row:#?}");
        let commit = row.commit.as_deref().unwrap_or_else(|| panic!("{context}"));
        assert!(holds(full, commit, row), "{context}");
        if row.introduced.as_deref() == Some("at-or-before") {
            assert_eq!(row.author, None, "{context}");
            count.unknown += 1;
            continue;
        }
        assert!(introduced(full, commit, row), "{context}");
        let first = whole[&(&row.path, row.value())].commit.as_deref().unwrap();
        if first == commit {
            count.same += 1;
            continue;
        }
        // The clone cannot know of a commit that it does not have. Wrong clocks put commits into another
        // order if some are missing, and blobs that are missing are no evidence.
        count.again += 1;
        if is_skewed || context.contains("--filter") {
            continue;
        }
        let has = clone.git(&["cat-file", "--batch-all-objects", "--batch-check"]);
        assert!(!has.contains(first), "{context}\nnot {first}");
    }
}

#[test]
fn no_finding_has_a_wrong_introducer() {
    let mut count = Count::default();
    for seed in 301..=308 {
        let hash = if seed % 2 == 0 { "sha256" } else { "sha1" };
        let env = TestEnv::with_hash(hash);
        let full = env.repo("full");
        let mut made = Made::new(seed, seed % 3 == 0);
        let stream = made.stream.as_bytes();
        full.git_with_input(&["fast-import", "--quiet", "--force"], stream);
        full.git(&["config", "uploadpack.allowFilter", "true"]);
        let whole = env.scan(&["--history-only", "full"]);
        let depth = format!("--depth={}", 1 + made.random.below(6));
        let minute = EPOCH + 60 * made.random.below(20) as u64;
        let since = format!("--shallow-since=@{minute}");
        let single = format!("--depth={}", 1 + made.random.below(10));
        let forms: [&[&str]; 5] = [
            &[&depth, "--no-single-branch"],
            &[&since, "--no-single-branch"],
            &[&single, "--single-branch"],
            &["--filter=blob:none"],
            &["--filter=tree:0"],
        ];
        for (n, form) in forms.into_iter().enumerate() {
            // No commit may be so new.
            let url = format!("file://{}", full.root.display());
            let name = format!("clone{n}");
            let all = [&["clone", "--quiet"], form, &[&url, &name]].concat();
            let tried = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                env.git(&env.path(""), &all);
            }));
            if tried.is_err() && form[0] == since {
                continue;
            }
            let clone = env.open(&name);
            let context = format!("seed {seed}, {form:?}");
            let ran = env.keyferry(&[
                "scan",
                "--format",
                "jsonl",
                "--show-secrets",
                "--history-only",
                &name,
            ]);
            assert!(matches!(ran.code, 0 | 1), "{context}\n{}", ran.stderr);
            let rows = ran.rows();
            compare(
                &full,
                &clone,
                &rows,
                &whole,
                &context,
                seed % 3 == 0,
                &mut count,
            );
        }
    }
    assert!(
        count.same >= 30 && count.unknown >= 30 && count.again <= count.same,
        "{count:?}"
    );
}

/// What a revision has is not new in comparison with it, in a clone of any depth.
#[test]
fn nothing_that_the_revision_has_is_new() {
    let mut new = 0;
    for seed in 321..=326 {
        let env = TestEnv::new();
        let full = env.repo("full");
        let mut made = Made::new(seed, seed % 3 == 0);
        let stream = made.stream.as_bytes();
        full.git_with_input(&["fast-import", "--quiet", "--force"], stream);
        let depth = format!("--depth={}", 2 + made.random.below(6));
        let clone = clone(&full, "shop", &[&depth, "--no-single-branch"]);
        let commits = clone.git(&["rev-list", "--all"]);
        let commits: Vec<&str> = commits.lines().collect();
        for _ in 0..3 {
            let revision = commits[made.random.below(commits.len())];
            let args = ["--history-only", "--since", revision, "shop"];
            let all = [&["scan", "--format", "jsonl", "--show-secrets"], &args[..]].concat();
            let ran = env.keyferry(&all);
            assert!(matches!(ran.code, 0 | 1), "{}", ran.stderr);
            for row in ran.rows().iter().filter(|row| !row.path.is_empty()) {
                assert!(!holds(&full, revision, row), "seed {seed}: {row:#?}");
                new += 1;
            }
        }
    }
    assert!(new >= 20, "{new}");
}
