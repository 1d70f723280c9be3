//! An assignment as it was read: its name, its value, and the notation of the value.

use std::ops::Range;

use super::name::Name;
use super::name_suffix::Suffix;
use super::no_assignment::NoAssignment;
use super::string_literal::Literal;
use super::value_site::{Notation, ValueSite};
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
    /// What the words behind that part say, if there are any.
    pub suffix: Option<Suffix>,
    /// The value is an item of a list under the name.
    pub is_item: bool,
    /// The raw value, without quotes.
    pub value: Range<usize>,
    /// The value has delimiters of its own, or must be taken as if it had.
    pub quoted: bool,
    /// The notation of the value.
    pub notation: Notation,
    /// The place of the value in the syntax of the file.
    pub site: ValueSite,
    /// The value may also be read as part of a sentence.
    pub loose: bool,
    /// The value is known only when the whole text is: another string is joined to it, or it has no end on its line.
    pub needs_text: bool,
}

impl Assignment {
    /// A value with delimiters.
    pub(super) fn quoted(
        name: &Name,
        value: Range<usize>,
        notation: Notation,
        site: ValueSite,
    ) -> Self {
        Self {
            name: name.range.clone(),
            stem: name.stem,
            suffix: name.suffix,
            is_item: false,
            value,
            quoted: true,
            notation,
            site,
            loose: false,
            needs_text: false,
        }
    }

    /// A value without delimiters.
    pub(super) fn bare(name: &Name, value: Range<usize>, site: ValueSite) -> Self {
        Self {
            quoted: false,
            ..Self::quoted(name, value, Notation::Plain, site)
        }
    }

    /// The value that is the expression at `site`, of which only the name was read. `word` is its last word.
    pub fn of_expression(text: &[u8], word: &Range<usize>, site: usize) -> Option<Self> {
        let name = Name::around(text, word).ok()?;
        let site_of_value = ValueSite::Expression(site);
        Some(Self {
            needs_text: true,
            ..Self::quoted(&name, site..site, Notation::Plain, site_of_value)
        })
    }

    /// A literal, unless it is empty.
    pub(super) fn of_literal(name: &Name, literal: Literal) -> Result<Self, NoAssignment> {
        if literal.value.is_empty() && literal.ends_value {
            return Err(NoAssignment::NoValue);
        }
        Ok(Self {
            needs_text: !literal.ends_value,
            ..Self::quoted(name, literal.value, literal.notation, literal.site)
        })
    }
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
