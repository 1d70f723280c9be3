use proptest::prelude::*;

use super::super::marked::{check, check_parts, check_stop};
use super::super::{Stop, read};
use crate::finding::{Certainty, Doubt, Syntax};

const EXACT: Certainty = Certainty::Exact;
const UNKNOWN: Certainty = Certainty::Doubtful(Doubt::UnknownEscape);
const QUOTING: Certainty = Certainty::Doubtful(Doubt::Quoting);
const CHARACTERS: Certainty = Certainty::Doubtful(Doubt::Characters);

#[test]
fn lines_of_a_notebook_are_one_text() {
    for (marked, value) in [
        ("[«\"a\\n\",\n  \"b\\n\", \"c\"»]", "a\nb\nc"),
        ("[\n \"a\\n\",\r\n «\"b\\n\"»\r\n]", "b\n"),
        (
            "[«\"a\u{85}\", \"b\u{2028}\",\"c\\r\", \"d\"»]",
            "a\u{85}b\u{2028}c\rd",
        ),
        // A list of other strings, an escaped backslash, and members of an object.
        ("[«\"a\"», \"b\"]", "a"),
        ("[«\"a\\\\n\"», \"b\"]", "a\\n"),
        ("{\"a\": «\"b\\n\"»,\n \"c\" : \"d\"}", "b\n"),
        ("[«\"a\\n\"», {\"b\": \"c\"}]", "a\n"),
        ("[«\"a\\n\"», \"b", "a\n"),
    ] {
        check(Syntax::Notebook, marked, value, EXACT);
    }
    check(Syntax::Json, "[«\"a\\n\"», \"b\"]", "a\n", EXACT);
}

#[test]
fn strings_of_json() {
    for (marked, value, certainty) in [
        (r#"{"a": «"b"»}"#, "b", EXACT),
        (r#"{"a": «""»}"#, "", EXACT),
        (
            r#"{"a" : «"\"\\\/\b\f\n\r\t"» , "c": 1}"#,
            "\"\\/\u{8}\u{c}\n\r\t",
            EXACT,
        ),
        (
            r#"[«"\u0041\u00e9\ud83d\udd11é🔑"»]"#,
            "Aé\u{1f511}é🔑",
            EXACT,
        ),
        (r#"[«"x\u0000"»]"#, "x\0", EXACT),
        ("{\"a\": «\"b\"» // c\n}", "b", EXACT),
        // A lone surrogate, and what JSON does not have.
        (r#"[«"\ud83d"»]"#, r"\ud83d", UNKNOWN),
        (r#"[«"\udd11\ud83d"»]"#, r"\udd11\ud83d", UNKNOWN),
        (r#"[«"\x41\u00g0"»]"#, r"\x41\u00g0", UNKNOWN),
        ("[«\"a\tb\"»]", "a\tb", CHARACTERS),
        (r#"[«"a"»b"]"#, "a", QUOTING),
    ] {
        check(Syntax::Json, marked, value, certainty);
        check(
            Syntax::JsonWithComments,
            marked,
            &value.replace("\\x41", "A"),
            certainty,
        );
    }
}

#[test]
fn strings_of_json5() {
    for (marked, value, certainty) in [
        (r"{a: «'b\'\x41\v\0'»}", "b'A\u{b}\0", EXACT),
        ("{a: «'b\\\n  c\\\r\nd'»}", "b  cd", EXACT),
        (r#"{a: «"b'"», /* c */}"#, "b'", EXACT),
        (r"{a: «'b\01\q'»}", r"b\01\q", UNKNOWN),
    ] {
        check(Syntax::JsonWithComments, marked, value, certainty);
    }
}

#[test]
fn what_is_no_string() {
    for (syntax, marked, stop) in [
        (Syntax::Json, "[«'a']", Stop::NoLiteral),
        (Syntax::Json, "[«12]", Stop::NoLiteral),
        (Syntax::Json, "[«", Stop::NoLiteral),
        (Syntax::Json, "[«\"a\nb\"]", Stop::Unfinished),
        (Syntax::Json, "[«\"a\\\"", Stop::Unfinished),
        (Syntax::Json, "[«\"a\\", Stop::Unfinished),
        (Syntax::JsonWithComments, "[«'a\n']", Stop::Unfinished),
    ] {
        check_stop(syntax, marked, stop);
    }
    let not_utf8 = read(b"[\"\xff\"]", 1, Syntax::Json).unwrap();
    assert_eq!(
        (&not_utf8.value[..], not_utf8.certainty),
        (&b"\xff"[..], CHARACTERS)
    );
}

proptest! {
    /// Any value that serde writes is read back.
    #[test]
    fn values_are_read_back(value in any::<String>(), is_ascii in any::<bool>()) {
        let mut written = serde_json::to_string(&value).unwrap();
        if is_ascii {
            written = written.chars().map(|c| if c.is_ascii() { c.to_string() } else { escaped(c) }).collect();
        }
        let text = format!("{{\"a\": {written}}}");
        let reading = read(text.as_bytes(), 6, Syntax::Json).unwrap();
        prop_assert_eq!(&reading.value[..], value.as_bytes());
        prop_assert_eq!(reading.certainty, EXACT);
        check_parts(text.as_bytes(), &reading);
    }
}

fn escaped(character: char) -> String {
    character
        .encode_utf16(&mut [0; 2])
        .iter()
        .map(|unit| format!("\\u{unit:04x}"))
        .collect()
}
