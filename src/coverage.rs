//! The coverage report of a scan: the numbers of things that it read, the things that it skipped,
//! with the reason, and the things that it could not read. Nothing is skipped silently: every
//! source writes to the report, and every scan shows it at the end.

pub mod shortfall;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The reason for which something was not read although it could have been.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Skip {
    /// A well-known dependency, build or cache folder that git ignores (`--everything` reads it).
    IgnoredFolder,
    /// A file of ignore rules that takes too long to match. The folders that it names are read.
    IgnoreRules,
    /// Larger than `--max-blob`, or a delta of an object that is too large. With `--strict`, it makes
    /// a scan incomplete.
    TooLarge,
    /// A symbolic link. A target of the link that is inside the scanned target is read at its own
    /// path.
    SymbolicLink,
    /// A socket, pipe or device.
    SpecialFile,
    /// A submodule. Its commits are in another repository.
    Submodule,
    /// A repository whose files git tracks within another one. It is read as files, without its
    /// history (`--embedded-repositories` reads it as a repository).
    EmbeddedRepository,
    /// A file that Keyferry wrote into the inventory in use. Its ids and fingerprints look like
    /// secrets.
    OwnInventory,
    /// Not tracked by git, with `--tracked-only`.
    Untracked,
    /// Objects in a directory that a repository borrows from another one. The repository leads to
    /// none of them.
    BorrowedObjects,
    /// The history before a commit at the edge of a shallow clone.
    Shallow,
    /// An object that a partial clone does not hold.
    Partial,
    /// A file that git or a tool was writing into the object database when it was stopped:
    /// `tmp_pack_…`, `tmp_obj_…`.
    Unfinished,
    /// A finding of a commit older than `--since`.
    BeforeSince,
    /// A finding of which it is not known whether it is older than `--since`, because the clone is
    /// shallow or partial. It makes the scan incomplete.
    UnknownAge,
}

impl Skip {
    /// The name used in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Skip::IgnoredFolder => "ignored-folder",
            Skip::IgnoreRules => "ignore-rules",
            Skip::TooLarge => "too-large",
            Skip::SymbolicLink => "symbolic-link",
            Skip::SpecialFile => "special-file",
            Skip::Submodule => "submodule",
            Skip::EmbeddedRepository => "embedded-repository",
            Skip::OwnInventory => "own-inventory",
            Skip::Untracked => "untracked",
            Skip::BorrowedObjects => "borrowed-objects",
            Skip::Shallow => "shallow",
            Skip::Partial => "partial",
            Skip::Unfinished => "unfinished",
            Skip::BeforeSince => "before-since",
            Skip::UnknownAge => "unknown-age",
        }
    }
}

/// A limit that ended the reading of something, or a list of matches, before its end. It makes a
/// scan incomplete.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// The number of matches that are kept of one text.
    Matches,
    /// The number of places that are reported for one value, or for one unit.
    Rows,
    /// The work that one text may cost.
    Work,
    /// The memory budget (`--memory`).
    Memory,
    /// The time budget (`--time-limit`).
    Time,
    /// The bytes that a repository may make, in proportion to those that it stores
    /// (`--max-expansion`).
    Expansion,
}

impl Limit {
    /// The name used in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Limit::Matches => "matches",
            Limit::Rows => "rows",
            Limit::Work => "work",
            Limit::Memory => "memory",
            Limit::Time => "time",
            Limit::Expansion => "expansion",
        }
    }
}

/// A contradiction between objects and their ids. It makes a scan incomplete, although the content
/// is searched.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Contradiction {
    /// Copies of one object have different content. Each content is searched.
    DifferingCopies,
    /// The content of an object has another id. It is searched.
    WrongId,
}

impl Contradiction {
    /// The name used in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Contradiction::DifferingCopies => "differing-copies",
            Contradiction::WrongId => "wrong-id",
        }
    }
}

/// The things that were skipped for one reason, or cut off by one limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// Their number.
    pub count: u64,
    /// The first of them by name, in order; at most [`Coverage::NAMED`].
    pub named: Vec<String>,
}

impl Listed {
    fn add(&mut self, what: String) {
        self.count += 1;
        self.named.push(what);
        if self.named.len() > 4 * Coverage::NAMED {
            self.trim();
        }
    }

    fn absorb(&mut self, other: Self) {
        self.count += other.count;
        self.named.extend(other.named);
        self.trim();
    }

