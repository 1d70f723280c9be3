use std::collections::BTreeMap;

use unicode_width::UnicodeWidthStr;

use super::*;
use crate::decide::sample_secrets::{relocated, secret};
use crate::finding::{Kind, Origin};
use crate::report::tests::violations;

fn sample() -> BTreeMap<SecretId, Secret> {
    let mut named = relocated(
        0x1234_5678_9a00_0001,
        "DB_PASSWORD",
        &[("shop", "config/app.yml")],
    );
    named.target = Some("/ord001/api/prod/db-password".to_owned());
    named.kind = Kind::Database;
    named.progress = MigrationProgress::Imported;
    let long = "deploy/environments/production/kubernetes/config/application-settings.yml";
    let places = [
        ("github.com/acme/orders-service", long),
        ("github.com/acme/shop", "a"),
    ];
    let mut asked = secret(0x1234_5678_9b00_0002, "TOKEN", &places);
    asked.decision.questions = vec![
        "Which appenv is it: `prod` (shop: a) or `dev` (shop: b)? Answer with `metadata: { appenv: … }`.".to_owned(),
        "Is it still used?".to_owned(),
    ];
    let mut hostile = secret(
        0x1234_0000_0000_0003,
        "K\u{1b}[2J",
        &[("shop", "=cmd\u{1b}[2J\n日本.py")],
    );
    hostile.kind = Kind::CertificatePrivateKey;
    hostile.decision.outcome = Outcome::Retain;
    let mut of_use = secret(0xeeee_0000_0000_0004, "PASS", &[("billing", "b.env")]);
    of_use.id = of_use.id.of_use("bil001/dev");
    let mut gone = relocated(0xffff_0000_0000_0005, "OLD", &[]);
    gone.decision.outcome = Outcome::Retire;
    let all = [named, asked, hostile, of_use, gone];
    all.map(|secret| (secret.id.clone(), secret)).into()
}

fn written(format: Format, width: Option<usize>, by: SortKey) -> String {
    let all = sample();
    let mut selected: Vec<&Secret> = all.values().collect();
    sort(&mut selected, by);
    let list = SecretList {
        selected: &selected,
        all: &all,
        fields: vec!["appid", "owner"],
        width,
    };
    let mut out = Vec::new();
    write(format, &mut out, &list).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_line_fits_a_narrow_terminal() {
    insta::assert_snapshot!(written(Format::Text, Some(80), SortKey::Outcome));
}

#[test]
fn a_wide_terminal_shows_more() {
    insta::assert_snapshot!(written(Format::Text, Some(160), SortKey::Outcome));
}

#[test]
fn a_pipe_gets_everything() {
    insta::assert_snapshot!(written(Format::Text, None, SortKey::Outcome));
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in [79, 80, 100, 119, 120, 121, 160, 300] {
        let text = written(Format::Text, Some(width), SortKey::Place);
        let mut lines = text.lines().filter(|line| line.width() > width);
        assert_eq!(lines.next(), None, "{width}");
    }
}

#[test]
fn every_format_is_safe_and_complete() {
    for format in [
        Format::Text,
        Format::Json,
        Format::Jsonl,
        Format::Csv,
        Format::Ids,
    ] {
        let text = written(format, None, SortKey::Id);
        let unsafe_signs = text.replace('\n', "").chars().any(escape::unsafe_to_print);
        assert!(!unsafe_signs, "{text:?}");
        for id in sample().keys() {
            assert!(text.contains(id.as_str()), "{id} is not in {text}");
        }
    }
    // No cell is a formula, and no row is more than a line.
    assert!(written(Format::Csv, None, SortKey::Id).contains(",'=cmd"));
    assert_eq!(
        written(Format::Csv, None, SortKey::Id).lines().count(),
        1 + sample().len()
    );
}

#[test]
fn json_has_its_schema() {
    let value = |text: &str| serde_json::from_str(text).unwrap();
    let none: Vec<String> = Vec::new();
    let document = written(Format::Json, None, SortKey::Id);
    assert_eq!(violations("list.schema.json", &value(&document)), none);
    for line in written(Format::Jsonl, None, SortKey::Id).lines() {
        assert_eq!(violations("secret-row.schema.json", &value(line)), none);
    }
}

#[test]
fn the_order_is_that_which_was_asked_for() {
    let ids = |by| -> Vec<String> {
        let text = written(Format::Ids, None, by);
        // The digit that tells the secrets of the sample apart.
        text.lines().map(|id| id[17..18].to_owned()).collect()
    };
    assert_eq!(ids(SortKey::Outcome).concat(), "42153");
    assert_eq!(ids(SortKey::Id).concat(), "31245");
    assert_eq!(ids(SortKey::Places).concat(), "24315");
    assert_eq!(ids(SortKey::Name).concat(), "14235");
}

#[test]
fn shortened_ids_differ() {
    let all = sample();
    // Two of them have 9 digits in common.
    assert_eq!(digits(all.keys()), 10);
    let short = all.keys().map(|id| shortened(id, 10));
    assert_eq!(short.collect::<BTreeSet<_>>().len(), all.len());
    assert_eq!(digits(all.keys().take(1)), LEAST_DIGITS);
}

#[test]
fn the_first_place_counts() {
    let mut secret = secret(1, "K", &[("shop", "old.py"), ("shop", "z.py")]);
    (secret.occurrences[0].origin, secret.occurrences[0].at_head) = (Origin::Blob, false);
    assert_eq!(name(&secret), "shop:z.py:1");
    assert_eq!(SecretRow::of(&secret).path, Some("z.py"));
}
