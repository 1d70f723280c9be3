//! Reads the secrets of an inventory: the entries of all files of secrets, with the places of all files of places.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::entry::Secret;
use super::entry_join;
use super::file_names::{SCHEMA, is_interim, place_file};
use super::files_on_disk::FilesOnDisk;
use super::folder_listing::{FolderListing, name_of};
use super::inventory_key::InventoryKey;
use super::own_text;
use super::place_file::{self, ReadPlaces};
use super::store_error::StoreError;
use super::store_notice::StoreNotice;
use super::stored_file::{self, ReadEntry, RepositoryName};
use crate::finding::Occurrence;
use crate::parallel;
use crate::secret::SecretId;

/// The secrets of an inventory.
pub(super) struct ReadStore {
    /// The secrets, by id.
    pub secrets: BTreeMap<SecretId, Secret>,
    /// The earliest version of a file.
    pub earliest: u32,
    /// Messages for the user.
    pub notices: Vec<StoreNotice>,
}

/// Reads all files of a folder.
///
/// # Errors
/// A file cannot be read, has a mistake, or was sealed with another key; or a file of places is missing.
pub(super) fn read(
    folder: &Path,
    listing: FolderListing,
    key: &InventoryKey,
    on_disk: &mut FilesOnDisk,
) -> Result<ReadStore, StoreError> {
    let mut entries = Entries::read(&listing.secrets, key, on_disk)?;
    let left = listing.left.into_iter().map(StoreNotice::Left);
    let mut notices: Vec<StoreNotice> = left.collect();
    if !entries.joined.is_empty() {
        let joined = &entries.joined;
        entries.files.retain(|id, _| joined.contains(id));
        notices.push(StoreNotice::Joined(std::mem::take(&mut entries.files)));
    }
    let files = in_parallel(&listing.places, |name| {
        place_file::read(&folder.join(name), key, &on_disk.state)
    })?;
    let mut places = Places::default();
    for (name, file) in listing.places.iter().zip(files) {
        on_disk
            .places
            .insert(name.clone(), file.is_in_order.then_some(file.digest));
        places.add(name, file, &entries, &mut notices);
    }
    places.attach(&mut entries, &mut notices);
    check_named(folder, &entries, on_disk, &mut notices)?;
    Ok(ReadStore {
        secrets: entries.secrets,
        earliest: entries.earliest,
        notices,
    })
}

/// The results of `work` for all items, in order, or the first error.
fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R, StoreError> + Sync,
) -> Result<Vec<R>, StoreError> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let items: Vec<(usize, &T)> = items.iter().enumerate().collect();
    let each = |done: &mut Vec<_>, (number, item): &(usize, &T)| done.push((*number, work(item)));
    let done = parallel::for_each_uninterrupted(&items, workers, Vec::new, each);
    let mut done: Vec<(usize, Result<R, StoreError>)> = done.into_iter().flatten().collect();
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}

/// The entries of all files of secrets.
struct Entries {
    secrets: BTreeMap<SecretId, Secret>,
    /// The repositories that entries name.
    named: Vec<(SecretId, Vec<RepositoryName>)>,
    /// The files of each secret.
    files: BTreeMap<SecretId, BTreeSet<String>>,
    /// The secrets that had several entries.
    joined: BTreeSet<SecretId>,
    /// Those of them of which an entry is in an interim file alone.
    in_interim: BTreeSet<SecretId>,
    earliest: u32,
}

