//! Limits for the shape of a YAML text, which are checked before it is read.
//!
//! The time of the reader grows with the square of the depth, and aliases of aliases expand to more
//! than any memory holds. A file that a person writes comes nowhere near these limits.

use std::collections::HashMap;

use super::event_stream::{Event, Events};

/// The most mappings and lists within each other.
const DEEPEST: usize = 64;

/// The most `%` lines: the reader compares each with all others.
const MOST_DIRECTIVES: usize = 16;

/// The most values that a text may expand to: this number, and this many times those it has.
const EXPANDED: (u64, u64) = (10_000, 20);

/// A text that is not read, or one that does not mean what its author thinks.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ShapeError {
    /// Nested too deep.
    #[error("lists and mappings are nested deeper than {DEEPEST} levels")]
    TooDeep,
    /// Aliases expand to too much.
    #[error("its aliases (`*name`) expand to too many values")]
    TooMuch,
    /// An anchor that contains its own alias.
    #[error("the anchor `&{0}` contains itself")]
    ContainsItself(String),
    /// Too many `%` lines.
    #[error("more than {MOST_DIRECTIVES} lines with directives (`%`)")]
    Directives,
    /// A value in typographic quotes.
    #[error("typographic quotes are part of the value here: write straight quotes, `\"` or `'`")]
    SmartQuotes,
}

/// Whether the check can be left out: nothing in the text can nest deep or repeat. For the program's
/// own files, which are long and written block by block.
pub(super) fn is_plain(text: &str) -> bool {
    let mut open = 0;
    for (at, byte) in text.bytes().enumerate() {
        let empty = || matches!(text.as_bytes().get(at + 1), Some(b']' | b'}'));
        match byte {
            b'[' | b'{' if !empty() => open += 1,
            b'*' | b'%' | b'?' => return false,
            b'-' if text.as_bytes()[at..].starts_with(b"- - ") => return false,
            _ => {}
        }
    }
    open < DEEPEST
}

/// Checks a text. A mistake of form is no concern of this check: the reader reports it.
///
/// # Errors
/// The first limit that is passed, with line and column from 1.
pub(super) fn check(text: &str) -> Result<(), (ShapeError, (usize, usize))> {
    let directives = text.lines().filter(|line| line.starts_with('%'));
    if directives.take(MOST_DIRECTIVES + 1).count() > MOST_DIRECTIVES {
        return Err((ShapeError::Directives, (1, 1)));
    }
    let mut events = Events::of(text);
    // The number of values that each open node expands to, with its anchor; the document is first.
    let mut open: Vec<(Option<Vec<u8>>, u64)> = vec![(None, 0)];
    // `None`: the node is still open.
    let mut anchors: HashMap<Vec<u8>, Option<u64>> = HashMap::new();
    let mut count: u64 = 0;
    while let Some((event, at)) = events.next() {
        count += 1;
        let mut size = 1;
        match event {
            Event::StreamEnd => break,
            Event::Other => continue,
            Event::Start(anchor) => {
                if let Some(name) = &anchor {
                    anchors.insert(name.clone(), None);
                }
                open.push((anchor, 1));
                if open.len() > DEEPEST {
                    return Err((ShapeError::TooDeep, at));
                }
                continue;
            }
            Event::End => {
                let (anchor, expanded) = open.pop().unwrap_or_default();
                if let Some(name) = anchor {
                    anchors.insert(name, Some(expanded));
                }
                size = expanded;
            }
            Event::Scalar(anchor, scalar) => {
                if let Some(name) = anchor {
                    anchors.insert(name, Some(1));
                }
                if scalar.is_plain && is_in_smart_quotes(&scalar.text) {
                    return Err((ShapeError::SmartQuotes, at));
                }
            }
            Event::Alias(name) => match anchors.get(&name) {
                Some(Some(expanded)) => size = *expanded,
                Some(None) => {
                    let name = String::from_utf8_lossy(&name).into_owned();
                    return Err((ShapeError::ContainsItself(name), at));
                }
                // The reader reports it.
                None => {}
            },
        }
        let Some((_, parent)) = open.last_mut() else {
            break;
        };
        *parent = parent.saturating_add(size);
        if *parent > EXPANDED.0 + EXPANDED.1 * count {
            return Err((ShapeError::TooMuch, at));
        }
    }
    Ok(())
}

