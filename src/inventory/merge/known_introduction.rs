//! Keeps what earlier scans found about the introduction of values, if a scan of a shallow or partial clone
//! knows less.

use std::collections::HashMap;

use super::place_key::file_of;
use crate::finding::{Introduction, Occurrence};

/// The best known introduction of a value at each path of repositories that are scanned again.
#[derive(Default)]
pub(super) struct KnownIntroductions {
    by_file: HashMap<(String, String), Occurrence>,
}

impl KnownIntroductions {
    /// Takes note of the introductions of those occurrences of which a scan did not see the whole
    /// history.
    pub fn of(places: &[Occurrence], is_cut: impl Fn(&Occurrence) -> bool) -> Self {
        let mut all = Self::default();
        let is_known = |place: &&Occurrence| {
            let is_of_path = !place.path.is_empty() && place.commit.is_some();
            is_of_path && place.found_by.is_scan() && is_cut(place)
        };
        for place in places.iter().filter(is_known) {
            let (repository, path) = file_of(place);
            let file = (repository.to_owned(), path.to_owned());
            let known = all.by_file.entry(file).or_insert_with(|| place.clone());
            if says_more(place, known) {
                known.clone_from(place);
            }
        }
        all
    }

    /// Restores the introductions that the scans did not see.
    pub fn restore(&self, places: &mut [Occurrence]) {
        if self.by_file.is_empty() {
            return;
        }
        for place in places {
            let (repository, path) = file_of(place);
            let known = self.by_file.get(&(repository.to_owned(), path.to_owned()));
            if let Some(known) = known.filter(|known| says_more(known, place)) {
                place.set_introduction(known);
            }
        }
    }
}

/// Whether an occurrence says more about the introduction than another one of the same path. A commit that
/// introduced the value says more than one that only holds it; of two of a kind, the older one does.
fn says_more(one: &Occurrence, other: &Occurrence) -> bool {
    if other.commit.is_none() {
        // A place that no commit holds, such as a change that is not committed, has no introduction.
        return false;
    }
    let rank = |place: &Occurrence| place.introduced == Introduction::AtOrBefore;
    let date = |place: &Occurrence| {
        let date = place.date.as_ref()?.parse().ok();
        date.map(jiff::Timestamp::as_second)
    };
    match rank(one).cmp(&rank(other)) {
        std::cmp::Ordering::Less => true,
        std::cmp::Ordering::Greater => false,
        std::cmp::Ordering::Equal => {
            matches!((date(one), date(other)), (Some(a), Some(b)) if a < b)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Origin;

    fn place(introduced: Introduction, day: Option<u8>) -> Occurrence {
        Occurrence {
            commit: Some("fe".repeat(20)),
            date: day.map(|day| format!("2026-01-{day:02}T12:00:00+01:00")),
            introduced,
            ..Occurrence::at("shop", "a.env", Origin::Blob)
        }
    }

    #[test]
    fn a_known_introduction_says_more_and_so_does_an_older_commit() {
        use Introduction::{At, AtOrBefore};
        let cases = [
            (At, Some(9), AtOrBefore, Some(1), true),
            (At, None, AtOrBefore, None, true),
            (AtOrBefore, Some(1), At, Some(9), false),
            (At, Some(1), At, Some(2), true),
            (At, Some(2), At, Some(1), false),
            (AtOrBefore, Some(1), AtOrBefore, Some(2), true),
            (AtOrBefore, Some(1), AtOrBefore, Some(1), false),
            (AtOrBefore, None, AtOrBefore, Some(1), false),
        ];
        for (one, day, other, other_day, expected) in cases {
            let (one, other) = (place(one, day), place(other, other_day));
            assert_eq!(says_more(&one, &other), expected, "{one:?} {other:?}");
        }
        let uncommitted = Occurrence::at("shop", "a.env", Origin::Staged);
        assert!(!says_more(&place(At, Some(1)), &uncommitted));
    }
}
