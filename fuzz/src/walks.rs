//! The assertions about the walks over any repository.

use std::collections::BTreeMap;
use std::path::Path;

use keyferry::progress::NoProgress;
use keyferry::source::git::pack::{
    Flaw, Forest, Limits, NodeIndex, Object, ObjectError, ObjectFormat, ObjectId, ObjectKind,
    ObjectKinds, ObjectReader, Options, UnreadObject, Visitor, walk,
};

/// The known properties of a generated repository.
#[derive(Clone, Copy, Debug)]
pub struct Made {
    /// True if ids are the hashes of the bytes, or checksums reveal that they are not.
    pub honest: bool,
    pub workers: usize,
    pub limits: Limits,
    /// The visitor wants objects whose first byte of the id has none of these bits.
    pub unwanted: u8,
}

struct Watcher {
    made: Made,
    forest: Forest,
}

#[derive(Default)]
struct Seen {
    shown: Vec<(ObjectId, ObjectKind, Vec<u8>)>,
    unread: Vec<UnreadObject>,
}

impl Visitor for &Watcher {
    type Worker = Seen;
    type State = (NodeIndex, usize);

    fn worker(&self) -> Seen {
        Seen::default()
    }

    fn wants(&self, node: NodeIndex, _: ObjectKind) -> bool {
        self.forest.id(node).as_bytes()[0] & self.made.unwanted == 0
    }

    fn object(
        &self,
        seen: &mut Seen,
        object: &Object<'_, (NodeIndex, usize)>,
    ) -> (NodeIndex, usize) {
        let id = object.id();
        assert!(self.wants(object.node, object.kind));
        assert!(object.bytes.len() as u64 <= self.made.limits.visit.min(self.made.limits.decode));
        if self.made.honest {
            assert_eq!(
                ObjectId::of(ObjectFormat::Sha1, object.kind, object.bytes),
                id,
                "the bytes have another id"
            );
        }
        if let Some(base) = &object.base {
            assert_eq!(*base.state, (base.node, base.bytes.len()));
            let mut end = 0;
            for step in base.changes {
                assert_eq!(step.made().start, end);
                end = step.made().end;
                if let Some(taken) = step.taken() {
                    assert_eq!(object.bytes[step.made()], base.bytes[taken]);
                }
            }
            assert_eq!(end, object.bytes.len());
        }
        seen.shown.push((id, object.kind, object.bytes.to_vec()));
        (object.node, object.bytes.len())
    }

    fn unread(&self, seen: &mut Seen, unread: &UnreadObject) {
        assert_eq!(self.forest.id(unread.node), unread.id);
        seen.unread.push(unread.clone());
    }
}

impl Watcher {
    fn see(&self, kinds: ObjectKinds) -> Seen {
        let options = Options {
            kinds,
            workers: self.made.workers,
            limits: self.made.limits,
        };
        let mut all = Seen::default();
        for part in walk(&self.forest, &options, &self, &NoProgress) {
            assert!(
                part.shown
                    .iter()
                    .all(|(_, kind, _)| kinds.contains(Some(*kind)))
            );
            assert!(part.unread.iter().all(|unread| kinds.contains(unread.kind)));
            all.shown.extend(part.shown);
            all.unread.extend(part.unread);
        }
        all
    }

    /// Every content of a wanted object is shown or reported exactly once.
    fn complete<'a>(&self, walks: impl Iterator<Item = &'a Seen> + Clone) {
        let mut counts: BTreeMap<ObjectId, usize> =
            self.forest.objects().map(|(id, _)| (id, 0)).collect();
        let shown = walks
            .clone()
            .flat_map(|seen| seen.shown.iter().map(|(id, ..)| *id));
        // An object with a wrong id is reported and shown.
        let unread = walks
            .flat_map(|seen| &seen.unread)
            .filter(|unread| unread.why != ObjectError::WrongId)
            .map(|unread| unread.id);
        for id in shown.chain(unread) {
            *counts.get_mut(&id).expect("it is one of the repository") += 1;
        }
        let mut contents: BTreeMap<ObjectId, usize> = BTreeMap::new();
        for &(variant, main) in self.forest.variants() {
            assert_eq!(self.forest.id(variant), self.forest.id(main));
            *contents.entry(self.forest.id(main)).or_default() += 1;
        }
        for (id, count) in counts {
            let contents = 1 + contents.get(&id).copied().unwrap_or_default();
            let unwanted = id.as_bytes()[0] & self.made.unwanted != 0;
            assert!(
                count == contents || (count == 0 && unwanted),
                "{id} {:?} {count} times",
                self.forest.kind(id)
            );
        }
    }
}

/// Walks over everything at once, and kind by kind as a scan does; then reads every object for itself.
pub fn check(objects: &Path, made: Made) {
    let opened: Result<Forest, Flaw> = Forest::open(objects, ObjectFormat::Sha1, made.workers);
    let watcher = Watcher {
        made,
        forest: opened.expect("there are few objects"),
    };
    let all = watcher.see(ObjectKinds::ALL);
    watcher.complete([&all].into_iter());
    let kinds = [
        ObjectKinds::COMMITS.and(ObjectKinds::TAGS),
        ObjectKinds::TREES,
        ObjectKinds::BLOBS.and(ObjectKinds::UNKNOWN),
    ];
    let apart = kinds.map(|kinds| watcher.see(kinds));
    watcher.complete(apart.iter());

    let mut reader = ObjectReader::new(&watcher.forest, made.limits.decode);
    for (id, kind, bytes) in &all.shown {
        let read = reader.object(*id).expect("it is there");
        if made.honest {
            assert_eq!(read, Ok((*kind, bytes.clone())));
        }
    }
    for unread in &all.unread {
        let read = reader.object(unread.id).expect("it is there");
        if made.honest && !unread.why.is_limit() && unread.why != ObjectError::WrongId {
            assert!(read.is_err(), "{unread:?}");
        }
    }
}
