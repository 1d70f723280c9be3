//! Reads the places of the secrets of an inventory again, for `show` and `explain`. Each repository is read in a process of
//! its own, as for the import.

use super::errors::CommandError;
use super::options::ReadingOptions;
use super::settled_inventory::SettledInventory;
use crate::detect::library::Library;
use crate::finding::{Occurrence, Origin};
use crate::inventory::entry::Secret;
use crate::inventory::inventory_key::InventoryKey;
use crate::inventory::store::Store;
use crate::object_ids;
use crate::report::secret_text::LineState;
use crate::scan::place_line::{LineWish, PlaceLine};
use crate::secret::{Fingerprint, SecretValue};
use crate::worker::value_readers::{ReadFailure, ValueReaders};

/// Why a place is not shown.
#[derive(Debug, thiserror::Error)]
pub enum PlaceFailure {
    /// The place can be read, and holds another value.
    #[error("the value is no longer there")]
    Changed,
    /// The place cannot be read.
    #[error(transparent)]
    Unread(#[from] ReadFailure),
}

/// Reads places again, and judges by fingerprint which value is there.
pub struct PlaceReaders<'a> {
    readers: ValueReaders,
    key: &'a InventoryKey,
}

impl<'a> PlaceReaders<'a> {
    /// For the repositories of an inventory. `rules` are other rules than the built-in ones.
    ///
    /// # Errors
    ///
    /// The rules cannot be sent to a process.
    pub fn of(
        inventory: &'a SettledInventory,
        reading: &ReadingOptions,
        rules: Option<&Library>,
    ) -> Result<Self, CommandError> {
        Self::of_store(&inventory.store, reading, rules)
    }

    /// For the repositories of a store.
    ///
    /// # Errors
    ///
    /// The rules cannot be sent to a process.
    pub fn of_store(
        store: &'a Store,
        reading: &ReadingOptions,
        rules: Option<&Library>,
    ) -> Result<Self, CommandError> {
        let readers = ValueReaders::new(store.locations(), reading.limits());
        let readers = readers.follow_outside(reading.follow_outside);
        Ok(Self {
            readers: readers.with_rules(rules).map_err(CommandError::failed)?,
            key: &store.key,
        })
    }

    /// The masked line of a place of a secret for a person, without the ids of objects unless `with_ids`.
    pub fn shown_line(&self, secret: &Secret, place: &Occurrence, with_ids: bool) -> LineState {
        if matches!(place.origin, Origin::FileName | Origin::RefName) {
            return LineState::NotRead;
        }
        let without_ids = |text: &str| match with_ids {
            true => text.to_owned(),
            false => object_ids::without_ids(text),
        };
        match self.line(secret, place, LineWish::Excerpt) {
            Ok(mut line) => {
                if let Some(excerpt) = &mut line.excerpt {
                    excerpt.before = without_ids(&excerpt.before);
                    excerpt.after = without_ids(&excerpt.after);
                }
                LineState::Read(line)
            }
            Err(why) => LineState::Failed(why.to_string()),
        }
    }

    /// The line of a place of a secret.
    ///
    /// # Errors
    ///
    /// The place cannot be read, or no longer has the value.
    pub fn line(
        &self,
        secret: &Secret,
        place: &Occurrence,
        wish: LineWish,
    ) -> Result<PlaceLine, PlaceFailure> {
        let is_wanted = |value: &SecretValue| self.key.fingerprint(value) == secret.fingerprint;
        let line = self.readers.line(place, wish, &is_wanted)?;
        line.ok_or(PlaceFailure::Changed)
    }

    /// The value of a place, which has this fingerprint.
    ///
    /// # Errors
    ///
    /// The place cannot be read, or no longer has the value.
    pub fn value(
        &self,
        place: &Occurrence,
        fingerprint: &Fingerprint,
    ) -> Result<SecretValue, PlaceFailure> {
        let is_wanted = |value: &SecretValue| self.key.fingerprint(value) == *fingerprint;
        let value = self.readers.read(place, &is_wanted)?;
        // The fingerprint judges, whatever the source thinks.
        value.filter(is_wanted).ok_or(PlaceFailure::Changed)
    }
}
