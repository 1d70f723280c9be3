//! Doubtful values from a repository to the account: none is sent before a person chose the reading, and then the
//! chosen one is.

use crate::support::account_road::{AccountRoad, FACTS};
use crate::support::inventory_files::inventory;
use crate::support::test_env::{TestEnv, made_up};

#[test]
fn a_doubtful_value_waits_for_a_person_and_arrives_as_chosen() {
    // Some readers of `.env` files read escapes in double quotes, and others do not.
    let half = made_up(1, "x7<<alnum 8>>");
    let written = format!("{half}\\\"q{half}");
    let read = format!("{half}\"q{half}");
    for (choice, expected) in [("as-read", read), ("as-written", written.clone())] {
        let road = AccountRoad::new(TestEnv::new());
        let repo = road.env.repo("shop");
        repo.write("prod.env", format!("DB_PASSWORD=\"{written}\"\n"));
        repo.commit("Settings");
        let discover = format!("discover shop {FACTS}");
        let said = road.keyferry(&discover).exits(0).stdout;
        let id = inventory(&road.env)[0].id.to_string();
        let answer = format!("- {{ secret: {id}, reading: as-read, by: you@example.com }}");
        assert!(said.contains(&answer), "{said}");
        assert!(!said.contains(&half), "{said}");
        let plan = road.keyferry("plan").exits(0);
        assert!(plan.stdout.contains("review"), "{}", plan.stdout);
        road.keyferry("import --yes");
        assert_eq!(road.values(), Vec::<Vec<u8>>::new());

        let decision = format!(
            "schema: 1\ndecisions:\n  {id}: {{ reading: {choice}, outcome: relocate, reason: Used, by: a@example.com }}\n"
        );
        road.env.write("inventory/decisions.yaml", decision);
        road.keyferry(&discover).exits(0);
        road.ends("plan", 0, "create  1");
        road.ends("import --yes", 0, "1 created");
        assert_eq!(road.values(), [expected.into_bytes()], "{choice}");
        road.ends("verify", 0, "0 differ");
    }
}
