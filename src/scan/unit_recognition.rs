//! Names the units of a target, and recognises those that the inventory knows.

use std::cell::OnceCell;
use std::sync::Arc;

use super::placement::history_lookup::HistoryLookup;
use super::redaction;
use super::scan_context::ScanContext;
use super::target_scan::TargetNeighbours;
use super::unit_listing::ListedUnit;
use crate::coverage::Coverage;
use crate::finding::repository_identity::{Sameness, UnitIdentity, UnitKind};
use crate::source::git::Repo;
use crate::source::git::own_objects;
use crate::source::git::pack::{Forest, SizeSupplement};
use crate::source::git::recognition;
use crate::source::target::{Shape, Unit};
use crate::source::unit_naming::UnitNaming;

/// A unit that has a name. Whether it is the one that the inventory knows is settled when it has been read.
pub(crate) struct Recognition {
    identity: UnitIdentity,
    /// Any of these commits proves that it is the known unit.
    known_commits: Vec<String>,
    /// Another unit whose name differs by a number only, and its commits.
    original: Option<(String, Vec<String>)>,
}

/// Gives all units of a target their names, the target first.
pub(crate) fn name_units(
    scan: &ScanContext,
    listed: &mut [ListedUnit],
    around: &TargetNeighbours,
) -> Vec<Recognition> {
    // Until here, the name of a unit is its claim.
    redaction::redact_unit_names(scan, listed);
    let below = redaction::redacted_prefixes(scan, listed);
    let mut naming = UnitNaming::new(&around.known, &around.separate);
    let mut order: Vec<usize> = (0..listed.len()).collect();
    order.sort_by_key(|&at| (at > 0, listed[at].unit.location.clone()));
    let mut outer = String::new();
    let mut recognitions: Vec<(usize, Recognition)> = Vec::with_capacity(listed.len());
    for at in order {
        let unit = &listed[at].unit;
        // A repository that cannot be opened says nothing, and is no other one for that.
        let silent = listed[at]
            .is_broken
            .then(|| naming.claim_at(&unit.location));
        let claim = silent.flatten().unwrap_or(&unit.name).to_owned();
        let objects = UnitObjects::new(scan, unit);
        let has_commit = &mut |ids: &[String]| objects.has_commit(ids);
        let (given, within) = match at {
            0 => (naming.name_target(unit, &claim, has_commit), None),
            _ => {
                let given = naming.name_nested(unit, &claim, &outer, &below[at], has_commit);
                (given, Some(outer.clone()))
            }
        };
        let kind = match unit.shape {
            Shape::Worktree | Shape::Bare => UnitKind::Repository,
            Shape::Folder => UnitKind::Folder,
            Shape::File => UnitKind::File,
        };
        let known = around.known.by_name.get(&given.name);
        let known = known.filter(|_| given.is_known);
        let sameness = match known {
            _ if given.is_confirmed => Sameness::Confirmed,
            // It has been proved to give it the name.
            _ if given.is_moved || given.earlier_name.is_some() => Sameness::Proved,
            None => Sameness::New,
            Some(known) if known.commits.is_empty() && known.kind == Some(kind) => Sameness::Proved,
            Some(_) => Sameness::Unproved,
        };
        let commits_of = |name: &str| {
            let known = around.known.by_name.get(name);
            known.map_or(Vec::new(), |known| known.commits.clone())
        };
        let original = naming
            .original(&given.name)
            .filter(|original| *original != given.name);
        let recognition = Recognition {
            known_commits: known.map_or(Vec::new(), |known| known.commits.clone()),
            original: original.map(|name| (name.to_owned(), commits_of(name))),
            identity: UnitIdentity {
                kind,
                claim,
                within,
                sameness,
                earlier_name: given.earlier_name,
                clone_of: None,
                commits: Vec::new(),
                has_roots: false,
            },
        };
        if at == 0 {
            outer.clone_from(&given.name);
        }
        listed[at].unit.name = given.name;
        recognitions.push((at, recognition));
    }
    recognitions.sort_by_key(|(at, _)| *at);
    recognitions
        .into_iter()
        .map(|(_, recognition)| recognition)
        .collect()
}

impl Recognition {
    /// Settles the identity of a unit that has been read.
    pub(crate) fn finish(
        self,
        scan: &ScanContext,
        unit: &Unit,
        lookup: Option<&HistoryLookup>,
        coverage: &Coverage,
    ) -> UnitIdentity {
        let mut identity = self.identity;
        if identity.kind != UnitKind::Repository {
            return identity;
        }
        let objects = UnitObjects::new(scan, unit);
        let has_commit = |ids: &[String]| match lookup {
            Some(lookup) => recognition::has_commit(&lookup.history.forest, ids),
            None => objects.has_commit(ids),
        };
        if identity.sameness == Sameness::Unproved && has_commit(&self.known_commits) {
            identity.sameness = Sameness::Proved;
        }
        identity.clone_of = self
            .original
            .filter(|(_, commits)| has_commit(commits))
            .map(|(name, _)| name);
        let is_whole = coverage.complete() && !coverage.lacks_objects();
        let commits = match lookup {
            Some(lookup) if is_whole && lookup.history.is_whole => {
                identity.has_roots = true;
                recognition::root_commits(&lookup.history.commits, lookup.head.id)
            }
            Some(lookup) => lookup.head.id.into_iter().collect(),
            None => {
                let repo = Repo::open(&unit.location, &scan.options.boundary).ok();
                repo.and_then(|repo| repo.head()).into_iter().collect()
            }
        };
        identity.commits = commits.iter().map(ToString::to_string).collect();
        identity
    }
}

/// The objects of a unit, which are listed when they are asked for.
struct UnitObjects<'a> {
    scan: &'a ScanContext<'a>,
    unit: &'a Unit,
    forest: OnceCell<Option<Forest>>,
}

impl<'a> UnitObjects<'a> {
    fn new(scan: &'a ScanContext<'a>, unit: &'a Unit) -> Self {
        Self {
            scan,
            unit,
            forest: OnceCell::new(),
        }
    }

    fn has_commit(&self, ids: &[String]) -> bool {
        if ids.is_empty() || !matches!(self.unit.shape, Shape::Worktree | Shape::Bare) {
            return false;
        }
        let forest = self.forest.get_or_init(|| {
            let options = &self.scan.options;
            let repo = Repo::open(&self.unit.location, &options.boundary).ok()?;
            let objects = repo.objects().ok()?;
            let (boundary, format) = (repo.boundary(), repo.format());
            // Commits are small, and this is no part of reading the target.
            let supplement = Arc::new(SizeSupplement::none());
            let workers = options.workers;
            let forest = Forest::open_within(boundary, &objects, format, workers, &supplement);
            let mut forest = forest.ok()?;
            own_objects::restrict(&mut forest, &repo);
            Some(forest)
        });
        forest
            .as_ref()
            .is_some_and(|forest| recognition::has_commit(forest, ids))
    }
}
