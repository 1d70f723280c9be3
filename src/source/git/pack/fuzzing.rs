//! Doors to what is private here, for the fuzz targets in `fuzz/`.

use super::{
    Instruction, ObjectError, ObjectFormat, ObjectId, ObjectKind, delta, pack_entry, pack_index,
};

/// An index as it is read.
pub struct Index {
    /// Id, offset and CRC-32 of each object.
    pub rows: Vec<(ObjectId, Option<u64>, Option<u32>)>,
    pub flaws: Vec<&'static str>,
}

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

/// On what an entry of a pack stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Whole(ObjectKind),
    Back(u64),
    On(ObjectId),
}

/// Form and size of an entry, and the length of its header.
pub fn entry(bytes: &[u8], format: ObjectFormat) -> Option<(Form, u64, usize)> {
    let entry = pack_entry::parse(bytes, format).ok()?;
    let form = match entry.form {
        pack_entry::Form::Whole(kind) => Form::Whole(kind),
        pack_entry::Form::OffsetDelta(back) => Form::Back(back),
        pack_entry::Form::RefDelta(id) => Form::On(id),
    };
    Some((form, entry.size, entry.header))
}

/// The child that `delta` makes of `base`, and how.
pub fn apply(delta: &[u8], base: &[u8]) -> Result<(Vec<u8>, Vec<Instruction>), ObjectError> {
    let (mut steps, mut child) = (Vec::new(), Vec::new());
    delta::apply(delta, delta::sizes(delta)?, base, &mut steps, &mut child)?;
    Ok((child, steps))
}
