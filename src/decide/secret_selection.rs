//! Conditions that select secrets of an inventory for a list, each with the globs and expressions of the policy.

use std::collections::{BTreeMap, BTreeSet};

use super::field_names::{APPENV, APPID};
use super::glob::{Glob, RepositoryGlob};
use super::inputs::Inputs;
use super::repository_facts::Repositories;
use super::text_pattern::Pattern;
use crate::finding::{Confidence, Kind, Occurrence};
use crate::inventory::entry::{Exposure, Outcome, Secret};
use crate::secret::SecretId;

/// The field with the name of the application.
const APPNAME: &str = "appname";
/// The field with the team.
const OWNER: &str = "owner";

/// Conditions on settled secrets. All lists must hold; a list holds if it is empty or one of its items does.
#[derive(Clone, Debug, Default)]
pub struct SecretSelection {
    /// The team.
    pub owner: Vec<Glob>,
    /// The id or the name of the application.
    pub application: Vec<Glob>,
    /// The environment.
    pub environment: Vec<Glob>,
    /// Fields, one of which has no value.
    pub missing: Vec<String>,
    /// The outcome of the decision.
    pub outcome: Vec<Outcome>,
    /// The rule that decided.
    pub rule: Vec<Glob>,
    /// A part of an open question.
    pub question: Vec<Pattern<false>>,
    /// The kind.
    pub kind: Vec<Kind>,
    /// The confidence.
    pub confidence: Vec<Confidence>,
    /// Where the value can be read now.
    pub exposure: Vec<Exposure>,
    /// The detector.
    pub detector: Vec<Glob>,
    /// The repository of a place.
    pub repository: Vec<RepositoryGlob>,
    /// The path of a place.
    pub path: Vec<Glob>,
    /// A part of the name that the value is assigned to, at a place.
    pub key: Vec<Pattern<false>>,
}

/// A condition that no secret, and no possible value of its field, fulfils: most likely it is misspelt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("--{option} {value}: {nothing}")]
pub struct UnknownValue {
    /// The option without its dashes.
    pub option: &'static str,
    /// The value that was given.
    pub value: String,
    /// What does not exist, in words.
    pub nothing: &'static str,
    /// All values that exist.
    pub known: BTreeSet<String>,
}

impl SecretSelection {
    /// Whether all conditions hold for a secret that is settled.
    pub fn selects(&self, secret: &Secret, repositories: &Repositories) -> bool {
        let field = |globs: &[Glob], fields: &[&str]| {
            let values = || {
                fields
                    .iter()
                    .filter_map(|field| secret.metadata.get(*field))
            };
            one(globs, |glob| {
                values().any(|fact| glob.is_match(&fact.value))
            })
        };
        let questions = &secret.decision.questions;
        one(&self.outcome, |outcome| *outcome == secret.decision.outcome)
            && one(&self.kind, |kind| *kind == secret.kind)
            && one(&self.confidence, |of| *of == secret.confidence)
            && one(&self.exposure, |exposure| *exposure == secret.exposure)
            && one(&self.rule, |glob| glob.is_match(&secret.decision.rule))
            && field(&self.owner, &[OWNER])
            && field(&self.application, &[APPID, APPNAME])
            && field(&self.environment, &[APPENV])
            && one(&self.missing, |field| !secret.metadata.contains_key(field))
            && one(&self.question, |part| {
                questions.iter().any(|question| part.is_match(question))
            })
            && self.places_hold(secret, repositories)
    }

    /// The conditions on places. One place must fulfil all of them.
    fn places_hold(&self, secret: &Secret, repositories: &Repositories) -> bool {
        let is_free = self.repository.is_empty() && self.path.is_empty();
        if is_free && self.key.is_empty() && self.detector.is_empty() {
            return true;
        }
        let holds = |place: Option<&Occurrence>| {
            let evidence = secret.evidence_at(place);
            let key = evidence.context.key.as_deref();
            let repository = place.map(|place| repositories.name(&place.repository));
            let path = place.map(|place| place.path.as_str());
            let path = path.filter(|path| !path.is_empty());
            one(&self.detector, |glob| glob.is_match(&evidence.detector))
                && one(&self.key, |part| key.is_some_and(|key| part.is_match(key)))
                && one(&self.path, |glob| {
                    path.is_some_and(|path| glob.is_match(path))
                })
                && one(&self.repository, |glob| {
                    repository.is_some_and(|name| glob.is_match(&name))
                })
        };
        match secret.occurrences.is_empty() {
            true => holds(None),
            false => secret.occurrences.iter().any(|place| holds(Some(place))),
        }
    }

