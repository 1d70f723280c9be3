//! The file of a cache: which objects of a repository's packs hold matches, and their places in
//! history.
//!
//! A cache holds no value, no fingerprint of one, and no id of an object. It names objects by their
//! number in packs that only the repository has, and says by arbitrary numbers which matches have
//! the same value. The next scan searches those objects again, and everything that is not in these
//! packs; see docs/design/cache.md.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::finding::Syntax;
use crate::no_follow_open::{self, Links};
use crate::output;
use crate::scan::scan_context::ScanContext;
use crate::scan::scan_options::Caching;
use crate::source::git::commits::CommitIndex;
use crate::source::git::pack::{Forest, PackIdentity, PackedNumber};

/// Repositories with fewer bytes of packs get no cache: a full read is as fast.
const LEAST_BYTES: u64 = 4 << 20;
/// A longer file is no cache; its checksum fails when it is cut off.
const MOST_BYTES: u64 = 4 << 30;
/// The first bytes of the file: the version of the format.
const MAGIC: &[u8; 16] = b"keyferry cache 2";
/// Length, in bytes, of the SHA-256 at the end of the file.
const CHECKSUM: usize = 32;

/// The contents of a cache. Objects are named by their numbers in
/// [`crate::source::git::pack::Forest::scanned`], commits by their index in [`Cache::commits`].
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Cache {
    /// A hash of everything that decides the matches: program, rules and options.
    pub(super) basis: [u8; 32],
    /// The packs that were read.
    pub(super) packs: Vec<PackIdentity>,
    /// All commits in these packs.
    pub(super) commits: Vec<CommitRecord>,
    /// Annotated tags, and the ids of their targets.
    pub(super) tags: Vec<(PackedNumber, String)>,
    /// The syntaxes of each object's names in trees, as bits of a [`SyntaxSet`](crate::scan::search::blob::SyntaxSet).
    pub(super) syntaxes: Vec<u64>,
    /// The blobs with matches.
    pub(super) blobs: Vec<BlobRecord>,
    /// The number of distinct values.
    pub(super) values: u32,
    /// The paths of blobs with matches.
    pub(super) paths: Vec<PathRecord>,
    /// The commits of which [`PathRecord::held_by`] is complete, in order.
    pub(super) asked: Vec<CommitIndex>,
    /// The commits and tags with matches in their message or header.
    pub(super) messages: Vec<PackedNumber>,
    /// The names of submodules in trees.
    pub(super) submodules: Vec<Vec<u8>>,
    /// Blobs that were skipped because of their size, as the coverage report names them.
    pub(super) oversized: Vec<String>,
}

/// A commit.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct CommitRecord {
    /// The number of the object.
    pub(super) number: PackedNumber,
    /// In seconds since 1970.
    pub(super) time: i64,
    /// The parents, in order.
    pub(super) parents: Vec<CommitIndex>,
}

/// A blob with matches, read as one syntax.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct BlobRecord {
    /// The number of the object.
    pub(super) number: PackedNumber,
    /// The position of the syntax in [`Syntax::ALL`].
    pub(super) syntax: u8,
    /// The number of each match's value, in order of position.
    pub(super) values: Vec<u32>,
}

/// A path of a blob with matches. See [`crate::source::git::object_paths::ObjectPath`].
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct PathRecord {
    /// From the root of the tree, `/` between components.
    pub(super) path: Vec<u8>,
    /// The number of the object.
    pub(super) blob: PackedNumber,
    /// The commits that introduced the blob at this path.
    pub(super) introduced_by: Vec<CommitIndex>,
    /// The last commits that held it there.
    pub(super) last_held_by: Vec<CommitIndex>,
    /// The commits of [`Cache::asked`] that hold it there.
    pub(super) held_by: Vec<CommitIndex>,
}

impl Cache {
    /// The cache of the repository whose objects are in this directory, if there is a valid one.
    pub(super) fn load(scan: &ScanContext, objects: &Path) -> Option<Cache> {
        let caching = scan.options.cache.as_ref()?;
        let path = file(caching, objects)?;
        let bytes = no_follow_open::read_at_most(&path, Links::RefusedAtEnd, MOST_BYTES).ok()?;
        let cache = Self::parse(&bytes)?;
        (cache.basis == basis(scan, caching)).then_some(cache)
    }

    /// Writes the cache. Failing to do so is not an error: the next scan takes longer.
    pub(super) fn store(&self, scan: &ScanContext, objects: &Path) {
        let Some(caching) = &scan.options.cache else {
            return;
        };
        let Some(path) = file(caching, objects) else {
            return;
        };
        let Ok(bytes) = self.bytes() else { return };
        if no_follow_open::create_folder(&caching.folder).is_ok() {
            let _ = output::write_file(&path, |out| out.write_all(&bytes));
        }
    }

