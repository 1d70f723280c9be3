//! Characters that look like others, and make a text something else than YAML: explained in words
//! that a person understands, in place of the parser's.

/// An odd character with its line and column, from 1, and its explanation.
pub(super) struct OddCharacter {
    /// Line and column.
    pub place: (usize, usize),
    /// The explanation.
    pub message: &'static str,
}

/// The first odd character up to the line at which the parser gave up.
pub(super) fn first_until(text: &str, line: usize) -> Option<OddCharacter> {
    let lines = text.lines().enumerate().take(line);
    lines.filter_map(|(at, text)| odd(at + 1, text)).next()
}

fn odd(line: usize, text: &str) -> Option<OddCharacter> {
    let body = text.trim_start_matches([' ', '-']);
    if body.is_empty() || body.starts_with('#') {
        return None;
    }
    let column = text.chars().count() - body.chars().count() + 1;
    let here = |column, message| {
        let place = (line, column);
        Some(OddCharacter { place, message })
    };
    let first = body.chars().next()?;
    if first == '\t' {
        return here(
            column,
            "a tab is in the indentation: YAML is indented with spaces only",
        );
    }
    // A tab after `:` separates as a space does; all other blanks are part of a name or value.
    let blank = |c: char| c.is_whitespace() && !matches!(c, ' ' | '\t');
    let invisible =
        |c: char| blank(c) || matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{2060}');
    if let Some(at) = text.chars().position(invisible) {
        return here(
            at + 1,
            "a no-break space or another invisible character is here: replace it with a space",
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_that_looks_like_another_is_found() {
        let found = |text: &str| {
            let odd = first_until(text, 9)?;
            let (line, column) = odd.place;
            Some(format!(
                "{line}:{column} {}",
                odd.message.split(' ').nth(1)?
            ))
        };
        let at = |text: &str, expected: &str| assert_eq!(found(text).as_deref(), Some(expected));
        at("a:\n\tb: 1\n", "2:1 tab");
        at("a:\n  \tb: 1\n", "2:3 tab");
        at("a:\n- \tb: 1\n", "2:3 tab");
        at("a:\n\u{a0}\u{a0}b: 1\n", "2:1 no-break");
        at("a:\u{a0}b\n", "1:3 no-break");
        at("a: b\u{200b}\n", "1:5 no-break");
        for text in ["a:\tb\n", "# \ta\u{a0}\n", "a: b\n"] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
