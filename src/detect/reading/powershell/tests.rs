use proptest::prelude::*;

use super::super::{Stop, marked, read};
use crate::finding::Certainty::{self, Doubtful, Exact, InParts};
use crate::finding::{Doubt, Syntax};

fn check(marked: &str, value: &str, certainty: Certainty) {
    marked::check(Syntax::PowerShell, marked, value, certainty);
}

#[test]
fn strings_are_read() {
    for (text, value) in [
        ("$a = «\"k`$Zz`n`t`\"`q`0\"»", "k$Zz\n\t\"q\0"),
        ("$a = «\"d6\"\"x $ .\"»; b", "d6\"x $ ."),
        ("$a = «'it''s $b `n'»", "it's $b `n"),
        ("$a = «\"a\" +\n  'b'»\n", "ab"),
        ("f «(\"a\" + 'b')» -Force", "ab"),
        ("$a = «@'\nA'\"$x`n\nb\n'@»\n", "A'\"$x`n\nb"),
        ("$a = «@\"\r\nA\"\"`$x\r\n\"@»\r\n", "A\"\"$x"),
        ("$a = «@'\n'@»", ""),
        ("f -Password «a-b_c#d» -Force", "a-b_c#d"),
        ("f -Password «\"a\"» + \"b\"", "a"),
        ("f -Password «\"a\"» -Force", "a"),
    ] {
        check(text, value, Exact);
    }
}

#[test]
fn variables_and_operators_are_parts() {
    for (text, value) in [
        ("$a = «\"a$b.c\"»", "a.c"),
        ("$a = «\"a${b c}d$(e \")\")f\"»", "adf"),
        ("$a = «@\"\na$b\n\"@»", "a"),
    ] {
        check(text, value, InParts);
    }
    for text in [
        "'a' + $b",
        "'{0}' -f $b",
        "'a'.ToUpper()",
        "'a' * 3",
        "('a' -join 'b')",
    ] {
        let reading = read(text.as_bytes(), 0, Syntax::PowerShell).unwrap();
        assert_eq!(reading.certainty, InParts, "{text}");
    }
}

#[test]
fn what_versions_read_in_several_ways_is_doubtful() {
    for (text, value) in [
        ("$a = «\"a`u{41}\"»", "aA"),
        ("$a = «\"a`e\"»", "a\x1b"),
        ("$a = «\"a\u{201d}b\"»", "a\u{201d}b"),
        ("$a = «'a\u{2019}b'»", "a\u{2019}b"),
    ] {
        check(text, value, Doubtful(Doubt::Quoting));
    }
    check("$a = «\"a`u{x\"»", "a`u{x", Doubtful(Doubt::UnknownEscape));
}

#[test]
fn what_is_no_string_is_not_read() {
    for text in [
        "$a = «$b",
        "$a = «Get-It",
        "$a = «(Get-It)",
        "f -a «@b",
        "$a = «@'b'@",
    ] {
        marked::check_stop(Syntax::PowerShell, text, Stop::NoLiteral);
    }
    let unfinished = [
        "$a = «\"b",
        "$a = «'b",
        "$a = «@'\nb",
        "$a = «\"$(b\"",
        "$a = «('b'",
        "$a = «\"`",
    ];
    for text in unfinished {
        marked::check_stop(Syntax::PowerShell, text, Stop::Unfinished);
    }
}

proptest! {
    #[test]
    fn written_values_are_read_back(value in "[ -~\t\né😀]{1,40}", is_double in any::<bool>()) {
        let written = match is_double {
            true => {
                let escaped = value.replace('`', "``").replace('"', "\"\"");
                format!("\"{}\"", escaped.replace('$', "`$"))
            }
            false => format!("'{}'", value.replace('\'', "''")),
        };
        let text = format!("$a = {written}\n");
        let reading = read(text.as_bytes(), 5, Syntax::PowerShell).unwrap();
        prop_assert_eq!(String::from_utf8_lossy(&reading.value), value);
        prop_assert_eq!((reading.range.end, reading.certainty), (5 + written.len(), Exact));
    }
}
