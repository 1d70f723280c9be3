//! The conditions of the policy's rules. All parts of a condition must hold. A part with a list
//! holds if one item matches.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::glob::{Glob, RepositoryGlob};
use super::name_words::words;
use super::place_view::PlaceView;
use super::place_words::{WordSource, any_in};
use super::repository_facts::Repositories;
use super::text_pattern::Pattern;
use crate::finding::{Confidence, Kind, Occurrence, Origin};
use crate::inventory::entry::{Exposure, Fact, Secret};
use crate::inventory::native_replacement::Replacement;
use crate::inventory::place_order::{Standing, Stated};

/// When a metadata rule applies to one occurrence of a secret.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlaceCondition {
    /// Globs; one matches the path of the occurrence.
    #[serde(
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub path: Vec<Glob>,
    /// Words of the path: `prod` is a word of `deploy/app-prod.yml`, not of `product/app.yml`.
    #[serde(
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub path_words: Vec<String>,
    /// Globs; each branch that holds the value at this place matches one, and at least one branch holds it. A rule with
    /// this condition is weak: its facts count where no other source has one.
    #[serde(
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub branch: Vec<Glob>,
    /// Globs; one matches the repository of the occurrence.
    #[serde(
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub repository: Vec<RepositoryGlob>,
    /// The kinds of secret.
    #[serde(
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub kind: Vec<Kind>,
    /// A regular expression that matches a part of the name that the value is assigned to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Pattern<false>>,
    /// Words of the name that the value is assigned to: `prod` is a word of `PROD_DB_PASSWORD` and
    /// `prodPassword`.
    #[serde(
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub key_words: Vec<String>,
    /// Words of the name of the host that the secret is for: `prod` is a word of `db.prod.example.com` and `prod-db-01`.
    /// The registered domain does not count.
    #[serde(
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub host_words: Vec<String>,
    /// Words of the environment that the text around the value states: `APP_ENV=production`, `on-profile: prod`, the
    /// class `ProductionConfig` around it.
    #[serde(
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub environment_words: Vec<String>,
    /// Globs; one matches the id of the detector.
    #[serde(
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub detector: Vec<Glob>,
    /// Globs; one matches the engine of the database or broker.
    #[serde(
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub engine: Vec<Glob>,
    /// Globs; one matches the host that the secret is for.
    #[serde(
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub host: Vec<Glob>,
}

impl PlaceCondition {
    /// Whether the parts of the condition hold that are about what a place states. `is_pipeline`: its file defines a
    /// pipeline, whose keys are read otherwise.
    pub(super) fn holds_for_stated(&self, stated: &Stated<'_>, is_pipeline: bool) -> bool {
        let context = stated.context;
        one(&self.kind, |kind| *kind == stated.kind)
            && one(&self.detector, |glob| glob.is_match(stated.detector))
            && one(&self.engine, |glob| matches(glob, &context.engine))
            && one(&self.host, |glob| matches(glob, &context.host))
            && self.key.as_ref().is_none_or(|key| {
                context
                    .key
                    .as_deref()
                    .is_some_and(|text| key.is_match(text))
            })
            && (self.key_words.is_empty()
                || any_in(
                    &self.key_words,
                    &words(context.key.as_deref().unwrap_or_default()),
                ))
            && [
                (&self.host_words, WordSource::Host),
                (&self.environment_words, WordSource::Text),
            ]
            .into_iter()
            .all(|(wanted, source)| {
                wanted.is_empty()
                    || source
                        .parts(context, is_pipeline)
                        .iter()
                        .any(|part| any_in(wanted, part))
            })
    }

    /// Whether the parts of the condition hold that are about the position of a place: its repository, path and branches.
    pub(super) fn holds_at(&self, view: &PlaceView<'_>) -> bool {
        (self.path_words.is_empty() || any_in(&self.path_words, view.path_words()))
            && one(&self.path, |glob| {
                view.path.is_some_and(|path| glob.is_match(path))
            })
            && (self.branch.is_empty() || view.place.is_some_and(|place| self.branches_hold(place)))
            && one(&self.repository, |glob| {
                view.repository.is_some_and(|name| glob.is_match(&name))
            })
    }
}

impl PlaceCondition {
    /// Whether facts of a rule with this condition count only where no other source has one.
    pub(super) fn is_weak(&self) -> bool {
        !self.branch.is_empty()
    }

    /// Whether all branches that hold the value at a place match. A value on `main` and on `env/prod` is not that of
    /// production alone.
    fn branches_hold(&self, place: &Occurrence) -> bool {
        let branch = |name: &str| {
            let remote = || name.strip_prefix("refs/remotes/")?.split_once('/');
            let local = name.strip_prefix("refs/heads/").map(str::to_owned);
            local.or_else(|| Some(remote()?.1.to_owned()))
        };
        let mut branches = place.refs.iter().filter_map(|name| branch(name)).peekable();
        place.refs_more == 0
            && branches.peek().is_some()
            && branches.all(|name| self.branch.iter().any(|glob| glob.is_match(&name)))
    }

