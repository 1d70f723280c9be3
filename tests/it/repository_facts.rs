//! Facts of repositories and places: `--set`, and the places that a name is made of.

use keyferry::finding::Kind;
use keyferry::inventory::entry::{Provenance, Secret};

use crate::support::inventory_files::{bytes, files, inventory, standing_in, unchanged};
use crate::support::test_env::{TestEnv, password, token};

#[track_caller]
fn fact(secret: &Secret, field: &str) -> Option<(String, Provenance)> {
    let fact = secret.metadata.get(field)?;
    Some((fact.value.clone(), fact.from))
}

fn set(value: &str) -> Option<(String, Provenance)> {
    Some((value.to_owned(), Provenance::Set))
}

#[test]
fn set_applies_to_what_later_scans_find() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("a.py", format!("token = '{}'\n", token(1)))
        .commit("one");
    env.keyferry(&[
        "discover",
        "shop",
        "--set",
        "appid=shop01",
        "--set",
        "appenv=prod",
    ])
    .exits(0);
    repo.write("b.py", format!("token = '{}'\n", token(2)))
        .commit("two");
    env.keyferry(&["discover", "shop"])
        .exits(0)
        .says(&["1 new, 0 gone"]);
    assert_eq!(files(&env).keys().collect::<Vec<_>>(), ["shop01.yaml"]);
    let later = standing_in(&env, "b.py");
    assert_eq!(
        (fact(&later, "appid"), fact(&later, "appenv")),
        (set("shop01"), set("prod"))
    );
    assert!(later.said.is_empty(), "it is a fact of the repository");
    let before = bytes(&env);
    env.keyferry(&["discover", "shop"]).exits(0);
    unchanged(&env, &before);

    // A later statement replaces it, for all of them.
    env.keyferry(&["discover", "shop", "--set", "appenv=test"])
        .exits(0);
    for secret in inventory(&env) {
        assert_eq!(
            (fact(&secret, "appid"), fact(&secret, "appenv")),
            (set("shop01"), set("test"))
        );
    }
    // An empty one withdraws it.
    env.keyferry(&["discover", "shop", "--set", "appid=", "--set", "appenv="])
        .exits(0);
    for secret in inventory(&env) {
        assert_eq!(
            (fact(&secret, "appid"), fact(&secret, "appenv")),
            (None, None)
        );
    }
    env.keyferry(&["discover", "shop", "--set", "team="])
        .exits(2)
        .says(&["unknown field `team`"]);
}

/// An inventory of an earlier version kept the facts with the secrets.
#[test]
fn facts_that_an_earlier_version_kept_with_secrets_become_facts_of_their_repository() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("a.py", format!("token = '{}'\n", token(1)))
        .commit("one");
    env.keyferry(&["discover", "shop", "--set", "appid=shop01"])
        .exits(0);
    let (identity, secrets) = (
        env.path("inventory/keyferry.yaml"),
        env.path("inventory/shop01.yaml"),
    );
    let text = std::fs::read_to_string(&identity).unwrap();
    let without = text.replace("    set:\n      appid: shop01\n", "");
    assert_ne!(text, without);
    std::fs::write(&identity, without).unwrap();
    let kept = std::fs::read_to_string(&secrets).unwrap();
    let said = "  said: {\"shop\": {\"appid\": \"shop01\"}}\n  decision: ";
    assert!(kept.contains("  decision: "), "{kept}");
    std::fs::write(&secrets, kept.replace("  decision: ", said)).unwrap();
    repo.write("b.py", format!("token = '{}'\n", token(2)));
    env.keyferry(&["discover", "shop"]).exits(0);
    assert_eq!(fact(&standing_in(&env, "b.py"), "appid"), set("shop01"));
    assert_eq!(std::fs::read_to_string(&identity).unwrap(), text);
}

