//! Regular expressions, as the policy writes them.

use std::str::FromStr;

use regex::Regex;

use crate::text_type::text_type;

/// The text is not a regular expression, or not one of a whole text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// The syntax is wrong, or the expression is too large.
    #[error("`{text}` is no regular expression: {reason}")]
    Syntax {
        /// The text that was given.
        text: String,
        /// The mistake, in the words of the `regex` crate.
        reason: String,
    },
    /// The expression cannot be put between the begin and the end of a text.
    #[error("`{text}` cannot match a whole text")]
    NotWhole {
        /// The text that was given.
        text: String,
    },
}

/// A regular expression: of the whole text if `WHOLE`, of any part of it otherwise.
#[derive(Clone, Debug)]
pub struct Pattern<const WHOLE: bool> {
    text: String,
    regex: Regex,
}

impl<const WHOLE: bool> Pattern<WHOLE> {
    /// The expression as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the expression matches: the whole of `text` if `WHOLE`, any part of it otherwise.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

impl<const WHOLE: bool> FromStr for Pattern<WHOLE> {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        // Compiled as written first, so that the message shows the person's own text.
        let regex = Regex::new(text).map_err(|error| PatternError::Syntax {
            text: text.to_owned(),
            reason: reason(&error),
        })?;
        let regex = if WHOLE {
            Regex::new(&format!(r"\A(?:{text})\z")).map_err(|_| PatternError::NotWhole {
                text: text.to_owned(),
            })?
        } else {
            regex
        };
        Ok(Self {
            text: text.to_owned(),
            regex,
        })
    }
}

/// The last line of the crate's message: the reason without the drawing of the place.
fn reason(error: &regex::Error) -> String {
    let shown = error.to_string();
    let last = shown.lines().last().unwrap_or_default().trim();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

text_type!(
    Pattern<true>,
    "WholePattern",
    "A regular expression of the whole text."
);
text_type!(
    Pattern<false>,
    "Pattern",
    "A regular expression of a part of the text."
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_a_whole_text_or_a_part() {
        let whole: Pattern<true> = "a|bc".parse().unwrap();
        assert!(whole.is_match("bc") && !whole.is_match("ab") && !whole.is_match("a\n"));
        assert!("b".parse::<Pattern<false>>().unwrap().is_match("abc"));
        let error = "(".parse::<Pattern<true>>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`(` is no regular expression: unclosed group"
        );
    }
}