    /// The source of the words, if the condition is about words of one source and nothing else. A glob for the path is
    /// about the path, too.
    pub(super) fn word_source(&self) -> Option<WordSource> {
        let is_other = !self.repository.is_empty()
            || self.is_weak()
            || !self.kind.is_empty()
            || self.key.is_some()
            || !self.detector.is_empty()
            || !self.engine.is_empty()
            || !self.host.is_empty();
        let sources = [
            (!self.key_words.is_empty(), WordSource::Key),
            (
                !self.path_words.is_empty() || !self.path.is_empty(),
                WordSource::Path,
            ),
            (!self.host_words.is_empty(), WordSource::Host),
            (!self.environment_words.is_empty(), WordSource::Text),
        ];
        let mut named = sources.iter().filter(|(is_named, _)| *is_named);
        let (_, source) = named.next().filter(|_| !is_other)?;
        named.next().is_none().then_some(*source)
    }

    /// Whether a part of the source, which is [`PlaceCondition::word_source`] and not the path, has the words.
    pub(super) fn holds_for_part(&self, source: WordSource, part: &[String]) -> bool {
        let wanted = match source {
            WordSource::Key => &self.key_words,
            WordSource::Path => &self.path_words,
            WordSource::Host => &self.host_words,
            WordSource::Text => &self.environment_words,
        };
        any_in(wanted, part)
    }
}

/// When a decision rule applies to a secret.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Condition {
    /// Where the value can be read now.
    #[serde(
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub exposure: Vec<Exposure>,
    /// The kinds of secret.
    #[serde(
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub kind: Vec<Kind>,
    /// How sure the finding is.
    #[serde(
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub confidence: Vec<Confidence>,
    /// Globs; one matches the id of the detector.
    #[serde(
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub detector: Vec<Glob>,
    /// Whether the value itself shows that it has expired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expired: Option<bool>,
    /// Whether a rule of `replacements` asks about the secret, or a person said that a service replaces it. Only in rules
    /// of `decisions` and `rotations`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaceable: Option<bool>,
    /// A condition on the paths of the occurrences.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathCondition>,
    /// A condition on the origins of the occurrences.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<OriginCondition>,
    /// Globs; one matches the repository of any occurrence.
    #[serde(
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub repository: Vec<RepositoryGlob>,
    /// A regular expression that matches a part of the name that the value is assigned to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Pattern<false>>,
    /// Globs; one matches the engine of the database or broker.
    #[serde(
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub engine: Vec<Glob>,
    /// Globs; one matches the host that the secret is for.
    #[serde(
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub host: Vec<Glob>,
    /// Globs; one matches the user that the secret is for.
    #[serde(
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub user: Vec<Glob>,
    /// Metadata fields, each with the values of which the secret must have one: `appenv: [dev,
    /// test]`.
    #[serde(
        deserialize_with = "crate::yaml::unique",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub metadata: BTreeMap<String, Vec<String>>,
    /// Metadata fields, none of which has a value.
    #[serde(
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub missing: Vec<String>,
}

/// A condition on the paths of the occurrences of a secret. An occurrence without a path (a commit
/// message) matches no glob.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PathCondition {
    /// The path of an occurrence matches one of these, including those of the history.
    #[serde(
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub any: Vec<Glob>,
    /// The path of every occurrence matches one of these, including those of the history.
    #[serde(
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub all: Vec<Glob>,
    /// The path of an occurrence at HEAD, in a working tree or staged matches one of these.
    #[serde(
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub head: Vec<Glob>,
    /// The path of no occurrence matches one of these, including those of the history.
    #[serde(
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub none: Vec<Glob>,
}

/// A condition on the origins of all occurrences of a secret, including those of the history.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OriginCondition {
    /// An occurrence is in one of these.
    #[serde(
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub any: Vec<Origin>,
    /// Every occurrence is in one of these.
    #[serde(
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub all: Vec<Origin>,
}

impl Condition {
    /// Whether the condition holds for a secret whose metadata are set.
    pub fn holds(&self, secret: &Secret, repositories: &Repositories) -> bool {
        self.holds_with(secret, &secret.metadata, repositories)
    }

