//! Searches names: of files and folders in trees, of branches and tags, and of places in reports.
//! Only tokens and keys of a fixed shape count as secrets there. Reports show names, so the values
//! are redacted from them.

use std::collections::HashMap;

use super::blob::Blob;
use super::blob_search;
use super::located_match::{LocatedMatch, LocatedMatches, NameMatches};
use crate::coverage::Coverage;
use crate::finding::Origin;
use crate::scan::scan_context::ScanContext;

/// Searches distinct names, as the lines of one text. The matches have any confidence, because all
/// of them are redacted. `origin` is the kind of name.
pub(crate) fn search<'n>(
    scan: &ScanContext,
    names: impl Iterator<Item = &'n [u8]>,
    origin: Origin,
    coverage: &mut Coverage,
) -> NameMatches {
    let mut names: Vec<&[u8]> = names.collect();
    names.sort_unstable();
    let text = names.join(&b'\n');
    let mut starts = Vec::with_capacity(names.len());
    let mut next = 0;
    for name in &names {
        starts.push(next);
        next += name.len() + 1;
    }
    let blob = Blob::tokens_only(&text, origin);
    let matches = blob_search::search(scan, &blob, coverage).map(|found| found.locate_all());
    let mut by_name: HashMap<&[u8], Vec<LocatedMatch>> = HashMap::new();
    for located in matches.iter().flat_map(|matches| matches.iter()) {
        let matched = &located.matched;
        let at = starts.partition_point(|&start| start <= matched.range.start) - 1;
        let (name, start) = (names[at], starts[at]);
        let has_fixed_shape = matched.proof.is_some() || matched.shown > 0;
        // Names are separated by newlines, and a name can contain some. A match may therefore reach
        // into the next name.
        if !has_fixed_shape || matched.range.end > start + name.len() {
            continue;
        }
        let mut located = located.clone();
        let range = &mut located.matched.range;
        *range = range.start - start..range.end - start;
        by_name.entry(name).or_default().push(located);
    }
    by_name
        .into_iter()
        .map(|(name, list)| (name.to_vec(), LocatedMatches::new(origin, list)))
        .collect()
}

/// A name in which an ellipsis replaces each value. The fixed prefix of a token stays.
pub(crate) fn redact(name: &[u8], matches: &[LocatedMatch]) -> String {
    let (mut text, mut at) = (String::new(), 0);
    for located in matches {
        let (range, shown) = (&located.matched.range, located.matched.shown);
        text.push_str(&String::from_utf8_lossy(&name[at..range.start]));
        text.push_str(&String::from_utf8_lossy(
            &name[range.start..range.start + shown],
        ));
        text.push('…');
        at = range.end;
    }
    text + &String::from_utf8_lossy(&name[at..])
}

/// A path in which the names with values are redacted.
pub(crate) fn redact_path(path: &[u8], names: &NameMatches) -> String {
    let shown = |name: &[u8]| match names.get(name) {
        Some(matches) => redact(name, matches),
        None => String::from_utf8_lossy(name).into_owned(),
    };
    path.split(|&byte| byte == b'/')
        .map(shown)
        .collect::<Vec<_>>()
        .join("/")
}
