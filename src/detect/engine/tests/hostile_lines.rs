//! The work on hostile text, counted in bytes that are examined, is proportional to its length, and so
//! is the number of candidates. No second is counted.

use std::sync::LazyLock;

use proptest::prelude::*;

use crate::coverage::Limit;
use crate::detect::decode::base64;
use crate::detect::engine::{Engine, Text, TextLimits};
use crate::detect::file_kind::FileKind;
use crate::detect::library::Library;
use crate::finding::Syntax;
use crate::steps;

static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::new(Library::builtin().compile(false).unwrap(), 0));

/// The most steps for each byte of a text of any kind, besides a constant.
const STEPS: usize = 2000;

/// Steps that do not double with the text: the text beside a name is read up to some kilobytes, which a short text does
/// not have.
const WINDOWS: usize = 2_000_000;

/// Steps of a scan, from search to surroundings.
fn work(text: &[u8], syntax: Syntax) -> usize {
    steps::take();
    let found = ENGINE.scan(Text::plain(text, syntax));
    assert!(found.matches.len() <= 3 * ENGINE.limits().candidates);
    steps::take()
}

/// The piece over and over, between a beginning and an end.
fn run(piece: &[u8], length: usize) -> Vec<u8> {
    piece.iter().copied().cycle().take(length).collect()
}

/// Fails if a text costs more than its length allows, or if twice the text costs more than twice as
/// much.
#[track_caller]
fn linear(piece: &[u8], syntax: Syntax, length: usize) {
    let (once, twice) = (run(piece, length), run(piece, 2 * length));
    let (work, double) = (work(&once, syntax), work(&twice, syntax));
    let shown = String::from_utf8_lossy(&piece[..piece.len().min(80)]).into_owned();
    assert!(
        work <= STEPS * (length + 1000),
        "{work} for {length} bytes of {shown:?} as {syntax:?}"
    );
    assert!(
        double <= 2 * work + work / 2 + WINDOWS,
        "{work} for {length} bytes, but {double} for twice as many of {shown:?} as {syntax:?}"
    );
}

/// Pieces of every notation that detection reads around an anchor.
fn tokens() -> Vec<&'static str> {
    vec![
        "key",
        "password",
        "secret_key",
        "API_TOKEN",
        "passwd",
        "auth",
        "_password",
        "a",
        "x7Q",
        "Xk9aQ2!q7z",
        "ghp_",
        "AKIA",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.",
        "xoxb-",
        "://",
        "postgres://u:",
        "@",
        "kind: Secret",
        "data:",
        "\"type\": \"service_account\"",
        "\"private_key\": \"",
        "value",
        "name=",
        "<key>",
        "</key>",
        "<value>",
        "<![CDATA[",
        "]]>",
        "<!--",
        "<add key=",
        "cGFzc3dvcmQ9",
        "70617373776f7264",
        "%3d",
        "%2f",
        "&#61;",
        "&quot;",
        "\\u003d",
        "\\x3d",
        "=3D",
        ":\\/\\/",
        "getenv(",
        ".equals(",
        "${",
        "--",
        "-D",
        "export ",
        "IDENTIFIED BY ",
        "machine ",
        "login ",
        "tokens",
        "password_a_b",
        "name: ",
        "\"name\": \"",
        "value: ",
        "{\"value\": \"",
        "default ",
        "{{",
        "}}",
        "[\"a\", ",
        "- a",
    ]
}

fn separators() -> Vec<&'static str> {
    vec![
        "", "", " ", "=", ":", ": ", " = ", "\"", "'", "`", "''", "\\\"", "\\", "{", "}", "[", "]",
        "(", ")", "<", ">", ",", ";", "&", "?", "/", "#", "- ", "\t", "\r", "\n", "\n  ", "\n\n",
        "\n---\n",
    ]
}

fn syntaxes() -> impl Strategy<Value = Syntax> {
    prop::sample::select(Syntax::ALL.to_vec())
}

fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let token = (
        prop::sample::select(tokens()),
        prop::sample::select(separators()),
        1usize..20,
    );
    let plain = prop::collection::vec(token, 1..6).prop_map(|parts| {
        let part = |(token, separator, times): (&str, &str, usize)| {
            format!("{token}{separator}").repeat(if times > 15 { 400 } else { 1 })
        };
        parts.into_iter().map(part).collect::<String>().into_bytes()
    });
    (plain, 0usize..4).prop_map(|(piece, layers)| {
        // Encodings within encodings, in one of four cases.
        (3..=layers).fold(piece, |piece, _| {
            let text = run(&piece, 600.max(piece.len()));
            format!("{}\n", base64::encode(base64::encode(&text).as_bytes())).into_bytes()
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, max_shrink_iters: 60, ..ProptestConfig::default() })]

    #[test]
    fn the_work_is_linear_in_the_length(piece in pieces(), syntax in syntaxes()) {
        linear(&piece, syntax, 16_000);
    }
}

#[test]
fn known_bombs_cost_no_more_than_other_text() {
    for piece in [
        "key=",
        "key%3d",
        "key=3D",
        "key=3Da ",
        "key&#61;",
        "password=a1,",
        "key,q{",
        "<key a=\"",
        "{key: a, ",
        "\"password\":\"Xk9aQ2!q7z\",",
        "password: Xk9aQ2!q7z\n",
        "password:\n",
        "kind: Secret\n",
        ";password={",
        "{\"kind\": \"Secret\",\"data\":{",
        "{\"type\": \"service_account\", \"private_key\": \"",
        "-----BEGIN PRIVATE KEY-----\n",
        "${password:-Xk9aQ2!q7z",
    ] {
        for syntax in [
            Syntax::Python,
            Syntax::Yaml,
            Syntax::Properties,
            Syntax::Xml,
            Syntax::Login,
        ] {
            linear(piece.as_bytes(), syntax, 8_000);
        }
    }
    // The text beside a name is read up to some kilobytes, so that only longer texts show whether the work is linear.
    for piece in [
        "${password-",
        "{{ password | default ",
        "tokens: [",
        "tokens: [\"a\", ",
        "\"key\": [\"Xk9aQ2!q7z\",",
        "\"name\": \"password\", \"a\": 1, ",
        "name: password\n",
        "- name: password\n  a: b\n",
        "value: Xk9aQ2!q7z\nname: password\n",
        "password: {\"a\": 1, ",
        "password:\n- Xk9aQ2!q7z\n",
        "password_a_a",
        "auth(\"a\", ",
        "Cookie: a=b; ",
        "cookies={a, ",
        "Authorization: Bearer ",
    ] {
        for syntax in [
            Syntax::Python,
            Syntax::Yaml,
            Syntax::Properties,
            Syntax::Xml,
        ] {
            linear(piece.as_bytes(), syntax, 32_000);
        }
    }
    linear(b"key=", Syntax::Properties, 50_000);
    linear(b"key=3D", Syntax::Properties, 50_000);
    // Each value goes on to the end of the text, or is sought there; or its place is known only from the whole text.
    for (piece, syntax) in [
        ("password=Xk9aQ2q7z\\\n", Syntax::Properties),
        ("password=<<A\n", Syntax::Shell),
        ("password = \"Xk9aQ2#q7z\"\n", Syntax::Python),
        ("# password = Xk9aQ2q7z\n", Syntax::Python),
        ("password = '''Xk9aQ2\n", Syntax::Python),
        (";password=Xk$9aQ2!q7z", Syntax::Php),
        ("password: \"Xk9aQ2\\q7z\", ", Syntax::Yaml),
        ("password=$(cat <<'A'\n", Syntax::Shell),
        ("<password>Xk9aQ2\n", Syntax::Xml),
        ("INSERT INTO a (password, password", Syntax::Sql),
        ("INSERT INTO a (password) VALUES ('", Syntax::Sql),
        ("('Xk9aQ2!q7z'),", Syntax::Sql),
        ("password: Xk'9a Q2\n", Syntax::Yaml),
    ] {
        linear(piece.as_bytes(), syntax, 20_000);
    }
}

fn limited(candidates: usize) -> Engine {
    let limits = TextLimits {
        candidates,
        ..TextLimits::default()
    };
    Engine::new(Library::builtin().compile(false).unwrap(), 0).with_limits(limits)
}

fn password(n: usize) -> String {
    format!("{}{n:04}!q", ["Xk", "9aQ"].concat())
}

