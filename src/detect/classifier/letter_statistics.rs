//! Statistics of English prose: which letters follow each other, and which words are common. The
//! tables come from the documentation of this program's dependencies (`scripts/language-table`).

use std::collections::HashSet;
use std::sync::LazyLock;

use foldhash::fast::RandomState;

/// The rarity of a letter after two others, in sixteenths of a bit. Letters are numbered 1 to 26; 0
/// is the place before the first letter.
static TRIGRAMS: &[u8; 27 * 27 * 27] = include_bytes!("trigrams.bin");

/// Common words in lower case. Every part of a value and of its line is looked up.
static WORDS: LazyLock<HashSet<&[u8], RandomState>> = LazyLock::new(|| {
    include_str!("words.txt")
        .lines()
        .map(str::as_bytes)
        .collect()
});

/// Whether `word` is a common English word. `word` is in lower case.
pub(super) fn is_word(word: &[u8]) -> bool {
    WORDS.contains(word)
}

/// The accumulated rarity of letters after the letters before them.
#[derive(Clone, Copy, Default)]
pub(super) struct Rarity {
    /// Sum of the rarities, in sixteenths of a bit.
    sum: u32,
    /// Number of letters.
    letters: u32,
}

impl Rarity {
    /// Adds the letters of a word.
    pub(super) fn add(&mut self, letters: &[u8]) {
        let (mut before, mut last) = (0, 0);
        for letter in letters.iter().filter(|b| b.is_ascii_alphabetic()) {
            let letter = usize::from(letter.to_ascii_lowercase() - b'a') + 1;
            self.sum += u32::from(TRIGRAMS[(before * 27 + last) * 27 + letter]);
            self.letters += 1;
            (before, last) = (last, letter);
        }
    }

    /// The average rarity, in sixteenths of a bit per letter: below 60 for words, above 90 for
    /// random letters. `None` without letters.
    pub(super) fn average(self) -> Option<u32> {
        self.sum.checked_div(self.letters)
    }
}

/// The parts of a text between separators, digits and capitals: `dbPassword_2` has `db` and
/// `Password`.
pub(super) fn parts(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let start = rest.iter().position(u8::is_ascii_alphabetic)?;
        rest = &rest[start..];
        let upper = rest.iter().take_while(|b| b.is_ascii_uppercase()).count();
        let lower = rest[upper..]
            .iter()
            .take_while(|b| b.is_ascii_lowercase())
            .count();
        let end = match (upper, lower) {
            // `APIKey`: the last capital begins the next part.
            (2.., 1..) => upper - 1,
            _ => upper + lower,
        };
        let (part, after) = rest.split_at(end);
        rest = after;
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_parts() {
        let parts = |text: &'static str| {
            parts(text.as_bytes())
                .map(|part| std::str::from_utf8(part).unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(parts("dbPassword_2"), ["db", "Password"]);
        assert_eq!(parts("APIKey"), ["API", "Key"]);
        assert_eq!(parts("AWS_SECRET"), ["AWS", "SECRET"]);
        assert_eq!(parts("12 "), Vec::<&str>::new());
    }

    #[test]
    fn words_are_less_rare_than_letters_at_random() {
        let rarity = |text: &str| {
            let mut rarity = Rarity::default();
            rarity.add(text.as_bytes());
            rarity.average().unwrap()
        };
        for (words, random) in [
            ("connection", "xqzkvjwpbf"),
            ("Verification", "gtbnpfuyhcxh"),
            ("string", "zvkqxh"),
        ] {
            assert!(
                rarity(words) + 20 < rarity(random),
                "{words} {}, {random} {}",
                rarity(words),
                rarity(random)
            );
        }
        assert_eq!(Rarity::default().average(), None);
    }

    #[test]
    fn words_are_known() {
        assert!(WORDS.len() > 1000);
        assert!(is_word(b"connection") && !is_word(b"xqzk"));
    }
}
