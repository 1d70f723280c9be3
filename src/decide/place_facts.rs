//! The facts about one place of a secret, from every source but the statements of people, each with its provenance.

use std::collections::BTreeMap;

use super::compared_rules;
use super::field_names::{APPID, PIPELINE};
use super::inputs::Inputs;
use super::name_words::words;
use super::policy::{AuthorUse, Field, RegisterUse};
use super::repository_facts::SetFact;
use crate::finding::Occurrence;
use crate::inventory::entry::{Fact, Provenance, Secret};

/// A fact about one occurrence.
pub(super) struct Statement {
    pub fact: Fact,
    /// What states it, if the place states several things.
    pub source: Option<String>,
}

/// The facts about one occurrence: field → the strongest statement. Several contradict each other.
pub(super) type Said = BTreeMap<String, Vec<Statement>>;

/// Adds a statement, unless a stronger source has one: the sources follow from the strongest to the weakest.
fn say(said: &mut Said, field: &str, value: &str, from: Provenance) {
    said.entry(field.to_owned()).or_insert_with(|| {
        vec![Statement {
            fact: Fact {
                value: value.to_owned(),
                from,
            },
            source: None,
        }]
    });
}

/// The facts about one occurrence from all sources except `decisions.yaml`. `appid` is the application that a person
/// named.
pub(super) fn of_place(
    secret: &Secret,
    place: Option<&Occurrence>,
    appid: Option<&str>,
    inputs: &Inputs,
) -> Said {
    let mut said = Said::new();
    let name = place.map(|place| inputs.repositories.name(&place.repository));
    let set = set_facts(secret, place, inputs);
    for fact in set.iter().filter(|fact| fact.is_forced) {
        say(&mut said, fact.field, fact.value, Provenance::ForceSet);
    }
    let mut row = match (place, &name, inputs.registry) {
        (Some(place), Some(name), Some(registry)) => registry.lookup(name, &place.path),
        _ => BTreeMap::new(),
    };
    if let Some(registry) = inputs.registry {
        let appid = appid
            .map(str::to_owned)
            .or_else(|| application(secret, place, &set, &row, inputs));
        if let Some(appid) = appid {
            // The row of another application says nothing about this one.
            if row.get(APPID).is_some_and(|of_row| *of_row != appid) {
                row.clear();
            }
            for (field, value) in registry.application(&appid) {
                row.entry(field).or_insert(value);
            }
        }
    }
    for (field, value) in &row {
        let overrides = |field: &Field| field.register == RegisterUse::Overrides;
        if inputs.policy.fields.get(*field).is_some_and(overrides) {
            say(&mut said, field, value, Provenance::RegistryOverride);
        }
    }
    if let Some(place) = place.filter(|place| !place.path.is_empty())
        && let Some(owner) = inputs
            .codeowners
            .get(&place.repository)
            .and_then(|owners| owners.owner(&place.path))
    {
        say(&mut said, "owner", &owner, Provenance::Codeowners);
    }
    of_policy(&mut said, secret, place, inputs);
    for fact in &set {
        fill(&mut said, fact.field, fact.value, Provenance::Set, inputs);
    }
    for (field, value) in &row {
        fill(&mut said, field, value, Provenance::Registry, inputs);
    }
    of_weak_sources(&mut said, secret, place, inputs);
    if let Some(name) = name {
        for (field, value) in derived(name.plain) {
            if inputs.policy.check_field(field, &value).is_ok() {
                say(&mut said, field, &value, Provenance::Derived);
            }
        }
    }
    said
}

/// The facts of `--set` about a place.
fn set_facts<'a>(
    secret: &'a Secret,
    place: Option<&Occurrence>,
    inputs: &'a Inputs,
) -> Vec<SetFact<'a>> {
    let Some(place) = place else {
        return Vec::new();
    };
    // An inventory of an earlier version has them in the secret.
    let earlier = secret.said.get(&place.repository).into_iter().flatten();
    let earlier = earlier.map(|(field, value)| SetFact {
        field,
        value,
        is_forced: false,
    });
    inputs
        .repositories
        .set(&place.repository)
        .chain(earlier)
        .collect()
}

