use super::*;
use crate::inventory::entry::Outcome;

const JANE: &str = "Jane.Doe@example.com";

fn id(number: u8) -> String {
    format!("s-{}", format!("{number:02x}").repeat(12))
}

fn statement(ids: &[u8], outcome: Outcome) -> StatementEntry {
    let ids: Vec<String> = ids.iter().map(|number| id(*number)).collect();
    let mut entry = StatementEntry {
        outcome: Some(outcome),
        reason: Some("it is \"old\": é, # no".to_owned()),
        by: JANE.to_owned(),
        at: Some("2026-03-31T14:05:00Z".parse().unwrap()),
        ..StatementEntry::default()
    };
    match &ids[..] {
        [one] => entry.secret = Some(one.clone()),
        _ => entry.secrets = ids,
    }
    entry
}

fn all(known: &StatementEntry) -> Option<StatementEntry> {
    Some(known.clone())
}

#[test]
fn statements_are_appended_and_the_rest_of_the_file_stays() {
    let folder = tempfile::tempdir().unwrap();
    let mut own = OwnStatements::open(folder.path(), JANE).unwrap();
    assert_eq!(own.path(), folder.path().join("decisions/jane-doe.yaml"));
    own.append(JANE, all, &statement(&[1], Outcome::Retire))
        .unwrap();
    let text = std::fs::read_to_string(own.path()).unwrap();
    let commented = text.replace(
        "statements:\n",
        "statements:\n  # Asked in the first session.\n",
    ) + "    # Checked by Bob.\n";
    std::fs::write(own.path(), &commented).unwrap();
    let second = statement(&[2, 3], Outcome::Dismiss);
    let error = own.append(JANE, all, &second).unwrap_err();
    assert!(matches!(error, OwnStatementsError::Changed(_)), "{error}");
    let mut own = OwnStatements::open(folder.path(), JANE).unwrap();
    own.append(JANE, all, &second).unwrap();
    let text = std::fs::read_to_string(own.path()).unwrap();
    assert!(text.starts_with(&commented), "{text}");
    assert_eq!(
        own.all().unwrap(),
        [statement(&[1], Outcome::Retire), second]
    );
    insta::assert_snapshot!(&text[commented.len()..], @r#"
    - secrets:
        - s-020202020202020202020202
        - s-030303030303030303030303
      outcome: dismiss
      reason: "it is \"old\": é, # no"
      by: "Jane.Doe@example.com"
      at: "2026-03-31T14:05:00Z"
    "#);
}

#[test]
fn taking_back_gives_the_bytes_of_before() {
    let folder = tempfile::tempdir().unwrap();
    let mut own = OwnStatements::open(folder.path(), JANE).unwrap();
    let empty = own.clone();
    own.append(JANE, all, &statement(&[1], Outcome::Retire))
        .unwrap();
    let one = own.clone();
    own.append(JANE, all, &statement(&[2], Outcome::Retain))
        .unwrap();
    own.restore(&one).unwrap();
    assert_eq!(std::fs::read_to_string(own.path()).unwrap(), one.text);
    own.restore(&empty).unwrap();
    assert!(!own.path().exists());
    assert!(own.is_unchanged());
}

#[test]
fn ids_are_taken_out_of_earlier_statements() {
    let folder = tempfile::tempdir().unwrap();
    let mut own = OwnStatements::open(folder.path(), JANE).unwrap();
    own.append(JANE, all, &statement(&[1, 2, 3], Outcome::Retire))
        .unwrap();
    own.append(JANE, all, &statement(&[4], Outcome::Retire))
        .unwrap();
    let answered = [id(2), id(4)];
    let keep = |known: &StatementEntry| {
        let mut left = known.clone();
        left.secrets.retain(|id| !answered.contains(id));
        left.secret = left.secret.filter(|id| !answered.contains(id));
        (left.secret.is_some() || !left.secrets.is_empty()).then_some(left)
    };
    own.append(JANE, keep, &statement(&[2, 4], Outcome::Retain))
        .unwrap();
    let expected = [
        statement(&[1, 3], Outcome::Retire),
        statement(&[2, 4], Outcome::Retain),
    ];
    assert_eq!(own.all().unwrap(), expected);
}

#[test]
fn a_file_of_somebody_else_or_in_another_form_is_never_changed() {
    let folder = tempfile::tempdir().unwrap();
    let decisions = folder.path().join("decisions");
    std::fs::create_dir(&decisions).unwrap();
    let by_hand = "schema: 2\nstatements: []\n";
    std::fs::write(decisions.join("jane-doe.yaml"), by_hand).unwrap();
    let mut of_other = OwnStatements::open(folder.path(), "jane.doe@other.example").unwrap();
    of_other
        .append(
            "jane.doe@other.example",
            all,
            &statement(&[1], Outcome::Retire),
        )
        .unwrap();
    let mut own = OwnStatements::open(folder.path(), JANE).unwrap();
    own.append(JANE, all, &statement(&[2], Outcome::Retire))
        .unwrap();
    assert_eq!(of_other.path(), decisions.join("jane-doe-2.yaml"));
    assert_eq!(own.path(), decisions.join("jane-doe-3.yaml"));
    let unchanged = std::fs::read_to_string(decisions.join("jane-doe.yaml")).unwrap();
    assert_eq!(unchanged, by_hand);
    // Its own file, written anew by hand in a form that cannot be extended line by line.
    let flow = format!(
        "{}schema: 2\nstatements: [{{ secret: {}, outcome: retire, reason: x, by: y }}]\n",
        header(JANE),
        id(9)
    );
    std::fs::write(own.path(), &flow).unwrap();
    let mut own = OwnStatements::open(folder.path(), JANE).unwrap();
    let error = own
        .append(JANE, all, &statement(&[2], Outcome::Retire))
        .unwrap_err();
    assert!(matches!(error, OwnStatementsError::Form(_)), "{error}");
    assert_eq!(std::fs::read_to_string(own.path()).unwrap(), flow);
}

#[test]
fn a_person_without_letters_gets_a_file() {
    for (person, name) in [
        ("", "person"),
        ("@@@", "person"),
        ("../../etc/passwd", "etc-passwd"),
        ("Ünal Öz", "nal--z"),
        (&"x".repeat(300), &"x".repeat(40)),
    ] {
        assert_eq!(file_name(person), name);
    }
    let folder = tempfile::tempdir().unwrap();
    let mut own = OwnStatements::open(folder.path(), "a\nschema: 1").unwrap();
    own.append("a\nschema: 1", all, &statement(&[1], Outcome::Retire))
        .unwrap();
    assert_eq!(own.all().unwrap().len(), 1);
}
