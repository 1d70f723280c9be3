//! `explain`: why a line was reported, or was not.

use crate::support::test_env::{TestEnv, made_up, password, token};

/// What is said of a line; fails unless the command ends well and says nothing on stderr.
#[track_caller]
fn explain(env: &TestEnv, place: &str) -> String {
    let ran = env.keyferry(&["explain", place]).exits(0);
    assert_eq!(ran.stderr, "");
    ran.stdout
}

/// Splits the lines about the classifier's score from the others.
fn weighed_of(said: &str) -> (String, String) {
    said.split_inclusive('\n')
        .partition(|line| line.contains(" weighed "))
}

#[test]
fn a_line_that_is_reported() {
    let env = TestEnv::new();
    env.write(
        "src/app.py",
        format!("import os\n\ntoken = '{}'\n", token(1)),
    );
    let (weighed, said) = weighed_of(&explain(&env, "src/app.py:3"));
    assert!(
        weighed.contains(" weighed     generic-token: ") && weighed.contains(" % likely; "),
        "{weighed}"
    );
    assert_eq!(
        said,
        "src/app.py:3 is read as python\n    3:10   overruled   generic-token: github-personal-token matches the same \
         text and takes precedence\n    3:10   reported    github-personal-token: high confidence, third-party, assigned to `token`, proved by \
         github-checksum; read as written up to 3:49, exact\n"
    );

    // With the column of a report.
    assert_eq!(weighed_of(&explain(&env, "src/app.py:3:10")).1, said);

    env.write(
        "app.yml",
        format!("mail:\n  smtp_password: {}\n", password(1)),
    );
    let (weighed, said) = weighed_of(&explain(&env, "app.yml:2"));
    assert!(weighed.contains("generic-password"), "{weighed}");
    let end = 17 + password(1).len();
    assert_eq!(
        said,
        format!(
            "app.yml:2 is read as yaml\n    2:18   reported    generic-password: high confidence, application, assigned to \
             `mail.smtp_password`; read as written up to 2:{end}, exact\n"
        )
    );
}

#[test]
fn a_value_over_many_lines_is_told_of_each() {
    let env = TestEnv::new();
    let body = made_up(1, "<<base64lines 4>>");
    env.write("id", format!("# key\n-----BEGIN OPENSSH PRIVATE KEY-----\n{body}\n-----END OPENSSH PRIVATE KEY-----\n"));
    for line in 2..=7 {
        let said = explain(&env, &format!("id:{line}"));
        assert!(
            said.contains("    2:1    reported    "),
            "line {line}: {said}"
        );
    }
    assert!(!explain(&env, "id:1").contains("reported"));
}

#[test]
fn a_line_that_is_rejected_names_the_filter() {
    let env = TestEnv::new();
    let lines = [
        ("password: changeme", "placeholder"),
        ("db_password: ${DB_PASSWORD}", "reference"),
        ("password: xxxxxxxxxxxx", "placeholder"),
    ];
    env.write("app.yml", lines.map(|(line, _)| line).join("\n"));
    for (n, (line, filter)) in lines.iter().enumerate() {
        let said = explain(&env, &format!("app.yml:{}", n + 1));
        let rejected: Vec<&str> = said
            .lines()
            .filter(|line| line.contains("rejected    "))
            .collect();
        assert!(
            !rejected.is_empty() && !said.contains("reported"),
            "{line}: {said}"
        );
        assert!(
            rejected
                .iter()
                .all(|line| line.ends_with(&format!(": {filter}"))),
            "{line}: {said}"
        );
    }
    // `explain` and the counts of a scan agree about a line.
    let ran = env.keyferry(&["scan", "app.yml"]).exits(0);
    assert!(
        ran.stdout
            .contains("rejected    3 candidates: placeholder 2, reference 1\n"),
        "{}",
        ran.stdout
    );

    let wrong = made_up(1, "ghp<<>>_<<alnum 36>>");
    env.write("notes.txt", format!("see {wrong}\n"));
    let said = explain(&env, "notes.txt:1");
    assert!(
        said.contains("    1:5    rejected    github-personal-token: "),
        "{said}"
    );
    assert!(!said.contains(&wrong[4..]), "no value is shown: {said}");
}

