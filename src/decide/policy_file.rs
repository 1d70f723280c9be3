//! Reading a policy file.

use std::path::Path;

use super::policy::Policy;
use super::policy_check;
use crate::human_text;
use crate::no_follow_open::Links;
use crate::yaml::{self, FileError};

impl Policy {
    /// Reads the policy in a file.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or has a mistake. The error has the place of the mistake.
    pub fn load(path: &Path, links: Links) -> Result<Policy, FileError> {
        Self::parse(path, &human_text::read(path, links)?)
    }

    /// Reads the policy in a file, and the text of the file.
    ///
    /// # Errors
    ///
    /// As for [`Policy::load`].
    pub fn load_with_text(path: &Path, links: Links) -> Result<(Policy, String), FileError> {
        let text = human_text::read(path, links)?;
        Ok((Self::parse(path, &text)?, text))
    }

    /// Reads the text of a policy; `path` is only for messages.
    ///
    /// # Errors
    ///
    /// If the text has a mistake. The error has its place.
    pub fn parse(path: &Path, text: &str) -> Result<Policy, FileError> {
        let mut policy: Policy = yaml::from_yaml(path, text)?;
        if policy.metadata.rules.extends() {
            // A section that only adds does not remove.
            let (builtin, own) = (Policy::builtin().metadata, &mut policy.metadata);
            for (field, value) in builtin.defaults {
                own.defaults.entry(field).or_insert(value);
            }
            for field in builtin.compared {
                if !own.compared.contains(&field) {
                    own.compared.push(field);
                }
            }
        }
        let Some(mut mistake) = policy_check::first_mistake(&policy) else {
            return Ok(policy);
        };
        if !yaml::has_section(text, &mistake.at) {
            mistake
                .message
                .push_str(" (this is the built-in section: the file gives none of its own)");
        }
        Err(mistake.in_text(path, text))
    }
}
