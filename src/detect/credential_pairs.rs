//! Values that belong to the same credential: the id and the secret of an access key.
//!
//! Rules say which part of which credential they find. The parts of a credential belong together if the same section of
//! the text assigns them, and assigns each of them once. Otherwise nothing is known: a wrong pair would move a secret with
//! the id of another account.

use std::collections::BTreeMap;

use super::candidate::{Match, Paired};
use super::compile::{Matcher, Rule};
use super::credential_part::CredentialPart;
use super::searched_text::Text;
use super::surroundings::{Assignment, Section, assignments};
use crate::secret::SecretValue;

/// Words of keys that say nothing of the credential, but only which part of it a value is.
const PART_WORDS: [&str; 7] = ["access", "id", "key", "secret", "security", "sid", "token"];

/// A match that may be a part of a credential.
struct Member<'a> {
    /// Index of the match.
    index: usize,
    part: &'a CredentialPart,
    assignment: Assignment,
}

/// Finds the matches of a text that belong together. `matches` are all that the text has.
pub(super) fn pair(rules: &[Rule], text: Text, matches: &mut [Match]) {
    let credentials = credentials(rules, matches);
    if credentials.is_empty() {
        return;
    }
    let members = members(rules, &credentials, text, matches);
    let mut pairs = Vec::new();
    for (credential, parts) in &credentials {
        let words = part_words(parts);
        let mut groups: BTreeMap<(Section, Vec<&str>), Vec<&Member>> = BTreeMap::new();
        let own = members
            .iter()
            .filter(|member| member.part.of == **credential);
        for member in own {
            let section = member.assignment.sections[0];
            let key = (section, stem(&member.assignment.words, &words));
            groups.entry(key).or_default().push(member);
        }
        for group in groups.values() {
            pair_section(group, 0, matches, &mut pairs);
        }
    }
    for (index, paired) in pairs {
        matches[index].paired = Some(paired);
    }
}

/// The parts of the credentials of which a part other than the secret was found.
fn credentials<'a>(
    rules: &'a [Rule],
    matches: &[Match],
) -> BTreeMap<&'a str, Vec<&'a CredentialPart>> {
    let unpaired = matches.iter().filter(|found| found.paired.is_none());
    let mut found: Vec<&str> = Vec::new();
    // A Secret of Kubernetes has one rule for all its values.
    let mut in_kubernetes = Vec::new();
    for matched in unpaired {
        let rule = &rules[matched.rule];
        match &rule.part {
            Some(part) if !part.is_secret => found.push(&part.of),
            None if matches!(rule.matcher, Matcher::Kubernetes(_)) => in_kubernetes.push(matched),
            _ => {}
        }
    }
    let mut credentials: BTreeMap<&str, Vec<&CredentialPart>> = BTreeMap::new();
    if found.is_empty() && in_kubernetes.is_empty() {
        return credentials;
    }
    for part in rules.iter().filter_map(|rule| rule.part.as_ref()) {
        credentials.entry(&part.of).or_default().push(part);
    }
    credentials.retain(|of, parts| {
        let mut others = parts.iter().filter(|part| !part.is_secret);
        found.contains(of)
            || others.any(|part| {
                in_kubernetes
                    .iter()
                    .any(|matched| is_by_shape(part, matched))
            })
    });
    credentials
}

/// Whether the value that a rule for something else found can only be this part.
#[expect(
    clippy::disallowed_methods,
    reason = "the shape of a value is compared with that of a part"
)]
fn is_by_shape(part: &CredentialPart, found: &Match) -> bool {
    !part.needs_name && part.has_shape(found.value.expose())
}

