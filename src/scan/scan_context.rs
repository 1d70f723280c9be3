//! The inputs that every stage of a scan needs.

use std::sync::Arc;

use super::scan_options::Options;
use crate::detect::engine::{Engine, Match};
use crate::inventory::inventory_key::InventoryKey;
use crate::memory_budget::MemoryBudget;
use crate::progress::Progress;
use crate::source::git::pack::SizeSupplement;

/// The rules, key and options of one scan, and its progress display.
#[derive(Clone, Copy)]
pub(crate) struct ScanContext<'a> {
    /// Searches texts.
    pub engine: &'a Engine,
    /// Makes secret ids and fingerprints.
    pub key: &'a InventoryKey,
    /// The options of the user.
    pub options: &'a Options,
    /// The memory of all threads.
    pub memory: &'a MemoryBudget,
    /// The bytes at which the target's repositories are counted beyond those that they store.
    pub supplement: &'a Arc<SizeSupplement>,
    /// The most rows of the present unit.
    pub most_rows: usize,
    /// Receives the name and length of each stage.
    pub progress: &'a dyn Progress,
}

impl ScanContext<'_> {
    /// The memory for the matches of one kind of source of a unit, in bytes.
    pub fn match_memory(&self) -> usize {
        const LEAST: u64 = 32 << 20;
        const MOST: u64 = 128 << 20;
        (self.memory.limit() / 8).clamp(LEAST, MOST) as usize
    }

    /// The memory that a text of this length needs while it is searched: its bytes, and, in UTF-16,
    /// the decoded ones.
    pub fn memory_of_text(length: u64) -> u64 {
        length.saturating_mul(3)
    }

    /// Whether a match has the confidence that is reported.
    pub fn reports(&self, matched: &Match) -> bool {
        matched.confidence >= self.options.confidence
    }
}
