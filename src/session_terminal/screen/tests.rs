use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::super::question_card::Card;
use super::super::question_queue::QueueRow;
use super::super::secret_evidence::Labelled;
use super::super::text_input::TextInput;
use super::*;
use crate::decide::answer::{Answer, Topic};
use crate::inventory::entry::Outcome;
use crate::report::secret_text::LineState;
use crate::secret::SecretId;
use crate::session::proposal::Proposal;
use crate::session::question_group::Likeness;

/// The lines of a screen of this size.
fn drawn(app: &App, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal
        .draw(|frame| draw(frame, app, Theme { color: false }))
        .unwrap();
    let buffer = terminal.backend().buffer().clone();
    let line = |y| {
        let line: String = (0..width).map(|x| buffer[(x, y)].symbol()).collect();
        line.trim_end().to_owned()
    };
    (0..height).map(line).collect::<Vec<_>>().join("\n")
}

/// A question about 12 secrets, with texts that contain `odd`.
fn app(odd: &str) -> App {
    let mut app = App::new("inventory".to_owned(), "jane@example.com".to_owned());
    app.counts.secrets = 40;
    app.counts.waiting = 30;
    app.counts.answers = 2;
    app.queue = (0..9)
        .map(|at| QueueRow {
            secrets: 12 - at,
            topic: if at % 2 == 0 { "outcome" } else { "appenv" }.to_owned(),
            about: format!("ord00{at} prod{odd}"),
        })
        .collect();
    let labelled = |label: &str, text: &str| Labelled {
        label: label.to_owned(),
        text: super::super::secret_words::safe(&format!("{text}{odd}")),
    };
    let proposal = |outcome, because: &str| Proposal {
        answer: Answer::Outcome(outcome),
        because: because.to_owned(),
    };
    app.card = Some(Card {
        lead: SecretId::from_bytes(&[7; 12]),
        topic: Topic::Outcome,
        texts: vec![format!(
            "Does the value open anything real, in a test environment or elsewhere?{odd}"
        )],
        scanned: vec![
            labelled(
                "found by",
                "generic-password (medium confidence), application",
            ),
            labelled("key", "db.password"),
            labelled(
                "since",
                "2024-03-01 by A U Thor <author@example.com>, in shop:app.yml",
            ),
        ],
        place: Some(format!("shop:config/app.yml:12{odd}")),
        line: Some(LineState::Failed(format!(
            "the repository is not there{odd}"
        ))),
        facts: vec![labelled("appid", "ord001 (register: shop)")],
        proposals: vec![
            proposal(
                Outcome::Dismiss,
                "the value is only in tests, examples or documentation",
            ),
            proposal(Outcome::Relocate, ""),
            proposal(Outcome::Retire, ""),
            proposal(Outcome::Retain, ""),
        ],
        likeness: Likeness::Usual,
        members: (1..=12)
            .map(|number| {
                let text = super::super::secret_words::safe(&format!(
                    "db{number}.password  shop:config/app.yml{odd}"
                ));
                (SecretId::from_bytes(&[number; 12]), text)
            })
            .collect(),
        narrower: Some(1),
        wider: Some(20),
    });
    app
}

#[test]
fn the_question_its_answers_and_their_scope_are_on_every_screen() {
    for (width, height) in [(50, 16), (60, 20), (80, 24), (109, 30), (160, 50)] {
        let screen = drawn(&app(""), width, height);
        for words in [
            "Does the value open",
            "1 dismiss",
            "4 retain",
            "for 12 secrets alike",
            "Enter",
            "10 of 40 settled",
        ] {
            assert!(
                screen.contains(words),
                "{width}x{height} lacks {words:?}:\n{screen}"
            );
        }
    }
    let screen = drawn(&app(""), 49, 16);
    assert!(screen.contains("columns"), "{screen}");
    assert!(!screen.contains("dismiss"), "{screen}");
}

#[test]
fn screens() {
    for (width, height) in [(60, 20), (80, 24), (160, 40)] {
        insta::assert_snapshot!(format!("question_{width}"), drawn(&app(""), width, height));
    }
    let mut help = app("");
    help.mode = Mode::Help;
    insta::assert_snapshot!("help_60", drawn(&help, 60, 20));
    let mut members = app("");
    members.mode = Mode::Members(10);
    insta::assert_snapshot!("members_60", drawn(&members, 60, 16));
}

#[test]
fn texts_of_repositories_give_the_screen_no_orders() {
    let long = "x".repeat(100_000);
    for odd in [
        "\u{1b}[2J\u{9b}31m\r\n\t\0",
        "\u{202e}gpj\u{2066}\u{200b}",
        "日本語🦀é\u{301}",
        &long,
    ] {
        for mode in [
            Mode::Question,
            Mode::Help,
            Mode::Members(3),
            Mode::Details(2),
            Mode::Typing(Purpose::Answer, TextInput::of(odd)),
            Mode::Typing(Purpose::Filter, TextInput::of(odd)),
        ] {
            let mut app = app(odd);
            app.mode = mode;
            app.complain(odd);
            for (width, height) in [(1, 1), (50, 16), (60, 20), (80, 24), (160, 50)] {
                let screen = drawn(&app, width, height);
                let is_unsafe = |c: char| c != '\n' && crate::escape::unsafe_to_print(c);
                assert!(!screen.contains(is_unsafe), "{:?}", app.mode);
            }
        }
    }
}
