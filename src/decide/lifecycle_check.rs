//! Checks of the policy's rules about replacements and rotation.

use std::collections::BTreeSet;

use super::field_names::NOT_REPLACED;
use super::policy::Policy;
use super::policy_rules::RuleOrigin;
use super::replacement_rule::ReplacementEffect;
use super::rule_check::{RulePlace, check_condition, err, refuse_replaceable};
use super::rule_condition::Condition;
use super::rule_ids::PERSON;
use crate::yaml::Mistake;

/// Checks the section `replacements`.
///
/// # Errors
///
/// The first mistake.
pub(super) fn replacements(policy: &Policy) -> Result<(), Mistake> {
    let mut ids = BTreeSet::new();
    for (index, rule) in policy.replacements.iter().enumerate() {
        let place = RulePlace {
            section: "replacements",
            origin: policy.replacements.origin(index),
        };
        place.check_id(&rule.id, &[NOT_REPLACED], &mut ids)?;
        place.check_reason(&rule.reason)?;
        let asks = rule.then == ReplacementEffect::Ask;
        place.check_questions(asks, "ask", &rule.questions)?;
        check_when(&rule.when, &place, policy)?;
        refuse_replaceable(&rule.when, &place.key("when"))?;
        if rule.service.trim().is_empty() {
            return err(place.key("service"), "name the service");
        }
        if !rule.documentation.starts_with("https://") {
            return err(
                place.key("documentation"),
                "give the address of the documentation, which begins with https://",
            );
        }
    }
    Ok(())
}

/// Checks the fields of a rule's condition. A built-in rule about a field that the policy in effect does not have never
/// applies, and is no mistake of the policy's author.
fn check_when(when: &Condition, place: &RulePlace, policy: &Policy) -> Result<(), Mistake> {
    match place.origin {
        RuleOrigin::BuiltIn => Ok(()),
        _ => check_condition(when, &place.key("when"), policy),
    }
}

/// Checks the section `rotations`.
///
/// # Errors
///
/// The first mistake.
pub(super) fn rotations(policy: &Policy) -> Result<(), Mistake> {
    let mut ids = BTreeSet::new();
    for (index, rule) in policy.rotations.iter().enumerate() {
        let place = RulePlace {
            section: "rotations",
            origin: policy.rotations.origin(index),
        };
        place.check_id(&rule.id, &[PERSON], &mut ids)?;
        place.check_reason(&rule.reason)?;
        check_when(&rule.when, &place, policy)?;
        if let Err(error) = rule.rotation().check() {
            return err(place.key(error.key()), error.to_string());
        }
    }
    Ok(())
}
