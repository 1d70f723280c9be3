//! The commits that introduce a secret, compared with the answer of `git log`, on random histories.
//!
//! The definition: a commit *brings* a blob to a path if it has the blob there and none of its parents has. This is the output of
//!
//! ```text
//! git log --no-renames --diff-merges=combined --raw --find-object=BLOB COMMIT… -- PATH
//! ```
//!
//! with BLOB on the right-hand side: the combined diff of a merge lists only paths that differ from every parent. The
//! `commit` of a row is the earliest, by committer date, of the commits that bring any blob that holds the value to the row's
//! path; commits that a ref leads to go before others. Where clocks were wrong, so that dates and ancestry disagree, ancestry
//! wins: no other commit that brings it is an ancestor of the one we name.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::random_history::Made;
use crate::support::test_env::{Repo, Row, TestEnv, token};

/// What git knows of a commit.
#[derive(Clone, Debug)]
struct Known {
    time: u64,
    reachable: bool,
}

struct Git<'r> {
    repo: &'r Repo<'r>,
    commits: BTreeMap<String, Known>,
    /// Path and blob of every tree of every commit, with the blob's text.
    blobs: BTreeMap<(String, String), String>,
}

impl<'r> Git<'r> {
    fn of(repo: &'r Repo<'r>) -> Self {
        let all = repo.git(&[
            "cat-file",
            "--batch-all-objects",
            "--batch-check=%(objecttype) %(objectname)",
        ]);
        let ids: Vec<&str> = all
            .lines()
            .filter_map(|line| line.strip_prefix("commit "))
            .collect();
        let reachable: BTreeSet<String> = repo
            .git(&["rev-list", "--all"])
            .lines()
            .map(str::to_owned)
            .collect();
        let mut commits = BTreeMap::new();
        let mut blobs = BTreeMap::new();
        let stdin = ids.join("\n") + "\n";
        let told = repo.git_with_input(
            &["log", "--no-walk", "--stdin", "--format=%H %ct"],
            stdin.as_bytes(),
        );
        for line in told.lines() {
            let (id, time) = line.split_once(' ').unwrap();
            let known = Known {
                time: time.parse().unwrap(),
                reachable: reachable.contains(id),
            };
            commits.insert(id.to_owned(), known);
            for entry in repo.git(&["ls-tree", "-r", id]).lines() {
                let (object, path) = entry.split_once('\t').unwrap();
                let blob = object.rsplit(' ').next().unwrap();
                blobs
                    .entry((path.to_owned(), blob.to_owned()))
                    .or_insert_with(|| repo.git(&["cat-file", "blob", blob]));
            }
        }
        Self {
            repo,
            commits,
            blobs,
        }
    }

    /// The commits that bring `blob` to `path`, according to git.
    fn bring(&self, path: &str, blob: &str) -> BTreeSet<String> {
        let find = format!("--find-object={blob}");
        let mut args = vec![
            "log",
            "--no-renames",
            "--diff-merges=combined",
            "--raw",
            "--no-abbrev",
            "--format=%H",
            &find,
        ];
        args.extend(self.commits.keys().map(String::as_str));
        args.extend(["--", path]);
        let mut bring = BTreeSet::new();
        let mut commit = "";
        for line in self.repo.git(&args).lines() {
            match line.strip_prefix(':') {
                // Modes, the old ids, the new id, a letter for each parent, then the path.
                Some(raw) => {
                    let words: Vec<&str> = raw.split('\t').next().unwrap().split(' ').collect();
                    if words[words.len() - 2] == blob {
                        bring.insert(commit.to_owned());
                    }
                }
                None if !line.is_empty() => commit = line,
                None => {}
            }
        }
        bring
    }

    /// All commits that bring this row's value to its path.
    fn introducing(&self, row: &Row) -> BTreeSet<String> {
        let holding = self
            .blobs
            .iter()
            .filter(|((path, _), text)| *path == row.path && text.contains(row.value()));
        holding
            .flat_map(|((path, blob), _)| self.bring(path, blob))
            .collect()
    }

    /// Whether the tree of a commit has this row's value at its path.
    fn holds(&self, commit: &str, row: &Row) -> bool {
        let entry = self.repo.git(&["ls-tree", "-r", commit, "--", &row.path]);
        let blob = entry.split_whitespace().nth(2).map(str::to_owned);
        blob.is_some_and(|blob| self.blobs[&(row.path.clone(), blob)].contains(row.value()))
    }

    fn is_ancestor(&self, one: &str, of: &str) -> bool {
        one != of
            && !self
                .repo
                .git(&["rev-list", "--max-count=1", one, &format!("^{of}")])
                .contains(one)
    }
}

