//! Where bytes come from: working trees, and every object of a git repository.

pub mod git;
pub mod reread;
pub mod target;
pub mod worktree;
