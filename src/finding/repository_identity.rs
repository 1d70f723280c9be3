//! The identity of scanned repositories: what an inventory knows of them, and how a scan recognises them.
//!
//! A repository says its own name, by its remote or its folder: it *claims* it. A claim proves nothing. Two things do:
//! the location, and commits that an earlier scan saw.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::path_bytes;

/// The kind of a scanned unit.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum UnitKind {
    /// A git repository, with a working tree or bare.
    Repository,
    /// A folder outside any repository, or below the root of one.
    Folder,
    /// A single file.
    File,
}

/// What an inventory knows of a unit that was scanned before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownUnit {
    /// Its absolute path at the last scan.
    #[serde(with = "path_bytes")]
    pub location: PathBuf,
    /// Another unit was found at that location later.
    pub is_replaced: bool,
    /// Its kind. `None`: an inventory of an earlier version does not say.
    pub kind: Option<UnitKind>,
    /// The name that it claimed.
    pub claim: String,
    /// The name of the target that contains it; `None` for a target.
    pub within: Option<String>,
    /// Ids of commits that it had.
    pub commits: Vec<String>,
}

/// The units that an inventory knows, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownUnits {
    /// Name → unit.
    pub by_name: BTreeMap<String, KnownUnit>,
    /// Names of which a person says that they are in the targets of this run (`--same`).
    pub confirmed: BTreeSet<String>,
}

/// How sure it is that a unit is the one that the inventory knows by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sameness {
    /// The inventory knows no unit of this name.
    New,
    /// It is at the same location or was moved from there, and has a commit that was seen there. Without commits, the
    /// location and the kind of unit are the proof.
    Proved,
    /// A person said so.
    Confirmed,
    /// It is at the same location, but the rest of the proof is missing.
    Unproved,
}

/// How a scan recognised a unit, and how the next one will.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitIdentity {
    /// Its kind.
    pub kind: UnitKind,
    /// The name that it claims.
    pub claim: String,
    /// The name of the target that contains it; `None` for a target.
    pub within: Option<String>,
    /// How sure it is that the inventory knows this very unit by this name.
    pub sameness: Sameness,
    /// An earlier name of this very unit. Its facts belong to the new name.
    pub earlier_name: Option<String>,
    /// The repository of which this is provably another clone, if its name differs from that one's by a number only.
    pub clone_of: Option<String>,
    /// Ids of commits by which a later scan can recognise it.
    pub commits: Vec<String>,
    /// The commits are root commits, of a history that was read to its end.
    pub has_roots: bool,
}

/// The largest number of commits by which a unit is recognised.
pub const MOST_COMMITS: usize = 8;

/// Cuts the number off the name of a further clone: `acme/orders~2` is `acme/orders` and 2.
pub fn split_number(name: &str) -> Option<(&str, u64)> {
    let (plain, number) = name.rsplit_once('~')?;
    let legal = !number.is_empty()
        && number.bytes().all(|c| c.is_ascii_digit())
        && !plain.is_empty()
        && !plain.ends_with('/');
    // A number of twenty digits is part of a name.
    legal.then(|| number.parse().ok().map(|number| (plain, number)))?
}

/// The name without the number of a further clone.
pub fn plain_name(name: &str) -> &str {
    split_number(name).map_or(name, |(plain, _)| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_cut_off() {
        assert_eq!(split_number("acme/orders~2"), Some(("acme/orders", 2)));
        for name in ["git.sr.ht/~7", "a/b~", "~2", "a~2/b", "a", "a~x"] {
            assert_eq!(plain_name(name), name);
        }
    }
}
