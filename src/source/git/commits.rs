//! Commits and annotated tags: what attribution needs of all of them, and what a report needs of a few.

use super::pack::{
    Forest, Format, Kind, Kinds, Limits, NONE, Object, ObjectId, Options, Reader, Unread, Visitor, walk,
};
use crate::parallel::Progress;

/// A commit, as far as the walk through history needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit {
    pub id: ObjectId,
    /// Node of its tree, or [`NONE`] if that is not there.
    pub tree: u32,
    /// Place and number of its parents in [`Commits::parents`].
    parents: (u32, u32),
    /// Committer time, seconds since 1970.
    pub time: i64,
}

/// An annotated tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag {
    pub id: ObjectId,
    pub target: ObjectId,
}

/// Who made something, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    /// `Name <mail>`; empty where it is malformed.
    pub who: String,
    /// RFC 3339; empty where it is malformed.
    pub date: String,
    /// Seconds since 1970; zero where they are malformed.
    pub seconds: i64,
}

/// All commits and tags of a repository.
#[derive(Debug, Default)]
pub struct Commits {
    /// In the order of their ids.
    pub list: Vec<Commit>,
    pub tags: Vec<Tag>,
    /// Parents of all commits, as indexes into `list`; those that are not there are left out.
    parents: Vec<u32>,
    /// Objects that commits name and the repository lacks.
    pub missing: Vec<ObjectId>,
    /// Objects that cannot be read, with their kind and the reason.
    pub unread: Vec<Unread>,
    /// Objects whose bytes are no commit or tag.
    pub malformed: Vec<(Kind, ObjectId)>,
}

impl Commits {
    /// Indexes of the parents of a commit.
    pub fn parents(&self, at: usize) -> &[u32] {
        let (start, count) = self.list[at].parents;
        &self.parents[start as usize..start as usize + count as usize]
    }

    pub fn find(&self, id: ObjectId) -> Option<usize> {
        self.list.binary_search_by_key(&id, |commit| commit.id).ok()
    }
}

/// Sees the header and the message of every commit and tag. Called from all workers at the same time.
pub trait Messages: Sync {
    type Worker: Send;

    fn worker(&self) -> Self::Worker;

    /// `message` is what follows the header lines and an empty one.
    fn object(&self, worker: &mut Self::Worker, kind: Kind, id: ObjectId, header: &[u8], message: &[u8]);
}

/// Reads all commits and tags.
pub fn read<M: Messages>(
    forest: &Forest,
    workers: usize,
    limits: Limits,
    messages: &M,
    progress: &dyn Progress,
) -> (Commits, Vec<M::Worker>) {
    let kinds = Kinds::COMMITS.and(Kinds::TAGS);
    progress.stage("reading commits", forest.count(kinds));
    let parts = walk(forest, &Options { kinds, workers, limits }, &Collector { forest, messages }, progress);
    let (mut all, mut raw, mut theirs) = (Commits::default(), Vec::new(), Vec::new());
    let mut parents = Vec::new();
    for part in parts {
        let shift = parents.len() as u32;
        parents.extend(part.parents);
        raw.extend(
            part.commits
                .into_iter()
                .map(|commit| Raw { parents: (commit.parents.0 + shift, commit.parents.1), ..commit }),
        );
        all.missing.extend(part.missing);
        all.tags.extend(part.tags);
        all.unread.extend(part.unread);
        all.malformed.extend(part.malformed);
        theirs.push(part.theirs);
    }
    raw.sort_unstable_by_key(|commit| commit.id);
    all.tags.sort_unstable_by_key(|tag| tag.id);
    let mut index = vec![NONE; forest.nodes() as usize];
    (0..).zip(&raw).for_each(|(at, commit)| index[commit.node as usize] = at);
    for commit in raw {
        let start = all.parents.len() as u32;
        let named = parents[commit.parents.0 as usize..][..commit.parents.1 as usize].iter();
        // One that is there and could not be read has been told.
        all.parents.extend(named.map(|&node| index[node as usize]).filter(|&at| at != NONE));
        let parents = (start, all.parents.len() as u32 - start);
        all.list.push(Commit { id: commit.id, tree: commit.tree, parents, time: commit.time });
    }
    all.missing.sort_unstable();
    all.missing.dedup();
    (all, theirs)
}

