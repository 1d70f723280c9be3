//! Ids and kinds of objects. Only this file knows the lengths of ids.

use std::fmt;
use std::hash::{Hash, Hasher};

/// The hash function by which a repository names its objects (git-config(1), "extensions.objectFormat").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectFormat {
    /// SHA-1, with ids of 20 bytes.
    #[default]
    Sha1,
    /// SHA-256, with ids of 32 bytes.
    Sha256,
}

impl ObjectFormat {
    /// The length in bytes of an id, and of the checksums at the ends of packs and indexes.
    #[inline]
    pub const fn length(self) -> usize {
        match self {
            ObjectFormat::Sha1 => 20,
            ObjectFormat::Sha256 => 32,
        }
    }

    /// The name of the hash function: `SHA-1` or `SHA-256`.
    pub fn name(self) -> &'static str {
        match self {
            ObjectFormat::Sha1 => "SHA-1",
            ObjectFormat::Sha256 => "SHA-256",
        }
    }

    /// The other format.
    pub const fn other(self) -> Self {
        match self {
            ObjectFormat::Sha1 => ObjectFormat::Sha256,
            ObjectFormat::Sha256 => ObjectFormat::Sha1,
        }
    }

    /// The id at the start of `bytes`; `None` if there are too few.
    #[inline]
    pub fn first(self, bytes: &[u8]) -> Option<ObjectId> {
        match self {
            ObjectFormat::Sha1 => bytes.first_chunk::<20>().map(|id| ObjectId::from(*id)),
            ObjectFormat::Sha256 => bytes.first_chunk::<32>().map(|id| ObjectId::from(*id)),
        }
    }

    /// Like [`ObjectId::from_hex`], for ids of this format only.
    pub fn from_hex(self, hex: &[u8]) -> Option<ObjectId> {
        ObjectId::from_hex(hex).filter(|id| id.format == self)
    }

    /// The hash of all parts, one after another.
    pub(super) fn hash(self, parts: &[&[u8]]) -> ObjectId {
        match self {
            ObjectFormat::Sha1 => ObjectId::from(<[u8; 20]>::from(digest::<sha1::Sha1>(parts))),
            ObjectFormat::Sha256 => ObjectId::from(<[u8; 32]>::from(digest::<sha2::Sha256>(parts))),
        }
    }
}

fn digest<D: sha1::Digest>(parts: &[&[u8]]) -> sha1::digest::Output<D> {
    let mut hasher = D::new();
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize()
}

/// The id of an object: the hash of its header and bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ObjectId {
    /// Zero beyond the length of the format.
    bytes: [u8; 32],
    format: ObjectFormat,
}

impl From<[u8; 20]> for ObjectId {
    fn from(id: [u8; 20]) -> Self {
        let mut bytes = [0; 32];
        bytes[..20].copy_from_slice(&id);
        Self {
            bytes,
            format: ObjectFormat::Sha1,
        }
    }
}

impl From<[u8; 32]> for ObjectId {
    fn from(bytes: [u8; 32]) -> Self {
        Self {
            bytes,
            format: ObjectFormat::Sha256,
        }
    }
}

/// The value of each byte as a hexadecimal digit; 255 for other bytes.
const DIGITS: [u8; 256] = {
    let mut digits = [u8::MAX; 256];
    let mut value = 0;
    while value < 16 {
        digits[b"0123456789abcdef"[value] as usize] = value as u8;
        digits[b"0123456789ABCDEF"[value] as usize] = value as u8;
        value += 1;
    }
    digits
};

impl ObjectId {
    /// Parses 40 or 64 hexadecimal digits in lower or upper case.
    pub fn from_hex(hex: &[u8]) -> Option<Self> {
        let format = [ObjectFormat::Sha1, ObjectFormat::Sha256]
            .into_iter()
            .find(|format| hex.len() == 2 * format.length())?;
        let (mut bytes, mut all) = ([0; 32], 0);
        for (byte, [high, low]) in bytes.iter_mut().zip(hex.as_chunks().0) {
            let (high, low) = (DIGITS[usize::from(*high)], DIGITS[usize::from(*low)]);
            all |= high | low;
            *byte = high << 4 | low;
        }
        (all < 16).then_some(Self { bytes, format })
    }

    /// The id of an object with this kind and these bytes.
    pub fn of(format: ObjectFormat, kind: ObjectKind, bytes: &[u8]) -> Self {
        format.hash(&[
            format!("{} {}\0", kind.name(), bytes.len()).as_bytes(),
            bytes,
        ])
    }

    /// The format of the id.
    #[inline]
    pub fn format(&self) -> ObjectFormat {
        self.format
    }

    /// The bytes of the id, 20 or 32.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.format.length()]
    }

    /// The first bytes, as many as asked for.
    #[inline]
    pub(super) fn chunk<const N: usize>(&self) -> &[u8; N] {
        self.bytes.first_chunk().expect("no id is longer")
    }
}

