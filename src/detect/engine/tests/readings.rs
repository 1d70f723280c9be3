//! The value that a match has is the one that the reader of its file reads.

use std::sync::LazyLock;

use crate::detect::engine::{Engine, Match, Text};
use crate::detect::file_kind::file_syntax;
use crate::detect::library::Library;
use crate::finding::{Certainty, Doubt, Syntax};

static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::new(Library::builtin().compile(false).unwrap(), 0));

fn matches(path: &str, text: &str) -> Vec<Match> {
    let text = Text::new(text.as_bytes(), file_syntax(path.as_bytes()));
    ENGINE.scan(text).matches
}

/// Checks that the text has these values, and that all of them can be decoded again from their bytes.
#[track_caller]
fn assert_values(path: &str, text: &str, expected: &[(&str, Certainty)]) {
    let found = matches(path, text);
    let values: Vec<_> = found
        .iter()
        .map(|found| {
            let raw = &text.as_bytes()[found.range.clone()];
            let value = found.value.expose();
            if found.certainty != Certainty::InParts {
                let again = crate::detect::decode::apply(raw, &found.decoding);
                assert_eq!(again.as_deref(), Some(value), "{path}: {text}");
            }
            (String::from_utf8_lossy(value).into_owned(), found.certainty)
        })
        .collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|&(value, certainty)| (value.to_owned(), certainty))
        .collect();
    assert_eq!(values, expected, "{path}: {text}");
}

