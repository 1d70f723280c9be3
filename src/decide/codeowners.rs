//! CODEOWNERS files of GitHub and GitLab: who owns a path.
//!
//! The last line that matches a path wins. GitLab's sections are each a list of their own, and
//! their owners add up. A matching line without owners means that nobody owns the path (GitHub), or
//! the section's default owners do (GitLab).

use std::collections::BTreeMap;

use globset::{GlobBuilder, GlobMatcher};

/// GitHub ignores a larger file altogether; so does this, since the text comes from a scanned
/// repository.
const MOST_BYTES: usize = 3 * 1024 * 1024;

/// A CODEOWNERS file.
#[derive(Clone, Debug, Default)]
pub struct Codeowners {
    lines: Vec<Line>,
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
    /// A word in the place of an owner. Holds the word.
    #[error("`{0}` is neither @name nor an e-mail address")]
    NoOwner(String),
    /// The pattern cannot be used.
    #[error("`{pattern}` is no pattern: {kind}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// The mistake.
        kind: globset::ErrorKind,
    },
}

#[derive(Clone, Debug)]
struct Line {
    section: usize,
    globs: Vec<GlobMatcher>,
    owners: Vec<String>,
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
        let mut sections: Vec<String> = vec![String::new()];
        let (mut section, mut defaults): (usize, Vec<String>) = (0, Vec::new());
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some((name, owners)) = section_header(line) {
                section = sections
                    .iter()
                    .position(|known| *known == name)
                    .unwrap_or_else(|| {
                        sections.push(name);
                        sections.len() - 1
                    });
                defaults = owners;
                continue;
            }
            match out.parse_line(line, section, &defaults) {
                Ok(line) => out.lines.push(line),
                Err(why) => {
                    out.skipped.insert(number, why);
                }
            }
        }
        out
    }

    fn parse_line(
        &self,
        line: &str,
        section: usize,
        defaults: &[String],
    ) -> Result<Line, LineError> {
        let mut words = split(line).into_iter();
        let pattern = words.next().unwrap_or_default();
        let (pattern, excludes) = match pattern.strip_prefix('!') {
            Some(pattern) => (pattern, true),
            None => (pattern.as_str(), false),
        };
        let mut owners: Vec<String> = words.collect();
        if let Some(bad) = owners.iter().find(|owner| !is_owner(owner)) {
            return Err(LineError::NoOwner(bad.clone()));
        }
        if owners.is_empty() && !excludes {
            owners = defaults.to_vec();
        }
        Ok(Line {
            section,
            globs: globs(pattern)?,
            owners,
            excludes,
        })
    }

    /// The owners of a path, separated by spaces. The path is relative to the root of the
    /// repository. `None`: nobody owns it.
    pub fn owner(&self, path: &str) -> Option<String> {
        let mut by_section: BTreeMap<usize, &Line> = BTreeMap::new();
        for line in &self.lines {
            if line.globs.iter().any(|glob| glob.is_match(path))
                && by_section
                    .get(&line.section)
                    .is_none_or(|earlier| !earlier.excludes)
            {
                by_section.insert(line.section, line);
            }
        }
        let mut owners: Vec<&str> = Vec::new();
        for owner in by_section.values().flat_map(|line| &line.owners) {
            if !owners.contains(&owner.as_str()) {
                owners.push(owner);
            }
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

/// The globs of a pattern, which is like one of gitignore, with `docs/*` for the files of that
/// folder only.
fn globs(pattern: &str) -> Result<Vec<GlobMatcher>, LineError> {
    let folder = pattern.ends_with('/');
    let inner = pattern.trim_start_matches('/').trim_end_matches('/');
    // Brackets and braces have no meaning here, but have one to the crate.
    let literal: String = inner
        .chars()
        .map(|c| match c {
            '[' | '{' | ']' | '}' => format!("[{c}]"),
            c => c.to_string(),
        })
        .collect();
    let anchored = pattern.starts_with('/') || inner.contains('/');
    let base = if anchored {
        literal
    } else {
        format!("**/{literal}")
    };
    let files_only = anchored && (inner.ends_with("/*") || inner == "*");
    let mut wanted = Vec::new();
    if inner.is_empty() {
        wanted.push("**".to_owned());
    } else {
        if !folder {
            wanted.push(base.clone());
        }
        if !files_only && !base.ends_with("/**") {
            wanted.push(format!("{base}/**"));
        }
    }
    let build = |glob: &String| {
        GlobBuilder::new(glob)
            .literal_separator(true)
            .backslash_escape(true)
            .build()
    };
    let built: Result<Vec<_>, _> = wanted.iter().map(build).collect();
    built
        .map(|globs| globs.iter().map(globset::Glob::compile_matcher).collect())
        .map_err(|error| LineError::Pattern {
            pattern: pattern.to_owned(),
            kind: error.kind().clone(),
        })
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
