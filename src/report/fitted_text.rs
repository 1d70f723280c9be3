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

/// The longest beginning of at most `width` columns.
fn head(text: &str, width: usize) -> String {
    let mut used = 0;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= width
    };
    text.chars().take_while(fits).collect()
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
    &text[from..]
}

/// The lines of a text of words, each of at most `width` columns. A longer word has a line of its own.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
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
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("a verylongword b", 5), ["a", "verylongword", "b"]);
        assert_eq!(wrapped("", 5), [""]);
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_wider_than_it_may_be(text in "[a日é\u{301} ]{0,12}", width in 0_usize..12) {
            proptest::prop_assert!(cut_end(&text, width).width() <= width);
            proptest::prop_assert!(cut_middle(&text, width).width() <= width);
        }
    }
}
