//! Random histories, the same on every machine.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::support::test_env::{EPOCH, token};

/// xorshift64*: the same histories on every machine.
pub struct Random(u64);

impl Random {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

type Tree = BTreeMap<String, String>;

/// A history as a stream for `git fast-import`: branches, merges with and without content of their own, renames, copies,
/// reverts, edits beside a value, values that go and come back.
pub struct Made {
    pub random: Random,
    /// Tree of each commit, by mark.
    trees: Vec<Tree>,
    pub branches: Vec<(String, usize)>,
    pub stream: String,
    pub secrets: u32,
    skewed: bool,
}

const PATHS: [&str; 5] = [
    "a.py",
    "src/b.py",
    "src/deep/er/c.py",
    "conf/d.yml",
    "conf/e.yml",
];

impl Made {
    pub fn new(seed: u64, skewed: bool) -> Self {
        let random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut made = Self {
            random,
            trees: Vec::new(),
            branches: Vec::new(),
            stream: String::new(),
            secrets: 0,
            skewed,
        };
        made.commit(
            "main",
            &[],
            Tree::from([("README.md".to_owned(), "start\n".to_owned())]),
        );
        let steps = 18 + made.random.below(14);
        for _ in 0..steps {
            made.step();
        }
        made
    }

    fn commit(&mut self, branch: &str, parents: &[usize], tree: Tree) {
        let mark = self.trees.len() + 1;
        // A minute for each; with wrong clocks any minute of the same hour, and often the same one.
        let minute = if self.skewed {
            self.random.below(8)
        } else {
            mark
        };
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
            writeln!(
                out,
                "M 100644 inline {path}\ndata {}\n{content}",
                content.len()
            )
            .unwrap();
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

    pub fn step(&mut self) {
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
                let Some(from) = self.any_path(&tree) else {
                    return;
                };
                let content = if self.random.chance(50) {
                    tree[&from].clone()
                } else {
                    tree.remove(&from).unwrap()
                };
                let more = if self.random.chance(40) {
                    "# moved\n"
                } else {
                    ""
                };
                tree.insert(path, format!("{more}{content}"));
                self.commit(&branch, &[tip], tree);
            }
            6 => {
                // Back to the content of an earlier commit.
                let old = self.random.below(self.trees.len());
                let tree = self.trees[old].clone();
                self.commit(&branch, &[tip], tree);
            }
            7 => {
                // Away, wholly or with its file.
                let Some(from) = self.any_path(&tree) else {
                    return;
                };
                if self.random.chance(50) {
                    tree.remove(&from);
                } else {
                    tree.insert(from, "pass\n".to_owned());
                }
                self.commit(&branch, &[tip], tree);
            }
            8 => {
                // Beside the value.
                let Some(from) = self.any_path(&tree) else {
                    return;
                };
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
