//! Searches single blobs again: those whose values are known without positions, and those that a
//! cache names.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::blob::{Blob, BlobKey};
use super::blob_search;
use super::located_match::LocatedMatches;
use crate::cancel;
use crate::coverage::Coverage;
use crate::finding::Origin;
use crate::parallel;
use crate::scan::scan_context::ScanContext;
use crate::secret::SecretValue;
use crate::source::git::pack::{Forest, ObjectKind, ObjectReader};

/// The number of blobs that one worker reads one after another, because their deltas share bases.
const CHUNK: usize = 16;

/// The result of [`search_again`].
pub(crate) struct RepeatedSearch {
    /// The wanted matches of the blobs that have any.
    pub matches: HashMap<BlobKey, LocatedMatches>,
    /// True if every blob could be read.
    pub complete: bool,
}

/// The blobs to search again. Of some of them, only the matches with these values are wanted.
pub(crate) type WantedBlobs = HashMap<BlobKey, Option<HashSet<SecretValue>>>;

/// All reported matches of these blobs.
pub(crate) fn everything(blobs: HashSet<BlobKey>) -> WantedBlobs {
    blobs.into_iter().map(|key| (key, None)).collect()
}

/// After the scan was asked to stop, blobs are searched again for so long, so that as many earlier
/// findings as possible are reported.
const GRACE: Duration = Duration::from_millis(500);

/// Reads blobs one by one and searches them as a whole. The coverage report does not count them
/// again.
pub(crate) fn search_again(
    scan: &ScanContext,
    forest: &Forest,
    wanted: WantedBlobs,
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
        .map(|(key, values)| {
            let id = key.object();
            (forest.node(id), scanned_offset(id), key, values)
        })
        .collect();
    wanted.sort_unstable_by_key(|&(node, offset, key, _)| (node, offset, key));
    let stopped_at = OnceLock::new();
    let is_late = || cancel::stopped() && stopped_at.get_or_init(Instant::now).elapsed() > GRACE;
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
            for &(_, _, key, ref values) in *chunk {
                if is_late() {
                    found.complete = false;
                    return;
                }
                let Some(Ok((ObjectKind::Blob, bytes))) = reader.object(key.object()) else {
                    found.complete = false;
                    continue;
                };
                let _memory = scan
                    .memory
                    .turn(ScanContext::memory_of_text(bytes.len() as u64));
                let blob = Blob::new(&bytes, key.kind(), Origin::Blob);
                // The limits that the blob reaches were reported when it was read first.
                let coverage = &mut Coverage::default();
                let matches = blob_search::search(scan, &blob, coverage, String::new)
                    .map(|resolved| {
                        resolved.locate_reported_of(|value| {
                            values.as_ref().is_none_or(|values| values.contains(value))
                        })
                    })
                    .filter(|matches| !matches.is_empty());
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
