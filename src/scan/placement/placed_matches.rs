//! Matches with the place at which they are reported. Findings are made of them.

use crate::finding::{Introduction, Origin};
use crate::scan::search::located_match::LocatedMatch;
use crate::source::git::pack::ObjectId;
use crate::source::git::signature::Signature;

/// Matches at one place: a path, a message, a header or a name.
pub(crate) struct PlacedMatches {
    /// The kind of source.
    pub origin: Origin,
    /// Relative to the unit, `/` between components. The name itself for a ref, and empty for
    /// messages and headers.
    pub path: String,
    /// The object that holds the bytes, if git holds them.
    pub object: Option<ObjectId>,
    /// The matches that are reported here.
    pub matches: Vec<LocatedMatch>,
    /// The commits and refs that hold the matches here.
    pub attribution: PlaceAttribution,
}

/// The longest name of an author or a ref, in bytes.
const LONGEST_NAME: usize = 300;

/// The name of an author or a ref, as rows show it. All rows of a repository can have the same
/// name, so a name of a megabyte would fill the memory. A long name is left out as a whole: half of
/// it could end within a value, which nobody would find to redact it.
pub(super) fn shown_name(name: String) -> String {
    if name.len() > LONGEST_NAME {
        "…".to_owned()
    } else {
        name
    }
}

/// The commits and refs that hold the matches of a place.
#[derive(Clone)]
pub(crate) struct PlaceAttribution {
    /// The commit that introduced them, or the oldest known one that holds them.
    pub commit: Option<ObjectId>,
    /// Whether that commit introduced them.
    pub introduced: Introduction,
    /// One of the commits that introduced them is older than the reported history (`--since`).
    pub is_older: bool,
    /// The author of that commit, or of the tag.
    pub author: Option<Signature>,
    /// A ref, HEAD or the working tree still leads to them.
    pub reachable: bool,
    /// HEAD's tree holds them at this path.
    pub at_head: bool,
    /// The first branches and tags that hold them, by their full names.
    pub refs: Vec<String>,
    /// The number of further branches and tags that do.
    pub more_refs: u64,
    /// The last commit of branches and tags that held them, if none does any more, and its author.
    pub last: Option<(ObjectId, Signature)>,
}

impl Default for PlaceAttribution {
    /// A place outside history: a file that is there now.
    fn default() -> Self {
        Self {
            commit: None,
            introduced: Introduction::At,
            is_older: false,
            author: None,
            reachable: true,
            at_head: false,
            refs: Vec::new(),
            more_refs: 0,
            last: None,
        }
    }
}
