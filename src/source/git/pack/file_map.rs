//! Memory maps of files: the only unsafe code in the reading of git.

use std::ops::{Deref, Range};
use std::path::Path;

use super::object_error::Flaw;
use crate::source::git::boundary::Boundary;
use crate::source::git::file_guard;

/// The bytes of a file, or bytes in the place of a file.
pub(super) enum Map {
    /// A mapped file, which must not change while it is mapped.
    File(memmap2::Mmap),
    /// Bytes in memory.
    Owned(Vec<u8>),
}

impl Map {
    /// Maps a file. An empty file has no map and no bytes.
    ///
    /// # Errors If the file may not be read, or cannot be opened or mapped.
    #[expect(
        unsafe_code,
        reason = "a memory map is unsafe to make; the argument is inside"
    )]
    pub(super) fn open(boundary: &Boundary, path: &Path) -> Result<Self, Flaw> {
        let flaw = |error: std::io::Error| Flaw::new(path, error.to_string());
        let opened = file_guard::open(boundary, path, u64::MAX);
        let file = opened
            .map_err(|why| Flaw::new(path, why.reason()))?
            .ok_or_else(|| flaw(std::io::ErrorKind::NotFound.into()))?;
        let length = file.metadata().map_err(flaw)?.len();
        if length == 0 {
            return Ok(Map::Owned(Vec::new()));
        }
        // SAFETY: the map is private and read-only. It stays sound as long as nobody changes the file while it is mapped.
        // Git writes packs and indexes under a temporary name, makes them read-only and renames them; it never writes to
        // them again, and deleting one while it is mapped leaves the map as it is. Somebody who can write to the repository
        // could still truncate or overwrite one in place: reading past a new end stops the process (SIGBUS), and changed
        // bytes are caught as any corruption is, for no decision about memory is made twice from the same bytes: each
        // length is read once into a local, checked, and used from there.
        let map = unsafe { memmap2::MmapOptions::new().map(&file) };
        let map = map.map_err(flaw)?;
        Ok(Map::File(map))
    }

    /// Has the system read in a part of the file at once, which costs less than one page fault at a
    /// time. Does nothing where the system cannot (before Linux 5.14), and for large parts: of
    /// large entries perhaps only the headers are needed.
    pub(super) fn populate(&self, part: Range<u64>) {
        #[cfg(target_os = "linux")]
        if let Map::File(map) = self {
            let end = part.end.min(map.len() as u64);
            let start = part.start.min(end);
            if end - start > MOST_READY {
                return;
            }
            let _ = map.advise_range(
                memmap2::Advice::PopulateRead,
                start as usize,
                (end - start) as usize,
            );
        }
        #[cfg(not(target_os = "linux"))]
        let _ = part;
    }

    /// Prefetches `length` bytes from the offset `at`. A few hundred bytes are enough: the
    /// processor itself prefetches the rest of a sequential read.
    #[cfg_attr(
        target_arch = "x86_64",
        expect(
            unsafe_code,
            reason = "a prefetch takes a pointer; the argument is inside"
        )
    )]
    pub(super) fn prefetch(&self, at: usize, length: usize) {
        #[cfg(target_arch = "x86_64")]
        for line in self
            .get(at..)
            .unwrap_or_default()
            .chunks(LINE)
            .take(length.div_ceil(LINE))
        {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            // SAFETY: the pointer is that of bytes of the map; prefetching neither faults nor changes anything.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = (at, length);
    }
}

/// The most bytes that are read in at once.
#[cfg(target_os = "linux")]
const MOST_READY: u64 = 16 << 20;

/// The length of a cache line in bytes.
#[cfg(target_arch = "x86_64")]
const LINE: usize = 64;

impl Deref for Map {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Map::File(map) => map,
            Map::Owned(bytes) => bytes,
        }
    }
}
