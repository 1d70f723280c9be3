//! The sources of bytes: working trees, folders and files, and every object of a git repository.

mod folder_walk;
pub mod git;
pub mod target;
pub mod unit_naming;
pub mod value_reader;
pub mod value_search;
pub mod worktree;
