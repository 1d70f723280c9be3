//! Searches the files of a working tree or folder.

use std::collections::{HashMap, HashSet};
use std::io::{self, Read};

use super::blob::{Blob, BlobKey};
use super::blob_search;
use super::kept_matches::KeptMatches;
use super::located_match::FileMatches;
use crate::coverage::{Coverage, Limit, Skip};
use crate::detect::file_kind::file_syntax;
use crate::finding::Origin;
use crate::memory_budget::TextMemory;
use crate::no_follow_open::{self, Links};
use crate::parallel;
use crate::scan::scan_context::ScanContext;
use crate::source::git::pack::{ObjectFormat, ObjectId, ObjectKind};
use crate::source::target::Unit;
use crate::source::worktree;

/// The matches of the files of a working tree.
#[derive(Default)]
pub(crate) struct WorktreeMatches {
    /// The files with matches, in order of path.
    pub files: Vec<FileMatches>,
    /// The key of every file that was searched: the history does not search these blobs again.
    pub searched: HashSet<BlobKey>,
    /// The id that every file has as a blob, by path.
    pub objects: HashMap<String, ObjectId>,
}

/// Reads and searches files. If `object_format` is given, their blob ids are computed in that
/// format.
pub(crate) fn search_files(
    scan: &ScanContext,
    unit: &Unit,
    files: &[worktree::File],
    object_format: Option<ObjectFormat>,
    coverage: &mut Coverage,
) -> WorktreeMatches {
    scan.progress.stage("reading files", files.len() as u64);
    let kept = KeptMatches::new(scan.match_memory());
    let init = || (WorktreeMatches::default(), Coverage::default(), Vec::new());
    let workers = parallel::for_each(
        files,
        scan.options.workers,
        scan.progress,
        init,
        |(found, coverage, buffer), file| {
            let shown = format!("{}{}", unit.prefix, file.path);
            let Some(_memory) = read_file(scan, file, &shown, buffer, coverage) else {
                return;
            };
            coverage.files += 1;
            let syntax = file_syntax(file.path.as_bytes());
            let object = object_format.map(|format| ObjectId::of(format, ObjectKind::Blob, buffer));
            if let Some(object) = object {
                found.searched.insert(BlobKey::new(object, syntax));
                found.objects.insert(file.path.clone(), object);
            }
            let blob = Blob::new(buffer, syntax, Origin::Worktree);
            let matches = blob_search::search(scan, &blob, coverage, || shown)
                .and_then(|resolved| resolved.locate_reported());
            if let Some(matches) = matches {
                let size = matches.size();
                kept.insert(file.path.clone(), (object, matches), size);
            }
            release(buffer);
        },
    );
    let mut all = WorktreeMatches::default();
    for (found, worker_coverage, _) in workers {
        all.searched.extend(found.searched);
        all.objects.extend(found.objects);
        coverage.absorb(worker_coverage);
    }
    let (kept, is_cut) = kept.into_kept();
    all.files
        .extend(kept.map(|(path, (object, matches))| FileMatches {
            path,
            object,
            matches,
        }));
    if is_cut {
        coverage.cut(Limit::Memory, format!("{}: matches of files", unit.name));
    }
    all
}

/// Gives back the memory of a buffer that a large file has left.
pub(crate) fn release(buffer: &mut Vec<u8>) {
    const KEPT: usize = 1 << 20;
    buffer.clear();
    buffer.shrink_to(KEPT);
}

