//! The summary of an inventory.

use super::*;

fn summary_of(secrets: &[Secret]) -> String {
    let mut out = Vec::new();
    let plain = BTreeSet::from(["quay".to_owned()]);
    let setting = summary::Setting {
        statements: &[],
        inventory: "inventory",
        list: "keyferry list --inventory inventory --outcome review",
        plain: &plain,
        next: "settle what is in review",
    };
    summary::write(&mut out, secrets, &setting).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn summary_counts() {
    snapshot("summary", &summary_of(&secrets()));
}

#[test]
fn summary_of_nothing_and_of_many() {
    insta::assert_snapshot!(summary_of(&[]), @r"
    0 secrets at 0 places

    next: settle what is in review
    ");
    let mut many = secrets();
    let occurrence = Occurrence {
        origin: Origin::Blob,
        ..many[0].occurrences[0].clone()
    };
    many[0].occurrences = (0..25)
        .map(|n| Occurrence {
            repository: format!("r{n:02}"),
            ..occurrence.clone()
        })
        .collect();
    let text = summary_of(&many);
    assert!(text.contains("\nand 7 more\n"), "{text}");
}