/// The application of a place, if the repository, `--set` or the register says it.
fn application(
    secret: &Secret,
    place: Option<&Occurrence>,
    set: &[SetFact],
    row: &BTreeMap<&str, &str>,
    inputs: &Inputs,
) -> Option<String> {
    let of_set = |forced: bool| {
        let mut facts = set
            .iter()
            .filter(|fact| fact.field == APPID && fact.is_forced >= forced);
        facts.next().map(|fact| fact.value.to_owned())
    };
    let of_policy = || {
        let mut rules = inputs.policy.metadata.rules.iter();
        let rule = rules.find(|rule| {
            !rule.when.is_weak()
                && rule.set.contains_key(APPID)
                && rule.when.holds(secret, place, &inputs.repositories)
        })?;
        rule.set.get(APPID).cloned()
    };
    let of_row = || row.get(APPID).map(|appid| (*appid).to_owned());
    of_set(true)
        .or_else(of_policy)
        .or_else(|| of_set(false))
        .or_else(of_row)
}

/// Adds a statement of `--set` or the register, which fills in what the place does not state. About a field that is
/// compared, it contradicts the place.
fn fill(said: &mut Said, field: &str, value: &str, from: Provenance, inputs: &Inputs) {
    let Some(known) = said.get_mut(field) else {
        return say(said, field, value, from);
    };
    let is_stated = known
        .iter()
        .all(|known| known.fact.from == Provenance::Policy);
    if is_stated
        && inputs
            .policy
            .metadata
            .compared
            .iter()
            .any(|compared| compared == field)
        && known.iter().all(|known| known.fact.value != value)
    {
        let source = match from {
            Provenance::Set => format!("--set {field}={value}"),
            _ => "the register".to_owned(),
        };
        known.push(Statement {
            fact: Fact {
                value: value.to_owned(),
                from: Provenance::Policy,
            },
            source: Some(source),
        });
    }
}

/// Adds what the rules of the policy say about an occurrence.
fn of_policy(said: &mut Said, secret: &Secret, place: Option<&Occurrence>, inputs: &Inputs) {
    let policy = &inputs.policy.metadata;
    for field in &policy.compared {
        let stated = compared_rules::stated(field, secret, place, inputs);
        if stated.is_empty() || said.contains_key(field) {
            continue;
        }
        let statement = |(value, source)| Statement {
            fact: Fact {
                value,
                from: Provenance::Policy,
            },
            source,
        };
        said.insert(field.clone(), stated.into_iter().map(statement).collect());
    }
    for rule in &policy.rules {
        let is_news =
            |field: &String| !policy.compared.contains(field) && !said.contains_key(field);
        if rule.when.is_weak()
            || !rule.set.keys().any(is_news)
            || !rule.when.holds(secret, place, &inputs.repositories)
        {
            continue;
        }
        for (field, value) in &rule.set {
            if !policy.compared.contains(field) {
                say(said, field, value, Provenance::Policy);
            }
        }
    }
}

/// Adds what the weak rules of the policy, the pipelines of the repository and the author of the commit say, where no
/// stronger source says anything.
fn of_weak_sources(said: &mut Said, secret: &Secret, place: Option<&Occurrence>, inputs: &Inputs) {
    of_weak_rules(said, secret, place, inputs);
    if let Some(place) = place {
        of_pipelines(said, place, inputs);
        of_author(said, place, inputs);
    }
}

fn of_weak_rules(said: &mut Said, secret: &Secret, place: Option<&Occurrence>, inputs: &Inputs) {
    let rules = inputs.policy.metadata.rules.iter();
    for rule in rules.filter(|rule| rule.when.is_weak()) {
        let is_news = |field: &String| !said.contains_key(field);
        if rule.set.keys().any(is_news) && rule.when.holds(secret, place, &inputs.repositories) {
            for (field, value) in &rule.set {
                say(said, field, value, Provenance::Derived);
            }
        }
    }
}

