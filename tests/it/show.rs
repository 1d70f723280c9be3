//! `show`: everything that an inventory knows of one secret, but its value.

use serde_json::Value;

use crate::support::inventory_files::{bytes, unchanged};
use crate::support::stdout_terminal::on_terminal;
use crate::support::terminal;
use crate::support::test_env::{Ran, TestEnv, password, token};

/// A password at HEAD with a login, a token in history, and a weak password of two applications.
fn inventory(env: &TestEnv) {
    let shop = env.repo("shop");
    shop.write(
        "config/prod.yml",
        format!(
            "db_host: db.example.com\ndb_user: orders\ndb_password: {}\n",
            password(1)
        ),
    );
    shop.write("old.py", format!("token = '{}'\n", token(2)));
    shop.write("a.yml", "password: hunter2\n").commit("one");
    shop.remove("old.py").commit("two");
    let billing = env.repo("billing");
    billing.write("b.yml", "password: hunter2\n").commit("one");
    env.write(
        "registry.csv",
        "repository,appid,appname,owner\nshop,shp001,shop,@acme/shop\nbilling,bil001,billing,@acme/billing\n",
    );
    env.keyferry(&["discover", "--registry", "registry.csv", "shop", "billing"])
        .exits(0);
}

fn run(env: &TestEnv, args: &[&str]) -> Ran {
    env.keyferry(&[args, &["--registry", "registry.csv"]].concat())
}

fn ids(env: &TestEnv, args: &[&str]) -> Vec<String> {
    let ran = run(env, &[&["list", "--format", "ids"], args].concat()).exits(0);
    ran.stdout.lines().map(str::to_owned).collect()
}

fn shown(env: &TestEnv, args: &[&str]) -> Value {
    let ran = run(env, &[&["show", "--format", "json"], args].concat()).exits(0);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn a_secret_is_found_by_its_id_a_part_of_it_and_its_name() {
    let env = TestEnv::new();
    inventory(&env);
    let before = bytes(&env);
    let id = &ids(&env, &["--path", "config/prod.yml"])[0];
    let whole = shown(&env, &[id]);
    let secret = &whole["secrets"][0];
    assert_eq!(secret["context"]["user"], "orders");
    assert_eq!(secret["context"]["host"], "db.example.com");
    assert_eq!(secret["since"]["author"], crate::support::test_env::AUTHOR);
    assert_eq!(secret["since"]["commit"], Value::Null);
    let facts = secret["metadata"].as_array().unwrap();
    let fact = |field: &str| facts.iter().find(|fact| fact["field"] == field).unwrap();
    assert_eq!(fact("appenv")["value"], "prod");
    assert_eq!(fact("appid")["from"], "registry");
    assert_eq!(secret["decision"]["outcome"], "relocate");
    let name = secret["name"].as_str().unwrap();
    assert_eq!(shown(&env, &[name]), whole);
    assert_eq!(shown(&env, &[&id[..14]]), whole);
    assert_eq!(shown(&env, &[&id[2..14]]), whole);
    let with_ids = shown(&env, &[id, "--show-ids"]);
    assert!(with_ids["secrets"][0]["since"]["commit"].is_string());
    // The chain has exactly one step that decided, with the outcome.
    let chain = secret["decision"]["chain"].as_array().unwrap();
    let decided: Vec<_> = chain
        .iter()
        .filter(|step| step["result"] == "decided")
        .collect();
    assert_eq!(decided.len(), 1);
    assert_eq!(decided[0]["outcome"], "relocate");
    unchanged(&env, &before);
}

#[test]
fn the_uses_of_a_value_are_shown_together_and_alone() {
    let env = TestEnv::new();
    inventory(&env);
    let uses = ids(&env, &["--path", "*.yml"]);
    assert_eq!(uses.len(), 2, "{uses:?}");
    let value = uses[0].split('/').next().unwrap();
    assert_eq!(
        shown(&env, &[value])["secrets"].as_array().unwrap().len(),
        2
    );
    let alone = shown(&env, &[&uses[0]]);
    assert_eq!(alone["secrets"].as_array().unwrap().len(), 1);
    assert_eq!(alone["secrets"][0]["other_uses"][0], uses[1]);
    let of_use = uses[0].replacen(value, &value[..12], 1);
    assert_eq!(shown(&env, &[&of_use]), alone);
}

#[test]
fn what_is_no_secret_is_a_mistake() {
    let env = TestEnv::new();
    inventory(&env);
    let none = run(&env, &["show", "/shp001/dba/prod/db-pasword"]).exits(2);
    none.says(&[
        "no secret of the inventory has the id or the name",
        "db-password",
    ]);
    run(&env, &["show", "s-000000000000000000000000"]).exits(2);
    // All ids begin so.
    let many = run(&env, &["show", "s-"]).exits(2);
    many.says(&["no secret"]);
    let all = ids(&env, &[]);
    let digit = |id: &String| id.as_bytes()[2];
    if let Some(pair) = all
        .windows(2)
        .find(|pair| digit(&pair[0]) == digit(&pair[1]) && pair[0][..26] != pair[1][..26])
    {
        let many = run(&env, &["show", &pair[0][..3]]).exits(2);
        many.says(&["secrets have ids that begin with", "give more digits"]);
    }
}

#[test]
fn text_fits_the_terminal_and_says_what_is_to_do() {
    let env = TestEnv::new();
    inventory(&env);
    let id = &ids(&env, &["--path", "config/prod.yml"])[0];
    let args = ["show", "--registry", "registry.csv", id];
    for columns in [80, 160] {
        let seen = terminal::run(&env, &args, columns, &[]).exits(0);
        let widest = seen.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= usize::from(columns), "{}", seen.screen);
        for words in [
            "decision: relocate",
            "user orders, host db.example.com",
            "shop:config/prod.yml:3:",
            "not imported",
        ] {
            assert!(seen.screen.contains(words), "{words}: {}", seen.screen);
        }
    }
}

