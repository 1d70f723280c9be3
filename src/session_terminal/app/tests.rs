use super::*;
use crate::decide::answer::Topic;
use crate::inventory::entry::Outcome;
use crate::session::proposal::Proposal;
use crate::session::question_group::Likeness;

fn id(number: u8) -> SecretId {
    SecretId::from_bytes(&[number; 12])
}

/// An app with the question for the outcome of three secrets.
fn app(because: &str) -> App {
    let proposal = |outcome, because: &str| Proposal {
        answer: Answer::Outcome(outcome),
        because: because.to_owned(),
    };
    let mut app = App::new("inventory".to_owned(), "jane@example.com".to_owned());
    app.queue = (1..=3)
        .map(|secrets| QueueRow {
            secrets,
            topic: "outcome".to_owned(),
            about: "shop".to_owned(),
        })
        .collect();
    app.card = Some(Card {
        lead: id(1),
        topic: Topic::Outcome,
        texts: vec!["What happens to it?".to_owned()],
        scanned: Vec::new(),
        place: None,
        line: None,
        facts: Vec::new(),
        proposals: vec![
            proposal(Outcome::Retire, because),
            proposal(Outcome::Retain, ""),
        ],
        likeness: Likeness::Usual,
        members: (1..=3)
            .map(|number| (id(number), format!("member {number}")))
            .collect(),
        narrower: Some(1),
        wider: None,
    });
    app
}

fn press(app: &mut App, keys: &[KeyCode]) -> Action {
    let mut last = Action::Stay;
    for key in keys {
        last = app.press(KeyEvent::from(*key));
    }
    last
}

fn typed(text: &str) -> Vec<KeyCode> {
    text.chars().map(KeyCode::Char).collect()
}

fn pending() -> Box<Pending> {
    Box::new(Pending {
        reply: Reply {
            secrets: vec![id(1)],
            answer: Answer::Outcome(Outcome::Retire),
            reason: Some("gone".to_owned()),
            at: "2026-03-31T14:05:00Z".parse().unwrap(),
        },
        change: Change::default(),
    })
}

#[test]
fn enter_chooses_the_likely_answer_and_never_an_unlikely_one() {
    let mut likely = app("the value is only in history");
    let action = press(&mut likely, &[KeyCode::Enter]);
    assert!(
        matches!(&action, Action::Preview(Answer::Outcome(Outcome::Retire), because)
            if because == "the value is only in history"),
        "{action:?}"
    );
    let mut unlikely = app("");
    let action = press(&mut unlikely, &[KeyCode::Enter]);
    assert!(matches!(action, Action::Stay), "{action:?}");
    assert!(unlikely.message.as_ref().unwrap().is_problem);
    let action = press(&mut unlikely, &typed("2"));
    assert!(
        matches!(action, Action::Preview(Answer::Outcome(Outcome::Retain), _)),
        "{action:?}"
    );
    assert!(matches!(press(&mut unlikely, &typed("3")), Action::Stay));
}

#[test]
fn an_answer_is_given_only_after_a_confirmation() {
    for (keys, is_given) in [
        (vec![KeyCode::Enter], true),
        (vec![KeyCode::Char('x'), KeyCode::Enter], true),
        (vec![KeyCode::Esc], false),
        (vec![KeyCode::Char('q')], false),
    ] {
        let mut app = app("because");
        app.mode = Mode::Confirm(pending());
        let action = press(&mut app, &keys);
        assert_eq!(
            matches!(action, Action::Give(_)),
            is_given,
            "{keys:?}: {action:?}"
        );
        assert!(matches!(app.mode, Mode::Question));
    }
}

