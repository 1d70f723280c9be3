//! The patterns of CODEOWNERS files, matched without regular expressions: the text comes from a
//! scanned repository, and a compiled expression for each of its lines would cost gigabytes.

/// A pattern, which is like one of gitignore, with `docs/*` for the files of that folder only.
#[derive(Clone, Debug)]
pub(super) struct OwnerPattern {
    /// The components, from the root of the repository.
    parts: Vec<Part>,
    /// It matches the path that it names.
    itself: bool,
    /// It matches everything below the path that it names.
    below: bool,
}

#[derive(Clone, Debug)]
enum Part {
    /// `**`: any number of components.
    Any,
    /// One component.
    Name(Vec<Token>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    /// `*`: any characters.
    Star,
    /// `?`: one character.
    One,
    /// This character.
    Is(char),
}

impl Token {
    fn literal(&self) -> Option<char> {
        match self {
            Token::Is(c) => Some(*c),
            Token::Star | Token::One => None,
        }
    }
}

/// A backslash at the end of a pattern, where it escapes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it ends in a backslash")]
pub struct DanglingEscape;

impl OwnerPattern {
    /// Parses a pattern.
    pub(super) fn parse(pattern: &str) -> Result<Self, DanglingEscape> {
        let folder = pattern.ends_with('/');
        let inner = pattern.trim_start_matches('/').trim_end_matches('/');
        let anchored = pattern.starts_with('/') || inner.contains('/');
        let mut parts = match anchored {
            true => Vec::new(),
            false => vec![Part::Any],
        };
        for text in inner.split('/').filter(|text| !text.is_empty()) {
            parts.push(match text {
                "**" => Part::Any,
                text => Part::Name(tokens(text)?),
            });
        }
        if inner.is_empty() {
            parts = vec![Part::Any];
        }
        let files_only = anchored && (inner.ends_with("/*") || inner == "*");
        Ok(Self {
            itself: !folder || inner.is_empty(),
            below: !files_only,
            parts,
        })
    }

    /// The names that every path begins with that the pattern matches, separated by `/`.
    pub(super) fn literal_start(&self) -> String {
        let name = |part: &Part| match part {
            Part::Any => None,
            Part::Name(tokens) => tokens.iter().map(|token| token.literal()).collect(),
        };
        let names: Vec<String> = self.parts.iter().map_while(name).collect();
        names.join("/")
    }

    /// Whether the pattern matches a path of a file, given by its components.
    pub(super) fn is_match(&self, path: &[&str]) -> bool {
        // `a/**` matches the paths below `a`, and not `a`.
        let open_end = matches!(self.parts.as_slice(), [_, .., Part::Any]);
        (self.itself && !open_end && matches(&self.parts, path, 0))
            || (open_end && matches(&self.parts, path, if self.itself { 1 } else { 2 }))
            || (self.below && !open_end && matches_above(&self.parts, path))
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, DanglingEscape> {
    let mut tokens = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        tokens.push(match c {
            // Two stars are one.
            '*' if tokens.last() == Some(&Token::Star) => continue,
            '*' => Token::Star,
            '?' => Token::One,
            '\\' => Token::Is(chars.next().ok_or(DanglingEscape)?),
            c => Token::Is(c),
        });
    }
    Ok(tokens)
}

/// Whether the parts match the whole path. A last `**` matches `least` components or more.
fn matches(parts: &[Part], path: &[&str], least: usize) -> bool {
    let (mut part, mut at) = (0, 0);
    // The last `**`, and the component up to which it reaches: the only one to try again.
    let mut again: Option<(usize, usize)> = None;
    loop {
        match parts.get(part) {
            Some(Part::Any) if part + 1 == parts.len() => return path.len() >= at + least,
            Some(Part::Any) => {
                again = Some((part, at));
                part += 1;
                continue;
            }
            Some(Part::Name(tokens)) if at < path.len() && name_matches(tokens, path[at]) => {
                part += 1;
                at += 1;
                continue;
            }
            None if at == path.len() => return true,
            _ => {}
        }
        match again {
            Some((any, reach)) if reach < path.len() => {
                again = Some((any, reach + 1));
                part = any + 1;
                at = reach + 1;
            }
            _ => return false,
        }
    }
}

/// Whether the parts match a folder that leads to the path.
fn matches_above(parts: &[Part], path: &[&str]) -> bool {
    (1..path.len()).any(|end| matches(parts, &path[..end], 0))
}

/// Whether tokens match a whole name.
fn name_matches(tokens: &[Token], name: &str) -> bool {
    let (mut token, mut rest) = (0, name);
    let mut again: Option<(usize, &str)> = None;
    loop {
        let mut chars = rest.chars();
        match (tokens.get(token), chars.next()) {
            (Some(Token::Star), _) => {
                again = Some((token + 1, rest));
                token += 1;
                continue;
            }
            (Some(Token::One), Some(_)) => {
                token += 1;
                rest = chars.as_str();
                continue;
            }
            (Some(Token::Is(wanted)), Some(c)) if *wanted == c => {
                token += 1;
                rest = chars.as_str();
                continue;
            }
            (None, None) => return true,
            _ => {}
        }
        let Some((after, from)) = again else {
            return false;
        };
        let mut chars = from.chars();
        if chars.next().is_none() {
            return false;
        }
        again = Some((after, chars.as_str()));
        token = after;
        rest = chars.as_str();
    }
}

#[cfg(test)]
mod tests {
    use globset::GlobBuilder;
    use proptest::prelude::*;

