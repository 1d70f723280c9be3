//! Rules of a policy that can never apply, because an earlier rule applies to everything that they would apply to.
//!
//! The check knows no text that globs and expressions match: a glob is within another one only if it is the same text, or
//! the other one matches everything. So every rule that it names can never apply, but it does not name all.

use super::glob::Glob;
use super::policy::Policy;
use super::policy_rules::PolicyRules;
use super::rule_condition::{Condition, OriginCondition, PathCondition, PlaceCondition};
use crate::finding::{Confidence, Kind};
use crate::inventory::entry::Exposure;

/// A rule that can never apply, and the earlier rule that applies in its place, by their indexes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdleRule {
    /// The rule.
    pub rule: usize,
    /// The earlier one.
    pub behind: usize,
}

/// The decision rules of a policy that can never decide.
pub fn idle_decision_rules(policy: &Policy) -> Vec<IdleRule> {
    idle(&policy.decisions, |earlier, later| {
        covers(&earlier.when, &later.when)
    })
}

/// The replacement rules of a policy that can never apply.
pub fn idle_replacement_rules(policy: &Policy) -> Vec<IdleRule> {
    idle(&policy.replacements, |earlier, later| {
        covers(&earlier.when, &later.when)
    })
}

/// The rotation rules of a policy that can never apply.
pub fn idle_rotation_rules(policy: &Policy) -> Vec<IdleRule> {
    idle(&policy.rotations, |earlier, later| {
        covers(&earlier.when, &later.when)
    })
}

/// The metadata rules of a policy that can never give a fact.
pub fn idle_metadata_rules(policy: &Policy) -> Vec<IdleRule> {
    idle(&policy.metadata.rules, |earlier, later| {
        let sets_all = later
            .set
            .keys()
            .all(|field| earlier.set.contains_key(field));
        // Rules of a compared field are tried beside each other, if they are about different words.
        let is_compared = |field: &String| policy.metadata.compared.contains(field);
        let is_same = earlier.when == later.when;
        sets_all
            && (is_same || !later.set.keys().any(is_compared))
            && place_covers(&earlier.when, &later.when)
    })
}

fn idle<T>(rules: &PolicyRules<T>, covers: impl Fn(&T, &T) -> bool) -> Vec<IdleRule> {
    let behind = |rule: usize| {
        let earlier = (0..rule).find(|&earlier| covers(&rules[earlier], &rules[rule]));
        earlier.map(|behind| IdleRule { rule, behind })
    };
    (0..rules.len()).filter_map(behind).collect()
}

/// Whether each list of a condition is within that of another one. A list that is left out imposes no condition.
fn within<T: PartialEq>(wide: &[T], narrow: &[T]) -> bool {
    wide.is_empty() || !narrow.is_empty() && narrow.iter().all(|item| wide.contains(item))
}

/// A list that names everything imposes no condition.
fn within_all<T: PartialEq>(wide: &[T], narrow: &[T], all: &[T]) -> bool {
    all.iter().all(|item| wide.contains(item)) || within(wide, narrow)
}

fn globs_within<T: AsRef<str> + PartialEq>(wide: &[T], narrow: &[T]) -> bool {
    let any = wide.iter().any(|glob| glob.as_ref() == "**");
    within(wide, narrow) || any && !narrow.is_empty()
}

fn repositories_within<T: AsRef<str> + PartialEq>(wide: &[T], narrow: &[T]) -> bool {
    let every = |glob: &T| matches!(glob.as_ref(), "*" | "**");
    // Rules are tried for secrets that are found in some repository.
    wide.iter().any(every) || within(wide, narrow)
}

/// Whether a condition holds for every secret for which another one holds.
pub(super) fn covers(wide: &Condition, narrow: &Condition) -> bool {
    let exposures = [Exposure::AtHead, Exposure::History, Exposure::Unreachable];
    let confidences = [Confidence::Low, Confidence::Medium, Confidence::High];
    let path = PathCondition::default();
    let origin = OriginCondition::default();
    let narrow_path = narrow.path.as_ref().unwrap_or(&path);
    let narrow_origin = narrow.origin.as_ref().unwrap_or(&origin);
    within_all(&wide.exposure, &narrow.exposure, &exposures)
        && within_all(&wide.kind, &narrow.kind, &Kind::ALL)
        && within_all(&wide.confidence, &narrow.confidence, &confidences)
        && (wide.expired.is_none() || wide.expired == narrow.expired)
        && (wide.replaceable.is_none() || wide.replaceable == narrow.replaceable)
        && globs_within(&wide.detector, &narrow.detector)
        && globs_within(&wide.engine, &narrow.engine)
        && globs_within(&wide.host, &narrow.host)
        && globs_within(&wide.user, &narrow.user)
        && (wide.key.is_none() || wide.key == narrow.key)
        && repositories_within(&wide.repository, &narrow.repository)
        && wide
            .path
            .as_ref()
            .is_none_or(|wide| paths_within(wide, narrow_path))
        && wide.origin.as_ref().is_none_or(|wide| {
            within(&wide.all, &narrow_origin.all)
                && (within(&wide.any, &narrow_origin.any) || within(&wide.any, &narrow_origin.all))
        })
        && wide.metadata.iter().all(|(field, values)| {
            let narrow = narrow.metadata.get(field);
            narrow.is_some_and(|narrow| within(values, narrow))
        })
        && wide
            .missing
            .iter()
            .all(|field| narrow.missing.contains(field))
}

