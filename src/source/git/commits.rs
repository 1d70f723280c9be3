//! Commits and annotated tags: what attribution needs of all of them, and what a report needs of a few.

use super::object_header::{self, HeaderField, HeaderLine, ObjectHeader};
use super::pack::{
    Forest, Limits, NONE, Object, ObjectId, ObjectKind, ObjectKinds, ObjectReader, Options,
    UnreadObject, Visitor, walk,
};
use crate::progress::Progress;

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
    /// Parents in packs that are known, with the index of their child: see [`Self::with_older`].
    outside: Vec<(u32, ObjectId)>,
    /// Objects that commits name and the repository lacks.
    pub missing: Vec<ObjectId>,
    /// Objects that cannot be read, with their kind and the reason.
    pub unread: Vec<UnreadObject>,
    /// Objects whose bytes are no commit or tag.
    pub malformed: Vec<(ObjectKind, ObjectId)>,
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

    /// These commits together with older ones: of each of those the id, the time, and its parents as indexes into `older`.
    /// Of them no tree is known. Also returns the index that each has now, first of the older ones, then of these.
    pub fn with_older(
        self,
        older: &[(ObjectId, i64, &[u32])],
        tags: &[Tag],
    ) -> (Self, Vec<u32>, Vec<u32>) {
        let ids = older
            .iter()
            .map(|&(id, ..)| id)
            .chain(self.list.iter().map(|commit| commit.id));
        let mut order: Vec<(ObjectId, usize)> = ids.zip(0..).collect();
        order.sort_unstable();
        let mut now = vec![0u32; order.len()];
        let (mut list, mut sources): (Vec<Commit>, Vec<usize>) = Default::default();
        for (id, source) in order {
            // What stands in both is taken from the older ones, which come first.
            if list.last().is_none_or(|last| last.id != id) {
                let time = older.get(source).map(|&(_, time, _)| time);
                let commit = Commit {
                    id,
                    tree: NONE,
                    parents: (0, 0),
                    time: time.unwrap_or_default(),
                };
                list.push(if time.is_some() {
                    commit
                } else {
                    self.list[source - older.len()]
                });
                sources.push(source);
            }
            now[source] = list.len() as u32 - 1;
        }
        let (of_older, of_these) = now.split_at(older.len());
        let mut parents = Vec::new();
        let mut strangers: Vec<Vec<u32>> = vec![Vec::new(); self.list.len()];
        let place = |id: ObjectId| {
            list.binary_search_by_key(&id, |commit| commit.id)
                .ok()
                .map(|at| at as u32)
        };
        for &(child, parent) in &self.outside {
            strangers[child as usize].extend(place(parent));
        }
        let mut placed = Vec::with_capacity(list.len());
        for &source in &sources {
            let start = parents.len() as u32;
            match older.get(source) {
                Some((.., of)) => {
                    parents.extend(of.iter().map(|&parent| of_older[parent as usize]))
                }
                None => {
                    let at = source - older.len();
                    parents.extend(
                        self.parents(at)
                            .iter()
                            .map(|&parent| of_these[parent as usize]),
                    );
                    parents.append(&mut strangers[at]);
                }
            }
            placed.push((start, parents.len() as u32 - start));
        }
        list.iter_mut()
            .zip(placed)
            .for_each(|(commit, parents)| commit.parents = parents);
        let mut all_tags = [&self.tags[..], tags].concat();
        all_tags.sort_unstable_by_key(|tag| tag.id);
        all_tags.dedup();
        let (of_older, of_these) = (of_older.to_vec(), of_these.to_vec());
        (
            Self {
                list,
                tags: all_tags,
                parents,
                outside: Vec::new(),
                ..self
            },
            of_older,
            of_these,
        )
    }
}

/// Sees the header and the message of every commit and tag. Called from all workers at the same time.
pub trait MessageVisitor: Sync {
    type Worker: Send;

    fn worker(&self) -> Self::Worker;

    fn object(&self, worker: &mut Self::Worker, kind: ObjectKind, id: ObjectId, head: ObjectHeader);
}

