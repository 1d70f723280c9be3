//! What the commit of an occurrence says about the introduction of the value.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The relation of the commit of an occurrence to the commit that introduced the value at its path.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Introduction {
    /// It introduced the value.
    #[default]
    At,
    /// It is the oldest known commit with the value. The versions before it are not there: the
    /// clone is shallow or partial, or the repository is damaged. It introduced the value, or a
    /// commit before it did.
    AtOrBefore,
}

impl Introduction {
    /// The name used in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Introduction::At => "at",
            Introduction::AtOrBefore => "at-or-before",
        }
    }

    /// Whether the commit introduced the value. Files do not store this default.
    pub fn is_known(&self) -> bool {
        *self == Introduction::At
    }
}
