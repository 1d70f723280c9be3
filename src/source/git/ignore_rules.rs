//! The ignore rules of a working tree (gitignore(5)): the files `.gitignore` on the way to a folder, and `info/exclude` of the
//! git directory.
//!
//! Files that people configure outside the repository (`core.excludesFile`) are not read: the configuration of a clone can name
//! any file, and rules only spare the reading of dependency folders. Letters of either case differ, as git's default is.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::parse_memo::ParseMemo;
use super::wildmatch::{Places, Wildcard};
use crate::no_follow_open::{Links, OpenError, read_at_most};

/// The most bytes of a file of rules. Real ones stay far below; a larger one is not obeyed.
const LARGEST: u64 = 1 << 20;

/// The most bytes of a pattern: git's paths are no longer. A longer one is not obeyed.
const LONGEST: usize = 4096;

/// The steps of matching that all working trees of a target share. Each takes about 10 nanoseconds; real repositories need
/// some million. Then no rule is obeyed any more.
pub const STEPS_OF_TARGET: u64 = 1 << 28;

/// The steps that each working tree has of its own.
const STEPS_OF_TREE: u64 = 1 << 17;

/// The further steps of a working tree for each byte of the paths of its index.
const STEPS_OF_BYTE: u64 = 32;

/// The steps of its own of a working tree whose index has so many bytes of paths.
pub fn own_steps(paths: u64) -> u64 {
    paths
        .saturating_mul(STEPS_OF_BYTE)
        .saturating_add(STEPS_OF_TREE)
}

thread_local! {
    static PARSED: RefCell<ParseMemo<RuleFile>> = const { RefCell::new(ParseMemo::new()) };
}

/// The rules of a working tree. Folders are asked about in the order of a walk, each after the folders that contain it.
#[derive(Debug)]
pub struct IgnoreRules {
    root: PathBuf,
    exclude: Arc<RuleFile>,
    /// The folders on the way to the last one, the root first.
    folders: Vec<Folder>,
    places: Places,
    most_steps: u64,
    /// Files of rules that are not obeyed, because they are too large to be matched in bounded time.
    refused: Vec<String>,
}

#[derive(Debug)]
struct Folder {
    /// Relative to the root, with a slash at its end unless it is the root.
    path: String,
    ignored: bool,
    rules: Arc<RuleFile>,
}

/// The rules of one file, in order.
#[derive(Debug, Default)]
struct RuleFile(Vec<Rule>);

#[derive(Debug, PartialEq, Eq)]
struct Rule {
    /// `!`: a path that this rule matches is not ignored.
    negated: bool,
    pattern: Pattern,
}

#[derive(Debug, PartialEq, Eq)]
enum Pattern {
    /// For the name of a file in any folder.
    Name(Wildcard),
    /// For the path below the folder of the rules: it begins with these bytes, and the rest matches.
    Path(Box<[u8]>, Wildcard),
}

impl IgnoreRules {
    /// The rules of the working tree at `root`, which may take so many steps. `git_directory` is the common git directory.
    pub fn new(root: &Path, git_directory: &Path, most_steps: u64) -> Self {
        let mut rules = Self {
            root: root.to_owned(),
            exclude: Arc::default(),
            folders: Vec::new(),
            places: Places::default(),
            most_steps,
            refused: Vec::new(),
        };
        rules.exclude = rules.read(
            &git_directory.join("info/exclude"),
            ".git/info/exclude".into(),
        );
        rules
    }

    /// Whether git ignores the folder at this path (relative to the root, `/` between components), or a folder that contains it.
    pub fn ignores_folder(&mut self, path: &str) -> bool {
        let around = &path[..path.rfind('/').map_or(0, |slash| slash + 1)];
        while let Some(inner) = self.folders.last()
            && !around.starts_with(&inner.path)
        {
            self.folders.pop();
        }
        if self.folders.is_empty() {
            self.enter("");
        }
        let known = self.folders.last().map_or(0, |inner| inner.path.len());
        for (slash, _) in around
            .match_indices('/')
            .filter(|&(slash, _)| slash >= known)
        {
            self.enter(&around[..=slash]);
        }
        self.decide(path)
    }

    /// The steps that matching took so far.
    pub fn steps(&self) -> u64 {
        self.places.steps
    }

    /// The files of rules that were not obeyed, in the order in which they were met.
    pub fn take_refused(&mut self) -> Vec<String> {
        std::mem::take(&mut self.refused)
    }

    /// Makes the folder at `path` (with a slash at its end, or empty for the root) the innermost one.
    fn enter(&mut self, path: &str) {
        let ignored = !path.is_empty() && self.decide(path.trim_end_matches('/'));
        let name = format!("{path}.gitignore");
        let rules = self.read(&self.root.join(&name), name);
        self.folders.push(Folder {
            path: path.to_owned(),
            ignored,
            rules,
        });
    }

