//! The kinds of text in the files that people write. Each is checked where it is read, so its mistake has its place.

use std::str::FromStr;

use globset::{GlobBuilder, GlobMatcher};
use regex::Regex;

use crate::secrets_manager::SecretName;
use crate::text_type::text_type;

fn matcher(text: &str, glob: &str) -> Result<GlobMatcher, String> {
    let built = GlobBuilder::new(glob)
        .case_insensitive(true)
        .literal_separator(true)
        .backslash_escape(true)
        .empty_alternates(true)
        .build();
    built
        .map(|glob| glob.compile_matcher())
        .map_err(|error| format!("`{text}` is no glob: {}", error.kind()))
}

/// A glob over a whole text, without regard to case: `*` and `?` stay within a component, `**` does not.
#[derive(Clone, Debug)]
pub struct Glob {
    text: String,
    matcher: GlobMatcher,
}

impl Glob {
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn is_match(&self, text: &str) -> bool {
        self.matcher.is_match(text)
    }
}

impl FromStr for Glob {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("a glob is empty".to_owned());
        }
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

/// A glob over the name of a repository, or over its last components: `orders-*` matches `github.com/acme/orders-api`.
#[derive(Clone, Debug)]
pub struct RepositoryGlob {
    text: String,
    matcher: GlobMatcher,
}

impl RepositoryGlob {
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn is_match(&self, repository: &str) -> bool {
        self.matcher.is_match(repository) || self.matcher.is_match(original(repository))
    }
}

impl FromStr for RepositoryGlob {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("a glob is empty".to_owned());
        }
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

/// The name of the repository that this is a further clone of: a run that scans several clones of `acme/orders` calls them
/// `acme/orders`, `acme/orders~2`, ….
pub(super) fn original(repository: &str) -> &str {
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

/// How precise a glob is: one without wildcards is more so than any with them, then the number of literal characters.
pub(crate) fn precision(glob: &str) -> (bool, usize) {
    let wild = glob.chars().filter(|c| "*?[]{}".contains(*c)).count();
    (wild == 0, glob.chars().count() - wild)
}

/// A regular expression: of the whole text if `WHOLE`, of any part of it otherwise.
#[derive(Clone, Debug)]
pub struct Pattern<const WHOLE: bool> {
    text: String,
    regex: Regex,
}

impl<const WHOLE: bool> Pattern<WHOLE> {
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

impl<const WHOLE: bool> FromStr for Pattern<WHOLE> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // Compiled as written first, so that the message shows what the person wrote.
        let regex = Regex::new(text)
            .map_err(|error| format!("`{text}` is no regular expression: {}", reason(&error)))?;
        let regex = match WHOLE {
            true => Regex::new(&format!(r"\A(?:{text})\z"))
                .map_err(|_| format!("`{text}` cannot match a whole text"))?,
            false => regex,
        };
        Ok(Self {
            text: text.to_owned(),
            regex,
        })
    }
}

/// The last line of the crate's picture: the reason without the drawing.
fn reason(error: &regex::Error) -> String {
    let shown = error.to_string();
    let last = shown.lines().last().unwrap_or_default().trim();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

text_type!(
    Pattern<true>,
    "WholePattern",
    "A regular expression of the whole text."
);
text_type!(
    Pattern<false>,
    "Pattern",
    "A regular expression of a part of the text."
);

/// Text with placeholders: `/{appid}/{appfunc}/{appenv}/{name}`.
#[derive(Clone, Debug)]
pub struct Template {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Text(String),
    /// What stands between the braces.
    Placeholder(String),
}

impl Template {
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    pub fn placeholders(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Placeholder(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }
}

impl FromStr for Template {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find(['{', '}']).unwrap_or(rest.len());
            let (literal, after) = rest.split_at(end);
            if let Some(bad) = literal.chars().find(|&c| !SecretName::allows(c)) {
                return Err(format!(
                    "{bad:?} cannot be in a secret's name: only letters, digits and / _ + = . @ - can"
                ));
            }
            if !literal.is_empty() {
                parts.push(Part::Text(literal.to_owned()));
            }
            rest = match after.strip_prefix('{') {
                None if after.is_empty() => break,
                None => return Err("a `}` without its `{`".to_owned()),
                Some(inner) => {
                    let (name, rest) = inner.split_once('}').ok_or("a `{` without its `}`")?;
                    parts.push(Part::Placeholder(name.to_owned()));
                    rest
                }
            };
        }
        Ok(Self {
            text: text.to_owned(),
            parts,
        })
    }
}

text_type!(
    Template,
    "Template",
    "Text with placeholders in braces: `/{appid}/{name}`."
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        let glob: Glob = "**/{prod,live}/*.yml".parse().unwrap();
        assert!(glob.is_match("prod/a.yml") && glob.is_match("x/y/LIVE/a.yml"));
        assert!(!glob.is_match("prod/x/a.yml") && !glob.is_match("product/a.yml"));
        assert_eq!(
            "a/{b".parse::<Glob>().unwrap_err(),
            "`a/{b` is no glob: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)"
        );
        let repository: RepositoryGlob = "acme/*".parse().unwrap();
        assert!(repository.is_match("acme/x") && repository.is_match("github.com/acme/x"));
        assert!(!repository.is_match("notacme/x") && !repository.is_match("acme/x/y"));
        let one: RepositoryGlob = "acme/orders".parse().unwrap();
        assert!(one.is_match("acme/orders~2") && !one.is_match("acme/orders~x"));
        assert!(
            "acme/orders~2"
                .parse::<RepositoryGlob>()
                .unwrap()
                .is_match("acme/orders~2")
        );
        for name in ["git.sr.ht/~7", "a/b~", "~2", "a~2/b"] {
            assert_eq!(original(name), name);
        }
        assert!(
            precision("orders") > precision("orders-*") && precision("orders-*") > precision("*")
        );
    }

    #[test]
    fn patterns() {
        let whole: Pattern<true> = "a|bc".parse().unwrap();
        assert!(whole.is_match("bc") && !whole.is_match("ab") && !whole.is_match("a\n"));
        assert!("b".parse::<Pattern<false>>().unwrap().is_match("abc"));
        let error = "(".parse::<Pattern<true>>().unwrap_err();
        assert_eq!(error, "`(` is no regular expression: unclosed group");
    }

    #[test]
    fn templates() {
        let template: Template = "/{appid}/x-{name}".parse().unwrap();
        let text = |text: &str| Part::Text(text.to_owned());
        let placeholder = |name: &str| Part::Placeholder(name.to_owned());
        assert_eq!(
            template.parts(),
            [
                text("/"),
                placeholder("appid"),
                text("/x-"),
                placeholder("name")
            ]
        );
        for bad in ["{a", "a}", "a b", "{a}{"] {
            assert!(bad.parse::<Template>().is_err(), "{bad}");
        }
    }
}
