//! The metadata of a secret: facts beyond the scan, gathered from every source, each with its
//! provenance.
//!
//! A source has facts about one occurrence at a time. For each field, only the strongest provenance
//! of any occurrence counts. If its values differ between occurrences, the field is in conflict and
//! stays unset: the secret may belong to several applications, and a guess would assign it to the
//! wrong one. The current occurrences count (at HEAD, in a working tree, staged); those of the
//! history count only if there are no others, and those that no ref leads to come last.

use std::collections::{BTreeMap, BTreeSet};

use super::compared_rules;
use super::contradiction::Clash;
use super::decisions::Decisions;
pub use super::field_names::APPID;
use super::field_names::IDENTITY;
use super::inputs::Inputs;
use super::name_words::words;
use super::policy::{Field, Policy, RegisterUse};
use super::repository_facts::SetFact;
use crate::finding::Occurrence;
use crate::inventory::entry::{Fact, Provenance, Secret};
use crate::inventory::place_order::Standing;

/// The fact that holds the name that a person chose for a secret: the text for `{name}` in the
/// template.
pub const NAME: &str = "name";

/// The facts of a secret, and the fields on which its occurrences disagree.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Gathered {
    /// Field → fact.
    pub facts: BTreeMap<String, Fact>,
    /// Field → value → the occurrences that have this value, as text.
    pub conflicts: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
    /// The statements of people that gave facts, by their numbers.
    pub statements: Vec<usize>,
    /// The statements of people that contradict each other on facts.
    pub clashes: Vec<Clash>,
}

/// Gathers the metadata of a secret from all sources.
pub(super) fn gather(secret: &Secret, inputs: &Inputs) -> Gathered {
    let mut out = Gathered {
        facts: people(secret, inputs),
        ..Gathered::default()
    };
    let places = places(secret);
    let appid = out.facts.get(APPID).map(|fact| fact.value.clone());
    let said: Vec<(Option<&Occurrence>, Said)> = match places.is_empty() {
        true => vec![(None, of_no_place(secret, appid.as_deref(), inputs))],
        false => places
            .into_iter()
            .map(|place| {
                (
                    Some(place),
                    of_place(secret, Some(place), appid.as_deref(), inputs),
                )
            })
            .collect(),
    };
    for field in inputs.policy.fields.keys() {
        // A weaker source must not answer what people are asked.
        if out.facts.contains_key(field) || secret.disputed.has_fact(field) {
            continue;
        }
        let facts = || {
            said.iter().flat_map(|(place, said)| {
                let facts = said.get(field).into_iter().flatten();
                facts.map(move |fact| (place, fact))
            })
        };
        // The environment of a place is what this place states, by whatever source.
        let is_compared = inputs.policy.metadata.compared.contains(field);
        let strongest = facts().map(|(_, said)| said.fact.from).max();
        let Some(strongest) = strongest else {
            if let Some(value) = inputs.policy.metadata.defaults.get(field) {
                out.facts.insert(
                    field.clone(),
                    Fact {
                        value: value.clone(),
                        from: Provenance::Default,
                    },
                );
            }
            continue;
        };
        // A strong statement about one application is none about another one.
        let is_identity = IDENTITY.contains(&field.as_str());
        let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (place, said) in
            facts().filter(|(_, said)| is_compared || is_identity || said.fact.from == strongest)
        {
            let places = values.entry(said.fact.value.clone()).or_default();
            let place = place.map(show);
            places.extend(match &said.source {
                Some(source) => Some(format!("{}: {source}", place.unwrap_or_default())),
                None => place,
            });
        }
        if values.len() == 1 {
            let value = values.into_keys().next().expect("there is one");
            out.facts.insert(
                field.clone(),
                Fact {
                    value,
                    from: strongest,
                },
            );
        } else {
            out.conflicts.insert(field.clone(), values);
        }
    }
    add_statements(secret, &mut out, inputs);
    add_application(secret, &mut out, inputs);
    out
}

