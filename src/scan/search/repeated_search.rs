//! Searches single blobs again: those whose values are known without positions, and those that a
//! cache names.

use std::collections::{HashMap, HashSet};

use super::blob::{Blob, BlobKey};
use super::blob_search;
use super::located_match::LocatedMatches;
use crate::coverage::Coverage;
use crate::finding::Origin;
use crate::parallel;
use crate::scan::scan_context::ScanContext;
use crate::source::git::pack::{Forest, ObjectKind, ObjectReader};

/// The number of blobs that one worker reads one after another, because their deltas share bases.
const CHUNK: usize = 16;

/// The result of [`search_again`].
pub(crate) struct RepeatedSearch {
    /// The reported matches of the blobs that have any.
    pub matches: HashMap<BlobKey, LocatedMatches>,
    /// True if every blob could be read.
    pub complete: bool,
}

/// Reads blobs one by one and searches them as a whole. The coverage report does not count them
/// again.
pub(crate) fn search_again(
    scan: &ScanContext,
    forest: &Forest,
    wanted: HashSet<BlobKey>,
) -> RepeatedSearch {
    // In the order of packs, where deltas are near their bases.
    let scanned_offset = |id| {
        forest
            .scanned
            .find(id)
            .and_then(|number| forest.scanned.offset(number))
    };
    let mut wanted: Vec<_> = wanted
        .into_iter()
        .map(|key| {
            let id = key.object();
            (forest.node(id), scanned_offset(id), key)
        })
        .collect();
    wanted.sort_unstable();
    let chunks: Vec<_> = wanted.chunks(CHUNK).collect();
    let empty = || RepeatedSearch {
        matches: HashMap::new(),
        complete: true,
    };
    let workers = parallel::for_each_uninterrupted(
        &chunks,
        scan.options.workers,
        || (empty(), ObjectReader::new(forest, scan.options.max_blob)),
        |(found, reader), chunk| {
            for &(_, _, key) in *chunk {
                let Some(Ok((ObjectKind::Blob, bytes))) = reader.object(key.object()) else {
                    found.complete = false;
                    continue;
                };
                let blob = Blob::new(&bytes, key.kind(), Origin::Blob);
                // The limits that the blob reaches were reported when it was read first.
                let coverage = &mut Coverage::default();
                let matches = blob_search::search(scan, &blob, coverage, String::new)
                    .and_then(|resolved| resolved.locate_reported());
                found.matches.extend(matches.map(|matches| (key, matches)));
            }
        },
    );
    let mut all = empty();
    for (found, _) in workers {
        all.matches.extend(found.matches);
        all.complete &= found.complete;
    }
    all
}
