use proptest::prelude::*;

use super::super::{Stop, marked, read};
use crate::finding::Certainty::{self, Doubtful, Exact, InParts};
use crate::finding::{Doubt, Syntax};

fn check(marked: &str, value: &str, certainty: Certainty) {
    marked::check(Syntax::Sql, marked, value, certainty);
}

#[test]
fn strings_are_read() {
    for (text, value) in [
        ("SELECT «'T21''Q'»;", "T21'Q"),
        ("ALTER ROLE a WITH LOGIN PASSWORD «'h\\n'''»;", "h\\n'"),
        ("CREATE USER 'a'@'%' IDENTIFIED BY «'y''''K'»;", "y''K"),
        ("CREATE LOGIN [a] WITH PASSWORD = «N'a\\b'»;", "a\\b"),
        (
            "SELECT «E'a\\n\\'\\x41\\101\\u00e9\\ud83d\\ude00\\q'''»",
            "a\n'AAé😀q'",
        ),
        ("SELECT «U&'\\00e9\\\\\\+01F600'»", "é\\😀"),
        ("SELECT «$$a'\\b$$», 1", "a'\\b"),
        ("SELECT «$t$a$$b$t$»", "a$$b"),
        ("SELECT «q'[it's]'» FROM dual", "it's"),
        ("SELECT «\"a\"\"b\"»", "a\"b"),
        ("SELECT «'a'\n  'b'» ;", "ab"),
        ("SELECT «'a' -- b\n'c'»", "ac"),
        ("SELECT «'a' || 'b'», 'c'", "ab"),
        ("SET @a = «N'a' + N'b'»;", "ab"),
    ] {
        check(text, value, Exact);
    }
}

#[test]
fn what_dialects_read_in_several_ways_is_doubtful() {
    for (text, value) in [
        ("SELECT «'a\\b'»;", "a\\b"),
        ("CREATE USER a IDENTIFIED BY «'a\\b'»;", "a\\b"),
        ("SELECT «'a\\'b\\n'»;", "a'b\n"),
        ("SELECT «'a' 'b'»", "ab"),
    ] {
        check(text, value, Doubtful(Doubt::Quoting));
    }
    check(
        "SELECT «E'a\\x00'»",
        "a\\x00",
        Doubtful(Doubt::UnknownEscape),
    );
    check("SELECT «U&'a\\1'»", "a\\1", Doubtful(Doubt::UnknownEscape));
    check("SELECT «'a${b}'»", "a${b}", Doubtful(Doubt::Variable));
}

#[test]
fn other_operands_are_parts() {
    check("SELECT «'a'» || b", "a", InParts);
}

#[test]
fn what_is_no_string_is_not_read() {
    for text in [
        "SELECT «'a",
        "SELECT «'a''",
        "SELECT «$$a",
        "SELECT «E'a\\'",
        "SELECT «'a' || ",
    ] {
        marked::check_stop(Syntax::Sql, text, Stop::Unfinished);
    }
    for text in [
        "SELECT «a",
        "SELECT «CONCAT('a')",
        "SELECT «$1",
        "SELECT «X'00'",
    ] {
        marked::check_stop(Syntax::Sql, text, Stop::NoLiteral);
    }
}

proptest! {
    #[test]
    fn written_values_are_read_back(value in "[ !\"%-Z^-~\t\né😀]{1,40}", is_escaped in any::<bool>()) {
        let written = match is_escaped {
            true => format!("E'{}'", value.replace('\'', r"\'")),
            false => format!("'{}'", value.replace('\'', "''")),
        };
        let text = format!("SELECT {written};");
        let reading = read(text.as_bytes(), 7, Syntax::Sql).unwrap();
        prop_assert_eq!(String::from_utf8_lossy(&reading.value), value);
        prop_assert_eq!((reading.range.end, reading.certainty), (7 + written.len(), Exact));
    }
}
