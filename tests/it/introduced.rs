//! Who brought a secret in, against what git itself says, on random histories.
//!
//! The definition: a commit *brings* a blob to a path if it has the blob there and none of its parents has. That is what
//!
//! ```text
//! git log --no-renames --diff-merges=combined --raw --find-object=BLOB COMMIT… -- PATH
//! ```
//!
//! shows with BLOB on the right-hand side: the combined diff of a merge lists only what differs from every parent. The
//! `commit` of a row is the earliest, by committer date, of the commits that bring any blob that holds the value to the row's
//! path; commits that a ref leads to go before others. Where clocks were wrong, so that dates and ancestry disagree, ancestry
//! wins: no other commit that brings it is an ancestor of the one we name.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::env::{EPOCH, Repo, Row, TestEnv, token};

/// xorshift64*: the same histories on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

type Tree = BTreeMap<String, String>;

/// A history as a stream for `git fast-import`: branches, merges with and without content of their own, renames, copies,
/// reverts, edits beside a value, values that go and come back.
struct Made {
    random: Random,
    /// Tree of each commit, by mark.
    trees: Vec<Tree>,
    branches: Vec<(String, usize)>,
    stream: String,
    secrets: u32,
    skewed: bool,
}

const PATHS: [&str; 5] = ["a.py", "src/b.py", "src/deep/er/c.py", "conf/d.yml", "conf/e.yml"];

impl Made {
    fn new(seed: u64, skewed: bool) -> Self {
        let random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut made =
            Self { random, trees: Vec::new(), branches: Vec::new(), stream: String::new(), secrets: 0, skewed };
        made.commit("main", &[], Tree::from([("README.md".to_owned(), "start\n".to_owned())]));
        let steps = 18 + made.random.below(14);
        for _ in 0..steps {
            made.step();
        }
        made
    }

    fn commit(&mut self, branch: &str, parents: &[usize], tree: Tree) {
        let mark = self.trees.len() + 1;
        // A minute for each; with wrong clocks any minute of the same hour, and often the same one.
        let minute = if self.skewed { self.random.below(8) } else { mark };
        let when = EPOCH + 60 * minute as u64;
        let out = &mut self.stream;
        writeln!(out, "commit refs/heads/{branch}\nmark :{mark}").unwrap();
        writeln!(out, "author A U Thor <author@example.com> {when} +0000").unwrap();
        writeln!(out, "committer C O Mitter <committer@example.com> {when} +0000\ndata <<END\ncommit {mark}\nEND")
            .unwrap();
        for (n, parent) in parents.iter().enumerate() {
            writeln!(out, "{} :{parent}", if n == 0 { "from" } else { "merge" }).unwrap();
        }
        writeln!(out, "deleteall").unwrap();
        for (path, content) in &tree {
            writeln!(out, "M 100644 inline {path}\ndata {}\n{content}", content.len()).unwrap();
        }
        self.trees.push(tree);
        match self.branches.iter_mut().find(|(name, _)| name == branch) {
            Some((_, tip)) => *tip = mark,
            None => self.branches.push((branch.to_owned(), mark)),
        }
    }

    fn secret(&mut self) -> String {
        self.secrets += 1;
        format!("token = '{}'\n", token(self.secrets))
    }

    fn step(&mut self) {
        let (branch, tip) = self.random.pick(&self.branches).clone();
        let mut tree = self.trees[tip - 1].clone();
        let path = (*self.random.pick(&PATHS)).to_owned();
        match self.random.below(10) {
            // A branch off any commit.
            0 | 1 if self.branches.len() < 5 => {
                let from = 1 + self.random.below(self.trees.len());
                let name = format!("b{}", self.branches.len());
                let mut tree = self.trees[from - 1].clone();
                let secret = self.secret();
                tree.insert(path, secret);
                self.commit(&name, &[from], tree);
            }
            2..=4 if self.branches.len() > 1 => self.merge(&branch, tip, tree),
            5 => {
                // Renamed, sometimes with a change, or copied.
                let Some(from) = self.any_path(&tree) else { return };
                let content = if self.random.chance(50) { tree[&from].clone() } else { tree.remove(&from).unwrap() };
                let more = if self.random.chance(40) { "# moved\n" } else { "" };
                tree.insert(path, format!("{more}{content}"));
                self.commit(&branch, &[tip], tree);
            }
            6 => {
                // Back to what an earlier commit had.
                let old = self.random.below(self.trees.len());
                let tree = self.trees[old].clone();
                self.commit(&branch, &[tip], tree);
            }
            7 => {
                // Away, wholly or with its file.
                let Some(from) = self.any_path(&tree) else { return };
                if self.random.chance(50) {
                    tree.remove(&from);
                } else {
                    tree.insert(from, "pass\n".to_owned());
                }
                self.commit(&branch, &[tip], tree);
            }
            8 => {
                // Beside the value.
                let Some(from) = self.any_path(&tree) else { return };
                let line = format!("# {}\n", self.trees.len());
                tree.get_mut(&from).unwrap().insert_str(0, &line);
                self.commit(&branch, &[tip], tree);
            }
            _ => {
                let secret = self.secret();
                tree.entry(path).or_default().push_str(&secret);
                self.commit(&branch, &[tip], tree);
            }
        }
    }

