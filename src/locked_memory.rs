//! Memory for values that the system does not write to swap, and does not put into core files.
//!
//! Pages are locked in chunks and shared by many values, because a page for each value would use up
//! the system's limit (`RLIMIT_MEMLOCK`) with a few thousands of them. Memory that is given back is
//! used again, and never returned to the system. Beyond the limit, values are in ordinary memory.

use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::{Mutex, MutexGuard, PoisonError};

use memmap2::MmapMut;
use zeroize::Zeroize;

/// The bytes that are locked at once.
const CHUNK: usize = 64 << 10;

/// The most chunks: 16 MiB. Values beyond are in ordinary memory.
const MOST_CHUNKS: usize = 256;

/// The sizes of slots are powers of two, from 32 bytes to 16 KiB.
const SMALLEST: usize = 32;
const SIZES: usize = 10;

/// Some bytes in locked memory, zeroized on drop.
pub(crate) struct LockedBytes {
    slot: Slot,
    length: usize,
}

/// A slot that nobody else has.
struct Slot {
    start: NonNull<u8>,
    /// Its size is `SMALLEST << size`.
    size: usize,
}

#[expect(
    unsafe_code,
    reason = "the owner of a slot has its memory to itself, in whichever thread it is"
)]
// SAFETY: a slot is memory of the process that only its owner reads and writes.
unsafe impl Send for Slot {}

#[expect(unsafe_code, reason = "see `Send`")]
// SAFETY: a shared reference to a slot gives access for reading only.
unsafe impl Sync for Slot {}

/// The memory that is locked.
struct Pool {
    /// The slots of each size that are free.
    free: [Vec<Slot>; SIZES],
    /// The part of the last chunk that was never used.
    rest: &'static mut [u8],
    chunks: usize,
    /// The system locks no more memory.
    is_full: bool,
}

static POOL: Mutex<Pool> = Mutex::new(Pool {
    free: [const { Vec::new() }; SIZES],
    rest: &mut [],
    chunks: 0,
    is_full: false,
});

fn pool() -> MutexGuard<'static, Pool> {
    POOL.lock().unwrap_or_else(PoisonError::into_inner)
}

impl LockedBytes {
    /// A copy of the bytes in locked memory. `None` if there are too many, or if the system locks no
    /// more memory.
    pub(crate) fn copy_of(bytes: &[u8]) -> Option<Self> {
        let slots = bytes.len().max(SMALLEST).checked_next_power_of_two()?;
        let size = (slots / SMALLEST).trailing_zeros() as usize;
        if size >= SIZES {
            return None;
        }
        let mut slot = pool().take(size)?;
        slot.memory()[..bytes.len()].copy_from_slice(bytes);
        Some(Self {
            slot,
            length: bytes.len(),
        })
    }
}

impl Deref for LockedBytes {
    type Target = [u8];

    #[expect(unsafe_code, reason = "the bytes of the slot that this value owns")]
    fn deref(&self) -> &[u8] {
        // SAFETY: the slot has at least `length` bytes, all of them initialised, and is written only
        // through `&mut self`.
        unsafe { std::slice::from_raw_parts(self.slot.start.as_ptr(), self.length) }
    }
}

impl Drop for LockedBytes {
    fn drop(&mut self) {
        let length = self.length;
        self.slot.memory()[..length].zeroize();
        let slot = Slot {
            start: self.slot.start,
            size: self.slot.size,
        };
        pool().free[slot.size].push(slot);
    }
}

impl Slot {
    #[expect(unsafe_code, reason = "the bytes of the slot that this value owns")]
    fn memory(&mut self) -> &mut [u8] {
        // SAFETY: the slot is `SMALLEST << size` bytes of a chunk that lives for ever, and nobody else
        // has them (`Pool::take`).
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), SMALLEST << self.size) }
    }
}

impl Pool {
    fn take(&mut self, size: usize) -> Option<Slot> {
        if let Some(slot) = self.free[size].pop() {
            return Some(slot);
        }
        let length = SMALLEST << size;
        if self.rest.len() < length {
            self.add_chunk()?;
        }
        // Each part of a chunk is given out once; afterwards it is a slot of this size.
        let rest = std::mem::take(&mut self.rest);
        let (slot, rest) = rest.split_at_mut_checked(length)?;
        self.rest = rest;
        Some(Slot {
            start: NonNull::from(slot).cast(),
            size,
        })
    }

    fn add_chunk(&mut self) -> Option<()> {
        if self.is_full || self.chunks == MOST_CHUNKS {
            return None;
        }
        let locked = MmapMut::map_anon(CHUNK).and_then(|chunk| chunk.lock().map(|()| chunk));
        let Ok(chunk) = locked else {
            self.is_full = true;
            return None;
        };
        #[cfg(target_os = "linux")]
        let _ = chunk.advise(memmap2::Advice::DontDump);
        self.chunks += 1;
        self.rest = &mut Box::leak(Box::new(chunk))[..];
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Values that come and go hold their bytes, whatever was in their memory before.
        #[test]
        fn values_do_not_overlap(steps in proptest::collection::vec((0usize..40, 0usize..20_000), 1..120)) {
            let mut held: Vec<(LockedBytes, Vec<u8>)> = Vec::new();
            for (at, length) in steps {
                if at < held.len() {
                    held.swap_remove(at);
                }
                let bytes: Vec<u8> = (0..length).map(|n| (n * 31 + at) as u8).collect();
                if let Some(locked) = LockedBytes::copy_of(&bytes) {
                    held.push((locked, bytes));
                }
                for (locked, bytes) in &held {
                    prop_assert!(locked[..] == bytes[..]);
                }
            }
        }
    }

    #[test]
    fn memory_that_is_given_back_holds_nothing() {
        let Some(locked) = LockedBytes::copy_of(&[7; 3000]) else {
            return;
        };
        let (start, size) = (locked.slot.start, locked.slot.size);
        drop(locked);
        let mut pool = pool();
        let free = &mut pool.free[size];
        // Another test may have taken it.
        if let Some(slot) = free.iter_mut().find(|slot| slot.start == start) {
            assert!(slot.memory().iter().all(|&byte| byte == 0));
        }
    }

    #[test]
    fn the_system_has_locked_it() {
        if cfg!(target_os = "linux") && LockedBytes::copy_of(b"lantern").is_some() {
            let status = std::fs::read_to_string("/proc/self/status").unwrap();
            let line = status.lines().find_map(|line| line.strip_prefix("VmLck:"));
            let locked: usize = line.unwrap().trim_end_matches("kB").trim().parse().unwrap();
            assert!(locked >= CHUNK >> 10, "{locked}");
        }
    }

    #[test]
    fn long_values_are_in_ordinary_memory() {
        assert!(
            LockedBytes::copy_of(&[1; 16 << 10]).is_some_and(|held| held.len() == 16 << 10)
                || pool().is_full
        );
        assert!(LockedBytes::copy_of(&[1; (16 << 10) + 1]).is_none());
    }
}