#[test]
fn values_are_read_by_the_syntax_of_their_file() {
    for (path, text, value) in [
        // Settings.
        (
            "a.properties",
            "db.password=Kx\\:q7\\=Lw2\\u0041z9\n",
            "Kx:q7=Lw2Az9",
        ),
        (
            "a.properties",
            "db.password=Kxq7Lw\\\n    2Tz9Rb\n",
            "Kxq7Lw2Tz9Rb",
        ),
        (
            "compose.yml",
            "services:\n  a:\n    environment:\n      DB_PASSWORD: \"q7$$Kx2Lw9\"\n",
            "q7$Kx2Lw9",
        ),
        (
            "a.service",
            "[Service]\nEnvironment=\"DB_PASSWORD=q7%%Kx2Lw9\"\n",
            "q7%Kx2Lw9",
        ),
        ("a.yml", "password: 'q7''Kx2Lw9'\n", "q7'Kx2Lw9"),
        ("a.yml", "password: \"q7\\x4bx\\\n    2Lw9\"\n", "q7Kx2Lw9"),
        ("a.yml", "password: 'q7Kx2\n  Lw9Tz4'\n", "q7Kx2 Lw9Tz4"),
        (
            "a.yml",
            "db:\n  password: |\n    q7Kx2Lw9\n  port: 1\n",
            "q7Kx2Lw9\n",
        ),
        (
            "a.yml",
            "db:\n  password: >-\n    q7Kx2Lw9\n  port: 1\n",
            "q7Kx2Lw9",
        ),
        (
            "a.json",
            "{\"password\": \"q7\\u004bx\\\"2Lw9\"}\n",
            "q7Kx\"2Lw9",
        ),
        ("a.toml", "password = '''\nq7\\Kx2Lw9'''\n", "q7\\Kx2Lw9"),
        (
            "a.toml",
            "password = \"\"\"\\\n   q7Kx\\\n   2Lw9\"\"\"\n",
            "q7Kx2Lw9",
        ),
        (
            "a.xml",
            "<a><password>q7&lt;Kx&#38;2Lw9</password></a>\n",
            "q7<Kx&2Lw9",
        ),
        (
            "web.config",
            "<add key=\"Password\" value=\"q7&amp;Kx2Lw9\" />\n",
            "q7&Kx2Lw9",
        ),
        ("a.tf", "db_password = \"q7$${Kx2}Lw9\"\n", "q7${Kx2}Lw9"),
        // Commands.
        ("a.sh", "DB_PASSWORD=q7\\$Kx2\\&Lw9\n", "q7$Kx2&Lw9"),
        (
            "a.sh",
            "export DB_PASSWORD='q7Kx2'\"Lw9Tz4\"\n",
            "q7Kx2Lw9Tz4",
        ),
        ("a.sh", "DB_PASSWORD=$'q7\\x4bx2\\tLw9'\n", "q7Kx2\tLw9"),
        ("a.sh", "DB_PASSWORD=\"q7\\$Kx\\w2Lw9\"\n", "q7$Kx\\w2Lw9"),
        (
            "Dockerfile",
            "FROM a\nENV DB_PASSWORD=q7Kx2\\ Lw9Tz4\n",
            "q7Kx2 Lw9Tz4",
        ),
        ("a.ps1", "$DbPassword = \"q7`$Kx2\"\"Lw9\"\n", "q7$Kx2\"Lw9"),
        (
            "a.ps1",
            "$DbPassword = @'\nq7$Kx2`nLw9\n'@\n",
            "q7$Kx2`nLw9",
        ),
        (
            "a.sql",
            "CREATE ROLE a LOGIN PASSWORD 'q7Kx2L''w9Tz4';\n",
            "q7Kx2L'w9Tz4",
        ),
        // Programs.
        ("a.py", "DB_PASSWORD = r'q7\\nKx2Lw9'\n", "q7\\nKx2Lw9"),
        (
            "a.py",
            "DB_PASSWORD = (\"q7Kx2\"\n               \"Lw9Tz4\")\n",
            "q7Kx2Lw9Tz4",
        ),
        ("a.go", "const dbPassword = `q7\\tKx2Lw9`\n", "q7\\tKx2Lw9"),
        (
            "a.go",
            "const dbPassword = \"q7Kx2\" +\n\t\"Lw9Tz4\"\n",
            "q7Kx2Lw9Tz4",
        ),
        (
            "a.php",
            "<?php\n$dbPassword = 'q7\\tKx2Lw9';\n",
            "q7\\tKx2Lw9",
        ),
        (
            "a.php",
            "<?php\n$dbPassword = 'q7Kx2' . 'Lw9Tz4';\n",
            "q7Kx2Lw9Tz4",
        ),
        (
            "A.cs",
            "const string Password = @\"q7\\Kx\"\"2Lw9\";\n",
            "q7\\Kx\"2Lw9",
        ),
        (
            "a.js",
            "const dbPassword = `q7\\x4b\\`x2Lw9`;\n",
            "q7K`x2Lw9",
        ),
        (
            "a.js",
            "const dbPassword = 'q7Kx2'\n  + 'Lw9Tz4';\n",
            "q7Kx2Lw9Tz4",
        ),
        (
            "A.java",
            "String password = \"q7Kx2\" + \"Lw9\"\n    + \"Tz4\";\n",
            "q7Kx2Lw9Tz4",
        ),
        (
            "a.vb",
            "Const DbPassword As String = \"q7Kx2\" & \"Lw9Tz4\"\n",
            "q7Kx2Lw9Tz4",
        ),
        ("a.rb", "db_password = 'q7Kx2' 'Lw9Tz4'\n", "q7Kx2Lw9Tz4"),
        (
            "a.rs",
            "const DB_PASSWORD: &str = r#\"q7\"Kx\\2Lw9\"#;\n",
            "q7\"Kx\\2Lw9",
        ),
    ] {
        assert_values(path, text, &[(value, Certainty::Exact)]);
    }
}

