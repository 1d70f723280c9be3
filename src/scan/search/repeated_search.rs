//! Searches single blobs again: those whose values are known without positions, and those that a
//! cache names.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::blob::{Blob, BlobKey};
use super::blob_search;
use super::located_match::LocatedMatches;
use super::object_search;
use crate::cancel;
use crate::coverage::Coverage;
use crate::finding::Origin;
use crate::memory_budget::MemoryBudget;
use crate::parallel;
use crate::progress::NoProgress;
use crate::scan::scan_context::ScanContext;
use crate::secret::SecretValue;
use crate::source::git::pack::{
    Forest, NodeIndex, Object, ObjectError, ObjectKind, ObjectKinds, ObjectReader, Options,
    UnreadObject, Visitor, walk,
};

/// The number of blobs of a cache that one worker reads one after another, because their deltas
/// share bases.
const CHUNK: usize = 16;

/// The result of [`search_again`].
#[derive(Default)]
pub(crate) struct RepeatedSearch {
    /// The wanted matches of the blobs that have any.
    pub matches: HashMap<BlobKey, LocatedMatches>,
    /// The blobs that were not read, because all of them would make too many bytes.
    pub cut: HashSet<BlobKey>,
    /// The blobs that were searched again.
    searched: usize,
    /// The number of blobs that were wanted.
    wanted: usize,
}

/// The blobs to search again. Of some of them, only the matches with these values are wanted.
pub(crate) type WantedBlobs = HashMap<BlobKey, Option<HashSet<SecretValue>>>;

/// All reported matches of these blobs.
pub(crate) fn everything(blobs: HashSet<BlobKey>) -> WantedBlobs {
    blobs.into_iter().map(|key| (key, None)).collect()
}

impl RepeatedSearch {
    /// True if every blob could be read.
    pub fn is_complete(&self) -> bool {
        self.searched == self.wanted
    }

    /// Searches a blob. Returns the work, as a number of bytes whose search costs as much.
    fn search(&mut self, again: &Again, key: BlobKey, bytes: &[u8]) -> u64 {
        let scan = again.scan;
        let _memory = scan
            .memory
            .turn(ScanContext::memory_of_text(bytes.len() as u64));
        let blob = Blob::new(bytes, key.syntax(), Origin::Blob);
        // The limits that the blob reaches were reported when it was read first.
        let coverage = &mut Coverage::default();
        let values = again.wanted.get(&key).and_then(Option::as_ref);
        let candidates = scan.engine.search_text(blob.text);
        let work = bytes.len() as u64 + candidates.resolution_bytes();
        let matches = blob_search::resolve(scan, &blob, candidates, coverage, String::new)
            .map(|resolved| {
                resolved
                    .locate_reported_of(|value| values.is_none_or(|values| values.contains(value)))
            })
            .filter(|matches| !matches.is_empty());
        let located = matches.as_ref().map_or(0, LocatedMatches::work);
        self.matches.extend(matches.map(|matches| (key, matches)));
        self.searched += 1;
        work + located
    }

    fn absorb(&mut self, other: Self) {
        self.matches.extend(other.matches);
        self.cut.extend(other.cut);
        self.searched += other.searched;
    }
}

/// After the scan was asked to stop, blobs are searched again for so long, so that as many earlier
/// findings as possible are reported.
const GRACE: Duration = Duration::from_millis(500);

/// The blobs that are searched again.
struct Again<'a> {
    scan: &'a ScanContext<'a>,
    forest: &'a Forest,
    wanted: &'a WantedBlobs,
    stopped_at: OnceLock<Instant>,
}

