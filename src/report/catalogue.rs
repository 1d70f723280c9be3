//! Descriptions of detectors for reports: name, provider, access that its secrets give,
//! documentation.

use std::collections::BTreeMap;

use crate::detect::rule::RuleFile;
use crate::finding::Kind;

/// Descriptions of detectors, by id.
#[derive(Clone, Debug, Default)]
pub struct Catalogue(BTreeMap<String, Entry>);

/// The description of one detector.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Name of the secrets that it finds.
    pub name: String,
    /// Provider that issues these secrets.
    pub provider: String,
    /// Kind of the secrets that it finds.
    pub kind: Kind,
    /// Actions that the holder of such a secret can perform.
    pub opens: String,
    /// Address of public documentation, if there is any.
    pub reference: Option<String>,
}

impl Catalogue {
    /// Builds the catalogue from rule files.
    pub fn of<'a>(files: impl IntoIterator<Item = &'a RuleFile>) -> Self {
        let mut entries = BTreeMap::new();
        for file in files {
            for rule in &file.rules {
                let entry = Entry {
                    name: rule.name.clone(),
                    provider: file.provider.clone(),
                    kind: rule.kind,
                    opens: rule.opens.as_ref().unwrap_or(&file.opens).clone(),
                    reference: file.reference.clone(),
                };
                entries.insert(rule.id.clone(), entry);
            }
        }
        Self(entries)
    }

    /// The description of a detector, by its id.
    pub fn get(&self, detector: &str) -> Option<&Entry> {
        self.0.get(detector)
    }

    /// The name of a detector, or its id if the catalogue does not contain it.
    pub fn name<'a>(&'a self, detector: &'a str) -> &'a str {
        self.get(detector).map_or(detector, |entry| &entry.name)
    }
}
