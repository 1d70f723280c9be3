//! Gives units their names.
//!
//! The author of a repository decides what it claims to be, so a name is given by these rules:
//!
//! 1. A unit that the inventory knows keeps its name: it is at the known location and claims the same as before, or a
//!    person says so (`--same`).
//! 2. A repository that was moved keeps its name: nothing is at the known location any more, the claim is the same, and
//!    the repository has a commit that was seen there.
//! 3. Any other target gets the name that it claims, and any other nested repository the name of its target with its
//!    path. If another unit has the name, known or of this run, a number is appended.
//!
//! Names and claims are compared as a whole, without regard to case: names that differ only in case would be mistaken
//! for each other.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::git::layout;
use super::target::Unit;
use crate::finding::repository_identity::{KnownUnit, KnownUnits, UnitKind, plain_name};

/// A name that was given to a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenName {
    /// The name.
    pub name: String,
    /// The inventory knows this unit by the name, or one that seems to be it.
    pub is_known: bool,
    /// A person said that it is this unit.
    pub is_confirmed: bool,
    /// The unit was moved, and has a commit that was seen at its old location.
    pub is_moved: bool,
    /// An earlier name of this very unit.
    pub earlier_name: Option<String>,
}

/// Gives names to the units of a run.
pub struct UnitNaming<'a> {
    known: &'a KnownUnits,
    /// Locations of all targets of this run.
    targets: &'a BTreeSet<PathBuf>,
    by_location: HashMap<&'a Path, Vec<&'a str>>,
    by_claim: HashMap<String, Vec<&'a str>>,
    /// Names of known units and of units of this run, folded.
    taken: HashMap<String, TakenName>,
    /// Names of units of this run.
    given: HashSet<String>,
}

/// A name that a unit has.
struct TakenName {
    name: String,
    /// The number to try next for another unit that wants the name.
    next: u64,
}

impl TakenName {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            next: 2,
        }
    }
}

impl<'a> UnitNaming<'a> {
    /// Begins a run over these targets.
    pub fn new(known: &'a KnownUnits, targets: &'a BTreeSet<PathBuf>) -> Self {
        let (mut by_location, mut by_claim): (HashMap<_, Vec<_>>, HashMap<_, Vec<_>>) =
            Default::default();
        for (name, unit) in &known.by_name {
            let name = name.as_str();
            by_location.entry(&*unit.location).or_default().push(name);
            by_claim.entry(fold(&unit.claim)).or_default().push(name);
        }
        Self {
            known,
            targets,
            by_location,
            by_claim,
            taken: known
                .by_name
                .keys()
                .map(|name| (fold(name), TakenName::new(name)))
                .collect(),
            given: HashSet::new(),
        }
    }

    /// Names a target. `has_commit` tells whether the unit has one of these commits.
    pub fn name_target(
        &mut self,
        unit: &Unit,
        claim: &str,
        has_commit: &mut dyn FnMut(&[String]) -> bool,
    ) -> GivenName {
        self.name(unit, claim, None, has_commit)
    }

    /// Names a repository within the target `outer`, at the path `below` it.
    pub fn name_nested(
        &mut self,
        unit: &Unit,
        claim: &str,
        outer: &str,
        below: &str,
        has_commit: &mut dyn FnMut(&[String]) -> bool,
    ) -> GivenName {
        self.name(unit, claim, Some((outer, below)), has_commit)
    }

    fn name(
        &mut self,
        unit: &Unit,
        claim: &str,
        nested: Option<(&str, &str)>,
        has_commit: &mut dyn FnMut(&[String]) -> bool,
    ) -> GivenName {
        let base = match nested {
            Some((outer, below)) => format!("{outer}/{}", below.trim_matches('/')),
            None => claim.to_owned(),
        };
        let mut given = GivenName {
            name: String::new(),
            is_known: true,
            is_confirmed: false,
            is_moved: false,
            earlier_name: None,
        };
        let here = self.here(unit, claim);
        if let Some(name) = self.confirmed(unit, claim, &base, nested.is_some()) {
            given.is_confirmed = true;
            given.earlier_name = here.filter(|earlier| *earlier != name).map(str::to_owned);
            given.name = name.to_owned();
        } else if let Some(name) = here
            && !(nested.is_some() && self.known.by_name[name].kind.is_none())
        {
            given.name = name.to_owned();
        } else if let Some(name) =
            self.moved(unit, claim, nested.map(|(outer, _)| outer), has_commit)
        {
            given.is_moved = true;
            given.name = name.to_owned();
        } else {
            // Earlier versions named a nested repository after its remote.
            given.earlier_name = here
                .filter(|name| has_commit(&self.known.by_name[*name].commits))
                .map(str::to_owned);
            given.is_known = false;
            given.name = self.free(&base);
        }
        self.taken
            .entry(fold(&given.name))
            .or_insert_with(|| TakenName::new(&given.name));
        self.given.insert(given.name.clone());
        given
    }

