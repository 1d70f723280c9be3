use proptest::prelude::*;

use super::super::{Stop, marked, read};
use crate::finding::Certainty::{self, Doubtful, Exact, InParts};
use crate::finding::{Doubt, Syntax};

fn check(marked: &str, value: &str, certainty: Certainty) {
    marked::check(Syntax::Dockerfile, marked, value, certainty);
}

#[test]
fn words_are_those_of_buildkit() {
    for (text, value) in [
        (r"ENV K=«a\ b» L=c", "a b"),
        (r#"ENV M=x K=«"k\"G\$\\\n"»"#, r#"k"G$\\n"#),
        (r"ENV K=«'a\'»", r"a\"),
        (r#"ENV K=«a"b c"'d'» L=e"#, "ab cd"),
        ("ENV K=«a#b$»\nRUN x", "a#b$"),
        ("ENV K «John \"Q\" Doe»  \nRUN x", "John Q Doe"),
        ("ENV K=«a\\\n# comment\n\nb»\n", "ab"),
        ("ENV A=1 \\\n  K=«'a b'» \\\n  B=2", "a b"),
        ("ARG K=«a»\r\n", "a"),
        ("ENV K=«'a$b'»", "a$b"),
        ("RUN f --password=«'a b'» && g", "a b"),
    ] {
        check(text, value, Exact);
    }
}

#[test]
fn variables_are_parts() {
    check("ENV K=«a${b:-c}d» e", "ad", InParts);
    check(r#"ENV K=«"a$b"»"#, "a", InParts);
}

#[test]
fn what_is_read_in_several_ways_is_doubtful() {
    check("# escape=`\nENV K=«c:\\a»", "c:a", Doubtful(Doubt::Quoting));
    let command = read(b"RUN K=\"a\\`\"", 6, Syntax::Dockerfile).unwrap();
    assert_eq!(command.certainty, Doubtful(Doubt::Quoting));
    check("ENV K=«\\\\\\\nb»", "\\b", Doubtful(Doubt::Quoting));
    check("FROM «a»", "a", Doubtful(Doubt::Surroundings));
}

#[test]
fn words_without_an_end_are_unfinished() {
    for text in ["ENV K=«'a", "ENV K=«\"a", "ENV K=«a\\", "ENV K=«a\\\n"] {
        marked::check_stop(Syntax::Dockerfile, text, Stop::Unfinished);
    }
    marked::check_stop(Syntax::Dockerfile, "ENV K=«\n", Stop::NoLiteral);
}

proptest! {
    #[test]
    fn written_values_are_read_back(value in "[ -~é😀]{1,40}", is_single in any::<bool>()) {
        let written = match is_single {
            true => format!("'{}'", value.replace('\'', r#"'"'"'"#)),
            false => {
                let escaped = value.replace('\\', r"\\").replace('"', r#"\""#);
                format!("\"{}\"", escaped.replace('$', r"\$"))
            }
        };
        let text = format!("ENV K={written} L=x");
        let reading = read(text.as_bytes(), 6, Syntax::Dockerfile).unwrap();
        prop_assert_eq!(String::from_utf8_lossy(&reading.value), value);
        prop_assert_eq!((reading.range.end, reading.certainty), (6 + written.len(), Exact));
    }
}