#[test]
fn the_first_candidates_of_a_text_are_kept_and_the_limit_is_named() {
    let text: String = (0..50)
        .map(|n| format!("password: {}\n", password(n)))
        .collect();
    let found = limited(20).scan(Text::new(text.as_bytes(), FileKind::Config));
    let values: Vec<_> = found
        .matches
        .iter()
        .map(|found| found.value.expose().to_vec())
        .collect();
    let expected: Vec<_> = (0..20).map(|n| password(n).into_bytes()).collect();
    assert_eq!(values, expected);
    assert!(found.limits.contains(&Limit::Matches));
    // The same in one line, and nothing is cut off at the limit itself.
    let line = text.replace('\n', " ");
    let line = line.replace(": ", "=\"").replace(' ', "\" ");
    let found = limited(20).scan(Text::new(line.as_bytes(), FileKind::Code));
    assert_eq!(found.matches.len(), 20);
    assert!(
        limited(50)
            .scan(Text::new(text.as_bytes(), FileKind::Config))
            .limits
            .is_empty()
    );
}

#[test]
fn a_text_that_is_cut_off_has_names_as_its_only_context() {
    let login = |n| {
        format!(
            "[db{n}]\nhost=db.internal\nuser=app\npassword={}\n",
            password(n)
        )
    };
    let text: String = (0..9).map(login).collect();
    let user = |candidates| {
        let found = limited(candidates).scan(Text::new(text.as_bytes(), FileKind::Config));
        let context = found.matches[0].context.clone();
        (
            context.key.is_some(),
            context.user.is_some(),
            context.host.is_some(),
        )
    };
    assert_eq!(
        (user(9), user(5)),
        ((true, true, true), (true, false, false))
    );
}

#[test]
fn values_within_values_are_examined_to_a_depth_and_the_line_is_named() {
    let nested = "a_password=".repeat(100);
    let text = format!("{nested}\npassword: {}\n", password(1));
    let found = ENGINE.scan(Text::new(text.as_bytes(), FileKind::Config));
    assert!(found.limits.contains(&Limit::Work));
    assert!(
        found
            .matches
            .iter()
            .any(|found| found.value.expose() == password(1).as_bytes())
    );
    let few = "a_password=".repeat(10);
    assert!(
        ENGINE
            .scan(Text::new(few.as_bytes(), FileKind::Config))
            .limits
            .is_empty()
    );
}

#[test]
fn the_work_on_a_large_text_is_bounded() {
    let limits = TextLimits {
        work: 1000,
        large: 5000,
        ..TextLimits::default()
    };
    let engine = Engine::new(Library::builtin().compile(false).unwrap(), 0).with_limits(limits);
    let text: String = (0..400)
        .map(|n| format!("password: {}\n", password(n)))
        .collect();
    let found = engine.scan(Text::new(text.as_bytes(), FileKind::Config));
    assert!(found.limits.contains(&Limit::Work));
    assert!(found.matches.len() > 50 && found.matches.len() < 200);
    // Work behind encodings counts in a text of any size.
    let encoded = base64::encode(&text.as_bytes()[..4000]);
    let found = engine.scan(Text::new(encoded.as_bytes(), FileKind::Config));
    assert!(found.limits.is_empty());
    let spans = format!("{encoded}\n\n").repeat(20);
    let found = engine.scan(Text::new(spans.as_bytes(), FileKind::Config));
    assert!(found.limits.contains(&Limit::Work));
}

#[test]
fn long_lines_and_long_texts_are_searched_in_blocks_without_loss() {
    // Longer than two blocks, with a value in every part and across the ends of blocks.
    let piece = |n: usize| format!("x{} password=\"{}\" ", "y".repeat(n % 97), password(n));
    let line: String = (0..9000).map(piece).collect();
    assert!(line.len() > 600_000);
    for text in [line.clone(), line.replace("x", "\nx")] {
        let found = ENGINE.scan(Text::new(text.as_bytes(), FileKind::Code));
        assert_eq!(found.matches.len(), 9000);
        assert!(found.limits.is_empty());
    }
}

/// Literals that do not end are read up to the end of the text, values within values to the end of the outer one, and
/// values of records on the lines above.
#[test]
fn literals_that_go_on_are_not_read_again_and_again() {
    for (piece, syntax) in [
        (&b"secret_key\\\"xoxb-\""[..], Syntax::Shell),
        (
            b"\"private_key\": \"\\\"IDENTIFIED BY \"",
            Syntax::Dockerfile,
        ),
        (
            b"\"type\": \"service_account\"\\\"IDENTIFIED BY \"",
            Syntax::Dockerfile,
        ),
        (b"<key>\rname: ", Syntax::Yaml),
    ] {
        linear(piece, syntax, 16_000);
        linear(piece, syntax, 32_000);
    }
}