    fn bytes(&self) -> Result<Vec<u8>, postcard::Error> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(postcard::to_stdvec(self)?);
        let sum = Sha256::digest(&bytes);
        bytes.extend_from_slice(&sum);
        Ok(bytes)
    }

    fn parse(bytes: &[u8]) -> Option<Cache> {
        let (content, sum) = bytes.split_at_checked(bytes.len().checked_sub(CHECKSUM)?)?;
        let content = content
            .strip_prefix(MAGIC)
            .filter(|_| Sha256::digest(content)[..] == *sum)?;
        let (cache, rest): (Cache, _) = postcard::take_from_bytes(content).ok()?;
        (rest.is_empty() && cache.is_sound()).then_some(cache)
    }

    /// Whether every number is the number of an existing object, commit, syntax or value.
    fn is_sound(&self) -> bool {
        let objects: u64 = self.packs.iter().map(|pack| u64::from(pack.objects)).sum();
        let commit = |at: &CommitIndex| at.index() < self.commits.len();
        let object = |number: PackedNumber| u64::from(number.get()) < objects;
        let path = |path: &PathRecord| {
            object(path.blob)
                && [&path.introduced_by, &path.last_held_by, &path.held_by]
                    .iter()
                    .all(|list| list.iter().all(commit))
        };
        let blob = |blob: &BlobRecord| {
            object(blob.number)
                && usize::from(blob.syntax) < Syntax::ALL.len()
                && blob.values.iter().all(|&value| value < self.values)
        };
        self.syntaxes.len() as u64 == objects
            && self.commits.iter().all(|commit_mark| {
                object(commit_mark.number) && commit_mark.parents.iter().all(commit)
            })
            && self.tags.iter().all(|&(number, _)| object(number))
            && self.blobs.iter().all(blob)
            && self.paths.iter().all(path)
            && self.asked.iter().all(commit)
            && self.asked.is_sorted()
            && self.messages.iter().all(|&number| object(number))
    }
}

/// Whether a cache of these packs is wanted and saves time.
pub(super) fn pays(scan: &ScanContext, forest: &Forest) -> bool {
    scan.options.cache.is_some()
        && forest
            .identities()
            .iter()
            .map(|pack| pack.length)
            .sum::<u64>()
            >= LEAST_BYTES
}

fn file(caching: &Caching, objects: &Path) -> Option<PathBuf> {
    let place = objects.canonicalize().ok()?;
    let name: String = Sha256::digest(place.as_os_str().as_encoded_bytes())[..16]
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    Some(caching.folder.join(name))
}

/// The hash of everything that decides the matches.
pub(super) fn basis(scan: &ScanContext, caching: &Caching) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(caching.basis);
    hasher.update(scan.options.max_blob.to_le_bytes());
    hasher.update(scan.options.confidence.name());
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Cache {
        Cache {
            basis: [7; 32],
            packs: vec![PackIdentity {
                checksum: vec![1; 20],
                length: 9,
                objects: 4,
            }],
            commits: vec![CommitRecord {
                number: PackedNumber::new(0),
                time: -5,
                parents: vec![],
            }],
            tags: vec![(PackedNumber::new(1), "0a".repeat(20))],
            syntaxes: vec![0, 1, 2, 3],
            blobs: vec![BlobRecord {
                number: PackedNumber::new(3),
                syntax: 5,
                values: vec![0, 0],
            }],
            values: 1,
            paths: vec![PathRecord {
                path: b"a/b".into(),
                blob: PackedNumber::new(3),
                introduced_by: vec![CommitIndex::new(0)],
                last_held_by: vec![],
                held_by: vec![CommitIndex::new(0)],
            }],
            asked: vec![CommitIndex::new(0)],
            messages: vec![PackedNumber::new(0)],
            submodules: vec![b"sub".into()],
            oversized: vec![],
        }
    }

    #[test]
    fn a_damaged_cache_is_not_used() {
        let bytes = sample().bytes().unwrap();
        assert_eq!(Cache::parse(&bytes), Some(sample()));
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert_eq!(Cache::parse(&damaged), None, "{at}");
            assert_eq!(Cache::parse(&bytes[..at]), None, "{at}");
        }
    }

    #[test]
    fn a_cache_with_numbers_of_nothing_is_not_used() {
        let wrong: [fn(&mut Cache); 8] = [
            |cache| cache.syntaxes.push(0),
            |cache| cache.commits[0].number = PackedNumber::new(4),
            |cache| cache.commits[0].parents.push(CommitIndex::new(1)),
            |cache| cache.blobs[0].values.push(1),
            |cache| cache.blobs[0].syntax = 200,
            |cache| cache.paths[0].last_held_by.push(CommitIndex::new(1)),
            |cache| cache.paths[0].blob = PackedNumber::new(4),
            |cache| cache.messages.push(PackedNumber::new(4)),
        ];
        for change in wrong {
            let mut cache = sample();
            change(&mut cache);
            assert_eq!(Cache::parse(&cache.bytes().unwrap()), None);
        }
    }
}