/// Reads all commits and tags.
pub fn collect<M: MessageVisitor>(
    forest: &Forest,
    workers: usize,
    limits: Limits,
    messages: &M,
    progress: &dyn Progress,
) -> (Commits, Vec<M::Worker>) {
    let kinds = ObjectKinds::COMMITS.and(ObjectKinds::TAGS);
    progress.stage("reading commits", forest.count(kinds));
    let each = forest.count(kinds) as usize / workers.max(1);
    let parts = walk(
        forest,
        &Options {
            kinds,
            workers,
            limits,
        },
        &Collector {
            forest,
            each,
            messages,
        },
        progress,
    );
    let (mut all, mut theirs) = (Commits::default(), Vec::new());
    let mut raw = Vec::with_capacity(parts.iter().map(|part| part.commits.len()).sum());
    let mut named = Vec::with_capacity(parts.iter().map(|part| part.named.len()).sum());
    for part in parts {
        let shift = named.len() as u32;
        raw.extend(part.commits.into_iter().map(|commit| Raw {
            named: commit.named + shift,
            ..commit
        }));
        named.extend(part.named);
        all.tags.extend(part.tags);
        all.unread.extend(part.unread);
        all.malformed.extend(part.malformed);
        theirs.push(part.theirs);
    }
    all.tags.sort_unstable_by_key(|tag| tag.id);
    // The first eight bytes of ids tell nearly all apart.
    let first = |commit: &Raw| {
        commit
            .id
            .as_bytes()
            .first_chunk()
            .map(|first| u64::from_be_bytes(*first))
    };
    let mut order: Vec<(Option<u64>, u32)> = raw.iter().map(first).zip(0..).collect();
    order.sort_unstable_by(|(a, one), (b, other)| {
        a.cmp(b)
            .then_with(|| raw[*one as usize].id.cmp(&raw[*other as usize].id))
    });
    let order = order.into_iter().map(|(_, at)| &raw[at as usize]);
    let mut index = vec![NONE; forest.nodes() as usize];
    (0..)
        .zip(order.clone())
        .for_each(|(at, commit)| index[commit.node as usize] = at);
    // All are found together: one after the other, each would wait for memory.
    let mut found = vec![None; named.len()];
    forest.find_all(&named, &mut found);
    all.list.reserve_exact(raw.len());
    for commit in order {
        let start = all.parents.len() as u32;
        let range = commit.named as usize..commit.named as usize + 1 + commit.parents as usize;
        let mut tree = NONE;
        for (place, (&id, node)) in named[range.clone()].iter().zip(&found[range]).enumerate() {
            match node {
                Some(node) if place == 0 => tree = *node,
                // One that is there and could not be read has been told.
                Some(node) => all
                    .parents
                    .extend(Some(index[*node as usize]).filter(|&at| at != NONE)),
                None if forest.scanned.contains(id) => {
                    all.outside
                        .extend((place > 0).then_some((all.list.len() as u32, id)));
                }
                None => all.missing.push(id),
            }
        }
        let parents = (start, all.parents.len() as u32 - start);
        all.list.push(Commit {
            id: commit.id,
            tree,
            parents,
            time: commit.time,
        });
    }
    all.missing.sort_unstable();
    all.missing.dedup();
    (all, theirs)
}

struct Collector<'a, M> {
    forest: &'a Forest,
    /// How many objects a worker has, about.
    each: usize,
    messages: &'a M,
}

struct Part<W> {
    commits: Vec<Raw>,
    /// Of each commit the tree, then the parents.
    named: Vec<ObjectId>,
    tags: Vec<Tag>,
    unread: Vec<UnreadObject>,
    malformed: Vec<(ObjectKind, ObjectId)>,
    lines: Vec<HeaderLine>,
    theirs: W,
}

/// A commit as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Raw {
    id: ObjectId,
    node: u32,
    /// Where what it names begins, and how many parents are among that.
    named: u32,
    parents: u32,
    time: i64,
}

impl<M: MessageVisitor> Visitor for Collector<'_, M> {
    type Worker = Part<M::Worker>;
    type State = ();

    fn worker(&self) -> Self::Worker {
        let theirs = self.messages.worker();
        // A list that grows is copied. Of each commit a tree and a parent or two are named.
        let (commits, named) = (
            Vec::with_capacity(self.each + self.each / 4),
            Vec::with_capacity(3 * self.each),
        );
        let (tags, unread, malformed, lines) = Default::default();
        Part {
            commits,
            named,
            tags,
            unread,
            malformed,
            lines,
            theirs,
        }
    }

    fn object(&self, part: &mut Self::Worker, object: &Object<'_, ()>) {
        let id = object.id();
        let head = ObjectHeader::read(object.bytes, id.format(), &mut part.lines);
        let read = match object.kind {
            ObjectKind::Commit => {
                commit(id, object.node, head, &mut part.named).map(|raw| part.commits.push(raw))
            }
            _ => tag(id, head).map(|tag| part.tags.push(tag)),
        };
        if read.is_none() {
            part.malformed.push((object.kind, id));
        }
        self.messages
            .object(&mut part.theirs, object.kind, id, head);
    }

    fn unread(&self, part: &mut Self::Worker, unread: &UnreadObject) {
        // The others are told by the walk over trees, and by that over blobs.
        debug_assert!(self.forest.node_kind(unread.node).is_some());
        part.unread.push(unread.clone());
    }
}