/// Reads blobs again and searches them as a whole. The coverage report does not count them again.
/// Each base is made once, however many of the blobs are deltas on it.
pub(crate) fn search_again(
    scan: &ScanContext,
    forest: &Forest,
    wanted: WantedBlobs,
) -> RepeatedSearch {
    let again = Again {
        scan,
        forest,
        wanted: &wanted,
        stopped_at: OnceLock::new(),
    };
    let (mut in_forest, mut in_cache): (HashMap<NodeIndex, Vec<BlobKey>>, Vec<_>) =
        Default::default();
    for &key in wanted.keys() {
        match forest.node(key.object()) {
            Some(node) => in_forest.entry(node).or_default().push(key),
            None => in_cache.push(key),
        }
    }
    let mut all = RepeatedSearch {
        wanted: wanted.len(),
        ..RepeatedSearch::default()
    };
    if !in_forest.is_empty() {
        let options = Options {
            kinds: ObjectKinds::BLOBS,
            workers: scan.options.workers,
            limits: object_search::limits(scan),
        };
        let visitor = NodeSearch {
            needed: forest.with_bases(in_forest.keys().copied()),
            keys: in_forest,
            again: &again,
        };
        for worker in walk(forest, &options, &visitor, &NoProgress) {
            all.absorb(worker.found);
        }
    }
    again.search_scanned(in_cache, &mut all);
    all
}

impl Again<'_> {
    /// True when it is too late after a stop.
    fn is_late(&self) -> bool {
        let since = || self.stopped_at.get_or_init(Instant::now).elapsed();
        cancel::stopped() && since() > GRACE
    }

    /// Searches blobs of scanned packs.
    fn search_scanned(&self, wanted: Vec<BlobKey>, all: &mut RepeatedSearch) {
        let scanned = &self.forest.scanned;
        // In the order of packs, where deltas are near their bases.
        let mut wanted: Vec<_> = wanted
            .into_iter()
            .map(|key| {
                let number = scanned.find(key.object());
                (number.and_then(|number| scanned.offset(number)), key)
            })
            .collect();
        wanted.sort_unstable();
        let chunks: Vec<_> = wanted.chunks(CHUNK).collect();
        let workers = parallel::for_each_uninterrupted(
            &chunks,
            self.scan.options.workers,
            || {
                let reader = ObjectReader::new(self.forest, self.scan.options.max_blob);
                (RepeatedSearch::default(), reader)
            },
            |(found, reader), chunk| {
                for &(_, key) in *chunk {
                    if self.is_late() {
                        return;
                    }
                    if let Some(Ok((ObjectKind::Blob, bytes))) = reader.object(key.object()) {
                        found.search(self, key, &bytes);
                    }
                }
            },
        );
        workers.into_iter().for_each(|(found, _)| all.absorb(found));
    }
}

/// The visitor of the blobs that are searched again.
struct NodeSearch<'a> {
    again: &'a Again<'a>,
    keys: HashMap<NodeIndex, Vec<BlobKey>>,
    /// The nodes of these blobs, and those that lead to them.
    needed: HashSet<NodeIndex>,
}

impl NodeSearch<'_> {
    fn keys(&self, node: NodeIndex) -> &[BlobKey] {
        self.keys.get(&node).map_or(&[], Vec::as_slice)
    }
}

#[derive(Default)]
struct Worker {
    found: RepeatedSearch,
    searched: u64,
}

impl Visitor for NodeSearch<'_> {
    type Worker = Worker;
    type State = ();

    fn worker(&self) -> Worker {
        Worker::default()
    }

    fn stops(&self) -> bool {
        self.again.is_late()
    }

    fn enters(&self, node: NodeIndex) -> bool {
        self.needed.contains(&node)
    }

    fn wants(&self, node: NodeIndex, _: ObjectKind) -> bool {
        self.keys.contains_key(&node)
    }

    fn memory(&self) -> Option<&MemoryBudget> {
        Some(self.again.scan.memory)
    }

    fn searched(&self, worker: &mut Worker) -> u64 {
        std::mem::take(&mut worker.searched)
    }

    fn times(&self, node: NodeIndex, _: ObjectKind) -> u64 {
        self.keys(node).len() as u64
    }

    fn object(&self, worker: &mut Worker, object: &Object<'_, ()>) {
        for &key in self.keys(object.node) {
            worker.searched += worker.found.search(self.again, key, object.bytes);
        }
    }

    fn unread(&self, worker: &mut Worker, unread: &UnreadObject) {
        if unread.why == ObjectError::Unplanned {
            worker.found.cut.extend(self.keys(unread.node));
        }
    }
}
