use proptest::prelude::*;

use super::super::marked::{check, check_parts, check_stop};
use super::super::{Stop, read};
use crate::finding::{Certainty, Doubt, Syntax};

const EXACT: Certainty = Certainty::Exact;
const IN_PARTS: Certainty = Certainty::InParts;
const UNKNOWN: Certainty = doubtful(Doubt::UnknownEscape);
const INDENTATION: Certainty = doubtful(Doubt::Indentation);

const fn doubtful(doubt: Doubt) -> Certainty {
    Certainty::Doubtful(doubt)
}

fn check_all(cases: &[(&str, &str, Certainty)]) {
    for (marked, value, certainty) in cases {
        check(Syntax::Yaml, marked, value, *certainty);
        if !marked.contains('$') {
            check(Syntax::Compose, marked, value, *certainty);
        }
    }
}

#[test]
fn plain_scalars() {
    check_all(&[
        ("a: «b»\n", "b", EXACT),
        ("a: «b»", "b", EXACT),
        ("a: «b c»  # d\nc: d\n", "b c", EXACT),
        ("a: «b#c:d'e\"f,g]h}»\r\ni: j\r\n", "b#c:d'e\"f,g]h}", EXACT),
        ("a: «-1»\n", "-1", EXACT),
        ("a: «0123»\n", "0123", EXACT),
        ("a: «null»\n", "null", EXACT),
        ("a: «::b»\n", "::b", EXACT),
        ("- a: «b»\n  c: d\n- a: e\n", "b", EXACT),
        ("- - «b»\n", "b", EXACT),
        (
            "a: !!str «b»\n".replace("!!str «", "«!!str ").as_str(),
            "b",
            EXACT,
        ),
        ("a: «&x !!str b»\n", "b", EXACT),
        ("a: «!Ref b»\n", "b", IN_PARTS),
        // Over lines.
        ("a: «b\n  c»\nd: e\n", "b c", EXACT),
        ("a: «b  \n\n\n  c\n   d»\n", "b\n\nc d", EXACT),
        ("a:\n  «b\n  c»\nd: e\n", "b c", EXACT),
        ("a:\n- b: «c\n    d»\n  e: f\n", "c d", EXACT),
        ("- «b\n  c»\n- d\n", "b c", EXACT),
        ("a: «b»\n---\nc: d\n", "b", EXACT),
        // Between brackets.
        ("{a: «b c», d: e}", "b c", EXACT),
        ("a: [{b: «c»}]\n", "c", EXACT),
        (
            "{\n  a: {\n    b: c\n  },\n  d: «e»,\n  f: g\n}\n",
            "e",
            EXACT,
        ),
        ("x: {a: «b\n  c»}\n", "b c", EXACT),
        ("a: \"{\"\nb: «c,d»\n", "c,d", EXACT),
        ("a: b,\nc: «d,e»\n", "d,e", EXACT),
        ("a: |\n  [b,\nc: «d,e»\n", "d,e", EXACT),
        ("a: b # {\nc: «d,»\n", "d,", EXACT),
        // What readers refuse, or read in two ways.
        ("a: «b»: c\n", "b", doubtful(Doubt::Quoting)),
        ("a: «b\tc»\n", "b\tc", doubtful(Doubt::Characters)),
        ("a: «b\u{7f}»\n", "b\u{7f}", doubtful(Doubt::Characters)),
        (
            "a: «b\u{2028}c»\n",
            "b\u{2028}c",
            doubtful(Doubt::Characters),
        ),
        ("{a: «b?»}", "b?", doubtful(Doubt::Quoting)),
        ("{a: «b»]}", "b", doubtful(Doubt::Quoting)),
        (
            "a: «b»\n  {{- if .Values.c }}\nd: e\n",
            "b",
            doubtful(Doubt::Surroundings),
        ),
    ]);
}

