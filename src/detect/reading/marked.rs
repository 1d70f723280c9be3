//! Tests of readings by texts in which the expression is marked: `password: «"a"»`.

use super::{Reading, Stop, decode_units, read};
use crate::finding::{Certainty, Doubt, Syntax};

/// Reads the expression that begins behind `«` in the text, and checks its end at `»`, its value and its certainty. Also
/// checks that the bytes of the expression alone are read alike, and the content of each literal by its units.
pub(super) fn check(syntax: Syntax, marked: &str, value: &str, certainty: Certainty) {
    let (text, start, end) = unmarked(marked);
    let text = text.as_bytes();
    let reading = read(text, start, syntax).unwrap_or_else(|stop| panic!("{marked}: {stop:?}"));
    assert_eq!(String::from_utf8_lossy(&reading.value), value, "{marked}");
    assert_eq!(reading.certainty, certainty, "{marked}");
    assert_eq!(reading.range, start..end, "{marked}");
    check_parts(text, &reading);
    let again = read(&text[start..end], 0, syntax)
        .unwrap_or_else(|stop| panic!("{marked}, again: {stop:?}"));
    if certainty != Certainty::Doubtful(Doubt::Indentation) {
        assert_eq!(
            (again.range, again.value),
            (0..end - start, reading.value),
            "{marked}, again"
        );
    }
}

/// Checks that there is no reading behind `«`.
pub(super) fn check_stop(syntax: Syntax, marked: &str, stop: Stop) {
    let (text, start) = (marked.replace('«', ""), marked.find('«').expect("a mark"));
    let found = read(text.as_bytes(), start, syntax).map(|reading| reading.range);
    assert_eq!(found, Err(stop), "{marked}");
}

/// The segments cover the value and are where they say, and units yield what the literals do.
pub(super) fn check_parts(text: &[u8], reading: &Reading) {
    let mut at = 0;
    for segment in &reading.segments {
        assert_eq!(segment.value.start, at);
        at = segment.value.end;
        if segment.is_verbatim {
            assert_eq!(
                text[segment.raw.clone()],
                reading.value[segment.value.clone()]
            );
        }
    }
    assert_eq!(at, reading.value.len());
    for literal in &reading.literals {
        if let Some(escapes) = literal.escapes
            && reading.certainty != Certainty::InParts
        {
            let decoded = decode_units(&text[literal.content.clone()], escapes);
            assert_eq!(*decoded, reading.value[literal.value.clone()]);
        }
    }
}

/// The text without marks, and their places in it.
fn unmarked(marked: &str) -> (String, usize, usize) {
    let start = marked.find('«').expect("a mark of the start");
    let end = marked.find('»').expect("a mark of the end") - '«'.len_utf8();
    (marked.replace(['«', '»'], ""), start, end)
}