impl Entries {
    fn read(
        paths: &[PathBuf],
        key: &InventoryKey,
        on_disk: &mut FilesOnDisk,
    ) -> Result<Self, StoreError> {
        let mut entries = Self {
            secrets: BTreeMap::new(),
            named: Vec::new(),
            files: BTreeMap::new(),
            joined: BTreeSet::new(),
            in_interim: BTreeSet::new(),
            earliest: SCHEMA,
        };
        let read = in_parallel(paths, |path| {
            let text = own_text::read(path)?;
            let schema = own_text::schema(path, &text)?;
            let read = stored_file::read(path, &text, schema, key)?;
            Ok((text, schema, read))
        })?;
        for (path, (text, schema, read)) in paths.iter().zip(read) {
            let name = name_of(path);
            let ids = read.iter().map(|entry| entry.secret.id.clone());
            on_disk.note(name.clone(), &text, ids.collect());
            entries.earliest = entries.earliest.min(schema);
            for entry in read {
                entries.add(&name, entry);
            }
        }
        Ok(entries)
    }

    fn add(&mut self, file: &str, entry: ReadEntry) {
        let id = entry.secret.id.clone();
        let is_known = entry_join::join_into(&mut self.secrets, entry.secret);
        // These files come last. Their entries are parts of others.
        if is_interim(file) {
            if is_known {
                self.in_interim.insert(id);
            }
            return;
        }
        self.named.push((id.clone(), entry.repositories));
        self.files
            .entry(id.clone())
            .or_default()
            .insert(file.to_owned());
        if is_known {
            self.joined.insert(id);
        }
    }
}

/// The places of all files of places.
#[derive(Default)]
struct Places {
    of_secrets: HashMap<SecretId, Vec<Vec<Occurrence>>>,
}

impl Places {
    fn add(
        &mut self,
        file: &str,
        read: ReadPlaces,
        entries: &Entries,
        notices: &mut Vec<StoreNotice>,
    ) {
        let (mut left, mut secrets) = (0, BTreeSet::new());
        for (id, places) in read.places {
            if entries.secrets.contains_key(&id) {
                self.of_secrets.entry(id).or_default().push(places);
            } else {
                left += places.len();
                secrets.insert(id);
            }
        }
        // The entries of an interim file are removed after its places.
        if left > 0 && !is_interim(file) {
            notices.push(StoreNotice::NoEntry {
                file: file.to_owned(),
                places: left,
                secrets,
            });
        }
    }

    /// Gives the secrets their places.
    fn attach(self, entries: &mut Entries, notices: &mut Vec<StoreNotice>) {
        let (mut lines, mut secrets) = (0, BTreeSet::new());
        for (id, runs) in self.of_secrets {
            let Some(secret) = entries.secrets.get_mut(&id) else {
                continue;
            };
            let is_joined = entries.joined.contains(&id) || entries.in_interim.contains(&id);
            let many = entry_join::attach(secret, runs, is_joined);
            if many > 0 && !entries.in_interim.contains(&id) {
                lines += many;
                secrets.insert(id);
            }
        }
        if lines > 0 {
            notices.push(StoreNotice::JoinedPlaces { lines, secrets });
        }
    }
}

/// Looks for the places that entries name. One entry may have lost its places in a merge; a file that is missing was
/// forgotten.
fn check_named(
    folder: &Path,
    entries: &Entries,
    on_disk: &FilesOnDisk,
    notices: &mut Vec<StoreNotice>,
) -> Result<(), StoreError> {
    let mut without: BTreeMap<&str, BTreeSet<SecretId>> = BTreeMap::new();
    for (id, repositories) in &entries.named {
        let Some(secret) = entries.secrets.get(id) else {
            continue;
        };
        let places = &secret.occurrences;
        for RepositoryName(name) in repositories {
            let has_place = places.binary_search_by(|place| place.repository.cmp(name));
            let near = places.iter().any(|place| place.repository == *name);
            if has_place.is_err() && !near {
                without.entry(name).or_default().insert(id.clone());
            }
        }
    }
    for (repository, secrets) in without {
        let file = place_file(repository);
        if !on_disk.places.contains_key(&file) {
            return Err(StoreError::NoPlaces {
                path: folder.join(file),
                repository: repository.to_owned(),
                secrets: secrets.len(),
            });
        }
        notices.push(StoreNotice::NoPlaces { file, secrets });
    }
    Ok(())
}
