//! Reads the index of a working tree (gitformat-index(5)): the paths and ids of its entries.

use std::io::{BufRead, Read};

use super::pack::{ObjectFormat, ObjectId};

/// An entry of an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct IndexEntry {
    /// The path from the root of the working tree, `/` between components.
    pub(super) path: Vec<u8>,
    /// The id of the blob, or of a submodule's commit.
    pub(super) id: ObjectId,
    /// The type and the permissions.
    pub(super) mode: u32,
}

/// Why an index cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IndexFileError {
    /// The file has another signature.
    #[error("the file is no index")]
    NoIndex,
    /// Git defines versions 2, 3 and 4.
    #[error("the index has an unknown version")]
    UnknownVersion,
    /// The file ends within an entry.
    #[error("the index is truncated")]
    Truncated,
    /// An entry does not follow the format.
    #[error("the index is malformed")]
    Malformed,
    /// The compressed paths of version 4 are longer than those of any real index.
    #[error("the paths of the index are too long")]
    TooLong,
    /// Entries are in another file, `sharedindex.…` (git-update-index(1), "split index").
    #[error("the index is split (`git update-index --no-split-index` joins it)")]
    Split,
    /// The operating system refused.
    #[error("the index cannot be read: {0}")]
    Io(std::io::ErrorKind),
}

impl From<std::io::Error> for IndexFileError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::UnexpectedEof => Self::Truncated,
            kind => Self::Io(kind),
        }
    }
}

/// The longest path. Linux takes none that is longer.
const LONGEST_PATH: usize = 4096;
/// The most bytes of all paths, as a multiple of the length of the file. Version 4 writes only the
/// difference from the path before.
const PATHS: u64 = 32;
/// The most bytes of all paths. An index with two million paths of 120 bytes has less.
const MOST_PATHS: u64 = 256 << 20;
/// Bytes of times, device and inode before the mode of an entry.
const BEFORE_MODE: usize = 24;
/// Bytes of owner and size after it.
const AFTER_MODE: usize = 12;

/// Reads the entries of an index of `length` bytes.
///
/// # Errors
/// The file is damaged, or in a form that is not known.
pub(super) fn read(
    mut file: impl BufRead,
    length: u64,
    format: ObjectFormat,
) -> Result<Vec<IndexEntry>, IndexFileError> {
    let mut header = [0; 12];
    file.read_exact(&mut header)?;
    let word = |at: usize| {
        u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
    };
    if &header[..4] != b"DIRC" {
        return Err(IndexFileError::NoIndex);
    }
    let version = word(4);
    if !(2..=4).contains(&version) {
        return Err(IndexFileError::UnknownVersion);
    }
    let mut room = length.saturating_mul(PATHS).clamp(1 << 20, MOST_PATHS);
    let (mut entries, mut path) = (Vec::new(), Vec::new());
    for _ in 0..word(8) {
        let mut fixed = [0; BEFORE_MODE + 4 + AFTER_MODE];
        file.read_exact(&mut fixed)?;
        let mode = &fixed[BEFORE_MODE..BEFORE_MODE + 4];
        let mode = u32::from_be_bytes([mode[0], mode[1], mode[2], mode[3]]);
        let mut id = [0; 32];
        file.read_exact(&mut id[..format.length()])?;
        let id = format.first(&id).ok_or(IndexFileError::Malformed)?;
        let mut flags = [0; 2];
        file.read_exact(&mut flags)?;
        let mut read = fixed.len() + format.length() + 2;
        // The second half of the flags.
        if flags[0] & 0x40 != 0 {
            if version == 2 {
                return Err(IndexFileError::Malformed);
            }
            file.read_exact(&mut flags)?;
            read += 2;
        }
        if version == 4 {
            let dropped = varint(&mut file)?;
            let kept = usize::try_from(dropped)
                .ok()
                .and_then(|dropped| path.len().checked_sub(dropped));
            path.truncate(kept.ok_or(IndexFileError::Malformed)?);
            name(&mut file, &mut path)?;
        } else {
            path.clear();
            read += name(&mut file, &mut path)?;
            // Each entry has a multiple of eight bytes, at least one of them NUL.
            let padding = read.next_multiple_of(8) - read;
            file.read_exact(&mut [0; 8][..padding])?;
        }
        room = room
            .checked_sub(path.len() as u64)
            .ok_or(IndexFileError::TooLong)?;
        entries.push(IndexEntry {
            path: path.clone(),
            id,
            mode,
        });
    }
    check_extensions(file)?;
    Ok(entries)
}

