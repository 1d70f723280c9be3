//! Message catalogs: files, or parts of files, whose values are the texts of a user interface in some language. The
//! value of `password` in them is a label such as `Wagwoord` or `Nouveau mot de passe`, in words that no list has.
//!
//! A single line does not distinguish a label from a password. Its neighbours do: the values of a catalog are prose, those of
//! settings are hosts, numbers and identifiers. The values around a match are counted by their wording, whatever the
//! format of the file is.

use std::ops::Range;

use super::file_kind::FileKind;
use super::searched_text::Text;
use super::text_parts::TextParts;
use super::wording::{Wording, wording};

/// The longest literal that is read.
const LONGEST: usize = 4 * 1024;

/// The number of values by their wording.
#[derive(Clone, Copy, Debug, Default)]
struct ValueCounts {
    prose: usize,
    labels: usize,
    words: usize,
    others: usize,
}

impl ValueCounts {
    fn add(&mut self, value: &[u8]) {
        match wording(value) {
            Some(Wording::Prose) => self.prose += 1,
            Some(Wording::Label) => self.labels += 1,
            Some(Wording::Word) => self.words += 1,
            Some(Wording::Other) => self.others += 1,
            None => {}
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            prose: self.prose + other.prose,
            labels: self.labels + other.labels,
            words: self.words + other.words,
            others: self.others + other.others,
        }
    }

    fn all(self) -> usize {
        self.prose + self.labels + self.words + self.others
    }
}

/// The values of a text, counted part by part.
pub(super) struct MessageCatalog<'t> {
    text: Text<'t>,
    parts: TextParts<'t, ValueCounts>,
}

impl<'t> MessageCatalog<'t> {
    /// The values of a text.
    pub fn of(text: Text<'t>) -> Self {
        Self {
            text,
            parts: TextParts::of(text.bytes),
        }
    }

    /// Whether a value at `at` is a text of a user interface, by its own wording and that of the values around it.
    /// `names` returns how many values of secret names are in a range of the text.
    pub fn has_message(
        &self,
        at: usize,
        value: &[u8],
        names: impl Fn(Range<usize>) -> usize,
    ) -> bool {
        /// Values that show a catalog whatever the single value is.
        const MANY: usize = 20;
        let own = match wording(value) {
            None | Some(Wording::Other) => return false,
            Some(own) => own,
        };
        if self.text.kind == FileKind::Markup && !is_in_element(&self.text.bytes[..at]) {
            return false;
        }
        let kind = self.text.kind;
        let around = self
            .parts
            .around(at, |lines| counts_of(lines, kind))
            .fold(ValueCounts::default(), |sum, part| sum.plus(*part));
        let all = around.all();
        let is_worded = (around.prose + around.labels) * 5 >= all * 4;
        // Records of people have a password in each, beside their names; a catalog has few such names.
        let named = names(TextParts::<ValueCounts>::range_around(at));
        // Many labels and little prose: the names of menus and pages.
        let is_labelled = around.prose >= 2 && (around.words + around.others) * 10 <= all;
        let is_prose = around.prose * 5 >= all * 2 && is_worded;
        // Some catalogs have all their words in capitals.
        let is_shouted = own == Wording::Prose && !is_lower_case(value) && around.prose * 2 >= all;
        if all >= MANY && (is_prose || is_labelled || is_shouted) && named * 5 <= all {
            return true;
        }
        let is_catalog = around.prose >= 2 && around.prose * 2 >= all && is_worded;
        match own {
            // A passphrase has no capitals.
            Wording::Prose => is_catalog && !is_lower_case(value),
            Wording::Label => is_catalog && around.words + around.others == 0,
            Wording::Word | Wording::Other => false,
        }
    }
}

/// The values in lines, by their wording.
fn counts_of(lines: &[u8], kind: FileKind) -> ValueCounts {
    let mut counts = ValueCounts::default();
    for line in lines.split(|&b| b == b'\n') {
        values_of_line(line, kind, |value| counts.add(value));
    }
    counts
}

/// Whether a value behind `before` is the text of an element, or a member of an object in it, and no attribute.
fn is_in_element(before: &[u8]) -> bool {
    let before = before
        .strip_suffix(b"\"")
        .or_else(|| before.strip_suffix(b"'"))
        .unwrap_or(before);
    matches!(before.trim_ascii_end().last(), Some(b'>' | b':'))
}

/// Whether a text is in ASCII and has no capitals.
fn is_lower_case(value: &[u8]) -> bool {
    value.is_ascii() && !value.iter().any(u8::is_ascii_uppercase)
}

