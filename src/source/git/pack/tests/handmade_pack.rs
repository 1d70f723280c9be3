//! Packs made by hand, which git would not write.

use super::*;
use crate::source::git::pack::{delta, inflate, pack_entry, pack_index};

/// An entry of such a pack.
pub(crate) enum Part {
    Whole(ObjectKind, Vec<u8>),
    /// A delta against the entry with this number, before or after.
    Offset(usize, Vec<u8>),
    /// A delta against an id.
    Reference(ObjectId, Vec<u8>),
    /// Another size than the stream has.
    Lie(ObjectKind, u64, Vec<u8>),
}

/// A delta that puts `new` before the whole base.
pub(super) fn prepend(base: &[u8], new: &[u8]) -> Vec<u8> {
    let mut out = delta::tests::write_size(base.len() as u64);
    out.extend(delta::tests::write_size((base.len() + new.len()) as u64));
    for part in new.chunks(127) {
        out.push(part.len() as u8);
        out.extend(part);
    }
    for (n, part) in base.chunks(0x1_0000).enumerate() {
        out.extend(delta::tests::write_copy(
            (n * 0x1_0000) as u32,
            part.len() as u32,
        ));
    }
    out
}

/// Writes a pack of these entries, in order, and its index. The format is that of the first id.
pub(crate) fn write(objects: &Path, name: &str, version: u32, parts: &[(ObjectId, Part)]) {
    let format = parts
        .first()
        .map_or(ObjectFormat::Sha1, |(id, _)| id.format());
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend((parts.len() as u32).to_be_bytes());
    let (mut offsets, mut rows) = (Vec::new(), Vec::new());
    for (id, part) in parts {
        let start = pack.len();
        offsets.push(start as u64);
        let (mut header, stream) = match part {
            Part::Whole(kind, bytes) => (
                pack_entry::tests::write_header(*kind as u8, bytes.len() as u64),
                bytes,
            ),
            Part::Lie(kind, size, bytes) => {
                (pack_entry::tests::write_header(*kind as u8, *size), bytes)
            }
            Part::Offset(_, delta) => (
                pack_entry::tests::write_header(6, delta.len() as u64),
                delta,
            ),
            Part::Reference(_, delta) => (
                pack_entry::tests::write_header(7, delta.len() as u64),
                delta,
            ),
        };
        match part {
            Part::Offset(base, _) => header.extend(pack_entry::tests::write_distance(
                start as u64 - offsets[*base],
            )),
            Part::Reference(base, _) => header.extend(base.as_bytes()),
            _ => {}
        }
        pack.extend(header);
        pack.extend(inflate::tests::deflate(stream));
        rows.push((*id, start as u64, crc32fast::hash(&pack[start..])));
    }
    let sum = format.hash(&[&pack]);
    pack.extend(sum.as_bytes());
    rows.sort_unstable();
    let folder = objects.join("pack");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("{name}.pack")), pack).unwrap();
    std::fs::write(
        folder.join(format!("{name}.idx")),
        pack_index::tests::write(version, &rows, sum),
    )
    .unwrap();
}

pub(super) fn blob(bytes: &[u8]) -> ObjectId {
    ObjectId::of(ObjectFormat::Sha1, ObjectKind::Blob, bytes)
}
