//! The line of a place whose value was read again, for `show` and `explain`: without any secret.

use serde::{Deserialize, Serialize};

use super::search::git_directory_search;
use super::search::line_excerpt::LineExcerpts;
use crate::detect::engine::{Engine, Text};
use crate::detect::file_kind::file_syntax;
use crate::detect::line_explanation::LineExplanation;
use crate::finding::{Excerpt, Occurrence, Origin, Position, Syntax};
use crate::source::value_reader::LocatedValue;

/// What is wanted of the line of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LineWish {
    /// The line itself, masked.
    Excerpt,
    /// What the rules make of the lines of the value.
    Explanation,
}

/// The line of a place, as it is now. Its texts are those of the repository: they must be escaped.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PlaceLine {
    /// Line of the value, from 1.
    pub line: u64,
    /// Column of the value, in bytes from 1.
    pub column: u64,
    /// The value is not where it was found.
    pub is_moved: bool,
    /// The line. `None`: it is not wanted, or the text is binary.
    pub excerpt: Option<Excerpt>,
    /// `None`: it is not wanted.
    pub explanation: Option<LineExplanation>,
}

impl PlaceLine {
    /// The line of an occurrence whose value was found in a text.
    pub fn of(
        engine: &Engine,
        place: &Occurrence,
        mut located: LocatedValue,
        wish: LineWish,
    ) -> Self {
        if place.origin == Origin::Reflog {
            git_directory_search::blank_ids(&mut located.bytes);
        }
        let text = Text::new(&located.bytes, syntax(place));
        let Position {
            line,
            column,
            end_line,
            ..
        } = text.lines().position(&located.range);
        let is_shown = wish == LineWish::Excerpt && !text.is_binary();
        let excerpt = is_shown.then(|| {
            let matches = engine.resolve(text, engine.search_text(text));
            let excerpts = LineExcerpts::with_place(text, &matches, &located.range, place);
            let here = engine
                .read_surroundings_of(matches, usize::MAX, |found| found.range == located.range);
            excerpts.around_place(&located.range, place, here.first())
        });
        let explanation = (wish == LineWish::Explanation)
            .then(|| LineExplanation::of(engine, text, &(line..=end_line)));
        Self {
            line,
            column,
            is_moved: located.is_moved,
            excerpt,
            explanation,
        }
    }
}

/// The syntax that the text of a place is read as.
fn syntax(place: &Occurrence) -> Syntax {
    match place.origin {
        Origin::CommitMessage | Origin::TagMessage | Origin::CommitHeader | Origin::TagHeader => {
            Syntax::Prose
        }
        Origin::Reflog | Origin::GitDirectory => {
            let path = place.path.as_str();
            let below = path.rsplit_once(".git/").map_or(path, |(_, below)| below);
            git_directory_search::syntax(below)
        }
        _ => file_syntax(place.path.as_bytes()),
    }
}
