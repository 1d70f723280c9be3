//! Text that is cut to the width of a terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The sign of the part that was cut off.
const CUT: char = '…';

/// A text of at most `width` terminal columns: its beginning, and an ellipsis if anything was cut off.
pub fn cut_end(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = head(text, width.saturating_sub(1));
    out.extend(Some(CUT).filter(|_| width > 0));
    out
}

/// A text of at most `width` terminal columns without its middle. More of its end is kept: paths and names differ there.
pub fn cut_middle(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let kept = width.saturating_sub(1);
    let start = kept / 3;
    let mut out = head(text, start);
    out.extend(Some(CUT).filter(|_| width > 0));
    out.push_str(tail(text, kept - start));
    out
}

/// A text of at most `width` terminal columns: its end, behind an ellipsis if anything was cut off.
pub fn cut_start(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let cut = Some(CUT).filter(|_| width > 0);
    let kept = tail(text, width.saturating_sub(1)).chars();
    cut.into_iter().chain(kept).collect()
}

/// The longest beginning of at most `width` columns.
fn head(text: &str, width: usize) -> String {
    let mut used = 0;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= width
    };
    let mut head: String = text.chars().take_while(fits).collect();
    // A sequence of characters can be wider than they are alone.
    while head.width() > width {
        head.pop();
    }
    head
}

/// The longest end of at most `width` columns.
fn tail(text: &str, width: usize) -> &str {
    let mut used = 0;
    let mut from = text.len();
    for (at, c) in text.char_indices().rev() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        from = at;
    }
    let mut tail = text[from..].chars();
    while tail.as_str().width() > width {
        tail.next();
    }
    tail.as_str()
}

/// The lines of a text of words, each of at most `width` columns. A longer word has a line of its own and is not broken, so
/// that a path can be copied.
pub fn wrap_words(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A text as lines of at most `width` columns, broken at spaces. The lines behind the first one begin with `indent`
/// spaces. A word that fits no line is broken.
pub fn wrap(text: &str, width: usize, indent: usize) -> Vec<String> {
    let indent = " ".repeat(indent.min(width / 2));
    let width = width.max(indent.len() + 2);
    let (mut lines, mut line) = (Vec::new(), String::new());
    let mut is_empty = true;
    for mut word in text.split(' ') {
        if !is_empty && line.width() + 1 + word.width() > width {
            lines.push(std::mem::replace(&mut line, indent.clone()));
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        while line.width() + word.width() > width {
            let room = width - line.width().min(width);
            let first = word.chars().next().map_or(0, char::len_utf8);
            let at = head(word, room).len().max(first);
            line.push_str(&word[..at]);
            word = &word[at..];
            lines.push(std::mem::replace(&mut line, indent.clone()));
        }
        line.push_str(word);
        is_empty = false;
    }
    lines.push(line);
    lines
        .iter()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_fits_is_kept() {
        for width in [5, 6] {
            assert_eq!(cut_end("config"[..5].into(), width), "confi");
            assert_eq!(cut_middle("日本a", width), "日本a");
        }
    }

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(cut_end("config/app.yml", 7), "config…");
        assert_eq!(cut_middle("shop:config/app.yml:12", 13), "shop…p.yml:12");
        assert_eq!(cut_end("日本語", 4), "日…");
        assert_eq!(cut_middle("日本語", 4), "…語");
        assert_eq!(
            (cut_end("ab", 0), cut_middle("ab", 0)),
            (String::new(), String::new())
        );
        assert_eq!(
            (cut_end("ab", 1), cut_middle("ab", 1)),
            ("…".into(), "…".into())
        );
    }

    #[test]
    fn words_are_wrapped() {
        assert_eq!(wrap_words("one two three", 7), ["one two", "three"]);
        assert_eq!(
            wrap_words("a verylongword b", 5),
            ["a", "verylongword", "b"]
        );
        assert_eq!(wrap_words("", 5), [""]);
    }

    #[test]
    fn words_are_wrapped_and_broken() {
        assert_eq!(wrap("one two three", 8, 2), ["one two", "  three"]);
        assert_eq!(
            wrap("a harbourmaster", 8, 2),
            ["a", "  harbou", "  rmaste", "  r"]
        );
        assert_eq!(wrap("", 8, 2), [""]);
        assert_eq!(wrap("one two three", 7, 0), ["one two", "three"]);
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_wider_than_it_may_be(text in "[a日é\u{301} ]{0,12}", width in 0_usize..12) {
            proptest::prop_assert!(cut_end(&text, width).width() <= width);
            proptest::prop_assert!(cut_middle(&text, width).width() <= width);
        }

        #[test]
        fn whatever_is_wrapped_fits(text in "[a-z 日本é\u{301}❤\u{fe0f}🦀]{0,40}", width in 4usize..30) {
            for cut in [cut_end(&text, width), cut_start(&text, width), cut_middle(&text, width)] {
                proptest::prop_assert!(cut.width() <= width, "{cut}");
            }
            // A character and its selector may be on two lines.
            for line in wrap(&text, width, 2) {
                proptest::prop_assert!(line.width() <= width + 1, "{line}");
            }
        }

        #[test]
        fn wrapping_loses_nothing(text in "[a-z日 ]{0,40}", width in 4usize..30) {
            let bare = |text: &str| text.replace(' ', "");
            proptest::prop_assert_eq!(bare(&wrap(&text, width, 2).concat()), bare(&text));
        }
    }
}
