use super::*;

fn features(text: &str, name: &str, value: &str) -> std::collections::BTreeMap<&'static str, i16> {
    let range = |part: &str| {
        let at = text.find(part).unwrap();
        at..at + part.len()
    };
    let site = AssignmentSite {
        text: text.as_bytes(),
        name: range(name),
        range: range(value),
        value: value.as_bytes(),
        quoted: true,
        kind: FileKind::Code,
    };
    names().into_iter().zip(of(&site)).collect()
}

#[test]
fn every_feature_has_a_name_of_its_own() {
    let names = names();
    assert_eq!(names.len(), COUNT);
    assert_eq!(
        names
            .iter()
            .collect::<std::collections::BTreeSet<_>>()
            .len(),
        COUNT
    );
}

#[test]
fn a_line_in_numbers() {
    let found = features(
        "x\n  // test: dbPassword = \"Winter2024!\", user\ny",
        "dbPassword",
        "Winter2024!",
    );
    for (name, number) in [
        ("the value's length", 11),
        ("digits in the value", 36),
        ("symbols of passwords in the value", 1),
        ("the kind of secret in the name", 1),
        ("words of accounts in the name", 1),
        ("the operator", 1),
        ("quotes", 1),
        ("the line's indent", 2),
        ("the line is a comment", 2),
        ("the character after the value", 1),
        ("words of accounts in the line", 1),
        ("words of placeholders in the line", 1),
    ] {
        assert_eq!(found[name], number, "{name}");
    }
}

#[test]
fn other_lines_change_nothing() {
    let line = "password: \"Winter2024!\"";
    let around = format!("secret = \"a\"\n{line}\nassert token");
    assert_eq!(
        features(line, "password", "Winter2024!"),
        features(&around, "password", "Winter2024!")
    );
}
