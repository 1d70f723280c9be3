//! Credentials of several values: what is moved together, and the decision on the parts.
//!
//! The places of a secret say which values belong to it (`Context::parts`, `Context::part_of`). If the secret is relocated,
//! all of them go into one secret of Secrets Manager, and the entries of the others are `part-of`. If it is retired,
//! retained or in review, the others have the same decision: nobody is asked twice. What a person decides about a part by
//! its id is done.

use std::collections::{BTreeMap, HashMap};

use super::inputs::Inputs;
use super::lifecycle;
use super::rule_ids::{CONFLICT, PART_OF};
use crate::inventory::entry::{Decision, MigrationProgress, Outcome, Secret};
use crate::inventory::payload::{Payload, PayloadPart};
use crate::inventory::secret_roles::StatedParts;
use crate::secret::SecretId;

/// Settled secrets, with what their places state of credentials.
struct Credentials<'a> {
    secrets: &'a mut [Secret],
    stated: Vec<StatedParts>,
    /// The indexes of the secrets of a value.
    of_value: HashMap<SecretId, Vec<usize>>,
}

/// Sets the payloads of secrets whose decisions are made, and the decisions on their parts. Doing so twice changes nothing.
pub(super) fn settle(secrets: &mut [Secret], inputs: &Inputs) {
    let stated: Vec<StatedParts> = secrets.iter().map(Secret::stated_parts).collect();
    let states = stated.iter().any(|stated| !stated.is_empty());
    if !states && secrets.iter().all(|secret| secret.payload.is_none()) {
        return;
    }
    let mut of_value: HashMap<SecretId, Vec<usize>> = HashMap::new();
    for (index, secret) in secrets.iter().enumerate() {
        of_value
            .entry(secret.id.of_value())
            .or_default()
            .push(index);
    }
    let all = Credentials {
        secrets,
        stated,
        of_value,
    };
    for index in 0..all.secrets.len() {
        let question = all.stated[index].question();
        if let Some(question) = question {
            ask(&mut all.secrets[index], question);
        }
    }
    for index in 0..all.secrets.len() {
        // What is in Secrets Manager stays as it was imported.
        if all.secrets[index].progress == MigrationProgress::Found {
            all.secrets[index].payload = all.payload(index);
        }
    }
    let decisions: Vec<(usize, Decision)> = (0..all.secrets.len())
        .filter_map(|index| Some((index, all.decision_on_part(index)?)))
        .collect();
    for (index, decision) in decisions {
        all.secrets[index].decision = decision;
        all.secrets[index].rotation = lifecycle::rotation(&all.secrets[index], inputs);
    }
}

impl Credentials<'_> {
    /// The secrets of a value that belong to the same use as a secret; all of them if none does.
    fn beside(&self, index: usize, value: &SecretId) -> Vec<usize> {
        let known = self.of_value.get(value).map_or(&[][..], Vec::as_slice);
        let key = &self.secrets[index].in_use;
        let is_beside = |other: &usize| key.is_some() && self.secrets[*other].in_use == *key;
        match known.iter().copied().find(is_beside) {
            Some(only) => vec![only],
            None => known.to_vec(),
        }
    }

    /// Whether a part is decided on its own: a person says so, or it is in Secrets Manager, or its places contradict each
    /// other.
    fn is_alone(&self, part: usize, secret: usize) -> bool {
        let (part, stated) = (&self.secrets[part], &self.stated[part]);
        let secret = &self.secrets[secret];
        let says_otherwise = part.decision.is_by_person()
            && (part.decision.is_about_it() || part.decision.outcome != secret.decision.outcome);
        says_otherwise
            || part.progress > MigrationProgress::Found
            || stated.part_of.len() != 1
            || stated.part_of.first() != Some(&secret.id.of_value())
    }

    /// What is moved in place of the value alone. `None` if nothing else is, or it is not known what.
    fn payload(&self, index: usize) -> Option<Payload> {
        let (secret, stated) = (&self.secrets[index], &self.stated[index]);
        if secret.decision.outcome != Outcome::Relocate
            || stated.is_contradictory()
            || secret.moves_binary()
        {
            return None;
        }
        let own = secret.id.of_value();
        let mut parts = BTreeMap::new();
        for (name, ids) in &stated.parts {
            let id = ids.first()?;
            let fingerprint = if *id == own {
                *secret.value_fingerprint()
            } else {
                let beside = self.beside(index, id);
                let mut known = beside.iter().filter(|part| !self.is_alone(**part, index));
                let Some(part) = known.next() else { continue };
                let fingerprint = *self.secrets[*part].value_fingerprint();
                let is_same = |other: &usize| {
                    let other = &self.secrets[*other];
                    *other.value_fingerprint() == fingerprint && !other.moves_binary()
                };
                if !beside.iter().all(is_same) {
                    return None;
                }
                fingerprint
            };
            let part = PayloadPart {
                secret: id.clone(),
                fingerprint,
            };
            parts.insert(name.clone(), part);
        }
        let has_own = parts.values().any(|part| part.secret == own);
        (has_own && parts.len() > 1).then(|| Payload::of(parts))
    }

    /// The decision on a secret that is a part of another one; `None` if it is decided on its own.
    fn decision_on_part(&self, index: usize) -> Option<Decision> {
        let of = self.stated[index].part_of.first()?;
        let beside = self.beside(index, of);
        let own = self.secrets[index].id.of_value();
        let followed = || {
            beside
                .iter()
                .filter(|secret| !self.is_alone(index, **secret))
        };
        let moves = |secret: &&usize| {
            let payload = self.secrets[**secret].payload.as_ref();
            let name = payload.and_then(|payload| payload.name_of(&own));
            let is_there = self.secrets[**secret].decision.outcome == Outcome::Relocate;
            name.filter(|_| is_there).map(str::to_owned)
        };
        if let Some(name) = followed().find_map(|secret| moves(&secret)) {
            let reason = format!(
                "It is moved as `{name}` of {of}, in one secret of Secrets Manager. Its places must be removed, and it must be \
                 revoked, as those of {of}."
            );
            return Some(Decision::by_rule(Outcome::PartOf, PART_OF, reason));
        }
        if self.secrets[index].decision.is_by_person() || followed().count() < beside.len() {
            return None;
        }
        let outcome = self.secrets[*beside.first()?].decision.outcome;
        let is_same = |secret: &usize| self.secrets[*secret].decision.outcome == outcome;
        let follows = matches!(outcome, Outcome::Retire | Outcome::Retain | Outcome::Review);
        if !follows || !beside.iter().all(is_same) {
            return None;
        }
        let reason = match outcome {
            Outcome::Review => format!(
                "It is a part of the credential of {of}: answer the questions about that one."
            ),
            _ => {
                format!("It is a part of the credential of {of}, and has the decision on that one.")
            }
        };
        Some(Decision::by_rule(outcome, PART_OF, reason))
    }
}

/// Asks a question about a secret that would be moved.
fn ask(secret: &mut Secret, question: String) {
    let decision = &mut secret.decision;
    if decision.is_by_person() {
        return;
    }
    match decision.outcome {
        Outcome::Relocate => {
            decision.outcome = Outcome::Review;
            decision.rule = CONFLICT.to_owned();
            decision.reason = format!(
                "Its places disagree on what belongs to it. {}",
                decision.reason
            );
        }
        Outcome::Review => {}
        _ => return,
    }
    decision.questions.push(question);
}

#[cfg(test)]
mod tests;
