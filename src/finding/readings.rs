//! The two readings of a doubtful value, compared without showing the value.

use super::named_values::named_values;
use crate::secret::{Fingerprint, SecretValue};

named_values! {
    /// A kind of characters, as a question names it.
    pub enum CharacterKind {
        /// A backslash.
        Backslash = "`\\`",
        /// A single quote.
        SingleQuote = "`'`",
        /// A double quote.
        DoubleQuote = "`\"`",
        /// A dollar sign.
        Dollar = "`$`",
        /// A percent sign.
        Percent = "`%`",
        /// A backtick.
        Backtick = "backtick",
        /// A space or a tab.
        Space = "space or tab",
        /// A line feed or a carriage return.
        LineEnd = "line end",
        /// Any other control character.
        Control = "control character",
        /// A letter or a digit of ASCII.
        LetterOrDigit = "letter or digit",
        /// Any other character of ASCII.
        Sign = "other sign",
        /// A character outside ASCII, or a byte that is not text.
        NotAscii = "character outside ASCII",
    }
}

impl CharacterKind {
    /// The number of kinds.
    pub const COUNT: usize = Self::ALL.len();

    fn of(c: char) -> Self {
        match c {
            '\\' => CharacterKind::Backslash,
            '\'' => CharacterKind::SingleQuote,
            '"' => CharacterKind::DoubleQuote,
            '$' => CharacterKind::Dollar,
            '%' => CharacterKind::Percent,
            '`' => CharacterKind::Backtick,
            ' ' | '\t' => CharacterKind::Space,
            '\n' | '\r' => CharacterKind::LineEnd,
            c if c.is_ascii_control() => CharacterKind::Control,
            c if c.is_ascii_alphanumeric() => CharacterKind::LetterOrDigit,
            c if c.is_ascii() => CharacterKind::Sign,
            _ => CharacterKind::NotAscii,
        }
    }
}

/// The two readings of a doubtful value: as it is read, and as it is written in the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Readings {
    /// Length in bytes of the value as it is read.
    pub read_length: u64,
    /// Length in bytes of the value as it is written.
    pub written_length: u64,
    /// The fingerprint of the value as it is written.
    pub written: Fingerprint,
    /// The value as it is written is not text in UTF-8.
    pub written_binary: bool,
    /// By kind of character: so many more of them are in the value as it is read.
    pub more: [i32; CharacterKind::COUNT],
}

impl Readings {
    /// Compares two readings. `fingerprint` is that of the value as it is written.
    #[expect(
        clippy::disallowed_methods,
        reason = "the characters are counted by kind, and none is kept"
    )]
    pub fn of(read: &SecretValue, written: &SecretValue, fingerprint: Fingerprint) -> Self {
        let mut more = [0; CharacterKind::COUNT];
        for (value, by) in [(read, 1), (written, -1)] {
            for c in String::from_utf8_lossy(value.expose()).chars() {
                more[CharacterKind::of(c) as usize] += by;
            }
        }
        Self {
            read_length: read.len() as u64,
            written_length: written.len() as u64,
            written: fingerprint,
            written_binary: !written.is_text(),
            more,
        }
    }

    /// The difference in words: lengths and kinds of characters.
    pub fn in_words(&self, is_same: bool) -> String {
        if is_same {
            return format!(
                "the value has {} bytes, and is read as it is written",
                self.read_length
            );
        }
        let kinds = CharacterKind::ALL.iter().zip(self.more);
        let differing: Vec<String> = kinds
            .filter(|(_, more)| *more != 0)
            .map(|(kind, more)| {
                let word = if more > 0 { "more" } else { "less" };
                format!("{} {} {word}", more.unsigned_abs(), kind.name())
            })
            .collect();
        let differing = match differing.is_empty() {
            true => "the same kinds of characters".to_owned(),
            false => differing.join(", "),
        };
        format!(
            "as-read has {} bytes, as-written has {}; the reading has {differing}",
            self.read_length, self.written_length
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readings(read: &str, written: &str) -> Readings {
        let value = |text: &str| SecretValue::new(text.as_bytes().to_vec());
        Readings::of(&value(read), &value(written), Fingerprint([7; 32]))
    }

    #[test]
    fn lengths_and_kinds_of_characters_differ() {
        assert_eq!(
            readings("a$b\n", "a\\$b\\n").in_words(false),
            "as-read has 4 bytes, as-written has 6; the reading has 2 `\\` less, 1 line end more, 1 letter or digit less"
        );
        assert_eq!(
            readings("ab", "ba").in_words(false),
            "as-read has 2 bytes, as-written has 2; the reading has the same kinds of characters"
        );
        assert_eq!(
            readings("a$b", "a$b").in_words(true),
            "the value has 3 bytes, and is read as it is written"
        );
    }

    #[test]
    fn a_comparison_has_no_part_of_the_value() {
        let (read, written) = ("quay'mast\u{e9}%`\t\u{1}=", "quay\\'mast\u{1}\"$");
        let compared = readings(read, written);
        let shown = format!("{compared:?} {}", compared.in_words(false));
        for piece in ["quay", "mast", "\u{e9}"] {
            assert!(!shown.contains(piece), "{shown}");
        }
        let total: i32 = compared.more.iter().sum();
        let characters = |text: &str| text.chars().count() as i32;
        assert_eq!(total, characters(read) - characters(written));
    }
}