fn paths_within(wide: &PathCondition, narrow: &PathCondition) -> bool {
    let within = |wide: &[Glob], narrow: &[Glob]| globs_within(wide, narrow);
    within(&wide.all, &narrow.all)
        && within(&wide.head, &narrow.head)
        // No place is in the globs of the wide one, if the narrow one excludes them all.
        && wide.none.iter().all(|glob| narrow.none.contains(glob))
        // A place that one of the other parts states is a place.
        && [&narrow.any, &narrow.head, &narrow.all]
            .into_iter()
            .any(|narrow| within(&wide.any, narrow))
}

fn place_covers(wide: &PlaceCondition, narrow: &PlaceCondition) -> bool {
    globs_within(&wide.path, &narrow.path)
        && globs_within(&wide.branch, &narrow.branch)
        && within(&wide.path_words, &narrow.path_words)
        && within(&wide.repository, &narrow.repository)
        && within_all(&wide.kind, &narrow.kind, &Kind::ALL)
        && (wide.key.is_none() || wide.key == narrow.key)
        && within(&wide.key_words, &narrow.key_words)
        && within(&wide.host_words, &narrow.host_words)
        && within(&wide.environment_words, &narrow.environment_words)
        && globs_within(&wide.detector, &narrow.detector)
        && globs_within(&wide.engine, &narrow.engine)
        && globs_within(&wide.host, &narrow.host)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn condition(text: &str) -> Condition {
        serde_yaml::from_str(text).unwrap()
    }

    #[test]
    fn a_condition_covers_narrower_ones_alone() {
        for (wide, narrow, expected) in [
            ("{}", "kind: [database]", true),
            ("kind: [database]", "{}", false),
            (
                "path: { all: ['**'], none: ['a/**'] }",
                "path: { all: ['**'], none: ['a/**', 'b/**'] }",
                true,
            ),
            ("path: { none: ['a/**'] }", "path: { any: ['b/**'] }", false),
            (
                "kind: [database, ssh-key]",
                "{ kind: [ssh-key], expired: true }",
                true,
            ),
            ("kind: [database]", "kind: [database, ssh-key]", false),
            ("exposure: [at-head, history, unreachable]", "{}", true),
            ("repository: ['*']", "{}", true),
            ("repository: [a]", "repository: [b]", false),
            ("path: { any: [a] }", "path: { head: [a] }", true),
            ("path: { any: [a, b] }", "path: { all: [b] }", true),
            ("path: { head: [a] }", "path: { any: [a] }", false),
            ("path: { all: ['**'] }", "path: { all: [a] }", true),
            ("path: { all: ['**'] }", "{}", false),
            ("host: ['**']", "host: [db]", true),
            ("host: ['**']", "{}", false),
            (
                "metadata: { appenv: [dev, test] }",
                "metadata: { appenv: [dev], owner: [x] }",
                true,
            ),
            (
                "metadata: { appenv: [dev] }",
                "metadata: { owner: [x] }",
                false,
            ),
            ("missing: [owner]", "missing: [owner, appid]", true),
            ("missing: [owner, appid]", "missing: [owner]", false),
            ("key: a", "key: a", true),
            ("key: a", "key: b", false),
            ("expired: false", "expired: true", false),
            ("origin: { any: [blob] }", "origin: { all: [blob] }", true),
        ] {
            assert_eq!(
                covers(&condition(wide), &condition(narrow)),
                expected,
                "{wide} / {narrow}"
            );
        }
    }

    #[test]
    fn rules_that_can_never_apply_are_found() {
        let builtin = Policy::builtin();
        assert_eq!(idle_decision_rules(&builtin), []);
        assert_eq!(idle_metadata_rules(&builtin), []);
        let text = "
schema: 1
metadata:
  rules:
    before:
      - { when: { path: ['**'] }, set: { costcenter: '1' } }
      - { when: { path: [a] }, set: { costcenter: '2' } }
      - { when: { path: [a] }, set: { costcenter: '2', owner: o } }
      - { when: { path: ['**'] }, set: { appenv: dev } }
      - { when: { path: [a] }, set: { appenv: dev } }
decisions:
  after:
    - { id: dead, when: { exposure: [history], kind: [ssh-key] }, then: retain, reason: r }
    - { id: rest, then: retain, reason: r }
    - { id: last, when: { expired: false }, then: retain, reason: r }
";
        let policy = Policy::parse(Path::new("policy.yaml"), text).unwrap();
        let ids = |idle: IdleRule| {
            let id = |index: usize| policy.decisions[index].id.clone();
            (id(idle.rule), id(idle.behind))
        };
        let found: Vec<_> = idle_decision_rules(&policy).into_iter().map(ids).collect();
        let expected = [("dead", "history-only"), ("last", "rest")];
        assert_eq!(found, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
        let found = idle_metadata_rules(&policy);
        assert_eq!(found, [IdleRule { rule: 1, behind: 0 }]);
    }
}