    /// Finds the first condition on a name that no secret and no list of names has. Texts of questions, keys and paths are
    /// not names: nothing lists those that are possible.
    ///
    /// `detectors` are the ids of the rules; they are asked for only if no secret has the detector.
    ///
    /// # Errors
    ///
    /// The first such condition.
    pub fn check(
        &self,
        secrets: &BTreeMap<SecretId, Secret>,
        inputs: &Inputs,
        detectors: impl FnOnce() -> BTreeSet<String>,
    ) -> Result<(), UnknownValue> {
        let values = |fields: &[&str]| {
            let mut known: BTreeSet<String> = BTreeSet::new();
            for &field in fields {
                let facts = secrets
                    .values()
                    .filter_map(|secret| secret.metadata.get(field));
                known.extend(facts.map(|fact| fact.value.clone()));
                let possible = inputs.policy.fields.get(field);
                known.extend(possible.into_iter().flat_map(|field| field.values.clone()));
                let registered = inputs.registry.into_iter();
                known.extend(
                    registered
                        .flat_map(|registry| registry.values(field))
                        .map(str::to_owned),
                );
            }
            known
        };
        let fields: [(_, &[Glob], &[&str], _); 3] = [
            ("owner", &self.owner, &[OWNER], "no secret has this owner"),
            (
                "application",
                &self.application,
                &[APPID, APPNAME],
                "no application has this id or name",
            ),
            (
                "environment",
                &self.environment,
                &[APPENV],
                "there is no such environment",
            ),
        ];
        for (option, globs, fields, nothing) in fields {
            if !globs.is_empty() {
                known_to(option, globs, Glob::as_str, Glob::is_match, nothing, || {
                    values(fields)
                })?;
            }
        }
        known_to(
            "rule",
            &self.rule,
            Glob::as_str,
            Glob::is_match,
            "no rule has this id",
            || {
                let rules = inputs
                    .policy
                    .decisions
                    .iter()
                    .map(|rule| rule.id.to_string());
                let decided = secrets.values().map(|secret| secret.decision.rule.clone());
                rules.chain(decided).collect()
            },
        )?;
        let of_places = |secret: &Secret| -> BTreeSet<String> {
            let places = secret.occurrences.iter();
            let mut all: BTreeSet<String> = places
                .map(|place| secret.evidence_at(Some(place)).detector.clone())
                .collect();
            all.insert(secret.detector.clone());
            all
        };
        let found = || secrets.values().flat_map(of_places);
        let is_found = |glob: &Glob| found().any(|detector| glob.is_match(&detector));
        if !self.detector.iter().all(is_found) {
            known_to(
                "detector",
                &self.detector,
                Glob::as_str,
                Glob::is_match,
                "no detector has this id",
                || found().chain(detectors()).collect(),
            )?;
        }
        known_to(
            "repository",
            &self.repository,
            RepositoryGlob::as_str,
            |glob, name| glob.is_match(&inputs.repositories.name(name)),
            "the inventory has no such repository",
            || {
                let recorded = inputs.repositories.0.keys().cloned();
                let places = secrets.values().flat_map(|secret| &secret.occurrences);
                recorded
                    .chain(places.map(|place| place.repository.clone()))
                    .collect()
            },
        )
    }
}

/// Refuses the first of some globs that matches none of the known values.
fn known_to<G>(
    option: &'static str,
    globs: &[G],
    text: impl Fn(&G) -> &str,
    is_match: impl Fn(&G, &str) -> bool,
    nothing: &'static str,
    known: impl FnOnce() -> BTreeSet<String>,
) -> Result<(), UnknownValue> {
    if globs.is_empty() {
        return Ok(());
    }
    let known = known();
    let is_unknown = |glob: &&G| !known.iter().any(|value| is_match(glob, value));
    match globs.iter().find(is_unknown) {
        None => Ok(()),
        Some(glob) => Err(UnknownValue {
            option,
            value: text(glob).to_owned(),
            nothing,
            known,
        }),
    }
}

/// Whether one item of the list fits. An empty list is no condition.
fn one<T>(list: &[T], fits: impl FnMut(&T) -> bool) -> bool {
    list.is_empty() || list.iter().any(fits)
}

impl UnknownValue {
    /// The known values that are most like the one that was given; if none is like it, the first ones in order.
    pub fn nearest(&self) -> Vec<&str> {
        let known = || self.known.iter().map(String::as_str);
        let alike = nearest_names(&self.value, known());
        match alike.is_empty() {
            false => alike,
            true => known().take(NAMED).collect(),
        }
    }
}

/// The most values that are named.
const NAMED: usize = 5;