    /// With one or two others; file by file from any side, or with content that no side has.
    fn merge(&mut self, branch: &str, tip: usize, ours: Tree) {
        let mut parents = vec![tip];
        for _ in 0..if self.random.chance(20) { 2 } else { 1 } {
            let other = self.random.pick(&self.branches).1;
            if !parents.contains(&other) {
                parents.push(other);
            }
        }
        let mut tree = ours;
        for &parent in &parents[1..] {
            for (path, content) in self.trees[parent - 1].clone() {
                match self.random.below(4) {
                    0 => drop(tree.insert(path, content)),
                    // Both, as one resolves a conflict.
                    1 => {
                        let ours = tree.entry(path).or_default();
                        if *ours != content {
                            ours.push_str(&content);
                        }
                    }
                    _ => drop(tree.entry(path).or_insert(content)),
                }
            }
        }
        if self.random.chance(50) {
            let path = (*self.random.pick(&PATHS)).to_owned();
            let secret = self.secret();
            tree.entry(path).or_default().push_str(&secret);
        }
        self.commit(branch, &parents, tree);
    }

    fn any_path(&mut self, tree: &Tree) -> Option<String> {
        let paths: Vec<&String> = tree.keys().filter(|path| *path != "README.md").collect();
        (!paths.is_empty()).then(|| (*self.random.pick(&paths)).clone())
    }
}

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
        let all = repo.git(&["cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)"]);
        let ids: Vec<&str> = all.lines().filter_map(|line| line.strip_prefix("commit ")).collect();
        let reachable: BTreeSet<String> = repo.git(&["rev-list", "--all"]).lines().map(str::to_owned).collect();
        let mut commits = BTreeMap::new();
        let mut blobs = BTreeMap::new();
        let stdin = ids.join("\n") + "\n";
        let told = repo.git_with_input(&["log", "--no-walk", "--stdin", "--format=%H %ct"], stdin.as_bytes());
        for line in told.lines() {
            let (id, time) = line.split_once(' ').unwrap();
            let known = Known { time: time.parse().unwrap(), reachable: reachable.contains(id) };
            commits.insert(id.to_owned(), known);
            for entry in repo.git(&["ls-tree", "-r", id]).lines() {
                let (object, path) = entry.split_once('\t').unwrap();
                let blob = object.rsplit(' ').next().unwrap();
                blobs
                    .entry((path.to_owned(), blob.to_owned()))
                    .or_insert_with(|| repo.git(&["cat-file", "blob", blob]));
            }
        }
        Self { repo, commits, blobs }
    }

    /// The commits that bring `blob` to `path`, as git tells.
    fn bring(&self, path: &str, blob: &str) -> BTreeSet<String> {
        let find = format!("--find-object={blob}");
        let mut args =
            vec!["log", "--no-renames", "--diff-merges=combined", "--raw", "--no-abbrev", "--format=%H", &find];
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
        let holding = self.blobs.iter().filter(|((path, _), text)| *path == row.path && text.contains(row.value()));
        holding.flat_map(|((path, blob), _)| self.bring(path, blob)).collect()
    }

    /// Whether the tree of a commit has this row's value at its path.
    fn holds(&self, commit: &str, row: &Row) -> bool {
        let entry = self.repo.git(&["ls-tree", "-r", commit, "--", &row.path]);
        let blob = entry.split_whitespace().nth(2).map(str::to_owned);
        blob.is_some_and(|blob| self.blobs[&(row.path.clone(), blob)].contains(row.value()))
    }

    fn is_ancestor(&self, one: &str, of: &str) -> bool {
        one != of && !self.repo.git(&["rev-list", "--max-count=1", one, &format!("^{of}")]).contains(one)
    }
}

