//! CODEOWNERS files of GitHub and GitLab: who owns a path.
//!
//! The last line that matches a path wins. GitLab's sections are each a list of their own, and
//! their owners add up. A matching line without owners means that nobody owns the path (GitHub), or
//! the section's default owners do (GitLab).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::owner_pattern::{DanglingEscape, OwnerPattern};

/// GitHub ignores a larger file altogether; so does this, since the text comes from a scanned
/// repository.
const MOST_BYTES: usize = 3 * 1024 * 1024;

/// A file with more lines that name owners is skipped: each is compared with each path. The largest
/// public files have some thousands.
const MOST_LINES: usize = 20_000;

/// The owners of a path are cut off after so many characters: the value of a tag has no more.
const MOST_CHARACTERS: usize = 256;

/// A CODEOWNERS file.
#[derive(Clone, Debug, Default)]
pub struct Codeowners {
    lines: Vec<Line>,
    /// The indexes of the lines, in order, by the names that every path begins with that they match. A path is compared
    /// with the lines under its own beginnings alone.
    by_start: HashMap<String, Vec<usize>>,
    /// The number of sections.
    sections: usize,
    /// Whether a line takes paths out of its section.
    has_exclusion: bool,
    /// The lines that were not understood, by number from 1, and the reason. GitHub and GitLab skip
    /// such lines too.
    pub skipped: BTreeMap<usize, LineError>,
}

/// Why a line, or the whole file, is skipped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// The file is too large. It is skipped whole.
    #[error("the file is larger than {MOST_BYTES} bytes")]
    FileTooLarge,
    /// The file has too many lines. It is skipped whole: the last line that matches counts.
    #[error("the file has more than {MOST_LINES} lines")]
    TooManyLines,
    /// A word in the place of an owner. Holds the word.
    #[error("`{0}` is neither @name nor an e-mail address")]
    NoOwner(String),
    /// The pattern cannot be used.
    #[error("`{pattern}` is no pattern: {error}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// The mistake.
        error: DanglingEscape,
    },
}

#[derive(Clone, Debug)]
struct Line {
    section: usize,
    pattern: OwnerPattern,
    owners: Arc<[String]>,
    /// GitLab's `!pattern`: the section has no owner for it, whatever follows.
    excludes: bool,
}

impl Codeowners {
    /// Reads the text of a CODEOWNERS file. A line that is not understood is skipped.
    pub fn parse(text: &str) -> Codeowners {
        let mut out = Codeowners::default();
        if text.len() > MOST_BYTES {
            out.skipped.insert(1, LineError::FileTooLarge);
            return out;
        }
        let mut sections: HashMap<String, usize> = HashMap::from([(String::new(), 0)]);
        let (mut section, mut defaults): (usize, Arc<[String]>) = (0, Arc::default());
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some((name, owners)) = section_header(line) {
                let next = sections.len();
                section = *sections.entry(name).or_insert(next);
                defaults = owners.into();
                continue;
            }
            match out.parse_line(line, section, &defaults) {
                Ok(_) if out.lines.len() == MOST_LINES => {
                    return Codeowners {
                        skipped: BTreeMap::from([(number, LineError::TooManyLines)]),
                        ..Codeowners::default()
                    };
                }
                Ok(line) => out.add(line),
                Err(why) => {
                    out.skipped.insert(number, why);
                }
            }
        }
        out.sections = sections.len();
        out
    }

    fn add(&mut self, line: Line) {
        let start = line.pattern.literal_start();
        self.has_exclusion |= line.excludes;
        self.by_start
            .entry(start)
            .or_default()
            .push(self.lines.len());
        self.lines.push(line);
    }

    fn parse_line(
        &self,
        line: &str,
        section: usize,
        defaults: &Arc<[String]>,
    ) -> Result<Line, LineError> {
        let mut words = split(line).into_iter();
        let pattern = words.next().unwrap_or_default();
        let (pattern, excludes) = match pattern.strip_prefix('!') {
            Some(pattern) => (pattern, true),
            None => (pattern.as_str(), false),
        };
        let owners: Vec<String> = words.collect();
        if let Some(bad) = owners.iter().find(|owner| !is_owner(owner)) {
            return Err(LineError::NoOwner(bad.clone()));
        }
        let owners = match owners.is_empty() && !excludes {
            true => Arc::clone(defaults),
            false => owners.into(),
        };
        let parsed = OwnerPattern::parse(pattern).map_err(|error| LineError::Pattern {
            pattern: pattern.to_owned(),
            error,
        })?;
        Ok(Line {
            section,
            pattern: parsed,
            owners,
            excludes,
        })
    }

    /// The reason for which the whole file is skipped, if it is.
    pub fn refusal(&self) -> Option<&LineError> {
        let whole =
            |error: &&LineError| matches!(error, LineError::FileTooLarge | LineError::TooManyLines);
        self.skipped.values().find(whole)
    }

    /// The indexes of the lines that may match a path, in order.
    fn lines_for(&self, path: &str) -> Vec<usize> {
        let ends = path.match_indices('/').map(|(at, _)| at);
        let starts = std::iter::once(0).chain(ends).chain([path.len()]);
        let mut lines: Vec<usize> = starts
            .filter_map(|end| self.by_start.get(&path[..end]))
            .flatten()
            .copied()
            .collect();
        lines.sort_unstable();
        lines.dedup();
        lines
    }

    /// The owners of a path, separated by spaces, up to the length of a tag's value. The path is relative to the root of the
    /// repository. `None`: nobody owns it.
    pub fn owner(&self, path: &str) -> Option<String> {
        let parts: Vec<&str> = path.split('/').collect();
        let mut by_section: BTreeMap<usize, &Line> = BTreeMap::new();
        // From the last line on: it counts, unless one before it takes the path out of the section.
        for line in self.lines_for(path).into_iter().rev() {
            let line = &self.lines[line];
            if !line.excludes && by_section.contains_key(&line.section) {
                continue;
            }
            if line.pattern.is_match(&parts) {
                by_section.insert(line.section, line);
                if by_section.len() == self.sections && !self.has_exclusion {
                    break;
                }
            }
        }
        let mut owners: Vec<&str> = Vec::new();
        let mut left = MOST_CHARACTERS;
        for owner in by_section.values().flat_map(|line| line.owners.iter()) {
            if owners.contains(&owner.as_str()) {
                continue;
            }
            let characters = owner.chars().count() + usize::from(!owners.is_empty());
            match left.checked_sub(characters) {
                Some(rest) => left = rest,
                None => break,
            }
            owners.push(owner);
        }
        (!owners.is_empty()).then(|| owners.join(" "))
    }
}

