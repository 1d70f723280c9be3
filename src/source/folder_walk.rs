//! Walks the entries of a folder and of the folders below it.
//!
//! Every folder is opened from the root's handle and no link is followed, so a folder that is
//! replaced by a link during the walk leads nowhere.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::cancel;
use crate::no_follow_open::{EntryKind, Folder, OpenError};

/// A thing that the walk comes to.
pub enum Step<'a> {
    /// An entry that is no folder.
    Entry {
        /// The path from the root.
        below: &'a Path,
        /// The last component of the path.
        name: &'a OsStr,
        /// The type.
        kind: EntryKind,
        /// The size in bytes of a file; 0 if it is unknown.
        size: u64,
    },
    /// A folder that cannot be read. The path of the root is empty.
    Unreadable {
        /// The path from the root.
        below: &'a Path,
        /// The reason.
        error: OpenError,
    },
}

/// Visits all entries below the folder at the canonical path `root`. `enter` says whether a folder,
/// given by its path from the root and its name, is entered. The walk ends early if the scan was
/// stopped.
pub fn walk(
    root: &Path,
    enter: &mut dyn FnMut(&Path, &OsStr) -> bool,
    visit: &mut dyn FnMut(Step<'_>),
) {
    let root = match Folder::open(root) {
        Ok(root) => root,
        Err(error) => {
            return visit(Step::Unreadable {
                below: Path::new(""),
                error,
            });
        }
    };
    // Paths and not handles: a tree may be deeper than the number of files that may be open.
    let mut left = vec![PathBuf::new()];
    while let Some(folder) = left.pop() {
        if cancel::stopped() {
            return;
        }
        let read = root
            .folder(&folder)
            .and_then(|open| Ok((open.entries().map_err(OpenError::Io)?, open)));
        let (entries, open) = match read {
            Ok(read) => read,
            Err(error) => {
                let below = &folder;
                visit(Step::Unreadable { below, error });
                continue;
            }
        };
        for entry in entries {
            let below = folder.join(&entry.name);
            let (name, kind) = (entry.name.as_os_str(), entry.kind);
            if kind == EntryKind::Folder {
                if enter(&below, name) {
                    left.push(below);
                }
                continue;
            }
            let size = match kind {
                EntryKind::File => open.size(name).unwrap_or_default(),
                _ => 0,
            };
            let below = &below;
            visit(Step::Entry {
                below,
                name,
                kind,
                size,
            });
        }
    }
}
