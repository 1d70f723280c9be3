//! Tree objects, read from their raw bytes: `mode SP name NUL id`, repeated (gitformat: "tree object").

use super::pack::ObjectId;

/// What an entry points to, by its mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    Tree,
    /// A file or a symbolic link: its object is a blob.
    Blob,
    /// A commit of another repository.
    Submodule,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    pub kind: EntryKind,
    pub name: &'a [u8],
    pub id: ObjectId,
    /// Bytes of the whole entry.
    pub length: usize,
}

impl<'a> Entry<'a> {
    /// The entry at the start of `raw`; `None` where the bytes are none.
    pub fn first(raw: &'a [u8]) -> Option<Self> {
        let space = memchr::memchr(b' ', raw.get(..raw.len().min(8))?)?;
        let (mode, rest) = (&raw[..space], &raw[space + 1..]);
        let end = memchr::memchr(0, rest)?;
        let id = ObjectId::from_bytes(rest.get(end + 1..end + 1 + ObjectId::LEN)?)?;
        let kind = match mode {
            b"40000" | b"040000" => EntryKind::Tree,
            b"160000" => EntryKind::Submodule,
            mode if mode.iter().all(|b| (b'0'..=b'7').contains(b)) && !mode.is_empty() => EntryKind::Blob,
            _ => return None,
        };
        Some(Entry { kind, name: &rest[..end], id, length: space + 1 + end + 1 + ObjectId::LEN })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn entries_are_read_in_order() {
        let mut raw = Vec::new();
        for (mode, name, byte) in
            [("100644", "a b", 1), ("40000", "dir", 2), ("160000", "sub", 3), ("120000", "link", 4)]
        {
            raw.extend_from_slice(format!("{mode} {name}\0").as_bytes());
            raw.extend_from_slice(&[byte; ObjectId::LEN]);
        }
        let (mut rest, mut entries) = (&raw[..], Vec::new());
        while let Some(entry) = Entry::first(rest) {
            rest = &rest[entry.length..];
            entries.push((entry.name, entry.kind, entry.id.0[0]));
        }
        assert!(rest.is_empty());
        let expected = [
            (b"a b".as_slice(), EntryKind::Blob, 1),
            (b"dir", EntryKind::Tree, 2),
            (b"sub", EntryKind::Submodule, 3),
            (b"link", EntryKind::Blob, 4),
        ];
        assert_eq!(entries, expected);
        assert_eq!(Entry::first(&raw[..29]), None);
    }

    proptest! {
        #[test]
        fn any_bytes_end(raw in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Some(entry) = Entry::first(&raw) {
                prop_assert!(entry.length <= raw.len() && entry.length > ObjectId::LEN);
            }
        }
    }
}
