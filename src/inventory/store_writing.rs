//! Writes the secrets of an inventory: the entries, each into the file of its application, and the places, each into the
//! file of its repository.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::Secret;
use super::entry_text;
use super::file_names::{IDENTITY, interim_files, is_interim, place_file, secret_file};
use super::place_file::{self, PlaceRef};
use super::secret_use;
use super::store::Store;
use super::store_error::StoreError;
use super::store_notice::StoreNotice;
use super::stored_file::StoredSecret;
use crate::finding::{Evidence, Occurrence};
use crate::secret::SecretId;

impl Store {
    /// Writes the files that have changed. `applications` gives the applications that a secret
    /// belongs to. A file is replaced as a whole. Places are written before the entries that name their repositories, a file
    /// that loses secrets after those that gain them, and files are removed at the end, so that a crash loses no secret.
    ///
    /// # Errors
    /// A file cannot be written or removed.
    pub fn save(
        &mut self,
        applications: impl Fn(&Secret) -> BTreeSet<String>,
    ) -> Result<(), StoreError> {
        self.save_identity()?;
        let entries = secret_use::entries(self.secrets.values());
        let entries: Vec<(&Secret, Evidence)> = entries
            .iter()
            .map(|entry| (entry.as_ref(), entry.evidence()))
            .collect();
        let repositories = by_repository(&entries);
        let mut place_files = BTreeSet::new();
        for (repository, places) in repositories {
            let name = place_file(repository);
            self.on_disk
                .write_places(&self.folder, &name, &places, &self.key)?;
            place_files.insert(name);
        }
        let mut files: BTreeMap<String, Vec<&Secret>> = BTreeMap::new();
        for (secret, _) in &entries {
            let name = secret_file(&applications(secret));
            files.entry(name).or_default().push(secret);
        }
        let ids = |secrets: &[&Secret]| secrets.iter().map(|secret| secret.id.clone()).collect();
        let mut order: Vec<(bool, &str, BTreeSet<SecretId>)> = Vec::new();
        for (name, secrets) in &files {
            let ids: BTreeSet<SecretId> = ids(secrets);
            let before = self.on_disk.texts.get(name);
            let shrinks = before.is_some_and(|before| !before.secrets.is_subset(&ids));
            order.push((shrinks, name, ids));
        }
        order.sort();
        for (_, name, ids) in order {
            let stored = files[name].iter().map(|secret| StoredSecret::of(secret));
            let text = entry_text::write(&stored.collect::<Vec<_>>());
            self.on_disk
                .write(&self.folder, name.to_owned(), &text, ids)?;
        }
        let names: BTreeSet<String> = files.into_keys().collect();
        drop(entries);
        self.remove_others(&names, &place_files)?;
        if let Some(from) = self.upgraded.take() {
            self.notices.push(StoreNotice::Upgraded { from });
        }
        Ok(())
    }

    /// Removes the files that are not among those that were written.
    fn remove_others(
        &mut self,
        entries: &BTreeSet<String>,
        places: &BTreeSet<String>,
    ) -> Result<(), StoreError> {
        let remove = |name: &str| {
            let path = self.folder.join(name);
            std::fs::remove_file(&path).map_err(|source| StoreError::Read { path, source })
        };
        // Places of an interim file need its entries.
        let old = self.on_disk.places.keys();
        let old: Vec<String> = old
            .filter(|name| !places.contains(*name))
            .cloned()
            .collect();
        for name in old {
            remove(&name)?;
            self.on_disk.places.remove(&name);
            if !is_interim(&name) {
                self.notices.push(StoreNotice::PlacesRemoved(name));
            }
        }
        let left = |name: &&String| *name != IDENTITY && !entries.contains(*name);
        let old: Vec<String> = self.on_disk.texts.keys().filter(left).cloned().collect();
        for name in old {
            remove(&name)?;
            let removed = self.on_disk.texts.remove(&name);
            let Some(removed) = removed.filter(|_| !is_interim(&name)) else {
                continue;
            };
            let now_in = self.on_disk.texts.iter();
            let now_in = now_in.filter(|(_, file)| !file.secrets.is_disjoint(&removed.secrets));
            self.notices.push(StoreNotice::Removed {
                now_in: now_in.map(|(name, _)| name.clone()).collect(),
                file: name,
            });
        }
        Ok(())
    }

    /// Writes some secrets, with those of their occurrences that are `new`, into files of their own,
    /// in time proportional to their number. A store that is opened joins them with the other files, and
    /// [`Store::save`] removes them.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn save_new(
        &mut self,
        ids: &BTreeSet<SecretId>,
        new: impl Fn(&Occurrence) -> bool,
    ) -> Result<(), StoreError> {
        self.save_identity()?;
        let changed = ids.iter().filter_map(|id| self.secrets.get(id));
        let changed: Vec<(&Secret, Evidence)> =
            changed.map(|secret| (secret, secret.evidence())).collect();
        if changed.is_empty() {
            return Ok(());
        }
        let mut names = (1..).map(interim_files);
        let (name, places_name) = names
            .find(|(name, _)| !self.on_disk.texts.contains_key(name))
            .expect("there are more numbers than files");
        let places = changed
            .iter()
            .flat_map(|(secret, own)| place_file::places_of(secret, own));
        let places: Vec<PlaceRef> = places.filter(|place| new(place.place)).collect();
        if !places.is_empty() {
            self.on_disk
                .write_places(&self.folder, &places_name, &places, &self.key)?;
        }
        let stored = changed
            .iter()
            .map(|(secret, _)| secret.with_occurrences(Vec::new()));
        let text = entry_text::write(&stored.collect::<Vec<StoredSecret>>());
        self.on_disk.write(&self.folder, name, &text, ids.clone())
    }
}

/// The places of entries by repository, each in order of secret.
fn by_repository<'a>(
    entries: &'a [(&'a Secret, Evidence)],
) -> BTreeMap<&'a str, Vec<PlaceRef<'a>>> {
    let mut repositories: BTreeMap<&str, Vec<PlaceRef>> = BTreeMap::new();
    for (entry, own) in entries {
        let mut places = place_file::places_of(entry, own).peekable();
        while let Some(first) = places.next() {
            let repository = first.place.repository.as_str();
            let list = repositories.entry(repository).or_default();
            list.push(first);
            while let Some(next) = places.next_if(|next| next.place.repository == repository) {
                list.push(next);
            }
        }
    }
    repositories
}
