//! The facts about one place of a secret, from every source but the statements of people, each with its provenance.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::field_names::{APPID, PIPELINE};
use super::inputs::Inputs;
use super::place_view::PlaceView;
use super::policy::{AuthorUse, Field, MetadataRule, RegisterUse};
use super::repository_sources::RepositorySources;
use super::rule_results::{RuleResults, StatedResults};
use super::said_at_place::{Asked, Said, Source};
use crate::finding::Occurrence;
use crate::inventory::entry::{Provenance, Secret};

/// Reads the facts of the places of one secret, one place after another.
pub(super) struct PlaceFacts<'a> {
    secret: &'a Secret,
    inputs: &'a Inputs<'a>,
    /// The application that a person named.
    appid: Option<&'a str>,
    asked: Asked,
    results: RuleResults<'a>,
    /// The indexes of the rules that give the application.
    appid_rules: Vec<usize>,
    /// The sources of the repository of the last place. Places are in order of repository.
    sources: Option<Rc<RepositorySources<'a>>>,
}

/// What is known of a place while its facts are collected.
struct Known<'a, 'b> {
    view: &'b PlaceView<'a>,
    sources: Option<&'b RepositorySources<'a>>,
    results: &'b StatedResults,
}

impl Known<'_, '_> {
    /// Whether the condition of a rule holds.
    fn holds(&self, index: usize, rule: &MetadataRule) -> bool {
        self.results.holds[index] && rule.when.holds_at(self.view)
    }
}

impl<'a> PlaceFacts<'a> {
    /// `appid` is the application that a person named.
    pub(super) fn new(
        secret: &'a Secret,
        appid: Option<&'a str>,
        asked: Asked,
        inputs: &'a Inputs<'a>,
    ) -> Self {
        let rules = inputs.policy.metadata.rules.iter().enumerate();
        let gives_appid =
            |rule: &MetadataRule| !rule.when.is_weak() && rule.set.contains_key(APPID);
        Self {
            secret,
            inputs,
            appid,
            asked,
            results: RuleResults::of_policy(&inputs.policy.metadata),
            appid_rules: rules
                .filter(|(_, rule)| gives_appid(rule))
                .map(|(index, _)| index)
                .collect(),
            sources: None,
        }
    }

