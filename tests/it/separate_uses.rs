//! One value in several applications and environments, from the repositories to the account: as a secret of each use, or
//! as one that they share.

use crate::support::account_road::AccountRoad;
use crate::support::inventory_files::{bytes, inventory, unchanged};
use crate::support::test_env::{TestEnv, made_up};

const REGISTER: &str = "repository,appid,appname,appfunc,owner\n\
    shop,ord001,orders,api,@orders\nbilling,bil001,billing,api,@billing\n";

/// Two repositories with one value: in two environments of one application, and in another application.
fn road(setting: &str) -> AccountRoad {
    let road = AccountRoad::new(TestEnv::new());
    for (repository, path) in [
        ("shop", "prod/app.env"),
        ("shop", "dev/app.env"),
        ("billing", "prod/app.env"),
    ] {
        let repo = road.env.repo(repository);
        repo.write(path, setting);
        repo.commit("Settings");
    }
    road.env.write("inventory/registry.csv", REGISTER);
    road
}

/// Imports all that is planned, whose names are these.
fn imports(road: &AccountRoad, names: &[&str]) {
    road.ends("plan", 0, &format!("create  {}", names.len()));
    road.ends("import --yes", 0, &format!("{} created", names.len()));
    assert!(road.moto.values().keys().eq(names));
    road.ends("verify", 0, "0 differ");
}

#[test]
fn one_value_is_a_secret_of_each_use_by_one_statement() {
    let value = made_up(1, "x7<<alnum 20>>");
    let road = road(&format!("DB_PASSWORD={value}\n"));
    let said = road.keyferry("discover shop billing").exits(0).stdout;
    assert!(
        said.contains("It is used in bil001/prod, ord001/dev, ord001/prod."),
        "{said}"
    );
    let id = inventory(&road.env)[0].id.to_string();
    let statement =
        format!("schema: 1\ndecisions:\n  {id}: {{ uses: separate, by: a@example.com }}\n");
    road.env.write("inventory/decisions.yaml", statement);
    road.keyferry("discover shop billing").exits(0);
    assert_eq!(inventory(&road.env).len(), 1);
    assert_eq!(inventory(&road.env)[0].uses.len(), 3);
    let names = [
        "/bil001/dba/prod/db-password",
        "/ord001/dba/dev/db-password",
        "/ord001/dba/prod/db-password",
    ];
    imports(&road, &names);
    assert!(road.values().iter().all(|sent| *sent == value.as_bytes()));
    let before = bytes(&road.env);
    road.keyferry("discover shop billing").exits(0);
    unchanged(&road.env, &before);
    road.ends("plan", 0, "in-sync  3");
    road.ends("import --yes", 0, "3 in sync");

    // One application replaces the value in its files. Its secret stays in the account, those of the others are not
    // touched.
    let repo = road.env.repo("billing");
    repo.write("prod/app.env", "DB_PASSWORD=$FROM_SECRETS_MANAGER\n");
    repo.commit("Read the password from Secrets Manager");
    road.keyferry("discover shop billing").exits(0);
    road.ends("plan", 0, "in-sync  2");
    road.ends("verify", 0, "0 differ");
}

#[test]
fn several_uses_share_one_secret_by_one_statement() {
    let value = made_up(2, "x7<<alnum 20>>");
    let road = road(&format!("DB_PASSWORD={value}\n"));
    road.keyferry("discover shop billing").exits(0);
    let id = inventory(&road.env)[0].id.to_string();
    let statement = format!(
        "schema: 1\ndecisions:\n  {id}:\n    uses: together\n    by: a@example.com\n    \
         metadata: {{ appid: shr001, appname: shared, owner: \"@platform\", appenv: prod }}\n"
    );
    road.env.write("inventory/decisions.yaml", statement);
    road.keyferry("discover shop billing").exits(0);
    let entry = inventory(&road.env).remove(0);
    let readers: Vec<&str> = entry.readers.iter().map(String::as_str).collect();
    assert_eq!(readers, ["bil001/prod", "ord001/dev", "ord001/prod"]);
    imports(&road, &["/shr001/dba/prod/db-password"]);
}

/// Two teams have chosen the same word. Nobody is asked, and neither learns of the other.
#[test]
fn a_weak_value_is_a_secret_of_each_use_without_a_statement() {
    let setting = "DB_HOST=db.internal\nDB_USER=app\nDB_PASSWORD=Winter2024!\n";
    let road = road(setting);
    let said = road.keyferry("discover shop billing").exits(0).stdout;
    assert!(!said.contains("waits for an answer"), "{said}");
    let names = [
        "/bil001/dba/prod/db-password",
        "/ord001/dba/dev/db-password",
        "/ord001/dba/prod/db-password",
    ];
    imports(&road, &names);
}

/// A weak value is dismissed in one application. A scan still reports it in the others.
#[test]
fn a_scan_leaves_out_the_uses_that_are_dismissed() {
    let road = road("DB_HOST=db.internal\nDB_USER=app\nDB_PASSWORD=Winter2024!\n");
    road.keyferry("discover shop billing").exits(0);
    let id = inventory(&road.env)[0].id.to_string();
    let dismiss = |id: &str| {
        let says = "outcome: dismiss, reason: Made up., by: a@example.com";
        let statement = format!("schema: 1\ndecisions:\n  {id}: {{ {says} }}\n");
        road.env.write("inventory/decisions.yaml", statement);
    };
    let scan = "scan --no-history --no-cache --inventory inventory --format jsonl shop billing";
    let rows = |code| road.keyferry(scan).exits(code).stdout.lines().count();
    assert_eq!(rows(1), 3);
    dismiss(&format!("{id}/ord001/dev"));
    assert_eq!(rows(1), 2);
    dismiss(&id);
    assert_eq!(rows(0), 0);
}
