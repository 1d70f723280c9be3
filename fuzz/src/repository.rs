//! Directories of objects, written as git would or a little wrong.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use keyferry::source::git::pack::{ObjectId, ObjectKind};
use sha1::{Digest, Sha1};

use crate::pack_entry::write_size;

/// The form of an object in a pack.
#[derive(Clone, Debug)]
pub enum Part {
    Whole(ObjectKind, Vec<u8>),
    /// A delta against the entry with this number, before or after.
    Offset(usize, Vec<u8>),
    Reference(ObjectId, Vec<u8>),
    /// A kind, a size and data that need not agree.
    Lie(u8, u64, Vec<u8>),
}

/// Objects that one pack holds.
pub type Parts = Vec<(ObjectId, Part)>;

/// A pack, and the rows of its index: id, offset, CRC-32.
pub struct Pack {
    pub bytes: Vec<u8>,
    pub rows: Vec<(ObjectId, u64, u32)>,
}

pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec_zlib(bytes, 1)
}

fn header(number: u8, size: u64) -> Vec<u8> {
    let mut out = vec![number << 4 | (size & 0x0f) as u8];
    if size >> 4 > 0 {
        out[0] |= 0x80;
        write_size(size >> 4, &mut out);
    }
    out
}

fn distance(mut back: u64) -> Vec<u8> {
    let mut out = vec![(back & 0x7f) as u8];
    while back > 0x7f {
        back = (back >> 7) - 1;
        out.push(0x80 | (back & 0x7f) as u8);
    }
    out.reverse();
    out
}

/// A pack of version 2 with these entries.
pub fn pack(parts: &Parts) -> Pack {
    let mut bytes = b"PACK\0\0\0\x02".to_vec();
    bytes.extend((parts.len() as u32).to_be_bytes());
    let mut rows: Vec<(ObjectId, u64, u32)> = Vec::new();
    for (id, part) in parts {
        let start = bytes.len();
        match part {
            Part::Whole(kind, data) => {
                bytes.extend(header(*kind as u8, data.len() as u64));
                bytes.extend(deflate(data));
            }
            Part::Offset(base, data) => {
                bytes.extend(header(6, data.len() as u64));
                let base = rows.get(*base).map_or(1, |row| row.1);
                bytes.extend(distance((start as u64 - base).max(1)));
                bytes.extend(deflate(data));
            }
            Part::Reference(base, data) => {
                bytes.extend(header(7, data.len() as u64));
                bytes.extend(base.as_bytes());
                bytes.extend(deflate(data));
            }
            Part::Lie(number, size, data) => {
                bytes.extend(header(number & 7, *size));
                bytes.extend(deflate(data));
            }
        }
        rows.push((*id, start as u64, crc32fast::hash(&bytes[start..])));
    }
    let sum = Sha1::digest(&bytes);
    bytes.extend(sum);
    Pack { bytes, rows }
}

impl Pack {
    /// Makes checksums true again after bytes have changed; where entries begin stays as it was.
    pub fn mend(&mut self) {
        let body = self.bytes.len().saturating_sub(20);
        let sum = Sha1::digest(&self.bytes[..body]);
        self.bytes.truncate(body);
        let mut end = body;
        for (_, start, crc) in self.rows.iter_mut().rev() {
            let entry = self
                .bytes
                .get((*start as usize).min(end)..end)
                .unwrap_or_default();
            *crc = crc32fast::hash(entry);
            end = *start as usize;
        }
        self.bytes.extend(sum);
    }

