//! The choices that a report of a scan depends on besides the findings.

use std::collections::BTreeMap;

use super::catalogue::Catalogue;

/// What a caller can choose of a report.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// Write the values themselves. SARIF leaves them out even so: it is made to be uploaded.
    pub show_secrets: bool,
    /// Colours in text. Whether the terminal wants any is for the caller to know.
    pub color: bool,
    /// What is known of the detectors; those it does not know go by their id.
    pub detectors: &'a Catalogue,
    /// The target that a repository was found in, by their names: paths are relative to it. One that is not here is a target
    /// itself.
    pub targets: &'a BTreeMap<String, String>,
}

impl<'a> Options<'a> {
    /// Redacted and without colour.
    pub fn new(detectors: &'a Catalogue) -> Self {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        Self {
            show_secrets: false,
            color: false,
            detectors,
            targets: &NONE,
        }
    }
}