/// Two secrets on one line, one of them in history only.
fn lines_of_secrets(env: &TestEnv) {
    let shop = env.repo("shop");
    let old = format!("a = '{}', b = '{}', note = 'quay'\n", token(1), token(2));
    shop.write("old.py", format!("import os\n{old}"))
        .commit("one");
    shop.remove("old.py");
    let url = format!("postgres://orders:{}@db:5432/orders", password(3));
    shop.write("app.yml", format!("url: {url} # not {}\n", token(4)))
        .commit("two");
    env.keyferry(&["discover", "shop"]).exits(0);
}

fn planted() -> [String; 4] {
    [token(1), token(2), password(3), token(4)]
}

fn id_of(env: &TestEnv, args: &[&str]) -> String {
    let list = env.keyferry(&[&["list", "--format", "ids"], args].concat());
    list.exits(0).stdout.lines().next().unwrap().to_owned()
}

#[test]
fn lines_of_places_show_no_secret() {
    let env = TestEnv::new();
    lines_of_secrets(&env);
    for (path, lines) in [
        (
            "old.py",
            [
                "    2 | a = 'ghp_********', b = '********', note = 'quay'",
                "    2 | a = '********', b = 'ghp_********', note = 'quay'",
            ],
        ),
        (
            "app.yml",
            [
                "    1 | url: postgres://orders:********@db:5432/orders # not ********",
                "    1 | url: postgres://orders:********@db:5432/orders # not ghp_********",
            ],
        ),
    ] {
        // One of the two secrets of the line.
        let id = id_of(&env, &["--path", path]);
        let seen = terminal::run(&env, &["show", &id], 100, &[]).exits(0);
        let shown = lines
            .iter()
            .any(|line| seen.lines().any(|seen| seen == *line));
        assert!(shown, "{lines:?}: {}", seen.screen);
        for secret in planted() {
            assert!(!seen.screen.contains(&secret[4..]), "{}", seen.screen);
        }
        // Other outputs have no lines.
        for args in [
            &["show", id.as_str()][..],
            &["show", &id, "--format", "json"],
        ] {
            let ran = env.keyferry(args).exits(0);
            assert!(!ran.stdout.contains("quay") && !ran.stdout.contains("postgres:"));
        }
    }
}

/// The id of the secret with this key in a file.
fn ids_by(env: &TestEnv, path: &str, key: &str) -> String {
    id_of(env, &["--path", path, "--key", &format!("^{key}$")])
}

#[test]
fn places_that_moved_changed_or_are_gone_are_named_and_the_others_shown() {
    let env = TestEnv::new();
    let shop = env.repo("shop");
    let line = format!("db_password: {}\n", password(1));
    for name in ["moved.yml", "changed.yml", "gone.yml", "same.yml"] {
        shop.write(name, &line);
    }
    // Not in a commit: the file alone has the value.
    env.keyferry(&["discover", "shop"]).exits(0);
    shop.write("moved.yml", format!("# one\n{line}"));
    shop.write("changed.yml", "db_password: none\n");
    std::fs::remove_file(env.path("shop/gone.yml")).unwrap();
    let id = id_of(&env, &[]);
    let seen = terminal::run(&env, &["show", &id], 100, &[]).exits(0);
    for words in [
        "! moved: it is now at 2:14",
        "    2 | db_password: ********",
        "! the value is no longer there",
        "! cannot read gone.yml: No such file",
        "    1 | db_password: ********",
    ] {
        assert!(seen.screen.contains(words), "{words}: {}", seen.screen);
    }
    // Without the repository, everything else is shown.
    std::fs::rename(env.path("shop"), env.path("away")).unwrap();
    let seen = terminal::run(&env, &["show", &id], 100, &[]).exits(0);
    let gone = seen.screen.matches("no longer at its place").count();
    assert_eq!(gone, 4, "{}", seen.screen);
    assert!(seen.screen.contains("Secrets Manager"), "{}", seen.screen);
}

