//! Searches the messages and headers of commits and tags.

use super::blob::Blob;
use super::blob_search;
use super::header_search::HeaderSearch;
use super::located_match::ObjectMatches;
use crate::coverage::Coverage;
use crate::detect::file_kind::FileKind;
use crate::finding::Origin;
use crate::scan::scan_context::ScanContext;
use crate::source::git::commits::MessageVisitor;
use crate::source::git::object_header::ObjectHeader;
use crate::source::git::pack::{ObjectId, ObjectKind};

/// The messages and headers with matches, in no order.
#[derive(Default)]
pub(crate) struct MessageMatches {
    /// The reported matches of messages.
    pub messages: Vec<ObjectMatches>,
    /// The matches of headers, of every confidence, because all of them are redacted from the names
    /// of authors.
    pub headers: Vec<ObjectMatches>,
}

impl MessageMatches {
    /// Adds the matches of one worker. Returns its coverage.
    pub fn absorb(&mut self, worker: MessageWorker) -> Coverage {
        self.messages.extend(worker.matches.messages);
        self.headers.extend(worker.matches.headers);
        worker.coverage
    }

    /// The commits and tags with matches. A commit or tag with matches in both message and header
    /// occurs twice.
    pub fn objects(&self) -> impl Iterator<Item = ObjectId> {
        self.messages
            .iter()
            .chain(&self.headers)
            .map(|matches| matches.object)
    }
}

/// Searches commits and tags while [`crate::source::git::commits::collect`] reads them.
pub(crate) struct MessageSearch<'a> {
    /// The rules and options.
    pub scan: &'a ScanContext<'a>,
}

impl MessageVisitor for MessageSearch<'_> {
    type Worker = MessageWorker;

    fn worker(&self) -> MessageWorker {
        MessageWorker::default()
    }

    fn object(
        &self,
        worker: &mut MessageWorker,
        kind: ObjectKind,
        id: ObjectId,
        header: ObjectHeader,
    ) {
        worker.search(self.scan, kind, id, header);
    }
}

/// The matches and coverage of one thread.
#[derive(Default)]
pub(crate) struct MessageWorker {
    matches: MessageMatches,
    header_search: HeaderSearch,
    coverage: Coverage,
}

impl MessageWorker {
    /// Searches the header and message of a commit or tag.
    pub fn search(
        &mut self,
        scan: &ScanContext,
        kind: ObjectKind,
        id: ObjectId,
        header: ObjectHeader,
    ) {
        let (header_origin, message_origin) = match kind {
            ObjectKind::Tag => (Origin::TagHeader, Origin::TagMessage),
            _ => (Origin::CommitHeader, Origin::CommitMessage),
        };
        let of_object = |matches| ObjectMatches {
            object: id,
            matches,
        };
        let message = &header.raw[header.message..];
        let what = || format!("{} {id}", kind.name());
        let coverage = &mut self.coverage;
        let matches = self
            .header_search
            .search(scan, header, header_origin, coverage, what);
        self.matches.headers.extend(matches.map(of_object));
        let blob = Blob::new(message, FileKind::Prose, message_origin);
        let matches = blob_search::search(scan, &blob, coverage, what)
            .and_then(|resolved| resolved.locate_reported());
        self.matches.messages.extend(matches.map(of_object));
    }
}