/// Adds the register's fields of an application that a statement with a condition names. The register's facts about
/// another application are none about this one.
fn add_application(secret: &Secret, out: &mut Gathered, inputs: &Inputs) {
    let appid = out.facts.get(APPID);
    let appid = appid
        .filter(|fact| fact.from == Provenance::Statement)
        .map(|fact| fact.value.clone());
    let (Some(appid), Some(registry)) = (appid, inputs.registry) else {
        return;
    };
    out.facts
        .retain(|_, fact| fact.from != Provenance::Registry);
    for (field, value) in registry.application(&appid) {
        let is_weak = out
            .facts
            .get(field)
            .is_none_or(|fact| fact.from < Provenance::Registry);
        let is_open = out.conflicts.contains_key(field) || secret.disputed.has_fact(field);
        if is_weak && !is_open {
            let fact = Fact {
                value: value.to_owned(),
                from: Provenance::Registry,
            };
            out.facts.insert(field.to_owned(), fact);
        }
    }
}

/// Adds the facts of statements with conditions, which are tried on the facts of all other sources. A fact that people
/// gave for this very secret is stronger.
fn add_statements(secret: &Secret, out: &mut Gathered, inputs: &Inputs) {
    let Some(decisions) = inputs.decisions else {
        return;
    };
    out.statements.extend(decisions.facts_by_name(secret));
    out.clashes.extend(decisions.clashes_by_name(secret));
    let said = decisions.facts_by_condition(secret, &out.facts, &inputs.repositories);
    let people = |facts: &BTreeMap<String, Fact>, field: &str| {
        let known = facts.get(field);
        known.is_some_and(|fact| fact.from == Provenance::Person) || secret.disputed.has_fact(field)
    };
    for clash in said.clashes {
        if clash.field().is_none_or(|field| !people(&out.facts, field)) {
            out.clashes.push(clash);
        }
    }
    for (field, (value, number)) in said.facts {
        if people(&out.facts, field) {
            continue;
        }
        out.conflicts.remove(field);
        let fact = Fact {
            value: value.to_owned(),
            from: Provenance::Statement,
        };
        out.facts.insert(field.to_owned(), fact);
        out.statements.push(number);
    }
    out.statements.sort_unstable();
    out.statements.dedup();
}

/// The application and the environment of a place, as far as they are known.
pub(super) type Identity = BTreeMap<&'static str, String>;

/// The application and the environment of one place of a secret.
pub(super) fn identity(secret: &Secret, place: &Occurrence, inputs: &Inputs) -> Identity {
    let mut identity = identity_of_place(secret, place, inputs);
    let of_people = people(secret, inputs);
    for field in IDENTITY {
        if let Some(fact) = of_people.get(field) {
            identity.insert(field, fact.value.clone());
        }
    }
    identity
}

/// The same without what people said of the secret by its id.
pub(super) fn identity_of_place(secret: &Secret, place: &Occurrence, inputs: &Inputs) -> Identity {
    let mut said = of_place(secret, Some(place), None, inputs);
    let fields = IDENTITY.into_iter();
    let fields = fields.filter(|field| inputs.policy.fields.contains_key(*field));
    let mut identity: Identity = fields
        .filter_map(|field| {
            let values: BTreeSet<String> = said
                .remove(field)?
                .into_iter()
                .map(|statement| statement.fact.value)
                .collect();
            let value = values.first().filter(|_| values.len() == 1)?;
            Some((field, value.clone()))
        })
        .collect();
    // A condition that holds for another place says nothing of this one.
    if inputs
        .decisions
        .is_some_and(Decisions::identify_by_condition)
    {
        let alone = secret.at_place(place);
        let mut facts = gather(&alone, inputs).facts;
        for field in IDENTITY {
            let fact = facts.remove(field);
            if let Some(fact) = fact.filter(|fact| fact.from == Provenance::Statement) {
                identity.insert(field, fact.value);
            }
        }
    }
    identity
}

