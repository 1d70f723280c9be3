//! The reasons why a rule of another scanner cannot be converted.

use super::regex_translation::PatternError;
use crate::detect::compile::RuleMistake;
use crate::detect::selftest::SelftestFailure;

/// Why there is no Keyferry rule for a rule of another scanner. The subject of each message is the
/// rule.
#[derive(Debug, thiserror::Error)]
pub enum ConversionError {
    /// The rule has no id.
    #[error("it has no id")]
    NoId,
    /// The rule only supplies a condition for another rule.
    #[error("it supplies a condition for another rule, and its own matches are not reported")]
    SupportsOtherRule,
    /// The rule has no expression.
    #[error("it has no expression: it matches paths, not the content of files")]
    NoExpression,
    /// The expression has no counterpart.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// No literal can serve as an anchor.
    #[error(
        "no literal of three bytes is in every match{}",
        if *.keywords { ", and its keywords may occur anywhere in a file" } else { "" }
    )]
    NoLiteral {
        /// Whether the rule has keywords.
        keywords: bool,
    },
    /// The converted rule does not compile.
    #[error("{}", .0.message)]
    Rule(RuleMistake),
    /// The converted rule fails on the examples of the rule.
    #[error("it does not pass its own examples: {0}")]
    Examples(SelftestFailure),
    /// The rule has no usable example, and none could be made.
    #[error("no example could be generated in which it finds one value{}", rejections(.rejected))]
    NoExample {
        /// Names of the filters that rejected values in generated texts.
        rejected: Vec<&'static str>,
    },
}

/// The filters that rejected values, for the end of a message.
pub(super) fn rejections(filters: &[&str]) -> String {
    if filters.is_empty() {
        String::new()
    } else {
        format!(" (rejected: {})", filters.join(", "))
    }
}