fn of_pipelines(said: &mut Said, place: &Occurrence, inputs: &Inputs) {
    let check = |name: &str| inputs.policy.check_field(PIPELINE, name).is_ok();
    let pipelines = inputs.pipelines.get(&place.repository);
    let pipelines = pipelines.into_iter().flatten();
    let pipelines: Vec<Statement> = pipelines
        .filter(|name| check(name))
        .map(|name| Statement {
            fact: Fact {
                value: name.clone(),
                from: Provenance::Derived,
            },
            source: Some(format!("{name} is configured")),
        })
        .collect();
    if !pipelines.is_empty() {
        said.entry(PIPELINE.to_owned()).or_insert(pipelines);
    }
}

fn of_author(said: &mut Said, place: &Occurrence, inputs: &Inputs) {
    if let Some(author) = place.author.as_deref().map(mail_of) {
        let fields = inputs.policy.fields.iter();
        for (field, _) in fields.filter(|(_, spec)| spec.authors == AuthorUse::Fill) {
            if inputs.policy.check_field(field, author).is_ok() {
                say(said, field, author, Provenance::Derived);
            }
        }
    }
}

/// What a place has that gives a derived fact, in words.
pub(super) fn derivation(
    secret: &Secret,
    place: &Occurrence,
    field: &str,
    value: &str,
    inputs: &Inputs,
) -> Option<String> {
    let says = |said: &Said| {
        let statements = said.get(field).into_iter().flatten();
        let mut such = statements.filter(|statement| statement.fact.value == value);
        such.next().map(|statement| statement.source.clone())
    };
    // The strongest source first, as in `of_place`.
    let mut said = Said::new();
    of_weak_rules(&mut said, secret, Some(place), inputs);
    if says(&said).is_some() {
        return Some("the branches that have it".to_owned());
    }
    of_pipelines(&mut said, place, inputs);
    if let Some(source) = says(&said) {
        return source;
    }
    of_author(&mut said, place, inputs);
    if says(&said).is_some() {
        return Some("the author of its commit".to_owned());
    }
    let name = inputs.repositories.name(&place.repository).plain;
    let of_name = derived(name).into_iter();
    let of_name = of_name.filter(|(known, of_name)| *known == field && of_name == value);
    of_name
        .map(|_| "the name of the repository".to_owned())
        .next()
}

/// The mail address of `Name <mail>`, or the whole text.
fn mail_of(author: &str) -> &str {
    let mail = author.rsplit_once('<');
    let mail = mail.and_then(|(_, rest)| rest.strip_suffix('>'));
    mail.filter(|mail| !mail.is_empty()).unwrap_or(author)
}

/// The facts about a secret without occurrences. Facts that came from its occurrences stay, since
/// no source can give them again.
pub(super) fn of_no_place(secret: &Secret, appid: Option<&str>, inputs: &Inputs) -> Said {
    let mut said = of_place(secret, None, appid, inputs);
    for (field, known) in secret
        .metadata
        .iter()
        .filter(|(_, fact)| fact.from > Provenance::Default)
    {
        let stronger = |now: &Vec<Statement>| now.iter().any(|now| now.fact.from > known.from);
        if !said.get(field).is_some_and(stronger) {
            let statement = Statement {
                fact: known.clone(),
                source: None,
            };
            said.insert(field.clone(), vec![statement]);
        }
    }
    said
}

/// The facts that the name of a repository gives. The appid is not one of them: the organisation
/// assigns it.
fn derived(repository: &str) -> [(&'static str, String); 2] {
    let last = repository
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default();
    let appname = words(last.strip_suffix(".git").unwrap_or(last)).concat();
    [("appname", appname), ("repository", repository.to_owned())]
}

#[cfg(test)]
mod tests;
