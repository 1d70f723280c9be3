use proptest::prelude::*;

use super::super::marked::{check, check_parts, check_stop};
use super::super::{Stop, read};
use crate::finding::{Certainty, Doubt, Syntax};

const EXACT: Certainty = Certainty::Exact;
const UNKNOWN: Certainty = Certainty::Doubtful(Doubt::UnknownEscape);
const QUOTING: Certainty = Certainty::Doubtful(Doubt::Quoting);
const CHARACTERS: Certainty = Certainty::Doubtful(Doubt::Characters);

#[test]
fn the_four_strings() {
    for (marked, value, certainty) in [
        (r#"a = «"b"»"#, "b", EXACT),
        ("a = «\"\"» # c\n", "", EXACT),
        (
            r#"a = «"\b\t\n\f\r\"\\\u00e9\U0001F511"»"#,
            "\u{8}\t\n\u{c}\r\"\\é🔑",
            EXACT,
        ),
        (r"a = [«'b\n'», 'c']", r"b\n", EXACT),
        (
            "a = «\"\"\"\nb\n\"c\"\"»\n"
                .replace("»", "\"\"\"»")
                .as_str(),
            "b\n\"c\"\"",
            EXACT,
        ),
        ("a = «\"\"\"b\\\n   c\\ \n\n \t d\"\"\"»\n", "bcd", EXACT),
        ("a = «\"\"\"b\\\\\n\"\"\"»\n", "b\\\n", EXACT),
        ("a = «\"\"\"\"\"\"»", "", EXACT),
        ("a = «'''\r\nb\\n'c'''''»\r\n", "b\\n'c''", EXACT),
        // Some readers keep CR LF.
        (
            "a = «'''b\r\nc'''»\r\n",
            "b\nc",
            Certainty::Doubtful(Doubt::Characters),
        ),
        (r#"a = «"\e\x41"»"#, r"\e\x41", UNKNOWN),
        (r#"a = «"\ud83d\U00110000"»"#, r"\ud83d\U00110000", UNKNOWN),
        (r#"a = «"b\ c"»"#, r"b\ c", UNKNOWN),
        ("a = «\"b\u{7f}\"»", "b\u{7f}", CHARACTERS),
        ("a = «'b'»c'", "b", QUOTING),
    ] {
        check(Syntax::Toml, marked, value, certainty);
    }
}

#[test]
fn what_is_no_string() {
    for (marked, stop) in [
        ("a = «12", Stop::NoLiteral),
        ("a = «", Stop::NoLiteral),
        ("a = «\"b\n\"", Stop::Unfinished),
        ("a = «\"b\\\n\"", Stop::Unfinished),
        ("a = «'b\n'", Stop::Unfinished),
        ("a = «\"\"\"b\"\"", Stop::Unfinished),
        ("a = «\"\"\"b\\\"\"\"", Stop::Unfinished),
        ("a = «'''b''", Stop::Unfinished),
        ("a = «\"b\\", Stop::Unfinished),
    ] {
        check_stop(Syntax::Toml, marked, stop);
    }
}

proptest! {
    /// Any value that is written as a basic string, on a line or over lines, is read back.
    #[test]
    fn values_are_read_back(value in any::<String>(), choices in any::<u64>(), is_multi_line in any::<bool>()) {
        let written = written(&value, choices, is_multi_line);
        let quotes = if is_multi_line { "\"\"\"" } else { "\"" };
        let text = format!("a = {quotes}{written}{quotes}\n");
        let reading = read(text.as_bytes(), 4, Syntax::Toml).unwrap();
        prop_assert_eq!(&reading.value[..], value.as_bytes());
        prop_assert_eq!(reading.certainty, EXACT);
        check_parts(text.as_bytes(), &reading);
    }
}

fn written(value: &str, mut choices: u64, is_multi_line: bool) -> String {
    let mut out = String::new();
    for (at, character) in value.chars().enumerate() {
        choices = choices.rotate_left(3);
        if is_multi_line && choices.is_multiple_of(11) {
            out.push_str("\\ \n\n\t ");
        }
        match character {
            '\n' if is_multi_line && at > 0 => out.push('\n'),
            '"' | '\\' => out.extend(['\\', character]),
            _ if character.is_control() => {
                out.push_str(&format!("\\u{:04X}", u32::from(character)))
            }
            _ if choices.is_multiple_of(5) => {
                out.push_str(&format!("\\U{:08x}", u32::from(character)))
            }
            // White space behind a continued line would not count.
            ' ' if is_multi_line => out.push_str("\\u0020"),
            _ => out.push(character),
        }
    }
    if is_multi_line {
        out.replace("\\ \n\n\t \n", "\\n")
    } else {
        out
    }
}
