//! A git repository. libgit2 reads refs, index and configuration; objects are read straight from
//! their files.

pub mod attribution;
pub mod commits;
mod config_values;
mod file_guard;
pub mod git_directory;
pub mod ignore_rules;
mod index_type;
pub mod layout;
mod linked_worktrees;
pub mod object_header;
pub mod object_paths;
pub mod pack;
pub mod recognition;
mod ref_file;
mod refs;
pub mod remote_url;
pub mod repository;
mod repository_error;
pub mod signature;
mod tracked_files;
pub mod tree_diff;
pub mod tree_entry;
pub mod tree_index;
mod wildmatch;

pub use file_guard::UnsafeFile;
pub use ref_file::RefError;
pub use refs::Tips;
pub use repository::{Repo, Staged};
pub use repository_error::RepositoryError;
pub use tracked_files::tracked_files;
