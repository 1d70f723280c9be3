//! Searches the files of a working tree or folder.

use std::collections::{HashMap, HashSet};
use std::io::Read;

use super::blob::{Blob, BlobKey};
use super::blob_search;
use super::located_match::FileMatches;
use crate::coverage::{Coverage, Skip};
use crate::detect::file_kind::file_kind;
use crate::finding::Origin;
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
    let init = || (WorktreeMatches::default(), Coverage::default(), Vec::new());
    let workers = parallel::for_each(
        files,
        scan.options.workers,
        scan.progress,
        init,
        |(found, coverage, buffer), file| {
            let shown = format!("{}{}", unit.prefix, file.path);
            if !read_file(scan, file, &shown, buffer, coverage) {
                return;
            }
            coverage.files += 1;
            let kind = file_kind(file.path.as_bytes());
            let object = object_format.map(|format| ObjectId::of(format, ObjectKind::Blob, buffer));
            if let Some(object) = object {
                found.searched.insert(BlobKey::new(object, kind));
                found.objects.insert(file.path.clone(), object);
            }
            let blob = Blob::new(buffer, kind, Origin::Worktree);
            let matches = blob_search::search(scan, &blob, coverage)
                .and_then(|resolved| resolved.locate_reported());
            found.files.extend(matches.map(|matches| FileMatches {
                path: file.path.clone(),
                object,
                matches,
            }));
        },
    );
    let mut all = WorktreeMatches::default();
    for (found, worker_coverage, _) in workers {
        all.files.extend(found.files);
        all.searched.extend(found.searched);
        all.objects.extend(found.objects);
        coverage.absorb(worker_coverage);
    }
    all.files.sort_by(|a, b| a.path.cmp(&b.path));
    all
}

/// Reads a file into a buffer. Returns false if the file is too large or cannot be read. The
/// coverage report then names it `shown`.
pub(crate) fn read_file(
    scan: &ScanContext,
    file: &worktree::File,
    shown: &str,
    buffer: &mut Vec<u8>,
    coverage: &mut Coverage,
) -> bool {
    let most = scan.options.max_blob;
    if file.size > most {
        coverage.skip(Skip::TooLarge, format!("{shown} ({} bytes)", file.size));
        return false;
    }
    buffer.clear();
    // One byte more than allowed reveals a file that has grown since it was listed, or a device
    // that never ends.
    match std::fs::File::open(&file.location)
        .and_then(|open| open.take(most + 1).read_to_end(buffer))
    {
        Err(error) => coverage.unreadable(shown, error.to_string()),
        Ok(length) if length as u64 > most => coverage.skip(Skip::TooLarge, shown),
        Ok(_) => return true,
    }
    false
}