/// Appends a name that NUL ends. Returns the number of bytes, NUL included.
fn name(file: &mut impl BufRead, path: &mut Vec<u8>) -> Result<usize, IndexFileError> {
    let room = (LONGEST_PATH + 1).saturating_sub(path.len());
    let read = file.by_ref().take(room as u64 + 1).read_until(0, path)?;
    if path.pop() != Some(0) {
        return Err(if read > room {
            IndexFileError::TooLong
        } else {
            IndexFileError::Truncated
        });
    }
    Ok(read)
}

/// A number in the encoding of offsets in packs (gitformat-pack(5)).
fn varint(file: &mut impl Read) -> Result<u64, IndexFileError> {
    let mut value = 0u64;
    loop {
        let mut byte = [0];
        file.read_exact(&mut byte)?;
        value = value
            .checked_mul(128)
            .and_then(|value| value.checked_add(u64::from(byte[0] & 0x7f)))
            .ok_or(IndexFileError::Malformed)?;
        if byte[0] & 0x80 == 0 {
            return Ok(value);
        }
        value += 1;
    }
}

/// Looks through the extensions for one that says that entries are elsewhere.
fn check_extensions(mut file: impl BufRead) -> Result<(), IndexFileError> {
    loop {
        let mut header = [0; 8];
        match file.read_exact(&mut header) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        if &header[..4] == b"link" {
            return Err(IndexFileError::Split);
        }
        let size = u32::from_be_bytes([header[4], header[5], header[6], header[7]]);
        // Each extension begins with letters. What begins otherwise is the checksum.
        if !header[..4].iter().all(u8::is_ascii_alphabetic) {
            return Ok(());
        }
        let mut body = (&mut file).take(size.into());
        if std::io::copy(&mut body, &mut std::io::sink())? < u64::from(size) {
            // The checksum looked like an extension, or the file is truncated behind its entries.
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMAT: ObjectFormat = ObjectFormat::Sha1;

    fn header(version: u32, count: u32) -> Vec<u8> {
        [
            b"DIRC".to_vec(),
            version.to_be_bytes().to_vec(),
            count.to_be_bytes().to_vec(),
        ]
        .concat()
    }

    /// An entry of version 4, up to its name.
    fn entry(id: u8) -> Vec<u8> {
        let mode = 0o100_644u32.to_be_bytes();
        [&[0; 24][..], &mode, &[0; 12], &[id; 20], &[0, 1]].concat()
    }

    fn paths(bytes: &[u8]) -> Result<Vec<String>, IndexFileError> {
        let entries = read(bytes, bytes.len() as u64, FORMAT)?;
        let path = |entry: &IndexEntry| String::from_utf8_lossy(&entry.path).into_owned();
        Ok(entries.iter().map(path).collect())
    }

    #[test]
    fn compressed_paths_are_bounded() {
        let mut index = header(4, 2);
        index.extend(entry(1));
        index.extend(b"\0folder/a\0");
        index.extend(entry(2));
        index.extend(b"\x01bc\0");
        assert_eq!(
            paths(&index),
            Ok(vec!["folder/a".to_owned(), "folder/bc".to_owned()])
        );
        // Each entry repeats the path before.
        let mut bomb = header(4, 100_000);
        bomb.extend(entry(1));
        bomb.extend([b"\0".to_vec(), vec![b'a'; 4000], b"\0".to_vec()].concat());
        for _ in 1..100_000 {
            bomb.extend(entry(1));
            bomb.extend(b"\0\0");
        }
        assert_eq!(paths(&bomb), Err(IndexFileError::TooLong));
        let mut long = header(4, 1);
        long.extend(entry(1));
        long.extend([b"\0".to_vec(), vec![b'a'; 5000], b"\0".to_vec()].concat());
        assert_eq!(paths(&long), Err(IndexFileError::TooLong));
    }

    #[test]
    fn damage_has_a_name() {
        for (bytes, error) in [
            (b"".to_vec(), IndexFileError::Truncated),
            (b"not an index".to_vec(), IndexFileError::NoIndex),
            (header(5, 0), IndexFileError::UnknownVersion),
            (header(2, u32::MAX), IndexFileError::Truncated),
            (
                [header(4, 1), entry(1), b"\x05a\0".to_vec()].concat(),
                IndexFileError::Malformed,
            ),
            (
                [header(4, 1), entry(1), vec![0xff; 20]].concat(),
                IndexFileError::Malformed,
            ),
            (
                [header(2, 0), b"link\0\0\0\0".to_vec()].concat(),
                IndexFileError::Split,
            ),
        ] {
            assert_eq!(paths(&bytes), Err(error));
        }
        // Extensions and the checksum, whatever it looks like.
        let end = [
            header(2, 0),
            b"TREE\0\0\0\x01x".to_vec(),
            b"checksum".to_vec(),
        ]
        .concat();
        assert_eq!(paths(&end), Ok(Vec::new()));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read(version in 2u32..5, bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let _ = paths(&[header(version, 9), bytes].concat());
        }
    }
}