#[test]
fn a_line_with_nothing() {
    let env = TestEnv::new();
    env.write("a.py", "x = 1\n\ny = 2");
    for line in 1..=3 {
        let said = explain(&env, &format!("a.py:{line}"));
        assert!(
            said.starts_with(&format!("a.py:{line} is read as python\n")),
            "{said}"
        );
        for word in ["reported", "rejected", "overruled"] {
            assert!(!said.contains(word), "{said}");
        }
    }
}

#[test]
fn places_that_are_none() {
    let env = TestEnv::new();
    env.write("a.py", "x = 1\ny = 2\n");
    env.write("one.py", "x = 1");
    env.write("empty.py", "");
    std::fs::create_dir(env.path("folder")).unwrap();
    for place in [
        "a.py", "a.py:", "a.py:x", "a.py:0", "a.py:-1", "a.py:1.5", ":3", "",
    ] {
        let ran = env.keyferry(&["explain", "--", place]).exits(2);
        assert!(ran.stdout.is_empty());
        ran.says(&[
            &format!("error: invalid value '{place}' for '<FILE:LINE|ID>': "),
            "expected a file, a colon and a line number, as in config/app.yml:12",
        ]);
    }
    env.keyferry(&["explain"])
        .exits(2)
        .says(&["<FILE:LINE|ID>"]);
    for (place, told) in [
        ("a.py:3", "a.py has 2 lines, not 3"),
        ("a.py:99999999999", "a.py has 2 lines, not 99999999999"),
        ("one.py:2", "one.py has 1 line, not 2"),
        ("empty.py:1", "empty.py has 0 lines, not 1"),
        (
            "none.py:1",
            "cannot read none.py: No such file or directory (os error 2)",
        ),
        (
            "folder:1",
            "cannot read folder: Is a directory (os error 21)",
        ),
    ] {
        let ran = env.keyferry(&["explain", place]).exits(2);
        assert_eq!(
            (ran.stdout.as_str(), ran.stderr),
            ("", format!("error: {told}\n"))
        );
    }
    explain(&env, "a.py:2");
    explain(&env, "one.py:1");
    // A colon in the name: the last one counts.
    env.write("C:odd:name.py", "x = 1\n");
    assert!(explain(&env, "C:odd:name.py:1").starts_with("C:odd:name.py:1 is read as python\n"));
}

#[test]
fn a_secret_of_the_inventory_is_explained_at_its_best_place() {
    let env = TestEnv::new();
    let shop = env.repo("shop");
    let line = format!("smtp_password: {}\n", password(1));
    shop.write("old.yml", &line).commit("one");
    shop.remove("old.yml")
        .write("new.yml", format!("# mail\n{line}"));
    shop.write("old.py", format!("token = '{}'\n", token(2)))
        .commit("two");
    shop.remove("old.py").commit("three");
    env.keyferry(&["discover", "shop"]).exits(0);
    let ids = |path| {
        let args = ["list", "--format", "ids", "--path", path];
        env.keyferry(&args).exits(0).stdout.trim().to_owned()
    };
    // What the rules say of the file itself, with the name of the repository.
    let id = ids("new.yml");
    let said = explain(&env, &id);
    let (head, rest) = said.split_once('\n').unwrap();
    assert_eq!(
        head,
        format!(
            "{id} was found by {}, with high confidence, at 2 places",
            rule(head)
        )
    );
    let of_file = explain(&env, "shop/new.yml:2").replace("shop/new.yml", "shop:new.yml");
    assert_eq!(rest, of_file);
    // A value that only the history has, by a part of its id.
    let id = ids("old.py");
    let said = explain(&env, &id[..16]);
    assert!(said.contains("shop:old.py:1 is read as python\n"), "{said}");
    assert!(
        said.contains("reported    github-personal-token: high"),
        "{said}"
    );
    for secret in [password(1), token(2)] {
        assert!(!said.contains(&secret[4..]), "{said}");
    }
    // Gone.
    env.keyferry(&["explain", "s-ffff"])
        .exits(2)
        .says(&["no secret of the inventory"]);
    std::fs::rename(env.path("shop"), env.path("away")).unwrap();
    let ran = env.keyferry(&["explain", &id]).exits(4);
    let ran = ran.says(&["no longer at its place", "can be read with its value"]);
    assert_eq!(ran.stdout, "");
}

/// The rule that a head line names.
fn rule(head: &str) -> &str {
    let rest = head.split_once(" was found by ").unwrap().1;
    rest.split_once(", with").unwrap().0
}
