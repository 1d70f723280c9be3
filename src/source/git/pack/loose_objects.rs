//! Reads loose objects: one zlib stream a file, `kind SP size NUL bytes` (gitrepository-layout(5),
//! `objects/[0-9a-f][0-9a-f]`).

use std::io::Read;
use std::path::{Path, PathBuf};

use super::inflate::{self, Inflater};
use super::object_error::{Flaw, ObjectError};
use super::object_id::{ObjectFormat, ObjectId, ObjectKind};
use crate::source::git::boundary::Boundary;
use crate::source::git::file_guard::{self, UnsafeFile};

/// A loose object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LooseObject {
    /// The id, which names the file.
    pub(super) id: ObjectId,
    /// The number of the object directory that holds the file.
    pub(super) store: u32,
}

/// The prefix of the names of files that are still being written.
pub(super) const UNFINISHED: &[u8] = b"tmp_";

/// Adds the loose objects of one directory to `found`, in no order. Files with other names do not
/// belong to git.
pub(super) fn list(
    boundary: &Boundary,
    objects: &Path,
    store: u32,
    format: ObjectFormat,
    found: &mut Vec<LooseObject>,
    unfinished: &mut Vec<PathBuf>,
    flaws: &mut Vec<Flaw>,
) {
    for first in 0..=255u8 {
        let folder = objects.join(format!("{first:02x}"));
        let real = match file_guard::folder(boundary, &folder) {
            Ok(Some(real)) => real,
            Ok(None) => continue,
            Err(why) => {
                flaws.push(Flaw::new(folder, why.reason()));
                continue;
            }
        };
        let entries = match std::fs::read_dir(real) {
            Ok(entries) => entries,
            Err(error) => {
                flaws.push(Flaw::new(folder, error.to_string()));
                continue;
            }
        };
        for entry in entries {
            match entry {
                Ok(entry) => {
                    let name = entry.file_name();
                    let name = name.as_encoded_bytes();
                    let hex = [format!("{first:02x}").as_bytes(), name].concat();
                    if let Some(id) = format.from_hex(&hex) {
                        found.push(LooseObject { id, store });
                    } else if ObjectId::from_hex(&hex).is_some() {
                        flaws.push(Flaw::new(
                            entry.path(),
                            format!("it is named otherwise than by {}", format.name()),
                        ));
                    } else if name.starts_with(UNFINISHED) {
                        unfinished.push(entry.path());
                    }
                }
                Err(error) => flaws.push(Flaw::new(&folder, error.to_string())),
            }
        }
    }
}

/// The header of a loose object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// The kind of the object.
    pub(super) kind: ObjectKind,
    /// The size of the object in bytes.
    pub(super) size: u64,
    /// The length of the header in bytes, its NUL included.
    length: usize,
}

/// The most bytes of a header: the longest kind, a space, 20 digits and NUL have 28.
const LONGEST: usize = 32;

fn header(start: &[u8]) -> Option<Header> {
    let end = memchr::memchr(0, &start[..start.len().min(LONGEST)])?;
    let space = memchr::memchr(b' ', &start[..end])?;
    let digits = std::str::from_utf8(&start[space + 1..end]).ok()?;
    // `parse` would take a sign.
    let size = digits
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| digits.parse().ok())
        .flatten()?;
    Some(Header {
        kind: ObjectKind::from_name(&start[..space])?,
        size,
        length: end + 1,
    })
}

fn path(objects: &Path, id: ObjectId) -> PathBuf {
    let hex = id.to_string();
    objects.join(&hex[..2]).join(&hex[2..])
}

fn file(error: std::io::Error) -> ObjectError {
    ObjectError::File(error.kind())
}

/// The bytes of the file; zero if it is not there.
pub(super) fn stored_bytes(objects: &Path, id: ObjectId) -> u64 {
    std::fs::metadata(path(objects, id)).map_or(0, |meta| meta.len())
}

/// Reads the header alone.
///
/// # Errors If the file cannot be read, or has no such header.
pub(super) fn peek(
    boundary: &Boundary,
    objects: &Path,
    id: ObjectId,
) -> Result<Header, ObjectError> {
    open(boundary, objects, id).map(|(header, ..)| header)
}

