//! Decides at which places the matches of a unit are reported.

pub(super) mod path_versions;
