//! Decisions, policy, register and inventory that changed after the plan: the import shows the difference, and sends
//! nothing.

use crate::support::endpoint_server::EndpointServer;
use crate::support::inventory_files::stored_places;
use crate::support::planted_secrets::REGION;
use crate::support::test_env::{TestEnv, made_up};

const FACTS: &str = "--set appid=ord001 --set appname=orders --set appfunc=api --set appenv=prod --set owner=a@example.org";
const POLICY: &str = "schema: 1\n";

/// An environment with a plan for two secrets, and an endpoint that must not be asked.
struct Planned {
    env: TestEnv,
    endpoint: EndpointServer,
}

impl Planned {
    fn new() -> Self {
        let planned = Self {
            env: TestEnv::new(),
            endpoint: EndpointServer::start(|_, reply| reply.json(500, "{}")),
        };
        for n in 1..=2 {
            planned.write_secret(n);
        }
        planned.discover(FACTS);
        planned.plan("");
        planned
    }

    fn write_secret(&self, n: u32) {
        let value = made_up(n, "Sum<<>>mer-<<alnum 10>>");
        self.env.write(
            format!("shop/{n}.properties"),
            format!("service{n}.password={value}\n"),
        );
    }

    fn discover(&self, options: &str) {
        self.run(&format!("discover shop {options}"), 0);
    }

    fn plan(&self, options: &str) {
        self.run(
            &format!("plan --offline --account 123456789012 --region {REGION} {options}"),
            0,
        );
    }

