//! The flaws of the copies of an object.

use std::path::PathBuf;

use super::object_error::ObjectError;
use super::object_id::{ObjectId, ObjectKind};

/// An object with a copy that contradicts another one, or that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyFlaw {
    /// The id of the object.
    pub id: ObjectId,
    /// Its kind, if known.
    pub kind: Option<ObjectKind>,
    /// The flaw.
    pub flaw: CopyFlawKind,
}

/// The place of a copy. It has no id of an object, which a report may not contain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyPlace {
    /// A pack.
    Pack(PathBuf),
    /// A loose file in this directory of objects.
    Loose(PathBuf),
}

/// The flaw of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyFlawKind {
    /// The copies at these two places have different content. Both are read.
    Differs(CopyPlace, CopyPlace),
    /// The copy at this place cannot be read. Another one is.
    Unreadable(CopyPlace, ObjectError),
    /// The object is a delta on an object that is not in its pack, and whose copies differ. It is
    /// applied to one of them.
    AmbiguousBase(ObjectId),
}
