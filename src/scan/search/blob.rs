//! The unit of search, and the key that identifies it in an object database.

use crate::detect::engine::Text;
use crate::detect::file_kind::{FileKind, file_kind};
use crate::finding::Origin;
use crate::source::git::pack::ObjectId;

/// The unit of search: a text, the kind of file that it is read as, and the kind of its source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Blob<'a> {
    /// The bytes, their encoding, and the kind of file that they are read as.
    pub text: Text<'a>,
    /// The kind of source. Every object has [`Origin::Blob`] here; placement determines later
    /// whether it is a note or staged.
    pub origin: Origin,
    /// True if only rules for tokens and keys of a fixed shape run, because the text has no
    /// assignments.
    pub tokens_only: bool,
}

impl<'a> Blob<'a> {
    /// A blob whose encoding is determined from its bytes.
    pub fn new(bytes: &'a [u8], kind: FileKind, origin: Origin) -> Self {
        Self::of_text(Text::new(bytes, kind), origin)
    }

    /// A blob whose encoding is known.
    pub fn of_text(text: Text<'a>, origin: Origin) -> Self {
        Self {
            text,
            origin,
            tokens_only: false,
        }
    }

    /// A blob in which only tokens and keys of a fixed shape are searched for.
    pub fn tokens_only(bytes: &'a [u8], origin: Origin) -> Self {
        Self {
            text: Text::with_nul(bytes, FileKind::Unknown, true),
            origin,
            tokens_only: true,
        }
    }

    /// Whether the bytes count as content in the coverage report. Names do not.
    pub fn is_content(&self) -> bool {
        !matches!(self.origin, Origin::FileName | Origin::RefName)
    }

    /// Whether the blob counts as binary in the coverage report.
    pub fn is_binary(&self) -> bool {
        !self.tokens_only && self.text.is_binary()
    }
}

/// Identifies a searched blob of a repository: the object that holds its bytes, and the kind of
/// file that it is read as. Equal keys have equal matches, so a blob is searched once for each key.
///
/// A member of an archive would need another field here: its path within the object. The fields are
/// private, so every key is made by a constructor in this file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct BlobKey {
    object: ObjectId,
    kind: FileKind,
}

impl BlobKey {
    /// The key of an object as a whole.
    pub fn new(object: ObjectId, kind: FileKind) -> Self {
        Self { object, kind }
    }

    /// The key of an object that a tree or the index names by this path.
    pub fn at_path(object: ObjectId, path: &[u8]) -> Self {
        Self::new(object, file_kind(path))
    }

    /// The object that holds the bytes.
    pub fn object(self) -> ObjectId {
        self.object
    }

    /// The kind of file that the blob is read as.
    pub fn kind(self) -> FileKind {
        self.kind
    }
}

/// The set of file kinds of all names of one object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct KindSet(u8);

impl KindSet {
    /// The kind of each bit, by the number of the bit. Caches hold these numbers.
    pub const KINDS: [FileKind; 8] = FileKind::ALL;

    /// The set that [`crate::source::git::tree_index::TreeIndex::blob_classes`] made with
    /// [`Self::bit_of_name`].
    pub fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// The set with the kind of this name alone, as bits.
    pub fn bit_of_name(name: &[u8]) -> u8 {
        1 << Self::index(file_kind(name))
    }

    /// The number of a kind's bit.
    pub fn index(kind: FileKind) -> usize {
        Self::KINDS
            .iter()
            .position(|&other| other == kind)
            .expect("all kinds are listed")
    }

    /// The kinds that an object is searched as: those of its names, or [`FileKind::Unknown`] for an
    /// object without a name.
    #[inline]
    pub fn or_unknown(self) -> Self {
        match self.0 {
            0 => Self(1 << (Self::KINDS.len() - 1)),
            _ => self,
        }
    }

    /// Whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the set has the kind with this number.
    #[inline]
    pub fn has(self, index: usize) -> bool {
        self.0 & 1 << index != 0
    }

    /// Whether the set has all kinds of `other`.
    #[inline]
    pub fn includes(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The kinds of the set, with their numbers.
    #[inline]
    pub fn iter(self) -> impl Iterator<Item = (usize, FileKind)> {
        Self::KINDS
            .into_iter()
            .enumerate()
            .filter(move |&(index, _)| self.has(index))
    }
}
