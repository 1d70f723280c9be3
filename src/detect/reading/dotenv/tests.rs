use proptest::prelude::*;

use super::super::{Stop, marked, read};
use crate::finding::Certainty::{self, Doubtful, Exact};
use crate::finding::{Doubt, Syntax};

fn check(marked: &str, value: &str, certainty: Certainty) {
    marked::check(Syntax::Dotenv, marked, value, certainty);
}

#[test]
fn values_that_dialects_read_alike_are_exact() {
    for (text, value) in [
        ("K=«correct horse»\n", "correct horse"),
        ("K=«a=b&c=1,é»  \r\nN=1", "a=b&c=1,é"),
        ("K=«a b» # comment", "a b"),
        ("K=«\"a b #c\"» # d\n", "a b #c"),
        ("K=«'a$b\"\\n'»\n", "a$b\"\\n"),
        ("K=«\"a\nb\"»\n", "a\nb"),
        ("K=«'a\r\nb'»\r\n", "a\nb"),
        ("K=«a$»", "a$"),
        ("export K=«\"\"»", ""),
    ] {
        check(text, value, Exact);
    }
}

#[test]
fn values_that_dialects_read_in_several_ways_are_doubtful() {
    for (text, value, doubt) in [
        ("K=«a#b»\n", "a#b", Doubt::Comment),
        ("K=«\"a\"»#b", "a", Doubt::Comment),
        ("K=«a$b»", "a$b", Doubt::Variable),
        ("K=«\"a${b}\"»", "a${b}", Doubt::Variable),
        ("K=«'a${b}'»", "a${b}", Doubt::Variable),
        ("K=«\"a\\nb\"»", "a\nb", Doubt::Quoting),
        ("K=«\"a\\\"b\"»", "a\"b", Doubt::Quoting),
        ("K=«'a\\'b'»", "a'b", Doubt::Quoting),
        ("K=«c:\\d»", "c:\\d", Doubt::Quoting),
        ("K=«it's»", "it's", Doubt::Quoting),
        ("K=«a;b»", "a;b", Doubt::Quoting),
        ("K=«a b=c»", "a b=c", Doubt::Quoting),
        ("export K=«a b»", "a b", Doubt::Quoting),
        ("K=«~/a»", "~/a", Doubt::Quoting),
        ("K=«a\u{a0}b»", "a\u{a0}b", Doubt::Quoting),
    ] {
        check(text, value, Doubtful(doubt));
    }
}

#[test]
fn values_without_an_end_or_content_are_not_read() {
    marked::check_stop(Syntax::Dotenv, "K=«\"a\n", Stop::Unfinished);
    marked::check_stop(Syntax::Dotenv, "K= «# a\n", Stop::NoLiteral);
    marked::check_stop(Syntax::Dotenv, "K=«\nL=1", Stop::NoLiteral);
}

proptest! {
    #[test]
    fn plain_values_are_exact(value in "[a-zA-Z0-9_.,/@%^*+=-]{1,40}", form in 0_usize..3) {
        let forms = [value.clone(), format!("'{value}'"), format!("\"{value}\"")];
        let written = &forms[form];
        let text = format!("K={written}\nL=1");
        let reading = read(text.as_bytes(), 2, Syntax::Dotenv).unwrap();
        prop_assert_eq!(String::from_utf8_lossy(&reading.value), value);
        prop_assert_eq!((reading.range.end, reading.certainty), (2 + written.len(), Exact));
    }
}
