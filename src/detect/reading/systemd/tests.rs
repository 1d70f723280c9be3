use proptest::prelude::*;

use super::super::{Stop, marked, read};
use crate::finding::Certainty::{self, Doubtful, Exact, InParts};
use crate::finding::{Doubt, Syntax};

fn check(marked: &str, value: &str, certainty: Certainty) {
    marked::check(Syntax::Systemd, marked, value, certainty);
}

#[test]
fn words_are_those_of_environment() {
    for (text, value) in [
        ("Environment=\"K=«a b%%c\"» L=1", "a b%c"),
        ("Environment=K=«b7\\x41k\\s\\101\\u00e9» L=1", "b7Ak Aé"),
        ("Environment='K=«it\\'s \"a\"'»\n", "it's \"a\""),
        ("Environment=K=«a'b c'd»", "ab cd"),
        ("Environment=K=«a$%-%»", "a$%-%"),
        ("Environment=A=1 \\\n  K=«a»\\\n B=2", "a"),
        ("Environment=\"K=«a\\\n# c\n b\"»", "a  b"),
        ("Environment=K=«a»\r\n", "a"),
    ] {
        check(text, value, Exact);
    }
    let reading = read(b"Environment=K=a$b", 14, Syntax::Systemd).unwrap();
    assert_eq!(reading.certainty, Exact);
}

#[test]
fn specifiers_and_variables_are_parts() {
    check("Environment=K=«a%h»", "a", InParts);
    check("ExecStart=/bin/f --password=«a${b}» c", "a${b}", InParts);
}

#[test]
fn what_systemd_refuses_is_doubtful() {
    for (text, value) in [
        ("Environment=K=«a\\q»", "a\\q"),
        ("Environment=K=«a\\x25h»", "a\\x25h"),
        ("Environment=K=«a%z»", "a%z"),
        ("Environment=K=«a%5»", "a%5"),
    ] {
        check(text, value, Doubtful(Doubt::UnknownEscape));
    }
    check("Environment=K=«a\x01»", "a\x01", Doubtful(Doubt::Quoting));
    check("PrivateKey=«a» b", "a", Doubtful(Doubt::Quoting));
    check("ExecStart=/f --x=«a$$b»", "a$$b", Doubtful(Doubt::Variable));
}

#[test]
fn words_without_an_end_are_not_read() {
    marked::check_stop(Syntax::Systemd, "Environment=\"K=«a", Stop::Unfinished);
    marked::check_stop(Syntax::Systemd, "Environment=\"K=«a\"b\n", Stop::NoLiteral);
    marked::check_stop(Syntax::Systemd, "Environment=\"K=«a\n", Stop::NoLiteral);
    marked::check_stop(Syntax::Systemd, "Environment=K=« b", Stop::NoLiteral);
}

proptest! {
    #[test]
    fn written_values_are_read_back(value in "[ -~\té😀]{1,40}") {
        let escaped = value.replace('\\', r"\\").replace('"', r#"\""#).replace('%', "%%");
        let text = format!("Environment=\"K={escaped}\" L=1");
        let reading = read(text.as_bytes(), 15, Syntax::Systemd).unwrap();
        prop_assert_eq!(String::from_utf8_lossy(&reading.value), value);
        prop_assert_eq!((reading.range.end, reading.certainty), (16 + escaped.len(), Exact));
    }
}
