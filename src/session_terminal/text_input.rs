//! A line of text that a person types.

/// The most characters of a line.
const MOST: usize = 500;

/// The text, with the cursor behind its last character.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextInput {
    /// The text. It has no control characters.
    pub text: String,
}

impl TextInput {
    /// A line that begins with a text.
    pub fn of(text: &str) -> Self {
        let mut input = Self::default();
        input.paste(text);
        input
    }

    /// Adds a character. Control characters are left out.
    pub fn push(&mut self, character: char) {
        if !crate::escape::unsafe_to_print(character) && self.text.chars().count() < MOST {
            self.text.push(character);
        }
    }

    /// Adds a text.
    pub fn paste(&mut self, text: &str) {
        text.chars()
            .take(MOST)
            .for_each(|character| self.push(character));
    }

    /// Removes the last character.
    pub fn delete(&mut self) {
        self.text.pop();
    }

    /// Removes the last word, and the spaces behind it.
    pub fn delete_word(&mut self) {
        let kept = self.text.trim_end();
        let kept = kept.rfind(' ').map_or(0, |at| at + 1);
        self.text.truncate(kept);
    }
}
