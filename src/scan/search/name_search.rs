//! Searches names: of files and folders in trees, of branches and tags, and of places in reports.
//! Only tokens and keys of a fixed shape count as secrets there. Reports show names, so the values
//! are redacted from them.

use std::collections::HashMap;

use super::blob::Blob;
use super::blob_search;
use super::located_match::{LocatedMatch, LocatedMatches, NameMatches};
use crate::coverage::Coverage;
use crate::detect::compile::{Matcher, Rule};
use crate::detect::engine::Match;
use crate::finding::{Certainty, Doubt, Origin};
use crate::scan::scan_context::ScanContext;
use crate::secret::SecretValue;

/// Names are searched in texts of about so many bytes. Such a text is too short to reach a limit of
/// detection, unless a single name does.
const TEXT: usize = 64 * 1024;

/// Searches distinct names, as the lines of a few texts. The matches have any confidence, because all
/// of them are redacted. `origin` is the kind of name.
pub(crate) fn search<'n>(
    scan: &ScanContext,
    names: impl Iterator<Item = &'n [u8]>,
    origin: Origin,
    coverage: &mut Coverage,
) -> NameMatches {
    let mut names: Vec<&[u8]> = names.collect();
    names.sort_unstable();
    let mut found = NameMatches::new();
    let mut rest = &names[..];
    while !rest.is_empty() {
        let mut length = 0;
        let fits = |name: &&&[u8]| {
            length += name.len() + 1;
            length <= TEXT
        };
        let count = rest.iter().take_while(fits).count().max(1);
        let (together, after) = rest.split_at(count);
        search_together(scan, together, origin, coverage, &mut found);
        rest = after;
    }
    found
}

/// Searches names as the lines of one text.
fn search_together(
    scan: &ScanContext,
    names: &[&[u8]],
    origin: Origin,
    coverage: &mut Coverage,
    found: &mut NameMatches,
) {
    let text = names.join(&b'\n');
    let mut starts = Vec::with_capacity(names.len());
    let mut next = 0;
    for name in names {
        starts.push(next);
        next += name.len() + 1;
    }
    let blob = Blob::tokens_only(&text, origin);
    let mut own_coverage = Coverage::default();
    let what = || format!("{} of {} bytes", origin.name(), text.len());
    let matches =
        blob_search::search(scan, &blob, &mut own_coverage, what).map(|found| found.locate_all());
    let is_cut = matches.as_ref().is_some_and(|matches| matches.is_cut);
    if is_cut && names.len() > 1 {
        // Only a name that reaches a limit by itself is not searched to its end.
        for name in names {
            search_together(scan, &[name], origin, coverage, found);
        }
        return;
    }
    coverage.absorb(own_coverage);
    let mut by_name: HashMap<&[u8], Vec<LocatedMatch>> = HashMap::new();
    for located in matches.iter().flat_map(|matches| matches.iter()) {
        let matched = &located.matched;
        let at = starts.partition_point(|&start| start <= matched.range.start) - 1;
        let (name, start) = (names[at], starts[at]);
        // Names are separated by newlines, and a name can contain some. A match may therefore reach
        // into the next name.
        if matched.range.end > start + name.len() {
            continue;
        }
        let mut located = located.clone();
        let has_fixed_shape = matched.proof.is_some() || matched.shown > 0;
        if !has_fixed_shape
            && !begin_at_prefix(scan.engine.rule(matched.rule), &mut located.matched)
        {
            continue;
        }
        if located.matched.certainty.doubt().is_some() {
            located.written = Some(located.matched.value.clone());
        }
        let range = &mut located.matched.range;
        *range = range.start - start..range.end - start;
        by_name.entry(name).or_default().push(located);
    }
    if is_cut {
        // Its end is redacted even if no match in it has a fixed shape.
        by_name.entry(names[0]).or_default();
    }
    found.extend(by_name.into_iter().map(|(name, list)| {
        let matches = LocatedMatches::new(origin, list, is_cut);
        (name.to_vec(), matches)
    }));
}

/// Lets a match begin at the fixed prefix of its token. The rule of a token that may begin with a word for its issuer, such
/// as `acme-glpat-…`, takes any word of a name for it. False if the value has no such prefix.
#[expect(
    clippy::disallowed_methods,
    reason = "the prefix of the value is looked for"
)]
fn begin_at_prefix(rule: &Rule, found: &mut Match) -> bool {
    /// The least length of a token behind its prefix, in bytes.
    const SHORTEST: usize = 12;
    let Matcher::Pattern(pattern) = &rule.matcher else {
        return false;
    };
    if pattern.by_keyword || !found.decoding.is_empty() {
        return false;
    }
    let value = found.value.expose();
    let prefixes = pattern
        .anchors
        .iter()
        .filter(|anchor| anchor.ends_with(['-', '_', '.']));
    let places = prefixes.filter_map(|prefix| {
        let ends = value
            .windows(prefix.len())
            .rposition(|at| at.eq_ignore_ascii_case(prefix.as_bytes()));
        ends.map(|at| (at, prefix.len()))
    });
    let Some((at, shown)) = places
        .max()
        .filter(|(at, shown)| value.len() >= at + shown + SHORTEST)
    else {
        return false;
    };
    found.value = SecretValue::new(value[at..].to_vec());
    found.range.start += at;
    found.shown = shown;
    // The word may belong to the token after all.
    found.certainty = Certainty::Doubtful(Doubt::Surroundings);
    true
}

/// A name in which an ellipsis replaces each value, and the end if that was not searched. The fixed
/// prefix of a token stays.
pub(crate) fn redact(name: &[u8], matches: &LocatedMatches) -> String {
    let (mut text, mut at) = (String::new(), 0);
    for located in matches.iter() {
        let (range, shown) = (&located.matched.range, located.matched.shown);
        text.push_str(&String::from_utf8_lossy(&name[at..range.start]));
        text.push_str(&String::from_utf8_lossy(
            &name[range.start..range.start + shown],
        ));
        text.push('…');
        at = range.end;
    }
    if matches.is_cut {
        return text + "…";
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