/// Of some names, those that are like a text, the most alike first.
pub fn nearest_names<'a>(text: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = text.to_lowercase();
    let wanted = wanted.trim_matches(['*', '/']);
    let likeness = |name: &str| {
        let lower = name.to_lowercase();
        match !wanted.is_empty() && lower.contains(wanted) {
            true => 2.0,
            false => strsim::jaro_winkler(&lower, wanted),
        }
    };
    let alike = names.map(|name| (likeness(name), name));
    let mut alike: Vec<(f64, &str)> = alike.filter(|(likeness, _)| *likeness >= 0.75).collect();
    alike.sort_by(|one, other| other.0.total_cmp(&one.0));
    alike
        .into_iter()
        .take(NAMED)
        .map(|(_, name)| name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::Policy;
    use super::super::sample_secrets::{relocated, secret};
    use super::*;

    fn glob<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> Vec<T> {
        vec![text.parse().unwrap()]
    }

    fn selects(secret: &Secret, set: impl FnOnce(&mut SecretSelection)) -> bool {
        let mut selection = SecretSelection::default();
        set(&mut selection);
        selection.selects(secret, &Repositories::default())
    }

    #[test]
    fn every_condition_selects_and_refuses() {
        let mut one = relocated(
            1,
            "DB_PASSWORD",
            &[("github.com/acme/shop", "config/app.yml")],
        );
        one.decision.questions = vec!["Which owner is it?".to_owned()];
        one.decision.rule = "rest".to_owned();
        type Set = fn(&mut SecretSelection, bool);
        let all: [(&str, Set); 14] = [
            ("owner", |s, is| {
                s.owner = glob(if is { "@acme/*" } else { "@other/*" })
            }),
            ("appid", |s, is| {
                s.application = glob(if is { "ord001" } else { "bil001" })
            }),
            ("appname", |s, is| {
                s.application = glob(if is { "ORDERS" } else { "order" })
            }),
            ("environment", |s, is| {
                s.environment = glob(if is { "prod" } else { "dev" })
            }),
            ("missing", |s, is| {
                s.missing = vec![if is { "costcenter" } else { "owner" }.to_owned()]
            }),
            ("outcome", |s, is| {
                s.outcome = vec![if is {
                    Outcome::Relocate
                } else {
                    Outcome::Retire
                }]
            }),
            ("rule", |s, is| {
                s.rule = glob(if is { "re*" } else { "expired" })
            }),
            ("question", |s, is| {
                s.question = glob(if is { "owner is" } else { "appenv" })
            }),
            ("kind", |s, is| {
                s.kind = vec![if is { Kind::Application } else { Kind::SshKey }]
            }),
            ("confidence", |s, is| {
                s.confidence = vec![if is {
                    Confidence::Medium
                } else {
                    Confidence::Low
                }]
            }),
            ("exposure", |s, is| {
                s.exposure = vec![if is {
                    Exposure::AtHead
                } else {
                    Exposure::History
                }]
            }),
            ("detector", |s, is| {
                s.detector = glob(if is { "generic-*" } else { "aws-*" })
            }),
            ("repository", |s, is| {
                s.repository = glob(if is { "acme/shop" } else { "acme/bill" })
            }),
            ("path", |s, is| {
                s.path = glob(if is { "**/app.yml" } else { "app.yml" })
            }),
        ];
        for (name, set) in all {
            assert!(selects(&one, |s| set(s, true)), "{name}");
            assert!(!selects(&one, |s| set(s, false)), "{name}");
        }
        assert!(
            selects(&one, |s| s.key = glob("^DB_")) && !selects(&one, |s| s.key = glob("^db_"))
        );
        // Values of one option are alternatives.
        assert!(selects(&one, |s| s.kind = vec![Kind::SshKey, Kind::Application]));
    }

    #[test]
    fn one_place_must_fulfil_all_conditions_on_places() {
        let secret = secret(1, "K", &[("shop", "a.yml"), ("billing", "b.yml")]);
        let both = |repository: &str, path: &str| {
            selects(&secret, |s| {
                s.repository = glob(repository);
                s.path = glob(path);
            })
        };
        assert!(both("shop", "a.yml") && both("billing", "b.yml"));
        assert!(!both("shop", "b.yml"));
    }

    #[test]
    fn an_unknown_value_is_refused_with_those_that_are_like_it() {
        let policy = Policy::builtin();
        let inputs = Inputs::new(&policy, jiff::civil::date(2026, 1, 1));
        let secret = relocated(1, "K", &[("github.com/acme/shop", "a.yml")]);
        let secrets: BTreeMap<SecretId, Secret> = [(secret.id.clone(), secret)].into();
        let check = |set: &dyn Fn(&mut SecretSelection)| {
            let mut selection = SecretSelection::default();
            set(&mut selection);
            let rules = || ["aws-access-key".to_owned()].into();
            selection.check(&secrets, &inputs, rules)
        };
        let nearest = |set: &dyn Fn(&mut SecretSelection)| {
            let unknown = check(set).unwrap_err();
            unknown.nearest().join(" ")
        };
        // What could be there is no mistake.
        assert_eq!(check(&|s| s.environment = glob("dev")), Ok(()));
        assert_eq!(check(&|s| s.detector = glob("aws-*")), Ok(()));
        assert_eq!(check(&|s| s.rule = glob("expired")), Ok(()));
        assert_eq!(check(&|s| s.repository = glob("shop")), Ok(()));
        assert_eq!(nearest(&|s| s.environment = glob("prd")), "prod");
        assert_eq!(nearest(&|s| s.owner = glob("orders")), "@acme/orders");
        assert_eq!(nearest(&|s| s.application = glob("ord01")), "ord001 orders");
        assert_eq!(
            nearest(&|s| s.repository = glob("shpo")),
            "github.com/acme/shop"
        );
        assert_eq!(
            nearest(&|s| s.detector = glob("aws-acces-key")),
            "aws-access-key"
        );
        let text = check(&|s| s.owner = glob("orders"))
            .unwrap_err()
            .to_string();
        assert_eq!(text, "--owner orders: no secret has this owner");
    }
}