/// Whether typographic quotes stand around a whole text, as word processors put them.
pub(crate) fn is_in_smart_quotes(text: &str) -> bool {
    let is_quote = |c: char| matches!(c, '\u{2018}'..='\u{201f}' | '«' | '»' | '‹' | '›');
    let mut chars = text.chars();
    let ends = (chars.next(), chars.next_back());
    matches!(ends, (Some(first), Some(last)) if is_quote(first) && is_quote(last))
        && !chars.as_str().contains(is_quote)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Option<String> {
        let error = check(text).err();
        error.map(|(error, (line, column))| format!("{line}:{column}: {error}"))
    }

    #[test]
    fn depth_is_limited_however_it_is_written() {
        let deep = Some("lists and mappings are nested deeper than 64 levels");
        let texts = [
            "[".repeat(100_000),
            "[\n".repeat(100_000),
            "{".repeat(100_000),
            "{a: ".repeat(100_000),
            "- ".repeat(100_000),
            "? ".repeat(100_000),
            "[[], {a: b}, 'x', ".repeat(100_000),
            "[? [".repeat(100_000),
            (2..1000)
                .map(|n| format!("{}a:\n", " ".repeat(n)))
                .collect::<String>()
                .trim_start()
                .to_owned(),
        ];
        for text in texts {
            let text = format!("a: 1\nb:\n  {text}");
            let error = shape(&text);
            let message = error.as_deref().and_then(|text| text.split(": ").nth(1));
            assert_eq!(message, deep, "{}", &text[..40]);
        }
        for text in [
            "[".repeat(60) + &"]".repeat(60),
            "- []\n".repeat(100_000),
            "['[[[[[[[[[[[[']\n- x".repeat(1000),
            "a: |\n".to_owned() + &"  [[[[\n".repeat(1000),
            "a: '".to_owned() + &"[".repeat(1_000_000) + "'",
            "9".repeat(1_000_000),
        ] {
            assert_eq!(shape(&text), None, "{}", &text[..10]);
        }
    }

    #[test]
    fn aliases_expand_to_a_multiple_of_the_text_at_most() {
        let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..9 {
            let before = format!("*a{}, ", n - 1).repeat(10);
            laughs.push_str(&format!("a{n}: &a{n} [{before}]\n"));
        }
        let message = shape(&laughs).unwrap();
        assert!(message.ends_with("expand to too many values"), "{message}");
        let wide = format!(
            "a: &a [{}]\nb: [{}]\n",
            "x, ".repeat(5000),
            "*a, ".repeat(5000)
        );
        assert!(shape(&wide).unwrap().ends_with("too many values"));
        let own = "a: &a\n  - b\n  - *a\n";
        assert_eq!(shape(own).unwrap(), "3:5: the anchor `&a` contains itself");
        let honest = format!("base: &base {{ a: 1, b: 2 }}\n{}", "- *base\n".repeat(5000));
        assert_eq!(shape(&honest), None);
        assert_eq!(shape("a: *unknown\n"), None);
        assert!(shape(&"%TAG !a! b\n".repeat(100_000)).is_some());
    }

    #[test]
    fn only_a_text_that_cannot_break_a_limit_is_plain() {
        assert!(is_plain("a:\n- b: {}\n  c: []\n".repeat(1000).as_str()));
        for text in ["[".repeat(64), "- ".repeat(9), "a: *b".into(), "? a".into()] {
            assert!(!is_plain(&text), "{text}");
        }
    }

    #[test]
    fn typographic_quotes_are_noticed_where_they_stand_for_straight_ones() {
        for text in [
            "a: \u{201c}prod\u{201d}",
            "- \u{201e}prod\u{201c}",
            "[\u{2018}x\u{2019}]",
        ] {
            let message = shape(text).unwrap();
            assert!(message.contains("typographic quotes"), "{message}");
        }
        for text in [
            "a: \u{201c}one\u{201d} and \u{201c}two\u{201d}",
            "a: '\u{201c}x\u{201d}'",
            "a: it\u{2019}s",
        ] {
            assert_eq!(shape(text), None, "{text}");
        }
    }
}
