//! Files as memory: the only unsafe code of the reading of git.

use std::fs::File;
use std::ops::Deref;
use std::path::Path;

/// The bytes of a file that nobody changes, or that stand for one.
pub(super) enum Map {
    File(memmap2::Mmap),
    Made(Vec<u8>),
}

impl Map {
    /// An empty file has no map and no bytes.
    #[expect(unsafe_code, reason = "a memory map is unsafe to make; the argument stands inside")]
    pub(super) fn open(path: &Path) -> std::io::Result<Self> {
        let file = File::open(path)?;
        if file.metadata()?.len() == 0 {
            return Ok(Map::Made(Vec::new()));
        }
        // SAFETY: the map is private and read-only. It stays sound as long as nobody changes the file while it is mapped.
        // Git writes packs and indexes under a temporary name, makes them read-only and renames them; it never writes to
        // them again, and deleting one while it is mapped leaves the map as it is. Somebody who can write to the repository
        // could still truncate or overwrite one in place: reading past a new end stops the process (SIGBUS), and changed
        // bytes are caught as any corruption is, for no decision about memory is made twice from the same bytes: each
        // length is read once into a local, checked, and used from there.
        let map = unsafe { memmap2::MmapOptions::new().map(&file)? };
        Ok(Map::File(map))
    }
}

impl Deref for Map {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Map::File(map) => map,
            Map::Made(bytes) => bytes,
        }
    }
}