#[test]
fn a_reason_can_be_edited() {
    let mut app = app("because");
    app.mode = Mode::Confirm(pending());
    press(&mut app, &typed("e by team"));
    let action = press(&mut app, &[KeyCode::Enter, KeyCode::Enter]);
    let Action::Give(given) = action else {
        panic!("{action:?}");
    };
    assert_eq!(given.reply.reason.as_deref(), Some("gone by team"));
    // An empty reason is replaced: an outcome needs one.
    app.mode = Mode::Confirm(pending());
    press(&mut app, &typed("e"));
    app.press(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL));
    let action = press(&mut app, &[KeyCode::Enter, KeyCode::Enter]);
    assert!(
        matches!(&action, Action::Give(given)
        if given.reply.reason.as_deref() == Some(USUAL_REASON)),
        "{action:?}"
    );
    // Esc keeps the earlier one.
    app.mode = Mode::Confirm(pending());
    press(&mut app, &typed("exyz"));
    let action = press(&mut app, &[KeyCode::Esc, KeyCode::Enter]);
    assert!(
        matches!(&action, Action::Give(given)
        if given.reply.reason.as_deref() == Some("gone")),
        "{action:?}"
    );
}

#[test]
fn letters_are_text_while_a_text_is_typed() {
    let mut app = app("because");
    press(&mut app, &typed("tqrsu?"));
    let action = press(&mut app, &[KeyCode::Backspace, KeyCode::Enter]);
    assert!(
        matches!(&action, Action::PreviewText(text) if text == "qrsu"),
        "{action:?}"
    );
    app.mode = Mode::Question;
    press(&mut app, &typed("treta"));
    press(&mut app, &[KeyCode::Tab]);
    assert!(matches!(&app.mode, Mode::Typing(Purpose::Answer, input) if input.text == "retain"));
    app.mode = Mode::Question;
    let action = press(&mut app, &[&typed("/shop")[..], &[KeyCode::Enter]].concat());
    assert!(
        matches!(&action, Action::Filter(text) if text == "shop"),
        "{action:?}"
    );
}

#[test]
fn a_pasted_text_is_no_keys() {
    let mut app = app("because");
    app.paste("q\n\n1\n");
    assert!(matches!(app.mode, Mode::Question));
    press(&mut app, &typed("t"));
    app.paste("a\u{1b}[2J\nb\u{202e}");
    assert!(
        matches!(&app.mode, Mode::Typing(_, input) if input.text == "a[2Jb"),
        "{:?}",
        app.mode
    );
}

#[test]
fn groups_and_members_are_chosen() {
    let mut app = app("because");
    for (key, to) in [
        (KeyCode::Down, 2),
        (KeyCode::Char('k'), 0),
        (KeyCode::PageDown, 2),
        (KeyCode::End, 2),
        (KeyCode::Home, 0),
    ] {
        app.selected = 1;
        let action = press(&mut app, &[key]);
        assert!(
            matches!(action, Action::Select(at) if at == to),
            "{key:?}: {action:?}"
        );
    }
    let action = press(&mut app, &[&typed("ljjjj")[..], &[KeyCode::Enter]].concat());
    assert!(
        matches!(&action, Action::Alone(chosen) if *chosen == id(3)),
        "{action:?}"
    );
}

#[test]
fn a_session_can_always_be_ended() {
    let modes = [
        Mode::Question,
        Mode::Confirm(pending()),
        Mode::Typing(Purpose::Answer, TextInput::default()),
        Mode::Typing(Purpose::Reason(pending()), TextInput::default()),
        Mode::Members(0),
        Mode::Details(0),
        Mode::Help,
    ];
    for mode in modes {
        let mut app = app("because");
        app.mode = mode.clone();
        let action = app.press(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL));
        assert!(matches!(action, Action::Interrupt), "{mode:?}");
        app.mode = mode.clone();
        press(&mut app, &[KeyCode::Esc, KeyCode::Esc]);
        assert!(
            matches!(app.press(KeyEvent::from(KeyCode::Char('q'))), Action::Quit),
            "{mode:?}"
        );
    }
    // Also if no question is open.
    let mut app = App::new(String::new(), String::new());
    for key in typed("123+-lvst") {
        assert!(
            matches!(press(&mut app, &[key, KeyCode::Enter]), Action::Stay),
            "{key:?}"
        );
    }
    assert!(matches!(press(&mut app, &typed("q")), Action::Quit));
}
