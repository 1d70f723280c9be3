//! The file `shallow` of a git directory (gitprotocol-pack(5), "Shallow"): the commits whose parents
//! a clone leaves out on request, one id a line.
//!
//! The list does not affect reading: all objects are read, and a commit is compared with the
//! parents that are there, whether it is in the list or not. The list only distinguishes parents that are
//! missing on purpose from parents that were lost. So a forged list hides no content and changes no attribution.

use std::path::Path;

use super::boundary::Boundary;
use super::file_guard;
use super::pack::{ObjectFormat, ObjectId};

/// The commits whose parents are missing on purpose.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ShallowList {
    /// In order.
    ids: Vec<ObjectId>,
}

impl ShallowList {
    /// Reads the list of a git directory. A list that cannot be read is empty: it is reported with the
    /// other files of the directory, and each missing parent by itself.
    pub(super) fn read(boundary: &Boundary, directory: &Path, format: ObjectFormat) -> Self {
        let path = directory.join("shallow");
        let bytes = file_guard::read(boundary, &path, file_guard::LARGE);
        Self::parse(&bytes.ok().flatten().unwrap_or_default(), format)
    }

    /// Lines that are no id of this format name no commit.
    fn parse(bytes: &[u8], format: ObjectFormat) -> Self {
        let lines = bytes.split(|&byte| byte == b'\n');
        let ids = lines.filter_map(|line| ObjectId::from_hex(line.trim_ascii()));
        let mut ids: Vec<ObjectId> = ids.filter(|id| id.format() == format).collect();
        ids.sort_unstable();
        Self { ids }
    }

    /// Whether it names no commit.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Whether the parents of this commit are missing on purpose.
    pub fn contains(&self, id: ObjectId) -> bool {
        self.ids.binary_search(&id).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_that_are_no_id_are_left_out() {
        let (one, other) = ("0a".repeat(20), "0b".repeat(20));
        let long = "0c".repeat(32);
        let text = format!("{other}\r\n\nshallow {one}\n{long}\n {one}\n{one}extra\n\0\n");
        let list = ShallowList::parse(text.as_bytes(), ObjectFormat::Sha1);
        let id = |text: &str| ObjectId::from_hex(text.as_bytes()).unwrap();
        assert_eq!(list.ids, [id(&one), id(&other)]);
        assert!(list.contains(id(&one)) && !list.contains(id(&long)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes: Vec<u8>) {
            ShallowList::parse(&bytes, ObjectFormat::Sha256);
        }
    }
}
