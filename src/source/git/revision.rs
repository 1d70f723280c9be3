//! Revisions (gitrevisions(7)): a ref or an id, and the steps from there to an ancestor: `main`,
//! `v1.2`, `HEAD~10`, `3f2a1bc^2`.

use super::commits::{CommitIndex, Commits};
use super::pack::ObjectId;
use super::repository::Repo;

/// Why a revision names no commit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RevisionError {
    /// There is no such ref, and no commit with such an id.
    #[error("there is no such ref or commit")]
    Unknown,
    /// Several commits have ids that begin like this.
    #[error("several commits have an id that begins like this")]
    Ambiguous,
    /// The commit has no such ancestor.
    #[error("the commit has no such ancestor")]
    NoAncestor,
    /// There is no such ref or commit, and the clone is shallow.
    #[error(
        "the shallow clone has no such ref or commit (git fetch --unshallow, or fetch the revision with a larger --depth)"
    )]
    NotInClone,
    /// The repository does not have the parents of a commit on the way.
    #[error(
        "it leads beyond the oldest commits of this clone (git fetch --unshallow, or a larger --depth)"
    )]
    BeyondClone,
    /// The object is no commit, or is missing.
    #[error("it is no commit of the repository")]
    NoCommit,
    /// A form that is not known here.
    #[error("only refs, ids, and steps like ~2 and ^1 are understood")]
    Unsupported,
}

/// A step to an ancestor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// `^N`: the parent with this number, from 1; 0 is the commit itself.
    Parent(usize),
    /// `~N`: so many times the first parent.
    Back(usize),
}

/// The fewest digits of a shortened id, as in git.
const LEAST_DIGITS: usize = 4;

/// Checks that the repository may have a revision, without reading objects: its ref exists, or it
/// begins with an id.
///
/// # Errors
/// There is no such ref, or the form is not known.
pub fn check(repo: &Repo, revision: &str) -> Result<(), RevisionError> {
    let (base, _) = parts(revision)?;
    match repo.ref_target(base) {
        Some(_) => Ok(()),
        None if id_digits(base).is_some() => Ok(()),
        None if repo.shallow_list().is_empty() => Err(RevisionError::Unknown),
        None => Err(RevisionError::NotInClone),
    }
}

/// The commit that a revision names.
///
/// # Errors
/// There is no such commit, or the form is not known.
pub fn resolve(
    repo: &Repo,
    commits: &Commits,
    revision: &str,
) -> Result<CommitIndex, RevisionError> {
    let (base, steps) = parts(revision)?;
    let mut at = match repo.ref_target(base) {
        Some(id) => peel(commits, id)?,
        None => {
            let digits = id_digits(base).ok_or(RevisionError::Unknown);
            let found = digits.and_then(|digits| by_id(commits, digits));
            found.map_err(|why| match why {
                RevisionError::Unknown if !commits.edge.is_empty() => RevisionError::NotInClone,
                why => why,
            })?
        }
    };
    for step in steps {
        let parent = |at, number: usize| {
            // Without one of the parents, the numbers of the others are not known.
            if !commits.has_all_parents(at) {
                return Err(RevisionError::BeyondClone);
            }
            let parents = commits.parents(at);
            parents
                .get(number - 1)
                .copied()
                .ok_or(RevisionError::NoAncestor)
        };
        match step {
            Step::Parent(0) => {}
            Step::Parent(number) => at = parent(at, number)?,
            Step::Back(count) => {
                for _ in 0..count {
                    at = parent(at, 1)?;
                }
            }
        }
    }
    Ok(at)
}

