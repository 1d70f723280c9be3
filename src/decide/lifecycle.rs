//! What becomes of a secret after the migration, as far as it is decided with it: the service that can take its place, and
//! its rotation.

use super::field_names::{NOT_REPLACED, REPLACEMENT, ROTATION};
use super::inputs::Inputs;
use super::rule_ids::PERSON;
use crate::inventory::entry::{Outcome, Secret};
use crate::inventory::native_replacement::{Replacement, ReplacementStatus};
use crate::inventory::rotation_strategy::{ChosenRotation, Rotation};

/// The service that replaces a secret whose metadata are set, or may replace it.
pub(super) fn replacement(secret: &Secret, inputs: &Inputs) -> Option<Replacement> {
    let rules = &inputs.policy.replacements;
    let by_rule = || {
        let mut rules = rules.iter();
        let rule = rules.find(|rule| rule.when.holds(secret, &inputs.repositories))?;
        Some(rule.replacement())
    };
    let Some(said) = secret.metadata.get(REPLACEMENT) else {
        return by_rule();
    };
    if said.value == NOT_REPLACED {
        return by_rule().map(|replacement| Replacement {
            status: ReplacementStatus::Declined,
            ..replacement
        });
    }
    let known = rules.iter().find(|rule| rule.id == said.value);
    let adopted = known.map(|rule| rule.replacement());
    Some(Replacement {
        status: ReplacementStatus::Adopted,
        // The policy may have lost the rule since the person named it.
        ..adopted.unwrap_or_else(|| Replacement {
            rule: said.value.clone(),
            service: said.value.clone(),
            documentation: None,
            status: ReplacementStatus::Adopted,
        })
    })
}

/// The rotation of a secret whose decision is made. `None` if it does not go to Secrets Manager, or no rule applies.
pub(super) fn rotation(secret: &Secret, inputs: &Inputs) -> Option<ChosenRotation> {
    let goes = matches!(secret.decision.outcome, Outcome::Relocate | Outcome::Review);
    let is_adopted = secret
        .replacement
        .as_ref()
        .is_some_and(Replacement::is_adopted);
    if !goes && !is_adopted {
        return None;
    }
    let said = secret.metadata.get(ROTATION);
    if let Some(said) = said.and_then(|said| said.value.parse::<Rotation>().ok()) {
        return Some(ChosenRotation::of(said, PERSON));
    }
    let mut rules = inputs.policy.rotations.iter();
    let rule = rules.find(|rule| rule.when.holds(secret, &inputs.repositories))?;
    Some(ChosenRotation::of(rule.rotation(), &rule.id))
}

#[cfg(test)]
mod tests;
