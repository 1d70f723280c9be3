//! Puts back occurrences that a scan did not find, and that may still exist.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::place_key::{PlaceKey, file_of, is_in_working_tree};
use crate::finding::{FoundBy, HistoryExtent, Occurrence, Origin, ScanPart};
use crate::inventory::entry::Secret;

/// An occurrence that was taken out, since the scan read its part of the repository.
pub(super) struct LostPlace {
    /// The occurrence.
    pub place: Occurrence,
    /// What becomes of it if the scan has not found it.
    pub fate: Fate,
}

/// What becomes of an occurrence that was taken out and is not found again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// The scan did not read the history, which has it still: [`restore`].
    Restored,
    /// Nobody knows whether it is gone.
    Kept,
    /// It may be in the part of the history that a clone of this extent does not have.
    Beyond(HistoryExtent),
}

/// Puts back the occurrences that were not found. Adds the numbers of those that are kept to
/// `kept`, by repository.
pub(super) fn put_back(
    secret: &mut Secret,
    lost: Vec<LostPlace>,
    kept: &mut BTreeMap<String, usize>,
) {
    if lost.is_empty() {
        return;
    }
    let (restored, uncertain): (Vec<LostPlace>, Vec<LostPlace>) = lost
        .into_iter()
        .partition(|lost| lost.fate == Fate::Restored);
    let not_found = not_found(&secret.occurrences, uncertain);
    let restored: Vec<Occurrence> = restored.into_iter().map(|lost| lost.place).collect();
    restore(secret, &restored);
    for LostPlace { place: old, fate } in not_found {
        secret.occurrences.push(match fate {
            Fate::Beyond(extent) => beyond(old, extent),
            Fate::Kept | Fate::Restored => {
                *kept.entry(old.repository.clone()).or_default() += 1;
                old
            }
        });
    }
}

/// An occurrence in the part of the history that a clone does not have.
fn beyond(old: Occurrence, extent: HistoryExtent) -> Occurrence {
    Occurrence {
        origin: match old.origin.read_by() {
            ScanPart::Files => Origin::Blob,
            ScanPart::History => old.origin,
        },
        // A shallow clone has all of HEAD.
        at_head: old.at_head && extent == HistoryExtent::Partial,
        ..old
    }
}

/// The occurrences that a scan with the result `places` has not found again, not even at another
/// line of their file or as another version of it.
fn not_found(places: &[Occurrence], lost: Vec<LostPlace>) -> Vec<LostPlace> {
    let keys: HashSet<PlaceKey> = places.iter().map(PlaceKey::of).collect();
    let by_scan = |place: &&Occurrence| place.found_by == FoundBy::Scan && !place.path.is_empty();
    let files: HashSet<(&str, &str)> = places.iter().filter(by_scan).map(file_of).collect();
    let is_found =
        |old: &Occurrence| keys.contains(&PlaceKey::of(old)) || files.contains(&file_of(old));
    let lost = lost.into_iter();
    lost.filter(|lost| !is_found(&lost.place)).collect()
}

/// What an earlier scan of the history knew of a file.
struct KnownFile<'a> {
    /// An occurrence with the facts of the history.
    history: &'a Occurrence,
    /// The blobs that hold the value, by its byte range.
    blobs: HashMap<(u64, u64), &'a Option<String>>,
    /// The working tree still has the value there.
    is_there: bool,
}

/// Restores the facts of occurrences that an earlier scan found in the history, and that this scan,
/// of the working tree alone, could not find. If the file still holds the value, its occurrences
/// get the commits. Otherwise the old occurrences become places in the history.
fn restore(secret: &mut Secret, olds: &[Occurrence]) {
    let mut numbers: HashMap<(&str, &str), usize> = HashMap::new();
    let mut files: Vec<KnownFile> = Vec::new();
    for old in olds {
        let number = *numbers.entry(file_of(old)).or_insert(files.len());
        if number == files.len() {
            files.push(KnownFile {
                history: old,
                blobs: HashMap::new(),
                is_there: false,
            });
        }
        files[number].history = old;
        files[number].blobs.insert((old.start, old.end), &old.blob);
    }
    for place in &mut secret.occurrences {
        let number = numbers.get(&file_of(place)).copied();
        let Some(number) = number.filter(|_| is_in_working_tree(place)) else {
            continue;
        };
        let file = &mut files[number];
        file.is_there = true;
        place.set_history(file.history);
        if let Some(blob) = file.blobs.get(&(place.start, place.end)) {
            place.blob.clone_from(blob);
        }
    }
    let is_there = |old: &&Occurrence| files[numbers[&file_of(old)]].is_there;
    let gone = olds.iter().filter(|old| !is_there(old));
    secret.occurrences.extend(gone.map(|old| Occurrence {
        origin: Origin::Blob,
        ..old.clone()
    }));
}
