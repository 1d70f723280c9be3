//! Tests of readings of bytes that nobody would write.

use proptest::prelude::*;

use super::{Escapes, Syntax, decode_units, marked, read};
use crate::finding::Certainty;

/// The syntaxes, with the beginnings of their expressions.
const SYNTAXES: [(Syntax, &[&str]); 9] = [
    (Syntax::Properties, &[""]),
    (Syntax::Dotenv, &["", "'", "\""]),
    (Syntax::Ini, &["", "\""]),
    (Syntax::Systemd, &["", "'", "\""]),
    (Syntax::Hcl, &["\"", "<<a\n", "<<-a\n"]),
    (Syntax::Shell, &["", "'", "\"", "$'", "\"${", "$("]),
    (Syntax::Dockerfile, &["", "'", "\""]),
    (Syntax::PowerShell, &["", "'", "\"", "@\"\n", "('"]),
    (Syntax::Sql, &["'", "\"", "E'", "U&'", "$$", "q'["]),
];

/// The escapes of these syntaxes.
const ESCAPES: [Escapes; 15] = [
    Escapes::Properties,
    Escapes::DotenvDouble,
    Escapes::DotenvSingle,
    Escapes::Systemd,
    Escapes::Hcl,
    Escapes::HclHeredoc,
    Escapes::ShellBare,
    Escapes::ShellDouble,
    Escapes::ShellAnsi,
    Escapes::DockerBare,
    Escapes::DockerDouble,
    Escapes::PowerShellDouble,
    Escapes::MySql,
    Escapes::PostgresEscape,
    Escapes::DoubledSingle,
];

/// Bytes that mean something in many of the syntaxes.
const BYTES: &[u8] = b"ab1u0n \"'`$%#{}()\\\\@~+-=;|&<>[]/*\t\n\r\0\xff\xc3";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn bytes_are_read_alike_alone_or_not_at_all(
        bytes in proptest::collection::vec(proptest::sample::select(BYTES), 0..40),
        before in proptest::sample::select(&["", "a=", "a = ", "f \"a=", "ENV a ", "Environment='a="][..]),
    ) {
        for (syntax, beginnings) in SYNTAXES {
            for beginning in beginnings {
                let text = [before.as_bytes(), beginning.as_bytes(), &bytes].concat();
                let Ok(reading) = read(&text, before.len(), syntax) else { continue };
                marked::check_parts(&text, &reading);
                if reading.certainty == Certainty::Exact {
                    let alone = &text[reading.range.clone()];
                    let again = read(alone, 0, syntax).expect("the same reading");
                    prop_assert_eq!((again.range, again.value), (0..alone.len(), reading.value));
                }
            }
        }
    }

    #[test]
    fn units_have_lengths(bytes in proptest::collection::vec(proptest::sample::select(BYTES), 0..40)) {
        for escapes in ESCAPES {
            let decoded = decode_units(&bytes, escapes);
            prop_assert!(decoded.len() <= bytes.len());
        }
    }
}

#[test]
fn long_hostile_texts_are_read_in_linear_time() {
    for part in [
        "'", "\"", "\\", "\\\n", "$", "${", "$(", "`", "{", "%{", "''\n", "'a'+", "#", "%", "@'\n",
        "~:",
    ] {
        let text = part.repeat(40_000 / part.len());
        for (syntax, beginnings) in SYNTAXES {
            for beginning in beginnings {
                let text = [beginning.as_bytes(), text.as_bytes()].concat();
                if let Ok(reading) = read(&text, 0, syntax) {
                    assert!(reading.range.end <= text.len());
                }
            }
        }
        for escapes in ESCAPES {
            assert!(decode_units(text.as_bytes(), escapes).len() <= text.len());
        }
    }
}
