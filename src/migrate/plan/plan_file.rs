//! Reading and writing of `plan.json`. A file may be of another version, or edited.

use std::path::{Path, PathBuf};

use super::plan_content::{Plan, SCHEMA};
use crate::no_follow_open::{self, Links};

/// The largest plan: entries of a million secrets.
const LARGEST: u64 = 2 << 30;
use super::planned_place::PlannedPlace;

/// Why a plan could not be read.
#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    /// The file cannot be read.
    #[error("cannot read the plan {}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        error: std::io::Error,
    },
    /// The file is not JSON of this format.
    #[error("the plan {} cannot be parsed: {error}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// The error of the parser, with line and column.
        error: serde_json::Error,
    },
    /// The file has no version number.
    #[error("the plan {} has no schema", path.display())]
    NoSchema {
        /// The file.
        path: PathBuf,
    },
    /// The file is of another version of the format.
    #[error("the plan {} has schema {schema}; this version of keyferry reads schema {SCHEMA}", path.display())]
    Schema {
        /// The file.
        path: PathBuf,
        /// Its version.
        schema: u64,
    },
}

impl PlanFileError {
    /// The hint: a remedy for the user.
    pub fn hint(&self) -> &'static str {
        match self {
            PlanFileError::Io { error, .. } if error.kind() == std::io::ErrorKind::NotFound => {
                "make one with `keyferry plan`"
            }
            PlanFileError::Io { .. } => "check that the file may be read",
            PlanFileError::Format { .. } | PlanFileError::NoSchema { .. } => {
                "make a new one with `keyferry plan`; a plan is not meant to be edited"
            }
            PlanFileError::Schema { .. } => "make a new one with `keyferry plan`",
        }
    }
}

/// Turns a plan of version 1 into one of version 2: its places become [`PlannedPlace`]s.
fn upgrade_first(plan: &mut serde_json::Value) {
    plan["schema"] = SCHEMA.into();
    let entries = plan
        .get_mut("entries")
        .and_then(serde_json::Value::as_array_mut);
    for entry in entries.into_iter().flatten() {
        if let Some(place) = entry
            .get_mut("occurrence")
            .and_then(serde_json::Value::as_object_mut)
        {
            place.retain(|field, _| PlannedPlace::FIELDS.contains(&field.as_str()));
        }
    }
}

impl Plan {
    /// Reads a plan.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is not of this format, or is of another version of it.
    pub fn load(path: &Path) -> Result<Self, PlanFileError> {
        let io = |error| PlanFileError::Io {
            path: path.to_owned(),
            error,
        };
        let bytes = no_follow_open::read_at_most(path, Links::Followed, LARGEST)
            .map_err(|error| io(error.into()))?;
        let format = |error: serde_json::Error| PlanFileError::Format {
            path: path.to_owned(),
            error,
        };
        let mut value: serde_json::Value = serde_json::from_slice(&bytes).map_err(format)?;
        match value.get("schema").and_then(serde_json::Value::as_u64) {
            None => {
                return Err(PlanFileError::NoSchema {
                    path: path.to_owned(),
                });
            }
            Some(1) => {
                upgrade_first(&mut value);
                return serde_json::from_value(value).map_err(format);
            }
            Some(schema) if schema != u64::from(SCHEMA) => {
                return Err(PlanFileError::Schema {
                    path: path.to_owned(),
                    schema,
                });
            }
            Some(_) => {}
        }
        // Parsed from the text again, because errors then have a line.
        serde_json::from_slice(&bytes).map_err(format)
    }

    /// The text of `plan.json`.
    pub fn to_json(&self) -> String {
        let mut text =
            serde_json::to_string_pretty(self).expect("a plan has string keys and no floats");
        text.push('\n');
        text
    }
}
