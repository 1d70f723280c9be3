//! What the sources of facts have about one repository, for all places in it.

use std::sync::Arc;

use super::codeowners::Codeowners;
use super::field_names::PIPELINE;
use super::inputs::Inputs;
use super::name_words::words;
use super::repository_facts::{RepositoryName, SetFact};
use crate::inventory::entry::Secret;

/// What the sources of facts have about one repository.
pub(super) struct RepositorySources<'a> {
    /// Its name.
    pub name: RepositoryName<'a>,
    /// The facts of `--set`.
    pub set: Vec<SetFact<'a>>,
    /// The rows of the register.
    pub rows: Arc<[usize]>,
    /// Its file CODEOWNERS.
    pub owners: Option<&'a Codeowners>,
    /// The pipelines that it has a configuration for.
    pub pipelines: Vec<&'a str>,
    /// The facts that its name gives. `None`: the name itself.
    pub derived: Vec<(&'static str, Option<String>)>,
}

impl<'a> RepositorySources<'a> {
    pub(super) fn of(secret: &'a Secret, repository: &'a str, inputs: &'a Inputs<'a>) -> Self {
        let name = inputs.repositories.name(repository);
        // An inventory of an earlier version has them in the secret.
        let earlier = secret.said.get(repository).into_iter().flatten();
        let earlier = earlier.map(|(field, value)| SetFact {
            field,
            value,
            is_forced: false,
        });
        let rows = inputs.registry.map(|registry| registry.rows_of(&name));
        let check = |field: &str, value: &str| inputs.policy.check_field(field, value).is_ok();
        let pipelines = inputs.pipelines.get(repository).into_iter().flatten();
        let appname = appname(name.plain);
        let mut derived = Vec::new();
        if check("appname", &appname) {
            derived.push(("appname", Some(appname)));
        }
        if check("repository", name.plain) {
            derived.push(("repository", None));
        }
        Self {
            name,
            set: inputs.repositories.set(repository).chain(earlier).collect(),
            rows: rows.unwrap_or_default(),
            owners: inputs.codeowners.get(repository),
            pipelines: pipelines
                .map(String::as_str)
                .filter(|name| check(PIPELINE, name))
                .collect(),
            derived,
        }
    }
}

/// The name of an application that the name of a repository gives. The appid is none of its facts: the organisation
/// assigns it.
fn appname(repository: &str) -> String {
    let last = repository
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default();
    words(last.strip_suffix(".git").unwrap_or(last)).concat()
}