    /// The facts about a place from all sources except `decisions.yaml`. `None`: the secret has no known place.
    pub(super) fn of(&mut self, place: Option<&'a Occurrence>) -> Said<'a> {
        let inputs = self.inputs;
        let sources = place.map(|place| self.sources_of(place));
        let sources = sources.as_deref();
        let view = PlaceView::new(self.secret, place, sources.map(|sources| sources.name));
        let results = self.results.for_stated(&view);
        let known = Known {
            view: &view,
            sources,
            results: &results,
        };
        let mut said = Said::new(self.asked);
        let set = sources.map_or(&[][..], |sources| &sources.set);
        for fact in set.iter().filter(|fact| fact.is_forced) {
            said.say(fact.field, fact.value, Provenance::ForceSet);
        }
        let row = self.register_row(&known);
        for (field, value) in &row {
            let overrides = |field: &Field| field.register == RegisterUse::Overrides;
            if inputs.policy.fields.get(*field).is_some_and(overrides) {
                said.say(field, *value, Provenance::RegistryOverride);
            }
        }
        if said.lacks("owner")
            && let (Some(sources), Some(path)) = (sources, view.path)
            && let Some(owner) = sources.owners.and_then(|owners| owners.owner(path))
        {
            said.say("owner", owner, Provenance::Codeowners);
        }
        self.add_rules(&mut said, &known);
        for fact in set {
            self.fill(&mut said, fact.field, fact.value, Provenance::Set);
        }
        for (field, value) in &row {
            self.fill(&mut said, field, value, Provenance::Registry);
        }
        self.add_weak_sources(&mut said, &known);
        if let Some(sources) = sources {
            let name = sources.name.plain;
            for (field, value) in &sources.derived {
                match value {
                    Some(value) => said.say(field, value.clone(), Provenance::Derived),
                    None => said.say(field, name, Provenance::Derived),
                }
            }
        }
        said
    }

    fn sources_of(&mut self, place: &'a Occurrence) -> Rc<RepositorySources<'a>> {
        match &self.sources {
            Some(known) if known.name.full == place.repository => Rc::clone(known),
            _ => {
                let sources = RepositorySources::of(self.secret, &place.repository, self.inputs);
                Rc::clone(self.sources.insert(Rc::new(sources)))
            }
        }
    }

    /// The fields that the register gives a place.
    fn register_row(&self, known: &Known<'a, '_>) -> BTreeMap<&'a str, &'a str> {
        let Some(registry) = self.inputs.registry else {
            return BTreeMap::new();
        };
        let mut row = known.sources.map_or(BTreeMap::new(), |sources| {
            registry.lookup_in(&sources.rows, known.view.path.unwrap_or_default())
        });
        let appid = self.appid.or_else(|| self.application(known, &row));
        if let Some(appid) = appid {
            // The row of another application says nothing about this one.
            if row.get(APPID).is_some_and(|of_row| *of_row != appid) {
                row.clear();
            }
            for (field, value) in registry.application(appid) {
                row.entry(field).or_insert(value);
            }
        }
        row
    }

    /// The application of a place, if the repository, `--set` or the register says it.
    fn application(
        &self,
        known: &Known<'a, '_>,
        row: &BTreeMap<&'a str, &'a str>,
    ) -> Option<&'a str> {
        let set = known.sources.map_or(&[][..], |sources| &sources.set);
        let of_set = |forced: bool| {
            let mut facts = set
                .iter()
                .filter(|fact| fact.field == APPID && fact.is_forced >= forced);
            facts.next().map(|fact| fact.value)
        };
        let of_policy = || {
            let mut rules = self.appid_rules.iter();
            let index = rules.find(|&&index| known.holds(index, &self.results.rules[index]))?;
            let rule: &'a MetadataRule = &self.results.rules[*index];
            rule.set.get(APPID).map(String::as_str)
        };
        of_set(true)
            .or_else(of_policy)
            .or_else(|| of_set(false))
            .or_else(|| row.get(APPID).copied())
    }

    /// Adds a statement of `--set` or the register, which fills in what the place does not state. About a field that is
    /// compared, it contradicts the place.
    fn fill(&self, said: &mut Said<'a>, field: &'a str, value: &'a str, from: Provenance) {
        if !self.asked.has(field) || said.lacks(field) {
            return said.say(field, value, from);
        }
        let compared = &self.inputs.policy.metadata.compared;
        let contradicts = said
            .of(field)
            .all(|known| known.from == Provenance::Policy && known.value != value);
        if contradicts && compared.iter().any(|compared| compared == field) {
            let source = match from {
                Provenance::Set => Source::Set,
                _ => Source::Register,
            };
            said.push(
                field,
                Cow::Borrowed(value),
                Provenance::Policy,
                Some(source),
            );
        }
    }

    /// Adds what the rules of the policy say about a place.
    fn add_rules(&self, said: &mut Said<'a>, known: &Known<'a, '_>) {
        for (number, rules) in self.results.compared.iter().enumerate() {
            if said.lacks(rules.field) {
                for (value, source) in rules.stated(
                    known.view,
                    &known.results.holds,
                    &known.results.compared[number],
                ) {
                    let source = source.map(Source::Words);
                    let value = Cow::Borrowed(value);
                    said.push(rules.field, value, Provenance::Policy, source);
                }
            }
        }
        let compared = &self.inputs.policy.metadata.compared;
        for (index, rule) in self.results.rules.iter().enumerate() {
            let is_news = |field: &String| said.lacks(field) && !compared.contains(field);
            if known.results.holds[index]
                && !rule.when.is_weak()
                && rule.set.keys().any(is_news)
                && rule.when.holds_at(known.view)
            {
                for (field, value) in &rule.set {
                    if !compared.contains(field) {
                        said.say(field, value, Provenance::Policy);
                    }
                }
            }
        }
    }

    /// Adds what the weak rules of the policy, the pipelines of the repository and the author of the commit say, where no
    /// stronger source says anything.
    fn add_weak_sources(&self, said: &mut Said<'a>, known: &Known<'a, '_>) {
        self.add_weak_rules(said, known);
        Self::add_pipelines(said, known);
        self.add_author(said, known);
    }

    fn add_weak_rules(&self, said: &mut Said<'a>, known: &Known<'a, '_>) {
        for (index, rule) in self.results.rules.iter().enumerate() {
            if rule.when.is_weak()
                && rule.set.keys().any(|field| said.lacks(field))
                && known.holds(index, rule)
            {
                for (field, value) in &rule.set {
                    said.say(field, value, Provenance::Derived);
                }
            }
        }
    }

    fn add_pipelines(said: &mut Said<'a>, known: &Known<'a, '_>) {
        if let Some(sources) = known.sources
            && said.lacks(PIPELINE)
        {
            for name in &sources.pipelines {
                let value = Cow::Borrowed(*name);
                said.push(PIPELINE, value, Provenance::Derived, Some(Source::Pipeline));
            }
        }
    }

    fn add_author(&self, said: &mut Said<'a>, known: &Known<'a, '_>) {
        let author = known.view.place.and_then(|place| place.author.as_deref());
        if let Some(author) = author.map(mail_of) {
            let fields = self.inputs.policy.fields.iter();
            for (field, _) in fields.filter(|(_, spec)| spec.authors == AuthorUse::Fill) {
                if said.lacks(field) && self.inputs.policy.check_field(field, author).is_ok() {
                    said.say(field, author, Provenance::Derived);
                }
            }
        }
    }

    /// What a place has that gives a derived fact, in words.
    pub(super) fn derivation(
        &mut self,
        place: &'a Occurrence,
        field: &str,
        value: &str,
    ) -> Option<String> {
        let sources = self.sources_of(place);
        let view = PlaceView::new(self.secret, Some(place), Some(sources.name));
        let results = self.results.for_stated(&view);
        let known = Known {
            view: &view,
            sources: Some(&sources),
            results: &results,
        };
        let says = |said: &Said| said.of(field).any(|said| said.value == value);
        // The strongest source first, as in `of`.
        let mut said = Said::new(self.asked);
        self.add_weak_rules(&mut said, &known);
        if says(&said) {
            return Some("the branches that have it".to_owned());
        }
        Self::add_pipelines(&mut said, &known);
        if says(&said) {
            return Some(Source::Pipeline.describe(field, value, view.stated.context));
        }
        self.add_author(&mut said, &known);
        if says(&said) {
            return Some("the author of its commit".to_owned());
        }
        let plain = sources.name.plain;
        let mut of_name = sources.derived.iter();
        let is_of_name = of_name.any(|(known, of_name)| {
            *known == field && of_name.as_deref().unwrap_or(plain) == value
        });
        is_of_name.then(|| "the name of the repository".to_owned())
    }

    /// The facts about a secret without places. Facts that came from its places stay, since no source can give them
    /// again.
    pub(super) fn of_no_place(&mut self) -> Said<'a> {
        let mut said = self.of(None);
        for (field, known) in &self.secret.metadata {
            let is_stronger = said.of(field).any(|now| now.from > known.from);
            if known.from > Provenance::Default && !is_stronger {
                said.replace(field, &known.value, known.from);
            }
        }
        said
    }
}

/// The mail address of `Name <mail>`, or the whole text.
fn mail_of(author: &str) -> &str {
    let mail = author.rsplit_once('<');
    let mail = mail.and_then(|(_, rest)| rest.strip_suffix('>'));
    mail.filter(|mail| !mail.is_empty()).unwrap_or(author)
}

#[cfg(test)]
mod tests;
