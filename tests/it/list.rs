//! `list`: the secrets of an inventory, selected and sorted, and nothing is written.

use crate::support::inventory_files::{bytes, unchanged};
use crate::support::terminal;
use crate::support::test_env::{TestEnv, password, token};

/// Two applications: one token at HEAD, one in history alone, and a password.
fn inventory(env: &TestEnv) {
    let shop = env.repo("shop");
    shop.write("src/app.py", format!("api_token = '{}'\n", token(1)));
    shop.commit("one");
    shop.write("old.py", format!("token = '{}'\n", token(2)))
        .commit("two");
    shop.remove("old.py").commit("three");
    let billing = env.repo("billing");
    billing.write(
        "config/db.yml",
        format!(
            "db_host: db.prod.example.com\ndb_password: {}\n",
            password(3)
        ),
    );
    billing.commit("one");
    env.write(
        "registry.csv",
        "repository,appid,appname,owner\nshop,shp001,shop,@acme/shop\nbilling,bil001,billing,@acme/billing\n",
    );
    env.keyferry(&["discover", "--registry", "registry.csv", "shop", "billing"])
        .exits(0);
}

fn list(env: &TestEnv, args: &[&str]) -> crate::support::test_env::Ran {
    env.keyferry(&[&["list", "--registry", "registry.csv"], args].concat())
}

#[test]
fn secrets_are_selected_and_nothing_is_written() {
    let env = TestEnv::new();
    inventory(&env);
    let before = bytes(&env);
    let number = |args: &[&str]| {
        let ran = list(&env, &[&["--format", "ids"], args].concat()).exits(0);
        ran.stdout.lines().count()
    };
    assert_eq!(number(&[]), 3);
    assert_eq!(number(&["--owner", "@acme/shop"]), 2);
    assert_eq!(number(&["--application", "bil*"]), 1);
    assert_eq!(number(&["--environment", "prod"]), 1);
    assert_eq!(number(&["--outcome", "retire"]), 1);
    assert_eq!(number(&["--outcome", "retire,relocate,review"]), 3);
    assert_eq!(number(&["--exposure", "history"]), 1);
    assert_eq!(
        number(&["--repository", "shop", "--exposure", "at-head"]),
        1
    );
    assert_eq!(number(&["--kind", "database", "--kind", "third-party"]), 3);
    assert_eq!(number(&["--detector", "github-*"]), 2);
    assert_eq!(number(&["--path", "**/*.yml"]), 1);
    assert_eq!(number(&["--key", "(?i)^db_pass"]), 1);
    assert_eq!(number(&["--missing", "appenv", "--owner", "@acme/shop"]), 2);
    assert_eq!(number(&["--question", "no such text"]), 0);
    unchanged(&env, &before);
}

#[test]
fn text_says_where_each_secret_is_and_how_many_there_are() {
    let env = TestEnv::new();
    inventory(&env);
    let ran = list(&env, &["--sort", "place"]).exits(0);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), 6, "{}", ran.stdout);
    let has = |line: &str, words: &[&str]| words.iter().all(|word| line.contains(word));
    assert!(
        has(
            lines[1],
            &["s-", "database", "/bil001/dba/prod/db-password"]
        ),
        "{}",
        lines[1]
    );
    assert!(
        has(lines[2], &["retire", "third-party", "shop:old.py:1"]),
        "{}",
        lines[2]
    );
    assert!(has(lines[3], &["shop:src/app.py:1"]), "{}", lines[3]);
    assert!(lines[5].starts_with("3 secrets: "), "{}", lines[5]);
    let some = list(&env, &["--outcome", "retire"]).exits(0);
    assert!(
        some.stdout.ends_with("1 of 3 secrets: 1 retire\n"),
        "{}",
        some.stdout
    );
}

#[test]
fn an_empty_selection_is_said_and_an_unknown_value_is_a_mistake() {
    let env = TestEnv::new();
    inventory(&env);
    let none = list(&env, &["--outcome", "dismiss"]).exits(0);
    assert_eq!(
        none.stdout,
        "no secret is selected; the inventory has 3 secrets\n"
    );
    let none = list(&env, &["--outcome", "dismiss", "--format", "json"]).exits(0);
    assert!(none.stdout.contains("\"secrets\": []"), "{}", none.stdout);
    none.says(&["note: no secret is selected"]);
    // The register knows it, so it is no mistake.
    list(
        &env,
        &["--application", "shp001", "--owner", "@acme/billing"],
    )
    .exits(0);
    for (args, words) in [
        (
            ["--owner", "@acme/shp"],
            ["no secret has this owner", "hint: known values: @acme/shop"],
        ),
        (
            ["--application", "shop01"],
            ["no application has this id or name", "shp001"],
        ),
        (
            ["--repository", "shoop"],
            ["the inventory has no such repository", "shop"],
        ),
        (
            ["--environment", "production"],
            ["no such environment", "prod"],
        ),
        (
            ["--detector", "github-token"],
            ["no detector has this id", "github-"],
        ),
        (["--rule", "expird"], ["no rule has this id", "expired"]),
        (["--missing", "ownr"], ["--missing ownr: ", "owner"]),
        (
            ["--outcome", "relocat"],
            ["invalid value 'relocat'", "relocate"],
        ),
        (
            ["--kind", "databse"],
            ["invalid value 'databse'", "database"],
        ),
        (
            ["--key", "("],
            ["is no regular expression", "unclosed group"],
        ),
    ] {
        list(&env, &args).exits(2).says(&words);
    }
    env.keyferry(&["list", "--inventory", "nowhere"]).exits(2);
}

#[test]
fn a_line_fits_the_terminal() {
    let env = TestEnv::new();
    inventory(&env);
    let args = ["list", "--registry", "registry.csv"];
    for columns in [80, 160] {
        let seen = terminal::run(&env, &args, columns, &[]).exits(0);
        let widest = seen.lines().map(|line| line.chars().count()).max();
        assert!(widest.unwrap() <= usize::from(columns), "{}", seen.screen);
        // A shortened id is the beginning of a whole one.
        let short = seen.lines().nth(1).unwrap().split(' ').next().unwrap();
        assert_eq!(
            short.len(),
            if columns == 80 { 10 } else { 26 },
            "{}",
            seen.screen
        );
    }
}
