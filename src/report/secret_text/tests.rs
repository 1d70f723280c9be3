use std::path::Path;

use unicode_width::UnicodeWidthStr;

use super::*;
use crate::decide::explanation::explain;
use crate::decide::sample_secrets::secret;
use crate::decide::{Decisions, Inputs, Policy, missing_fields, settle};
use crate::finding::{Certainty, Doubt, Excerpt};
use crate::report::json;
use crate::report::secret_view::{Document, QuestionView, ViewInput};
use crate::report::tests::violations;

/// A secret with questions, statements, a login, history and hostile texts.
fn sample(most_places: usize) -> SecretView {
    let policy = Policy::builtin();
    let long = "services/orders/deploy/environments/production/kubernetes/config/app-prod.yml";
    let places = [
        ("github.com/acme/orders", long),
        ("github.com/acme/orders", "dev/a\u{1b}[2J.yml"),
    ];
    let mut secret = secret(0x1234_5678_9a00_0001, "DB_PASSWORD", &places);
    secret.context.user = Some("orders\u{1b}]0;x".to_owned());
    secret.context.host = Some("db.prod.example.com".to_owned());
    secret.context.port = Some(5432);
    let place = &mut secret.occurrences[0];
    place.date = Some("2023-11-14T22:13:20+00:00".to_owned());
    place.author = Some("A U Thor <author@example.com>".to_owned());
    place.commit = Some("1234567890".repeat(4));
    let mut old = place.clone();
    old.path = "old.yml".to_owned();
    (old.origin, old.at_head) = (Origin::Blob, false);
    old.introduced = Introduction::AtOrBefore;
    (old.author, old.last_date) = (None, Some("2023-12-24T00:00:00Z".to_owned()));
    old.certainty = Certainty::Doubtful(Doubt::Quoting);
    secret.occurrences.push(old);
    let statements = format!(
        "schema: 2\nstatements:\n  - {{ secret: {}, metadata: {{ owner: ann }}, by: c }}\n  - {{ when: {{ repository: [other] }}, outcome: retire, reason: r, by: c }}\n",
        secret.id
    );
    let decisions = Decisions::parse(Path::new("decisions.yaml"), &statements, &policy).unwrap();
    let inputs = Inputs {
        decisions: Some(&decisions),
        ..Inputs::new(&policy, jiff::civil::date(2026, 1, 1))
    };
    let settled = settle([secret], &inputs);
    let secret = settled.secrets.values().next().unwrap();
    SecretView::of(&ViewInput {
        secret,
        explanation: &explain(secret, &inputs),
        entry: None,
        missing: &missing_fields(secret, &policy),
        uses: &[],
        detector_name: Some("Password or secret assigned to a name"),
        template: "/{appid}/{name}",
        most_places,
        object_ids: false,
    })
}

fn layout(width: Option<usize>) -> Layout {
    let color = false;
    Layout { width, color }
}

fn written(width: Option<usize>) -> String {
    let mut out = Vec::new();
    write(&mut out, &[sample(10)], &[], layout(width)).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn everything_is_shown_on_a_narrow_terminal() {
    insta::assert_snapshot!(written(Some(80)));
}

#[test]
fn everything_is_shown_on_a_wide_terminal() {
    insta::assert_snapshot!(written(Some(160)));
}

#[test]
fn texts_of_repositories_cannot_command_the_terminal() {
    for text in [written(None), written(Some(80)), written(Some(1))] {
        assert!(
            !text.replace('\n', "").chars().any(escape::unsafe_to_print),
            "{text:?}"
        );
        assert!(text.contains(r"dev/a\u{1b}[2J.yml"), "{text}");
    }
}

#[test]
fn only_what_is_copied_is_wider_than_the_terminal() {
    let is_copied = |line: &&str| line.starts_with("  github.com/") || line.contains("- { secret:");
    let text = written(Some(80));
    let wide = text
        .lines()
        .filter(|line| line.width() > 80 && !is_copied(line));
    // A path has no spaces at which it could be wrapped.
    let wide: Vec<&str> = wide.filter(|line| line.trim().contains(' ')).collect();
    assert_eq!(wide, [] as [&str; 0], "{text}");
}

#[test]
fn questions_share_their_answers() {
    let mut secret = sample(10);
    let question = |question: &str, answers: &[&str]| QuestionView {
        question: question.to_owned(),
        answers: answers.iter().map(|&answer| answer.to_owned()).collect(),
    };
    let outcomes = ["outcome: retire", "outcome: retain"];
    secret.decision.questions = vec![
        question("Is it real?", &outcomes),
        question("Which one?", &["reading: as-read"]),
        question("Is it used?", &outcomes),
    ];
    let mut out = Vec::new();
    write(&mut out, &[secret], &[], layout(Some(80))).unwrap();
    let text = String::from_utf8(out).unwrap();
    let expected = "  ? Is it real?\n  ? Is it used?\n      answers: outcome: retire | outcome: retain\n  ? Which one?\n      answers: reading: as-read\n";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn lines_are_masked_fit_and_give_no_orders() {
    let excerpt = Excerpt {
        before: format!("\u{1b}[2Jdb: {}", "日本 quay ".repeat(30)),
        prefix: "ghp_".to_owned(),
        after: "' # \u{202e}forged".to_owned(),
    };
    let line = |is_moved| PlaceLine {
        line: 12,
        column: 5,
        is_moved,
        excerpt: Some(excerpt.clone()),
        explanation: None,
    };
    let lines = vec![vec![
        LineState::Read(line(false)),
        LineState::Failed("cannot read a\u{1b}[2J: gone".to_owned()),
        LineState::Read(line(true)),
    ]];
    for width in [80, 160] {
        let mut out = Vec::new();
        write(&mut out, &[sample(10)], &lines, layout(Some(width))).unwrap();
        let text = String::from_utf8(out).unwrap();
        let shown: Vec<&str> = text.lines().filter(|line| line.contains("12 |")).collect();
        assert_eq!(shown.len(), 2, "{text}");
        for line in &shown {
            assert!(
                line.contains("ghp_********") && line.width() <= width,
                "{line}"
            );
        }
        for words in [
            r"  ! cannot read a\u{1b}[2J: gone",
            "  ! moved: it is now at 12:5",
        ] {
            assert!(text.contains(words), "{text}");
        }
        assert!(!text.replace('\n', "").chars().any(escape::unsafe_to_print));
    }
}

#[test]
fn the_places_are_bounded() {
    let mut out = Vec::new();
    write(&mut out, &[sample(1)], &[], layout(Some(80))).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("1 of 3 places (--all shows all)"), "{text}");
    // HEAD comes first.
    assert!(!text.contains("old.yml"), "{text}");
}

#[test]
fn json_has_its_schema_and_no_ids_of_objects() {
    let mut out = Vec::new();
    json::write_pretty(&mut out, &Document::of(vec![sample(10)], false)).unwrap();
    let text = String::from_utf8(out).unwrap();
    let none: Vec<String> = Vec::new();
    let document = serde_json::from_str(&text).unwrap();
    assert_eq!(violations("secret.schema.json", &document), none);
    assert!(!text.contains("1234567890123"), "{text}");
}