#[test]
fn scalars_in_quotes() {
    check_all(&[
        ("a: «\"b\"»\n", "b", EXACT),
        ("a: «\"\"» # c\n", "", EXACT),
        ("a: «''»\n", "", EXACT),
        ("{\"a\": «\"b\"», 'c': d}", "b", EXACT),
        ("{\"a\":«\"b\"»}", "b", EXACT),
        (
            r#"a: «"\0\a\b\t\n\v\f\r\e\"\\\/\ \N\_\L\P\x41\u00e9\U0001f511"»"#,
            "\0\u{7}\u{8}\t\n\u{b}\u{c}\r\u{1b}\"\\/ \u{85}\u{a0}\u{2028}\u{2029}Aé🔑",
            EXACT,
        ),
        (r"a: «'b\n''c'''»", r"b\n'c'", EXACT),
        // Over lines.
        ("a: «\"b \n  c\"»\n", "b c", EXACT),
        ("a: «'b\n\n\n  c'»\n", "b\n\nc", EXACT),
        ("a: «\"b\\\n  c\\\n\n  \\  d\"»\n", "bc\n  d", EXACT),
        ("a: «\"b\\\r\n  c\r\n  d\"»\r\n", "bc d", EXACT),
        // A line of libyaml begins with spaces.
        ("a: «\"b\nc\"»\n", "b c", INDENTATION),
        (r#"a: «"\ud83d\udd11\q"»"#, r"\ud83d\udd11\q", UNKNOWN),
        ("a: «\"b\"» c\n", "b", doubtful(Doubt::Quoting)),
        ("a: «\"b\"»#c\n", "b", doubtful(Doubt::Comment)),
        ("a: «\"b\"», c\n", "b", doubtful(Doubt::Quoting)),
        ("a: «\"b\"»\n  c: d\n", "b", INDENTATION),
        ("a: «!!binary \"Yg==\"»\n", "Yg==", doubtful(Doubt::Quoting)),
    ]);
}

#[test]
fn blocks() {
    check_all(&[
        ("a: «|\n  b\n»", "b\n", EXACT),
        ("a: «|\n  b»", "b", EXACT),
        ("a: «|\n  b\n   c\n\n  d\n»\ne: f\n", "b\n c\n\nd\n", EXACT),
        ("a: «|-\n  b»\n\nc: d\n", "b", EXACT),
        ("a: «|+ # c\n  b\n\n»d: e\n", "b\n\n", EXACT),
        ("a: «|\r\n  b\r\n  c\r\n»d: e\r\n", "b\nc\n", EXACT),
        ("a:\n- b: «|\n    c\n»  d: e\n", "c\n", EXACT),
        ("- «|\n b\n»- c\n", "b\n", EXACT),
        ("a: «|\n\n  b\n»", "\nb\n", EXACT),
        ("a: «&x !!str |\n  b\n»", "b\n", EXACT),
        ("a: «|\n  b # c\n»# d\n", "b # c\n", EXACT),
        (
            "a: «>\n  b\n  c\n\n  d\n   e\n  f\n»",
            "b c\nd\n e\nf\n",
            EXACT,
        ),
        ("a: «>-\n  b\n  c»\n", "b c", EXACT),
        ("a: «>+\n  b\n\n»c: d\n", "b\n\n", EXACT),
        // The number counts from the key, which is not in the bytes of a block that is not at the margin.
        ("a: «|2\n   b\n  c\n»", " b\nc\n", EXACT),
        ("a: «|-1\n  b»\n", " b", EXACT),
        ("a:\n  b: «|2-\n     c\n    d»\n", " c\nd", INDENTATION),
        // An empty line is indented more than the first.
        ("a: «|\n    \n  b\n»", "  \nb\n", INDENTATION),
        ("a:\n  b: «|\n    c\n»   d: e\n", "c\n", INDENTATION),
    ]);
}

#[test]
fn variables_of_compose() {
    for (marked, value, certainty) in [
        ("a: «b$$c»\n", "b$c", EXACT),
        ("- «A=$$b$$»\n", "A=$b$", EXACT),
        ("a: «\"b$$c\"»\n", "b$c", EXACT),
        ("a: «\"b\\n$$c\"»\n", "b\n$c", EXACT),
        ("a: «'b$$''c'»\n", "b$'c", EXACT),
        ("a: «|\n  b$$\n  c\n»", "b$\nc\n", EXACT),
        ("a: «>-\n  b$$\n  c»\n", "b$ c", EXACT),
        // A dollar before anything but a name, a brace or a dollar stays.
        ("a: «b$1c$»\n", "b$1c$", EXACT),
        ("a: «b$c»\n", "b", IN_PARTS),
        ("a: «b${C:-d{}}e»\n", "be", IN_PARTS),
        ("a: «b${1}»\n", "b${1}", UNKNOWN),
        ("a: «b${C»\n", "b${C", UNKNOWN),
        ("a: «\"\\x24b\"»\n", "$b", doubtful(Doubt::Variable)),
    ] {
        check(Syntax::Compose, marked, value, certainty);
    }
}

#[test]
fn what_is_no_scalar() {
    for (marked, stop) in [
        ("a: «*b\n", Stop::NoLiteral),
        ("a: «[b]\n", Stop::NoLiteral),
        ("a: «{b: c}\n", Stop::NoLiteral),
        ("a: «- b\n", Stop::NoLiteral),
        ("a: «# b\n", Stop::NoLiteral),
        ("a: «@b\n", Stop::NoLiteral),
        ("a: «%b\n", Stop::NoLiteral),
        ("a: «&b\n  c: d\n", Stop::NoLiteral),
        ("a: «!!str\n", Stop::NoLiteral),
        ("a: «|b\n", Stop::NoLiteral),
        ("a: «\n", Stop::NoLiteral),
        ("a: «", Stop::NoLiteral),
        ("a: «\"b\nc: d\n", Stop::Unfinished),
        ("a: «'b''\n", Stop::Unfinished),
        ("a: «\"b\n---\n\"", Stop::Unfinished),
        ("a: «\"b\\", Stop::Unfinished),
    ] {
        check_stop(Syntax::Yaml, marked, stop);
    }
}

#[test]
fn hostile_texts_are_read_in_little_time() {
    for unit in [
        "\"", "'", "''", "a: \"", "{", "[,", "a: {\n", " ", "\n", "|\n", "\\", "$", "${A",
        "\n\n \n", "a,\n", "!a ", "\0", "\u{2028}",
    ] {
        let text = format!("a: {}", unit.repeat(100_000 / unit.len()));
        for at in [3, text.len() / 2, text.len() - 1] {
            let at = (at..).find(|&at| text.is_char_boundary(at)).unwrap();
            for start in ["", "\"", "'", "|\n  ", ">\n  ", "b"] {
                let text = format!("{}{start}{}", &text[..at], &text[at..]);
                let reading = read(text.as_bytes(), at, Syntax::Compose);
                assert!(reading.is_err() || reading.unwrap().range.start == at);
            }
        }
    }
}

proptest! {
    /// Any value is read back from double quotes, with escapes and line ends by chance.
    #[test]
    fn values_are_read_back_from_double_quotes(value in any::<String>(), choices in any::<u64>()) {
        let mut choices = choices;
        let mut written = String::new();
        for character in value.chars() {
            choices = choices.rotate_left(3);
            if choices.is_multiple_of(11) {
                written.push_str("\\\n  ");
            }
            let is_plain = matches!(character, '!' | '#'..='[' | ']'..='~' | 'à'..='ÿ' | '🔑');
            if is_plain && !choices.is_multiple_of(5) {
                written.push(character);
            } else {
                written.push_str(&format!("\\U{:08x}", u32::from(character)));
            }
        }
        let text = format!("a: \"{written}\"\n");
        let reading = read(text.as_bytes(), 3, Syntax::Yaml).unwrap();
        prop_assert_eq!(&reading.value[..], value.as_bytes());
        prop_assert_eq!(reading.certainty, EXACT);
        check_parts(text.as_bytes(), &reading);
    }

    /// Lines are read back from a block, at any indentation.
    #[test]
    fn lines_are_read_back_from_blocks(lines in prop::collection::vec("[!-~][ -~]{0,9}|", 1..6), indent in 1_usize..5) {
        prop_assume!(!lines[0].is_empty() && !lines.last().unwrap().is_empty());
        let value = lines.join("\n");
        let padding = " ".repeat(indent);
        let block = lines.iter().map(|line| format!("{padding}{line}\n")).collect::<String>();
        for (head, end) in [("|", "\n"), ("|-", ""), ("|+", "\n")] {
            let text = format!("a: {head}\n{block}b: c\n");
            let reading = read(text.as_bytes(), 3, Syntax::Yaml).unwrap();
            prop_assert_eq!(String::from_utf8_lossy(&reading.value), format!("{value}{end}"));
            prop_assert_eq!(reading.certainty, EXACT);
            let again = read(&text.as_bytes()[reading.range.clone()], 0, Syntax::Yaml).unwrap();
            prop_assert_eq!(again.value, reading.value);
        }
    }
}
