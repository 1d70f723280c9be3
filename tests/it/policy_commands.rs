//! `policy init`, `show` and `check`.

use crate::support::test_env::{TestEnv, token};

#[test]
fn a_policy_is_written_shown_and_checked() {
    let env = TestEnv::new();
    env.write("shop/a.py", format!("token = '{}'\n", token(1)));
    env.keyferry(&["discover", "shop"]).exits(0);
    env.keyferry(&["policy", "init"])
        .exits(0)
        .says(&["note: written to inventory/policy.yaml\n"]);
    env.keyferry(&["policy", "init"])
        .exits(2)
        .says(&["error: inventory/policy.yaml exists, and is not replaced\n"]);
    // The template changes nothing.
    let checked = env.keyferry(&["policy", "check"]).exits(0);
    assert!(
        checked.stdout.starts_with("inventory/policy.yaml: "),
        "{}",
        checked.stdout
    );
    let shown = env.keyferry(&["policy", "show"]).exits(0).stdout;
    assert!(
        shown.contains("\n  # built-in; decides 1 secret\n  - id: at-head\n"),
        "{shown}"
    );

    let policy = "schema: 1\ndecisions:\n  before:\n    - { id: shop, when: { repository: [shop] }, then: retain, reason: r }\n    \
                  - { id: never, when: { repository: [shop], kind: [ssh-key] }, then: retire, reason: r }\n";
    env.write("inventory/policy.yaml", policy);
    let shown = env.keyferry(&["policy", "show"]).exits(0).stdout;
    assert!(
        shown.contains("\n  # inventory/policy.yaml:4; decides 1 secret\n  - id: shop\n"),
        "{shown}"
    );
    let checked = env.keyferry(&["policy", "check"]).exits(1).stdout;
    assert!(
        checked.ends_with(
            "inventory/policy.yaml:5: rule `never` never decides: `shop` (inventory/policy.yaml:4) comes first, and holds \
             whenever it does\n"
        ),
        "{checked}"
    );
    // What is shown is a policy with the same effect.
    env.write("shown.yaml", &shown);
    env.keyferry(&["discover", "--policy", "shown.yaml", "shop"])
        .exits(0);
    let entry = std::fs::read_to_string(env.path("inventory/unassigned.yaml")).unwrap();
    assert!(entry.contains("\"rule\": \"shop\""), "{entry}");

    env.write(
        "inventory/policy.yaml",
        "schema: 1\ndecisions:\n  remove: [at-haed]\n",
    );
    env.keyferry(&["policy", "check"])
        .exits(2)
        .says(&["inventory/policy.yaml:3:3: decisions: no built-in rule has the id `at-haed`; known ones are expired, "]);
}

#[test]
fn a_policy_is_written_before_there_is_an_inventory() {
    let env = TestEnv::new();
    env.keyferry(&["policy", "init", "-i", "new"]).exits(0);
    let shown = env
        .keyferry(&["policy", "show", "-i", "new"])
        .exits(0)
        .stdout;
    assert!(!shown.contains("decides"), "{shown}");
    env.write("shop/a.py", format!("token = '{}'\n", token(1)));
    env.keyferry(&["discover", "-i", "new", "shop"]).exits(0);
}