    /// The index, of version 1 or 2.
    pub fn index(&self, version: u8) -> Vec<u8> {
        let mut rows = self.rows.clone();
        rows.sort_unstable();
        let mut out = Vec::new();
        if version == 2 {
            out.extend(b"\xfftOc\0\0\0\x02");
        }
        for first in 0..=255u8 {
            let up_to = rows
                .iter()
                .filter(|(id, ..)| id.as_bytes()[0] <= first)
                .count() as u32;
            out.extend(up_to.to_be_bytes());
        }
        if version == 2 {
            rows.iter().for_each(|(id, ..)| out.extend(id.as_bytes()));
            rows.iter()
                .for_each(|(.., crc)| out.extend(crc.to_be_bytes()));
            rows.iter()
                .for_each(|(_, offset, _)| out.extend((*offset as u32).to_be_bytes()));
        } else {
            for (id, offset, _) in &rows {
                out.extend((*offset as u32).to_be_bytes());
                out.extend(id.as_bytes());
            }
        }
        out.extend(&self.bytes[self.bytes.len().saturating_sub(20)..]);
        out.resize(out.len().next_multiple_of(4), 0);
        let sum = Sha1::digest(&out);
        out.extend(sum);
        out
    }
}

/// Files of a directory of objects: names below it, and bytes.
pub type Files = Vec<(PathBuf, Vec<u8>)>;

pub fn loose_path(id: ObjectId) -> PathBuf {
    let hex = id.to_string();
    Path::new(&hex[..2]).join(&hex[2..])
}

/// Bytes of the file of a loose object.
pub fn loose(kind: ObjectKind, bytes: &[u8]) -> Vec<u8> {
    deflate(
        &[
            format!("{} {}\0", kind.name(), bytes.len()).as_bytes(),
            bytes,
        ]
        .concat(),
    )
}

/// Calls `work` with a directory that holds these files and is emptied after.
pub fn with<T>(files: &Files, work: impl FnOnce(&Path) -> T) -> T {
    thread_local!(static FOLDER: RefCell<Option<tempfile::TempDir>> = const { RefCell::new(None) });
    FOLDER.with(|folder| {
        let mut folder = folder.borrow_mut();
        let folder = folder.get_or_insert_with(|| {
            // In memory where there is such a thing: this is written thousands of times a second.
            let shared = Path::new("/dev/shm");
            let made = if shared.is_dir() {
                tempfile::tempdir_in(shared)
            } else {
                tempfile::tempdir()
            };
            let made = made.expect("a temporary folder can be made");
            std::fs::create_dir(made.path().join("pack")).expect("it can be written to");
            made
        });
        for (name, bytes) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("it is below the folder"))
                .expect("a folder can be made");
            std::fs::write(path, bytes).expect("a file can be written");
        }
        let done = work(folder.path());
        for (name, _) in files {
            let path = folder.path().join(name);
            // Two may have the same name.
            let _ = std::fs::remove_file(&path);
            if let Some(parent) = path.parent().filter(|parent| !parent.ends_with("pack")) {
                let _ = std::fs::remove_dir(parent);
            }
        }
        done
    })
}

/// A delta, and the child that it makes.
pub struct Splice {
    delta: Vec<u8>,
    pub child: Vec<u8>,
}

impl Splice {
    pub fn new() -> Self {
        Self {
            delta: Vec::new(),
            child: Vec::new(),
        }
    }

    pub fn copy(&mut self, base: &[u8], from: usize, length: usize) {
        let from = from.min(base.len());
        let length = length.min(base.len() - from).min(0xff_ffff);
        if length == 0 {
            return;
        }
        let number = from as u64 | (length as u64) << 32;
        let op = self.delta.len();
        self.delta.push(0x80);
        for (bit, byte) in number.to_le_bytes()[..7].iter().enumerate() {
            if *byte != 0 {
                self.delta[op] |= 1 << bit;
                self.delta.push(*byte);
            }
        }
        self.child.extend(&base[from..from + length]);
    }

    pub fn insert(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(127) {
            self.delta.push(part.len() as u8);
            self.delta.extend(part);
        }
        self.child.extend(bytes);
    }

    pub fn delta(&self, base: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        write_size(base.len() as u64, &mut out);
        write_size(self.child.len() as u64, &mut out);
        out.extend(&self.delta);
        out
    }
}

impl Default for Splice {
    fn default() -> Self {
        Self::new()
    }
}
