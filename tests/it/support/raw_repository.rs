//! A builder of repositories that git would not write: objects under any id, deltas of any content, packs of any
//! entries. It uses no code of the program.

use std::fs;
use std::path::{Path, PathBuf};

use sha1::{Digest as _, Sha1};
use sha2::Sha256;

/// The hash function of a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdHash {
    Sha1,
    Sha256,
}

impl IdHash {
    fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            IdHash::Sha1 => Sha1::digest(bytes).to_vec(),
            IdHash::Sha256 => Sha256::digest(bytes).to_vec(),
        }
    }

    /// The true id of an object.
    pub fn id(self, kind: Kind, bytes: &[u8]) -> Id {
        let header = format!("{} {}\0", kind.name(), bytes.len());
        self.truncated(&self.digest(&[header.as_bytes(), bytes].concat()))
    }

    /// A made-up id.
    pub fn made_up(self, number: u64) -> Id {
        self.truncated(&self.digest(&number.to_be_bytes()))
    }

    fn truncated(self, digest: &[u8]) -> Id {
        let mut bytes = [0; 32];
        bytes[..digest.len()].copy_from_slice(digest);
        Id { bytes, hash: self }
    }
}

/// An object id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id {
    bytes: [u8; 32],
    hash: IdHash,
}

impl Id {
    /// The true id of an object, of SHA-1.
    pub fn of(kind: Kind, bytes: &[u8]) -> Self {
        IdHash::Sha1.id(kind, bytes)
    }

    /// A made-up id of SHA-1.
    pub fn made_up(number: u64) -> Self {
        IdHash::Sha1.made_up(number)
    }

    pub fn bytes(&self) -> &[u8] {
        match self.hash {
            IdHash::Sha1 => &self.bytes[..20],
            IdHash::Sha256 => &self.bytes,
        }
    }

    pub fn hex(&self) -> String {
        self.bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// The kinds of objects, with their numbers in packs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Commit = 1,
    Tree = 2,
    Blob = 3,
    Tag = 4,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Commit => "commit",
            Kind::Tree => "tree",
            Kind::Blob => "blob",
            Kind::Tag => "tag",
        }
    }
}

/// An entry of a pack. The index gives it the id, whatever its content is.
pub struct Entry {
    pub id: Id,
    pub body: Body,
    /// The size in the header, if it is not the true one.
    pub claimed_size: Option<u64>,
}

/// The content of an entry.
pub enum Body {
    Whole(Kind, Vec<u8>),
    /// A delta against the entry with this number, which comes before it.
    Offset(usize, Vec<u8>),
    /// A delta against the object with this id.
    Reference(Id, Vec<u8>),
}

impl Entry {
    /// A whole object under its true id.
    pub fn whole(kind: Kind, bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::of(Id::of(kind, &bytes), Body::Whole(kind, bytes))
    }

    pub fn of(id: Id, body: Body) -> Self {
        Self {
            id,
            body,
            claimed_size: None,
        }
    }
}

/// A delta: the sizes of base and result, then instructions.
pub struct Delta(Vec<u8>);

impl Delta {
    pub fn new(base: usize, result: usize) -> Self {
        let mut out = Vec::new();
        for mut size in [base, result] {
            loop {
                let more = size > 0x7f;
                out.push((size & 0x7f) as u8 | if more { 0x80 } else { 0 });
                size >>= 7;
                if !more {
                    break;
                }
            }
        }
        Self(out)
    }

    /// Copies a range of the base. A copy of more than 16 MiB becomes several instructions.
    pub fn copy(mut self, offset: usize, length: usize) -> Self {
        const LARGEST: usize = 0xff_ffff;
        let mut done = 0;
        while done < length {
            let (at, part) = (offset + done, LARGEST.min(length - done));
            self.0.push(0xff);
            self.0.extend(&(at as u32).to_le_bytes());
            self.0.extend(&(part as u32).to_le_bytes()[..3]);
            done += part;
        }
        self
    }

    /// Inserts bytes.
    pub fn insert(mut self, bytes: &[u8]) -> Self {
        for part in bytes.chunks(127) {
            self.0.push(part.len() as u8);
            self.0.extend(part);
        }
        self
    }

