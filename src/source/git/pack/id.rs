//! Ids and kinds of objects. The width of an id is told here alone.

use std::fmt;

/// The id of an object: SHA-1 of its header and bytes. SHA-256 repositories are refused where an index is opened.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ObjectId(pub [u8; ObjectId::LEN]);

impl ObjectId {
    /// Bytes of an id.
    pub const LEN: usize = 20;
    /// Bytes of the ids that this program cannot read yet, to name them in errors.
    pub(super) const LEN_SHA256: usize = 32;

    /// `None` unless `bytes` has exactly the length of an id.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Reads lower or upper case hexadecimal digits.
    pub fn from_hex(hex: &[u8]) -> Option<Self> {
        if hex.len() != 2 * Self::LEN {
            return None;
        }
        let mut id = [0; Self::LEN];
        for (byte, pair) in id.iter_mut().zip(hex.chunks_exact(2)) {
            let digit = |c: u8| char::from(c).to_digit(16);
            *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
        }
        Some(Self(id))
    }

    /// The id of an object of this kind with these bytes.
    pub fn of(kind: Kind, bytes: &[u8]) -> Self {
        use sha1::{Digest, Sha1};
        let mut hasher = Sha1::new();
        hasher.update(format!("{} {}\0", kind.name(), bytes.len()).as_bytes());
        hasher.update(bytes);
        Self(hasher.finalize().into())
    }
}

impl Ord for ObjectId {
    /// By bytes. Nearly all ids differ in the first few: no call is made to compare these.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let first = |id: &Self| u64::from_be_bytes(*id.0.first_chunk().expect("an id is longer"));
        first(self).cmp(&first(other)).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for ObjectId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<git2::Oid> for ObjectId {
    fn from(id: git2::Oid) -> Self {
        let mut bytes = [0; Self::LEN];
        bytes.copy_from_slice(&id.as_bytes()[..Self::LEN]);
        Self(bytes)
    }
}

impl From<ObjectId> for git2::Oid {
    fn from(id: ObjectId) -> Self {
        git2::Oid::from_bytes(&id.0).expect("an id has the width of an id")
    }
}

/// What an object is. The numbers are those of pack entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    Commit = 1,
    Tree = 2,
    Blob = 3,
    Tag = 4,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Commit => "commit",
            Kind::Tree => "tree",
            Kind::Blob => "blob",
            Kind::Tag => "tag",
        }
    }

    pub(super) fn from_name(name: &[u8]) -> Option<Self> {
        [Kind::Commit, Kind::Tree, Kind::Blob, Kind::Tag].into_iter().find(|kind| kind.name().as_bytes() == name)
    }

    pub(super) fn from_number(number: u8) -> Option<Self> {
        [Kind::Commit, Kind::Tree, Kind::Blob, Kind::Tag].into_iter().find(|kind| *kind as u8 == number)
    }
}

/// A set of kinds, for a walk over some of the objects. A delta has the kind of its base, so what is left out is not
/// inflated either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kinds(u8);

impl Kinds {
    pub const COMMITS: Kinds = Kinds(1 << Kind::Commit as u8);
    pub const TREES: Kinds = Kinds(1 << Kind::Tree as u8);
    pub const BLOBS: Kinds = Kinds(1 << Kind::Blob as u8);
    pub const TAGS: Kinds = Kinds(1 << Kind::Tag as u8);
    /// Objects whose kind nobody can tell, because their base is missing or broken. They are told once if exactly one of
    /// several walks asks for them.
    pub const UNKNOWN: Kinds = Kinds(1);
    pub const ALL: Kinds = Kinds(1 | 2 | 4 | 8 | 16);

    pub const fn and(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }

    pub fn contains(self, kind: Option<Kind>) -> bool {
        self.0 & 1 << kind.map_or(0, |kind| kind as u8) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_git() {
        let id = ObjectId::of(Kind::Blob, b"hello\n");
        assert_eq!(id.to_string(), "ce013625030ba8dba906f756967f9e9ca394464a");
        assert_eq!(ObjectId::from_hex(id.to_string().as_bytes()), Some(id));
        assert_eq!(ObjectId::from(git2::Oid::from(id)), id);
        assert_eq!(ObjectId::from_hex(b"zz"), None);
        assert_eq!(ObjectId::from_hex(&[b'g'; 40]), None);
    }

    #[test]
    fn sets_hold_their_kinds() {
        let both = Kinds::COMMITS.and(Kinds::TAGS);
        assert!(both.contains(Some(Kind::Tag)) && !both.contains(Some(Kind::Blob)) && !both.contains(None));
        assert!(Kinds::ALL.contains(None) && Kinds::UNKNOWN.contains(None));
    }
}
