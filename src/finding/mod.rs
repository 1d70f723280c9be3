//! The vocabulary of findings: a secret at a place, with its kind, confidence and context. A scan
//! yields findings, a report shows them, and the inventory collects them.

mod certainty;
mod classification;
mod decoding_step;
mod decoding_words;
mod evidence;
mod excerpt;
mod finding_builder;
mod history_extent;
mod introduction;
mod literal_escapes;
mod named_values;
mod occurrence;
mod origin;
mod readings;
pub mod repository_identity;
mod syntax;
mod text_position;
mod value_context;
mod weak_value;

pub use certainty::{Certainty, Doubt, ReadingName};
pub use classification::{Confidence, Kind};
pub use decoding_step::{Decoding, DecodingError};
pub use evidence::Evidence;
pub use excerpt::Excerpt;
pub use finding_builder::{Finding, FindingBuilder, FindingError};
pub use history_extent::HistoryExtent;
pub use introduction::Introduction;
pub use literal_escapes::Escapes;
pub use occurrence::Occurrence;
pub use origin::{FoundBy, Origin, ScanPart};
pub use readings::{CharacterKind, Readings};
pub use syntax::Syntax;
pub use text_position::{LineEnd, Lines, Position, positions};
pub use value_context::Context;
pub use weak_value::is_weak;