/// The ref or id, and the steps.
fn parts(revision: &str) -> Result<(&str, Vec<Step>), RevisionError> {
    let end = revision.find(['~', '^']).unwrap_or(revision.len());
    let (base, mut rest) = revision.split_at(end);
    if base.contains("@{") || base.contains(':') {
        return Err(RevisionError::Unsupported);
    }
    let base = if matches!(base, "@" | "") {
        "HEAD"
    } else {
        base
    };
    let mut steps = Vec::new();
    while let Some(sign) = rest.chars().next() {
        rest = &rest[1..];
        // `^{commit}` and `^{}` name the commit of a tag, which is taken anyway.
        let braces = ["{commit}", "{}"]
            .iter()
            .find_map(|braces| rest.strip_prefix(braces));
        if let Some(after) = braces.filter(|_| sign == '^') {
            rest = after;
            continue;
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at(digits);
        let number = match number {
            "" => 1,
            number => number.parse().map_err(|_| RevisionError::Unsupported)?,
        };
        rest = after;
        steps.push(match sign {
            '^' => Step::Parent(number),
            '~' => Step::Back(number),
            _ => return Err(RevisionError::Unsupported),
        });
    }
    Ok((base, steps))
}

/// The digits of a full or shortened id, also at the end of what `git describe` writes
/// (`v1.2-3-g3f2a1bc`).
fn id_digits(text: &str) -> Option<&str> {
    let text = text.rsplit_once("-g").map_or(text, |(_, digits)| digits);
    let is_id = text.len() >= LEAST_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then_some(text)
}

/// The commit of an object: itself, or the target of a tag.
fn peel(commits: &Commits, mut id: ObjectId) -> Result<CommitIndex, RevisionError> {
    // A chain of tags is no longer than the list of tags.
    for _ in 0..=commits.tags.len() {
        if let Some(at) = commits.find(id) {
            return Ok(at);
        }
        let tag = commits.tags.binary_search_by(|tag| tag.id.cmp(&id));
        id = commits.tags[tag.map_err(|_| RevisionError::NoCommit)?].target;
    }
    Err(RevisionError::NoCommit)
}

/// The commit, or the commit of the tag, with an id that begins with these digits.
fn by_id(commits: &Commits, digits: &str) -> Result<CommitIndex, RevisionError> {
    let digits = digits.to_ascii_lowercase();
    let first = u8::from_str_radix(&digits[..2], 16).map_err(|_| RevisionError::Unknown)?;
    // Most ids differ in the first byte.
    let begins = |id: ObjectId| id.as_bytes()[0] == first && id.to_string().starts_with(&digits);
    let mut found = commits
        .list
        .iter()
        .map(|commit| commit.id)
        .chain(commits.tags.iter().map(|tag| tag.id))
        .filter(|&id| begins(id));
    match (found.next(), found.next()) {
        (Some(id), None) => peel(commits, id),
        (Some(_), Some(_)) => Err(RevisionError::Ambiguous),
        (None, _) => Err(RevisionError::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_have_a_base_and_steps() {
        use Step::{Back, Parent};
        for (revision, expected) in [
            ("main", Ok(("main", vec![]))),
            ("@", Ok(("HEAD", vec![]))),
            ("HEAD~10", Ok(("HEAD", vec![Back(10)]))),
            (
                "v1.2^2~^",
                Ok(("v1.2", vec![Parent(2), Back(1), Parent(1)])),
            ),
            ("v1^{commit}~2", Ok(("v1", vec![Back(2)]))),
            ("v1^{}", Ok(("v1", vec![]))),
            ("main@{1}", Err(RevisionError::Unsupported)),
            (":/fix", Err(RevisionError::Unsupported)),
            ("a~b", Err(RevisionError::Unsupported)),
            ("a^{tree}", Err(RevisionError::Unsupported)),
            ("a~99999999999999999999", Err(RevisionError::Unsupported)),
        ] {
            assert_eq!(parts(revision), expected, "{revision}");
        }
        assert_eq!(id_digits("3f2a"), Some("3f2a"));
        assert_eq!(id_digits("v1.2-3-g3F2a1bc"), Some("3F2a1bc"));
        assert_eq!(id_digits("3f2"), None);
        assert_eq!(id_digits("main"), None);
    }
}
