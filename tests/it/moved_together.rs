//! An access key id and its secret access key, from the repository to the account: as one secret with JSON of both.

use std::collections::BTreeMap;

use crate::support::account_road::AccountRoad;
use crate::support::inventory_files::{bytes, inventory, unchanged};
use crate::support::test_env::{TestEnv, made_up};

const REGISTER: &str = "repository,appid,appname,appfunc,owner,appenv\n\
    shop,ord001,orders,api,@orders,prod\n";
const STATEMENT: &str = "schema: 2\nstatements:\n  \
    - { when: { kind: [aws-access-key] }, outcome: relocate, reason: r, by: a@example.com }\n";

#[test]
fn an_access_key_is_moved_as_json_of_its_parts() {
    let id = made_up(1, "AK<<>>IA<<base32 16>>");
    let secret = made_up(2, "<<base64 40>>");
    let text = format!("AWS_ACCESS_KEY_ID={id}\nAWS_SECRET_ACCESS_KEY={secret}\n");
    let road = AccountRoad::new(TestEnv::new());
    let repo = road.env.repo("shop");
    repo.write("app.env", &text);
    repo.commit("Settings");
    road.env.write("inventory/registry.csv", REGISTER);
    road.env.write("inventory/decisions.yaml", STATEMENT);
    road.keyferry("discover shop").exits(0);
    let outcomes: BTreeMap<String, &str> = inventory(&road.env)
        .iter()
        .map(|entry| (entry.detector.clone(), entry.decision.outcome.name()))
        .collect();
    let expected = [
        ("aws-access-key-id", "part-of"),
        ("aws-secret-access-key", "relocate"),
    ];
    let expected = expected.map(|(rule, outcome)| (rule.to_owned(), outcome));
    assert_eq!(outcomes, BTreeMap::from(expected));
    let before = bytes(&road.env);
    road.keyferry("discover shop").exits(0);
    unchanged(&road.env, &before);

    road.ends("plan", 0, "create  1");
    road.ends("import --dry-run", 0, "1");
    road.ends("import --yes", 0, "1 created");
    let values = road.values();
    let sent: BTreeMap<String, String> = serde_json::from_slice(&values[0]).unwrap();
    assert_eq!(values.len(), 1);
    let parts = [
        ("aws_access_key_id", &id),
        ("aws_secret_access_key", &secret),
    ];
    let parts = parts.map(|(name, value)| (name.to_owned(), value.clone()));
    assert_eq!(sent, BTreeMap::from(parts));
    road.ends("verify", 0, "0 differ");
    road.ends("plan", 0, "in-sync  1");
    road.ends("import --yes", 0, "1 in sync");
}
