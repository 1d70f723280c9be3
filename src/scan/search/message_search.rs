//! Searches the messages and headers of commits and tags.

use super::blob::Blob;
use super::blob_search;
use super::header_search::HeaderSearch;
use super::kept_matches::KeptMatches;
use super::located_match::{LocatedMatches, ObjectMatches};
use crate::coverage::{Coverage, Limit};
use crate::finding::Origin;
use crate::finding::Syntax;
use crate::scan::scan_context::ScanContext;
use crate::source::git::commits::MessageVisitor;
use crate::source::git::object_header::ObjectHeader;
use crate::source::git::pack::{ObjectId, ObjectKind};

/// The messages and headers with matches, in order of kind and object.
#[derive(Default)]
pub(crate) struct MessageMatches {
    /// The reported matches of messages.
    pub messages: Vec<ObjectMatches>,
    /// The matches of headers, of every confidence, because all of them are redacted from the names
    /// of authors.
    pub headers: Vec<ObjectMatches>,
    /// Not all headers with matches are known.
    pub lacks_headers: bool,
}

impl MessageMatches {
    /// The commits and tags with matches. A commit or tag with matches in both message and header
    /// occurs twice.
    pub fn objects(&self) -> impl Iterator<Item = ObjectId> {
        self.messages
            .iter()
            .chain(&self.headers)
            .map(|matches| matches.object)
    }

    /// Adds the matches of other objects.
    pub fn absorb(&mut self, other: MessageMatches) {
        self.messages.extend(other.messages);
        self.headers.extend(other.headers);
        self.lacks_headers |= other.lacks_headers;
    }
}

/// Searches commits and tags while [`crate::source::git::commits::collect`] reads them.
pub(crate) struct MessageSearch<'a> {
    scan: &'a ScanContext<'a>,
    /// The name of the repository.
    repository: &'a str,
    messages: KeptMatches<(Origin, ObjectId), LocatedMatches>,
    headers: KeptMatches<(Origin, ObjectId), LocatedMatches>,
}

impl<'a> MessageSearch<'a> {
    /// A search of the commits and tags of a repository, which has found nothing yet.
    pub fn new(scan: &'a ScanContext<'a>, repository: &'a str) -> Self {
        Self {
            scan,
            repository,
            messages: KeptMatches::new(scan.match_memory()),
            headers: KeptMatches::new(scan.match_memory()),
        }
    }

    /// Searches the header and message of a commit or tag. Returns the work beyond that of their bytes, as a number of bytes
    /// whose search costs as much.
    pub fn search(
        &self,
        worker: &mut MessageWorker,
        kind: ObjectKind,
        id: ObjectId,
        header: ObjectHeader,
    ) -> u64 {
        let (header_origin, message_origin) = match kind {
            ObjectKind::Tag => (Origin::TagHeader, Origin::TagMessage),
            _ => (Origin::CommitHeader, Origin::CommitMessage),
        };
        let message = &header.raw[header.message..];
        let what = || format!("{} {} {id}", self.repository, kind.name());
        let (scan, coverage) = (self.scan, &mut worker.coverage);
        let matches = worker
            .header_search
            .search(scan, header, header_origin, coverage, what);
        let mut work = 0;
        if let Some(matches) = matches {
            work += matches.work();
            let size = matches.size();
            let key = (header_origin, id);
            self.headers
                .insert_or_join(key, matches, size, LocatedMatches::join);
        }
        let blob = Blob::new(message, Syntax::Prose, message_origin);
        let _memory = scan
            .memory
            .turn(ScanContext::memory_of_text(message.len() as u64));
        let candidates = scan.engine.search_text(blob.text);
        work += candidates.resolution_bytes();
        let matches = blob_search::resolve(scan, &blob, candidates, coverage, what)
            .and_then(|resolved| resolved.locate_reported());
        if let Some(matches) = matches {
            work += matches.work();
            let size = matches.size();
            let key = (message_origin, id);
            self.messages
                .insert_or_join(key, matches, size, LocatedMatches::join);
        }
        work
    }

    /// What was found.
    pub fn into_matches(self, coverage: &mut Coverage) -> MessageMatches {
        let list = |kept: KeptMatches<(Origin, ObjectId), LocatedMatches>| {
            let (kept, is_cut) = kept.into_kept();
            let of_object = |((_, object), matches)| ObjectMatches { object, matches };
            (kept.map(of_object).collect(), is_cut)
        };
        let (messages, lacks_messages) = list(self.messages);
        let (headers, lacks_headers) = list(self.headers);
        if lacks_messages || lacks_headers {
            let what = format!("{}: matches of commits and tags", self.repository);
            coverage.cut(Limit::Memory, what);
        }
        MessageMatches {
            messages,
            headers,
            lacks_headers,
        }
    }
}

impl MessageVisitor for MessageSearch<'_> {
    type Worker = MessageWorker;

    fn restart(&self) {
        self.messages.clear();
        self.headers.clear();
    }

    fn worker(&self) -> MessageWorker {
        MessageWorker::default()
    }

    fn object(
        &self,
        worker: &mut MessageWorker,
        kind: ObjectKind,
        id: ObjectId,
        header: ObjectHeader,
    ) -> u64 {
        self.search(worker, kind, id, header)
    }
}

/// The state of one thread.
#[derive(Default)]
pub(crate) struct MessageWorker {
    header_search: HeaderSearch,
    /// The coverage of this thread.
    pub coverage: Coverage,
}
