use proptest::prelude::*;

use super::super::{Stop, marked, read};
use crate::finding::Certainty::{self, Doubtful, Exact, InParts};
use crate::finding::{Doubt, Syntax};

fn check(marked: &str, value: &str, certainty: Certainty) {
    marked::check(Syntax::Shell, marked, value, certainty);
}

#[test]
fn pieces_are_one_word() {
    for (text, value) in [
        (r"K=«Gv\$v7\&k»; export K", "Gv$v7&k"),
        (r#"export K=«'aL 2'"k J"x» y"#, "aL 2k Jx"),
        (r#"K=«"n\$\w\"M\\\`"»"#, r#"n$\w"M\`"#),
        (r"K=«$'q\x41\tp\101\u00e9\'\q\cA'»", "qA\tpAé'\\q\x01"),
        ("K=«'a\\\nb'»", "a\\\nb"),
        ("K=«\"a\\\nb\"»", "ab"),
        ("K=«a\\\nb»\n", "ab"),
        ("K=«a»\\\n b", "a"),
        ("K=«a#b» #c", "a#b"),
        ("K=«a»\r\n", "a"),
        ("f --password=«a*b?[c]!d» && g", "a*b?[c]!d"),
        ("(K=«a$»)", "a$"),
        ("K=«'$x `y`'» cmd", "$x `y`"),
        ("K=«''»", ""),
    ] {
        check(text, value, Exact);
    }
}

#[test]
fn words_may_begin_in_quotes() {
    for (text, value) in [
        (r#"docker run -e "K=«a b\$c"» x"#, "a b$c"),
        (r#"docker run -e 'K=«a "b" \c'» x"#, r#"a "b" \c"#),
        (r#"export "K=«it's"»"#, "it's"),
        (r"K=«a\'»; b", "a'"),
    ] {
        check(text, value, Exact);
    }
    check(
        r#"bash -c "x; K=«a» f""#,
        "a",
        Doubtful(Doubt::Surroundings),
    );
    marked::check_stop(Syntax::Shell, r"f 'K=«a\'", Stop::NoLiteral);
}

#[test]
fn here_documents_of_a_substitution_are_literals() {
    for (text, value) in [
        ("K=«$(cat <<'EOF'\na $b\n\\c\n\nEOF\n)»\n", "a $b\n\\c"),
        ("K=«\"$(cat <<-\"END\"\n\ta'\n\t\tb\n\tEND\n)\"»\n", "a'\nb"),
        ("K=«$(cat << EOF\na\"b\nEOF\n)»; f", "a\"b"),
    ] {
        check(text, value, Exact);
    }
    check("K=«$(cat <<EOF\na$b\nEOF\n)x»\n", "x", InParts);
    marked::check_stop(Syntax::Shell, "K=«$(cat <<EOF\na\n", Stop::Unfinished);
}

#[test]
fn variables_are_parts() {
    for (text, value) in [
        (r#"K=«"p@ss${X}y"» z"#, "p@ssy"),
        ("K=«$(cat 'a)b' \"$(c)\")x»", "x"),
        ("K=«a`b c`d» e", "ad"),
        ("K=«a$1»", "a"),
    ] {
        check(text, value, InParts);
    }
}

#[test]
fn what_depends_on_the_command_or_the_shell_is_doubtful() {
    for (text, value) in [
        ("f «~/x»", "~/x"),
        ("f «a{b,c}»", "a{b,c}"),
        ("K=«$\"a\"»", "a"),
        ("K=«a»(b)", "a"),
        ("K=«'a\0'»", "a\0"),
    ] {
        check(text, value, Doubtful(Doubt::Quoting));
    }
    check(r"K=«$'a\x00'»", r"a\x00", Doubtful(Doubt::UnknownEscape));
}

#[test]
fn words_without_an_end_are_unfinished() {
    let unfinished = [
        "K=«'a",
        "K=«\"a",
        "K=«$'a\\'",
        "K=«a\\",
        "K=«a\\\n",
        "K=«${a",
        "K=«\"$(a\"",
    ];
    for text in unfinished {
        marked::check_stop(Syntax::Shell, text, Stop::Unfinished);
    }
    for text in ["K=«;", "K= «#a", "K=«\n", "K=«(a)"] {
        marked::check_stop(Syntax::Shell, text, Stop::NoLiteral);
    }
}

proptest! {
    #[test]
    fn written_values_are_read_back(value in "[ -~\t\né😀]{1,40}", form in 0..3) {
        let written = match form {
            0 => format!("'{}'", value.replace('\'', r"'\''")),
            1 => {
                let escaped = value.replace('\\', r"\\").replace('"', r#"\""#);
                format!("\"{}\"", escaped.replace('$', r"\$").replace('`', r"\`"))
            }
            _ => format!("$'{}'", value.replace('\\', r"\\").replace('\'', r"\'")),
        };
        let text = format!("K={written} x");
        let reading = read(text.as_bytes(), 2, Syntax::Shell).unwrap();
        prop_assert_eq!(String::from_utf8_lossy(&reading.value), value);
        prop_assert_eq!((reading.range.end, reading.certainty), (2 + written.len(), Exact));
    }
}
