//! The configuration of a repository: its own files, and those that they include. It decides how
//! the repository is read (git-config(1), "extensions.*") and says where it came from; it runs
//! nothing. The files of the user and of the machine are not read, so that a scan gives the same
//! result for everybody.

use std::cell::RefCell;
use std::collections::HashSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::boundary::{Destination, OutsideReference, ReferenceKind};
use super::config_file::{self, ConfigFile, Variable};
use super::file_guard::{self, UnsafeFile};
use super::git_place::{self, GitPlace};
use super::parse_memo::ParseMemo;

/// The most bytes of a file. Those of people have a few kilobytes, and 100 for each thousand branches.
const LARGEST: u64 = 8 << 20;
/// The depth to which included files are followed, as in git.
const DEEPEST_INCLUDE: usize = 10;
/// The most files that are included or looked for: one that includes itself twice would be read 1000
/// times at that depth, and a configuration of a megabyte can name a hundred thousand.
const MOST_INCLUDES: usize = 200;

/// A configuration file, or a reference in one, that is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigProblem {
    /// The file is not safe to read.
    #[error(transparent)]
    UnsafeFile(#[from] UnsafeFile),
    /// A line does not follow the syntax. Its text is not shown, since it may hold a password.
    #[error("{} is malformed in line {line}", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// The number of the line, from 1.
        line: usize,
    },
    /// The configuration includes more files than are followed.
    #[error("{} is one of too many files that the configuration includes", .0.display())]
    TooManyIncludes(PathBuf),
}

impl ConfigProblem {
    /// The file.
    pub fn path(&self) -> &Path {
        match self {
            Self::UnsafeFile(why) => why.path(),
            Self::Malformed { file, .. } | Self::TooManyIncludes(file) => file,
        }
    }

    /// The problem without the file, for a place that names it.
    pub fn reason(&self) -> String {
        match self {
            Self::UnsafeFile(why) => why.reason(),
            Self::Malformed { line, .. } => format!("is malformed in line {line}"),
            Self::TooManyIncludes(_) => {
                "is one of too many files that the configuration includes".to_owned()
            }
        }
    }
}

thread_local! {
    static PARSED: RefCell<ParseMemo<ConfigFile>> = const { RefCell::new(ParseMemo::new()) };
}

/// The variables of a repository.
#[derive(Debug, Default)]
pub(super) struct Configuration {
    /// Ranges of variables of files, in order: an included file is read in the place of the variable that includes it.
    runs: Vec<(Arc<ConfigFile>, Range<usize>)>,
    /// Files that are not read.
    pub(super) problems: Vec<ConfigProblem>,
}

/// A reference in a configuration: the kind, the section and name of the variable, and the place
/// that a relative path begins at.
const NAMED_PLACES: [(&str, &str, &str); 4] = [
    ("core.worktree", "core", "worktree"),
    ("core.excludesFile", "core", "excludesfile"),
    ("core.attributesFile", "core", "attributesfile"),
    ("core.hooksPath", "core", "hookspath"),
];

impl Configuration {
    /// Reads the configuration of a repository.
    pub(super) fn read(place: &GitPlace) -> Self {
        let mut reading = Reading {
            place,
            references: 0,
            found: Self::default(),
        };
        reading.file(&place.common.join("config"), 0);
        let own = |variable: &&Variable| {
            &*variable.section == "extensions" && variable.name == "worktreeconfig"
        };
        let separate = reading.found.variables().rfind(own);
        if separate.is_some_and(|variable| is_true(variable.value.as_deref())) {
            reading.file(&place.own.join("config.worktree"), 0);
        }
        reading.named_places();
        reading.found
    }

    /// The last value of a variable. One without a value is `true`.
    pub(super) fn get(&self, section: &str, subsection: Option<&str>, name: &str) -> Option<&[u8]> {
        let wanted = subsection.map(str::as_bytes);
        self.variables()
            .rfind(|variable| {
                &*variable.section == section
                    && variable.subsection.as_deref() == wanted
                    && variable.name == name
            })
            .map(|variable| variable.value.as_deref().unwrap_or(b"true"))
    }

    /// All variables, in order.
    fn variables(&self) -> impl DoubleEndedIterator<Item = &Variable> {
        self.runs
            .iter()
            .flat_map(|(file, run)| &file.variables[run.clone()])
    }

    /// All variables of a section, with and without a subsection.
    pub(super) fn section<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Variable> {
        self.variables()
            .filter(move |variable| &*variable.section == name)
    }
}

/// Parses a file, and keeps the variables that are used: of those with one name, the last one before a variable that
/// includes a file. A large file is parsed once, but its variables are looked through for each working tree.
fn parse_used(text: &[u8]) -> ConfigFile {
    let mut file = config_file::parse(text);
    let mut seen = HashSet::new();
    let is_kept = file.variables.iter().rev().map(|variable| {
        let section = &*variable.section;
        let name = variable.name.as_str();
        match section {
            "include" | "includeif" => {
                seen.clear();
                true
            }
            _ => {
                // A subsection can be as long as the file; its variables share one text.
                let subsection = variable.subsection.as_ref().map(|text| text.as_ptr());
                is_used(section, name) && seen.insert((section, subsection, name))
            }
        }
    });
    let is_kept: Vec<bool> = is_kept.collect();
    let mut is_kept = is_kept.into_iter().rev();
    file.variables.retain(|_| is_kept.next().unwrap_or(true));
    file
}

