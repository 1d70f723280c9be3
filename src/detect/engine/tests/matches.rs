//! Matches of single texts: values, context, decoding, and rejected candidates.

use crate::detect::engine::{Engine, Event, Match, Text};
use crate::detect::example::expand;
use crate::detect::file_kind::FileKind;
use crate::detect::formats::NoAssignment;
use crate::detect::library::Library;
use crate::detect::seen_runs::SeenRuns;
use crate::detect::seen_runs::tests::knows;
use crate::finding::{Confidence, Decoding};

fn engine() -> Engine {
    Engine::new(Library::builtin().compile(false).unwrap(), 0)
}

fn scan(engine: &Engine, text: &str, kind: FileKind) -> Vec<Match> {
    engine.scan(Text::new(text.as_bytes(), kind)).matches
}

#[test]
fn the_surest_of_overlapping_matches_stays() {
    let engine = engine();
    let token = expand("<<github ghp_>>").unwrap();
    let found = scan(
        &engine,
        &format!("github_token = \"{token}\""),
        FileKind::Code,
    );
    assert_eq!(found.len(), 1);
    assert_eq!(engine.rule(found[0].rule).id, "github-personal-token");
    assert_eq!(
        (found[0].confidence, found[0].proof),
        (Confidence::High, Some("github-checksum"))
    );
    // The context that the weaker rule found is kept.
    assert_eq!(found[0].context.key.as_deref(), Some("github_token"));
    assert_eq!(found[0].shown, 4);
}

#[test]
fn a_token_in_the_place_of_a_user_is_no_context() {
    let engine = engine();
    for user in [
        expand("<<github ghp_>>").unwrap(),
        expand("<<alnum 40>>").unwrap(),
    ] {
        let password = ["Sum", "mer-Xk29"].concat();
        for found in scan(
            &engine,
            &format!("https://{user}:{password}@git.internal/x"),
            FileKind::Unknown,
        ) {
            let context = format!("{:?}", found.context);
            assert!(!context.contains(&user), "{context}");
        }
    }
    // The same value in another notation.
    let both = ["Sum", "mer%26Xk29"].concat();
    let found = scan(
        &engine,
        &format!("postgres://{both}:{both}@db.internal/x"),
        FileKind::Unknown,
    );
    assert_eq!((found.len(), found[0].context.user.as_deref()), (1, None));
    let found = scan(
        &engine,
        &format!("postgres://app%40eu:{both}@db.internal/x"),
        FileKind::Unknown,
    );
    assert_eq!(found[0].context.user.as_deref(), Some("app@eu"));
}

#[test]
fn uris_name_user_and_host() {
    let engine = engine();
    let found = scan(
        &engine,
        "url: postgres://app:p%40ss-Wd31@db.internal:6432/orders?x=1",
        FileKind::Config,
    );
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].value.expose(), b"p@ss-Wd31");
    let context = &found[0].context;
    assert_eq!(
        (
            context.user.as_deref(),
            context.host.as_deref(),
            context.port
        ),
        (Some("app"), Some("db.internal"), Some(6432))
    );
    assert_eq!(
        (context.database.as_deref(), context.engine.as_deref()),
        (Some("orders"), Some("postgres"))
    );
}

#[test]
fn binary_texts_are_searched_for_prefixes_only() {
    let engine = engine();
    let token = expand("<<github ghp_>>").unwrap();
    let found = scan(
        &engine,
        &format!("\0\0 password=Tiger-2931x\n{token}"),
        FileKind::Config,
    );
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].value.expose(), token.as_bytes());
}

#[test]
fn the_fate_of_a_name_is_explained() {
    let engine = engine();
    let rule = |id: &str| {
        engine
            .rules()
            .iter()
            .position(|rule| rule.id == id)
            .unwrap()
    };
    for (text, kind, event) in [
        (
            "password: ${DB_PASSWORD}",
            FileKind::Config,
            Event::Rejected {
                rule: rule("generic-password"),
                range: 10..24,
                filter: "reference",
            },
        ),
        (
            "token: aaaaaabbbbbb",
            FileKind::Config,
            Event::Rejected {
                rule: rule("generic-token"),
                range: 7..19,
                filter: "repetition",
            },
        ),
        (
            "password = f()",
            FileKind::Code,
            Event::NotAssigned {
                word: 0..8,
                why: NoAssignment::Expression,
            },
        ),
        (
            "monkey = 'Tiger-2931x'",
            FileKind::Code,
            Event::OtherName { name: 0..6 },
        ),
    ] {
        let explained = engine.explain(Text::new(text.as_bytes(), kind));
        assert!(explained.matches.is_empty(), "{text}");
        assert!(
            explained.events.contains(&event),
            "{text}: {:?}",
            explained.events
        );
    }
}