/// `[Name] @owner`, `^[Optional]`, `[Name][2]`. A pattern with a character class is no section:
/// neither service has classes.
fn section_header(line: &str) -> Option<(String, Vec<String>)> {
    let line = line.strip_prefix('^').unwrap_or(line);
    let (name, mut rest) = line.strip_prefix('[')?.split_once(']')?;
    if let Some((approvals, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        approvals.parse::<u32>().ok()?;
        rest = after;
    }
    let owners = split(rest);
    owners
        .iter()
        .all(|owner| is_owner(owner))
        .then(|| (name.trim().to_lowercase(), owners))
}

fn is_owner(word: &str) -> bool {
    let at = word.find('@');
    word.len() > 1
        && at.is_some_and(|at| at + 1 < word.len())
        && !word.chars().any(char::is_control)
}

/// Words of a line up to a comment. `\ ` and `\#` are a literal space and `#`; any other backslash
/// is left to the pattern.
fn split(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let word = words.last_mut().expect("there is always a word");
        match c {
            '\\' if matches!(chars.peek(), Some(' ' | '#')) => word.extend(chars.next()),
            '#' if word.is_empty() => break,
            c if c.is_whitespace() => words.push(String::new()),
            c => word.push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owners(text: &str, paths: &[&str]) -> String {
        let owners = Codeowners::parse(text);
        let shown: Vec<String> = paths
            .iter()
            .map(|path| {
                format!(
                    "{path}: {}",
                    owners.owner(path).unwrap_or_else(|| "-".into())
                )
            })
            .collect();
        shown.join("\n")
    }

    #[test]
    fn github() {
        let text = "# all\n\
                    *       @acme/all\n\
                    *.js    @js # scripts\n\
                    /build/logs/ @logs\n\
                    docs/*  docs@example.com\n\
                    apps/   @apps @more\n\
                    /apps/github\n\
                    **/logs @anylogs\n\
                    with\\ space @space\n\
                    a[b]{c} @odd\n";
        let paths = [
            "x",
            "a/b.js",
            "build/logs/x",
            "docs/a.md",
            "docs/a/b.md",
            "x/apps/y/z",
            "apps/github",
            "apps/github/a",
            "deep/logs",
            "with space",
            "a[b]{c}",
        ];
        insta::assert_snapshot!(owners(text, &paths), @r"
        x: @acme/all
        a/b.js: @js
        build/logs/x: @anylogs
        docs/a.md: docs@example.com
        docs/a/b.md: @acme/all
        x/apps/y/z: @apps @more
        apps/github: -
        apps/github/a: -
        deep/logs: @anylogs
        with space: @space
        a[b]{c}: @odd
        ");
    }

    #[test]
    fn gitlab() {
        let text = "* @all\n\
                    [Database][2] @dba\n\
                    db/\n\
                    model/ @models\n\
                    ^[Docs]\n\
                    *.md @docs\n\
                    [database]\n\
                    !db/public/\n\
                    db/public/x @late\n";
        insta::assert_snapshot!(owners(text, &["a", "db/a.md", "model/a", "db/public/x"]), @r"
        a: @all
        db/a.md: @all @dba @docs
        model/a: @all @models
        db/public/x: @all
        ");
    }

    #[test]
    fn what_is_not_understood_is_told() {
        let owners = Codeowners::parse("* nobody\nx @a\n\\");
        assert_eq!(owners.skipped[&1], LineError::NoOwner("nobody".to_owned()));
        assert_eq!(owners.skipped.len(), 2);
        assert_eq!(owners.owner("x").as_deref(), Some("@a"));
        assert_eq!(
            Codeowners::parse(&"x".repeat(MOST_BYTES + 1)).skipped.len(),
            1
        );
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_strange(text in "([a/*?!^#@ \\\\\\[\\]{}é\n]{0,40})", path in "[a/é]{0,6}") {
            let owners = Codeowners::parse(&text);
            owners.owner(&path);
        }
    }
}
