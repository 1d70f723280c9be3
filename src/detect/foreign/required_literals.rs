//! The literals that are required in a match, from which anchors are chosen: sets of literals, at
//! least one of which is in every match.

use std::collections::BTreeSet;

use regex_syntax::hir::{Hir, HirKind};

use super::match_extent::bytes_of;

/// Lower-case literals; every match contains at least one of them, in any case.
type Set = BTreeSet<Vec<u8>>;

/// Greatest number of literals in a set.
const MOST: usize = 64;
/// Least length of an anchor in bytes: shorter ones would occur everywhere, and a rule with one is
/// refused.
const SHORTEST: usize = 3;

/// The anchors of an expression; `None` if no literal of three bytes is in every match.
pub(super) fn anchors(hir: &Hir) -> Option<Vec<String>> {
    let score = |set: &Set| {
        // Letters and digits make a literal rarer than symbols do.
        let weight = |literal: &Vec<u8>| {
            let telling = literal
                .iter()
                .filter(|byte| byte.is_ascii_alphanumeric())
                .count();
            let usable =
                literal.len() >= SHORTEST && literal.iter().any(|byte| !byte.is_ascii_whitespace());
            usable.then_some(telling.min(10))
        };
        let least = set
            .iter()
            .map(weight)
            .collect::<Option<BTreeSet<_>>>()?
            .into_iter()
            .next()?;
        // Ten literals that differ in one digit are no rarer than their common part.
        let rarity =
            i64::try_from(3 * least).ok()? - i64::from(set.len().next_power_of_two().ilog2());
        Some((rarity, std::cmp::Reverse(set.len())))
    };
    let set = best(hir, &score)?;
    // A literal that contains another one is found by the shorter.
    let has = |long: &[u8], short: &[u8]| memchr::memmem::find(long, short).is_some();
    let needed = set
        .iter()
        .filter(|long| !set.iter().any(|short| short != *long && has(long, short)));
    needed
        .map(|literal| String::from_utf8(literal.clone()).ok())
        .collect()
}

/// Whether every match contains one of the keywords, in any case.
pub(super) fn imply(hir: &Hir, keywords: &[String]) -> bool {
    let keywords: Vec<Vec<u8>> = keywords
        .iter()
        .map(|word| word.to_ascii_lowercase().into_bytes())
        .collect();
    let has = |literal: &Vec<u8>| {
        keywords
            .iter()
            .any(|word| memchr::memmem::find(literal, word).is_some())
    };
    best(hir, &|set| set.iter().all(has).then_some(0)).is_some()
}

/// The set with the highest score among those that have a score.
fn best<S: Ord>(hir: &Hir, score: &impl Fn(&Set) -> Option<S>) -> Option<Set> {
    let mut found = Vec::new();
    sets(hir, score, &mut found);
    let scored = found
        .into_iter()
        .filter_map(|set| Some((score(&set)?, set)));
    scored
        .max_by(|(left, _), (right, _)| left.cmp(right))
        .map(|(_, set)| set)
}

/// Collects the sets of an expression.
fn sets<S: Ord>(hir: &Hir, score: &impl Fn(&Set) -> Option<S>, found: &mut Vec<Set>) {
    if let Some(whole) = exact(hir) {
        found.push(whole);
    }
    match hir.kind() {
        HirKind::Literal(literal) => {
            // Anchors are ASCII text within one line.
            let parts = literal.0.split(|&byte| !usable(byte));
            found.extend(parts.map(|part| Set::from([part.to_ascii_lowercase()])));
        }
        HirKind::Capture(capture) => sets(&capture.sub, score, found),
        HirKind::Repetition(repetition) if repetition.min > 0 => {
            sets(&repetition.sub, score, found)
        }
        HirKind::Alternation(branches) => {
            let all: Option<Vec<Set>> = branches.iter().map(|branch| best(branch, score)).collect();
            let union: Set = all.into_iter().flatten().flatten().collect();
            if !union.is_empty() && union.len() <= MOST {
                found.push(union);
            }
        }
        HirKind::Concat(parts) => {
            parts.iter().for_each(|part| sets(part, score, found));
            // Adjacent parts that match few literals each are joined to longer literals.
            let mut run: Option<Set> = None;
            for part in parts {
                let exact = exact(part);
                let joined = run
                    .as_ref()
                    .zip(exact.as_ref())
                    .and_then(|(before, after)| product(before, after));
                run = match joined {
                    Some(joined) => Some(joined),
                    None => exact,
                };
                found.extend(run.clone());
            }
        }
        _ => {}
    }
}

/// Whether a byte may be part of an anchor.
fn usable(byte: u8) -> bool {
    byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | 0)
}

/// All texts that an expression matches, in lower case, if they are few.
fn exact(hir: &Hir) -> Option<Set> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(Set::from([Vec::new()])),
        HirKind::Literal(literal) => literal
            .0
            .iter()
            .all(|&byte| usable(byte))
            .then(|| Set::from([literal.0.to_ascii_lowercase()])),
        HirKind::Class(_) => {
            let bytes = bytes_of(hir)?;
            let folded: Set = bytes
                .iter()
                .map(|byte| vec![byte.to_ascii_lowercase()])
                .collect();
            (folded.len() <= 10 && bytes.iter().all(|&byte| usable(byte))).then_some(folded)
        }
        HirKind::Capture(capture) => exact(&capture.sub),
        HirKind::Repetition(repetition) => {
            let sub = exact(&repetition.sub)?;
            let most = repetition.max.filter(|&most| most <= 16)?;
            let mut all = Set::new();
            let mut times = Set::from([Vec::new()]);
            for count in 0..=most {
                if count >= repetition.min {
                    all.extend(times.iter().cloned());
                }
                if count < most {
                    times = product(&times, &sub)?;
                }
            }
            (all.len() <= MOST).then_some(all)
        }
        HirKind::Alternation(branches) => {
            let all: Set = branches
                .iter()
                .map(exact)
                .collect::<Option<Vec<_>>>()?
                .into_iter()
                .flatten()
                .collect();
            (all.len() <= MOST).then_some(all)
        }
        HirKind::Concat(parts) => {
            let mut all = Set::from([Vec::new()]);
            for part in parts {
                all = product(&all, &exact(part)?)?;
            }
            Some(all)
        }
    }
}

/// All texts of the first set followed by all of the second, if they are few.
fn product(before: &Set, after: &Set) -> Option<Set> {
    if before.len() * after.len() > MOST {
        return None;
    }
    Some(
        before
            .iter()
            .flat_map(|head| {
                after
                    .iter()
                    .map(move |tail| [head.as_slice(), tail].concat())
            })
            .collect(),
    )
}