#[test]
fn a_failed_checksum_rejects_whatever_another_rule_says() {
    let wrong = format!("ghp_{}", &"q8Xk2Lz7".repeat(5)[..36]);
    let text = format!(
        "token = '{wrong}'\npassword = '{wrong}'\ngit clone https://app:{wrong}@git.example.com/x\n"
    );
    let scanned = engine().explain(Text::new(text.as_bytes(), FileKind::Config));
    assert!(scanned.matches.is_empty(), "{:?}", scanned.matches);
    assert_eq!(scanned.rejected.of("github-checksum"), 3);
}

#[test]
fn lines_that_held_nothing_are_left_out_later_and_others_are_not() {
    let engine = engine();
    let clean = SeenRuns::default();
    let lines = [
        "first line\n",
        "nothing = here\n",
        "password = 'Winter-2291x'\n",
        "password = 'changeme'\n",
    ];
    let bytes = lines.concat();
    let text = Text::new(bytes.as_bytes(), FileKind::Config);
    let mut end = 0;
    let ranges = lines.map(|line| {
        end += line.len();
        end - line.len()..end
    });
    let all = engine.search_lines(text, &ranges);
    assert_eq!(
        (
            all.candidates.len(),
            all.rejected.iter().map(|(_, count)| count).sum::<u64>()
        ),
        (1, 1)
    );
    for round in 0..2 {
        let again =
            engine.search_unseen_lines(text, ranges.iter().cloned(), &clean, &mut Vec::new());
        assert_eq!(
            (format!("{:?}", again.candidates), &again.rejected),
            (format!("{:?}", all.candidates), &all.rejected)
        );
        let known = ranges.clone().map(|range| knows(&clean, &text, range));
        assert_eq!(known, [true, true, false, true], "{round}");
    }
}

#[test]
fn a_class_of_a_style_sheet_is_assigned_nothing() {
    let engine = engine();
    let text = ".forgot-password:hover,\n.forgot-password:active { color: red }\n";
    assert!(scan(&engine, text, FileKind::Unknown).is_empty());
    assert_eq!(
        scan(&engine, "forgot-password:Winter-2291x\n", FileKind::Unknown).len(),
        1
    );
}

/// The values that `import` reads again from the recorded places.
fn read_again(bytes: &[u8], found: &[Match]) -> Vec<String> {
    let again = |found: &Match| {
        let value =
            crate::detect::decode::apply(&bytes[found.range.clone()], &found.decoding).unwrap();
        assert_eq!(value, found.value.expose());
        String::from_utf8(value).unwrap()
    };
    found.iter().map(again).collect()
}

fn base64(bytes: &[u8]) -> String {
    crate::detect::decode::base64::encode(bytes)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::best());
    let mut out = vec![0; compressor.gzip_compress_bound(bytes.len())];
    let length = compressor.gzip_compress(bytes, &mut out).unwrap();
    out.truncate(length);
    out
}

