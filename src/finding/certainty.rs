//! How sure it is that a value is the one that the application reads.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::named_values::named_values;

/// How sure it is that a value is the one that the application reads. Only a value that is exact is imported.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
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
    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "kebab-case")]
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

/// The certainty in files and reports. The reason of a doubt is a field of its own there.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ReadingName {
    /// Every reader of the file reads this value.
    #[default]
    Exact,
    /// Another reader of the file may read another value.
    Doubtful,
    /// Some parts of the value are not in the text.
    InParts,
    /// The value is longer than a secret may be.
    TooLong,
}

impl ReadingName {
    /// The name in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            ReadingName::Exact => "exact",
            ReadingName::Doubtful => "doubtful",
            ReadingName::InParts => "in-parts",
            ReadingName::TooLong => "too-long",
        }
    }

    /// Whether the value is exact. Files of the inventory do not store this default.
    pub fn is_exact(&self) -> bool {
        *self == ReadingName::Exact
    }
}

impl Certainty {
    /// The certainty with this name. `None` if a doubt has no reason, or anything else has one.
    pub fn of(reading: ReadingName, doubt: Option<Doubt>) -> Option<Self> {
        match (reading, doubt) {
            (ReadingName::Exact, None) => Some(Certainty::Exact),
            (ReadingName::Doubtful, Some(doubt)) => Some(Certainty::Doubtful(doubt)),
            (ReadingName::InParts, None) => Some(Certainty::InParts),
            (ReadingName::TooLong, None) => Some(Certainty::TooLong),
            _ => None,
        }
    }

    /// The certainty without its reason.
    pub fn reading(self) -> ReadingName {
        match self {
            Certainty::Exact => ReadingName::Exact,
            Certainty::Doubtful(_) => ReadingName::Doubtful,
            Certainty::InParts => ReadingName::InParts,
            Certainty::TooLong => ReadingName::TooLong,
        }
    }

    /// The word for the certainty in files and reports.
    pub fn name(self) -> &'static str {
        self.reading().name()
    }

    /// Whether every reader of the file reads this value.
    pub fn is_exact(self) -> bool {
        self == Certainty::Exact
    }

    /// The reason for the doubt, if there is one.
    pub fn doubt(self) -> Option<Doubt> {
        match self {
            Certainty::Doubtful(doubt) => Some(doubt),
            _ => None,
        }
    }
}

impl Doubt {
    /// The reason in words, for a person who knows the file.
    pub fn description(self) -> &'static str {
        match self {
            Doubt::UnknownEscape => "it has a backslash whose meaning the syntax does not define",
            Doubt::Variable => {
                "it has a `$` before a name, which some readers replace by a variable"
            }
            Doubt::Comment => "some readers take a part of it for a comment",
            Doubt::Quoting => {
                "readers of the format differ in how they read its quotes or backslashes"
            }
            Doubt::Indentation => "its indentation depends on text that was not read",
            Doubt::Unfinished => "it has no end in the text",
            Doubt::Surroundings => "the text around it may be a comment, a string or a program",
            Doubt::Characters => "it has characters that some readers refuse, or read as others",
            Doubt::WhiteSpace => {
                "readers of the format differ in whether the white space around it belongs to it"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certainty_is_made_of_its_name_and_its_reason() {
        let doubts = Doubt::ALL.iter().map(|&doubt| Certainty::Doubtful(doubt));
        let others = [Certainty::Exact, Certainty::InParts, Certainty::TooLong];
        for certainty in doubts.chain(others) {
            let (reading, doubt) = (certainty.reading(), certainty.doubt());
            assert_eq!(Certainty::of(reading, doubt), Some(certainty));
            assert_eq!(serde_json::to_value(reading).unwrap(), certainty.name());
            if let Some(doubt) = doubt {
                assert_eq!(serde_json::to_value(doubt).unwrap(), doubt.name());
            }
        }
        assert_eq!(Certainty::of(ReadingName::Doubtful, None), None);
        let reason = Some(Doubt::Comment);
        assert_eq!(Certainty::of(ReadingName::InParts, reason), None);
    }
}