#[test]
fn text_within_a_text_is_read_by_its_own_syntax() {
    for (path, text, value) in [
        (
            "a.json",
            "{\"a\":\"password: q7Kx2Lw9Tz4\\n\"}\n",
            "q7Kx2Lw9Tz4",
        ),
        (
            "a.json",
            "{\"a\":\"db:\\n  user: b\\n  password: q7Kx2Lw9Tz4\\n  port: 1\\n\"}\n",
            "q7Kx2Lw9Tz4",
        ),
        (
            "a.json",
            "{\"a\":\"{\\\"password\\\":\\\"q7\\\\u004bx2Lw9\\\"}\"}\n",
            "q7Kx2Lw9",
        ),
        (
            "a.log",
            "2025-03-01 conf: db_password: q7Kx2Lw9Tz4\\n\n",
            "q7Kx2Lw9Tz4",
        ),
        (
            "A.java",
            "String s = \"\"\"\n    db:\n      password: q7Kx2Lw9Tz4\n    \"\"\";\n",
            "q7Kx2Lw9Tz4",
        ),
        (
            "a.py",
            "CONF = '''\n[db]\npassword = q7Kx2Lw9Tz4\n'''\n",
            "q7Kx2Lw9Tz4",
        ),
        (
            "a.ts",
            "const env = `\nDB_PASSWORD=q7Kx2Lw9Tz4\n`;\n",
            "q7Kx2Lw9Tz4",
        ),
        (
            "Jenkinsfile",
            "node {\n  sh '''\n    export DB_PASSWORD=q7Kx2Lw9Tz4\n  '''\n}\n",
            "q7Kx2Lw9Tz4",
        ),
        ("a.py", "# old password = q7Kx2Lw9Tz4\n", "q7Kx2Lw9Tz4"),
        (
            "a.go",
            "package a\n\n/*\nexport DB_PASSWORD=q7Kx2Lw9Tz4\n*/\n",
            "q7Kx2Lw9Tz4",
        ),
        (
            "a.ts",
            "const a = 1; // password=q7Kx2Lw9Tz4\n",
            "q7Kx2Lw9Tz4",
        ),
    ] {
        assert_values(path, text, &[(value, Certainty::Exact)]);
    }
}

#[test]
fn texts_are_read_by_lines_of_cells_and_behind_three_quotes() {
    for (path, text, value) in [
        (
            "a.ipynb",
            "{\"source\": [\"#!/bin/sh\\n\",\n  \"DB_PASSWORD='q7Kx2Lw\\n\",\n  \"9Tz4Rb'\\n\"]}\n",
            "q7Kx2Lw\n9Tz4Rb",
        ),
        (
            "a.py",
            "CONF = \"\"\"db_password: \\\"q7Kx2\\\\\\\\Lw9Tz4\\\"\n\"\"\"\n",
            "q7Kx2\\Lw9Tz4",
        ),
        (
            "a.py",
            "CONF = \"\"\"\n[db]\ndb_password = q7Kx\\\"2Lw9Tz4\n\"\"\"\n",
            "q7Kx\"2Lw9Tz4",
        ),
        (
            "a.yml",
            "a: |\n  [db]\n   DB_PASSWORD='q7Kx2Lw\n   9Tz4Rb'\n",
            "q7Kx2Lw\n 9Tz4Rb",
        ),
        (
            "a.yml",
            "a: |\n  DB_PASSWORD='q7Kx'\\''2Lw9Tz4'\n  PORT=1\n",
            "q7Kx'2Lw9Tz4",
        ),
        (
            "a.yml",
            "a: |\n  DB_PASSWORD='q7Kx\\'2Lw9Tz4'\n  PORT=1\n",
            "q7Kx'2Lw9Tz4",
        ),
    ] {
        let found = matches(path, text);
        let values: Vec<_> = found.iter().map(|found| found.value.expose()).collect();
        assert_eq!(values, [value.as_bytes()], "{path}: {text}");
        let raw = &text.as_bytes()[found[0].range.clone()];
        let again = crate::detect::decode::apply(raw, &found[0].decoding);
        assert_eq!(again.as_deref(), Some(value.as_bytes()), "{path}: {text}");
    }
}

