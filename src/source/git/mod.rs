//! A git repository, read straight from its files. [`boundary`] decides which places these files
//! may lead to.

pub mod attribution;
pub mod boundary;
pub mod commits;
mod config_file;
mod configuration;
mod file_guard;
pub mod git_directory;
mod git_place;
pub mod ignore_rules;
mod index_file;
mod index_type;
pub mod layout;
mod linked_worktrees;
pub mod object_header;
pub mod object_paths;
pub mod own_objects;
pub mod pack;
mod parse_memo;
pub mod recognition;
mod ref_file;
mod refs;
pub mod remote_url;
pub mod repository;
mod repository_error;
pub mod revision;
mod shallow_list;
pub mod signature;
mod tracked_files;
pub mod tree_diff;
pub mod tree_entry;
pub mod tree_index;
pub mod tree_lookup;
mod wildmatch;

pub use boundary::Boundary;
pub use file_guard::UnsafeFile;
pub use ref_file::RefError;
pub use refs::Tips;
pub use repository::{Repo, Staged, UnreadPart};
pub use repository_error::RepositoryError;
pub use shallow_list::ShallowList;
pub use tracked_files::tracked_files;