    /// Whether the condition holds for a secret with these metadata in place of its own.
    pub fn holds_with(
        &self,
        secret: &Secret,
        facts: &BTreeMap<String, Fact>,
        repositories: &Repositories,
    ) -> bool {
        let context = &secret.context;
        one(&self.exposure, |exposure| *exposure == secret.exposure)
            && one(&self.kind, |kind| *kind == secret.kind)
            && one(&self.confidence, |confidence| {
                *confidence == secret.confidence
            })
            && one(&self.detector, |glob| glob.is_match(&secret.detector))
            && self.expired.is_none_or(|expired| expired == secret.expired)
            && self.replaceable.is_none_or(|replaceable| {
                let known = secret.replacement.as_ref();
                replaceable == known.is_some_and(Replacement::counts)
            })
            && one(&self.engine, |glob| matches(glob, &context.engine))
            && one(&self.host, |glob| matches(glob, &context.host))
            && one(&self.user, |glob| matches(glob, &context.user))
            && self.key.as_ref().is_none_or(|key| {
                context
                    .key
                    .as_deref()
                    .is_some_and(|text| key.is_match(text))
            })
            && self.repository_holds(&secret.occurrences, repositories)
            && self
                .path
                .as_ref()
                .is_none_or(|path| path.holds(&secret.occurrences))
            && self
                .origin
                .as_ref()
                .is_none_or(|origin| origin.holds(&secret.occurrences))
            && self.missing.iter().all(|field| !facts.contains_key(field))
            && self.metadata.iter().all(|(field, values)| {
                facts
                    .get(field)
                    .is_some_and(|fact| values.contains(&fact.value))
            })
    }
}

impl Condition {
    fn repository_holds(&self, places: &[Occurrence], repositories: &Repositories) -> bool {
        // The places are in order of repository: each is tried once.
        let same = |a: &Occurrence, b: &Occurrence| a.repository == b.repository;
        self.repository.is_empty()
            || places.chunk_by(same).any(|places| {
                let name = repositories.name(&places[0].repository);
                self.repository.iter().any(|glob| glob.is_match(&name))
            })
    }
}

impl PathCondition {
    fn holds(&self, places: &[Occurrence]) -> bool {
        let within = |globs: &[Glob], place: &Occurrence| {
            !place.path.is_empty() && globs.iter().any(|glob| glob.is_match(&place.path))
        };
        let is_current = |place: &Occurrence| Standing::of(place) == Standing::Current;
        (self.any.is_empty() || places.iter().any(|place| within(&self.any, place)))
            && (self.head.is_empty()
                || places
                    .iter()
                    .any(|place| is_current(place) && within(&self.head, place)))
            && (self.all.is_empty()
                || !places.is_empty() && places.iter().all(|place| within(&self.all, place)))
            && !places.iter().any(|place| within(&self.none, place))
    }
}

impl OriginCondition {
    fn holds(&self, places: &[Occurrence]) -> bool {
        (self.any.is_empty() || places.iter().any(|place| self.any.contains(&place.origin)))
            && (self.all.is_empty()
                || !places.is_empty()
                    && places.iter().all(|place| self.all.contains(&place.origin)))
    }
}

/// Whether one item of the list matches. A list that is left out imposes no condition.
fn one<T>(list: &[T], fits: impl FnMut(&T) -> bool) -> bool {
    list.is_empty() || list.iter().any(fits)
}

fn matches(glob: &Glob, text: &Option<String>) -> bool {
    text.as_deref().is_some_and(|text| glob.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::super::sample_secrets::secret;
    use super::*;

    #[test]
    fn a_condition_on_paths_at_head_ignores_the_history() {
        let mut secret = secret(1, "K", &[("shop", "deploy/app.yml"), ("shop", "src/a.py")]);
        let holds = |secret: &Secret, text: &str| {
            let condition: Condition = serde_yaml::from_str(text).unwrap();
            condition.holds(secret, &Repositories::default())
        };
        let (any, all) = ("path: { any: ['deploy/*'] }", "path: { all: ['deploy/*'] }");
        let head = "path: { head: ['deploy/*'] }";
        assert!(holds(&secret, head) && holds(&secret, any) && !holds(&secret, all));
        let place = &mut secret.occurrences[0];
        (place.origin, place.at_head) = (Origin::Blob, false);
        assert!(!holds(&secret, head) && holds(&secret, any));
        secret.occurrences[0].at_head = true;
        assert!(holds(&secret, head));
        secret.occurrences[0].origin = Origin::Staged;
        assert!(holds(
            &secret,
            "path: { head: ['deploy/*'], any: ['src/*'] }"
        ));
        assert!(!holds(
            &secret,
            "path: { head: ['deploy/*'], all: ['src/*'] }"
        ));
        assert!(holds(&secret, "path: { none: ['lib/*'] }"));
        assert!(!holds(
            &secret,
            "path: { any: ['deploy/*'], none: ['src/*'] }"
        ));
    }
}
