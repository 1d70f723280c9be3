//! Looks up the authors of commits and tags.

use std::collections::{HashMap, HashSet};

use super::placed_matches::shown_name;
use crate::scan::history::history_matches::HistoryMatches;
use crate::scan::value_index::ValueIndex;
use crate::secret::SecretValue;
use crate::source::git::commits::CommitIndex;
use crate::source::git::pack::{ObjectId, ObjectReader};
use crate::source::git::signature::{self, Signature};

/// Reads the authors of commits and tags when they are asked for: few are.
pub(super) struct AuthorLookup<'a> {
    history: &'a HistoryMatches,
    /// The values in headers, decoded and as they are written. Names of authors may hold them.
    values: HeaderValues,
    reader: ObjectReader<'a>,
    known: HashMap<ObjectId, Signature>,
}

impl<'a> AuthorLookup<'a> {
    /// A lookup in one repository.
    pub fn new(history: &'a HistoryMatches) -> Self {
        let mut reader = ObjectReader::new(&history.forest, u64::MAX);
        let values = header_values(history, &mut reader);
        Self {
            history,
            values,
            reader,
            known: HashMap::new(),
        }
    }

    /// The author of a commit, or the tagger of a tag. Empty if the object cannot be read.
    pub fn author(&mut self, id: ObjectId) -> Signature {
        let (reader, values) = (&mut self.reader, &self.values);
        let read = || {
            let mut author = signature::author(reader, id).unwrap_or_default();
            values.redact(&mut author.who);
            author.who = shown_name(author.who);
            author
        };
        self.known.entry(id).or_insert_with(read).clone()
    }

    /// The commit with this index, and its author.
    pub fn commit(&mut self, at: CommitIndex) -> (ObjectId, Signature) {
        let id = self.history.commits.list[at.index()].id;
        (id, self.author(id))
    }
}

/// The values in headers.
struct HeaderValues {
    values: ValueIndex,
    /// Not all of them are known.
    are_cut: bool,
}

fn header_values(history: &HistoryMatches, reader: &mut ObjectReader) -> HeaderValues {
    let mut values: HashSet<SecretValue> = HashSet::new();
    for header in &history.headers {
        let matches = || header.matches.iter().map(|located| &located.matched);
        values.extend(matches().map(|matched| matched.value.clone()));
        let mut ranges: Vec<_> = matches()
            .filter(|matched| !matched.decoding.is_empty())
            .map(|matched| matched.range.clone())
            .collect();
        ranges.dedup();
        if !ranges.is_empty()
            && let Some(Ok((_, raw))) = reader.object(header.object)
        {
            let written = ranges.into_iter().filter_map(|range| raw.get(range));
            values.extend(written.map(|written| SecretValue::new(written.to_vec())));
        }
    }
    let are_cut =
        history.lacks_headers || history.headers.iter().any(|header| header.matches.is_cut);
    HeaderValues::new(values, are_cut)
}

impl HeaderValues {
    #[expect(
        clippy::disallowed_methods,
        reason = "the value is searched for in an author's name, to remove it"
    )]
    fn new(values: impl IntoIterator<Item = SecretValue>, are_cut: bool) -> Self {
        // As they are in names, which are text.
        let text = |value: SecretValue| {
            let text = String::from_utf8_lossy(value.expose());
            SecretValue::new(text.into_owned().into_bytes())
        };
        Self {
            values: ValueIndex::new(values.into_iter().map(text)),
            are_cut,
        }
    }

    /// Replaces each value in the name of an author with an ellipsis; the whole name if it may
    /// have values that are not known.
    fn redact(&self, who: &mut String) {
        if self.are_cut {
            *who = "…".to_owned();
        } else if let Some(redacted) = self.values.redacted(who) {
            *who = redacted;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_redacted_from_a_name() {
        let who = |are_cut| {
            let mut who = "hunter22 Smith <hunter22@x>".to_owned();
            let values = ["hunter22", ""].map(|value| SecretValue::new(value.into()));
            HeaderValues::new(values, are_cut).redact(&mut who);
            who
        };
        assert_eq!(who(false), "… Smith <…@x>");
        assert_eq!(who(true), "…");
    }
}
