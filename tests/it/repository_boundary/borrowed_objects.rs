//! The objects that a repository borrows, and to which it leads, against the ones that `git repack` copies.

use crate::support::random_history::Made;
use crate::support::test_env::{Row, TestEnv};

/// Everything that a row says of a place, without the name of the repository.
fn row(row: &Row) -> String {
    format!(
        "{} {} {:?} {:?} {:?} {} {:?}",
        row.place(),
        row.value(),
        row.blob,
        row.commit,
        row.refs,
        row.reachable,
        row.last_commit
    )
}

#[test]
fn a_borrower_has_the_findings_of_a_copy() {
    let mut left_out = 0;
    for seed in 301..=308 {
        let env = TestEnv::new();
        let lender = env.repo("lender");
        let mut made = Made::new(seed, seed % 3 == 0);
        lender.git_with_input(
            &["fast-import", "--quiet", "--force"],
            made.stream.as_bytes(),
        );
        if seed % 2 == 0 {
            lender.git(&["repack", "-q", "-a", "-d"]);
        }
        let branch = made.random.below(made.branches.len());
        let branch = made.branches[branch].0.clone();
        let clone = [
            "clone",
            "--quiet",
            "--shared",
            "--single-branch",
            "--branch",
            &branch,
        ];
        env.git(&env.path(""), &[&clone[..], &["lender", "shop"]].concat());
        let shop = env.open("shop");
        shop.git(&["remote", "remove", "origin"]);
        if seed % 4 < 2 {
            shop.write("own.py", "x = 1\n").commit("own");
        }
        let show = ["scan", "--format", "jsonl", "--show-secrets", "--show-ids"];
        let scan = |targets: &[&str]| {
            let ran = env.keyferry(&[&show[..], targets].concat());
            assert!([0, 1].contains(&ran.code), "{seed}: {ran:?}");
            left_out += usize::from(ran.stderr.contains("borrowed-objects"));
            let rows = ran.rows();
            let rows = rows.iter().filter(|row| row.repository == "shop");
            let mut rows: Vec<String> = rows.map(row).collect();
            rows.sort_unstable();
            rows
        };
        let mut scan = scan;
        let borrowed = scan(&["lender", "shop"]);
        assert_eq!(scan(&["shop", "--follow-outside"]), borrowed, "{seed}");
        shop.git(&["repack", "-q", "-a", "-d"]);
        shop.remove(".git/objects/info/alternates");
        assert_eq!(scan(&["lender", "shop"]), borrowed, "{seed}");
    }
    assert!(left_out > 4, "the histories are too small: {left_out}");
}
