//! Globs over paths and over the names of repositories, as the policy and the registry write them.

use std::str::FromStr;

use globset::{GlobBuilder, GlobMatcher};

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
/// `github.com/acme/orders-api`.
#[derive(Clone, Debug)]
pub struct RepositoryGlob {
    text: String,
    matcher: GlobMatcher,
}

impl RepositoryGlob {
    /// The glob as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the glob matches a repository's name, or the name without the number of a further
    /// clone.
    pub fn is_match(&self, repository: &str) -> bool {
        self.matcher.is_match(repository) || self.matcher.is_match(original_name(repository))
    }
}

impl FromStr for RepositoryGlob {
    type Err = GlobError;

    fn from_str(text: &str) -> Result<Self, GlobError> {
        Ok(Self {
            text: text.to_owned(),
            matcher: matcher(text, &format!("**/{text}"))?,
        })
    }
}

text_type!(
    RepositoryGlob,
    "RepositoryGlob",
    "A glob over a repository's name or its last components, without regard to case."
);

/// The name of a repository without the number of a further clone.
///
/// A run that scans several clones of `acme/orders` names them `acme/orders`, `acme/orders~2`, ….
pub(super) fn original_name(repository: &str) -> &str {
    match repository.rsplit_once('~') {
        Some((name, number))
            if !number.is_empty()
                && number.bytes().all(|c| c.is_ascii_digit())
                && !name.is_empty()
                && !name.ends_with('/') =>
        {
            name
        }
        _ => repository,
    }
}

/// How precise a glob is: a glob without wildcards is more precise than any with them, then the
/// number of literal characters counts.
pub(super) fn precision(glob: &str) -> (bool, usize) {
    let wild = glob.chars().filter(|c| "*?[]{}".contains(*c)).count();
    (wild == 0, glob.chars().count() - wild)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let repository: RepositoryGlob = "acme/*".parse().unwrap();
        assert!(repository.is_match("acme/x") && repository.is_match("github.com/acme/x"));
        assert!(!repository.is_match("notacme/x") && !repository.is_match("acme/x/y"));
        let one: RepositoryGlob = "acme/orders".parse().unwrap();
        assert!(one.is_match("acme/orders~2") && !one.is_match("acme/orders~x"));
        let numbered: RepositoryGlob = "acme/orders~2".parse().unwrap();
        assert!(numbered.is_match("acme/orders~2"));
        for name in ["git.sr.ht/~7", "a/b~", "~2", "a~2/b"] {
            assert_eq!(original_name(name), name);
        }
    }

    #[test]
    fn a_glob_without_wildcards_is_the_most_precise() {
        assert!(precision("orders") > precision("orders-*"));
        assert!(precision("orders-*") > precision("*"));
    }
}
