//! Facts about scanned repositories that decisions need, and their names as globs see them.
//!
//! A glob of the register or the policy gives facts to a repository, so a repository must not match one by a name that it
//! chose: the path of a nested repository within its target, or the claim of a repository that is no clone of the one
//! that has the name.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::repository_identity::plain_name;

/// Facts about one repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepositoryFacts {
    /// The name that it claims, if that is another one than it has.
    pub claim: Option<String>,
    /// The name of the target that contains it; `None` for a target.
    pub within: Option<String>,
    /// It is not known whether it is a clone of the repository that its name has without the number, or it is none.
    pub is_stranger: bool,
    /// The facts of `--set`: field → value.
    pub set: BTreeMap<String, String>,
    /// The fields of `set` that override what the repository states.
    pub forced: BTreeSet<String>,
}

/// A fact of `--set`.
#[derive(Clone, Copy, Debug)]
pub struct SetFact<'a> {
    /// The field.
    pub field: &'a str,
    /// Its value.
    pub value: &'a str,
    /// It overrides what the repository states.
    pub is_forced: bool,
}

/// The repositories of an inventory, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repositories(pub BTreeMap<String, RepositoryFacts>);

impl Repositories {
    /// The name of a repository as globs see it.
    pub fn name<'a>(&self, name: &'a str) -> RepositoryName<'a> {
        let facts = self.0.get(name);
        let within = facts.and_then(|facts| facts.within.as_deref());
        let outer = within.filter(|outer| {
            name.strip_prefix(outer)
                .is_some_and(|below| below.starts_with('/'))
        });
        let keeps_number = facts.is_some_and(|facts| facts.is_stranger) || outer.is_some();
        RepositoryName {
            full: name,
            plain: if keeps_number { name } else { plain_name(name) },
            outer: outer.map_or(0, str::len),
        }
    }

    /// The facts of `--set` about a repository: its own, and those of the target that contains it.
    pub fn set(&self, name: &str) -> impl Iterator<Item = SetFact<'_>> {
        let own = self.0.get(name);
        let outer = own.and_then(|facts| self.0.get(facts.within.as_ref()?));
        let facts = own.into_iter().chain(outer);
        facts.flat_map(|facts| {
            facts.set.iter().map(|(field, value)| SetFact {
                field,
                value,
                is_forced: facts.forced.contains(field),
            })
        })
    }
}

/// The name of a repository as globs see it.
#[derive(Clone, Copy, Debug)]
pub struct RepositoryName<'a> {
    /// The name in the inventory.
    pub full: &'a str,
    /// The name without the number of a further clone.
    pub plain: &'a str,
    /// The length of the part that is the name of the target around a nested repository; 0 for a target.
    outer: usize,
}

/// Everything of a [`RepositoryName`] that globs see.
pub type RepositoryKey = (String, usize, usize);

impl<'a> RepositoryName<'a> {
    /// Names with the same key match the same globs.
    pub fn key(&self) -> RepositoryKey {
        // The plain name is the beginning of the full one.
        (self.full.to_owned(), self.plain.len(), self.outer)
    }

    /// The parts of the name that a glob may match: the whole name, and for a nested repository also what remains
    /// without the first components, as long as one of the target is left. `None`: any last components.
    pub fn nested_parts(&self) -> Option<impl Iterator<Item = &'a str>> {
        let (name, outer) = (self.full, self.outer);
        let starts = name[..outer].match_indices('/').map(|(at, _)| at + 1);
        (outer > 0).then(|| std::iter::once(0).chain(starts).map(move |at| &name[at..]))
    }
}
