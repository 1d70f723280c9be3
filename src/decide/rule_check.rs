//! Checks that the rules of every section of the policy have in common.

use std::collections::BTreeSet;

use super::policy::Policy;
use super::policy_rules::RuleOrigin;
use super::rule_condition::Condition;
use crate::yaml::{Mistake, Step, key_path};

pub(super) fn err<T>(at: Vec<Step>, message: impl Into<String>) -> Result<T, Mistake> {
    Err(Mistake::new(at, message))
}

/// Whether a text is lower-case letters, digits and the characters of `more`.
pub(super) fn is_identifier(text: &str, more: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || more.contains(c))
}

/// The key path of a key of a rule. A built-in rule is in no file: the section must do.
pub(super) fn rule_path(section: Vec<Step>, origin: RuleOrigin, key: Vec<Step>) -> Vec<Step> {
    match origin {
        RuleOrigin::BuiltIn => section,
        written => [section, written.steps(), key].concat(),
    }
}

/// The place of a rule with an id.
pub(super) struct RulePlace {
    /// The section of the policy.
    pub section: &'static str,
    /// Where in it the rule is written.
    pub origin: RuleOrigin,
}

impl RulePlace {
    /// The key path of a key of the rule.
    pub(super) fn key(&self, key: &str) -> Vec<Step> {
        rule_path(key_path![self.section], self.origin, key_path![key])
    }

    /// Checks the id of the rule. `ids` are those of the rules before it.
    ///
    /// # Errors
    ///
    /// If it is none, is reserved, or another rule has it.
    pub(super) fn check_id<'a>(
        &self,
        id: &'a str,
        reserved: &[&str],
        ids: &mut BTreeSet<&'a str>,
    ) -> Result<(), Mistake> {
        let wrong = |message| err(self.key("id"), message);
        if !is_identifier(id, "-") {
            return wrong(format!(
                "`{id}`: a rule's id is lower-case letters, digits and `-`"
            ));
        }
        if reserved.contains(&id) {
            return wrong(format!("`{id}` is kept for decisions that no rule makes"));
        }
        if !ids.insert(id) {
            return wrong(format!("two rules have the id `{id}`"));
        }
        Ok(())
    }

    /// Checks the reason of the rule.
    ///
    /// # Errors
    ///
    /// If it is empty.
    pub(super) fn check_reason(&self, reason: &str) -> Result<(), Mistake> {
        match reason.trim().is_empty() {
            true => err(
                self.key("reason"),
                "a rule needs a reason: every decision of the rule shows it",
            ),
            false => Ok(()),
        }
    }

    /// Checks the questions of the rule. `asks` says whether it asks a person, which `then` with this word does.
    ///
    /// # Errors
    ///
    /// If a rule that asks has no questions, or another one has some.
    pub(super) fn check_questions(
        &self,
        asks: bool,
        word: &str,
        questions: &[String],
    ) -> Result<(), Mistake> {
        if asks != questions.is_empty() {
            return Ok(());
        }
        let message = match asks {
            true => {
                "a rule that sends to review needs a question, or nobody knows what to look for"
                    .to_owned()
            }
            false => {
                format!("questions are for `then: {word}`: nobody is asked about a decided secret")
            }
        };
        err(self.key("questions"), message)
    }
}

/// Checks the fields of a condition. `at` is its key path.
///
/// # Errors
///
/// The first mistake.
pub(super) fn check_condition(
    condition: &Condition,
    at: &[Step],
    policy: &Policy,
) -> Result<(), Mistake> {
    let path = |keys: &[&str]| {
        let keys = keys.iter().map(|key| Step::from(*key));
        at.iter().cloned().chain(keys).collect()
    };
    for field in &condition.missing {
        if !policy.fields.contains_key(field) {
            let message = policy.unknown_field(field).to_string();
            return err(path(&["missing"]), message);
        }
    }
    for (field, values) in &condition.metadata {
        for value in values {
            if let Err(error) = policy.check_field(field, value) {
                return err(path(&["metadata", field]), error.to_string());
            }
        }
        if values.is_empty() {
            return err(path(&["metadata", field]), "an empty list never holds");
        }
    }
    Ok(())
}

/// Refuses the condition `replaceable` where it is not known yet whether it holds. `at` is the key path of the condition.
///
/// # Errors
///
/// If the condition has it.
pub(super) fn refuse_replaceable(condition: &Condition, at: &[Step]) -> Result<(), Mistake> {
    match condition.replaceable {
        Some(_) => err(
            [at, &[Step::from("replaceable")]].concat(),
            "only rules of `decisions` and `rotations` may have this condition",
        ),
        None => Ok(()),
    }
}
