//! Parses tree objects: `mode SP name NUL id`, repeated (gitformat: "tree object").

use super::pack::{ObjectFormat, ObjectId, ObjectReader};

/// The kind of object that an entry names, by its mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A folder.
    Tree,
    /// A file or a symbolic link: its object is a blob.
    Blob,
    /// A commit of another repository.
    Submodule,
}

/// An entry of a tree object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The kind of object that the entry names.
    pub kind: EntryKind,
    /// The name of the file or folder, without its path.
    pub name: &'a [u8],
    /// The id of the object that the entry names.
    pub id: ObjectId,
    /// The length of the whole entry in bytes.
    pub length: usize,
}

impl<'a> Entry<'a> {
    /// The entry at the start of `raw`; `None` if the bytes are malformed or cut.
    pub fn first(raw: &'a [u8], format: ObjectFormat) -> Option<Self> {
        let space = raw.iter().take(8).position(|&byte| byte == b' ')?;
        let (mode, rest) = (&raw[..space], &raw[space + 1..]);
        let end = memchr::memchr(0, rest)?;
        let id = format.first(&rest[end + 1..])?;
        let kind = match mode {
            b"40000" | b"040000" => EntryKind::Tree,
            b"160000" => EntryKind::Submodule,
            mode if mode.iter().all(|b| (b'0'..=b'7').contains(b)) && !mode.is_empty() => {
                EntryKind::Blob
            }
            _ => return None,
        };
        Some(Entry {
            kind,
            name: &rest[..end],
            id,
            length: space + 1 + end + 1 + format.length(),
        })
    }
}

/// The entries of a tree in order, each with its offset, up to the first malformed one.
pub fn entries(raw: &[u8], format: ObjectFormat) -> impl Iterator<Item = (usize, Entry<'_>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let entry = Entry::first(&raw[at..], format)?;
        at += entry.length;
        Some((at - entry.length, entry))
    })
}

/// The object at a path below a tree; the tree itself for an empty path. `None` if there is no such
/// path, or if a tree on the way cannot be read.
pub fn find(reader: &mut ObjectReader, root: ObjectId, path: &[u8]) -> Option<ObjectId> {
    let mut id = root;
    for name in path
        .split(|&byte| byte == b'/')
        .filter(|name| !name.is_empty())
    {
        let (_, raw) = reader.object(id)?.ok()?;
        id = entries(&raw, root.format())
            .find(|(_, entry)| entry.name == name)?
            .1
            .id;
    }
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn entries_are_read_in_order() {
        for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
            let mut raw = Vec::new();
            for (mode, name, byte) in [
                ("100644", "a b", 1),
                ("40000", "dir", 2),
                ("160000", "sub", 3),
                ("120000", "link", 4),
            ] {
                raw.extend_from_slice(format!("{mode} {name}\0").as_bytes());
                raw.resize(raw.len() + format.length(), byte);
            }
            let found: Vec<_> = entries(&raw, format)
                .map(|(_, entry)| (entry.name, entry.kind, entry.id.as_bytes()[0]))
                .collect();
            assert_eq!(
                entries(&raw, format)
                    .last()
                    .map(|(at, entry)| at + entry.length),
                Some(raw.len())
            );
            let expected = [
                (b"a b".as_slice(), EntryKind::Blob, 1),
                (b"dir", EntryKind::Tree, 2),
                (b"sub", EntryKind::Submodule, 3),
                (b"link", EntryKind::Blob, 4),
            ];
            assert_eq!(found, expected);
            assert_eq!(Entry::first(&raw[..10 + format.length()], format), None);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_end(raw in proptest::collection::vec(any::<u8>(), 0..200), sha256: bool) {
            let format = if sha256 { ObjectFormat::Sha256 } else { ObjectFormat::Sha1 };
            if let Some(entry) = Entry::first(&raw, format) {
                prop_assert!(entry.length <= raw.len() && entry.length > format.length());
            }
        }
    }
}
