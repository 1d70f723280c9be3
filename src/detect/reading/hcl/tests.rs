use proptest::prelude::*;

use super::super::{Stop, marked, read};
use crate::finding::Certainty::{self, Doubtful, Exact, InParts};
use crate::finding::{Doubt, Syntax};

fn check(marked: &str, value: &str, certainty: Certainty) {
    marked::check(Syntax::Hcl, marked, value, certainty);
}

#[test]
fn templates_are_read() {
    for (text, value) in [
        (r#"a = «"C\"\\\n\t\u00e9\U0001F600"» # b"#, "C\"\\\n\té😀"),
        (r#"a = «"$${x}%%{y}$$$z%"»"#, "${x}%{y}$$$z%"),
        ("a = «<<EOT\nb\\n\"\n  c\nEOT»\n", "b\\n\"\n  c\n"),
        ("a = «<<EOT\nEOT»", ""),
        (
            "a = «<<-EOT\n    b\n\n      $${c}\n  EOT»\n",
            "b\n\n  ${c}\n",
        ),
        ("a = «<<EOT\nb\n  EOT»\n", "b\n"),
    ] {
        check(text, value, Exact);
    }
}

#[test]
fn expressions_are_parts() {
    check(r#"a = «"b${c["}"]}d"»"#, "bd", InParts);
    check("a = «<<EOT\nb ${c}\nEOT»", "b \n", InParts);
    check(r#"a = «"b"» == c ? 1 : 2"#, "b", InParts);
}

#[test]
fn what_is_refused_or_normalised_is_doubtful() {
    check(r#"a = «"b\q"»"#, r"b\q", Doubtful(Doubt::UnknownEscape));
    check("a = «\"e\u{301}\"»", "e\u{301}", Doubtful(Doubt::Quoting));
    check(
        "a = «<<-EOT\n\u{2003}b\nEOT»",
        "\u{2003}b\n",
        Doubtful(Doubt::Indentation),
    );
}

#[test]
fn templates_without_an_end_are_not_read() {
    for text in ["a = «\"b", "a = «\"${b\"", "a = «<<EOT\nb\n", "a = «<<EOT"] {
        marked::check_stop(Syntax::Hcl, text, Stop::Unfinished);
    }
    for text in [
        "a = «\"b\n\"",
        "a = «var.b",
        "a = «<<1\n",
        "a = «<<EOT x\nEOT",
    ] {
        marked::check_stop(Syntax::Hcl, text, Stop::NoLiteral);
    }
}

proptest! {
    #[test]
    fn written_values_are_read_back(value in "[ -~\té😀]{1,40}") {
        let escaped = value.replace('\\', r"\\").replace('"', r#"\""#);
        let written = format!("\"{}\"", escaped.replace("${", "$${").replace("%{", "%%{"));
        let reading = read(written.as_bytes(), 0, Syntax::Hcl).unwrap();
        prop_assert_eq!(String::from_utf8_lossy(&reading.value), value);
        prop_assert_eq!((reading.range.end, reading.certainty), (written.len(), Exact));
    }
}