/// Who wrote a commit or made a tag, and when. `None` if it cannot be read.
pub fn author(reader: &mut ObjectReader, id: ObjectId) -> Option<Signature> {
    let (kind, bytes) = reader.object(id)?.ok()?;
    Some(signature(
        &bytes,
        if kind == ObjectKind::Tag {
            b"tagger"
        } else {
            b"author"
        },
    ))
}

/// The tree of a commit object.
pub fn tree_of(raw: &[u8]) -> Option<ObjectId> {
    object_header::field(raw, b"tree").and_then(ObjectId::from_hex)
}

/// Reads a commit object, and adds to `named` what it names. `None` if it names no tree.
fn commit(id: ObjectId, node: u32, head: ObjectHeader, named: &mut Vec<ObjectId>) -> Option<Raw> {
    let tree = head.lines.iter().find_map(|line| {
        if let HeaderField::Tree(id) = line.field {
            Some(id)
        } else {
            None
        }
    })?;
    let first = named.len() as u32;
    named.push(tree);
    named.extend(head.lines.iter().filter_map(|line| {
        if let HeaderField::Parent(id) = line.field {
            Some(id)
        } else {
            None
        }
    }));
    let committer = head
        .lines
        .iter()
        .find_map(|line| head.raw[line.range.clone()].strip_prefix(b"committer "));
    let time = committer.map_or(0, |value| when(value).0);
    Some(Raw {
        id,
        node,
        named: first,
        parents: named.len() as u32 - first - 1,
        time,
    })
}

fn tag(id: ObjectId, head: ObjectHeader) -> Option<Tag> {
    let target = head.lines.iter().find_map(|line| {
        if let HeaderField::Object(id) = line.field {
            Some(id)
        } else {
            None
        }
    });
    target.map(|target| Tag { id, target })
}

fn signature(raw: &[u8], key: &[u8]) -> Signature {
    let Some(value) = object_header::field(raw, key) else {
        return Signature::default();
    };
    let text = String::from_utf8_lossy(value);
    let Some(close) = text.rfind('>') else {
        return Signature {
            who: text.trim().to_owned(),
            ..Signature::default()
        };
    };
    let (seconds, offset) = when(value);
    Signature {
        who: text[..=close].trim().to_owned(),
        date: rfc3339(seconds, offset).unwrap_or_default(),
        seconds,
    }
}

/// The `seconds ±hhmm` at the end of a signature, the offset in seconds; zero for what is malformed.
fn when(signature: &[u8]) -> (i64, i32) {
    let after = memchr::memrchr(b'>', signature).map_or(&[][..], |close| &signature[close + 1..]);
    let mut words = std::str::from_utf8(after)
        .unwrap_or_default()
        .split_whitespace();
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
        let (id, long_id) = (ObjectId::from([0; 20]), ObjectId::from([0; 32]));
        let mut named = vec![id];
        let commit = |id: ObjectId, node, raw: &[u8], named: &mut Vec<ObjectId>| {
            commit(
                id,
                node,
                ObjectHeader::read(raw, id.format(), &mut Vec::new()),
                named,
            )
        };
        let read = commit(id, 7, raw, &mut named).unwrap();
        assert_eq!(
            read,
            Raw {
                id,
                node: 7,
                named: 1,
                parents: 1,
                time: 1_700_000_001
            }
        );
        assert_eq!(
            named[2].to_string(),
            "4b825dc642cb6eb9a060e54bf8d69288fbee4905"
        );
        assert_eq!(
            &raw[object_header::message_start(raw)..],
            b"subject\n\nbody\n"
        );
        let by = signature(raw, b"author");
        assert_eq!(
            (by.who.as_str(), by.date.as_str()),
            ("A U Thor <a@x>", "2023-11-15T03:43:20+05:30")
        );
        // Ids of another length name nothing.
        assert_eq!(commit(long_id, 7, raw, &mut named), None);
        let long = text.replace("4b825dc6", &"4b825dc6".repeat(4));
        let read = commit(long_id, 7, long.as_bytes(), &mut named).unwrap();
        assert_eq!(
            (
                named.len(),
                read.named,
                read.parents,
                named[3].to_string().len()
            ),
            (5, 3, 1, 64)
        );
        assert_eq!(commit(id, 7, b"author x\n\n", &mut named), None);
        let broken = signature(b"author broken\n", b"author");
        assert_eq!(
            broken,
            Signature {
                who: "broken".into(),
                ..Signature::default()
            }
        );
    }
}
