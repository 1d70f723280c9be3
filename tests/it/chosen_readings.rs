//! Doubtful values from a repository to the account: none is sent before a person chose the reading, and then the
//! chosen one is.

use std::collections::BTreeMap;

use crate::support::inventory_files::inventory;
use crate::support::moto_server::{Moto, run};
use crate::support::planted_secrets::REGION;
use crate::support::test_env::{Ran, TestEnv, made_up};

const FACTS: &str = "--set appid=ord001 --set appname=orders --set appfunc=api --set appenv=prod --set owner=team@example.com";

struct Road {
    env: TestEnv,
    moto: Moto,
}

impl Road {
    fn keyferry(&self, arguments: &str) -> Ran {
        let words: Vec<&str> = arguments.split_whitespace().collect();
        let variables = [
            ("AWS_ACCESS_KEY_ID", "testing"),
            ("AWS_SECRET_ACCESS_KEY", "testing"),
            ("AWS_REGION", REGION),
            ("AWS_ENDPOINT_URL", &self.moto.url),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ];
        self.env.keyferry_with(&words, &variables)
    }

    #[track_caller]
    fn ends(&self, arguments: &str, with: &str) {
        let ran = self.keyferry(arguments).exits(0);
        let said = ran.stdout + &ran.stderr;
        assert!(said.contains(with), "{said}");
    }

    fn values(&self) -> Vec<Vec<u8>> {
        let values: BTreeMap<String, Vec<u8>> = self.moto.values();
        values.into_values().collect()
    }
}

#[test]
fn a_doubtful_value_waits_for_a_person_and_arrives_as_chosen() {
    // Some readers of `.env` files read escapes in double quotes, and others do not.
    let half = made_up(1, "x7<<alnum 8>>");
    let written = format!("{half}\\\"q{half}");
    let read = format!("{half}\"q{half}");
    for (choice, expected) in [("as-read", read), ("as-written", written.clone())] {
        let mut road = Road {
            env: TestEnv::new(),
            moto: Moto::start(),
        };
        // The server answers.
        run(road.moto.client());
        let repo = road.env.repo("shop");
        repo.write("prod.env", format!("DB_PASSWORD=\"{written}\"\n"));
        repo.commit("Settings");
        let discover = format!("discover shop {FACTS}");
        let said = road.keyferry(&discover).exits(0).stdout;
        let id = inventory(&road.env)[0].id.to_string();
        let answer = format!("{id}: {{ reading: as-read, by: you@example.com }}");
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
        road.ends("plan", "create  1");
        road.ends("import --yes", "1 created");
        assert_eq!(road.values(), [expected.into_bytes()], "{choice}");
        road.ends("verify", "0 differ");
    }
}