    /// The known unit at this location that makes the same claim.
    fn here(&self, unit: &Unit, claim: &str) -> Option<&'a str> {
        let claim = fold(claim);
        let here = self.by_location.get(&*unit.location)?.iter().copied();
        here.filter(|name| {
            !self.given.contains(*name) && fold(&self.known.by_name[*name].claim) == claim
        })
        .min_by_key(|name| (self.known.by_name[*name].is_replaced, *name))
    }

    /// The claim of the unit that was found at a location last.
    pub fn claim_at(&self, location: &Path) -> Option<&'a str> {
        let here = self.by_location.get(location)?.iter();
        let mut units = here.map(|name| &self.known.by_name[*name]);
        let unit = units.find(|unit| !unit.is_replaced)?;
        Some(&unit.claim)
    }

    /// The known unit of which a person says that it is this one.
    fn confirmed(&self, unit: &Unit, claim: &str, base: &str, is_nested: bool) -> Option<&'a str> {
        let is_it = |name: &&str, known: &KnownUnit| {
            let elsewhere = self.targets.contains(&known.location) && !known.is_replaced;
            known.location == unit.location
                || *name == base
                || (!is_nested && !elsewhere && fold(&known.claim) == fold(claim))
        };
        let confirmed = self.known.confirmed.iter().map(String::as_str);
        confirmed
            .filter(|name| !self.given.contains(*name))
            .find(|name| {
                self.known
                    .by_name
                    .get(*name)
                    .is_some_and(|known| is_it(name, known))
            })
    }

    /// The known unit that was moved here.
    fn moved(
        &self,
        unit: &Unit,
        claim: &str,
        outer: Option<&str>,
        has_commit: &mut dyn FnMut(&[String]) -> bool,
    ) -> Option<&'a str> {
        let candidates = self.by_claim.get(&fold(claim))?.iter().copied();
        candidates
            .filter(|name| !self.given.contains(*name))
            .find(|name| {
                let known = &self.known.by_name[*name];
                // Only a target takes the name that it claims.
                known.within.as_deref() == outer
                    && known.location != unit.location
                    && self.is_gone(known, unit)
                    && has_commit(&known.commits)
            })
    }

    /// Whether nothing is left at the location of a known repository.
    fn is_gone(&self, known: &KnownUnit, unit: &Unit) -> bool {
        let location = &known.location;
        if matches!(known.kind, Some(UnitKind::Folder | UnitKind::File)) {
            return false;
        }
        known.is_replaced
            // A submodule that is checked out is not read in its git directory.
            || (is_in_git_directory(location) && !is_in_git_directory(&unit.location))
            || !(self.targets.contains(location)
                || std::fs::symlink_metadata(location.join(".git")).is_ok()
                || layout::looks_bare(location))
    }

    /// The name, with a number if another unit has it.
    fn free(&mut self, base: &str) -> String {
        let Some(next) = self.taken.get(&fold(base)).map(|taken| taken.next) else {
            return base.to_owned();
        };
        let numbered = |number: u64| format!("{base}~{number}");
        let free = (next..).find(|number| !self.taken.contains_key(&fold(&numbered(*number))));
        let free = free.expect("there are more numbers than names");
        if let Some(taken) = self.taken.get_mut(&fold(base)) {
            taken.next = free + 1;
        }
        numbered(free)
    }

    /// The unit whose name differs from this one by the number of a further clone only.
    pub fn original(&self, name: &str) -> Option<&str> {
        let plain = plain_name(name);
        let taken = (plain != name).then(|| self.taken.get(&fold(plain)))??;
        Some(&taken.name)
    }
}

fn is_in_git_directory(location: &Path) -> bool {
    location.components().any(|part| part.as_os_str() == ".git")
}

/// A name in the form in which names are compared.
fn fold(name: &str) -> String {
    name.to_lowercase()
}
