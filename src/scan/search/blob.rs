//! The unit of search, and the key that identifies it in an object database.

use crate::detect::engine::Text;
use crate::detect::file_kind::file_syntax;
use crate::finding::{Origin, Syntax};
use crate::source::git::pack::ObjectId;

/// The unit of search: a text, the syntax that it is read as, and the kind of its source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Blob<'a> {
    /// The bytes, their encoding, and the syntax that they are read as.
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
    pub fn new(bytes: &'a [u8], syntax: Syntax, origin: Origin) -> Self {
        Self::of_text(Text::new(bytes, syntax), origin)
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
            text: Text::with_nul(bytes, Syntax::Unknown, true),
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

/// Identifies a searched blob of a repository: the object that holds its bytes, and the syntax
/// that it is read as. Equal keys have equal matches, so a blob is searched once for each key.
///
/// A member of an archive would need another field here: its path within the object. The fields are
/// private, so every key is made by a constructor in this file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct BlobKey {
    object: ObjectId,
    syntax: Syntax,
}

impl BlobKey {
    /// The key of an object as a whole.
    pub fn new(object: ObjectId, syntax: Syntax) -> Self {
        Self { object, syntax }
    }

    /// The key of an object that a tree or the index names by this path.
    pub fn at_path(object: ObjectId, path: &[u8]) -> Self {
        Self::new(object, file_syntax(path))
    }

    /// The object that holds the bytes.
    pub fn object(self) -> ObjectId {
        self.object
    }

    /// The syntax that the blob is read as.
    pub fn syntax(self) -> Syntax {
        self.syntax
    }
}

/// The set of the syntaxes of all names of one object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SyntaxSet(u64);

/// Every syntax has a bit.
const _: () = assert!(Syntax::ALL.len() <= u64::BITS as usize);

impl SyntaxSet {
    /// The set that [`crate::source::git::tree_index::TreeIndex::blob_classes`] made with
    /// [`Self::bit_of_name`]. Caches hold these bits.
    pub fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The set with the syntax of this name alone, as bits.
    pub fn bit_of_name(name: &[u8]) -> u64 {
        1 << file_syntax(name) as u8
    }

    /// The syntaxes that an object is searched as: those of its names, or [`Syntax::Unknown`] for an
    /// object without a name.
    #[inline]
    pub fn or_unknown(self) -> Self {
        match self.0 {
            0 => Self(1 << Syntax::Unknown as u8),
            _ => self,
        }
    }

    /// Whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the set has this syntax.
    #[inline]
    pub fn has(self, syntax: Syntax) -> bool {
        self.0 & 1 << syntax as u8 != 0
    }

    /// Whether the set has all syntaxes of `other`.
    #[inline]
    pub fn includes(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The number of syntaxes in the set.
    #[inline]
    pub fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// The syntaxes of the set, in order.
    #[inline]
    pub fn iter(self) -> impl Iterator<Item = Syntax> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let index = (rest != 0).then_some(rest.trailing_zeros() as usize)?;
            rest &= rest - 1;
            Syntax::ALL.get(index).copied()
        })
    }
}