impl Ord for ObjectId {
    /// Orders ids by their bytes. Nearly all ids differ in the first few bytes, which are compared
    /// without a call.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let first = |id: &Self| u64::from_be_bytes(*id.chunk());
        first(self)
            .cmp(&first(other))
            .then_with(|| (self.bytes, self.format).cmp(&(other.bytes, other.format)))
    }
}

impl PartialOrd for ObjectId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for ObjectId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes()
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The kind of an object. The numbers are those of pack entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ObjectKind {
    /// A commit.
    Commit = 1,
    /// A tree: the entries of one folder.
    Tree = 2,
    /// A blob: the bytes of a file.
    Blob = 3,
    /// An annotated tag.
    Tag = 4,
}

impl ObjectKind {
    /// The name in the headers of objects, such as `blob`.
    pub fn name(self) -> &'static str {
        match self {
            ObjectKind::Commit => "commit",
            ObjectKind::Tree => "tree",
            ObjectKind::Blob => "blob",
            ObjectKind::Tag => "tag",
        }
    }

    /// The kind with this name.
    pub(super) fn from_name(name: &[u8]) -> Option<Self> {
        [
            ObjectKind::Commit,
            ObjectKind::Tree,
            ObjectKind::Blob,
            ObjectKind::Tag,
        ]
        .into_iter()
        .find(|kind| kind.name().as_bytes() == name)
    }

    /// The kind with this number in a pack entry.
    pub(super) fn from_number(number: u8) -> Option<Self> {
        [
            ObjectKind::Commit,
            ObjectKind::Tree,
            ObjectKind::Blob,
            ObjectKind::Tag,
        ]
        .into_iter()
        .find(|kind| *kind as u8 == number)
    }
}

/// A set of kinds, for a walk over some of the objects. A delta has the kind of its base, so an
/// object that is left out is not inflated either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectKinds(u8);

impl ObjectKinds {
    /// Commits alone.
    pub const COMMITS: ObjectKinds = ObjectKinds(1 << ObjectKind::Commit as u8);
    /// Trees alone.
    pub const TREES: ObjectKinds = ObjectKinds(1 << ObjectKind::Tree as u8);
    /// Blobs alone.
    pub const BLOBS: ObjectKinds = ObjectKinds(1 << ObjectKind::Blob as u8);
    /// Tags alone.
    pub const TAGS: ObjectKinds = ObjectKinds(1 << ObjectKind::Tag as u8);
    /// Objects of unknown kind, because their base is missing or broken. Exactly one of several
    /// walks must include them, so that they are reported once.
    pub const UNKNOWN: ObjectKinds = ObjectKinds(1);
    /// All objects, those of unknown kind included.
    pub const ALL: ObjectKinds = ObjectKinds(1 | 2 | 4 | 8 | 16);

    /// The union of two sets.
    pub const fn and(self, other: ObjectKinds) -> ObjectKinds {
        ObjectKinds(self.0 | other.0)
    }

    /// True if the set holds the kind; `None` is the unknown kind.
    pub fn contains(self, kind: Option<ObjectKind>) -> bool {
        self.0 & 1 << kind.map_or(0, |kind| kind as u8) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_git() {
        for (format, hex) in [
            (
                ObjectFormat::Sha1,
                "ce013625030ba8dba906f756967f9e9ca394464a",
            ),
            (
                ObjectFormat::Sha256,
                "2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4",
            ),
        ] {
            let id = ObjectId::of(format, ObjectKind::Blob, b"hello\n");
            assert_eq!(
                (id.to_string().as_str(), id.format(), id.as_bytes().len()),
                (hex, format, format.length())
            );
            assert_eq!(ObjectId::from_hex(hex.to_uppercase().as_bytes()), Some(id));
            assert_eq!(
                (
                    format.from_hex(hex.as_bytes()),
                    format.other().from_hex(hex.as_bytes())
                ),
                (Some(id), None)
            );
            assert_eq!(format.first(&[id.as_bytes(), b"more"].concat()), Some(id));
            assert_eq!(format.first(&id.as_bytes()[1..]), None);
            assert_eq!(ObjectId::from_hex("g".repeat(hex.len()).as_bytes()), None);
            // In the order of bytes, as in an index.
            let mut next = id.as_bytes().to_vec();
            *next.last_mut().unwrap() += 1;
            assert!(format.first(&next).unwrap() > id);
        }
        assert_eq!(ObjectId::from_hex(b"zz"), None);
        assert_ne!(ObjectId::from([0; 20]), ObjectId::from([0; 32]));
    }

    #[test]
    fn sets_hold_their_kinds() {
        let both = ObjectKinds::COMMITS.and(ObjectKinds::TAGS);
        assert!(
            both.contains(Some(ObjectKind::Tag))
                && !both.contains(Some(ObjectKind::Blob))
                && !both.contains(None)
        );
        assert!(ObjectKinds::ALL.contains(None) && ObjectKinds::UNKNOWN.contains(None));
    }
}