#[test]
fn raw_literals_are_not_rejected_for_escapes_that_they_do_not_have() {
    for (path, text) in [
        ("a.py", "db_password = r'q7Kx\\0012Lw9Tz4'\n"),
        (
            "A.scala",
            "val db_password = \"\"\"q7Kx\\0012Lw9Tz4\"\"\"\n",
        ),
        ("a.ts", "const dbPassword = String.raw`q7Kx\\0012Lw9Tz4`;\n"),
        (
            "a.rs",
            "const DB_PASSWORD: &str = concat!(\"q7Kx\\\\00\", r\"12Lw9Tz4\");\n",
        ),
    ] {
        assert_values(path, text, &[("q7Kx\\0012Lw9Tz4", Certainty::Exact)]);
    }
}

#[test]
fn a_password_in_a_uri_keeps_its_own_encoding() {
    for (path, text, value) in [
        (
            "a.toml",
            "url = \"postgres://orders:q7%24Kx%402Lw9@db.internal:5432/orders\"\n",
            "q7$Kx@2Lw9",
        ),
        (
            "a.sh",
            "URL='postgres://orders:q7$Kx2Lw9@db.internal:5432/orders'\n",
            "q7$Kx2Lw9",
        ),
    ] {
        assert_values(path, text, &[(value, Certainty::Exact)]);
    }
}

#[test]
fn code_is_no_text() {
    for (path, text) in [
        ("a.py", "password = q7Kx2Lw9Tz4\n"),
        ("a.ts", "const env = `a`; password=q7Kx2Lw9Tz4;\n"),
        ("A.java", "/* a */ password = q7Kx2Lw9Tz4;\n"),
    ] {
        assert_values(path, text, &[]);
    }
}

#[test]
fn values_with_variables_are_in_parts() {
    for (path, text) in [
        ("a.js", "const dbPassword = 'q7Kx2Lw9Tz4' + suffix;\n"),
        ("a.py", "db_password = 'q7Kx2Lw9Tz4' + suffix\n"),
        ("A.java", "String password = \"q7Kx2Lw9Tz4\" + suffix;\n"),
        ("a.php", "<?php\n$dbPassword = 'q7Kx2Lw9Tz4' . $suffix;\n"),
        ("a.sh", "DB_PASSWORD=q7Kx2Lw9Tz4$SUFFIX\n"),
    ] {
        let found = matches(path, text);
        assert!(
            found
                .iter()
                .all(|found| found.certainty == Certainty::InParts),
            "{path}: {text}: {found:?}"
        );
    }
}

#[test]
fn values_beside_variables_within_a_text_are_not_exact() {
    for (path, text) in [
        ("a.js", "const s = `a\\nDB_PASSWORD=${x}q7Kx2Lw9Tz4\\n`;\n"),
        ("a.js", "const s = `a\\nDB_PASSWORD=q7Kx2Lw9Tz4${x}\\n`;\n"),
        ("a.js", "const s = \"a\\nDB_PASSWORD=q7Kx2Lw9Tz4\" + x;\n"),
        ("A.cs", "var s = $\"Server=a;Password=q7Kx2Lw9{x};\";\n"),
        ("a.py", "s = f'Server=a;Password=q7Kx2Lw9{x};'\n"),
    ] {
        let found = matches(path, text);
        assert!(
            found
                .iter()
                .all(|found| found.certainty != Certainty::Exact),
            "{path}: {text}: {found:?}"
        );
    }
    // The variable belongs to another part of the text.
    let text = "const s = `a=${x}\\nDB_PASSWORD=q7Kx2Lw9Tz4\\n`;\n";
    assert_values("a.js", text, &[("q7Kx2Lw9Tz4", Certainty::Exact)]);
}

