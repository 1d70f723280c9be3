//! Options of the reports of a scan.

use std::collections::BTreeMap;

use super::catalogue::Catalogue;

/// The options of a report, besides its format.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// Write the values in clear. SARIF ignores this option, because it is made to be uploaded.
    pub show_secrets: bool,
    /// The findings have the ids of their objects, and the ends of their values. The report says so.
    pub object_ids: bool,
    /// Colour the text format. The caller decides whether the terminal supports colours.
    pub color: bool,
    /// Names and descriptions of the detectors. A detector that is not in it is shown by its id.
    pub detectors: &'a Catalogue,
    /// Name of a repository to the name of the target that it was found in. Paths are relative to
    /// that target. A repository that is not in it is a target itself.
    pub targets: &'a BTreeMap<String, String>,
    /// The terminal that the text format is written to. `None`: a pipe or a file, for which the text has one form,
    /// whatever the width.
    pub terminal: Option<Terminal>,
    /// What the user can do next: a few lines, for a terminal.
    pub next: Option<&'a str>,
    /// The history was read, so that it is known which values are committed.
    pub history: bool,
    /// The number of secrets that were left out because an inventory dismisses them. `None`: no
    /// inventory was used.
    pub dismissed: Option<u64>,
}

/// The terminal that a report is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// In columns, at least [`Self::NARROWEST`].
    pub width: usize,
    /// Show all secrets and all of their places.
    pub all: bool,
}

impl Terminal {
    /// The least width that is laid out for.
    pub const NARROWEST: usize = 40;
}

impl<'a> Options<'a> {
    /// Options of a redacted report without colours.
    pub fn new(detectors: &'a Catalogue) -> Self {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        Self {
            show_secrets: false,
            object_ids: false,
            color: false,
            detectors,
            targets: &NONE,
            terminal: None,
            next: None,
            history: true,
            dismissed: None,
        }
    }
}