/// Calls `put` with each value of a line: literals that are assigned to something, the text of elements in markup, and
/// in settings the rest of a line behind its name. Escapes stay as they are.
fn values_of_line<'l>(line: &'l [u8], kind: FileKind, mut put: impl FnMut(&'l [u8])) {
    let is_markup = kind == FileKind::Markup;
    let mut may_be_bare = matches!(kind, FileKind::Config | FileKind::Dotenv);
    let touches_quote = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'\\' || byte >= 0x80;
    // Quotes that nothing closes in this line.
    let mut open: Vec<u8> = Vec::new();
    let (mut at, mut before, mut touches) = (0, b' ', false);
    let only_literals = !is_markup && !may_be_bare;
    loop {
        if only_literals {
            // Of the bytes up to the next quote, the last ones count.
            let rest = &line[at..];
            let Some(length) = memchr::memchr3(b'"', b'\'', b'`', rest) else {
                return;
            };
            let passed = &rest[..length];
            before = passed.trim_ascii_end().last().copied().unwrap_or(before);
            touches = passed.last().copied().map_or(touches, touches_quote);
            at += length;
        }
        let Some(&byte) = line.get(at) else {
            return;
        };
        match byte {
            b'"' | b'\'' | b'`' if !touches && !open.contains(&byte) => {
                let Some(length) = literal_length(&line[at + 1..], byte) else {
                    open.push(byte);
                    at += 1;
                    continue;
                };
                let literal = &line[at + 1..at + 1 + length];
                at += length + 2;
                let is_name = matches!(line[at..].trim_ascii_start(), [b':' | b'=', ..]);
                let is_value = before == b':' || (!is_markup && matches!(before, b'=' | b'>'));
                if is_value && !is_name {
                    put(literal);
                    may_be_bare = false;
                }
                (before, touches) = (b'"', false);
                continue;
            }
            b'>' if is_markup => {
                let rest = &line[at + 1..];
                // The members of an object have values of their own.
                if !rest.trim_ascii_start().starts_with(b"{") {
                    let text = &rest[..memchr::memchr(b'<', rest).unwrap_or(rest.len())];
                    put(text.trim_ascii());
                    at += text.len();
                }
            }
            b':' | b'=' if may_be_bare => {
                may_be_bare = false;
                let rest = line[at + 1..].trim_ascii();
                let is_value = byte == b'=' || line.get(at + 1) == Some(&b' ');
                if is_value && !matches!(rest, [] | [b'"' | b'\'' | b'>' | b'=' | b'{' | b'[', ..])
                {
                    put(rest.strip_suffix(b",").unwrap_or(rest));
                    return;
                }
            }
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            before = byte;
        }
        touches = touches_quote(byte);
        at += 1;
    }
}

/// The length of the literal that begins behind its opening quote.
fn literal_length(rest: &[u8], quote: u8) -> Option<usize> {
    let rest = &rest[..rest.len().min(LONGEST)];
    let mut at = 0;
    while let Some(length) = memchr::memchr2(b'\\', quote, rest.get(at..)?) {
        at += length;
        if rest[at] == quote {
            return Some(at);
        }
        at += 2;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Syntax;

    fn values(line: &str, kind: FileKind) -> Vec<String> {
        let mut found = Vec::new();
        values_of_line(line.as_bytes(), kind, |value| {
            found.push(String::from_utf8_lossy(value).into_owned());
        });
        found
    }

    #[test]
    fn values_of_many_formats_are_read() {
        for (line, kind, expected) in [
            (r#" "a b": "x: y","#, FileKind::Config, vec!["x: y"]),
            (
                "password: Fjalëkalim i ri",
                FileKind::Config,
                vec!["Fjalëkalim i ri"],
            ),
            ("a.b = It's here", FileKind::Config, vec!["It's here"]),
            ("  'key' => 'it\\'s',", FileKind::Code, vec!["it\\'s"]),
            ("{ a: 'b c', d: \"e\" }", FileKind::Code, vec!["b c", "e"]),
            ("a = f(b)", FileKind::Code, vec![]),
            (
                "<string name=\"a\">Pasvorto nova</string>",
                FileKind::Markup,
                vec!["Pasvorto nova", ""],
            ),
            ("http://host", FileKind::Config, vec![]),
            ("'\"'\"'\"", FileKind::Config, vec![]),
        ] {
            assert_eq!(values(line, kind), expected, "{line}");
        }
    }

    #[test]
    fn labels_are_told_by_their_neighbours() {
        let says = |text: &str, value: &str, syntax| {
            let at = text.find(value).unwrap();
            let text = Text::new(text.as_bytes(), syntax);
            MessageCatalog::of(text).has_message(at, value.as_bytes(), |_| 1)
        };
        let catalog = "user:\n  name: \"Volle naam\"\n  city: \"Stad of dorp\"\n  password: \"Nuwe wagwoord\"\n";
        assert!(says(catalog, "Nuwe wagwoord", Syntax::Yaml));
        let single = catalog.replace("Nuwe wagwoord", "Wagwoord");
        assert!(says(&single, "Wagwoord", Syntax::Yaml));
        // A passphrase beside descriptions, and a password among settings.
        let phrase = catalog.replace("Nuwe wagwoord", "blue sky");
        assert!(!says(&phrase, "blue sky", Syntax::Yaml));
        let settings = "host: db1\nuser: admin\ntitle: My first page\npassword: Blue Sky\n";
        assert!(!says(settings, "Blue Sky", Syntax::Yaml));
        // An object in markup, and an attribute.
        let object =
            "<i18n>{\"nb\": {\"password\": \"Nytt passord\", \"token\": \"Gyldig nøkkel\"}}</i18n>";
        assert!(says(object, "Nytt passord", Syntax::Markup));
        let attribute = "<p>Nytt passord</p><p>Gyldig nøkkel</p><a password=\"Blue Sky\">";
        assert!(!says(attribute, "Blue Sky", Syntax::Markup));
        let random = catalog.replace("Nuwe wagwoord", "x8Kq3vTz");
        assert!(!says(&random, "x8Kq3vTz", Syntax::Yaml));
    }

    #[test]
    fn large_catalogs_have_plain_words_too() {
        let mut text = String::from("{\n");
        for at in 0..40 {
            text.push_str(&format!("  \"text{at}\": \"Nova frazo numero\",\n"));
        }
        text.push_str("  \"password\": \"pasvorto\"\n}\n");
        let at = text.find("pasvorto").unwrap();
        let catalog = MessageCatalog::of(Text::new(text.as_bytes(), Syntax::Json));
        assert!(catalog.has_message(at, b"pasvorto", |_| 1));
        // Records, of which each has a password.
        assert!(!catalog.has_message(at, b"pasvorto", |_| 20));
    }
}
