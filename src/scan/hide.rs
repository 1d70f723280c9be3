//! Takes values out of the names by which places are told. A file may be called after a token, and so may a folder that is
//! passed over, or the branch of a log: paths, and what the coverage account names, go into reports and inventories.

use std::collections::BTreeSet;

use super::{Run, UnitScan, names};
use crate::coverage::Coverage;

/// `coverage` is settled.
pub(super) fn values(run: &Run, units: &mut [UnitScan], coverage: &mut Coverage) {
    let mut texts: Vec<&mut String> = Vec::new();
    for finding in units.iter_mut().flat_map(|unit| &mut unit.findings) {
        texts.push(&mut finding.occurrence.path);
    }
    texts.extend(coverage.skipped.values_mut().flat_map(|skipped| &mut skipped.named));
    // A reason may name a path, too.
    texts.extend(coverage.unreadable.iter_mut().flat_map(|unreadable| [&mut unreadable.what, &mut unreadable.why]));
    let distinct: BTreeSet<&[u8]> = texts.iter().map(|text| text.as_bytes()).collect();
    // These are no content, nor what is rejected among them.
    let found = names::search(run, distinct.into_iter(), &mut Coverage::default());
    if found.is_empty() {
        return;
    }
    for text in texts {
        if let Some(hits) = found.get(text.as_bytes()) {
            *text = names::redacted(text.as_bytes(), hits);
        }
    }
}
