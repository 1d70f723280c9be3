//! The inventory: one entry for each distinct value, the files of these entries, their key, and the
//! merge of scans into them.

mod alternatives;
pub mod decision_files;
pub mod entry;
pub mod entry_join;
pub mod entry_reading;
mod entry_text;
pub mod file_names;
mod files_on_disk;
mod folder_listing;
mod importable_places;
pub mod inventory_key;
pub mod key_file;
pub mod known_folders;
pub mod merge;
pub mod native_replacement;
mod own_text;
pub mod payload;
pub mod place_file;
pub mod place_order;
pub mod repository_entry;
pub mod rotation_strategy;
pub mod sealed_text;
pub mod secret_roles;
pub mod secret_use;
pub mod store;
pub mod store_error;
pub mod store_notice;
mod store_reading;
mod store_writing;
pub mod stored_entry;
pub mod stored_file;
pub mod stored_occurrence;
pub mod use_key;