    fn trim(&mut self) {
        self.named.sort();
        self.named.truncate(Coverage::NAMED);
    }
}

/// Something that should have been read and could not be. It makes a scan incomplete.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unreadable {
    /// Path, or repository and object id.
    pub what: String,
    /// The reason.
    pub why: String,
    /// The number of things that this entry stands for: more than 1 if the unit has so many that
    /// not all are named.
    pub count: u64,
}

/// The coverage report of one scan, over all targets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Repositories, those within others included.
    pub repositories: u64,
    /// Plain folders that were named as targets. They have no history.
    pub folders: u64,
    /// Files of working trees and plain folders.
    pub files: u64,
    /// Files of git directories other than objects, refs and indexes: configuration, hooks, logs,
    /// messages.
    pub git_files: u64,
    /// Distinct blobs of object databases, including those that are also files of the working tree.
    pub blobs: u64,
    /// Commits.
    pub commits: u64,
    /// Annotated tags.
    pub tags: u64,
    /// Objects that were not read again, because the cache of an earlier scan knows which of them
    /// have matches.
    pub known: u64,
    /// Bytes of files, blobs and messages that were searched.
    pub bytes: u64,
    /// Files and blobs with NUL bytes: searched for tokens with a fixed prefix and keys, not for
    /// assignments.
    pub binary: u64,
    /// Skipped things, by reason.
    pub skipped: BTreeMap<Skip, Listed>,
    /// Things that were not read to their end, by limit.
    pub cut_off: BTreeMap<Limit, Listed>,
    /// Objects that contradict their ids, by contradiction.
    pub contradictions: BTreeMap<Contradiction, Listed>,
    /// Unreadable things: of each unit at most [`Coverage::NAMED`], and an entry for the rest.
    pub unreadable: Vec<Unreadable>,
    /// Numbers of rejected candidates, by the name of the filter or proof that rejected them.
    pub rejected: BTreeMap<String, u64>,
    /// The scan was interrupted.
    pub interrupted: bool,
    /// Things that were skipped because of their size make the scan incomplete (`--strict`). The
    /// command sets this when all targets are scanned, so that it changes no result of a target.
    pub strict: bool,
}

impl Coverage {
    /// The largest number of things that are named for one reason.
    pub const NAMED: usize = 20;

    /// The largest number of unreadable things that are held while a unit is read.
    const HELD: usize = 100_000;

    /// Records something that was skipped. `what` names it.
    pub fn skip(&mut self, reason: Skip, what: impl Into<String>) {
        self.skipped.entry(reason).or_default().add(what.into());
    }

    /// Records something that was not read to its end because of a limit. `what` names it.
    pub fn cut(&mut self, limit: Limit, what: impl Into<String>) {
        self.cut_off.entry(limit).or_default().add(what.into());
    }

    /// Records an object that contradicts its id. `what` names it.
    pub fn contradict(&mut self, contradiction: Contradiction, what: impl Into<String>) {
        let listed = self.contradictions.entry(contradiction).or_default();
        listed.add(what.into());
    }

    /// Records something that could not be read. `what` names it.
    pub fn unreadable(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.unreadable.push(Unreadable {
            what: what.into(),
            why: why.into(),
            count: 1,
        });
        // A damaged repository can have millions.
        if self.unreadable.len() > Self::HELD {
            self.sort_unreadable();
            self.fold_unreadable("", Self::HELD / 2);
        }
    }

    /// Shortens the list of unreadable things of one unit: the first are named, the others
    /// counted. Call it when the unit has been read.
    pub fn close_unit(&mut self, unit: &str) {
        self.sort_unreadable();
        self.fold_unreadable(unit, Self::NAMED);
    }

    /// The number of unreadable things.
    pub fn unreadable_count(&self) -> u64 {
        self.unreadable.iter().map(|thing| thing.count).sum()
    }

    /// Whether objects are left out by design: the clone is shallow or partial.
    pub fn lacks_objects(&self) -> bool {
        let parts = [Skip::Shallow, Skip::Partial];
        parts.iter().any(|part| self.skipped.contains_key(part))
    }

