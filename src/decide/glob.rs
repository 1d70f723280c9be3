//! Globs over paths and over the names of repositories, as the policy and the registry write them.

use std::str::FromStr;

use globset::{GlobBuilder, GlobMatcher};

use super::repository_facts::RepositoryName;
use crate::text_type::text_type;

/// The text is no glob.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GlobError {
    /// The text is empty.
    #[error("a glob is empty")]
    Empty,
    /// The syntax is wrong.
    #[error("`{text}` is no glob: {kind}")]
    Syntax {
        /// The text that was given.
        text: String,
        /// The mistake.
        kind: globset::ErrorKind,
    },
}

fn matcher(text: &str, glob: &str) -> Result<GlobMatcher, GlobError> {
    if text.is_empty() {
        return Err(GlobError::Empty);
    }
    let built = GlobBuilder::new(glob)
        .case_insensitive(true)
        .literal_separator(true)
        .backslash_escape(true)
        .empty_alternates(true)
        .build();
    match built {
        Ok(glob) => Ok(glob.compile_matcher()),
        Err(error) => Err(GlobError::Syntax {
            text: text.to_owned(),
            kind: error.kind().clone(),
        }),
    }
}

/// A part of a glob that every text contains that the glob matches, without regard to the case of ASCII letters: its
/// longest run of literal characters. Most texts are refused by it without the expression of the glob.
#[derive(Clone, Debug)]
struct Literal(String);

impl Literal {
    fn of(glob: &str) -> Self {
        let mut longest = "";
        let mut depth = 0_usize;
        let (mut start, mut escaped) = (0, false);
        let special = |c: char| matches!(c, '*' | '?' | '[' | ']' | '{' | '}' | '\\');
        for (at, c) in glob.char_indices().chain([(glob.len(), '*')]) {
            if !escaped && !special(c) {
                continue;
            }
            // Beside `**`, a `/` may match nothing.
            let run = glob.get(start..at).unwrap_or_default().trim_matches('/');
            if depth == 0 && run.len() > longest.len() {
                longest = run;
            }
            start = at + c.len_utf8();
            (escaped, depth) = match c {
                _ if escaped => (false, depth),
                '\\' => (true, depth),
                '[' | '{' => (false, depth + 1),
                ']' | '}' => (false, depth.saturating_sub(1)),
                _ => (false, depth),
            };
        }
        Self(longest.to_owned())
    }

    /// False if a text cannot match the glob. Letters that are not ASCII can equal ASCII letters in another case.
    fn may_be_in(&self, text: &str) -> bool {
        let (literal, text) = (self.0.as_bytes(), text.as_bytes());
        let Some(first) = literal.first() else {
            return true;
        };
        if !literal.is_ascii() || !text.is_ascii() {
            return true;
        }
        let Some(last) = text.len().checked_sub(literal.len()) else {
            return false;
        };
        let (lower, upper) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
        memchr::memchr2_iter(lower, upper, &text[..=last])
            .any(|at| text[at..at + literal.len()].eq_ignore_ascii_case(literal))
    }
}

/// A glob over a whole text, without regard to case: `*` and `?` stay within a component, `**` does
/// not.
#[derive(Clone, Debug)]
pub struct Glob {
    text: String,
    literal: Literal,
    matcher: GlobMatcher,
}

impl Glob {
    /// The glob that matches a text and nothing else.
    pub fn escaped(text: &str) -> String {
        globset::escape(text)
    }

    /// The glob as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the glob matches the whole of `text`.
    pub fn is_match(&self, text: &str) -> bool {
        self.literal.may_be_in(text) && self.matcher.is_match(text)
    }
}

impl FromStr for Glob {
    type Err = GlobError;

    fn from_str(text: &str) -> Result<Self, GlobError> {
        Ok(Self {
            text: text.to_owned(),
            matcher: matcher(text, text)?,
            literal: Literal::of(text),
        })
    }
}

text_type!(
    Glob,
    "Glob",
    "A glob over the whole text, without regard to case; `**` crosses `/`, `*` does not."
);

/// A glob over the name of a repository, or over its last components: `orders-*` matches
/// `github.com/acme/orders-api`. Of the name of a nested repository, a part of the target's name must be among these
/// components: the path below the target is chosen by its author. `*` matches every name.
#[derive(Clone, Debug)]
pub struct RepositoryGlob {
    text: String,
    literal: Literal,
    /// Matches the last components of a name.
    matcher: GlobMatcher,
    /// Matches whole names.
    whole: GlobMatcher,
}

impl RepositoryGlob {
    /// The glob as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the glob matches the name of a repository.
    pub fn is_match(&self, repository: &RepositoryName) -> bool {
        // The plain name is the beginning of the full one.
        if !self.literal.may_be_in(repository.full) {
            return false;
        }
        match repository.nested_parts() {
            Some(mut parts) => {
                matches!(&*self.text, "*" | "**") || parts.any(|part| self.whole.is_match(part))
            }
            None => {
                let (full, plain) = (repository.full, repository.plain);
                self.matcher.is_match(full)
                    || plain.len() < full.len() && self.matcher.is_match(plain)
            }
        }
    }
}

impl FromStr for RepositoryGlob {
    type Err = GlobError;

