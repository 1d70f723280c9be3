//! Tests of the literals of programs. The expected values are those of the languages' own compilers, where the
//! compiler was asked; those of Kotlin, Groovy, Scala, C#, Swift, Visual Basic, Puppet and Dart are from their
//! specifications.

use proptest::prelude::*;

use super::position::{Position, ProgramSpans};
use crate::detect::reading::{Stop, read, read_whole};
use crate::finding::{Certainty, Doubt, Syntax};

const EXACT: Certainty = Certainty::Exact;
const IN_PARTS: Certainty = Certainty::InParts;
const UNKNOWN: Certainty = Certainty::Doubtful(Doubt::UnknownEscape);
const QUOTING: Certainty = Certainty::Doubtful(Doubt::Quoting);
const VARIABLE: Certainty = Certainty::Doubtful(Doubt::Variable);
const AROUND: Certainty = Certainty::Doubtful(Doubt::Surroundings);
const INDENTATION: Certainty = Certainty::Doubtful(Doubt::Indentation);

/// An expression, what follows it, and the value with its certainty.
type Case = (Syntax, &'static str, &'static str, &'static str, Certainty);

const CASES: &[Case] = &[
    // Python.
    (
        Syntax::Python,
        r#""a\tb\x41\u00e9\d\\""#,
        "\n",
        "a\tbAé\\d\\",
        EXACT,
    ),
    (Syntax::Python, r#"r"a\"b\n""#, "\n", r#"a\"b\n"#, EXACT),
    (Syntax::Python, "\"\"\"a\r\nb\"\"\"", "\n", "a\nb", EXACT),
    (
        Syntax::Python,
        r#""\N{BULLET}""#,
        "\n",
        r"\N{BULLET}",
        UNKNOWN,
    ),
    (Syntax::Python, r#"b"\xe9" b'a'"#, "\n", "\u{e9}a", EXACT),
    (Syntax::Python, r#"f"a{{b""#, "\n", "a{b", EXACT),
    (Syntax::Python, r#"f"a{b["c"]}d""#, "\n", "ad", IN_PARTS),
    (
        Syntax::Python,
        "(\"a\"\n  # comment\n  'b')",
        "\n",
        "ab",
        EXACT,
    ),
    (Syntax::Python, "\"a\" \\\n 'b'", "\nx = 1\n", "ab", EXACT),
    (Syntax::Python, r#""a" + 'b'"#, "\n", "ab", EXACT),
    (Syntax::Python, r#""a""#, " + user\n", "a", IN_PARTS),
    (Syntax::Python, r#""a %s""#, " % user\n", "a %s", IN_PARTS),
    (Syntax::Python, r#""a""#, ".encode('utf-8')\n", "a", EXACT),
    (Syntax::Python, r#""a""#, ".encode('utf-16')\n", "a", AROUND),
    (Syntax::Python, r#""a""#, "[::-1]\n", "a", IN_PARTS),
    (Syntax::Python, r#""a""#, ".upper()\n", "a", IN_PARTS),
    (Syntax::Python, r#""a""#, ".secret()\n", "a", AROUND),
    (Syntax::Python, r#"" a""#, ".strip()\n", " a", IN_PARTS),
    (Syntax::Python, r#""a""#, ".strip()\n", "a", EXACT),
    (
        Syntax::Python,
        "(\"a %s\"",
        "\n  % user)\n",
        "a %s",
        IN_PARTS,
    ),
    // JavaScript.
    (
        Syntax::JavaScript,
        r#"'a\u{1F600}\ud83d\ude00\q\x41'"#,
        ";",
        "a😀😀qA",
        EXACT,
    ),
    (Syntax::JavaScript, "'a\\\nb'", ";", "ab", EXACT),
    (Syntax::JavaScript, "`a$b\r\nc`", ";", "a$b\nc", EXACT),
    (Syntax::JavaScript, "`a${`b${c}`}d`", ";", "ad", IN_PARTS),
    (
        Syntax::JavaScript,
        r#"String.raw`a\n\``"#,
        ";",
        r"a\n\`",
        EXACT,
    ),
    (Syntax::JavaScript, "'a'\n // c\n + \"b\"", ";", "ab", EXACT),
    (Syntax::JavaScript, r#""\1""#, ";", r"\1", UNKNOWN),
    // Java.
    (
        Syntax::Java,
        r#""\101\0\s\u0041\ud83d\ude00""#,
        ";",
        "A\0 A😀",
        EXACT,
    ),
    (Syntax::Java, r#""a\u0022b""#, ";", r"a\u0022b", UNKNOWN),
    (
        Syntax::Java,
        "\"\"\"\n    a\n      b \\\n    c\n    \"\"\"",
        ";",
        "a\n  b c\n",
        EXACT,
    ),
    (Syntax::Java, "\"a\"\n  + \"b\"", ";", "ab", EXACT),
    (Syntax::Java, "\"a\"", ".toCharArray();", "a", EXACT),
    (Syntax::Java, "\"a\"", "\n .repeat(3);", "a", IN_PARTS),
    // Kotlin.
    (Syntax::Kotlin, r#""a\$b\u0041 $""#, "\n", "a$bA $", EXACT),
    (Syntax::Kotlin, r#""a$name b""#, "\n", "a b", IN_PARTS),
    (
        Syntax::Kotlin,
        "\"\"\"a\\n\"b\"\"\"\"",
        "\n",
        "a\\n\"b\"",
        EXACT,
    ),
    (
        Syntax::Kotlin,
        "\"\"\"\n  a\n\"\"\"",
        ".trimIndent()\n",
        "\n  a\n",
        INDENTATION,
    ),
    (Syntax::Kotlin, "(\"a\"\n + \"b\")", "\n", "ab", EXACT),
    // Groovy.
    (Syntax::Groovy, r#"'a$b\'\$'"#, "\n", "a$b'$", EXACT),
    (Syntax::Groovy, r#""a${b}""#, "\n", "a", IN_PARTS),
    (Syntax::Groovy, "'''a\\\nb\n'c'''", "\n", "ab\n'c", EXACT),
    (Syntax::Groovy, r"/a\/b\d/", "\n", r"a/b\d", EXACT),
    (Syntax::Groovy, "$/a$$b$/c\\/$", "\n", "a$b/c\\", EXACT),
    // Scala.
    (Syntax::Scala, r#""a\tb""#, "\n", "a\tb", EXACT),
    (Syntax::Scala, r#"s"a$$b""#, "\n", "a$b", EXACT),
    (Syntax::Scala, r#"s"a${b}""#, "\n", "a", IN_PARTS),
    (Syntax::Scala, "\"\"\"a\\n\"\"\"\"", "\n", "a\\n\"", EXACT),
    (
        Syntax::Scala,
        "\"\"\"a\n|b\"\"\"",
        ".stripMargin\n",
        "a\n|b",
        INDENTATION,
    ),
    // C#.
    (Syntax::CSharp, r#""a\x41g\u0041\0""#, ";", "aAgA\0", EXACT),
    (Syntax::CSharp, r#"@"a""b\n""#, ";", r#"a"b\n"#, EXACT),
    (Syntax::CSharp, r#"$"a{{b}}""#, ";", "a{b}", EXACT),
    (Syntax::CSharp, r#"$"a{b["c"]}""#, ";", "a", IN_PARTS),
    (Syntax::CSharp, r#"$@"a""{b}""#, ";", "a\"", IN_PARTS),
    (
        Syntax::CSharp,
        "\"\"\"\n  a\\\"\"\n   b\n  \"\"\"",
        ";",
        "a\\\"\"\n b",
        EXACT,
    ),
    (
        Syntax::CSharp,
        "\"\"\"\"a\"\"\"b\"\"\"\"",
        ";",
        "a\"\"\"b",
        EXACT,
    ),
    (Syntax::CSharp, r#""a""#, "u8;", "a", EXACT),
    (Syntax::CSharp, "\"a\"\n + @\"\\b\"", ";", "a\\b", EXACT),
    // Visual Basic.
    (Syntax::VisualBasic, r#""a""b\""#, "\n", r#"a"b\"#, EXACT),
    (Syntax::VisualBasic, "\"a\" & _\n  \"b\"", "\n", "ab", EXACT),
    (Syntax::VisualBasic, "\"a\"", "\n  .Name = 1", "a", EXACT),
    // Go.
    (Syntax::Go, r#""a\x41\101\u00e9""#, "\n", "aAAé", EXACT),
    (Syntax::Go, "`a\\n\r\nb`", "\n", "a\\n\nb", EXACT),
    (Syntax::Go, "\"a\" +\n\t`b`", "\n", "ab", EXACT),
    (Syntax::Go, "\"a\"", "\n+ \"b\"", "a", EXACT),
    // Rust.
    (Syntax::Rust, "\"a\\\n   b\\u{1_F600}\"", ";", "ab😀", EXACT),
    (Syntax::Rust, r##"r#"a"\n"#"##, ";", r#"a"\n"#, EXACT),
    (Syntax::Rust, r#"concat!("a", r"\b",)"#, ";", r"a\b", EXACT),
    (Syntax::Rust, r#"concat!("a""#, ", 1)", "a", IN_PARTS),
    (
        Syntax::Rust,
        r#""a""#,
        ".to_owned() + \"b\";",
        "a",
        IN_PARTS,
    ),
    (Syntax::Rust, r#""a\xff""#, ";", r"a\xff", UNKNOWN),
    // PHP.
    (
        Syntax::Php,
        r#""a\x41\101\q\u{e9}\$b $ {""#,
        ";",
        "aAA\\qé$b $ {",
        EXACT,
    ),
    (Syntax::Php, r#""a$b{$c["d"]}""#, ";", "a", IN_PARTS),
    (Syntax::Php, r"'a\'\\\n$b'", ";", r"a'\\n$b", EXACT),
    (
        Syntax::Php,
        "<<<EOT\n  a\\\"\n   b\n  EOT",
        ";",
        "a\\\"\n b",
        EXACT,
    ),
    (Syntax::Php, "<<<'EOT'\n$a\\n\nEOT", ";", "$a\\n", EXACT),
    (Syntax::Php, "'a' // c\n . \"b\"", ";", "ab", EXACT),
    (Syntax::Php, "'a'", " . $b;", "a", IN_PARTS),
    // Ruby.
    (
        Syntax::Ruby,
        r#""a\q\s\e\u{e9}#b""#,
        "\n",
        "aq \u{1b}é#b",
        EXACT,
    ),
    (Syntax::Ruby, r#""a#{b["c"]}d""#, "\n", "ad", IN_PARTS),
    (Syntax::Ruby, r"%q(a(b)\)\n)", "\n", r"a(b))\n", EXACT),
    (Syntax::Ruby, r#"'a' "b""#, "\n", "ab", EXACT),
    (Syntax::Ruby, "'a' \\\n  'b'", "\n", "ab", EXACT),
    (
        Syntax::Ruby,
        "<<~EOS\n    a\n      b\n  EOS",
        "\n",
        "a\n  b\n",
        EXACT,
    ),
    (Syntax::Ruby, "<<~EOS.lines\n  a\nEOS", "\n", "a\n", AROUND),
    (
        Syntax::Ruby,
        "<<-'EOS', 1\n a\\n\n  EOS",
        "\n",
        " a\\n\n",
        EXACT,
    ),
    (Syntax::Ruby, "'a'", ".freeze\n", "a", EXACT),
    // Perl.
    (Syntax::Perl, r#""a\@b\$\x41\-""#, ";", "a@b$A-", EXACT),
    (Syntax::Perl, r#""a@b""#, ";", "a", IN_PARTS),
    (Syntax::Perl, r#""a\Ub""#, ";", r"a\Ub", UNKNOWN),
    (Syntax::Perl, r"q{a{b}\}\n}", ";", r"a{b}}\n", EXACT),
    (
        Syntax::Perl,
        "<<~'EOS';\n    a\n  EOS",
        "\n",
        "  a\n",
        EXACT,
    ),
    (Syntax::Perl, "'a'\n  . qq(b)", ";", "ab", EXACT),
    (Syntax::Perl, "'a'", " x 3;", "a", IN_PARTS),
    // C.
    (
        Syntax::C,
        "\"a\\x41\"\n  // c\n  \"\\101b\\\nc\"",
        ";",
        "aAAbc",
        EXACT,
    ),
    (Syntax::C, r#"R"x(a\n)")x""#, ";", "a\\n)\"", EXACT),
    (Syntax::C, r#"u8"a""#, ";", "a", EXACT),
    (Syntax::C, r#""a""#, " NAME \"b\";", "a", IN_PARTS),
    (Syntax::C, r#""a""#, "s;", "a", EXACT),
    (Syntax::C, r#""a??=""#, ";", "a??=", UNKNOWN),
    (Syntax::ObjectiveC, r#"@"a" @"b""#, ";", "ab", EXACT),
    // Swift.
    (Syntax::Swift, r#""a\u{e9}\0""#, "\n", "aé\0", EXACT),
    (Syntax::Swift, r#""a\(b("c"))""#, "\n", "a", IN_PARTS),
    (
        Syntax::Swift,
        "\"\"\"\n  a\\\n  b\n\n   c\n  \"\"\"",
        "\n",
        "ab\n\n c",
        EXACT,
    ),
    (Syntax::Swift, r##"#"a"\n"#"##, "\n", r#"a"\n"#, EXACT),
    // Lua.
    (
        Syntax::Lua,
        "\"a\\65\\x41\\u{e9}\\z\n  b\"",
        "\n",
        "aAAéb",
        EXACT,
    ),
    (Syntax::Lua, "[==[\na]]\\n]==]", "\n", "a]]\\n", EXACT),
    (Syntax::Lua, "'a'\n .. [[b]]", "\n", "ab", EXACT),
    // R.
    (Syntax::R, r#""a\x41\u00e9\`""#, "\n", "aAé`", EXACT),
    (Syntax::R, r#"r"-(a\n)")-""#, "\n", r#"a\n)""#, EXACT),
    (Syntax::R, r#"paste0("a""#, ", b)\n", "a", IN_PARTS),
    // Puppet and Dart.
    (Syntax::Puppet, r#""a\$b\s""#, "\n", "a$b ", EXACT),
    (Syntax::Puppet, r#""a${b}""#, "\n", "a", IN_PARTS),
    (Syntax::Puppet, r"'a\'\n$b'", "\n", r"a'\n$b", EXACT),
    (Syntax::Dart, r#"'a\u{e9}\q' "b""#, ";", "aéqb", EXACT),
    (Syntax::Dart, r"r'a\n$b'", ";", r"a\n$b", EXACT),
    (Syntax::Dart, "'''\na\nb'''", ";", "a\nb", EXACT),
    (Syntax::Dart, "'a$b'", ";", "a", IN_PARTS),
    // Other programs and texts.
    (Syntax::Program, r#""a b""#, ";", "a b", EXACT),
    (Syntax::Program, r#""a\n""#, ";", "a\n", QUOTING),
    (Syntax::Program, r#""a$b""#, ";", "a$b", VARIABLE),
    (Syntax::Program, r#""a" + 'b'"#, ";", "ab", EXACT),
    (Syntax::Program, r#""a""#, " + b;", "a", IN_PARTS),
    (Syntax::Program, r#""a""#, " <> b;", "a", AROUND),
    (Syntax::Settings, r"'a$b'", "\n", "a$b", EXACT),
];

#[test]
fn the_value_is_that_of_the_language() {
    for &(syntax, expression, behind, value, certainty) in CASES {
        let before = "key = ";
        let text = [before, expression, behind].concat();
        let reading = match read(text.as_bytes(), before.len(), syntax) {
            Ok(reading) => reading,
            Err(stop) => panic!("{syntax:?} {expression}: {stop:?}"),
        };
        // Bytes of `\xe9` in a literal of bytes are shown as the character with that number.
        let shown = match std::str::from_utf8(&reading.value) {
            Ok(shown) => shown.to_owned(),
            Err(_) => reading.value.iter().map(|&byte| char::from(byte)).collect(),
        };
        let end = before.len() + expression.len();
        let found = (shown.as_str(), reading.certainty, reading.range.end);
        assert_eq!(found, (value, certainty, end), "{syntax:?} {expression}");
        if certainty != IN_PARTS {
            let again = read_whole(expression.as_bytes(), syntax);
            assert_eq!(
                again.as_deref(),
                Some(&*reading.value),
                "{syntax:?} {expression} alone"
            );
        }
    }
}

#[test]
fn an_expression_without_its_end_is_unfinished_or_none() {
    const CASES: &[(Syntax, &str, Stop)] = &[
        (Syntax::Python, "\"\"\"a\nb", Stop::Unfinished),
        (Syntax::Python, "\"a\nb\"", Stop::NoLiteral),
        (Syntax::Python, "\"a\" + ", Stop::Unfinished),
        (Syntax::Python, "(\"a\"\n", Stop::Unfinished),
        (Syntax::Python, "(\"a\", \"b\")", Stop::NoLiteral),
        (Syntax::Python, "user", Stop::NoLiteral),
        (Syntax::JavaScript, "tag`a`", Stop::NoLiteral),
        (Syntax::JavaScript, "`a${b", Stop::Unfinished),
        (Syntax::Java, "\"\"\"a\"\"\"", Stop::NoLiteral),
        (Syntax::Php, "<<<EOT\na\n", Stop::Unfinished),
        (Syntax::Ruby, "<<~EOS\na\n", Stop::Unfinished),
        (Syntax::Scala, "sql\"a\"", Stop::NoLiteral),
        (Syntax::Go, "12", Stop::NoLiteral),
    ];
    for &(syntax, text, stop) in CASES {
        let found = read(text.as_bytes(), 0, syntax).map(|reading| reading.range);
        assert_eq!(found, Err(stop), "{syntax:?} {text}");
    }
}

#[test]
fn a_quote_behind_a_prefix_is_doubtful() {
    for (syntax, text) in [
        (Syntax::Python, "x = r\"a\""),
        (Syntax::C, "x = L\"a\""),
        (Syntax::CSharp, "x = @\"a\""),
    ] {
        let reading = read(text.as_bytes(), 5, syntax).expect("a literal");
        assert_eq!(reading.certainty, AROUND, "{text}");
    }
}

#[test]
fn lines_join_only_where_the_language_joins_them() {
    let lines = "x = [\n  \"a\"\n  \"b\",\n]\n";
    let joined = read(lines.as_bytes(), 8, Syntax::Python).expect("a literal");
    assert_eq!(
        (joined.value.as_slice(), joined.certainty),
        (&b"ab"[..], EXACT)
    );
    let lines = "x = \"a\"\n\"b\"\n";
    let alone = read(lines.as_bytes(), 4, Syntax::Python).expect("a literal");
    assert_eq!(
        (alone.value.as_slice(), alone.certainty),
        (&b"a"[..], EXACT)
    );
    let directive = "#define X \"a\"\n\"b\"\n";
    let alone = read(directive.as_bytes(), 10, Syntax::C).expect("a literal");
    assert_eq!(alone.value.as_slice(), b"a");
}

#[test]
fn a_format_in_the_next_line_is_in_parts() {
    let text = "log(\n  \"a %s\"\n  % user)\n";
    let reading = read(text.as_bytes(), 7, Syntax::Python).expect("a literal");
    assert_eq!(reading.certainty, IN_PARTS);
}

#[test]
fn hostile_texts_are_read_in_linear_time() {
    const PARTS: &[&[u8]] = &[
        b"\"",
        b"'",
        b"`",
        b"\"\"\"",
        b"\\",
        b"\"\\",
        b"${",
        b"\"${",
        b"#{",
        b"\\(",
        b"(",
        b"\"a\"+",
        b"\"a\" ",
        b"r#",
        b"[=",
        b"<<A\n",
        b"<<<A\n",
        b"/",
        b"[/",
        b"$/",
        b"@",
        b"$",
        b"%q(",
        b"q{",
        b"s/",
        b"\0",
        b"\xff",
        b"\\u",
        b"\\u{",
        b"\\ud83d",
        b"/*",
        b"--[[",
        b"R\"(",
        b"\"a\".b()",
        b"#\"",
        b"\n\"",
        b"{$",
        b"'a",
        b"=pod\n",
    ];
    const LENGTH: usize = 20_000;
    for &syntax in Syntax::ALL {
        for part in PARTS {
            let text: Vec<u8> = part.iter().copied().cycle().take(LENGTH).collect();
            let before = [&b"x = \""[..], &text].concat();
            for text in [text, before] {
                let reading = read(&text, 0, syntax).map(|reading| reading.range.end);
                assert!(reading.is_err() || reading.is_ok_and(|end| end <= text.len()));
                let spans = ProgramSpans::of(&text, syntax);
                for at in [0, text.len() - 1] {
                    if let Position::Comment(range) = spans.position(at) {
                        assert!(range.contains(&at));
                    }
                }
            }
        }
    }
}

#[test]
fn positions_are_in_code_comments_or_literals() {
    /// A text in which `«` precedes the byte that is asked for, and what is there.
    const CASES: &[(Syntax, &str, char)] = &[
        (Syntax::Python, "x = 'a «b' # c", 's'),
        (Syntax::Python, "x = 'a' # «c", 'c'),
        (Syntax::Python, "x = '''a\n# «b'''", 's'),
        (Syntax::Python, "x = 'it\ny = «1", '.'),
        (Syntax::JavaScript, "x = a / b; y = 'c / «d'", 's'),
        (Syntax::JavaScript, "x = /[/'\"]/; y = «1", '.'),
        (Syntax::JavaScript, "x = `a ${b('`')} «c`", 's'),
        (Syntax::Rust, "fn f<'a>(x: &'a str) { '\"'; «y }", '.'),
        (Syntax::Rust, "/* a /* b */ «c */", 'c'),
        (Syntax::Rust, "let x = r#\"a \" «b\"#;", 's'),
        (Syntax::Java, "char c = '\"'; int «d;", '.'),
        (Syntax::C, "int x = 1'000; // «c", 'c'),
        (Syntax::Ruby, "f(<<~A, <<~B)\n a\nA\n «b\nB\n", 's'),
        (Syntax::Ruby, "x = $'\ny = «1", '.'),
        (Syntax::Ruby, "=begin\n «x\n=end\n", 'c'),
        (Syntax::Perl, "$x =~ s/'/\"/; $y = «1", '.'),
        (Syntax::Perl, "my $n = $#list; # «c", 'c'),
        (Syntax::Perl, "=pod\n\nit's «x\n\n=cut\n", 'c'),
        (Syntax::Perl, "my $x = `echo '\"`; my $y = «1", '.'),
        (Syntax::Php, "it's <?php $x = 'a «b';", 's'),
        (Syntax::Php, "<?php $x = <<<A\n it's «b\n A;\n", 's'),
        (Syntax::Php, "<?php // it's ?> «x", '.'),
        (Syntax::Lua, "--[==[ a ]] «b ]==] x = 1", 'c'),
        (Syntax::Unknown, "x = '«a'", '.'),
    ];
    for &(syntax, text, expected) in CASES {
        let at = text.find('«').expect("a mark");
        let text = text.replace('«', "");
        let found = match ProgramSpans::of(text.as_bytes(), syntax).position(at) {
            Position::Code => '.',
            Position::Comment(range) => {
                assert!(range.contains(&at), "{text}");
                'c'
            }
            Position::Literal(start) => {
                assert!(start <= at, "{text}");
                's'
            }
        };
        assert_eq!(found, expected, "{syntax:?} {text}");
    }
}

/// Writes a character in a literal as most languages do.
fn escaped(character: char, quote: char) -> String {
    match character {
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        '\\' => "\\\\".to_owned(),
        _ if character == quote => format!("\\{character}"),
        _ => character.to_string(),
    }
}

proptest! {
    #[test]
    fn a_written_value_is_read_back(value in "[ -\"&-?A-~äЖ😀\n\t]{0,24}", cut in 0usize..24) {
        let languages = [
            (Syntax::Python, "+"), (Syntax::JavaScript, "+"), (Syntax::Java, "+"), (Syntax::Kotlin, "+"),
            (Syntax::CSharp, "+"), (Syntax::Go, "+"), (Syntax::Php, "."), (Syntax::Ruby, "+"), (Syntax::Perl, "."),
            (Syntax::C, " "), (Syntax::Swift, "+"), (Syntax::Lua, ".."), (Syntax::Dart, "+"), (Syntax::Scala, "+"),
        ];
        // `??` begins a trigraph of C.
        let value = value.replace('?', "").replace('{', "(").replace('\'', "");
        let characters: Vec<char> = value.chars().collect();
        let cut = cut.min(characters.len());
        let write = |part: &[char]| {
            let inner: String = part.iter().map(|&character| escaped(character, '"')).collect();
            format!("\"{inner}\"")
        };
        for (syntax, operator) in languages {
            let text = format!("x = {} {operator} {};\n", write(&characters[..cut]), write(&characters[cut..]));
            let reading = read(text.as_bytes(), 4, syntax).expect("a reading");
            prop_assert_eq!(reading.value.as_slice(), value.as_bytes(), "{:?} {}", syntax, text);
            prop_assert_eq!((reading.certainty, reading.range.end), (EXACT, text.len() - 2), "{:?} {}", syntax, text);
            let again = read_whole(&text.as_bytes()[reading.range.clone()], syntax);
            prop_assert_eq!(again, Some(reading.value));
        }
    }

    #[test]
    fn any_text_is_read_without_panic(text in prop::collection::vec(any::<u8>(), 0..64)) {
        for &syntax in Syntax::ALL {
            if let Ok(reading) = read(&text, 0, syntax)
                && reading.certainty != IN_PARTS
            {
                let again = read_whole(&text[reading.range], syntax);
                prop_assert_eq!(again, Some(reading.value), "{:?}", syntax);
            }
        }
    }
}
