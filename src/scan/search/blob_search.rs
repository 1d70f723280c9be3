//! Searches one blob and does the coverage accounting. All sources of text use these functions.

use super::blob::Blob;
use super::line_excerpt::LineExcerpts;
use super::located_match::{LocatedMatch, LocatedMatches};
use crate::coverage::{Coverage, Limit};
use crate::detect::decode;
use crate::detect::engine::{LineCandidates, Match, RejectionCounts, ValueMatches};
use crate::finding::{Decoding, positions};
use crate::scan::scan_context::ScanContext;
use crate::secret::SecretValue;

/// Searches all lines of a blob. `None` if it has no matches. `what` names the blob in the coverage
/// report, if a limit is reached.
pub(crate) fn search<'a>(
    scan: &'a ScanContext,
    blob: &'a Blob,
    coverage: &mut Coverage,
    what: impl FnOnce() -> String,
) -> Option<ResolvedBlob<'a>> {
    let candidates = scan.engine.search_text(blob.text);
    resolve(scan, blob, candidates, coverage, what)
}

/// Finds the matches of a blob whose lines were searched for candidates, and counts bytes, binary
/// blobs and rejected candidates in the coverage report. `None` if it has no matches.
pub(crate) fn resolve<'a>(
    scan: &'a ScanContext,
    blob: &'a Blob,
    candidates: LineCandidates,
    coverage: &mut Coverage,
    what: impl FnOnce() -> String,
) -> Option<ResolvedBlob<'a>> {
    count_searched(blob, coverage);
    if candidates.is_empty() && candidates.rejected().is_empty() {
        return None;
    }
    let matches = scan.engine.resolve(blob.text, candidates);
    count_rejected(matches.rejected(), coverage);
    let most = scan.engine.limits().matches;
    let reported = matches
        .values()
        .zip(0..)
        .filter(|&((confidence, _), _)| confidence >= scan.options.confidence);
    let kept = reported.map(|(_, at)| at).nth(most);
    if kept.is_some() || !matches.limits().is_empty() {
        let what = what();
        let mut limits = matches.limits().clone();
        limits.extend(kept.map(|_| Limit::Matches));
        for limit in limits {
            coverage.cut(limit, what.clone());
        }
    }
    let unreported = matches
        .values()
        .filter(|&(confidence, _)| confidence < scan.options.confidence)
        .count();
    if unreported > 0 {
        add_rejected("below-confidence", unreported as u64, coverage);
    }
    Some(matches)
        .filter(|matches| !matches.is_empty())
        .map(|matches| ResolvedBlob {
            scan,
            blob,
            kept: kept.unwrap_or(usize::MAX),
            matches,
        })
}

/// Counts a blob in the coverage report, without rejected candidates. A blob whose lines need no
/// search is counted by this function alone.
pub(crate) fn count_searched(blob: &Blob, coverage: &mut Coverage) {
    if blob.is_content() {
        coverage.bytes += blob.text.bytes.len() as u64;
    }
    coverage.binary += u64::from(blob.is_binary());
}

/// Adds rejected candidates, by the name of the filter, to the coverage report.
pub(crate) fn count_rejected(rejected: &RejectionCounts, coverage: &mut Coverage) {
    for (filter, count) in rejected.iter() {
        add_rejected(filter, count, coverage);
    }
}

fn add_rejected(filter: &str, count: u64, coverage: &mut Coverage) {
    *coverage.rejected.entry(filter.to_owned()).or_default() += count;
}

/// A blob with matches. Only their values are known; their surroundings and line numbers have not
/// been read.
pub(crate) struct ResolvedBlob<'a> {
    scan: &'a ScanContext<'a>,
    blob: &'a Blob<'a>,
    /// The matches of every confidence; never empty.
    matches: ValueMatches<'a>,
    /// So many of them, the first by position, are kept.
    kept: usize,
}

impl ResolvedBlob<'_> {
    /// The values of the matches that are reported.
    pub fn reported_values(&self) -> impl Iterator<Item = &SecretValue> {
        let least = self.scan.options.confidence;
        self.matches
            .values()
            .take(self.kept)
            .filter(move |&(confidence, _)| confidence >= least)
            .map(|(_, value)| value)
    }

    /// The matches that are reported, with surroundings and positions. `None` if there are none.
    pub fn locate_reported(self) -> Option<LocatedMatches> {
        Some(self.locate_reported_of(|_| true)).filter(|matches| !matches.is_empty())
    }

    /// Those of the matches that are reported whose values are wanted, with surroundings and
    /// positions.
    pub fn locate_reported_of(self, wants: impl Fn(&SecretValue) -> bool) -> LocatedMatches {
        let (origin, is_cut) = (self.blob.origin, self.is_cut());
        let least = self.scan.options.confidence;
        let located = self.locate(|found| found.confidence >= least && wants(&found.value));
        LocatedMatches::new(origin, located, is_cut)
    }

    /// The matches of every confidence, with surroundings and positions. Texts that are shown need
    /// them, because all of these values are redacted there.
    pub fn locate_all(self) -> LocatedMatches {
        let (origin, is_cut) = (self.blob.origin, self.is_cut());
        LocatedMatches::new(origin, self.locate(|_| true), is_cut)
    }

    /// Whether the blob may have more matches than are known.
    fn is_cut(&self) -> bool {
        self.kept < usize::MAX || !self.matches.limits().is_empty()
    }

    fn locate(self, wants: impl Fn(&Match) -> bool) -> Vec<LocatedMatch> {
        let Self {
            scan,
            blob,
            matches,
            kept,
        } = self;
        let excerpts = (scan.options.excerpts && blob.is_content() && !blob.text.is_binary())
            .then(|| LineExcerpts::of(blob.text, &matches));
        // All values are known while surroundings are read, so that none becomes the context of
        // another match.
        let matches = scan.engine.read_surroundings_of(matches, kept, wants);
        let ranges: Vec<_> = matches.iter().map(|found| found.range.clone()).collect();
        let positions = positions(blob.text.bytes, blob.text.line_end(), &ranges);
        matches
            .into_iter()
            .zip(positions)
            .map(|(matched, position)| LocatedMatch {
                written: as_written(blob.text.bytes, &matched),
                excerpt: excerpts
                    .as_ref()
                    .map(|excerpts| Box::new(excerpts.around(&matched))),
                matched,
                position,
            })
            .collect()
    }
}

/// The value of a match as it is written in the text, if its reading is doubtful.
fn as_written(text: &[u8], found: &Match) -> Option<SecretValue> {
    found.certainty.doubt()?;
    let raw = text.get(found.range.clone())?;
    decode::apply(raw, Decoding::as_written(&found.decoding)).map(SecretValue::new)
}
