//! Rejects values by the values around them, once the whole text is known. A line alone does not distinguish them from
//! passwords.

use std::ops::Range;

use super::candidate::{Match, RejectionCounts};
use super::compile::{Matcher, Rule};
use super::enumerations::Enumerations;
use super::event::Trace;
use super::message_catalog::MessageCatalog;
use super::searched_text::Text;

/// Removes the values of names whose neighbours show that they are no secrets.
#[expect(clippy::disallowed_methods, reason = "filters examine the value")]
pub(super) fn reject_by_neighbours(
    rules: &[Rule],
    text: Text,
    matches: &mut Vec<Match>,
    rejected: &mut RejectionCounts,
    trace: &mut Trace,
) {
    let is_named = |found: &Match| matches!(rules[found.rule].matcher, Matcher::Names(_));
    if !text.is_plain() || !matches.iter().any(is_named) {
        return;
    }
    let named = matches
        .iter()
        .filter(|found| is_named(found) && found.unless_login.is_none());
    let mut places: Vec<usize> = named.map(|found| found.range.start).collect();
    places.sort_unstable();
    let named_within = |range: Range<usize>| {
        places.partition_point(|&place| place < range.end)
            - places.partition_point(|&place| place < range.start)
    };
    let catalog = MessageCatalog::of(text);
    let enumerations = Enumerations::of(text.bytes);
    matches.retain(|found| {
        if !is_named(found) {
            return true;
        }
        let (at, value) = (found.range.start, found.value.expose());
        let name = found.context.key.as_deref().unwrap_or_default().as_bytes();
        let filter = match () {
            () if catalog.has_message(at, value, named_within) => "message",
            () if enumerations.has(at, name, value) => "enumeration",
            () => return true,
        };
        rejected.reject(found, filter, trace);
        false
    });
}
