//! How sure it is that a value is the one that the application reads.

use super::named_values::named_values;

/// How sure it is that a value is the one that the application reads. Only a value that is exact is imported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// Every reader of the file reads this value.
    #[default]
    Exact,
    /// Another reader of the file may read another value.
    Doubtful(Doubt),
    /// Some parts of the value are not in the text: variables, or results of expressions.
    InParts,
    /// The value is longer than a secret may be, which is 65,536 bytes.
    TooLong,
}

named_values! {
    /// The reason for which a reading is doubtful.
    pub enum Doubt {
        /// The syntax does not define an escape that the value has.
        UnknownEscape = "unknown-escape",
        /// Some readers replace `$NAME` in the value by a variable, and others do not.
        Variable = "variable",
        /// Some readers take a part of the value for a comment.
        Comment = "comment",
        /// Readers of the format differ in how they read quotes or backslashes.
        Quoting = "quoting",
        /// The indentation of the value depends on text that was not read.
        Indentation = "indentation",
        /// The value has no end in the text.
        Unfinished = "unfinished",
        /// The value is in a text that may be a comment, a string or a program.
        Surroundings = "surroundings",
        /// The value has characters that readers of the format refuse, or read as other characters.
        Characters = "characters",
        /// Readers of the format differ in whether white space around the value belongs to it.
        WhiteSpace = "white-space",
    }
}

impl Certainty {
    /// The word for the certainty in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Certainty::Exact => "exact",
            Certainty::Doubtful(_) => "doubtful",
            Certainty::InParts => "in-parts",
            Certainty::TooLong => "too-long",
        }
    }

    /// The reason for the doubt, if there is one.
    pub fn doubt(self) -> Option<Doubt> {
        match self {
            Certainty::Doubtful(doubt) => Some(doubt),
            _ => None,
        }
    }
}