fn little_endian(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn values_behind_layers_are_found_and_can_be_read_again() {
    let engine = engine();
    let token = expand("<<github ghp_>>").unwrap();
    let password = ["Win", "ter-2041!"].concat();
    let settings = format!("DB_USER=orders\nDB_PASSWORD={password}\nGITHUB={token}\n");
    let json = format!("{{\"password\": \"{password}\", \"token\": \"{token}\"}}");
    let plain = "Wd31-rTz9q";
    let wrapped: Vec<String> = base64(settings.repeat(3).as_bytes())
        .as_bytes()
        .chunks(76)
        .map(|l| String::from_utf8_lossy(l).into_owned())
        .collect();
    let both = vec![password.as_str(), &token];
    let cases: Vec<(&str, String, Vec<&str>)> = vec![
        (
            "base64",
            format!("data: {}", base64(settings.as_bytes())),
            both.clone(),
        ),
        (
            "base64 of URLs",
            format!(
                "x={}",
                base64(json.as_bytes())
                    .replace('+', "-")
                    .replace('/', "_")
                    .trim_end_matches('=')
            ),
            both.clone(),
        ),
        (
            "after an escape",
            format!("\"a\\n{}\"", base64(settings.as_bytes())),
            both.clone(),
        ),
        (
            "wrapped",
            format!("blob: |\n  {}\nnext: 1", wrapped.join("\n  ")),
            both.repeat(3),
        ),
        (
            "hex",
            format!("seed={};", crate::secret::hex(settings.as_bytes())),
            both.clone(),
        ),
        (
            "base64 in base64",
            base64(format!("inner: {}", base64(settings.as_bytes())).as_bytes()),
            both.clone(),
        ),
        (
            "gzip in base64",
            base64(&gzip(settings.repeat(2).as_bytes())),
            both.repeat(2),
        ),
        (
            "for PowerShell",
            format!("powershell -enc {}", base64(&little_endian(&settings))),
            both.clone(),
        ),
        (
            "escapes of JSON",
            format!("\"url\": \"jdbc:mysql://h/d?user\\u003dapp\\u0026password\\u003d{password}\""),
            vec![&password],
        ),
        (
            "slashes of JSON",
            format!(r#""url": "postgres:\/\/app:{plain}@db.internal\/orders""#),
            vec![plain],
        ),
        (
            "a URI in a URI",
            format!("?next=postgres%3A%2F%2Fapp%3A{plain}%40db.internal%2Forders"),
            vec![plain],
        ),
        (
            "a form",
            format!("data=%7B%22password%22%3A%22{plain}%22%7D"),
            vec![plain],
        ),
        (
            "markup",
            format!("<a x='{{&quot;password&quot;:&quot;{plain}&amp;1&quot;}}'/>"),
            vec!["Wd31-rTz9q&1"],
        ),
        ("mail", "password=3DWd31=2DrTz9q=20".to_owned(), vec![plain]),
    ];
    for (name, text, mut wanted) in cases {
        let found = scan(&engine, &text, FileKind::Config);
        let mut values = read_again(text.as_bytes(), &found);
        values.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(values, wanted, "{name}: {text}");
    }
}

#[test]
fn passwords_that_people_choose_are_found_in_settings() {
    let engine = engine();
    for value in [
        "Winter2024!",
        "realmadrid",
        "hunter2x",
        "dragon",
        "P@ssw0rd!",
        "Orders!2019",
        "geheim123",
    ] {
        for (line, kind) in [
            ("password = {}", FileKind::Config),
            ("spring.datasource.password={}", FileKind::Config),
            ("DB_PASSWORD={}", FileKind::Dotenv),
            ("  password: {}", FileKind::Config),
            ("  \"password\": \"{}\",", FileKind::Config),
            ("      - MYSQL_ROOT_PASSWORD={}", FileKind::Config),
            ("db_password = \"{}\"", FileKind::Config),
            ("    'PASSWORD': '{}',", FileKind::Code),
            ("root password: {}", FileKind::Prose),
        ] {
            let line = line.replace("{}", value);
            let found = scan(&engine, &line, kind);
            assert!(
                found.len() == 1 && found[0].confidence >= Confidence::Medium,
                "{line}: {found:?}"
            );
        }
    }
}

#[test]
fn texts_in_utf16_are_texts() {
    let engine = engine();
    let password = ["Grün", "-2041!x"].concat();
    let settings = format!("[db]\r\nuser=app\r\npassword={password}\r\n");
    let little = little_endian(&settings);
    let big: Vec<u8> = settings.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [
        little.clone(),
        big.clone(),
        [b"\xff\xfe", &little[..]].concat(),
        [b"\xfe\xff", &big[..], b"\0"].concat(),
    ] {
        let text = Text::new(&bytes, FileKind::Config);
        let found = engine.scan(text).matches;
        assert_eq!(read_again(&bytes, &found), [password.as_str()]);
        assert_eq!(text.lines().position(&found[0].range).line, 3);
    }
    let not_text: Vec<u8> = (0..400u32).flat_map(|n| (n * n).to_le_bytes()).collect();
    assert!(!Text::new(&not_text, FileKind::Config).is_utf16());
}

#[test]
fn layers_are_bounded() {
    let engine = engine();
    let mut text = format!("password={}", ["Win", "ter-2041!xyz"].concat());
    for depth in 1..7 {
        text = base64(format!("{text}\nnote: padded to be long enough").as_bytes());
        let found = scan(&engine, &text, FileKind::Config);
        assert_eq!(found.len(), usize::from(depth <= 3), "{depth}");
    }
    let explained = engine.explain(Text::new(text.as_bytes(), FileKind::Config));
    assert_eq!(explained.rejected.of("too-many-layers"), 1);
    assert!(explained.events.iter().any(|event| matches!(
        event,
        Event::Layer {
            step: Decoding::Base64,
            ..
        }
    )));
}

#[test]
fn what_only_looks_like_a_secret_is_not_reported() {
    let engine = engine();
    for (line, kind) in [
        ("const cacheKey = \"session:users\";", FileKind::Code),
        ("foreign_key: \"author_id\",", FileKind::Code),
        ("  sort_key: created", FileKind::Config),
        ("'labelPassword': 'Passwort:',", FileKind::Code),
        ("<label for=\"password\">Password</label>", FileKind::Markup),
        ("if (event.key === \"Enter\") {", FileKind::Code),
        ("password: please choose", FileKind::Prose),
        ("token: \"identifier\",", FileKind::Code),
    ] {
        let found = scan(&engine, line, kind);
        assert!(
            found
                .iter()
                .all(|found| found.confidence < Confidence::Medium),
            "{line}: {found:?}"
        );
    }
}