/// Makes the history of a seed, scans it, and compares every row; returns how many there were, how many of a merge,
/// and how many that no branch holds any more.
fn compare(seed: u64, skewed: bool) -> (usize, usize, usize) {
    let env = if seed.is_multiple_of(2) {
        TestEnv::with_hash("sha256")
    } else {
        TestEnv::new()
    };
    let repo = env.repo("shop");
    let made = Made::new(seed, skewed);
    repo.git_with_input(
        &["fast-import", "--quiet", "--force"],
        made.stream.as_bytes(),
    );
    // In every third nothing leads to one of the branches any more.
    if seed.is_multiple_of(3) && made.branches.len() > 1 {
        repo.git(&["branch", "--quiet", "-D", &made.branches[1].0]);
    }
    let rows = env.scan(&["--history-only", "shop"]);
    let git = Git::of(&repo);

    // One row for each value and path that any commit has.
    let mut expected = BTreeSet::new();
    for ((path, _), text) in &git.blobs {
        expected.extend(
            (1..=made.secrets)
                .map(token)
                .filter(|value| text.contains(value))
                .map(|v| (path.clone(), v)),
        );
    }
    let found: BTreeSet<_> = rows
        .iter()
        .map(|row| (row.path.clone(), row.value().to_owned()))
        .collect();
    assert_eq!(found, expected, "seed {seed}");

    let names = repo.git(&[
        "for-each-ref",
        "--format=%(refname)",
        "refs/heads",
        "refs/tags",
    ]);
    let kept = repo.git(&["rev-list", "--branches", "--tags", "HEAD"]);
    let (mut of_merges, mut gone_rows) = (0, 0);
    for row in &rows {
        let commit = row
            .commit
            .as_deref()
            .unwrap_or_else(|| panic!("seed {seed}: no commit for {row:?}"));
        assert_eq!(row.introduced.as_deref(), Some("at"), "seed {seed}");
        let introducing = git.introducing(row);
        let context = format!(
            "seed {seed}: {} {}: of {introducing:#?}",
            row.path,
            row.value()
        );
        assert!(introducing.contains(commit), "{context}\n{commit} is none");
        let known = |id: &str| &git.commits[id];
        if skewed {
            for other in &introducing {
                assert!(
                    !git.is_ancestor(other, commit),
                    "{context}\n{other} is an ancestor of {commit}"
                );
            }
            assert!(
                known(commit).reachable || introducing.iter().all(|id| !known(id).reachable),
                "{context}"
            );
        } else {
            let earliest = introducing
                .iter()
                .min_by_key(|id| (!known(id).reachable, known(id).time))
                .unwrap();
            assert_eq!(commit, earliest, "{context}");
        }
        assert_eq!(
            row.reachable,
            introducing.iter().any(|id| known(id).reachable),
            "{context}"
        );
        assert_eq!(row.at_head, git.holds("HEAD", row), "{context}");
        let refs: BTreeSet<&str> = names.lines().filter(|name| git.holds(name, row)).collect();
        assert_eq!(
            row.refs.iter().map(String::as_str).collect::<BTreeSet<_>>(),
            refs,
            "{context}"
        );
        let gone = refs.is_empty() && !row.at_head;
        let holders: Vec<&str> = kept
            .lines()
            .filter(|commit| gone && git.holds(commit, row))
            .collect();
        assert_eq!(row.last_commit.is_some(), !holders.is_empty(), "{context}");
        if let Some(last) = &row.last_commit {
            assert!(
                holders.contains(&last.as_str()),
                "{context}\n{last} does not hold it"
            );
            let later = holders.iter().find(|holder| git.is_ancestor(last, holder));
            assert_eq!(later, None, "{context}\nlater than {last}");
        }
        gone_rows += usize::from(row.last_commit.is_some());
        repo.check(row);
        of_merges += usize::from(
            repo.git(&["show", "--no-patch", "--format=%P", commit])
                .contains(' '),
        );
    }
    (rows.len(), of_merges, gone_rows)
}

fn all(seeds: impl Iterator<Item = u64>, skewed: bool) {
    let (mut rows, mut of_merges, mut gone) = (0, 0, 0);
    for seed in seeds {
        let (more, merges, gone_ones) = compare(seed, skewed);
        rows += more;
        of_merges += merges;
        gone += gone_ones;
    }
    // The histories are worth something.
    assert!(
        rows >= 100 && of_merges >= 10 && gone >= 5,
        "{rows} rows, {of_merges} of merges, {gone} gone"
    );
}

#[test]
fn the_commit_is_the_earliest_that_git_names() {
    all(1..=8, false);
}

#[test]
fn wrong_clocks_do_not_put_a_child_before_its_parent() {
    all(101..=106, true);
}