struct Collector<'a, M> {
    forest: &'a Forest,
    messages: &'a M,
}

struct Part<W> {
    commits: Vec<Raw>,
    /// Nodes of the parents of all commits.
    parents: Vec<u32>,
    missing: Vec<ObjectId>,
    tags: Vec<Tag>,
    unread: Vec<Unread>,
    malformed: Vec<(Kind, ObjectId)>,
    theirs: W,
}

/// A commit before all of them are known. There are many: what it names is kept as nodes.
struct Raw {
    id: ObjectId,
    node: u32,
    tree: u32,
    /// Place and number in [`Part::parents`].
    parents: (u32, u32),
    time: i64,
}

impl<W> Part<W> {
    fn commit(&mut self, forest: &Forest, id: ObjectId, node: u32, named: &Named) {
        let missing = &mut self.missing;
        let mut find = |id| {
            let found = forest.node(id);
            missing.extend(found.is_none().then_some(id));
            found
        };
        let start = self.parents.len() as u32;
        self.parents.extend(named.parents.iter().filter_map(|&parent| find(parent)));
        let parents = (start, self.parents.len() as u32 - start);
        let tree = find(named.tree).unwrap_or(NONE);
        self.commits.push(Raw { id, node, tree, parents, time: named.time });
    }
}

/// What a commit says.
#[derive(Debug, PartialEq, Eq)]
struct Named {
    tree: ObjectId,
    parents: Vec<ObjectId>,
    /// Committer time, seconds since 1970.
    time: i64,
}

impl<M: Messages> Visitor for Collector<'_, M> {
    type Worker = Part<M::Worker>;
    type State = ();

    fn worker(&self) -> Self::Worker {
        let theirs = self.messages.worker();
        let (commits, parents, missing, tags, unread, malformed) = Default::default();
        Part { commits, parents, missing, tags, unread, malformed, theirs }
    }

    fn object(&self, part: &mut Self::Worker, object: &Object<'_, ()>) {
        let (headers, message) = split_headers(object.bytes);
        let id = object.id();
        let read = match object.kind {
            Kind::Commit => {
                commit(id.format(), &headers).map(|named| part.commit(self.forest, id, object.node, &named))
            }
            _ => tag(id, &headers).map(|tag| part.tags.push(tag)),
        };
        if read.is_none() {
            part.malformed.push((object.kind, id));
        }
        let (header, message) = object.bytes.split_at(message);
        self.messages.object(&mut part.theirs, object.kind, id, header, message);
    }

    fn unread(&self, part: &mut Self::Worker, unread: &Unread) {
        // The others are told by the walk over trees, and by that over blobs.
        debug_assert!(self.forest.node_kind(unread.node).is_some());
        part.unread.push(unread.clone());
    }
}

/// Who wrote a commit or made a tag, and when. `None` if it cannot be read.
pub fn author(reader: &mut Reader, id: ObjectId) -> Option<Signature> {
    let (kind, bytes) = reader.read(id)?.ok()?;
    let (headers, _) = split_headers(&bytes);
    Some(signature(&headers, if kind == Kind::Tag { b"tagger" } else { b"author" }))
}

/// Name and content of each header line.
type Headers<'a> = Vec<(&'a [u8], &'a [u8])>;

/// Header lines of a commit or tag object, and where its message begins.
fn split_headers(raw: &[u8]) -> (Headers<'_>, usize) {
    let mut headers = Vec::new();
    let mut at = 0;
    while at < raw.len() && raw[at] != b'\n' {
        let end = memchr::memchr(b'\n', &raw[at..]).map_or(raw.len(), |len| at + len);
        let line = &raw[at..end];
        // Lines that begin with a space go on with the header before (signatures).
        if let Some(space) = memchr::memchr(b' ', line).filter(|&space| space > 0) {
            headers.push((&line[..space], &line[space + 1..]));
        }
        at = (end + 1).min(raw.len());
    }
    (headers, (at + 1).min(raw.len()))
}

