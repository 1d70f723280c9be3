//! `detectors import`: rules of other scanners, each with its outcome. The files are made up.

use crate::support::test_env::{Ran, TestEnv, files_below, made_up, places};

fn import(env: &TestEnv, args: &[&str]) -> Ran {
    env.keyferry(&[&["detectors", "import"], args].concat())
}

const TOML: &str = r#"title = "rules of the warehouse"

[[rules]]
id = "acme-api-token"
description = "Opens the warehouse."
regex = '''\b(acme_[a-z0-9]{24})\b'''
entropy = 3
keywords = ["acme_"]

[[rules.allowlists]]
stopwords = ["sample"]

[[rules]]
id = "acme-session"
regex = '''(?i)acme[\w.-]{0,20}[\s'"]{0,3}[=:][\s'"]{0,3}([a-f0-9]{32,})\b'''
keywords = ["acme.example"]

[[rules]]
id = "acme-hash"
regex = '''\b[a-f0-9]{40}\b'''
keywords = ["acme"]

[[rules]]
id = "acme-keyring"
path = '''\.keyring$'''

[[rules]]
id = "github-personal-token"
regex = '''ghacme_[a-z]{30}'''

[allowlist]
paths = ['''\.md$''']
"#;

const YAML: &str = r#"rules:
  - name: Zenith database password
    id: np.zenith.1
    pattern: |
      (?x)
      zenith \s+ login \s+ (\S+)
      \s+ password \s+ (\S+)
    categories: [fuzzy, secret]
    references:
      - https://zenith.example/docs
    examples:
      - |
        zenith login app
          password Tiger-2931x
      - zenith login app
  - name: Zenith id
    id: kingfisher.zenith.2
    pattern: 'zenith-id-([0-9]{8})'
    visible: false
    validation: {type: Http}
"#;

#[test]
fn what_became_of_each_rule_is_told() {
    let env = TestEnv::new();
    env.write("acme.toml", TOML);
    env.write("zenith.yml", YAML);
    let ran = import(&env, &["acme.toml", "zenith.yml"]).exits(3);
    assert_eq!(
        ran.stderr,
        "note: nothing was written; --output DIR writes the rule files\n"
    );
    insta::assert_snapshot!("import", ran.stdout);
    let again = import(&env, &["acme.toml", "zenith.yml", "--output", "own"]).exits(3);
    assert_eq!(again.stdout, ran.stdout);
    assert_eq!(again.stderr, "note: wrote 3 rule files into own\n");
    insta::assert_snapshot!(
        "imported_file",
        std::fs::read_to_string(env.path("own/acme.yaml")).unwrap()
    );
}

#[test]
fn what_came_over_is_used_and_finds() {
    let env = TestEnv::new();
    env.write("acme.toml", TOML);
    env.write("zenith.yml", YAML);
    import(&env, &["acme.toml", "zenith.yml", "--output", "own"]).exits(3);
    let tested = env
        .keyferry(&["detectors", "test", "--detectors", "own"])
        .exits(0);
    assert!(
        tested.stdout.ends_with(" 0 failures\n"),
        "{}",
        tested.stdout
    );
    let value = made_up(1, "acme<<>>_<<loweralnum 24>>");
    env.write(
        "shop/a.txt",
        format!("see {value}\nzenith login app\n\tpassword Tiger-2931x\n"),
    );
    let rows = env.scan(&["--detectors", "own", "shop"]);
    assert_eq!(places(&rows), ["worktree a.txt:1:5", "worktree a.txt:3:11"]);
    let found: Vec<_> = rows
        .iter()
        .map(|row| (row.detector.as_str(), row.kind.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("acme-api-token", "third-party"),
            ("np-zenith-1", "database")
        ]
    );
}

#[test]
fn nothing_of_the_users_is_replaced() {
    let env = TestEnv::new();
    env.write("acme.toml", TOML);
    env.write("own/github.yaml", "mine");
    let before = files_below(&env.path("own"));
    let ran = import(&env, &["acme.toml", "--output", "own"]).exits(2);
    assert_eq!(ran.stdout, "");
    assert!(
        ran.stderr
            .starts_with("error: own/github.yaml exists already; nothing was written\n"),
        "{}",
        ran.stderr
    );
    assert_eq!(files_below(&env.path("own")), before);
}

#[test]
fn files_that_are_none_of_these() {
    let env = TestEnv::new();
    env.write("acme.toml", TOML);
    for (name, text, message) in [
        ("a.toml", "[[rules]]\nid = \"a\n", "error: a.toml:2:"),
        (
            "b.yml",
            "rules:\n- id: a\n  pattern: {a: b}\n",
            "error: b.yml:3:12: `pattern` must be a string\n",
        ),
        (
            "c.json",
            "{\"findings\": []}",
            "error: c.json:1:1: no `rules`",
        ),
    ] {
        env.write(name, text);
        // One such file, and nothing is written.
        let ran = import(&env, &["acme.toml", name, "--output", "own"]).exits(2);
        assert!(
            ran.stdout.is_empty() && ran.stderr.starts_with(message),
            "{}",
            ran.stderr
        );
        assert!(!env.path("own").exists());
    }
    let ran = import(&env, &["missing.toml"]).exits(2);
    assert!(
        ran.stderr.starts_with("error: cannot read missing.toml"),
        "{}",
        ran.stderr
    );
    import(&env, &[]).exits(2);
}

#[test]
fn rules_that_all_come_over_are_a_success() {
    let env = TestEnv::new();
    env.write(
        "rules",
        "[[rules]]\nid = \"acme\"\nregex = '''acme_[a-z0-9]{24}'''\n",
    );
    let ran = import(&env, &["rules"]).exits(0);
    let last = "1 of 1 rules converted, 0 not; a value is found in 0 of their 0 examples\n";
    assert!(ran.stdout.ends_with(last), "{}", ran.stdout);
}

#[test]
fn what_a_terminal_obeys_is_told_harmlessly() {
    let env = TestEnv::new();
    env.write(
        "acme.toml",
        "[[rules]]\nid = \"a\\u001b[2J\"\n\"odd\\u0007\" = 1\nregex = \"acme_\\u001b[a-z]{24}\"\n",
    );
    let ran = import(&env, &["acme.toml"]);
    assert!(!ran.stdout.contains(['\x1b', '\x07']), "{:?}", ran.stdout);
}
