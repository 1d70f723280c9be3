//! Decoding steps in words, for people.

use super::Decoding;

impl Decoding {
    /// The steps in words: `as written` without any, else the steps in order.
    ///
    /// The words have no offsets: reports are shared, and an offset says something of the length of the value.
    pub fn in_words(steps: &[Decoding]) -> String {
        if steps.is_empty() {
            return "as written".to_owned();
        }
        let words: Vec<String> = steps.iter().map(|step| step.words()).collect();
        words.join(", then ")
    }

    fn words(self) -> String {
        let words = match self {
            Decoding::Percent => "percent-encoding",
            Decoding::Form => "a field of a form",
            Decoding::Backslash => "backslash escapes",
            Decoding::Dedent => "without indentation",
            Decoding::Base64 => "base64",
            Decoding::Hex => "hex digits",
            Decoding::HtmlEntities => "character references",
            Decoding::QuotedPrintable => "quoted-printable",
            Decoding::Gzip => "gzip",
            Decoding::Utf16Le | Decoding::Utf16Be => "UTF-16",
            Decoding::Doubled => "doubled quotes",
            Decoding::KeyText => "the text of a private key",
            Decoding::LineEnds => "line ends of Unix",
            Decoding::Numbers => "a list of numbers",
            Decoding::Escapes(escapes) => return format!("escapes of {}", escapes.name()),
            Decoding::Expression(syntax) => return format!("expression of {}", syntax.name()),
            Decoding::Indented(_) => "without the indentation of its block",
            Decoding::Part { .. } => "a part of it",
        };
        words.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Escapes, Syntax};

    #[test]
    fn steps_are_named_in_order_and_without_offsets() {
        assert_eq!(Decoding::in_words(&[]), "as written");
        let steps = [
            Decoding::Base64,
            Decoding::Part { start: 7, end: 90 },
            Decoding::Escapes(Escapes::YamlDouble),
        ];
        assert_eq!(
            Decoding::in_words(&steps),
            "base64, then a part of it, then escapes of yaml-double"
        );
        let expression = [Decoding::Expression(Syntax::Python)];
        assert_eq!(Decoding::in_words(&expression), "expression of python");
    }
}