    pub fn bytes(self) -> Vec<u8> {
        self.0
    }
}

/// The bytes of a tree. The entries are written in the given order.
pub fn tree(entries: &[(&str, &str, Id)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (mode, name, id) in entries {
        out.extend(format!("{mode} {name}\0").bytes());
        out.extend(id.bytes());
    }
    out
}

/// The bytes of a commit at a time in seconds since 1970.
pub fn commit(tree: Id, parents: &[Id], time: u64, message: &str) -> Vec<u8> {
    let mut out = format!("tree {}\n", tree.hex());
    for parent in parents {
        out.push_str(&format!("parent {}\n", parent.hex()));
    }
    let who = format!("A <a@example.com> {time} +0000");
    out.push_str(&format!("author {who}\ncommitter {who}\n\n{message}\n"));
    out.into_bytes()
}

/// A repository, given by its git directory.
pub struct RawRepository {
    pub git: PathBuf,
    pub hash: IdHash,
}

impl RawRepository {
    /// A bare repository at `path`.
    pub fn bare(path: &Path) -> Self {
        Self::create(path, "bare = true")
    }

    /// A bare repository at `path` whose ids have this hash.
    pub fn bare_with(path: &Path, hash: IdHash) -> Self {
        let repository = Self::bare(path);
        if hash == IdHash::Sha256 {
            let config = "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectFormat = sha256\n";
            repository.file("config", config);
        }
        Self { hash, ..repository }
    }

    /// A repository with a working tree at `path`.
    pub fn with_worktree(path: &Path) -> Self {
        Self::create(&path.join(".git"), "bare = false")
    }

    fn create(git: &Path, core: &str) -> Self {
        for folder in ["objects/info", "objects/pack", "refs/heads", "refs/tags"] {
            fs::create_dir_all(git.join(folder)).unwrap();
        }
        fs::write(git.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        let config = format!("[core]\n\trepositoryformatversion = 0\n\t{core}\n");
        fs::write(git.join("config"), config).unwrap();
        Self {
            git: git.to_owned(),
            hash: IdHash::Sha1,
        }
    }

    /// Writes a file of the git directory.
    pub fn file(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.git.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// Makes a ref point to an object.
    pub fn reference(&self, name: &str, id: Id) -> &Self {
        self.file(name, format!("{}\n", id.hex()))
    }

    /// Writes a loose object under its true id.
    pub fn loose(&self, kind: Kind, bytes: &[u8]) -> Id {
        let id = self.hash.id(kind, bytes);
        self.loose_as(id, kind, bytes);
        id
    }

    /// Writes a loose object under any id.
    pub fn loose_as(&self, id: Id, kind: Kind, bytes: &[u8]) -> &Self {
        let mut content = format!("{} {}\0", kind.name(), bytes.len()).into_bytes();
        content.extend(bytes);
        let (folder, name) = (&id.hex()[..2], &id.hex()[2..]);
        self.file(&format!("objects/{folder}/{name}"), deflate(&content))
    }

    /// Writes a pack of these entries, in order, and its index.
    pub fn pack(&self, name: &str, entries: &[Entry]) -> &Self {
        let mut pack = b"PACK\0\0\0\x02".to_vec();
        pack.extend((entries.len() as u32).to_be_bytes());
        let (mut starts, mut rows) = (Vec::new(), Vec::new());
        for entry in entries {
            let start = pack.len();
            let (number, stream) = match &entry.body {
                Body::Whole(kind, bytes) => (*kind as u8, bytes),
                Body::Offset(_, delta) => (6, delta),
                Body::Reference(_, delta) => (7, delta),
            };
            let size = entry.claimed_size.unwrap_or(stream.len() as u64);
            pack.extend(entry_header(number, size));
            match &entry.body {
                Body::Whole(..) => {}
                Body::Offset(base, _) => pack.extend(distance((start - starts[*base]) as u64)),
                Body::Reference(base, _) => pack.extend(base.bytes()),
            }
            pack.extend(deflate(stream));
            starts.push(start);
            rows.push((entry.id, start, crc32fast::hash(&pack[start..])));
        }
        let sum = self.hash.digest(&pack);
        pack.extend(&sum);
        rows.sort_unstable();
        self.file(&format!("objects/pack/{name}.pack"), &pack);
        self.file(
            &format!("objects/pack/{name}.idx"),
            index(&rows, &sum, self.hash),
        )
    }
}

/// Type and size of an entry, as packs write them.
fn entry_header(kind: u8, size: u64) -> Vec<u8> {
    let mut byte = kind << 4 | (size & 0xf) as u8;
    let mut rest = size >> 4;
    let mut out = Vec::new();
    while rest > 0 {
        out.push(byte | 0x80);
        byte = (rest & 0x7f) as u8;
        rest >>= 7;
    }
    out.push(byte);
    out
}

/// The distance to the base of a delta, as packs write it.
fn distance(mut distance: u64) -> Vec<u8> {
    let mut out = vec![(distance & 0x7f) as u8];
    while distance > 0x7f {
        distance = (distance >> 7) - 1;
        out.insert(0, 0x80 | (distance & 0x7f) as u8);
    }
    out
}

/// An index of version 2. The rows are sorted.
fn index(rows: &[(Id, usize, u32)], pack_sum: &[u8], hash: IdHash) -> Vec<u8> {
    let mut out = b"\xfftOc\0\0\0\x02".to_vec();
    for first in 0..=255u8 {
        let count = rows.partition_point(|(id, ..)| id.bytes()[0] <= first);
        out.extend((count as u32).to_be_bytes());
    }
    rows.iter().for_each(|(id, ..)| out.extend(id.bytes()));
    rows.iter()
        .for_each(|(.., crc)| out.extend(crc.to_be_bytes()));
    rows.iter()
        .for_each(|(_, start, _)| out.extend((*start as u32).to_be_bytes()));
    out.extend(pack_sum);
    let sum = hash.digest(&out);
    out.extend(sum);
    out
}

/// A zlib stream.
pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec_zlib(bytes, 6)
}

mod tests {
    use super::*;
    use crate::support::test_env::TestEnv;

    #[test]
    fn git_reads_what_the_builder_writes() {
        let env = TestEnv::new();
        let repository = RawRepository::bare(&env.path("raw.git"));
        let base = b"one\ntwo\n".repeat(40);
        let delta = Delta::new(base.len(), base.len() + 300)
            .copy(0, base.len())
            .insert(&[b'x'; 300]);
        let result = [base.clone(), vec![b'x'; 300]].concat();
        let (one, two) = (Id::of(Kind::Blob, &base), Id::of(Kind::Blob, &result));
        repository.pack(
            "pack-1",
            &[
                Entry::whole(Kind::Blob, base),
                Entry::of(two, Body::Offset(0, delta.bytes())),
                // Its content has another id, which git does not check when it reads a pack.
                Entry::of(
                    Id::made_up(1),
                    Body::Reference(one, Delta::new(320, 8).copy(0, 8).bytes()),
                ),
            ],
        );
        let tree = repository.loose(
            Kind::Tree,
            &tree(&[("100644", "a", one), ("100644", "b", two)]),
        );
        let head = repository.loose(Kind::Commit, &commit(tree, &[], 1_700_000_000, "first"));
        repository.reference("refs/heads/main", head);
        env.git(&repository.git, &["rev-list", "--objects", "--all"]);
        let tag = format!(
            "object {}\ntype commit\ntag t\ntagger A <a@example.com> 1 +0000\n\nm\n",
            head.hex()
        );
        let tag = repository.loose(Kind::Tag, tag.as_bytes());
        repository.reference("refs/tags/t", tag);
        assert_eq!(
            env.git(&repository.git, &["cat-file", "-p", &Id::made_up(1).hex()]),
            "one\ntwo"
        );
        assert!(
            RawRepository::with_worktree(&env.path("tree"))
                .git
                .ends_with(".git")
        );
        let shown = env.git(&repository.git, &["show", "main:b"]);
        assert_eq!(shown.trim_end().as_bytes(), result.trim_ascii_end());
    }
}