    use super::*;

    /// The same pattern as expressions of another implementation.
    fn globs(pattern: &str) -> Option<Vec<globset::GlobMatcher>> {
        let folder = pattern.ends_with('/');
        let inner = pattern.trim_start_matches('/').trim_end_matches('/');
        let anchored = pattern.starts_with('/') || inner.contains('/');
        let base = match anchored {
            true => inner.to_owned(),
            false => format!("**/{inner}"),
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
            let mut builder = GlobBuilder::new(glob);
            let glob = builder.literal_separator(true).backslash_escape(true);
            glob.build().ok().map(|glob| glob.compile_matcher())
        };
        wanted.iter().map(build).collect()
    }

    fn is_match(pattern: &str, path: &str) -> Option<bool> {
        let parts: Vec<&str> = path.split('/').collect();
        Some(OwnerPattern::parse(pattern).ok()?.is_match(&parts))
    }

    #[test]
    fn patterns_mean_what_git_hosts_say() {
        for (pattern, yes, no) in [
            ("*", "a b/c", ""),
            ("*.js", "a.js x/a.js", "a.jsx js"),
            ("/docs/", "docs/a docs/b/c", "docs x/docs/a"),
            ("docs/", "docs/a x/docs/a", "docs"),
            ("docs/*", "docs/a", "docs/b/c x/docs/a"),
            ("/*", "a", "a/b"),
            ("apps", "apps x/apps apps/a", "app"),
            ("/a/**/c", "a/c a/b/c a/b/b/c a/c/d", "x/a/c a/b"),
            ("a/**", "a/b a/b/c", "a x/a/b"),
            ("/", "a a/b", ""),
            ("a\\*", "a* x/a*", "ab"),
        ] {
            for path in yes.split(' ') {
                assert_eq!(is_match(pattern, path), Some(true), "{pattern} {path}");
            }
            for path in no.split(' ').filter(|path| !path.is_empty()) {
                assert_eq!(is_match(pattern, path), Some(false), "{pattern} {path}");
            }
        }
        assert_eq!(is_match("a\\", "a"), None);
    }

    /// Neither the time nor the memory is that of a backtracking matcher.
    #[test]
    fn a_hostile_pattern_costs_little() {
        let pattern = format!("{}b", "*a".repeat(200));
        assert_eq!(is_match(&pattern, &"a".repeat(4000)), Some(false));
        let pattern = format!("{}b", "**/a/".repeat(200));
        assert_eq!(is_match(&pattern, &"a/".repeat(2000)), Some(false));
    }

    proptest! {
        #[test]
        fn matches_equal_those_of_an_expression(
            pattern in "/?((a|b|ab|\\*|a\\*|\\*b|\\?|\\*\\*|a\\?b)/){0,3}(a|b|\\*|a\\*|\\*\\*|\\*\\.b)/?",
            path in "((a|b|ab|aab|a\\.b)/){0,4}(a|b|ab|a\\.b)",
        ) {
            // Of repeated `**`, of one alone and of one for folders, the two differ in edge cases that no document
            // defines.
            prop_assume!(!pattern.contains("**/**") && !pattern.ends_with("**/"));
            prop_assume!(pattern.trim_matches('/') != "**");
            let expected = globs(&pattern).unwrap().iter().any(|glob| glob.is_match(&path));
            prop_assert_eq!(is_match(&pattern, &path), Some(expected), "{} {}", pattern, path);
        }
    }
}
