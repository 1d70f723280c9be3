//! The matches of a text before and after their surroundings are read.

use std::cell::OnceCell;
use std::ops::Range;
use std::sync::Arc;

use super::candidate::{Match, ReachedLimits, RejectionCounts, TextMatches};
use super::compile::Rule;
use super::context_redaction::{ValueSet, redact};
use super::credential_pairs;
use super::proof;
use super::searched_text::Text;
use super::surroundings;
use crate::finding::{Confidence, Context};
use crate::secret::SecretValue;

/// The matches of a text whose values are known and whose surroundings have not been read.
///
/// Reading the surroundings is the more expensive half of resolving, and needs all matches of the
/// text: a caller that only compares values leaves it out.
#[derive(Debug)]
pub struct ValueMatches<'t> {
    pub(super) text: Text<'t>,
    pub(super) matches: Vec<Match>,
    pub(super) rejected: RejectionCounts,
    pub(super) limits: ReachedLimits,
}

impl ValueMatches<'_> {
    /// Whether the text has no match.
    pub fn is_empty(&self) -> bool {
        self.matches.is_empty()
    }

    /// The confidence and the value of each match, in order of place.
    pub fn values(&self) -> impl Iterator<Item = (Confidence, &SecretValue)> {
        self.matches
            .iter()
            .map(|found| (found.confidence, &found.value))
    }

    /// The bytes of each match in the text, in order of place.
    pub fn ranges(&self) -> impl Iterator<Item = &Range<usize>> {
        self.matches.iter().map(|found| &found.range)
    }

    /// Candidates that filters rejected.
    pub fn rejected(&self) -> &RejectionCounts {
        &self.rejected
    }

    /// The limits that the text reached: it may have more matches.
    pub fn limits(&self) -> &ReachedLimits {
        &self.limits
    }

    /// Reads the surroundings of the matches.
    pub(super) fn read_surroundings(mut self, rules: &[Rule]) -> TextMatches {
        let rejected = std::mem::take(&mut self.rejected);
        let limits = self.limits.clone();
        TextMatches {
            matches: self.read_surroundings_of(rules, usize::MAX, |_| true),
            rejected,
            limits,
        }
    }

    /// Those of the first `most` matches that are wanted, with their surroundings.
    pub(super) fn read_surroundings_of(
        mut self,
        rules: &[Rule],
        most: usize,
        wants: impl Fn(&Match) -> bool,
    ) -> Vec<Match> {
        let is_whole = self.limits.is_empty();
        if is_whole {
            credential_pairs::pair(rules, self.text, &mut self.matches);
        }
        let values = context_values(self.text, &self.matches);
        let kept = self.matches.into_iter().take(most);
        let mut matches: Vec<Match> = kept.filter(|found| wants(found)).collect();
        add_context(rules, self.text, &mut matches, &values, is_whole);
        matches
    }
}

/// The values that must not become the context of a match: those of all matches of a text.
fn context_values(text: Text, matches: &[Match]) -> Vec<SecretValue> {
    let mut values: Vec<SecretValue> = matches.iter().map(|found| found.value.clone()).collect();
    // Raw values too: the surroundings are taken from the text as it is, without decoding. All values
    // of a compressed stream have its range.
    let encoded = matches.iter().filter(|found| !found.decoding.is_empty());
    let mut raw: Vec<_> = encoded.map(|found| found.range.clone()).collect();
    raw.dedup();
    values.extend(
        raw.into_iter()
            .map(|range| SecretValue::new(text.bytes[range].to_vec())),
    );
    values
}

/// Fills in the surroundings of some matches of a text: the path of the key, the user, the host. `values`
/// are those of all matches of the text. If these are not all that the text has, because a limit was
/// reached, only names are context.
#[expect(
    clippy::disallowed_methods,
    reason = "a proof reads the account within a value"
)]
fn add_context(
    rules: &[Rule],
    text: Text,
    matches: &mut [Match],
    values: &[SecretValue],
    is_whole: bool,
) {
    if matches.is_empty() {
        return;
    }
    if is_whole {
        surroundings::read_surroundings(text, matches);
    } else {
        for found in matches.iter_mut() {
            let key = found.context.key.clone();
            found.context = Arc::new(Context {
                key,
                ..Context::default()
            });
        }
    }
    let secrets = OnceCell::new();
    for found in matches {
        if *found.context != Context::default() {
            let context = Arc::make_mut(&mut found.context);
            redact(context, secrets.get_or_init(|| ValueSet::of(values)));
            // The account that a value contains is public, even if it equals another value.
            let proof = rules[found.rule].proof;
            if let Some(account) =
                proof.and_then(|proof| proof::account(proof, found.value.expose()))
            {
                context.account = Some(account);
            }
        }
    }
}