/// Reads a file into a buffer, and returns the memory that searching it takes. `None` if the file is
/// too large or cannot be read. The coverage report then names it `shown`.
pub(crate) fn read_file<'a>(
    scan: &ScanContext<'a>,
    file: &worktree::File,
    shown: &str,
    buffer: &mut Vec<u8>,
    coverage: &mut Coverage,
) -> Option<TextMemory<'a>> {
    let most = scan.options.max_blob;
    if file.size > most {
        coverage.skip(Skip::TooLarge, format!("{shown} ({} bytes)", file.size));
        return None;
    }
    let memory = match scan.memory.text(ScanContext::memory_of_text(file.size)) {
        Ok(memory) => memory,
        Err(_) => {
            coverage.cut(Limit::Memory, format!("{shown} ({} bytes)", file.size));
            return None;
        }
    };
    buffer.clear();
    // One byte more than allowed reveals a file that has grown since it was listed.
    let opened = no_follow_open::open_file(&file.location, Links::Refused);
    match opened
        .map_err(io::Error::from)
        .and_then(|open| open.take(most + 1).read_to_end(buffer))
    {
        Err(error) => coverage.unreadable(shown, error.to_string()),
        Ok(length) if length as u64 > most => coverage.skip(Skip::TooLarge, shown),
        Ok(_) => return Some(memory),
    }
    None
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::collections::BTreeSet;
    use std::os::unix::fs::symlink;
    use std::process::Command;
    use std::sync::Arc;

    use super::*;
    use crate::detect::engine::Engine;
    use crate::inventory::inventory_key::InventoryKey;
    use crate::memory_budget::MemoryBudget;
    use crate::progress::NoProgress;
    use crate::scan::Options;
    use crate::source::git::Boundary;
    use crate::source::git::pack::SizeSupplement;
    use crate::source::target;

    /// What was listed is replaced before it is read.
    #[test]
    fn a_tree_that_changes_after_it_was_listed_leads_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        for name in ["folder", "deep/folder", "outside"] {
            std::fs::create_dir_all(at("target").join(name)).unwrap();
            std::fs::write(at("target").join(name).join("a"), "inside").unwrap();
        }
        std::fs::rename(at("target/outside"), at("outside")).unwrap();
        for name in ["file", "pipe", "same"] {
            std::fs::write(at("target").join(name), "inside").unwrap();
        }
        let place = target::locate(&at("target")).unwrap();
        let unit = target::open(&place, &Boundary::default());
        let extent = worktree::Extent {
            breadth: worktree::Breadth::Usual,
            own: &BTreeSet::new(),
            embedded: false,
            boundary: &Boundary::default(),
            ignore_steps: &Cell::new(0),
        };
        let mut coverage = Coverage::default();
        let listing = worktree::list(&unit, None, extent, &mut coverage);

        let moved = |name: &str| std::fs::rename(at("target").join(name), at("old")).unwrap();
        let put_away = || {
            let old = at("old");
            let is_dir = old.is_dir();
            (if is_dir {
                std::fs::remove_dir_all
            } else {
                std::fs::remove_file
            })(&old)
            .unwrap();
        };
        for (name, outside) in [
            ("folder", at("outside")),
            ("deep/folder", at("outside")),
            ("file", at("outside/a")),
        ] {
            moved(name);
            put_away();
            symlink(outside, at("target").join(name)).unwrap();
        }
        moved("pipe");
        let made = Command::new("mkfifo").arg(at("target/pipe")).status();
        assert!(made.unwrap().success());

        let engine = Engine::new(Vec::new(), 0);
        let (key, options) = (InventoryKey::from_bytes([0; 32]), Options::default());
        let memory = MemoryBudget::new(options.memory);
        let supplement = Arc::new(SizeSupplement::of_target());
        let scan = ScanContext {
            engine: &engine,
            key: &key,
            options: &options,
            memory: &memory,
            supplement: &supplement,
            most_rows: 0,
            progress: &NoProgress,
        };
        let mut buffer = Vec::new();
        let read: Vec<_> = listing
            .files
            .iter()
            .filter(|file| read_file(&scan, file, &file.path, &mut buffer, &mut coverage).is_some())
            .map(|file| file.path.as_str())
            .collect();
        assert_eq!(read, ["same"]);
        let unread: Vec<_> = coverage
            .unreadable
            .iter()
            .map(|thing| format!("{}: {}", thing.what, thing.why))
            .collect();
        assert_eq!(
            unread,
            [
                "deep/folder/a: it is a symbolic link, or lies behind one",
                "file: it is a symbolic link, or lies behind one",
                "folder/a: it is a symbolic link, or lies behind one",
                "pipe: it is no regular file",
            ]
        );
    }
}