#[test]
fn values_whose_end_the_syntax_does_not_tell_are_doubtful() {
    for (path, text) in [
        ("a.conf", "db_password=q7Kx2Lw9Tz4 # old\n"),
        ("a.conf", "db_password=q7Kx2Lw9Tz4 \n"),
        ("a.conf", "db_password='q7Kx2Lw9'\\''Tz4'\n"),
        ("a.conf", "db_password=q7Kx2Lw9Tz4;\n"),
        (
            "a.json",
            "{\"a\": \"user=b\\ndb_password=q7Kx2Lw9Tz4;\\n\"}\n",
        ),
        ("a.yml", "a: |\n  db_password=q7Kx2Lw9Tz4\\tq\n"),
        ("a.sh", "cat <<EOF\ndb_password: 'q7Kx2''Lw9Tz4'\nEOF\n"),
    ] {
        let found = matches(path, text);
        assert!(
            found
                .iter()
                .all(|found| found.certainty != Certainty::Exact),
            "{path}: {text}: {found:?}"
        );
    }
}

#[test]
fn many_literals_that_are_joined_are_read_once() {
    let lines = (0..400).map(|number| format!("    + \"secret key {number}: none,\\n\"\n"));
    let text = format!("String s = \"a\"\n{}    ;\n", lines.collect::<String>());
    let found = ENGINE.scan(Text::new(text.as_bytes(), Syntax::Java));
    assert!(found.limits.is_empty(), "{:?}", found.limits);
}

#[test]
fn values_that_readers_read_differently_are_doubtful() {
    for (path, text, doubt) in [
        (".env", "DB_PASSWORD=\"q7\\qKx2Lw9\"\n", Doubt::Quoting),
        (
            "a.json",
            "{\"password\": \"q7\\qKx2Lw9\"}\n",
            Doubt::UnknownEscape,
        ),
        (
            "a.ini",
            "[db]\npassword = \"q7Kx2Lw9Tz4\"\n",
            Doubt::Quoting,
        ),
    ] {
        let found = matches(path, text);
        let certainties: Vec<_> = found.iter().map(|found| found.certainty).collect();
        assert_eq!(certainties, [Certainty::Doubtful(doubt)], "{path}: {text}");
    }
}

#[test]
fn values_are_read_to_their_end() {
    // Random characters, so that no filter takes the value for words.
    let long = |length: usize| -> String {
        let next = |state: &mut u32| {
            *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let letters = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
            Some(letters[(*state >> 16) as usize % letters.len()] as char)
        };
        std::iter::successors(Some(7u32), |state| Some(state.wrapping_add(1)))
            .scan(1u32, |state, _| next(state))
            .take(length)
            .collect()
    };
    for length in [4095, 4096, 4097, 5000, 65_536] {
        let value = long(length);
        for (path, text) in [
            ("a.env", format!("API_TOKEN={value}\n")),
            ("a.json", format!("{{\"api_token\": \"{value}\"}}\n")),
            ("a.yml", format!("api_token: {value}\n")),
            ("a.py", format!("API_TOKEN = \"{value}\"\n")),
        ] {
            let found = matches(path, &text);
            assert_eq!(found.len(), 1, "{path} {length}");
            assert!(
                found[0].value.expose() == value.as_bytes(),
                "{path} {length}"
            );
            assert_eq!(found[0].certainty, Certainty::Exact, "{path} {length}");
        }
    }
    let found = matches(
        "a.json",
        &format!("{{\"api_token\": \"{}\"}}\n", long(65_537)),
    );
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].value.expose().len(), 65_537);
    assert_eq!(found[0].certainty, Certainty::TooLong);
}

#[test]
fn an_encoding_in_a_name_leaves_the_text_as_it_is() {
    let text = "YWJjMTIzOmRlZjQ1Njc4OXh5eg==";
    assert_values(
        "prod.env",
        &format!("APP_SECRET_BASE64={text}\n"),
        &[(text, Certainty::Exact)],
    );
}

