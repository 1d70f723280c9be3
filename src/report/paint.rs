//! Colours of text for people.

use std::borrow::Cow;

use crate::finding::Confidence;

/// Colours, if they are enabled.
#[derive(Clone, Copy)]
pub(super) struct Paint(pub bool);

impl Paint {
    pub fn bold<'a>(self, text: &'a str) -> Cow<'a, str> {
        self.with("1", text)
    }

    /// Text that repeats or guides, and need not be read.
    pub fn dim<'a>(self, text: &'a str) -> Cow<'a, str> {
        self.with("2", text)
    }

    /// The place of a finding.
    pub fn place<'a>(self, text: &'a str) -> Cow<'a, str> {
        self.with("36", text)
    }

    pub fn confidence<'a>(self, text: &'a str, confidence: Confidence) -> Cow<'a, str> {
        let code = match confidence {
            Confidence::High => "31",
            Confidence::Medium => "33",
            Confidence::Low => "2",
        };
        self.with(code, text)
    }

    pub fn with<'a>(self, code: &str, text: &'a str) -> Cow<'a, str> {
        if self.0 {
            Cow::Owned(format!("\x1b[{code}m{text}\x1b[0m"))
        } else {
            Cow::Borrowed(text)
        }
    }
}
