//! Notes of `discover` on repositories that were moved, replaced or not recognised.

use std::collections::BTreeMap;
use std::path::Path;

use super::next_command;
use crate::finding::repository_identity::{
    KnownUnit, KnownUnits, Sameness, UnitIdentity, UnitKind, split_number,
};
use crate::inventory::entry::Secret;
use crate::inventory::merge::ReadingChange;
use crate::report::number;
use crate::secret::SecretId;

/// A unit that was scanned.
pub struct NotedUnit<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its location.
    pub location: &'a Path,
    /// How it was recognised.
    pub identity: &'a UnitIdentity,
}

/// The notes, in order of unit. `known` are the units before the run, and `kept` are numbers of occurrences, see
/// `inventory::merge`.
pub fn notes(
    units: &[NotedUnit],
    known: &KnownUnits,
    kept: &BTreeMap<String, usize>,
    secrets: &BTreeMap<SecretId, Secret>,
) -> Vec<String> {
    let mut notes: Vec<String> = units
        .iter()
        .filter_map(|unit| note(unit, known, kept))
        .collect();
    notes.extend(replaced(units, known, secrets));
    notes.extend(named_after_folder(units));
    for name in &known.confirmed {
        if !units.iter().any(|unit| unit.name == name) {
            notes.push(format!("--same {name}: no target can be this repository"));
        }
    }
    notes
}

/// The number of changed readings that notes name.
const CHANGES_SHOWN: usize = 20;

/// The notes on values that are read differently than by an earlier version.
pub fn reading_changes(changes: &[ReadingChange]) -> Vec<String> {
    let mut notes: Vec<String> = changes
        .iter()
        .take(CHANGES_SHOWN)
        .map(|change| {
            format!(
                "reading changed: {} is read as {} now ({}:{}:{})",
                change.earlier, change.now, change.repository, change.path, change.line
            )
        })
        .collect();
    if let Some(more @ 1..) = changes.len().checked_sub(CHANGES_SHOWN) {
        notes.push(format!(
            "reading changed: {more} more; `read_now_as` in the entries of the inventory names them"
        ));
    }
    notes
}

fn note(unit: &NotedUnit, known: &KnownUnits, kept: &BTreeMap<String, usize>) -> Option<String> {
    let NotedUnit {
        name,
        location,
        identity,
    } = unit;
    let place = location.display();
    let before = known.by_name.get(*name);
    if let Some(earlier) = &identity.earlier_name {
        return Some(format!(
            "{earlier} has the name {name} now, with all its places"
        ));
    }
    match identity.sameness {
        Sameness::Unproved => {
            let kept = kept.get(*name).filter(|kept| **kept > 0)?;
            let places = number::count(*kept as u64, "place", "places");
            Some(format!(
                "{name}: {places} of earlier scans were not found again and are kept, because no commit that earlier \
                 scans saw is in {place}\nif it is the same repository with another history, run {}",
                same(name, location)
            ))
        }
        Sameness::Proved | Sameness::Confirmed => {
            let before = before.filter(|before| before.location != **location)?;
            let from = before.location.display();
            Some(format!("{name} was moved from {from} to {place}"))
        }
        Sameness::New => {
            let (original, _) = split_number(name).filter(|_| identity.clone_of.is_none())?;
            let other = known.by_name.get(original)?;
            let claim = match identity.within {
                None => format!("{place} says that it is {original}"),
                Some(_) => format!("{place} would be named {original}"),
            };
            Some(format!(
                "{claim}, which the inventory knows at {}; they have no commit in common, so it is recorded as {name}, \
                 without the facts of {original}\nif it is the same repository, run {}",
                other.location.display(),
                same(original, location)
            ))
        }
    }
}

/// Notes on units whose location has another unit now.
fn replaced(
    units: &[NotedUnit],
    known: &KnownUnits,
    secrets: &BTreeMap<SecretId, Secret>,
) -> Vec<String> {
    let at: BTreeMap<&Path, &NotedUnit> = units.iter().map(|unit| (unit.location, unit)).collect();
    let names: BTreeMap<&str, &NotedUnit> = units.iter().map(|unit| (unit.name, unit)).collect();
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for place in secrets.values().flat_map(|secret| &secret.occurrences) {
        *counts.entry(&place.repository).or_default() += 1;
    }
    let note = |(name, known): (&String, &KnownUnit)| {
        let unit = at.get(known.location.as_path())?;
        let is_renamed = unit.identity.earlier_name.as_ref() == Some(name);
        if known.is_replaced || is_renamed || names.contains_key(name.as_str()) {
            return None;
        }
        let count = counts.get(name.as_str()).copied().unwrap_or(0);
        Some(format!(
            "{} was {name} before and is {} now; {} of {name} are kept\n\
             if it is the same repository with another remote, run {}",
            known.location.display(),
            unit.name,
            number::count(count, "place", "places"),
            same(name, unit.location)
        ))
    };
    known.by_name.iter().filter_map(note).collect()
}

/// A note on new repositories that are named after a folder, although they have remotes.
fn named_after_folder(units: &[NotedUnit]) -> Option<String> {
    let is_folder = |unit: &&NotedUnit| unit.identity.kind == UnitKind::Folder;
    let folders: Vec<&str> = units
        .iter()
        .filter(is_folder)
        .map(|unit| unit.name)
        .collect();
    let first = units.iter().find(|unit| {
        let outer = unit.identity.within.as_deref();
        unit.identity.sameness == Sameness::New
            && unit.identity.claim.contains('/')
            && outer.is_some_and(|outer| folders.contains(&outer))
    })?;
    Some(format!(
        "repositories within a folder are named after the folder, such as {}; name each of them as a target to name it \
         after its remote, which is {} here",
        first.name, first.identity.claim
    ))
}

/// The command by which a person says that the unit at a location is the one with this name.
fn same(name: &str, location: &Path) -> String {
    format!(
        "keyferry discover --same {} {}",
        next_command::quoted(name),
        next_command::quoted(&location.to_string_lossy())
    )
}