    /// Everything that was said.
    #[track_caller]
    fn run(&self, words: &str, code: i32) -> String {
        let words: Vec<&str> = words.split_whitespace().collect();
        let variables = [
            ("AWS_ACCESS_KEY_ID", "testing"),
            ("AWS_SECRET_ACCESS_KEY", "testing"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_ENDPOINT_URL", self.endpoint.url.as_str()),
        ];
        let ran = self.env.keyferry_with(&words, &variables).exits(code);
        format!("{}{}", ran.stdout, ran.stderr)
    }

    /// The id of the n-th secret.
    fn id(&self, n: u32) -> String {
        let mut places = stored_places(&self.env, "inventory");
        places.retain(|place| place.path == format!("{n}.properties"));
        assert_eq!(places.len(), 1, "{places:?}");
        places[0].secret.as_ref().unwrap().to_string()
    }

    fn decide(&self, n: u32, statement: &str) {
        let id = self.id(n);
        self.env.write(
            "inventory/decisions.yaml",
            format!("schema: 1\ndecisions:\n  {id}: {{by: a@example.com, {statement}}}\n"),
        );
    }

    fn write_policy(&self, text: &str) {
        self.env
            .write("inventory/policy.yaml", format!("{POLICY}{text}"));
    }

    /// The import is refused, dry and real, before any call, and says all this.
    #[track_caller]
    fn assert_refused(&self, says: &[&str]) {
        for words in ["import --dry-run", "import --yes"] {
            let said = self.run(words, 2);
            for part in says {
                assert!(said.contains(part), "{part:?} is not in:\n{said}");
            }
            assert!(said.contains("run `keyferry plan` again"), "{said}");
        }
        assert_eq!(self.endpoint.requests(), 0);
        assert!(!self.env.path("inventory/journal.jsonl").exists());
    }
}

#[test]
fn a_plan_without_a_change_is_carried_out() {
    let planned = Planned::new();
    assert!(planned.run("import --dry-run", 0).contains("2 ready"));
    planned.discover(FACTS);
    assert!(planned.run("import --dry-run", 0).contains("2 ready"));
}

#[test]
fn what_a_person_decides_after_the_plan_counts() {
    for (outcome, reason) in [
        ("retain", "Stays"),
        ("retire", "Unused"),
        ("review", "Unsure"),
    ] {
        let planned = Planned::new();
        planned.decide(1, &format!("outcome: {outcome}, reason: {reason}"));
        planned.assert_refused(&[
            &format!("decision: relocate → {outcome} (person: {reason} (a@example.com))"),
            &planned.id(1),
            "1 of its entries would not be planned like that now",
        ]);
    }
}

#[test]
fn a_name_or_a_fact_that_a_person_gives_after_the_plan_counts() {
    let planned = Planned::new();
    planned.decide(2, "outcome: relocate, reason: Used, name: better");
    planned.assert_refused(&["name: /ord001/api/prod/", "→ /ord001/api/prod/better"]);

    let planned = Planned::new();
    planned.discover(&FACTS.replace("appenv=prod", "appenv=test"));
    planned.assert_refused(&["tag appenv: prod → test", "/test/", "2 of its entries"]);
}

#[test]
fn a_policy_or_register_that_changes_after_the_plan_counts() {
    let planned = Planned::new();
    planned.write_policy("tags: {constants: {costcenter: '4711'}}\n");
    planned.assert_refused(&["tag costcenter: added, 4711", "2 of its entries"]);

    let planned = Planned::new();
    planned.write_policy("target: {kms_key: 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd'}\n");
    planned.assert_refused(&["KMS key: the account's default key → arn:aws:kms:eu-west-1"]);

    let planned = Planned::new();
    planned.write_policy("target: {region: us-east-1}\n");
    planned.assert_refused(&["the policy names Region us-east-1, the plan is for eu-west-1"]);

    let planned = Planned::new();
    planned.write_policy("target: {account: '999999999999'}\n");
    let said = planned.run("import --dry-run", 2);
    assert!(
        said.contains("the expected account is 999999999999"),
        "{said}"
    );

    let planned = Planned::new();
    planned.discover(&FACTS.replace(" --set owner=a@example.org", ""));
    planned.env.write(
        "inventory/registry.yaml",
        "schema: 1\napplications:\n- {repository: shop, appid: ord001, owner: b@example.org}\n",
    );
    let said = planned.run("import --dry-run", 0);
    assert!(
        said.contains("2 ready"),
        "a weaker source changes nothing: {said}"
    );
}

/// An option overrode the policy when the plan was made: that is no change.
#[test]
fn an_option_of_the_plan_is_no_change() {
    let planned = Planned::new();
    let key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd";
    planned.write_policy(&format!(
        "target: {{region: eu-west-1, kms_key: '{key}'}}\n"
    ));
    planned.plan("--kms-key arn:aws:kms:eu-west-1:123456789012:key/other000");
    assert!(planned.run("import --dry-run", 0).contains("2 ready"));
    // The policy's key changes, and the option would still override it.
    planned.write_policy("target: {region: eu-west-1}\n");
    assert!(planned.run("import --dry-run", 0).contains("2 ready"));
    let said = planned.run("import --dry-run --region us-east-1", 2);
    assert!(said.contains("the plan is for Region eu-west-1"), "{said}");
    let said = planned.run("import --dry-run --account 999999999999", 2);
    assert!(
        said.contains("the plan is for account 123456789012"),
        "{said}"
    );
}

#[test]
fn a_secret_that_is_gone_counts_and_a_new_one_is_a_note() {
    let planned = Planned::new();
    planned.write_secret(3);
    planned.discover(FACTS);
    let said = planned.run("import --dry-run", 0);
    assert!(said.contains("2 ready"), "{said}");
    assert!(
        said.contains("note: 1 of the secrets to relocate are not in the plan"),
        "{said}"
    );

    std::fs::remove_file(planned.env.path("shop/1.properties")).unwrap();
    planned.discover(FACTS);
    planned.assert_refused(&["the inventory no longer has this secret"]);
}

#[test]
fn another_inventory_and_an_edited_plan_are_refused() {
    let planned = Planned::new();
    let file = planned.env.path("inventory/plan.json");
    let plan = std::fs::read_to_string(&file).unwrap();
    let id = plan
        .lines()
        .find_map(|line| line.trim().strip_prefix("\"inventory\": \""))
        .unwrap();
    let id = id.trim_end_matches("\",").to_owned();
    std::fs::write(&file, plan.replace(&id, "inv-0000")).unwrap();
    let said = planned.run("import --dry-run", 2);
    assert!(
        said.contains("the plan was made from inventory inv-0000"),
        "{said}"
    );
    for (from, to, says) in [
        (
            "\"appenv\": \"prod\"",
            "\"appenv\": \"test\"",
            "tag appenv: test → prod",
        ),
        ("moved by keyferry", "moved by nobody", "description: "),
    ] {
        assert!(plan.contains(from), "{plan}");
        std::fs::write(&file, plan.replace(from, to)).unwrap();
        planned.assert_refused(&[says]);
    }
}

/// A plan of the version before has no record of the policy, and is compared all the same.
#[test]
fn a_plan_without_the_target_of_the_policy_is_compared() {
    let planned = Planned::new();
    let file = planned.env.path("inventory/plan.json");
    let plan = std::fs::read_to_string(&file).unwrap();
    assert!(plan.contains("  \"policy_target\": {},\n"), "{plan}");
    std::fs::write(&file, plan.replace("  \"policy_target\": {},\n", "")).unwrap();
    assert!(planned.run("import --dry-run", 0).contains("2 ready"));
    planned.decide(1, "outcome: retain, reason: Stays");
    planned.assert_refused(&["relocate → retain"]);
}
