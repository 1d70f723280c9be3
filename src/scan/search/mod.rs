//! Searches every source of text of a unit: files, objects, messages, headers and names.
//!
//! Each source makes a [`blob::Blob`] of its text and passes it to [`blob_search`], which finds the
//! matches and does the coverage accounting. The result is [`located_match::LocatedMatches`] in all
//! cases.

pub(crate) mod blob;
pub(crate) mod blob_search;
pub(crate) mod file_search;
pub(crate) mod git_directory_search;
pub(crate) mod header_search;
pub(crate) mod kept_matches;
pub(crate) mod line_excerpt;
pub(crate) mod line_inheritance;
pub(crate) mod located_match;
pub(crate) mod message_search;
pub(crate) mod name_search;
pub(crate) mod object_search;
pub(crate) mod repeated_search;
