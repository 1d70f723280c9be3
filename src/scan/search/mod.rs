//! Searches every source of text of a unit: files, objects, messages, headers and names.

pub(super) mod blob_search;
pub(super) mod git_directory_search;
pub(super) mod header_search;
pub(super) mod line_inheritance;
pub(super) mod name_search;
pub(super) mod object_search;
