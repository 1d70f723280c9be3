//! Searches the header lines of commits and tags: their authors, the signed tag that a merge commit
//! includes, and lines that tools write.

use std::collections::HashSet;
use std::ops::Range;

use super::blob::Blob;
use super::blob_search;
use super::located_match::LocatedMatches;
use crate::coverage::Coverage;
use crate::detect::engine::Text;
use crate::finding::Origin;
use crate::finding::Syntax;
use crate::scan::scan_context::ScanContext;
use crate::source::git::object_header::{HeaderField, ObjectHeader};

/// Searches headers one after another. Most name only people whom an earlier header named.
#[derive(Default)]
pub(crate) struct HeaderSearch {
    /// Names with mail addresses that hold no candidate, not even a rejected one.
    clean: HashSet<Box<[u8]>, foldhash::fast::RandomState>,
}

impl HeaderSearch {
    /// The matches of a header, of every confidence. Ranges are of the object as a whole.
    pub fn search(
        &mut self,
        scan: &ScanContext,
        header: ObjectHeader,
        origin: Origin,
        coverage: &mut Coverage,
        what: impl FnOnce() -> String,
    ) -> Option<LocatedMatches> {
        let raw = &header.raw[..header.message];
        let (mut lines, mut people, mut clean): (Vec<Range<usize>>, Vec<&[u8]>, &[u8]) =
            Default::default();
        for line in header.lines {
            match &line.field {
                HeaderField::Tree(_) | HeaderField::Parent(_) | HeaderField::Object(_) => continue,
                HeaderField::Person(at) => {
                    let person = &raw[at.clone()];
                    // The author and committer of most commits are one person.
                    if person == clean || self.clean.contains(person) {
                        clean = person;
                        continue;
                    }
                    people.push(person);
                }
                HeaderField::Other => {}
            }
            lines.push(line.range.clone());
        }
        let text = Text::plain(raw, Syntax::Prose);
        let blob = Blob::of_text(text, origin);
        if lines.is_empty() {
            blob_search::count_searched(&blob, coverage);
            return None;
        }
        let candidates = scan.engine.search_lines(text, &lines);
        // A name with rejected candidates is searched every time, because each rejection is
        // counted.
        if candidates.is_empty() && candidates.rejected().is_empty() {
            self.clean.extend(people.into_iter().map(Box::from));
        }
        let resolved = blob_search::resolve(scan, &blob, candidates, coverage, what)?;
        Some(resolved.locate_all())
    }
}
