use proptest::prelude::*;

use super::super::{Stop, decode_units, marked, read};
use crate::finding::Certainty::{self, Doubtful, Exact};
use crate::finding::{Doubt, Escapes, Syntax};

fn check(marked: &str, value: &str, certainty: Certainty) {
    marked::check(Syntax::Properties, marked, value, certainty);
}

#[test]
fn escapes_are_those_of_java() {
    for (text, value) in [
        (r"k=«a\:b\=c\\d\ e»", r"a:b=c\d e"),
        (r"k=«\t\n\f\r\q»", "\t\n\x0c\rq"),
        (r"k=«gr\u00fcn\uD83D\uDE00»", "grün😀"),
        ("k=«\"a 'b' #c !d\"  »\nn=1", "\"a 'b' #c !d\"  "),
        ("k=«a»\r\nn=1", "a"),
        ("k=«é 中»", "é 中"),
    ] {
        check(text, value, Exact);
    }
}

#[test]
fn lines_are_continued_without_their_indentation() {
    for (text, value) in [
        ("k=«a\\\n  b»\n", "ab"),
        ("k=«a \\\r\n\t b»\n", "a b"),
        ("k=«\\\n  a»\n", "a"),
        ("k=«a\\\n\\\n# b»\n", "a# b"),
        ("k=«a\\\\»\nb", "a\\"),
        ("k=«a»\\\n\nb", "a"),
    ] {
        check(text, value, Exact);
    }
    marked::check_stop(Syntax::Properties, "k=«a\\", Stop::Unfinished);
    marked::check_stop(Syntax::Properties, "k=«a\\\n", Stop::Unfinished);
    marked::check_stop(Syntax::Properties, "k=«\nb", Stop::NoLiteral);
}

#[test]
fn what_readers_refuse_or_replace_is_doubtful() {
    check(r"k=«a\u12»", r"a\u12", Doubtful(Doubt::UnknownEscape));
    check(r"k=«a\uD83D»", r"a\uD83D", Doubtful(Doubt::UnknownEscape));
    check("k=«a${b}»", "a${b}", Doubtful(Doubt::Variable));
}

proptest! {
    #[test]
    fn written_values_are_read_back(value in "[ -~\t\né😀]{1,40}", in_utf16 in any::<bool>()) {
        let mut written = String::new();
        for (number, character) in value.chars().enumerate() {
            match character {
                '\n' => written.push_str("\\n"),
                '\\' => written.push_str("\\\\"),
                ' ' if number == 0 => written.push_str("\\ "),
                '\t' if number == 0 => written.push_str("\\t"),
                _ if in_utf16 => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        written.push_str(&format!("\\u{unit:04x}"));
                    }
                }
                _ => written.push(character),
            }
        }
        let reading = read(written.as_bytes(), 0, Syntax::Properties).unwrap();
        prop_assert_eq!(String::from_utf8_lossy(&reading.value), value);
        prop_assert_eq!(reading.range, 0..written.len());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let _ = decode_units(&bytes, Escapes::Properties);
        if let Ok(reading) = read(&bytes, 0, Syntax::Properties) {
            marked::check_parts(&bytes, &reading);
        }
    }
}
