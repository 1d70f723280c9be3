//! An assignment as it was read: its name, its value, and the notation of the value.

use std::ops::Range;

use super::name::Name;
use super::no_assignment::NoAssignment;
use crate::detect::decode;
use crate::finding::Decoding;

/// A value and the name that it is assigned to. Ranges are bytes of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The whole name, without quotes.
    pub name: Range<usize>,
    /// End of the part of the name that names the kind of value: before `_PROD` in
    /// `DB_PASSWORD_PROD`.
    pub stem: usize,
    /// The raw value, without quotes.
    pub value: Range<usize>,
    /// The value has delimiters of its own, or must be taken as if it had.
    pub quoted: bool,
    /// The notation of the value.
    pub notation: Notation,
    /// The value may also be read as part of a sentence.
    pub loose: bool,
}

impl Assignment {
    /// A value with delimiters.
    pub(super) fn quoted(name: &Name, value: Range<usize>, notation: Notation) -> Self {
        Self {
            name: name.range.clone(),
            stem: name.stem,
            value,
            quoted: true,
            notation,
            loose: false,
        }
    }

    /// A value without delimiters.
    pub(super) fn bare(name: &Name, value: Range<usize>) -> Self {
        Self {
            quoted: false,
            ..Self::quoted(name, value, Notation::Plain)
        }
    }

    /// A value with delimiters, unless it is empty.
    pub(super) fn of_literal(
        name: &Name,
        value: Range<usize>,
        notation: Notation,
    ) -> Result<Self, NoAssignment> {
        if value.is_empty() {
            return Err(NoAssignment::NoValue);
        }
        Ok(Self::quoted(name, value, notation))
    }
}

/// The notation of a value, which decides how it is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// Without escapes.
    Plain,
    /// With the backslash escapes of a quoted string.
    Backslash,
    /// Single quotes are doubled.
    Doubled,
    /// With the character references of XML and HTML.
    Markup,
    /// In base64.
    Base64,
}

/// Whether a value of this name is base64 by convention: `_password` and `_auth` of npm, `auth` of
/// Docker. The latter two hold a user and a password.
pub fn is_base64_by_convention(key: &[u8], raw: &[u8]) -> bool {
    match key {
        b"_password" => true,
        b"_auth" | b"auth" => decode::apply(raw, &[Decoding::Base64])
            .is_some_and(|plain| plain.contains(&b':') && plain.iter().all(u8::is_ascii_graphic)),
        _ => false,
    }
}
