//! Makes findings of placed matches. Nothing else does.

use super::placement::placed_matches::PlacedMatches;
use super::row_limit::RowLimit;
use super::scan_context::ScanContext;
use super::search::located_match::LocatedMatch;
use crate::coverage::Coverage;
use crate::detect::engine::{Match, Paired};
use crate::finding::{Context, Finding, FindingBuilder, FindingError, Occurrence, Readings};
use crate::source::target::Unit;

/// The findings of all places, in no order, as many as `rows` admits. A match that makes no valid
/// finding is recorded in the coverage report.
pub(crate) fn findings(
    scan: &ScanContext,
    unit: &Unit,
    places: impl IntoIterator<Item = PlacedMatches>,
    rows: &mut RowLimit,
    coverage: &mut Coverage,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for place in places {
        for located in &place.matches {
            let name = || format!("{} {}", unit.name, place.path);
            let text = text_length(&place, located);
            if !rows.admits(&located.matched.value, text, name, coverage) {
                continue;
            }
            match finding(scan, unit, &place, located) {
                Ok(finding) => findings.push(finding),
                Err(error) => {
                    coverage.unreadable(format!("{} {}", unit.name, place.path), error.to_string());
                }
            }
        }
    }
    findings
}

/// The bytes of the texts that the author of a repository chose, which each row has copies of.
fn text_length(place: &PlacedMatches, located: &LocatedMatch) -> usize {
    let attribution = &place.attribution;
    let author = attribution.author.iter().map(|author| &author.who);
    let context = &located.matched.context;
    let context = [
        &context.key,
        &context.user,
        &context.host,
        &context.database,
        &context.account,
        &context.key_id,
    ];
    let texts = author
        .chain(&attribution.refs)
        .chain(context.into_iter().flatten())
        .chain(&located.matched.context.environment);
    place.path.len() + texts.map(String::len).sum::<usize>()
}

/// Sorts findings by path and position.
pub(crate) fn sort(findings: &mut [Finding]) {
    fn position(finding: &Finding) -> (&str, u64, u64, &str) {
        let at = &finding.occurrence;
        (&at.path, at.line, at.column, &finding.detector)
    }
    findings.sort_by(|a, b| (&a.occurrence, &a.detector).cmp(&(&b.occurrence, &b.detector)));
    findings.sort_by(|a, b| position(a).cmp(&position(b)));
}

fn finding(
    scan: &ScanContext,
    unit: &Unit,
    place: &PlacedMatches,
    located: &LocatedMatch,
) -> Result<Finding, FindingError> {
    let matched = &located.matched;
    let rule = scan.engine.rule(matched.rule);
    let (secret_id, fingerprint) = (
        scan.key.secret_id(&matched.value),
        scan.key.fingerprint(&matched.value),
    );
    FindingBuilder::new(&rule.id, matched.kind, matched.confidence)
        .value(matched.value.clone(), secret_id, fingerprint)
        .shown_prefix(matched.shown)
        .proof(matched.proof)
        .context(context(scan, matched))
        .expired(matched.expired)
        .occurrence(occurrence(scan, unit, place, located))
        .excerpt(located.excerpt.clone())
        .build()
}

/// The facts around a match, with the ids of the values that belong to its credential.
fn context(scan: &ScanContext, matched: &Match) -> Context {
    let mut context = (*matched.context).clone();
    match &matched.paired {
        None => {}
        Some(Paired::Secret(parts)) => {
            let id = |(name, value): (&String, _)| (name.clone(), scan.key.secret_id(value));
            context.parts = parts.iter().map(id).collect();
        }
        Some(Paired::Part(secret)) => context.part_of = Some(scan.key.secret_id(secret)),
    }
    context
}

fn occurrence(
    scan: &ScanContext,
    unit: &Unit,
    place: &PlacedMatches,
    located: &LocatedMatch,
) -> Occurrence {
    let PlacedMatches {
        origin,
        path,
        object,
        attribution,
        ..
    } = place;
    let range = &located.matched.range;
    let known = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let author = attribution.author.as_ref();
    let last = attribution.last.as_ref();
    Occurrence {
        decoding: located.matched.decoding.clone(),
        certainty: located.matched.certainty,
        readings: located.written.as_ref().map(|written| {
            let fingerprint = scan.key.fingerprint(written);
            Box::new(Readings::of(&located.matched.value, written, fingerprint))
        }),
        blob: object.map(|id| id.to_string()),
        commit: attribution.commit.map(|id| id.to_string()),
        introduced: attribution.introduced,
        // The author of the oldest known commit has perhaps nothing to do with the value.
        author: author
            .filter(|_| attribution.introduced.is_known())
            .and_then(|author| known(&author.who)),
        date: author.and_then(|author| known(&author.date)),
        reachable: attribution.reachable,
        at_head: attribution.at_head,
        refs: attribution.refs.clone(),
        refs_more: attribution.more_refs,
        last_commit: last.map(|(id, _)| id.to_string()),
        last_date: last.and_then(|(_, author)| known(&author.date)),
        ..Occurrence::at(unit.name.clone(), path.clone(), *origin)
            .position(located.position)
            .bytes(range.start as u64..range.end as u64)
    }
}
