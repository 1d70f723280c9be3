//! Reads a repository's history: from its packs, or from the cache of an earlier scan and what is new since.

pub(super) mod cache_file;
mod cache_recording;
mod cached_read;
pub(super) mod full_read;
mod missing_objects;
