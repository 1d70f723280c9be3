//! Looks up the authors of commits and tags.

use std::collections::{HashMap, HashSet};

use crate::scan::history::history_matches::HistoryMatches;
use crate::secret::SecretValue;
use crate::source::git::commits::CommitIndex;
use crate::source::git::pack::{ObjectId, ObjectReader};
use crate::source::git::signature::{self, Signature};

/// Reads the authors of commits and tags when they are asked for: few are.
pub(super) struct AuthorLookup<'a> {
    history: &'a HistoryMatches,
    /// The values in headers, decoded and as they are written, the longest first. Names of authors
    /// may hold them.
    values: Vec<SecretValue>,
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
            redact(&mut author.who, values);
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

#[expect(
    clippy::disallowed_methods,
    reason = "values are sorted, longest first"
)]
fn header_values(history: &HistoryMatches, reader: &mut ObjectReader) -> Vec<SecretValue> {
    let mut values: HashSet<SecretValue> = HashSet::new();
    for header in &history.headers {
        let matches = || header.matches.iter().map(|located| &located.matched);
        values.extend(matches().map(|matched| matched.value.clone()));
        let ranges: Vec<_> = matches()
            .filter(|matched| !matched.decoding.is_empty())
            .map(|matched| matched.range.clone())
            .collect();
        if !ranges.is_empty()
            && let Some(Ok((_, raw))) = reader.object(header.object)
        {
            let written = ranges.into_iter().filter_map(|range| raw.get(range));
            values.extend(written.map(|written| SecretValue::new(written.to_vec())));
        }
    }
    let mut values: Vec<SecretValue> = values.into_iter().collect();
    values.sort_by(|a, b| {
        b.len()
            .cmp(&a.len())
            .then_with(|| a.expose().cmp(b.expose()))
    });
    values
}

/// Replaces each value in the name of an author with an ellipsis.
#[expect(
    clippy::disallowed_methods,
    reason = "the value is searched for in an author's name, to remove it"
)]
fn redact(who: &mut String, values: &[SecretValue]) {
    for value in values {
        let text = String::from_utf8_lossy(value.expose());
        if !text.is_empty() && who.contains(&*text) {
            *who = who.replace(&*text, "…");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_redacted_from_a_name() {
        let mut who = "hunter22 Smith <hunter22@x>".to_owned();
        redact(
            &mut who,
            &[
                SecretValue::new(b"hunter22".to_vec()),
                SecretValue::new(Vec::new()),
            ],
        );
        assert_eq!(who, "… Smith <…@x>");
    }
}
