//! Access to private functions for the fuzz targets in `fuzz/`.

use super::{
    Instruction, ObjectError, ObjectFormat, ObjectId, ObjectKind, delta, pack_entry, pack_index,
};

/// A parsed index.
pub struct Index {
    /// The id, offset and CRC-32 of each object.
    pub rows: Vec<(ObjectId, Option<u64>, Option<u32>)>,
    /// Damage that leaves the tables readable.
    pub flaws: Vec<&'static str>,
}

/// Parses an index.
///
/// # Errors If the tables cannot be located.
pub fn index(bytes: &[u8], format: ObjectFormat) -> Result<Index, pack_index::IndexError> {
    let index = pack_index::Index::new(bytes, format)?;
    let rows = (0..index.len())
        .map(|place| (index.id(place), index.offset(place), index.crc(place)))
        .collect();
    assert_eq!(index.pack_checksum().len(), format.length());
    Ok(Index {
        rows,
        flaws: index.flaws,
    })
}

/// The form of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A whole object.
    Whole(ObjectKind),
    /// A delta on the entry this many bytes before.
    Back(u64),
    /// A delta on the object with this id.
    On(ObjectId),
}

/// The form and size of an entry, and the length of its header.
pub fn entry(bytes: &[u8], format: ObjectFormat) -> Option<(Form, u64, usize)> {
    let entry = pack_entry::parse(bytes, format).ok()?;
    let form = match entry.form {
        pack_entry::EntryForm::Whole(kind) => Form::Whole(kind),
        pack_entry::EntryForm::OffsetDelta(back) => Form::Back(back),
        pack_entry::EntryForm::RefDelta(id) => Form::On(id),
    };
    Some((form, entry.size, entry.header))
}

/// The child that `delta` makes of `base`, and the steps.
///
/// # Errors If the delta is malformed.
pub fn apply(delta: &[u8], base: &[u8]) -> Result<(Vec<u8>, Vec<Instruction>), ObjectError> {
    let (mut steps, mut child) = (Vec::new(), Vec::new());
    delta::apply(delta, delta::sizes(delta)?, base, &mut steps, &mut child)?;
    Ok((child, steps))
}
