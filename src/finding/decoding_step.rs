//! The steps that decode the bytes of a file into a value.

use serde::{Deserialize, Serialize};

use super::{Escapes, Syntax};

/// A step that decodes the bytes of a file into a value. Steps are applied in order. A step is
/// written as a word, and a part as `12..40`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Decoding {
    /// `%41` is `A`: user information of a URI.
    Percent,
    /// `%41` is `A`, and `+` a space: a field of a form.
    Form,
    /// `\n`, `\"`, `\\`, `\uXXXX`, `\101` …: a quoted string.
    Backslash,
    /// White space at the beginning of lines is not part of the value: a PEM block in a YAML
    /// document.
    Dedent,
    /// Base64 of either alphabet, padded or not, with white space anywhere.
    Base64,
    /// Two hexadecimal digits for each byte.
    Hex,
    /// `&amp;`, `&#38;`: text of XML and HTML.
    HtmlEntities,
    /// `=41` is `A`: mail.
    QuotedPrintable,
    /// A gzip stream (RFC 1952).
    Gzip,
    /// UTF-16, little-endian.
    Utf16Le,
    /// UTF-16, big-endian.
    Utf16Be,
    /// `''` is `'`: a string of YAML or SQL.
    Doubled,
    /// A private key in any layout becomes the text that its own writer writes.
    KeyText,
    /// CRLF becomes LF: a file that was checked out with the line ends of Windows.
    LineEnds,
    /// Numbers separated by commas, each of which is a byte: `0x7b, 0x86`.
    Numbers,
    /// The escapes within one literal. It is written as `escapes:json`.
    Escapes(Escapes),
    /// An expression with its quotes and joins, as the reader of its file reads it. It is written as
    /// `expression:python`.
    Expression(Syntax),
    /// So many spaces at the beginning of each line but the first are not part of the value: lines of a block of YAML.
    /// It is written as `indented:4`.
    Indented(u16),
    /// A part of the bytes that the steps before this one give.
    Part {
        /// Offset of the first byte.
        start: u32,
        /// Offset of the byte after the last one.
        end: u32,
    },
}

impl Decoding {
    /// All without a parameter, with their names in files and reports.
    const NAMED: [(Decoding, &'static str); 15] = [
        (Decoding::Percent, "percent"),
        (Decoding::Form, "form"),
        (Decoding::Backslash, "backslash"),
        (Decoding::Dedent, "dedent"),
        (Decoding::Base64, "base64"),
        (Decoding::Hex, "hex"),
        (Decoding::HtmlEntities, "html-entities"),
        (Decoding::QuotedPrintable, "quoted-printable"),
        (Decoding::Gzip, "gzip"),
        (Decoding::Utf16Le, "utf-16le"),
        (Decoding::Utf16Be, "utf-16be"),
        (Decoding::Doubled, "doubled"),
        (Decoding::KeyText, "key-text"),
        (Decoding::LineEnds, "line-ends"),
        (Decoding::Numbers, "numbers"),
    ];

    /// The first of the steps, as far as they give the value as it is written: without the last step that reads
    /// a literal, and those behind it. The steps before it decode the text around.
    pub fn as_written(steps: &[Decoding]) -> &[Decoding] {
        let reads_literal = |step: &Decoding| {
            matches!(
                step,
                Decoding::Escapes(_)
                    | Decoding::Expression(_)
                    | Decoding::Backslash
                    | Decoding::Doubled
            )
        };
        let end = steps.iter().rposition(reads_literal);
        &steps[..end.unwrap_or(steps.len())]
    }
}

impl std::fmt::Display for Decoding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self, Self::NAMED.iter().find(|(step, _)| step == self)) {
            (Decoding::Part { start, end }, _) => write!(f, "{start}..{end}"),
            (Decoding::Indented(spaces), _) => write!(f, "indented:{spaces}"),
            (Decoding::Escapes(escapes), _) => write!(f, "escapes:{}", escapes.name()),
            (Decoding::Expression(syntax), _) => write!(f, "expression:{}", syntax.name()),
            (_, Some((_, name))) => f.write_str(name),
            (_, None) => Err(std::fmt::Error),
        }
    }
}

impl From<Decoding> for String {
    fn from(step: Decoding) -> String {
        step.to_string()
    }
}

/// The text names no decoding step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no decoding step")]
pub struct DecodingError(String);

impl TryFrom<String> for Decoding {
    type Error = DecodingError;

    fn try_from(text: String) -> Result<Self, DecodingError> {
        if let Some((step, _)) = Self::NAMED.iter().find(|(_, name)| *name == text) {
            return Ok(*step);
        }
        let named = match text.split_once(':') {
            Some(("escapes", name)) => Escapes::of_name(name).map(Decoding::Escapes),
            Some(("indented", spaces)) => spaces.parse().ok().map(Decoding::Indented),
            Some(("expression", name)) => Syntax::of_name(name).map(Decoding::Expression),
            _ => None,
        };
        if let Some(step) = named {
            return Ok(step);
        }
        let part = text
            .split_once("..")
            .and_then(|(start, end)| Some((start.parse().ok()?, end.parse().ok()?)));
        match part {
            Some((start, end)) if start <= end => Ok(Decoding::Part { start, end }),
            _ => Err(DecodingError(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_as_it_is_written_has_no_step_of_its_literal() {
        let (literal, part) = (
            Decoding::Escapes(Escapes::DotenvDouble),
            Decoding::Part { start: 1, end: 9 },
        );
        assert_eq!(Decoding::as_written(&[]), []);
        assert_eq!(Decoding::as_written(&[literal]), []);
        assert_eq!(Decoding::as_written(&[literal, part]), []);
        let nested = [Decoding::Base64, part, literal];
        assert_eq!(Decoding::as_written(&nested), [Decoding::Base64, part]);
        assert_eq!(
            Decoding::as_written(&[Decoding::Base64]),
            [Decoding::Base64]
        );
    }

    #[test]
    fn decoding_steps_are_read_as_they_are_written() {
        let part = Decoding::Part { start: 12, end: 40 };
        for step in Decoding::NAMED
            .map(|(step, _)| step)
            .into_iter()
            .chain([part, Decoding::Indented(4)])
            .chain(
                Escapes::ALL
                    .iter()
                    .map(|&escapes| Decoding::Escapes(escapes)),
            )
            .chain(
                Syntax::ALL
                    .iter()
                    .map(|&syntax| Decoding::Expression(syntax)),
            )
        {
            let written = serde_json::to_value(step).unwrap();
            assert_eq!(serde_json::from_value::<Decoding>(written).unwrap(), step);
        }
        assert_eq!(serde_json::to_value(part).unwrap(), "12..40");
        for text in ["base32", "40..12", "1..", "..", "-1..2"] {
            assert!(Decoding::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
