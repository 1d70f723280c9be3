//! `show`: everything that an inventory knows of one secret, but its value.

use serde_json::Value;

use crate::support::inventory_files::{bytes, unchanged};
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