    fn from_str(text: &str) -> Result<Self, GlobError> {
        Ok(Self {
            text: text.to_owned(),
            matcher: matcher(text, &format!("**/{text}"))?,
            whole: matcher(text, text.trim_start_matches("**/"))?,
            literal: Literal::of(text),
        })
    }
}

text_type!(
    RepositoryGlob,
    "RepositoryGlob",
    "A glob over a repository's name or its last components, without regard to case."
);

/// How precise a glob is: a glob without wildcards is more precise than any with them, then the
/// number of literal characters counts.
pub(super) fn precision(glob: &str) -> (bool, usize) {
    let wild = glob.chars().filter(|c| "*?[]{}".contains(*c)).count();
    (wild == 0, glob.chars().count() - wild)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::repository_facts::{Repositories, RepositoryFacts};

    #[test]
    fn a_glob_matches_a_whole_text_without_regard_to_case() {
        let glob: Glob = "**/{prod,live}/*.yml".parse().unwrap();
        assert!(glob.is_match("prod/a.yml") && glob.is_match("x/y/LIVE/a.yml"));
        assert!(!glob.is_match("prod/x/a.yml") && !glob.is_match("product/a.yml"));
        assert_eq!(
            "a/{b".parse::<Glob>().unwrap_err().to_string(),
            "`a/{b` is no glob: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)"
        );
        assert_eq!("".parse::<Glob>(), Err(GlobError::Empty));
    }

    #[test]
    fn a_repository_glob_matches_the_last_components_of_a_name() {
        let is_match = |glob: &str, name: &str| {
            let glob: RepositoryGlob = glob.parse().unwrap();
            glob.is_match(&Repositories::default().name(name))
        };
        assert!(is_match("acme/*", "acme/x") && is_match("acme/*", "github.com/acme/x"));
        assert!(!is_match("acme/*", "notacme/x") && !is_match("acme/*", "acme/x/y"));
        assert!(is_match("acme/orders", "acme/orders~2"));
        assert!(!is_match("acme/orders", "acme/orders~x"));
        assert!(is_match("acme/orders~2", "acme/orders~2"));
    }

    #[test]
    fn a_repository_matches_by_no_name_that_it_chose() {
        let facts = |within: Option<&str>, is_stranger| RepositoryFacts {
            within: within.map(str::to_owned),
            is_stranger,
            ..RepositoryFacts::default()
        };
        let known = Repositories(
            [
                ("h/acme/orders~2", facts(None, true)),
                ("h/acme/orders~3", facts(None, false)),
                ("h/acme/web/acme/orders", facts(Some("h/acme/web"), false)),
                ("h/acme/web/lib~2", facts(Some("h/acme/web"), false)),
            ]
            .map(|(name, facts)| (name.to_owned(), facts))
            .into(),
        );
        for (glob, matched) in [
            ("acme/orders", &["h/acme/orders~3"][..]),
            ("orders", &["h/acme/orders~3"]),
            ("acme/orders~*", &["h/acme/orders~2", "h/acme/orders~3"]),
            ("web/acme/orders", &["h/acme/web/acme/orders"]),
            (
                "**/acme/web/**",
                &["h/acme/web/acme/orders", "h/acme/web/lib~2"],
            ),
            ("web/lib", &[]),
            ("acme/web", &[]),
        ] {
            let parsed: RepositoryGlob = glob.parse().unwrap();
            let all = known.0.keys().map(String::as_str);
            let found: Vec<&str> = all
                .filter(|name| parsed.is_match(&known.name(name)))
                .collect();
            assert_eq!(found, matched, "{glob}");
        }
        let every: RepositoryGlob = "*".parse().unwrap();
        assert!(known.0.keys().all(|name| every.is_match(&known.name(name))));
    }

    proptest::proptest! {
        #[test]
        fn the_literal_of_a_glob_refuses_no_match(
            glob in r"([ab/k]|\*\*?|\?|\[ab\]|\[!a\]|\{ab,b\}|\\\\[*a]|\*\*/|/\*\*/|\{a/\{b,k\},\}){1,6}",
            text in "[abABkK/*\u{212a}]{0,8}",
        ) {
            if let Ok(parsed) = glob.parse::<Glob>() {
                let matches = matcher(&glob, &glob).unwrap().is_match(&text);
                proptest::prop_assert_eq!(parsed.is_match(&text), matches, "{}", parsed.literal.0);
            }
            if let Ok(parsed) = glob.parse::<RepositoryGlob>() {
                let matches = matcher(&glob, &format!("**/{glob}")).unwrap().is_match(&text);
                let name = Repositories::default();
                proptest::prop_assert_eq!(parsed.is_match(&name.name(&text)), matches, "{}", parsed.literal.0);
            }
        }
    }

    #[test]
    fn the_literal_of_a_glob_is_its_longest_run() {
        for (glob, literal) in [
            ("acme/orders-*", "acme/orders-"),
            ("**/{prod,live}/*.yml", ".yml"),
            ("**/x/**", "x"),
            (r"a\*bcd", "bcd"),
            ("{a,b}", ""),
        ] {
            assert_eq!(Literal::of(glob).0, literal, "{glob}");
        }
    }

    #[test]
    fn a_glob_without_wildcards_is_the_most_precise() {
        assert!(precision("orders") > precision("orders-*"));
        assert!(precision("orders-*") > precision("*"));
    }
}