    /// Whether the folder at `path` is ignored. The folders around it have been entered.
    fn decide(&mut self, path: &str) -> bool {
        // A rule cannot take back what one of an outer folder ignores.
        if self.folders.last().is_some_and(|inner| inner.ignored) {
            return true;
        }
        for folder in self.folders.iter().rev() {
            if let Some(ignored) = folder.rules.decide(
                &path[folder.path.len()..],
                &mut self.places,
                self.most_steps,
            ) {
                return self.within_steps() && ignored;
            }
        }
        let ignored = self
            .exclude
            .decide(path, &mut self.places, self.most_steps)
            .unwrap_or(false);
        self.within_steps() && ignored
    }

    /// False when all steps of the repository are used up. That is recorded once.
    fn within_steps(&mut self) -> bool {
        if self.places.steps > self.most_steps {
            let first = self.most_steps > 0;
            self.refused
                .extend(first.then(|| ".gitignore: all rules from here on".to_owned()));
            self.most_steps = 0;
            self.exclude = Arc::default();
            self.folders
                .iter_mut()
                .for_each(|folder| folder.rules = Arc::default());
        }
        self.most_steps > 0
    }

    fn read(&mut self, path: &Path, shown: String) -> Arc<RuleFile> {
        if self.most_steps == 0 {
            return Arc::default();
        }
        // A link is not followed, neither by git.
        match read_at_most(path, Links::Refused, LARGEST) {
            Ok(text) => PARSED.with_borrow_mut(|memo| memo.parsed(text, RuleFile::parse)),
            Err(OpenError::TooLarge(_)) => {
                self.refused.push(shown);
                Arc::default()
            }
            // The file itself is listed, and reported if it cannot be read.
            Err(_) => Arc::default(),
        }
    }
}

impl RuleFile {
    fn parse(text: &[u8]) -> Self {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let lines = text
            .split(|&byte| byte == b'\n')
            .filter(|line| !line.is_empty() && line[0] != b'#');
        Self(lines.filter_map(Rule::parse).collect())
    }

    /// Whether the folder at this path, relative to the folder of the file, is ignored; `None` if no rule matches it. The last
    /// rule that matches decides. After `most` steps, the result means nothing.
    fn decide(&self, path: &str, places: &mut Places, most: u64) -> Option<bool> {
        let (path, name) = (
            path.as_bytes(),
            path.rsplit('/').next().unwrap_or(path).as_bytes(),
        );
        let matching = self.0.iter().rev().find(|rule| {
            places.steps += 1;
            if places.steps > most {
                return true;
            }
            match &rule.pattern {
                Pattern::Name(wildcard) => wildcard.matches(name, places),
                Pattern::Path(prefix, wildcard) => path
                    .strip_prefix(&**prefix)
                    .is_some_and(|rest| wildcard.matches(rest, places)),
            }
        });
        matching.map(|rule| !rule.negated)
    }
}

impl Rule {
    /// Parses a line; `None` if it matches nothing.
    fn parse(line: &[u8]) -> Option<Self> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        // Git's lines end with a NUL byte in memory.
        let line = &line[..memchr::memchr(0, line).unwrap_or(line.len())];
        let line = without_trailing_spaces(line);
        if line.len() > LONGEST {
            return None;
        }
        let (negated, line) = match line.strip_prefix(b"!") {
            Some(rest) => (true, rest),
            None => (false, line),
        };
        // Only folders are asked about, so a rule for folders only is like any other.
        let line = line.strip_suffix(b"/").unwrap_or(line);
        let pattern = if line.contains(&b'/') {
            let line = line.strip_prefix(b"/").unwrap_or(line);
            // What precedes the first wildcard is compared as it is; git sees the rest as a pattern of its own.
            let literal = line
                .iter()
                .position(|byte| b"*?[\\".contains(byte))
                .unwrap_or(line.len());
            Pattern::Path(
                line[..literal].into(),
                Wildcard::new(&line[literal..], true),
            )
        } else {
            Pattern::Name(Wildcard::new(line, false))
        };
        let possible = !line.is_empty();
        possible.then_some(Self { negated, pattern })
    }
}

/// Cuts off spaces at the end that no backslash precedes.
fn without_trailing_spaces(line: &[u8]) -> &[u8] {
    let (mut spaces, mut at) = (None, 0);
    while let Some(&byte) = line.get(at) {
        match byte {
            b' ' => {
                spaces.get_or_insert(at);
            }
            b'\\' => {
                at += 1;
                if at == line.len() {
                    return line;
                }
                spaces = None;
            }
            _ => spaces = None,
        }
        at += 1;
    }
    &line[..spaces.unwrap_or(line.len())]
}

#[cfg(test)]
mod tests;