#[test]
fn a_value_is_revealed_at_a_terminal_after_a_confirmation() {
    let env = TestEnv::new();
    lines_of_secrets(&env);
    let before = bytes(&env);
    let secret = password(3);
    let id = ids_by(&env, "app.yml", "url");
    let args = ["show", id.as_str(), "--reveal"];
    let value = id.split('/').next().unwrap();
    for answer in ["yes", &value[value.len() - 4..]] {
        let typed = format!("{answer}\n");
        let seen = terminal::run(&env, &args, 100, &[("to show it: ", &typed)]).exits(0);
        let lines: Vec<&str> = seen.lines().collect();
        assert!(lines.contains(&secret.as_str()), "{}", seen.screen);
        // The value is there once, and no other one is.
        assert_eq!(seen.screen.matches(&secret).count(), 1);
        assert!(!seen.screen.contains(&token(4)[4..]), "{}", seen.screen);
    }
    for answer in ["no\n", "\n", "s-\n"] {
        let seen = terminal::run(&env, &args, 100, &[("to show it: ", answer)]).exits(130);
        assert!(!seen.screen.contains(&secret), "{}", seen.screen);
        assert!(seen.screen.contains("not confirmed"), "{}", seen.screen);
    }
    unchanged(&env, &before);
    no_file_has(&env, &secret);
}

/// Fails if a file of the test has the value, except for the repository that it was planted in.
fn no_file_has(env: &TestEnv, secret: &str) {
    for (path, bytes) in env.all_files() {
        let has = memchr::memmem::find(&bytes, secret.as_bytes()).is_some();
        let is_planted = path.components().any(|part| part.as_os_str() == "shop");
        assert!(!has || is_planted, "{}", path.display());
    }
}

#[test]
fn a_value_is_revealed_nowhere_else() {
    let env = TestEnv::new();
    lines_of_secrets(&env);
    let secret = password(3);
    let id = ids_by(&env, "app.yml", "url");
    let args = ["show", id.as_str(), "--reveal"];
    // Neither is a terminal; then stdout alone is one.
    let piped = env.keyferry(&args).exits(2);
    let piped = piped.says(&["--reveal shows a value to a person at a terminal only"]);
    let mut program = env.program(&args);
    let half = on_terminal(program.stdin(std::process::Stdio::null()), 100).exits(2);
    let half = half.says(&["stdin is no terminal"]);
    for said in [&piped.stdout, &piped.stderr, &half.stdout, &half.stderr] {
        assert!(!said.contains(&secret), "{said}");
    }
    let json = [&args[..], &["--format", "json"]].concat();
    let seen = terminal::run(&env, &json, 100, &[]).exits(2);
    assert!(
        seen.screen.contains("--format text only"),
        "{}",
        seen.screen
    );
    let in_ci = terminal::run_with(&env, &args, 100, &[], &[("CI", "true")]).exits(2);
    assert!(
        in_ci.screen.contains("the variable CI is set"),
        "{}",
        in_ci.screen
    );
    // Another value is there now: that of the inventory is not shown, and the new one neither.
    let drifted = password(9);
    let line = format!("url: postgres://orders:{drifted}@db:5432/orders\n");
    env.write("shop/app.yml", line);
    let seen = terminal::run(&env, &args, 100, &[("to show it: ", "yes\n")]).exits(4);
    assert!(
        seen.screen.contains("the value is no longer there"),
        "{}",
        seen.screen
    );
    for value in [&secret, &drifted] {
        assert!(!seen.screen.contains(value), "{}", seen.screen);
    }
    no_file_has(&env, &secret);
}

#[test]
fn a_revealed_value_gives_the_terminal_no_orders() {
    let env = TestEnv::new();
    let value = format!("{}\\u202ex\\nlast", password(5));
    env.write("a/app.json", format!("{{\"db_password\": \"{value}\"}}\n"));
    env.keyferry(&["discover", "a"]).exits(0);
    let id = id_of(&env, &[]);
    let seen = terminal::run(
        &env,
        &["show", &id, "--reveal"],
        100,
        &[("to show it: ", "yes\n")],
    );
    let seen = seen.exits(0);
    let first = format!("{}\\u{{202e}}x", password(5));
    let lines: Vec<&str> = seen.lines().collect();
    let at = lines.iter().position(|line| *line == first);
    assert_eq!(at.map(|at| lines[at + 1]), Some("last"), "{}", seen.screen);
    assert!(
        seen.screen.contains("are shown as escapes"),
        "{}",
        seen.screen
    );
    assert!(!seen.screen.contains('\u{202e}'), "{}", seen.screen);
}
