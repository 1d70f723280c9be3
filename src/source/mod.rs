//! Where bytes come from: working trees, and every object of a git repository.

pub mod git;
pub mod target;
pub mod value_reader;
pub mod worktree;
