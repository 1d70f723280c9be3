//! Searches the files of git directories, see [`crate::source::git::git_directory`].

use std::collections::HashSet;

use super::blob::Blob;
use super::blob_search;
use super::file_search::{read_file, release};
use super::kept_matches::KeptMatches;
use super::located_match::{FileMatches, LocatedMatches};
use crate::coverage::{Coverage, Limit};
use crate::detect::file_kind::file_syntax;
use crate::finding::Origin;
use crate::finding::Syntax;
use crate::parallel;
use crate::scan::scan_context::ScanContext;
use crate::scan::unit_listing::GitDirectory;
use crate::source::git::git_directory;
use crate::source::git::pack::ObjectFormat;
use crate::source::target::Unit;
use crate::source::worktree::File;

/// Reads and searches the files of a unit's git directory. Returns those with matches, in order of path.
pub(crate) fn search(
    scan: &ScanContext,
    unit: &Unit,
    git: &GitDirectory,
    coverage: &mut Coverage,
) -> Vec<FileMatches> {
    let files = &git.contents.files;
    scan.progress
        .stage("reading git's files", files.len() as u64);
    let kept = KeptMatches::new(scan.match_memory());
    let init = || (Coverage::default(), Vec::new());
    let workers = parallel::for_each(
        files,
        scan.options.workers,
        scan.progress,
        init,
        |(coverage, buffer), file| {
            let path = format!("{}{}", git.shown, file.path);
            let shown = format!("{}{path}", unit.prefix);
            let Some(_memory) = read_file(scan, file, &shown, buffer, coverage) else {
                return;
            };
            coverage.git_files += 1;
            let matches = search_file(scan, file, buffer, coverage, shown);
            if let Some(matches) = matches {
                let size = matches.size();
                kept.insert(path, matches, size);
            }
            release(buffer);
        },
    );
    for (worker_coverage, _) in workers {
        coverage.absorb(worker_coverage);
    }
    let (kept, is_cut) = kept.into_kept();
    if is_cut {
        let what = format!("{}: matches of git's files", unit.name);
        coverage.cut(Limit::Memory, what);
    }
    let of_file = |(path, matches)| FileMatches {
        path,
        object: None,
        matches,
    };
    kept.map(of_file).collect()
}

fn search_file(
    scan: &ScanContext,
    file: &File,
    bytes: &mut [u8],
    coverage: &mut Coverage,
    shown: String,
) -> Option<LocatedMatches> {
    let is_log = git_directory::is_log(&file.path);
    let origin = if is_log {
        blank_ids(bytes);
        Origin::Reflog
    } else {
        Origin::GitDirectory
    };
    // The sample hooks that git installs contain assignments of their own. They contain a secret
    // only if somebody has added one.
    let blob = match file.path.ends_with(".sample") {
        true => Blob::tokens_only(bytes, origin),
        false => Blob::new(bytes, syntax(&file.path), origin),
    };
    let matches = blob_search::search(scan, &blob, coverage, || shown)?.locate_reported()?;
    Some(if is_log { newest(&matches) } else { matches })
}

/// The syntax of a file of a git directory. Most hooks without a file extension are shell scripts.
pub(crate) fn syntax(path: &str) -> Syntax {
    let name = path.rsplit('/').next().unwrap_or(path);
    match file_syntax(path.as_bytes()) {
        Syntax::Unknown | Syntax::Settings if name.starts_with("config") => Syntax::Ini,
        Syntax::Unknown if path.starts_with("hooks/") => Syntax::Shell,
        Syntax::Unknown if git_directory::is_log(path) || name.ends_with("MSG") => Syntax::Prose,
        syntax => syntax,
    }
}

/// Replaces the two object ids at the beginning of each line of a reflog with spaces, because they
/// look like secrets.
pub(crate) fn blank_ids(log: &mut [u8]) {
    for line in log.split_mut(|&byte| byte == b'\n') {
        let mut rest = line;
        for _ in 0..2 {
            let digits = rest
                .iter()
                .take_while(|byte| byte.is_ascii_hexdigit())
                .count();
            if ![ObjectFormat::Sha1, ObjectFormat::Sha256]
                .iter()
                .any(|format| digits == 2 * format.length())
            {
                break;
            }
            let (id, after) = rest.split_at_mut(digits);
            id.fill(b' ');
            rest = after.get_mut(1..).unwrap_or_default();
        }
    }
}

/// Keeps the last match of each value, because a rebase writes one message many times.
fn newest(matches: &LocatedMatches) -> LocatedMatches {
    let mut seen = HashSet::new();
    let mut kept: Vec<_> = matches
        .iter()
        .rev()
        .filter(|located| seen.insert(&located.matched.value))
        .cloned()
        .collect();
    kept.reverse();
    LocatedMatches::new(matches.origin, kept, matches.is_cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_a_log_are_blanked_and_nothing_else() {
        for length in [20, 32] {
            let (id, blank) = ("0a".repeat(length), " ".repeat(2 * length));
            let mut log =
                format!("{id} {id} A <a@x> 1 +0000\tcommit: {id}\nshort\n{id}\n{id}0 {id}")
                    .into_bytes();
            blank_ids(&mut log);
            let expected = format!(
                "{blank} {blank} A <a@x> 1 +0000\tcommit: {id}\nshort\n{blank}\n{id}0 {id}"
            );
            assert_eq!(String::from_utf8(log).unwrap(), expected);
        }
    }

    #[test]
    fn syntaxes_follow_from_names() {
        for (path, expected) in [
            ("config", Syntax::Ini),
            ("worktrees/a/config.worktree", Syntax::Ini),
            ("hooks/pre-push", Syntax::Shell),
            ("hooks/run.py", Syntax::Python),
            ("COMMIT_EDITMSG", Syntax::Prose),
            ("worktrees/a/logs/HEAD", Syntax::Prose),
            ("logs/refs/heads/app.yml", Syntax::Yaml),
            ("FETCH_HEAD", Syntax::Unknown),
        ] {
            assert_eq!(syntax(path), expected, "{path}");
        }
    }
}