/// The facts that people gave for this secret, now or in an earlier run.
fn people(secret: &Secret, inputs: &Inputs) -> BTreeMap<String, Fact> {
    let mut facts = secret.metadata.clone();
    // A fact of a statement about many secrets ends with it. Without files it is not known whether it was taken back.
    let is_kept = |from| match from {
        Provenance::Person => true,
        Provenance::Statement => inputs.decisions.is_none(),
        _ => false,
    };
    facts.retain(|_, fact| is_kept(fact.from));
    // A name is a wish like an outcome, and is taken back like one. The name that was given for it
    // stays while it fits.
    if inputs.decisions.is_some() {
        facts.remove(NAME);
    }
    let mut say = |field: &str, value: &str| {
        facts.insert(
            field.to_owned(),
            Fact {
                value: value.to_owned(),
                from: Provenance::Person,
            },
        );
    };
    if let Some(entry) = inputs.person(secret) {
        for (field, value) in &entry.metadata {
            say(field, value);
        }
        if let Some(name) = &entry.name {
            say(NAME, name);
        }
    }
    facts
}

/// The current occurrences of a secret. If none is current, those of the history that refs lead to, else all.
fn places(secret: &Secret) -> Vec<&Occurrence> {
    let nearest = secret.occurrences.iter().map(Standing::of).min();
    let places = secret.occurrences.iter();
    places
        .filter(|place| Some(Standing::of(place)) == nearest)
        .collect()
}

/// A fact about one occurrence.
struct Statement {
    fact: Fact,
    /// What states it, if the place states several things.
    source: Option<String>,
}

/// The facts about one occurrence: field → the strongest statement. Several contradict each other.
type Said = BTreeMap<String, Vec<Statement>>;

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
fn of_place(
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
            rule.set.contains_key(APPID) && rule.when.holds(secret, place, &inputs.repositories)
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
        if !rule.set.keys().any(is_news) || !rule.when.holds(secret, place, &inputs.repositories) {
            continue;
        }
        for (field, value) in &rule.set {
            if !policy.compared.contains(field) {
                say(said, field, value, Provenance::Policy);
            }
        }
    }
}

/// The facts about a secret without occurrences. Facts that came from its occurrences stay, since
/// no source can give them again.
fn of_no_place(secret: &Secret, appid: Option<&str>, inputs: &Inputs) -> Said {
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

/// A place as text. A message is named by its day: the id of its object would allow anyone to test
/// guesses of the value.
fn show(place: &Occurrence) -> String {
    let day = place.date.as_deref().and_then(|date| date.get(..10));
    match (place.path.as_str(), day) {
        ("", Some(day)) => format!("{}: {} of {day}", place.repository, place.origin.name()),
        ("", None) => format!("{}: {}", place.repository, place.origin.name()),
        (path, _) => format!("{}: {path}", place.repository),
    }
}

/// The required metadata fields that a secret lacks, in alphabetical order.
pub fn missing_fields(secret: &Secret, policy: &Policy) -> Vec<String> {
    let required = policy.fields.iter().filter(|(_, spec)| spec.required);
    required
        .map(|(field, _)| field)
        .filter(|field| !secret.metadata.contains_key(*field))
        .cloned()
        .collect()
}

/// The applications (values of `appid`) that use a secret: none is known, one, or several share it.
pub fn applications(secret: &Secret, inputs: &Inputs) -> BTreeSet<String> {
    let gathered = gather(secret, inputs);
    let one = gathered.facts.get(APPID).map(|fact| fact.value.clone());
    let several = gathered
        .conflicts
        .get(APPID)
        .into_iter()
        .flat_map(|values| values.keys().cloned());
    one.into_iter().chain(several).collect()
}

#[cfg(test)]
mod tests;