/// The header, the bytes of the file that were read for it, and the rest of the file.
fn open(
    boundary: &Boundary,
    objects: &Path,
    id: ObjectId,
) -> Result<(Header, Vec<u8>, std::fs::File), ObjectError> {
    let opened = file_guard::open(boundary, &path(objects, id), u64::MAX);
    let mut rest = match opened {
        Ok(Some(file)) => file,
        Ok(None) => return Err(file(std::io::ErrorKind::NotFound.into())),
        Err(UnsafeFile::Outside(_)) => return Err(ObjectError::Outside),
        Err(UnsafeFile::Unreadable { kind, .. }) => return Err(ObjectError::File(kind)),
        Err(UnsafeFile::NotRegular(_) | UnsafeFile::TooLarge { .. }) => {
            return Err(ObjectError::NotRegular);
        }
    };
    let mut start = Vec::with_capacity(128);
    rest.by_ref()
        .take(128)
        .read_to_end(&mut start)
        .map_err(file)?;
    let header = header(&inflate::prefix(&start, LONGEST)).ok_or(ObjectError::BadHeader)?;
    Ok((header, start, rest))
}

/// Reads the object into `out`, and returns its kind.
///
/// # Errors If the file cannot be read or is damaged, or the object has more than `limit` bytes.
pub(super) fn read(
    boundary: &Boundary,
    objects: &Path,
    id: ObjectId,
    limit: u64,
    inflater: &mut Inflater,
    out: &mut Vec<u8>,
) -> Result<ObjectKind, ObjectError> {
    let (header, mut packed, rest) = open(boundary, objects, id)?;
    if header.size > limit {
        return Err(ObjectError::TooLarge { size: header.size });
    }
    // Incompressible data take five more bytes in 65,535, and the stream its header and trailer: a
    // longer file is not read to its end.
    rest.take(header.size + header.size / 64 + (1 << 16))
        .read_to_end(&mut packed)
        .map_err(file)?;
    inflater.inflate(
        &packed,
        packed.len(),
        header.size + header.length as u64,
        out,
    )?;
    out.drain(..header.length);
    Ok(header.kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers() {
        let got = header(b"blob 12\0hello").unwrap();
        assert_eq!((got.kind, got.size, got.length), (ObjectKind::Blob, 12, 8));
        for bad in [
            &b"blob 12"[..],
            b"blub 1\0",
            b"blob\0",
            b"blob \0",
            b"blob -1\0",
            b"blob +1\0",
            b"blob 99999999999999999999\0",
        ] {
            // An empty number is refused.
            assert!(header(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn files_are_read_and_checked() {
        for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
            let root = tempfile::tempdir().unwrap();
            let id = ObjectId::of(format, ObjectKind::Blob, b"hello\n");
            let folder = &id.to_string()[..2];
            std::fs::create_dir(root.path().join(folder)).unwrap();
            let write = |bytes: &[u8]| std::fs::write(path(root.path(), id), bytes).unwrap();
            write(&inflate::tests::deflate(b"blob 6\0hello\n"));
            let (mut inflater, mut out) = (Inflater::new(), Vec::new());
            let mut read = |limit| {
                read(
                    &Boundary::unlimited(),
                    root.path(),
                    id,
                    limit,
                    &mut inflater,
                    &mut out,
                )
                .map(|kind| (kind, out.clone()))
            };
            assert_eq!(read(6), Ok((ObjectKind::Blob, b"hello\n".to_vec())));
            assert_eq!(read(5), Err(ObjectError::TooLarge { size: 6 }));
            assert_eq!(
                peek(&Boundary::unlimited(), root.path(), id).unwrap().size,
                6
            );
            write(&inflate::tests::deflate(b"blob 7\0hello\n"));
            assert_eq!(read(9), Err(ObjectError::WrongSize { declared: 14 }));
            write(&inflate::tests::deflate(b"blob 4000000000\0hello\n"));
            assert!(matches!(read(1 << 40), Err(ObjectError::WrongSize { .. })));
            write(b"");
            assert_eq!(read(9), Err(ObjectError::BadHeader));
            std::fs::remove_file(path(root.path(), id)).unwrap();
            assert_eq!(
                read(9),
                Err(ObjectError::File(std::io::ErrorKind::NotFound))
            );
            assert!(peek(&Boundary::unlimited(), root.path(), id).is_err());
            write(b"x");
            let tmp = root.path().join(folder).join("tmp_obj_x");
            std::fs::write(&tmp, "").unwrap();
            let list = |format| {
                let (mut found, mut unfinished, mut flaws) = (Vec::new(), Vec::new(), Vec::new());
                list(
                    &Boundary::unlimited(),
                    root.path(),
                    3,
                    format,
                    &mut found,
                    &mut unfinished,
                    &mut flaws,
                );
                (found, unfinished, flaws.len())
            };
            assert_eq!(
                list(format),
                (vec![LooseObject { id, store: 3 }], vec![tmp.clone()], 0)
            );
            assert_eq!(list(format.other()), (vec![], vec![tmp], 1));
        }
    }
}
