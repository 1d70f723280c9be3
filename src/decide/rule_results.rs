//! The results of the metadata rules for what a place states: its kind, detector, key, host and login.
//!
//! Many places of a secret state the same. The rules are tried once for each distinct statement, and for each place only as
//! far as they are about its path, its repository and its branches.

use std::collections::HashMap;
use std::rc::Rc;

use super::compared_rules::ComparedRules;
use super::place_view::PlaceView;
use super::policy::{Metadata, MetadataRule};
use crate::finding::Evidence;

/// The results of the metadata rules for what a place states.
pub(super) struct StatedResults {
    /// For each rule, whether the parts of its condition hold that are about what the place states.
    pub holds: Vec<bool>,
    /// For each compared field, and each of its rules, whether the words hold that the rule is about.
    pub compared: Vec<Vec<bool>>,
}

/// The metadata rules, and their results for the places of one secret.
pub(super) struct RuleResults<'a> {
    pub rules: &'a [MetadataRule],
    pub compared: Vec<ComparedRules<'a>>,
    /// By the evidence of the place, and whether its file defines a pipeline. Places of one secret share their evidence.
    known: HashMap<(Option<*const Evidence>, bool), Rc<StatedResults>>,
}

impl<'a> RuleResults<'a> {
    pub(super) fn of_policy(metadata: &'a Metadata) -> Self {
        let compared = metadata.compared.iter();
        Self {
            rules: &metadata.rules,
            compared: compared
                .map(|field| ComparedRules::of(field, &metadata.rules))
                .collect(),
            known: HashMap::new(),
        }
    }

    /// The results for what a place states.
    pub(super) fn for_stated(&mut self, view: &PlaceView<'_>) -> Rc<StatedResults> {
        let evidence = view.place.and_then(|place| place.evidence.as_deref());
        let key = (evidence.map(std::ptr::from_ref), view.is_pipeline);
        let results = || {
            let holds =
                |rule: &MetadataRule| rule.when.holds_for_stated(&view.stated, view.is_pipeline);
            let compared = self.compared.iter();
            Rc::new(StatedResults {
                holds: self.rules.iter().map(holds).collect(),
                compared: compared.map(|rules| rules.words_hold(view)).collect(),
            })
        };
        Rc::clone(self.known.entry(key).or_insert_with(results))
    }
}
