//! The coverage report of a scan: the numbers of things that it read, the things that it skipped,
//! with the reason, and the things that it could not read. Nothing is skipped silently: every
//! source writes to the report, and every scan shows it at the end.

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
    /// Larger than `--max-blob`.
    TooLarge,
    /// A symbolic link. A target of the link that is inside the scanned target is read at its own
    /// path.
    SymbolicLink,
    /// A socket, pipe or device.
    SpecialFile,
    /// A submodule. Its commits are in another repository.
    Submodule,
    /// A folder that holds an inventory of Keyferry. Its ids and fingerprints look like secrets.
    OwnInventory,
    /// Not tracked by git, with `--tracked-only`.
    Untracked,
    /// An object that a shallow or partial clone does not hold.
    NotInClone,
    /// A file that git or a tool was writing into the object database when it was stopped:
    /// `tmp_pack_…`, `tmp_obj_…`.
    Unfinished,
    /// A finding of a commit older than `--since`.
    BeforeSince,
}

impl Skip {
    /// The name used in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Skip::IgnoredFolder => "ignored-folder",
            Skip::TooLarge => "too-large",
            Skip::SymbolicLink => "symbolic-link",
            Skip::SpecialFile => "special-file",
            Skip::Submodule => "submodule",
            Skip::OwnInventory => "own-inventory",
            Skip::Untracked => "untracked",
            Skip::NotInClone => "not-in-clone",
            Skip::Unfinished => "unfinished",
            Skip::BeforeSince => "before-since",
        }
    }
}

/// The things that were skipped for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Skipped {
    /// Their number.
    pub count: u64,
    /// The first of them by name, in order; at most [`Coverage::NAMED`].
    pub named: Vec<String>,
}

/// Something that should have been read and could not be. It makes a scan incomplete.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unreadable {
    /// Path, or repository and object id.
    pub what: String,
    /// The reason.
    pub why: String,
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
    pub skipped: BTreeMap<Skip, Skipped>,
    /// Unreadable things.
    pub unreadable: Vec<Unreadable>,
    /// Numbers of rejected candidates, by the name of the filter or proof that rejected them.
    pub rejected: BTreeMap<String, u64>,
    /// The scan was interrupted.
    pub interrupted: bool,
}

impl Coverage {
    /// The largest number of things that are named for one reason.
    pub const NAMED: usize = 20;

    /// Records something that was skipped. `what` names it.
    pub fn skip(&mut self, reason: Skip, what: impl Into<String>) {
        let entry = self.skipped.entry(reason).or_default();
        entry.count += 1;
        entry.named.push(what.into());
        if entry.named.len() > 4 * Self::NAMED {
            Self::trim(entry);
        }
    }

    /// Records something that could not be read. `what` names it.
    pub fn unreadable(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.unreadable.push(Unreadable {
            what: what.into(),
            why: why.into(),
        });
    }

    /// Whether everything could be read, and the scan was not interrupted.
    pub fn complete(&self) -> bool {
        self.unreadable.is_empty() && !self.interrupted
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
            let entry = self.skipped.entry(reason).or_default();
            entry.count += skipped.count;
            entry.named.extend(skipped.named);
            Self::trim(entry);
        }
        self.unreadable.extend(other.unreadable);
        for (name, count) in other.rejected {
            *self.rejected.entry(name).or_default() += count;
        }
        self.interrupted |= other.interrupted;
    }

    /// Sorts the entries, which workers add in any order, and drops duplicates. Call it once,
    /// before a report is shown.
    pub fn sort(&mut self) {
        self.unreadable.sort();
        self.unreadable.dedup();
        self.skipped.values_mut().for_each(Self::trim);
    }

    fn trim(entry: &mut Skipped) {
        entry.named.sort();
        entry.named.truncate(Self::NAMED);
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
}
