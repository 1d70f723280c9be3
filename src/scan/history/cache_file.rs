//! What a scan of a repository's packs has found, kept for the next one: which objects hold matches, and where these stand in
//! history. It holds no value, no fingerprint of one, and no id of an object: objects are told by their number in packs that
//! only the repository has. Which two places hold the same value is told by numbers without a meaning. The next scan reads
//! those objects again, and everything that is in no pack of the cache; see docs/design/cache.md.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::output;
use crate::scan::Run;
use crate::source::git::pack::{Forest, PackIdentity};

/// Where caches are kept, and what the program and its rules are.
#[derive(Clone, Debug)]
pub struct Caching {
    pub folder: PathBuf,
    /// Of the program and all rules: a cache made by others is not believed.
    pub basis: [u8; 32],
}

/// Repositories with fewer bytes of packs are read anew as fast.
const LEAST: u64 = 4 << 20;
/// Version of the format.
const MAGIC: &[u8; 16] = b"keyferry cache 1";
const SUM: usize = 32;

/// Objects are told by the numbers that [`crate::source::git::pack::Known`] gives them, commits by their place in
/// [`Cache::commits`].
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cache {
    pub(crate) basis: [u8; 32],
    pub(crate) packs: Vec<PackIdentity>,
    pub(crate) commits: Vec<CommitMark>,
    /// Annotated tags, and the ids of what they are of.
    pub(crate) tags: Vec<(u32, String)>,
    /// For each object the kinds of its names in trees, as bits.
    pub(crate) kinds: Vec<u8>,
    pub(crate) blobs: Vec<BlobMark>,
    /// How many values there are.
    pub(crate) values: u32,
    pub(crate) places: Vec<PlaceMark>,
    /// Commits of which all places are told, in order.
    pub(crate) asked: Vec<u32>,
    /// Commits and tags with matches in their message or header.
    pub(crate) messages: Vec<u32>,
    pub(crate) submodules: Vec<Vec<u8>>,
    /// Blobs that were passed over for their size, as they are told.
    pub(crate) large: Vec<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CommitMark {
    pub(crate) number: u32,
    /// Seconds since 1970.
    pub(crate) time: i64,
    pub(crate) parents: Vec<u32>,
}

/// A blob with matches, read as one kind of file.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct BlobMark {
    pub(crate) number: u32,
    /// Index into [`crate::scan::search::blob_search::KINDS`].
    pub(crate) kind: u8,
    /// Of each match the number of its value, in order.
    pub(crate) values: Vec<u32>,
}

/// See [`crate::source::git::object_paths::ObjectPath`].
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PlaceMark {
    pub(crate) path: Vec<u8>,
    pub(crate) blob: u32,
    pub(crate) brought: Vec<u32>,
    pub(crate) left: Vec<u32>,
    pub(crate) held: Vec<u32>,
}

impl Cache {
    /// The cache of the repository whose objects are in this directory, if there is one that can be believed.
    pub(crate) fn load(run: &Run, objects: &Path) -> Option<Cache> {
        let caching = run.options.cache.as_ref()?;
        let bytes = std::fs::read(file(caching, objects)?).ok()?;
        let cache = Self::parse(&bytes)?;
        (cache.basis == basis(run, caching)).then_some(cache)
    }

    /// Keeps it. That it cannot be kept is no error: the next scan takes longer.
    pub(crate) fn store(&self, run: &Run, objects: &Path) {
        let Some(caching) = &run.options.cache else {
            return;
        };
        let Some(path) = file(caching, objects) else {
            return;
        };
        let Ok(bytes) = self.bytes() else { return };
        let mut folder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        if folder.recursive(true).create(&caching.folder).is_ok() {
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
        let (content, sum) = bytes.split_at_checked(bytes.len().checked_sub(SUM)?)?;
        let content = content
            .strip_prefix(MAGIC)
            .filter(|_| Sha256::digest(content)[..] == *sum)?;
        let (cache, rest): (Cache, _) = postcard::take_from_bytes(content).ok()?;
        (rest.is_empty() && cache.is_sound()).then_some(cache)
    }

    /// Every number is one of something.
    fn is_sound(&self) -> bool {
        let objects: u64 = self.packs.iter().map(|pack| u64::from(pack.objects)).sum();
        let commit = |&at: &u32| (at as usize) < self.commits.len();
        let object = |number: u32| u64::from(number) < objects;
        let place = |place: &PlaceMark| {
            object(place.blob)
                && [&place.brought, &place.left, &place.held]
                    .iter()
                    .all(|list| list.iter().all(commit))
        };
        let blob = |blob: &BlobMark| {
            object(blob.number)
                && usize::from(blob.kind) < crate::scan::search::blob_search::KINDS.len()
                && blob.values.iter().all(|&value| value < self.values)
        };
        self.kinds.len() as u64 == objects
            && self.commits.iter().all(|commit_mark| {
                object(commit_mark.number) && commit_mark.parents.iter().all(commit)
            })
            && self.tags.iter().all(|&(number, _)| object(number))
            && self.blobs.iter().all(blob)
            && self.places.iter().all(place)
            && self.asked.iter().all(commit)
            && self.asked.is_sorted()
            && self.messages.iter().all(|&number| object(number))
    }
}

/// Whether a cache of these packs saves anything.
pub(crate) fn pays(run: &Run, forest: &Forest) -> bool {
    run.options.cache.is_some()
        && forest
            .identities()
            .iter()
            .map(|pack| pack.length)
            .sum::<u64>()
            >= LEAST
}

fn file(caching: &Caching, objects: &Path) -> Option<PathBuf> {
    let place = objects.canonicalize().ok()?;
    let name: String = Sha256::digest(place.as_os_str().as_encoded_bytes())[..16]
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    Some(caching.folder.join(name))
}

/// Of everything that decides what is found.
pub(crate) fn basis(run: &Run, caching: &Caching) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(caching.basis);
    hasher.update(run.options.max_blob.to_le_bytes());
    hasher.update(run.options.confidence.name());
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
            commits: vec![CommitMark {
                number: 0,
                time: -5,
                parents: vec![],
            }],
            tags: vec![(1, "0a".repeat(20))],
            kinds: vec![0, 1, 2, 3],
            blobs: vec![BlobMark {
                number: 3,
                kind: 5,
                values: vec![0, 0],
            }],
            values: 1,
            places: vec![PlaceMark {
                path: b"a/b".into(),
                blob: 3,
                brought: vec![0],
                left: vec![],
                held: vec![0],
            }],
            asked: vec![0],
            messages: vec![0],
            submodules: vec![b"sub".into()],
            large: vec![],
        }
    }

    #[test]
    fn a_damaged_cache_is_not_believed() {
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
    fn numbers_of_nothing_are_not_believed() {
        let wrong: [fn(&mut Cache); 8] = [
            |cache| cache.kinds.push(0),
            |cache| cache.commits[0].number = 4,
            |cache| cache.commits[0].parents.push(1),
            |cache| cache.blobs[0].values.push(1),
            |cache| cache.blobs[0].kind = 8,
            |cache| cache.places[0].left.push(1),
            |cache| cache.places[0].blob = 4,
            |cache| cache.messages.push(4),
        ];
        for change in wrong {
            let mut cache = sample();
            change(&mut cache);
            assert_eq!(Cache::parse(&cache.bytes().unwrap()), None);
        }
    }
}