#[test]
fn values_without_quotes_go_on_to_the_end_of_their_setting() {
    for (path, text, value) in [
        ("a.yml", "db_password: TSC%'VrAW;k7PD\n", "TSC%'VrAW;k7PD"),
        (
            "a.yml",
            "db_password: 2QObXY 1C*S72$gf # old\n",
            "2QObXY 1C*S72$gf",
        ),
        (
            "a.properties",
            "db.password = 608jkxc`a\"7aVw\n",
            "608jkxc`a\"7aVw",
        ),
        (
            "a.ini",
            "[a]\npassword = fnz1MMfM PZjzGMf88k\n",
            "fnz1MMfM PZjzGMf88k",
        ),
        (
            "a.sh",
            "export DB_PASSWORD=qjrEKI\\\"Gx8ITv\n",
            "qjrEKI\"Gx8ITv",
        ),
        (
            "a.service",
            "[Service]\nEnvironment=\"DB_PASSWORD=b\\tTz%%XjfGLSd7\"\n",
            "b\tTz%XjfGLSd7",
        ),
        (
            "Dockerfile",
            "FROM a\nENV DB_PASSWORD=OB\\'Opp5d7DwwL PORT=1\n",
            "OB'Opp5d7DwwL",
        ),
    ] {
        assert_values(path, text, &[(value, Certainty::Exact)]);
    }
    for text in [
        "password: ask the team lead\n",
        "# password: see the wiki 7\n",
        "password: (none) yet\n",
    ] {
        assert_values("a.yml", text, &[]);
    }
}

#[test]
fn values_of_several_lines_are_read_unless_they_are_texts() {
    for (path, text, value) in [
        (
            "a.py",
            "db_password = 'X7\\n`j lHOZ' + '6UhJSE\\tv3v'\n",
            "X7\n`j lHOZ6UhJSE\tv3v",
        ),
        (
            "a.json",
            "{\"a\":\"#!/bin/sh\\ndb_password='q7Kx2Lw9Tz4'\\\\''a\\nb'\\n\"}\n",
            "q7Kx2Lw9Tz4'a\nb",
        ),
        (
            "a.sh",
            "DB_PASSWORD=\"HqX97bdT#WZgL\nS\nHWkh0Ex\"\n",
            "HqX97bdT#WZgL\nS\nHWkh0Ex",
        ),
        (
            "a.sh",
            "DB_PASSWORD=$(cat <<'EOF'\n5sEQ8Uh7X09RlU7\nEOF\n)\n",
            "5sEQ8Uh7X09RlU7",
        ),
        (
            "a.tf",
            "db_password = <<EOT\na>S#|8pvqDVm\n r'gebK)uL7k\nEOT\n",
            "a>S#|8pvqDVm\n r'gebK)uL7k\n",
        ),
        (
            "a.xml",
            "<a><db_password>b7Co71#zOcR\ntSO&amp;klWP</db_password></a>\n",
            "b7Co71#zOcR\ntSO&klWP",
        ),
    ] {
        assert_values(path, text, &[(value, Certainty::Exact)]);
    }
    assert_values("a.yml", "password: |\n  host: db\n  port: 5432x7Kq\n", &[]);
}

#[test]
fn rows_of_sql_have_the_values_of_their_columns() {
    let text = "INSERT INTO users (id, \"name\", db_password)\nVALUES (1, 'a, (b)', 'q7Kx2''Lw9'),\n       \
                (2, lower('C'), N'Tz9Rb4Xm2'), (3, 'd', NULL);\n";
    let exact = Certainty::Exact;
    assert_values("a.sql", text, &[("q7Kx2'Lw9", exact), ("Tz9Rb4Xm2", exact)]);
    for text in [
        "SELECT f(name, db_password) VALUES (1, 'q7Kx2Lw9');\n",
        "INSERT INTO users (name, db_password) VALUES ('a\\', 'q7Kx2Lw9');\n",
        "INSERT INTO users (db_password, name) VALUES (f('q7Kx2Lw9'), 'Tz9Rb4Xm2');\n",
    ] {
        assert_values("a.sql", text, &[]);
    }
}
