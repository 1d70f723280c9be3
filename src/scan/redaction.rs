//! Takes values out of the names of places, which go into reports and inventories: names of
//! repositories, paths, authors, branches, and the names in the coverage report. A file can be
//! named after a token, and an author after a password that is in a file.

use std::collections::{BTreeSet, HashMap};

use super::scan_context::ScanContext;
use super::scan_result::UnitScan;
use super::search::name_search;
use super::unit_listing::ListedUnit;
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

/// Redacts the places of all findings and the names in the coverage report, which is sorted.
pub(crate) fn redact_places(scan: &ScanContext, units: &mut [UnitScan], coverage: &mut Coverage) {
    let known: Vec<SecretValue> = units
        .iter()
        .flat_map(|unit| &unit.findings)
        .map(|finding| finding.value.clone())
        .collect();
    let known = DistinctiveValues::of(&known);
    let mut texts: Vec<&mut String> = Vec::new();
    for unit in units.iter_mut() {
        texts.push(&mut unit.prefix);
        for finding in &mut unit.findings {
            known.redact_context(finding);
            let occurrence = &mut finding.occurrence;
            known.redact(occurrence.refs.iter_mut().chain(&mut occurrence.author));
            texts.push(&mut occurrence.path);
        }
    }
    texts.extend(
        coverage
            .skipped
            .values_mut()
            .chain(coverage.cut_off.values_mut())
            .flat_map(|listed| &mut listed.named),
    );
    // The reason may contain a path, too.
    texts.extend(
        coverage
            .unreadable
            .iter_mut()
            .flat_map(|unreadable| [&mut unreadable.what, &mut unreadable.why]),
    );
    // Tokens first: their fixed prefix stays.
    redact_tokens(scan, &mut texts);
    known.redact(texts.into_iter());
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

/// Values that are not words, by their first bytes, the longest first.
struct DistinctiveValues<'a>(HashMap<[u8; HEAD], Vec<&'a str>, foldhash::fast::RandomState>);

/// The length, in bytes, of the shortest value that is redacted.
const HEAD: usize = 8;

impl<'a> DistinctiveValues<'a> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the value is searched for in names and paths, to remove it"
    )]
    fn of(values: &'a [SecretValue]) -> Self {
        let mut by_head: HashMap<_, Vec<&str>, _> = HashMap::default();
        for text in values
            .iter()
            .filter_map(|value| std::str::from_utf8(value.expose()).ok())
        {
            let letters = text.bytes().any(|b| b.is_ascii_alphabetic());
            let head = text.as_bytes().first_chunk();
            if let Some(head) =
                head.filter(|_| letters && !filters::is_word_shaped(text.as_bytes()))
            {
                by_head.entry(*head).or_default().push(text);
            }
        }
        for texts in by_head.values_mut() {
            texts.sort_unstable_by_key(|text| (std::cmp::Reverse(text.len()), *text));
            texts.dedup();
        }
        Self(by_head)
    }

    /// The first value in a text from `start` on, with its offset.
    fn find(&self, text: &str, start: usize) -> Option<(usize, &str)> {
        let bytes = &text.as_bytes()[start..];
        bytes.windows(HEAD).enumerate().find_map(|(at, head)| {
            let known = self
                .0
                .get(head)?
                .iter()
                .find(|known| bytes[at..].starts_with(known.as_bytes()))?;
            Some((start + at, *known))
        })
    }

    /// Replaces the values in texts with ellipses.
    fn redact<'t>(&self, texts: impl Iterator<Item = &'t mut String>) {
        for text in texts {
            let (mut out, mut start) = (String::new(), 0);
            while let Some((at, known)) = self.find(text, start) {
                out.push_str(&text[start..at]);
                out.push('…');
                start = at + known.len();
            }
            if start > 0 {
                *text = out + &text[start..];
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
            field.take_if(|text| self.find(text, 0).is_some());
        }
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
