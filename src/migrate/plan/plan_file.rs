//! `plan.json` as text, and read back with care: it may be of another version, or of another hand.

use std::fs;
use std::path::{Path, PathBuf};

use super::plan_content::{Plan, SCHEMA};

#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    #[error("cannot read the plan {}: {error}", path.display())]
    Io {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("the plan {} cannot be understood: {why}", path.display())]
    Format { path: PathBuf, why: String },
    #[error("the plan {} has schema {schema}; this version knows {SCHEMA}", path.display())]
    Schema { path: PathBuf, schema: u64 },
}

impl PlanFileError {
    /// What the user can do.
    pub fn hint(&self) -> &'static str {
        match self {
            PlanFileError::Io { error, .. } if error.kind() == std::io::ErrorKind::NotFound => {
                "make one with `keyferry plan`"
            }
            PlanFileError::Io { .. } => "see that the file may be read",
            PlanFileError::Format { .. } => {
                "make it anew with `keyferry plan`; a plan is not meant to be edited"
            }
            PlanFileError::Schema { .. } => "make it anew with `keyferry plan`",
        }
    }
}

impl Plan {
    pub fn load(path: &Path) -> Result<Self, PlanFileError> {
        let bytes = fs::read(path).map_err(|error| PlanFileError::Io {
            path: path.to_owned(),
            error,
        })?;
        let format = |why: String| PlanFileError::Format {
            path: path.to_owned(),
            why,
        };
        let value: serde_json::Value =
            serde_json::from_slice(&bytes).map_err(|error| format(error.to_string()))?;
        match value.get("schema").and_then(serde_json::Value::as_u64) {
            None => return Err(format("it has no schema".to_owned())),
            Some(schema) if schema != u64::from(SCHEMA) => {
                return Err(PlanFileError::Schema {
                    path: path.to_owned(),
                    schema,
                });
            }
            Some(_) => {}
        }
        // From the text again: an error then has its line.
        serde_json::from_slice(&bytes).map_err(|error| format(error.to_string()))
    }

    /// The text of `plan.json`.
    pub fn to_json(&self) -> String {
        let mut text =
            serde_json::to_string_pretty(self).expect("a plan has string keys and no floats");
        text.push('\n');
        text
    }
}
