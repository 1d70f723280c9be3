//! Takes values out of the names of places, which go into reports and inventories: names of
//! repositories, paths, authors, branches, and the names in the coverage report. A file can be
//! named after a token, and an author after a password that is in a file.

use std::collections::{BTreeSet, HashSet};

use super::scan_context::ScanContext;
use super::search::name_search;
use super::unit_listing::ListedUnit;
use super::unit_scan::UnitScan;
use super::value_index::ValueIndex;
use crate::coverage::Coverage;
use crate::detect::filters;
use crate::finding::{Finding, Origin};
use crate::secret::SecretValue;

/// Redacts the names of repositories, before they are made distinct.
pub(crate) fn redact_unit_names(scan: &ScanContext, listed: &mut [ListedUnit]) {
    let mut names: Vec<&mut String> = listed
        .iter_mut()
        .map(|listed| &mut listed.unit.name)
        .collect();
    redact_tokens(scan, &mut names);
}

/// The paths of units within their target, redacted like their names.
pub(crate) fn redacted_prefixes(scan: &ScanContext, listed: &[ListedUnit]) -> Vec<String> {
    let mut prefixes: Vec<String> = listed
        .iter()
        .map(|listed| listed.unit.prefix.clone())
        .collect();
    redact_tokens(scan, &mut prefixes.iter_mut().collect::<Vec<_>>());
    prefixes
}

/// Redacts tokens and keys of a fixed shape from the places of one unit.
pub(crate) fn redact_tokens_of_unit(scan: &ScanContext, unit: &mut UnitScan) {
    let findings = unit.findings.iter_mut();
    let paths = findings.map(|finding| &mut finding.occurrence.path);
    let mut texts: Vec<&mut String> = std::iter::once(&mut unit.prefix).chain(paths).collect();
    redact_tokens(scan, &mut texts);
}

/// Redacts tokens and keys of a fixed shape from the names in a coverage report.
pub(crate) fn redact_tokens_of_coverage(scan: &ScanContext, coverage: &mut Coverage) {
    redact_tokens(scan, &mut coverage.texts_mut().collect::<Vec<_>>());
}

/// Redacts the values of a target's findings from all places of this target. Tokens have been
/// redacted before, because their fixed prefix stays.
pub(crate) fn redact_values(units: &mut [UnitScan], coverage: &mut Coverage) {
    let known: Vec<SecretValue> = units
        .iter()
        .flat_map(|unit| &unit.findings)
        .map(|finding| finding.value.clone())
        .collect();
    let known = DistinctiveValues::of(&known);
    for unit in units {
        let identity = &mut unit.identity;
        known.redact([&mut unit.prefix, &mut unit.unit.name, &mut identity.claim]);
        known.redact(identity.within.iter_mut().chain(&mut identity.clone_of));
        for finding in &mut unit.findings {
            known.redact_context(finding);
            let occurrence = &mut finding.occurrence;
            known.redact(occurrence.refs.iter_mut().chain(&mut occurrence.author));
            known.redact([&mut occurrence.path]);
            let excerpt = finding.excerpt.as_deref_mut();
            known.redact(
                excerpt
                    .into_iter()
                    .flat_map(|excerpt| [&mut excerpt.before, &mut excerpt.after]),
            );
        }
    }
    known.redact(coverage.texts_mut());
}

/// Redacts tokens and keys of a fixed shape.
fn redact_tokens(scan: &ScanContext, texts: &mut [&mut String]) {
    let distinct: BTreeSet<&[u8]> = texts.iter().map(|text| text.as_bytes()).collect();
    // These texts are not content: neither they nor rejected candidates in them are counted.
    let coverage = &mut Coverage::default();
    let found = name_search::search(scan, distinct.into_iter(), Origin::FileName, coverage);
    if found.is_empty() {
        return;
    }
    for text in texts {
        if let Some(matches) = found.get(text.as_bytes()) {
            **text = name_search::redact(text.as_bytes(), matches);
        }
    }
}

/// Values that are not words.
struct DistinctiveValues {
    values: ValueIndex,
    /// The first bytes of the values. Few places of a text pass this test.
    heads: HashSet<[u8; HEAD], foldhash::fast::RandomState>,
}

/// The length, in bytes, of the shortest value that is redacted.
const HEAD: usize = 8;

impl DistinctiveValues {
    #[expect(
        clippy::disallowed_methods,
        reason = "the value is searched for in names and paths, to remove it"
    )]
    fn of(values: &[SecretValue]) -> Self {
        let is_distinctive = |value: &&SecretValue| {
            let bytes = value.expose();
            bytes.len() >= HEAD
                && std::str::from_utf8(bytes).is_ok()
                && bytes.iter().any(u8::is_ascii_alphabetic)
                && !filters::is_word_shaped(bytes)
        };
        let distinctive: Vec<_> = values.iter().filter(is_distinctive).cloned().collect();
        let head = |value: &SecretValue| value.expose().first_chunk().copied();
        Self {
            heads: distinctive.iter().filter_map(head).collect(),
            values: ValueIndex::new(distinctive),
        }
    }

    /// Whether a text may contain a value.
    fn may_be_in(&self, text: &str) -> bool {
        let mut heads = text.as_bytes().array_windows();
        heads.any(|head| self.heads.contains(head))
    }

    /// Replaces the values in texts with ellipses.
    fn redact<'t>(&self, texts: impl IntoIterator<Item = &'t mut String>) {
        for text in texts.into_iter().filter(|text| self.may_be_in(text)) {
            if let Some(redacted) = self.values.redacted(text) {
                *text = redacted;
            }
        }
    }

    /// Removes the fields of a context that contain a value: the rest of such a field would mean
    /// nothing.
    fn redact_context(&self, finding: &mut Finding) {
        let context = &mut finding.context;
        for field in [
            &mut context.key,
            &mut context.user,
            &mut context.host,
            &mut context.database,
        ] {
            field.take_if(|text| self.may_be_in(text) && self.values.redacted(text).is_some());
        }
        let shows = |text: &String| self.may_be_in(text) && self.values.redacted(text).is_some();
        context.environment.retain(|text| !shows(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_redacted_wherever_they_are() {
        let values = ["Lantern7", "Lantern77", "lanternrope", "77"]
            .map(|text| SecretValue::new(text.into()));
        let known = DistinctiveValues::of(&values);
        let mut texts = [
            "a/Lantern7/Lantern77.txt",
            "Lantern777",
            "lanternrope/77",
            "é",
        ]
        .map(str::to_owned);
        known.redact(texts.iter_mut());
        assert_eq!(texts, ["a/…/….txt", "…7", "lanternrope/77", "é"]);
    }
}
