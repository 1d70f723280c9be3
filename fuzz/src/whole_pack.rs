//! A small repository of one or two packs, with their indexes or without, and some loose objects, with deltas of deltas,
//! copies, lies and circles, some of its bytes changed. See [`crate::walks`] for the assertions.

use keyferry::source::git::pack::{Limits, ObjectFormat, ObjectId, ObjectKind};

use crate::input::Input;
use crate::repository::{self, Files, Part, Parts, Splice};
use crate::walks::{self, Made};

const KINDS: [ObjectKind; 4] = [
    ObjectKind::Blob,
    ObjectKind::Tree,
    ObjectKind::Commit,
    ObjectKind::Tag,
];

/// An object whose bytes are known.
struct WrittenObject {
    id: ObjectId,
    kind: ObjectKind,
    bytes: Vec<u8>,
}

#[derive(Default)]
struct Maker {
    objects: Vec<WrittenObject>,
    lies: bool,
}

impl Maker {
    fn know(&mut self, kind: ObjectKind, bytes: Vec<u8>) -> ObjectId {
        let id = ObjectId::of(ObjectFormat::Sha1, kind, &bytes);
        self.objects.push(WrittenObject { id, kind, bytes });
        id
    }

    fn new_bytes(input: &mut Input) -> Vec<u8> {
        let times = match input.byte() {
            many @ 0xf0.. => usize::from(many),
            _ => 1,
        };
        input.some().repeat(times)
    }

    /// An id that some object has, or none.
    fn any_id(&self, input: &mut Input) -> ObjectId {
        match input.below(self.objects.len() + 1) {
            0 => ObjectId::from([input.byte(); 20]),
            at => self.objects[at - 1].id,
        }
    }

    fn splice(input: &mut Input, base: &[u8]) -> Splice {
        let mut splice = Splice::new();
        for _ in 0..1 + input.below(4) {
            if input.flag() {
                splice.insert(input.some());
            } else {
                let from = input.below(base.len() + 1);
                splice.copy(base, from, input.below(base.len() + 1));
            }
        }
        splice
    }

    fn part(&mut self, input: &mut Input, parts: &Parts) -> (ObjectId, Part) {
        let choice = input.below(8);
        if choice == 0 || self.objects.is_empty() {
            let (kind, bytes) = (KINDS[input.below(4)], Self::new_bytes(input));
            return (self.know(kind, bytes.clone()), Part::Whole(kind, bytes));
        }
        let at = input.below(self.objects.len());
        match choice {
            // Another copy of an object: whole, or as a delta on an object of the same kind.
            1 => (
                self.objects[at].id,
                Part::Whole(self.objects[at].kind, self.objects[at].bytes.clone()),
            ),
            2 => {
                let (base, child) = (
                    &self.objects[input.below(self.objects.len())],
                    &self.objects[at],
                );
                self.lies |= base.kind != child.kind;
                let mut splice = Splice::new();
                splice.insert(&child.bytes);
                (
                    child.id,
                    Part::Reference(base.id, splice.delta(&base.bytes)),
                )
            }
            3..=5 => {
                let base = &self.objects[at];
                let (kind, id, splice) = (base.kind, base.id, Self::splice(input, &base.bytes));
                let delta = splice.delta(&base.bytes);
                // By distance if it is in the same pack.
                let near = parts
                    .iter()
                    .position(|(other, _)| *other == id)
                    .filter(|_| choice < 5);
                let part = near.map_or(Part::Reference(id, delta.clone()), |near| {
                    Part::Offset(near, delta)
                });
                (self.know(kind, splice.child), part)
            }
            6 => {
                self.lies = true;
                let id = self.any_id(input);
                let part = match input.below(3) {
                    0 => Part::Offset(input.below(parts.len() + 2), input.some().to_vec()),
                    1 => Part::Reference(self.any_id(input), input.some().to_vec()),
                    _ => Part::Lie(
                        input.byte(),
                        u64::from(input.byte()) << input.below(57),
                        input.some().to_vec(),
                    ),
                };
                (id, part)
            }
            _ => {
                self.lies = true;
                let id = self.any_id(input);
                (
                    id,
                    Part::Whole(self.objects[at].kind, self.objects[at].bytes.clone()),
                )
            }
        }
    }
}

fn change(input: &mut Input, bytes: &mut Vec<u8>) {
    let at = input.below(bytes.len() + 1);
    match input.below(4) {
        0 => bytes.truncate(at),
        1 => drop(bytes.splice(at..at, input.some().iter().copied())),
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= input.byte().max(1);
            }
        }
    }
}

pub fn run(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let flags = input.byte();
    let flag = |bit: u8| flags >> bit & 1 != 0;
    let mut maker = Maker::default();
    let mut packs: Vec<Parts> = Vec::new();
    for _ in 0..1 + usize::from(flag(0)) {
        let mut parts = Parts::new();
        for _ in 0..input.below(24) {
            let part = maker.part(&mut input, &parts);
            parts.push(part);
        }
        packs.push(parts);
    }
    let mut files = Files::new();
    for _ in 0..input.below(4) {
        if let Some(object) = maker.objects.get(input.byte() as usize) {
            files.push((
                repository::loose_path(object.id),
                repository::loose(object.kind, &object.bytes),
            ));
        }
    }
    let mut packs: Vec<_> = packs.iter().map(repository::pack).collect();
    // Bytes are changed with right checksums, or so that the checksums reveal it.
    let mend = flag(1);
    let version = 1 + u8::from(!flag(2));
    if mend {
        for pack in &mut packs {
            for _ in 0..input.below(3) {
                maker.lies = true;
                change(&mut input, &mut pack.bytes);
            }
            pack.mend();
        }
    }
    for (name, pack) in ["a", "b"].iter().zip(packs) {
        files.push((format!("pack/{name}.idx").into(), pack.index(version)));
        files.push((format!("pack/{name}.pack").into(), pack.bytes));
    }
    if !mend && !files.is_empty() {
        for _ in 0..input.below(4) {
            let at = input.below(files.len());
            change(&mut input, &mut files[at].1);
        }
    }
    // A pack may have lost its index.
    let lost = ["none", "pack/a.idx", "pack/b.idx"][input.below(3)];
    files.retain(|(name, _)| !name.ends_with(lost));
    let limits = Limits {
        visit: if flag(3) { 1500 } else { 64 << 20 },
        decode: if flag(4) { 3000 } else { 64 << 20 },
        memory: if flag(5) { 0 } else { 1 << 20 },
        expansion: Limits::EXPANSION,
    };
    // Where the index is of version 1 every object is hashed, so that no lie is believed.
    let honest = !maker.lies || version == 1;
    let unwanted = if flag(6) { 1 } else { 0 };
    let made = Made {
        honest,
        workers: 1 + usize::from(flag(7)),
        limits,
        unwanted,
    };
    repository::with(&files, |objects| walks::check(objects, made));
}