/// The matches that may be parts of these credentials.
#[expect(
    clippy::disallowed_methods,
    reason = "the shape of a value is compared with that of a secret"
)]
fn members<'a>(
    rules: &'a [Rule],
    credentials: &BTreeMap<&'a str, Vec<&'a CredentialPart>>,
    text: Text,
    matches: &[Match],
) -> Vec<Member<'a>> {
    // The secrets that a rule for names may have found, such as `secret_key`.
    let secrets: Vec<(&CredentialPart, Vec<&str>)> = credentials
        .values()
        .filter_map(|parts| {
            let secret = parts.iter().find(|part| part.is_secret)?;
            Some((*secret, secret_words(secret, parts)))
        })
        .collect();
    let mut chosen: Vec<(usize, &CredentialPart, Option<&[&str]>)> = Vec::new();
    for (index, found) in matches.iter().enumerate() {
        let rule = &rules[found.rule];
        if found.paired.is_some() {
            continue;
        }
        let is_names = matches!(rule.matcher, Matcher::Names(_));
        let is_kubernetes = matches!(rule.matcher, Matcher::Kubernetes(_));
        match &rule.part {
            Some(part) if credentials.contains_key(&*part.of) => chosen.push((index, part, None)),
            None if is_names || is_kubernetes => {
                let mut others = credentials.values().flatten();
                let other = others.find(|part| !part.is_secret && is_by_shape(part, found));
                if let Some(part) = other.filter(|_| is_kubernetes) {
                    chosen.push((index, part, None));
                    continue;
                }
                let mut fitting = secrets
                    .iter()
                    .filter(|(secret, _)| secret.has_shape(found.value.expose()));
                // A value that may be the secret of two credentials is that of neither.
                if let (Some((secret, words)), None) = (fitting.next(), fitting.next()) {
                    chosen.push((index, secret, Some(words)));
                }
            }
            _ => {}
        }
    }
    let ranges: Vec<_> = chosen
        .iter()
        .map(|(index, ..)| matches[*index].range.clone())
        .collect();
    let assigned = assignments(text, &ranges).into_iter();
    let members = chosen.into_iter().zip(assigned);
    members
        .filter_map(|((index, part, words), assignment)| {
            let assignment = assignment?;
            let names_it = |words: &[&str]| {
                let mut own = assignment.words.iter();
                own.any(|word| words.contains(&&**word))
            };
            words.is_none_or(names_it).then_some(Member {
                index,
                part,
                assignment,
            })
        })
        .collect()
}

/// The words of the name of the secret that no other part has: `secret` of `aws_secret_access_key`.
fn secret_words<'a>(secret: &'a CredentialPart, parts: &[&CredentialPart]) -> Vec<&'a str> {
    let others = || parts.iter().filter(|part| !part.is_secret);
    secret
        .name
        .split('_')
        .filter(|word| !others().any(|part| part.name.split('_').any(|other| other == *word)))
        .collect()
}

/// The words of a key that only say which part of a credential a value is.
fn part_words<'a>(parts: &[&'a CredentialPart]) -> Vec<&'a str> {
    let words = parts.iter().flat_map(|part| part.name.split('_'));
    words.chain(PART_WORDS).collect()
}

/// The words of a key that say which of several credentials it is about: `dev` of `DEV_AWS_ACCESS_KEY_ID`.
fn stem<'a>(key: &'a [String], part_words: &[&str]) -> Vec<&'a str> {
    let words = key.iter().map(String::as_str);
    words.filter(|word| !part_words.contains(word)).collect()
}

/// Pairs the members of one section, whose keys have the same stem. If the section has several of a part, tries the
/// narrower sections in it.
fn pair_section(
    members: &[&Member],
    level: usize,
    matches: &[Match],
    pairs: &mut Vec<(usize, Paired)>,
) {
    if let Some(parts) = single_parts(members, level, matches) {
        let secret = parts.iter().find(|(part, _)| part.is_secret);
        let Some((secret, of_secret)) = secret.filter(|_| parts.len() > 1) else {
            return;
        };
        let named = parts.iter();
        let named = named.map(|(part, value)| (part.name.clone(), (*value).clone()));
        let named: BTreeMap<String, SecretValue> = named.collect();
        for member in members {
            let paired = match member.part.name == secret.name {
                true => Paired::Secret(named.clone()),
                false => Paired::Part((*of_secret).clone()),
            };
            pairs.push((member.index, paired));
        }
        return;
    }
    let mut narrower: BTreeMap<Section, Vec<&Member>> = BTreeMap::new();
    for member in members {
        if let Some(section) = member.assignment.sections.get(level + 1) {
            narrower.entry(*section).or_default().push(member);
        }
    }
    for members in narrower.values() {
        pair_section(members, level + 1, matches, pairs);
    }
}

/// The parts of a section with their values, if there is one value of each, and no doubt of it.
fn single_parts<'a>(
    members: &[&Member<'a>],
    level: usize,
    matches: &'a [Match],
) -> Option<Vec<(&'a CredentialPart, &'a SecretValue)>> {
    let mut parts: Vec<(&CredentialPart, &SecretValue)> = Vec::new();
    for (at, member) in members.iter().enumerate() {
        let value = &matches[member.index].value;
        // A text within the text: it has sections of its own.
        let is_inside = |other: &&Member| other.assignment.value == member.assignment.value;
        if member.assignment.is_repeated[level] || members[..at].iter().any(is_inside) {
            return None;
        }
        match parts.iter().find(|(part, _)| part.name == member.part.name) {
            Some((_, known)) if *known == value => {}
            Some(_) => return None,
            None => parts.push((member.part, value)),
        }
    }
    Some(parts)
}

#[cfg(test)]
mod tests;
