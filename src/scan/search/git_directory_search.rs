//! Searches the files of git directories, see [`crate::source::git::git_directory`].

use std::collections::HashSet;
use std::sync::Arc;

use crate::coverage::Coverage;
use crate::detect::file_kind::{FileKind, file_kind};
use crate::finding::{Finding, Origin};
use crate::parallel;
use crate::scan::Run;
use crate::scan::placement::path_versions;
use crate::scan::search::blob_search::{self, Hits};
use crate::source::git::git_directory;
use crate::source::git::pack::ObjectFormat;
use crate::source::target::Unit;
use crate::source::worktree::File;

/// Reads the files of a git directory. `shown` is put before their paths.
pub(crate) fn findings(
    run: &Run,
    unit: &Unit,
    files: &[File],
    shown: &str,
    coverage: &mut Coverage,
) -> Vec<Finding> {
    run.progress
        .stage("reading git's files", files.len() as u64);
    let init = || (Vec::new(), Coverage::default(), Vec::new());
    let parts = parallel::for_each(
        files,
        run.options.workers,
        run.progress,
        init,
        |(found, coverage, buffer), file| {
            let path = format!("{shown}{}", file.path);
            if !blob_search::read(
                run,
                file,
                &format!("{}{path}", unit.prefix),
                buffer,
                coverage,
            ) {
                return;
            }
            coverage.git_files += 1;
            let log = git_directory::is_log(&file.path);
            if log {
                blank_ids(buffer);
            }
            // The samples of hooks that git brings along hold assignments of its own, and secrets if somebody put them there.
            let hits = match file.path.ends_with(".sample") {
                true => blob_search::tokens(run, buffer, coverage),
                false => blob_search::scan(run, buffer, kind(&file.path), coverage),
            };
            let Some(hits) = hits else { return };
            let (origin, hits) = if log {
                (Origin::Reflog, newest(&hits))
            } else {
                (Origin::GitDirectory, hits)
            };
            found.extend(hits.iter().map(|located| {
                path_versions::finding(run, unit, located, origin, path.clone(), None, None)
            }));
        },
    );
    let mut all = Vec::new();
    for (found, part, _) in parts {
        all.extend(found);
        coverage.absorb(part);
    }
    all
}

/// What a file of a git directory is. Hooks without an ending are scripts of a shell, most of them.
fn kind(path: &str) -> FileKind {
    let name = path.rsplit('/').next().unwrap_or(path);
    match file_kind(path.as_bytes()) {
        FileKind::Unknown if name.starts_with("config") || path.starts_with("hooks/") => {
            FileKind::Config
        }
        FileKind::Unknown if git_directory::is_log(path) || name.ends_with("MSG") => {
            FileKind::Prose
        }
        kind => kind,
    }
}

/// Puts spaces over the two ids that each line of a log begins with: they look like secrets and are none.
fn blank_ids(log: &mut [u8]) {
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

/// A rebase writes one message over and over: of each value its last place.
fn newest(hits: &Hits) -> Hits {
    let mut seen = HashSet::new();
    let mut kept: Vec<_> = hits
        .iter()
        .rev()
        .filter(|located| seen.insert(&located.found.value))
        .cloned()
        .collect();
    kept.reverse();
    Arc::new(kept)
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
    fn names_tell_kinds() {
        for (path, expected) in [
            ("config", FileKind::Config),
            ("worktrees/a/config.worktree", FileKind::Config),
            ("hooks/pre-push", FileKind::Config),
            ("hooks/run.py", FileKind::Code),
            ("COMMIT_EDITMSG", FileKind::Prose),
            ("worktrees/a/logs/HEAD", FileKind::Prose),
            ("logs/refs/heads/app.yml", FileKind::Config),
            ("FETCH_HEAD", FileKind::Unknown),
        ] {
            assert_eq!(kind(path), expected, "{path}");
        }
    }
}
