//! The part that the values of a rule have in a credential of several values.

use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

use super::rule::{PartSpec, RuleSpec};

/// The part of a rule that was compiled.
#[derive(Debug)]
pub struct CredentialPart {
    /// The credential.
    pub of: String,
    /// The name of the part.
    pub name: String,
    /// The part is the secret of the credential.
    pub is_secret: bool,
    /// The expression of the whole value.
    shape: Option<String>,
    /// The shape alone does not say that a value is this part.
    pub(super) needs_name: bool,
    compiled: OnceLock<Option<Regex>>,
}

impl CredentialPart {
    /// The part of a rule.
    pub(super) fn of(part: &PartSpec, spec: &RuleSpec) -> Self {
        Self {
            of: part.of.clone(),
            name: part.name.clone(),
            is_secret: part.secret,
            shape: spec.value.clone().or_else(|| spec.pattern.clone()),
            needs_name: spec.pattern.is_none(),
            compiled: OnceLock::new(),
        }
    }

    /// Whether a value that another rule found has the shape of this part.
    pub(super) fn has_shape(&self, value: &[u8]) -> bool {
        let Some(shape) = &self.shape else {
            return false;
        };
        let compile = || {
            let whole = format!("^(?:{shape})$");
            RegexBuilder::new(&whole).unicode(false).build().ok()
        };
        let shape = self.compiled.get_or_init(compile).as_ref();
        shape.is_some_and(|shape| shape.is_match(value))
    }
}
