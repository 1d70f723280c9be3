use proptest::prelude::*;

use super::super::{Stop, marked, read};
use crate::finding::Certainty::{self, Doubtful, Exact};
use crate::finding::{Doubt, Syntax};

fn check(marked: &str, value: &str, certainty: Certainty) {
    marked::check(Syntax::Ini, marked, value, certainty);
}

#[test]
fn values_end_with_their_lines() {
    for (text, value) in [
        ("[s]\nk = «correct horse»  \r\nl = 1", "correct horse"),
        ("\tk = «a/b+c==»\n\tl = 1", "a/b+c=="),
        // PHP refuses these: a file that has them is read by another reader.
        ("k = «a!b~c(d){e}=?»", "a!b~c(d){e}=?"),
        ("k=«a%b»", "a%b"),
        ("k = «é 中»\n\n[t]", "é 中"),
    ] {
        check(text, value, Exact);
    }
}

#[test]
fn what_readers_read_in_several_ways_is_doubtful() {
    for (text, value, doubt) in [
        ("k = «a» ; b", "a", Doubt::Comment),
        ("k = «a#b»", "a#b", Doubt::Comment),
        ("k = «\"a b\"»\n", "a b", Doubt::Quoting),
        ("k = «'a;b'»\n", "a;b", Doubt::Quoting),
        ("k = «it's»\n", "it's", Doubt::Quoting),
        ("k = «a\\b»", "a\\b", Doubt::Quoting),
        // PHP reads the numbers 0, 9 and -1.
        ("k = «a&9b»", "a&9b", Doubt::Quoting),
        ("k = «a^9b»", "a^9b", Doubt::Quoting),
        ("k = «~a9b»", "~a9b", Doubt::Quoting),
        ("k = «a%%b»", "a%%b", Doubt::Variable),
        ("k = «a%(b)s»", "a%(b)s", Doubt::Variable),
        ("k = «a${b}»", "a${b}", Doubt::Variable),
        ("k = «a»\n  b", "a", Doubt::Indentation),
    ] {
        check(text, value, Doubtful(doubt));
    }
    marked::check_stop(Syntax::Ini, "k = «; a", Stop::NoLiteral);
    marked::check_stop(Syntax::Ini, "k =«\n", Stop::NoLiteral);
}

proptest! {
    #[test]
    fn plain_values_are_exact(value in "[a-zA-Z0-9_.,:/@*+=-][a-zA-Z0-9_.,:/@*+=!~?-]{0,40}") {
        let text = format!("[s]\nk = {value}\nl = 1");
        let reading = read(text.as_bytes(), 8, Syntax::Ini).unwrap();
        prop_assert_eq!(String::from_utf8_lossy(&reading.value), value);
        prop_assert_eq!(reading.certainty, Exact);
    }
}
