//! What a report says of a detector beyond its id: its name, what its secrets open, where that is documented.

use std::collections::BTreeMap;

use crate::detect::rule::RuleFile;

/// What is known of the detectors, by id.
#[derive(Clone, Debug, Default)]
pub struct Catalogue(BTreeMap<String, Entry>);

#[derive(Clone, Debug)]
pub struct Entry {
    /// What it finds, for people.
    pub name: String,
    /// Whose credentials these are.
    pub provider: String,
    /// What a holder of such a secret can do.
    pub opens: String,
    pub reference: Option<String>,
}

impl Catalogue {
    /// From the rule files in use.
    pub fn of<'a>(files: impl IntoIterator<Item = &'a RuleFile>) -> Self {
        let mut entries = BTreeMap::new();
        for file in files {
            for rule in &file.rules {
                let entry = Entry {
                    name: rule.name.clone(),
                    provider: file.provider.clone(),
                    opens: rule.opens.as_ref().unwrap_or(&file.opens).clone(),
                    reference: file.reference.clone(),
                };
                entries.insert(rule.id.clone(), entry);
            }
        }
        Self(entries)
    }

    pub fn get(&self, detector: &str) -> Option<&Entry> {
        self.0.get(detector)
    }

    /// The detector's name, or its id when nothing is known of it.
    pub fn name<'a>(&'a self, detector: &'a str) -> &'a str {
        self.get(detector).map_or(detector, |entry| &entry.name)
    }
}
