//! The places from which the value of an entry can be moved, and the value that is moved.

use std::borrow::Cow;

use super::entry::Secret;
use super::entry_reading::ReadingChoice;
use crate::finding::{Occurrence, Readings};
use crate::secret::Fingerprint;

impl Secret {
    /// Whether it has places, none of them exact, and at least one of them doubtful.
    pub fn is_doubtful(&self) -> bool {
        let is_exact = |place: &Occurrence| place.certainty.is_exact();
        let is_doubted = |place: &Occurrence| place.certainty.doubt().is_some();
        !self.occurrences.iter().any(is_exact) && self.occurrences.iter().any(is_doubted)
    }

    /// The readings of its doubtful places.
    pub fn readings(&self) -> impl Iterator<Item = (&Occurrence, &Readings)> {
        let places = self.occurrences.iter();
        places.filter_map(|place| Some((place, place.readings.as_deref()?)))
    }

    /// The fingerprint of what is moved: that of the payload, or that of the value.
    pub fn moved_fingerprint(&self) -> &Fingerprint {
        match &self.payload {
            Some(payload) => &payload.fingerprint,
            None => self.value_fingerprint(),
        }
    }

    /// The fingerprint of the value that is read to be moved: that of the entry, or that of the value as it is written.
    pub fn value_fingerprint(&self) -> &Fingerprint {
        self.reading.written.as_ref().unwrap_or(&self.fingerprint)
    }

    /// Whether the value that is read to be moved is not text in UTF-8.
    pub fn moves_binary(&self) -> bool {
        let chosen = self.reading.written;
        let mut readings = self.readings().map(|(_, readings)| readings);
        match readings.find(|readings| Some(readings.written) == chosen) {
            Some(readings) => readings.written_binary,
            None => self.reading.binary,
        }
    }

    /// The places from which the value can be moved: the exact ones, or the doubtful ones in the reading that a
    /// person chose.
    pub fn importable_places(&self) -> Vec<Cow<'_, Occurrence>> {
        let places = self.occurrences.iter();
        if !self.is_doubtful() {
            let exact = places.filter(|place| place.certainty.is_exact());
            return exact.map(Cow::Borrowed).collect();
        }
        match self.reading.chosen {
            None => Vec::new(),
            Some(ReadingChoice::AsRead) => {
                let doubtful = places.filter(|place| place.certainty.doubt().is_some());
                doubtful.map(Cow::Borrowed).collect()
            }
            Some(ReadingChoice::AsWritten) => {
                let chosen = self.reading.written;
                let fitting = self.readings().filter(|(_, of)| Some(of.written) == chosen);
                fitting
                    .map(|(place, _)| Cow::Owned(place.as_written()))
                    .collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::sample_secrets::secret;
    use crate::finding::{Certainty, Decoding, Doubt, Escapes};
    use crate::secret::SecretValue;

    /// Two doubtful places; the value is written alike in both.
    fn doubtful() -> Secret {
        let mut secret = secret(1, "TOKEN", &[("shop", "a.env"), ("shop", "b.env")]);
        let value = |text: &str| SecretValue::new(text.as_bytes().to_vec());
        for place in &mut secret.occurrences {
            place.certainty = Certainty::Doubtful(Doubt::Quoting);
            place.decoding = vec![Decoding::Escapes(Escapes::DotenvDouble)];
            let compared = Readings::of(&value("a$b"), &value("a\\$b"), Fingerprint([9; 32]));
            place.readings = Some(Box::new(compared));
        }
        secret
    }

    #[test]
    fn a_doubtful_value_is_moved_in_the_reading_that_was_chosen() {
        let mut secret = doubtful();
        assert!(secret.is_doubtful() && secret.importable_places().is_empty());
        secret.reading.chosen = Some(ReadingChoice::AsRead);
        let places = secret.importable_places();
        assert_eq!(places.len(), 2);
        assert_eq!(places[0].decoding.len(), 1);
        assert_eq!(*secret.moved_fingerprint(), secret.fingerprint);
        secret.reading.chosen = Some(ReadingChoice::AsWritten);
        secret.reading.written = Some(Fingerprint([9; 32]));
        let places = secret.importable_places();
        assert_eq!(places.len(), 2);
        assert!(places.iter().all(|place| place.decoding.is_empty()));
        assert_eq!(*secret.moved_fingerprint(), Fingerprint([9; 32]));
    }

    #[test]
    fn an_exact_place_needs_no_choice() {
        let mut secret = doubtful();
        secret.occurrences[1].certainty = Certainty::Exact;
        assert!(!secret.is_doubtful());
        let places = secret.importable_places();
        assert_eq!(places.len(), 1);
        assert_eq!(places[0].path, "b.env");
    }

    #[test]
    fn a_value_in_parts_is_never_moved() {
        let mut secret = doubtful();
        secret.reading.chosen = Some(ReadingChoice::AsRead);
        for place in &mut secret.occurrences {
            place.certainty = Certainty::InParts;
        }
        assert!(secret.importable_places().is_empty() && !secret.is_doubtful());
    }
}