/// Makes the history of a seed, scans it, and compares every row; returns how many there were, how many of a merge,
/// and how many that no branch holds any more.
fn compare(seed: u64, skewed: bool) -> (usize, usize, usize) {
    let env = if seed.is_multiple_of(2) { TestEnv::with_hash("sha256") } else { TestEnv::new() };
    let repo = env.repo("shop");
    let made = Made::new(seed, skewed);
    repo.git_with_input(&["fast-import", "--quiet", "--force"], made.stream.as_bytes());
    // In every third nothing leads to one of the branches any more.
    if seed.is_multiple_of(3) && made.branches.len() > 1 {
        repo.git(&["branch", "--quiet", "-D", &made.branches[1].0]);
    }
    let rows = env.scan(&["--history-only", "shop"]);
    let git = Git::of(&repo);

    // One row for each value and path that any commit has.
    let mut expected = BTreeSet::new();
    for ((path, _), text) in &git.blobs {
        expected.extend((1..=made.secrets).map(token).filter(|value| text.contains(value)).map(|v| (path.clone(), v)));
    }
    let found: BTreeSet<_> = rows.iter().map(|row| (row.path.clone(), row.value().to_owned())).collect();
    assert_eq!(found, expected, "seed {seed}");

    let names = repo.git(&["for-each-ref", "--format=%(refname)", "refs/heads", "refs/tags"]);
    let kept = repo.git(&["rev-list", "--branches", "--tags", "HEAD"]);
    let (mut of_merges, mut gone_rows) = (0, 0);
    for row in &rows {
        let commit = row.commit.as_deref().unwrap_or_else(|| panic!("seed {seed}: no commit for {row:?}"));
        let introducing = git.introducing(row);
        let context = format!("seed {seed}: {} {}: of {introducing:#?}", row.path, row.value());
        assert!(introducing.contains(commit), "{context}\n{commit} is none");
        let known = |id: &str| &git.commits[id];
        if skewed {
            for other in &introducing {
                assert!(!git.is_ancestor(other, commit), "{context}\n{other} is an ancestor of {commit}");
            }
            assert!(known(commit).reachable || introducing.iter().all(|id| !known(id).reachable), "{context}");
        } else {
            let earliest = introducing.iter().min_by_key(|id| (!known(id).reachable, known(id).time)).unwrap();
            assert_eq!(commit, earliest, "{context}");
        }
        assert_eq!(row.reachable, introducing.iter().any(|id| known(id).reachable), "{context}");
        assert_eq!(row.at_head, git.holds("HEAD", row), "{context}");
        let refs: BTreeSet<&str> = names.lines().filter(|name| git.holds(name, row)).collect();
        assert_eq!(row.refs.iter().map(String::as_str).collect::<BTreeSet<_>>(), refs, "{context}");
        let gone = refs.is_empty() && !row.at_head;
        let holders: Vec<&str> = kept.lines().filter(|commit| gone && git.holds(commit, row)).collect();
        assert_eq!(row.last_commit.is_some(), !holders.is_empty(), "{context}");
        if let Some(last) = &row.last_commit {
            assert!(holders.contains(&last.as_str()), "{context}\n{last} does not hold it");
            let later = holders.iter().find(|holder| git.is_ancestor(last, holder));
            assert_eq!(later, None, "{context}\nlater than {last}");
        }
        gone_rows += usize::from(row.last_commit.is_some());
        repo.check(row);
        of_merges += usize::from(repo.git(&["show", "--no-patch", "--format=%P", commit]).contains(' '));
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
    assert!(rows >= 100 && of_merges >= 10 && gone >= 5, "{rows} rows, {of_merges} of merges, {gone} gone");
}

#[test]
fn the_commit_is_the_earliest_that_git_names() {
    all(1..=8, false);
}

#[test]
fn wrong_clocks_do_not_put_a_child_before_its_parent() {
    all(101..=106, true);
}