    /// Adds the report of another worker or target.
    pub fn absorb(&mut self, other: Coverage) {
        self.repositories += other.repositories;
        self.folders += other.folders;
        self.files += other.files;
        self.git_files += other.git_files;
        self.blobs += other.blobs;
        self.commits += other.commits;
        self.tags += other.tags;
        self.known += other.known;
        self.bytes += other.bytes;
        self.binary += other.binary;
        for (reason, skipped) in other.skipped {
            self.skipped.entry(reason).or_default().absorb(skipped);
        }
        for (limit, cut) in other.cut_off {
            self.cut_off.entry(limit).or_default().absorb(cut);
        }
        for (contradiction, listed) in other.contradictions {
            let own = self.contradictions.entry(contradiction).or_default();
            own.absorb(listed);
        }
        self.unreadable.extend(other.unreadable);
        for (name, count) in other.rejected {
            *self.rejected.entry(name).or_default() += count;
        }
        self.interrupted |= other.interrupted;
        self.strict |= other.strict;
    }

    /// All texts of the report that can contain names of scanned things.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let listed = self.skipped.values_mut().chain(self.cut_off.values_mut());
        let listed = listed.chain(self.contradictions.values_mut());
        // The reason may contain a path, too.
        let unreadable = self.unreadable.iter_mut();
        listed
            .flat_map(|listed| &mut listed.named)
            .chain(unreadable.flat_map(|thing| [&mut thing.what, &mut thing.why]))
    }

    /// Sorts the entries, which workers add in any order, and drops duplicates. Call it once,
    /// before a report is shown.
    pub fn sort(&mut self) {
        self.sort_unreadable();
        self.skipped
            .values_mut()
            .chain(self.cut_off.values_mut())
            .chain(self.contradictions.values_mut())
            .for_each(Listed::trim);
    }

    fn sort_unreadable(&mut self) {
        self.unreadable.sort();
        self.unreadable.dedup();
    }

    /// Replaces the entries after the first `named` with one entry that counts them. The list is
    /// sorted. Entries that count others are folded again.
    fn fold_unreadable(&mut self, unit: &str, named: usize) {
        let (mut counting, mut single): (Vec<_>, Vec<_>) = std::mem::take(&mut self.unreadable)
            .into_iter()
            .partition(|thing| thing.count > 1 && (thing.what.is_empty() || thing.what == unit));
        counting.extend(single.drain(named.min(single.len())..));
        self.unreadable = single;
        let count = counting.iter().map(|thing| thing.count).sum();
        if count > 0 {
            self.unreadable.push(Unreadable {
                what: unit.to_owned(),
                why: format!("{count} more could not be read"),
                count,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_workers_does_not_matter() {
        let report = |names: &[&str]| {
            let mut coverage = Coverage::default();
            names
                .iter()
                .for_each(|name| coverage.skip(Skip::TooLarge, *name));
            coverage.unreadable(names[0], "gone");
            coverage
        };
        let (mut one, mut other) = (report(&["b", "d"]), report(&["a", "c"]));
        one.absorb(report(&["a", "c"]));
        other.absorb(report(&["b", "d"]));
        one.sort();
        other.sort();
        assert_eq!(one, other);
        assert_eq!(one.skipped[&Skip::TooLarge].count, 4);
        assert!(!one.complete());
    }

    #[test]
    fn a_unit_names_few_of_its_unreadable_things_and_counts_all() {
        let mut coverage = Coverage::default();
        for n in 0..Coverage::HELD + 1000 {
            coverage.unreadable(format!("{n:06}"), "gone");
        }
        coverage.close_unit("shop");
        let total = (Coverage::HELD + 1000) as u64;
        assert_eq!(coverage.unreadable.len(), Coverage::NAMED + 1);
        assert_eq!(coverage.unreadable_count(), total);
        let rest = coverage.unreadable.last().unwrap();
        assert_eq!((&*rest.what, rest.count), ("shop", total - 20));
        // The entries of a unit stay when another unit is added.
        let mut all = Coverage::default();
        all.absorb(coverage);
        all.unreadable("other", "gone");
        all.sort();
        assert_eq!(all.unreadable_count(), total + 1);
    }

    #[test]
    fn a_limit_makes_a_scan_incomplete() {
        let mut coverage = Coverage::default();
        coverage.cut(Limit::Time, "shop");
        let mut all = Coverage::default();
        all.absorb(coverage);
        assert!(!all.complete());
        assert_eq!(all.cut_off[&Limit::Time].named, ["shop"]);
    }
}
