use super::*;
use crate::detect::example::expand;
use crate::detect::library::Library;

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
    let found = scan(&engine, &format!("github_token = \"{token}\""), FileKind::Code);
    assert_eq!(found.len(), 1);
    assert_eq!(engine.rules[found[0].rule].id, "github-personal-token");
    assert_eq!((found[0].confidence, found[0].proof), (Confidence::High, Some("github-checksum")));
    // What the weaker rule knew of it is kept.
    assert_eq!(found[0].context.key.as_deref(), Some("github_token"));
    assert_eq!(found[0].shown, 4);
}

#[test]
fn a_token_in_the_place_of_a_user_is_no_context() {
    let engine = engine();
    for user in [expand("<<github ghp_>>").unwrap(), expand("<<alnum 40>>").unwrap()] {
        let password = ["Sum", "mer-Xk29"].concat();
        for found in scan(&engine, &format!("https://{user}:{password}@git.internal/x"), FileKind::Unknown) {
            let context = format!("{:?}", found.context);
            assert!(!context.contains(&user), "{context}");
        }
    }
    // The same, written otherwise.
    let both = ["Sum", "mer%26Xk29"].concat();
    let found = scan(&engine, &format!("postgres://{both}:{both}@db.internal/x"), FileKind::Unknown);
    assert_eq!((found.len(), found[0].context.user.as_deref()), (1, None));
    let found = scan(&engine, &format!("postgres://app%40eu:{both}@db.internal/x"), FileKind::Unknown);
    assert_eq!(found[0].context.user.as_deref(), Some("app@eu"));
}

#[test]
fn uris_tell_who_and_where() {
    let engine = engine();
    let found = scan(&engine, "url: postgres://app:p%40ss-Wd31@db.internal:6432/orders?x=1", FileKind::Config);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].value.expose(), b"p@ss-Wd31");
    let context = &found[0].context;
    assert_eq!(
        (context.user.as_deref(), context.host.as_deref(), context.port),
        (Some("app"), Some("db.internal"), Some(6432))
    );
    assert_eq!((context.database.as_deref(), context.engine.as_deref()), (Some("orders"), Some("postgres")));
}

#[test]
fn binary_texts_are_searched_for_prefixes_only() {
    let engine = engine();
    let token = expand("<<github ghp_>>").unwrap();
    let found = scan(&engine, &format!("\0\0 password=Tiger-2931x\n{token}"), FileKind::Config);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].value.expose(), token.as_bytes());
}

#[test]
fn what_became_of_a_name_is_told() {
    let engine = engine();
    let rule = |id: &str| engine.rules.iter().position(|rule| rule.id == id).unwrap();
    for (text, kind, event) in [
        (
            "password: ${DB_PASSWORD}",
            FileKind::Config,
            Event::Rejected { rule: rule("generic-password"), range: 10..24, filter: "reference" },
        ),
        (
            "token: aaaaaabbbbbb",
            FileKind::Config,
            Event::Rejected { rule: rule("generic-token"), range: 7..19, filter: "repetition" },
        ),
        ("password = f()", FileKind::Code, Event::NotAssigned { word: 0..8, why: Unread::Expression }),
        ("monkey = 'Tiger-2931x'", FileKind::Code, Event::OtherName { name: 0..6 }),
    ] {
        let explained = engine.explain(Text::new(text.as_bytes(), kind));
        assert!(explained.matches.is_empty(), "{text}");
        assert!(explained.events.contains(&event), "{text}: {:?}", explained.events);
        assert!(engine.scan(Text::new(text.as_bytes(), kind)).events.is_empty());
    }
}

#[test]
fn a_failed_checksum_rejects_whatever_another_rule_says() {
    let wrong = format!("ghp_{}", &"q8Xk2Lz7".repeat(5)[..36]);
    let text = format!("token = '{wrong}'\npassword = '{wrong}'\ngit clone https://app:{wrong}@git.example.com/x\n");
    let scanned = engine().explain(Text::new(text.as_bytes(), FileKind::Config));
    assert!(scanned.matches.is_empty(), "{:?}", scanned.matches);
    assert_eq!(scanned.rejected.get("github-checksum"), Some(&3));
}

#[test]
fn a_class_of_a_style_sheet_is_assigned_nothing() {
    let engine = engine();
    let text = ".forgot-password:hover,\n.forgot-password:active { color: red }\n";
    assert!(scan(&engine, text, FileKind::Unknown).is_empty());
    assert_eq!(scan(&engine, "forgot-password:Winter-2291x\n", FileKind::Unknown).len(), 1);
}

#[test]
fn passwords_that_people_choose_are_found_in_settings() {
    let engine = engine();
    for value in ["Winter2024!", "realmadrid", "hunter2x", "dragon", "P@ssw0rd!", "Orders!2019", "geheim123"] {
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
            assert!(found.len() == 1 && found[0].confidence >= Confidence::Medium, "{line}: {found:?}");
        }
    }
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
        assert!(found.iter().all(|found| found.confidence < Confidence::Medium), "{line}: {found:?}");
    }
}
