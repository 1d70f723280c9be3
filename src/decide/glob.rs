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

/// A glob over a whole text, without regard to case: `*` and `?` stay within a component, `**` does
/// not.
#[derive(Clone, Debug)]
pub struct Glob {
    text: String,
    matcher: GlobMatcher,
}

impl Glob {
    /// The glob as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the glob matches the whole of `text`.
    pub fn is_match(&self, text: &str) -> bool {
        self.matcher.is_match(text)
    }
}

impl FromStr for Glob {
    type Err = GlobError;

    fn from_str(text: &str) -> Result<Self, GlobError> {
        Ok(Self {
            text: text.to_owned(),
            matcher: matcher(text, text)?,
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
        match repository.nested_parts() {
            Some(mut parts) => {
                matches!(&*self.text, "*" | "**") || parts.any(|part| self.whole.is_match(part))
            }
            None => {
                self.matcher.is_match(repository.full) || self.matcher.is_match(repository.plain)
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

    #[test]
    fn a_glob_without_wildcards_is_the_most_precise() {
        assert!(precision("orders") > precision("orders-*"));
        assert!(precision("orders-*") > precision("*"));
    }
}
