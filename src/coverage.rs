//! The coverage account: what a scan read, what it passed over and why, what it could not read. Nothing is skipped in
//! silence, so every source writes here, and every scan ends by showing it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why something was not read although it could have been.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Skip {
    /// A well-known dependency, build or cache folder that git ignores (`--everything` reads it).
    IgnoredFolder,
    /// Larger than `--max-blob`.
    TooLarge,
    /// A symbolic link; what it points to is read where it stands, if it is inside the target.
    SymbolicLink,
    /// A socket, pipe or device.
    SpecialFile,
    /// A submodule's commit, which lives in another repository.
    Submodule,
    /// A folder that holds an inventory of Keyferry's own: its ids and fingerprints look like secrets and are none.
    OwnInventory,
    /// Not tracked by git, with `--tracked-only`.
    Untracked,
    /// An object that a shallow or partial clone does not hold.
    NotInClone,
    /// What git or a tool was writing into the object database when it was stopped: `tmp_pack_…`, `tmp_obj_…`.
    Unfinished,
    /// A finding of a commit older than `--since`.
    BeforeSince,
}

impl Skip {
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

/// What was not read for one reason: how many, and the first of them by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Skipped {
    pub count: u64,
    /// In order; at most [`Coverage::NAMED`] of them.
    pub named: Vec<String>,
}

/// Something that should have been read and could not be: it makes a scan incomplete.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unreadable {
    /// Path, or repository and object id.
    pub what: String,
    pub why: String,
}

/// Counts over all targets of one scan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    pub repositories: u64,
    /// Plain folders that were named as targets: they have no history.
    pub folders: u64,
    /// Files of working trees and plain folders.
    pub files: u64,
    /// Files of git's own directories beside objects, refs and indexes: configuration, hooks, logs, messages.
    pub git_files: u64,
    /// Distinct blobs of object databases, those whose bytes a file already gave included.
    pub blobs: u64,
    pub commits: u64,
    pub tags: u64,
    /// Objects that were not read again, since an earlier scan read them: it kept where it found something.
    pub known: u64,
    /// Content of files, blobs and messages that went through detection.
    pub bytes: u64,
    /// Files and blobs with NUL bytes: read for tokens with a fixed prefix and keys, not for assignments.
    pub binary: u64,
    pub skipped: BTreeMap<Skip, Skipped>,
    pub unreadable: Vec<Unreadable>,
    /// Candidates that a noise or proof filter rejected, by the filter's name.
    pub rejected: BTreeMap<String, u64>,
    /// True when the scan was interrupted.
    pub interrupted: bool,
}

impl Coverage {
    /// How many skipped things of one reason are named.
    pub const NAMED: usize = 20;

    pub fn skip(&mut self, reason: Skip, what: impl Into<String>) {
        let entry = self.skipped.entry(reason).or_default();
        entry.count += 1;
        entry.named.push(what.into());
        if entry.named.len() > 4 * Self::NAMED {
            Self::trim(entry);
        }
    }

    pub fn unreadable(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.unreadable.push(Unreadable {
            what: what.into(),
            why: why.into(),
        });
    }

    /// True unless something could not be read.
    pub fn complete(&self) -> bool {
        self.unreadable.is_empty() && !self.interrupted
    }

    /// Adds what another worker or target counted.
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

    /// Puts what workers wrote in whatever order into a stable one. To be called once, before a report.
    pub fn settle(&mut self) {
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
    fn the_order_of_workers_does_not_show() {
        let account = |names: &[&str]| {
            let mut coverage = Coverage::default();
            names
                .iter()
                .for_each(|name| coverage.skip(Skip::TooLarge, *name));
            coverage.unreadable(names[0], "gone");
            coverage
        };
        let (mut one, mut other) = (account(&["b", "d"]), account(&["a", "c"]));
        one.absorb(account(&["a", "c"]));
        other.absorb(account(&["b", "d"]));
        one.settle();
        other.settle();
        assert_eq!(one, other);
        assert_eq!(one.skipped[&Skip::TooLarge].count, 4);
        assert!(!one.complete());
    }
}