/// Whether a variable is ever asked for.
fn is_used(section: &str, name: &str) -> bool {
    let is_named = |(_, of, named): &(&str, &str, &str)| *of == section && *named == name;
    matches!(section, "extensions" | "remote")
        || (section, name) == ("core", "repositoryformatversion")
        || NAMED_PLACES.iter().any(is_named)
}

fn is_true(value: Option<&[u8]>) -> bool {
    value.is_none_or(|value| {
        matches!(
            value.to_ascii_lowercase().as_slice(),
            b"true" | b"yes" | b"on" | b"1"
        )
    })
}

struct Reading<'a> {
    place: &'a GitPlace,
    /// The number of references to files so far.
    references: usize,
    found: Configuration,
}

impl Reading<'_> {
    fn file(&mut self, path: &Path, depth: usize) {
        let text = match file_guard::read(&self.place.boundary, path, LARGEST) {
            Ok(text) => text.unwrap_or_default(),
            Err(why) => return self.found.problems.push(why.into()),
        };
        let parsed = PARSED.with_borrow_mut(|memo| memo.parsed(text, parse_used));
        if let Some(line) = parsed.malformed {
            self.found.problems.push(ConfigProblem::Malformed {
                file: path.to_owned(),
                line,
            });
        }
        let mut from = 0;
        for (at, variable) in parsed.variables.iter().enumerate() {
            let condition = match (&*variable.section, variable.name.as_str()) {
                ("include", "path") if variable.subsection.is_none() => None,
                ("includeif", "path") => variable.subsection.as_deref(),
                _ => continue,
            };
            self.found.runs.push((Arc::clone(&parsed), from..at));
            from = at + 1;
            let kind = match condition {
                None => ReferenceKind::Variable("include.path"),
                Some(_) => ReferenceKind::Variable("includeIf.path"),
            };
            let base = path.parent().unwrap_or(path);
            let Some(named) = variable
                .value
                .as_deref()
                .and_then(|value| named_path(base, value))
            else {
                continue;
            };
            self.references += 1;
            if self.references > MOST_INCLUDES {
                if self.references == MOST_INCLUDES + 1 {
                    let problem = ConfigProblem::TooManyIncludes(named);
                    self.found.problems.push(problem);
                }
                break;
            }
            let included = self.inside(path, kind, &named);
            // A conditional file holds what one person wants in some places. The variables that are
            // used here are not of that kind.
            if condition.is_none()
                && depth < DEEPEST_INCLUDE
                && let Some(included) = included
            {
                self.file(&included, depth + 1);
            }
        }
        let rest = from..parsed.variables.len();
        self.found.runs.push((parsed, rest));
    }

    /// The canonical path that a variable names, if it may be read.
    fn inside(&mut self, file: &Path, kind: ReferenceKind, named: &Path) -> Option<PathBuf> {
        let destination = match named.is_absolute() {
            true => self.place.boundary.destination(named),
            false if self.place.boundary.encloses(named) => Destination::Missing,
            false => Destination::Outside(named.to_owned()),
        };
        match destination {
            Destination::Inside(real) => Some(real),
            Destination::Outside(to) => {
                let outside = OutsideReference {
                    file: file.to_owned(),
                    kind,
                    to,
                };
                let problem = UnsafeFile::Outside(outside).into();
                if !self.found.problems.contains(&problem) {
                    self.found.problems.push(problem);
                }
                None
            }
            Destination::Unclear(error) => {
                let path = named.to_owned();
                let problem = UnsafeFile::Unreadable { path, kind: error };
                self.found.problems.push(problem.into());
                None
            }
            Destination::Missing => None,
        }
    }

    /// Reports the places outside that git would use. None of them is read.
    fn named_places(&mut self) {
        let config = self.place.common.join("config");
        for (shown, section, name) in NAMED_PLACES {
            let Some(value) = self.found.get(section, None, name) else {
                continue;
            };
            let base = match name {
                "worktree" => &self.place.own,
                _ => &self.place.location,
            };
            let Some(named) = named_path(base, value) else {
                continue;
            };
            let mutual = name == "worktree" && git_place::is_worktree_of(&named, &self.place.own);
            if !mutual {
                self.inside(&config, ReferenceKind::Variable(shown), &named);
            }
        }
    }
}

/// The path that a value names. `~` stays: the home of whoever runs this program is no business of a
/// repository, so such a path is outside and never read.
fn named_path(base: &Path, value: &[u8]) -> Option<PathBuf> {
    // git-config(1), "pathname": git leaves out a file that does not exist.
    let value = value.strip_prefix(b":(optional)").unwrap_or(value);
    match value.first()? {
        b'~' => Some(git_place::path_of(value)),
        _ => Some(base.join(git_place::path_of(value))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equal_names_the_last_one_is_kept() {
        let repeated = "[core]\nworktree = a\nbare = false\n[a]\nx = y\n".repeat(1000);
        let text = format!(
            "{repeated}[include]\npath = b\n[core]\nworktree = c\n[remote \"o\"]\nurl = d\n[remote \"p\"]\nurl = e\n"
        );
        let file = parse_used(text.as_bytes());
        let shown: Vec<String> = file
            .variables
            .iter()
            .map(|variable| {
                let value = variable.value.as_deref().unwrap_or_default();
                let value = String::from_utf8_lossy(value);
                format!("{}.{}={value}", variable.section, variable.name)
            })
            .collect();
        assert_eq!(
            shown,
            [
                "core.worktree=a",
                "include.path=b",
                "core.worktree=c",
                "remote.url=d",
                "remote.url=e"
            ]
        );
    }
}