/// The tree of a commit object.
pub fn tree_of(raw: &[u8]) -> Option<ObjectId> {
    header(&split_headers(raw).0, b"tree").and_then(ObjectId::from_hex)
}

/// Where the message of a commit or tag object begins.
pub fn message_start(raw: &[u8]) -> usize {
    split_headers(raw).1
}

fn header<'a>(headers: &Headers<'a>, key: &[u8]) -> Option<&'a [u8]> {
    headers.iter().find(|(name, _)| *name == key).map(|&(_, value)| value)
}

fn commit(format: Format, headers: &Headers) -> Option<Named> {
    let tree = header(headers, b"tree").and_then(|value| format.from_hex(value))?;
    let parents = headers.iter().filter(|(key, _)| *key == b"parent");
    let parents = parents.filter_map(|(_, value)| format.from_hex(value)).collect();
    let time = header(headers, b"committer").map_or(0, |value| when(value).0);
    Some(Named { tree, parents, time })
}

fn tag(id: ObjectId, headers: &Headers) -> Option<Tag> {
    header(headers, b"object").and_then(|value| id.format().from_hex(value)).map(|target| Tag { id, target })
}

fn signature(headers: &Headers, key: &[u8]) -> Signature {
    let Some(value) = header(headers, key) else { return Signature::default() };
    let text = String::from_utf8_lossy(value);
    let Some(close) = text.rfind('>') else { return Signature { who: text.trim().to_owned(), ..Signature::default() } };
    let (seconds, offset) = when(value);
    Signature { who: text[..=close].trim().to_owned(), date: rfc3339(seconds, offset).unwrap_or_default(), seconds }
}

/// The `seconds ±hhmm` at the end of a signature, the offset in seconds; zero for what is malformed.
fn when(signature: &[u8]) -> (i64, i32) {
    let after = memchr::memrchr(b'>', signature).map_or(&[][..], |close| &signature[close + 1..]);
    let mut words = std::str::from_utf8(after).unwrap_or_default().split_whitespace();
    let seconds = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
    (seconds, words.next().and_then(offset_seconds).unwrap_or(0))
}

fn offset_seconds(text: &str) -> Option<i32> {
    let number: i32 = text.parse().ok()?;
    (text.len() == 5).then_some((number / 100 * 60 + number % 100) * 60)
}

fn rfc3339(seconds: i64, offset: i32) -> Option<String> {
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::Offset::from_seconds(offset).ok()?);
    let zoned = jiff::Timestamp::from_second(seconds).ok()?.to_zoned(zone);
    Some(zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_are_read() {
        let text = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nparent 4b825dc642cb6eb9a060e54bf8d69288fbee4905\nauthor A U Thor <a@x> 1700000000 +0530\ncommitter C <c@x> 1700000001 -0100\ngpgsig -----BEGIN\n  body\n\nsubject\n\nbody\n";
        let raw = text.as_bytes();
        let (headers, message) = split_headers(raw);
        let read = commit(Format::Sha1, &headers).unwrap();
        assert_eq!((read.time, read.parents.len()), (1_700_000_001, 1));
        assert_eq!(&raw[message..], b"subject\n\nbody\n");
        // Ids of another length name nothing.
        assert_eq!(commit(Format::Sha256, &headers), None);
        let long = text.replace("4b825dc6", &"4b825dc6".repeat(4));
        let read = commit(Format::Sha256, &split_headers(long.as_bytes()).0).unwrap();
        assert_eq!((read.tree.to_string().len(), read.parents.len()), (64, 1));
        let by = signature(&headers, b"author");
        assert_eq!((by.who.as_str(), by.date.as_str()), ("A U Thor <a@x>", "2023-11-15T03:43:20+05:30"));
        assert_eq!(commit(Format::Sha1, &split_headers(b"author x\n\n").0), None);
        let broken = signature(&vec![(b"author", b"broken")], b"author");
        assert_eq!(broken, Signature { who: "broken".into(), ..Signature::default() });
    }
}
