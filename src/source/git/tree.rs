//! Tree objects, read from their raw bytes: `mode SP name NUL id`, repeated (gitformat: "tree object").

use git2::Oid;

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
    pub id: Oid,
}

/// The entries of a tree, in order; `Err` once where the bytes are no tree, and then nothing more.
pub struct Entries<'a>(&'a [u8]);

impl<'a> Entries<'a> {
    pub fn of(raw: &'a [u8]) -> Self {
        Self(raw)
    }
}

const ID: usize = 20;

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>, &'static str>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let entry = split(self.0);
        self.0 = match entry {
            Some((_, rest)) => rest,
            None => &[],
        };
        Some(entry.map(|(entry, _)| entry).ok_or("malformed tree"))
    }
}

fn split(raw: &[u8]) -> Option<(Entry<'_>, &[u8])> {
    let space = memchr::memchr(b' ', raw.get(..raw.len().min(8))?)?;
    let (mode, rest) = (&raw[..space], &raw[space + 1..]);
    let end = memchr::memchr(0, rest)?;
    let (name, rest) = (&rest[..end], &rest[end + 1..]);
    let (id, rest) = rest.split_at_checked(ID)?;
    let kind = match mode {
        b"40000" | b"040000" => EntryKind::Tree,
        b"160000" => EntryKind::Submodule,
        mode if mode.iter().all(|b| (b'0'..=b'7').contains(b)) && !mode.is_empty() => EntryKind::Blob,
        _ => return None,
    };
    Some((Entry { kind, name, id: Oid::from_bytes(id).ok()? }, rest))
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
            raw.extend_from_slice(&[byte; ID]);
        }
        let entries: Vec<_> = Entries::of(&raw).map(Result::unwrap).collect();
        assert_eq!(entries.iter().map(|e| e.name).collect::<Vec<_>>(), [b"a b".as_slice(), b"dir", b"sub", b"link"]);
        let kinds: Vec<_> = entries.iter().map(|e| e.kind).collect();
        assert_eq!(kinds, [EntryKind::Blob, EntryKind::Tree, EntryKind::Submodule, EntryKind::Blob]);
        raw.pop();
        assert!(Entries::of(&raw).last().unwrap().is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_end(raw in proptest::collection::vec(any::<u8>(), 0..200)) {
            let entries: Vec<_> = Entries::of(&raw).collect();
            prop_assert!(entries.iter().rev().skip(1).all(Result::is_ok));
        }
    }
}
