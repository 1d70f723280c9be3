//! Takes values out of what is told of places. A file may be called after a token, and so may a folder that is passed over, or
//! the branch of a log; an author may be called after a password that stands in a file: names of repositories, paths, authors,
//! branches and what the coverage account names go into reports and inventories.

use std::collections::{BTreeSet, HashMap};

use super::{Run, UnitScan};
use crate::coverage::Coverage;
use crate::detect::filters;
use crate::finding::Finding;
use crate::scan::search::name_search;
use crate::scan::unit_listing::Listed;
use crate::secret::SecretValue;

/// Names of repositories, before they are told apart.
pub(crate) fn units(run: &Run, listed: &mut [Listed]) {
    let mut names: Vec<&mut String> = listed
        .iter_mut()
        .map(|listed| &mut listed.unit.name)
        .collect();
    tokens(run, &mut names);
}

/// `coverage` is settled.
pub(crate) fn values(run: &Run, units: &mut [UnitScan], coverage: &mut Coverage) {
    let known: Vec<SecretValue> = units
        .iter()
        .flat_map(|unit| &unit.findings)
        .map(|finding| finding.value.clone())
        .collect();
    let known = Known::of(&known);
    let mut texts: Vec<&mut String> = Vec::new();
    for unit in units.iter_mut() {
        texts.push(&mut unit.prefix);
        for finding in &mut unit.findings {
            known.take_out_of_context(finding);
            let occurrence = &mut finding.occurrence;
            known.take_out(occurrence.refs.iter_mut().chain(&mut occurrence.author));
            texts.push(&mut occurrence.path);
        }
    }
    texts.extend(
        coverage
            .skipped
            .values_mut()
            .flat_map(|skipped| &mut skipped.named),
    );
    // A reason may name a path, too.
    texts.extend(
        coverage
            .unreadable
            .iter_mut()
            .flat_map(|unreadable| [&mut unreadable.what, &mut unreadable.why]),
    );
    // Of a token the part that may be shown stays.
    tokens(run, &mut texts);
    known.take_out(texts.into_iter());
}

/// Takes out what has a shape of its own.
fn tokens(run: &Run, texts: &mut [&mut String]) {
    let distinct: BTreeSet<&[u8]> = texts.iter().map(|text| text.as_bytes()).collect();
    // These are no content, nor what is rejected among them.
    let found = name_search::search(run, distinct.into_iter(), &mut Coverage::default());
    if found.is_empty() {
        return;
    }
    for text in texts {
        if let Some(hits) = found.get(text.as_bytes()) {
            **text = name_search::redacted(text.as_bytes(), hits);
        }
    }
}

/// Values that cannot be mistaken for a word, by their first bytes, the longest first.
struct Known<'a>(HashMap<[u8; HEAD], Vec<&'a str>, foldhash::fast::RandomState>);

/// Shorter values are not looked for.
const HEAD: usize = 8;

impl<'a> Known<'a> {
    fn of(values: &'a [SecretValue]) -> Self {
        let mut by_head: HashMap<_, Vec<&str>, _> = HashMap::default();
        for text in values
            .iter()
            .filter_map(|value| std::str::from_utf8(value.expose()).ok())
        {
            let letters = text.bytes().any(|b| b.is_ascii_alphabetic());
            let head = text.as_bytes().first_chunk();
            if let Some(head) =
                head.filter(|_| letters && !filters::is_word_shaped(text.as_bytes()))
            {
                by_head.entry(*head).or_default().push(text);
            }
        }
        for texts in by_head.values_mut() {
            texts.sort_unstable_by_key(|text| (std::cmp::Reverse(text.len()), *text));
            texts.dedup();
        }
        Self(by_head)
    }

    /// The first one in a text from `start` on, and where it stands.
    fn find(&self, text: &str, start: usize) -> Option<(usize, &str)> {
        let bytes = &text.as_bytes()[start..];
        bytes.windows(HEAD).enumerate().find_map(|(at, head)| {
            let known = self
                .0
                .get(head)?
                .iter()
                .find(|known| bytes[at..].starts_with(known.as_bytes()))?;
            Some((start + at, *known))
        })
    }

    fn take_out<'t>(&self, texts: impl Iterator<Item = &'t mut String>) {
        for text in texts {
            let (mut out, mut start) = (String::new(), 0);
            while let Some((at, known)) = self.find(text, start) {
                out.push_str(&text[start..at]);
                out.push('…');
                start = at + known.len();
            }
            if start > 0 {
                *text = out + &text[start..];
            }
        }
    }

    /// A part that is not whole says nothing.
    fn take_out_of_context(&self, finding: &mut Finding) {
        let context = &mut finding.context;
        for field in [
            &mut context.key,
            &mut context.user,
            &mut context.host,
            &mut context.database,
        ] {
            field.take_if(|text| self.find(text, 0).is_some());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_taken_out_wherever_they_stand() {
        let values = ["Lantern7", "Lantern77", "lanternrope", "77"]
            .map(|text| SecretValue::new(text.into()));
        let known = Known::of(&values);
        let mut texts = [
            "a/Lantern7/Lantern77.txt",
            "Lantern777",
            "lanternrope/77",
            "é",
        ]
        .map(str::to_owned);
        known.take_out(texts.iter_mut());
        assert_eq!(texts, ["a/…/….txt", "…7", "lanternrope/77", "é"]);
    }
}