/// The first path of the history is neither the name of a secret nor its context.
#[test]
fn a_secret_is_named_after_its_place_now() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    let value = password(1);
    repo.write("a/old.yml", format!("legacy_mail_password: {value}\n"))
        .commit("one");
    repo.write("b/newer.yml", format!("batch_password: {value}\n"))
        .remove("a/old.yml")
        .commit("two");
    let now = format!(
        "orders:\n  url: jdbc:postgresql://db1:5432/orders\n  user: app\n  password: {value}\n"
    );
    repo.write("z/now.yml", now)
        .remove("b/newer.yml")
        .commit("three");
    let facts = "appid=shop01 appfunc=api appenv=prod owner=@acme/shop";
    let set: Vec<&str> = facts.split(' ').flat_map(|fact| ["--set", fact]).collect();
    env.keyferry(&[&["discover", "shop"], set.as_slice()].concat())
        .exits(0);
    let secret = inventory(&env).remove(0);
    assert_eq!(secret.occurrences.len(), 3);
    let context = &secret.context;
    assert_eq!(
        (context.key.as_deref(), context.user.as_deref(), secret.kind),
        (Some("orders.password"), Some("app"), Kind::Database)
    );
    assert_eq!(
        secret.target.as_deref(),
        Some("/shop01/dba/prod/orders-password")
    );

    // Of the history, the newest place counts.
    repo.remove("z/now.yml").commit("four");
    repo.git(&["checkout", "--quiet", "HEAD~3"]);
    repo.git(&["branch", "--force", "main", "main~1"]);
    repo.git(&["rm", "--quiet", "-r", "."]);
    repo.commit("five");
    env.keyferry(&["discover", "shop"]).exits(0);
    assert_eq!(
        inventory(&env)[0].context.key.as_deref(),
        Some("orders.password")
    );
}

/// A login of one application is no fact about another one that has the same password.
#[test]
fn a_value_in_two_repositories_carries_no_facts_from_one_to_the_other() {
    let env = TestEnv::new();
    let value = password(1);
    let orders = format!("prod:\n  host: db1.example.com\n  user: orders\n  password: {value}\n");
    env.repo("orders").write("app.yml", orders).commit("one");
    env.repo("billing")
        .write("app.yml", format!("mail_password: {value}\n"))
        .commit("one");
    env.write(
        "inventory/policy.yaml",
        "schema: 1\nmetadata:\n  rules:\n    - when: { key_words: [prod] }\n      set: { appenv: prod }\n    - when: { host: ['*.example.com'] }\n      set: { appfunc: dba }\n",
    );
    let key = "5e".repeat(32);
    let key = [("KEYFERRY_KEY", key.as_str())];
    let mut seen = Vec::new();
    for (at, runs) in [
        &[&["orders", "billing"][..]][..],
        &[&["orders"], &["billing"]],
        &[&["billing"], &["orders"]],
    ]
    .into_iter()
    .enumerate()
    {
        let folder = format!("inventory-{at}");
        for targets in runs {
            let args = [
                &[
                    "discover",
                    "--inventory",
                    &folder,
                    "--policy",
                    "inventory/policy.yaml",
                ],
                *targets,
            ]
            .concat();
            env.keyferry_with(&args, &key).exits(0);
        }
        let text = std::fs::read_to_string(env.path(&folder).join("unassigned.yaml")).unwrap();
        seen.push(text);
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
    // Billing comes first, and says nothing of a user or host. What is true of its place alone is no fact of the other.
    let text = &seen[0];
    let entry = text.split("  occurrences:").next().unwrap();
    assert!(
        entry.contains(r#""key": "mail_password""#) && !entry.contains(r#""user": "orders""#),
        "{text}"
    );
}
#[test]
fn set_applies_to_repositories_within_the_target() {
    let env = TestEnv::new();
    env.repo("work/shop")
        .write("a.py", format!("token = '{}'\n", token(1)))
        .commit("one");
    env.keyferry(&["discover", "work", "--set", "appid=shop01"])
        .exits(0);
    assert_eq!(fact(&standing_in(&env, "a.py"), "appid"), set("shop01"));
    env.repo("work/more")
        .write("b.py", format!("token = '{}'\n", token(2)))
        .commit("one");
    env.keyferry(&["discover", "work"]).exits(0);
    assert_eq!(fact(&standing_in(&env, "b.py"), "appid"), set("shop01"));
    env.keyferry(&["discover", "work", "--set", "appid=shop02"])
        .exits(0);
    env.keyferry(&["discover", "work/more", "--set", "appid=more01"])
        .exits(0);
    assert_eq!(fact(&standing_in(&env, "a.py"), "appid"), set("shop02"));
    assert_eq!(fact(&standing_in(&env, "b.py"), "appid"), set("more01"));
    // The last statement about the whole target counts for all of it.
    env.keyferry(&["discover", "work", "--set", "appid=shop03"])
        .exits(0);
    assert_eq!(fact(&standing_in(&env, "b.py"), "appid"), set("shop03"));
}
