use std::path::Path;

use super::*;
use crate::decide::codeowners::Codeowners;
use crate::decide::repository_facts::{Repositories, RepositoryFacts};
use crate::decide::sample_secrets::secret;
use crate::decide::{Decisions, Registry, decide};
use crate::inventory::entry::Outcome;

const REGISTER: &str = "repository,path,appid,appname,owner,costcenter,itsmtier,appenv\n\
                        acme/orders,,ord001,orders,@acme/orders,4711,2,\n\
                        acme/mono,,mono1,mono,@acme/mono,1,,\n\
                        ,,pay001,payments,@acme/pay,4712,1,\n";

/// The files and options of a test.
#[derive(Default)]
struct World {
    policy: &'static str,
    set: &'static [(&'static str, &'static str)],
    forced: &'static [(&'static str, &'static str)],
    codeowners: &'static str,
    person: &'static str,
    /// A whole `decisions.yaml`.
    statements: &'static str,
}

impl World {
    fn decided(&self, repository: &str, path: &str) -> Secret {
        let mut secret = secret(1, "PASSWORD", &[(repository, path)]);
        let policy = match self.policy {
            "" => Policy::builtin(),
            text => Policy::parse(Path::new("policy.yaml"), text).unwrap(),
        };
        let registry = Registry::from_csv(Path::new("registry.csv"), REGISTER, &policy).unwrap();
        let pairs = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs
                .iter()
                .map(|(field, value)| ((*field).to_owned(), (*value).to_owned()))
                .collect()
        };
        let forced = pairs(self.forced);
        let mut facts = RepositoryFacts {
            set: pairs(self.set),
            forced: forced.keys().cloned().collect(),
            ..RepositoryFacts::default()
        };
        facts.set.extend(forced);
        let text = match (self.person, self.statements) {
            ("", text) => text.to_owned(),
            (person, _) => format!("schema: 1\ndecisions:\n  {}: {person}\n", secret.id),
        };
        let decisions = (!text.is_empty())
            .then(|| Decisions::parse(Path::new("decisions.yaml"), &text, &policy).unwrap());
        let inputs = Inputs {
            registry: Some(&registry),
            repositories: Repositories(BTreeMap::from([(repository.to_owned(), facts)])),
            codeowners: BTreeMap::from([(
                repository.to_owned(),
                Codeowners::parse(self.codeowners),
            )]),
            decisions: decisions.as_ref(),
            ..Inputs::new(&policy, jiff::civil::date(2026, 3, 1))
        };
        decide(&mut secret, &inputs);
        let once = secret.clone();
        decide(&mut secret, &inputs);
        assert_eq!(secret, once);
        secret
    }
}

/// Fields of a secret as text: `owner=@acme/pay (Registry)`.
fn facts(secret: &Secret, fields: &[&str]) -> String {
    let fact = |field: &&str| match secret.metadata.get(*field) {
        Some(fact) => format!("{field}={} ({:?})", fact.value, fact.from),
        None => format!("{field}?"),
    };
    fields.iter().map(fact).collect::<Vec<_>>().join(", ")
}

const FIELDS: [&str; 5] = ["appid", "appname", "owner", "costcenter", "itsmtier"];
const OF_PAYMENTS: &str = "appname=payments (Registry), owner=@acme/pay (Registry), costcenter=4712 (Registry), itsmtier=1 (Registry)";

#[test]
fn a_known_application_brings_the_fields_of_its_rows() {
    let plain = World::default();
    assert_eq!(
        facts(&plain.decided("acme/orders", "a.yml"), &FIELDS),
        "appid=ord001 (Registry), appname=orders (Registry), owner=@acme/orders (Registry), costcenter=4711 (Registry), itsmtier=2 (Registry)"
    );
    let set = World {
        set: &[("appid", "pay001")],
        ..World::default()
    };
    let by_path = World {
        policy: "schema: 1\nmetadata:\n  rules:\n    - when: { path: ['pay/**'] }\n      set: { appid: pay001 }\n",
        ..World::default()
    };
    let person = World {
        person: "{ by: ann, metadata: { appid: pay001 } }",
        ..World::default()
    };
    let statement = World {
        statements: "schema: 2\nstatements:\n  - when: { path: { any: ['pay/**'] } }\n    by: ann\n    metadata: { appid: pay001 }\n",
        ..World::default()
    };
    for (world, source) in [
        (&set, "Set"),
        (&by_path, "Policy"),
        (&person, "Person"),
        (&statement, "Statement"),
    ] {
        // Also in the repository of another application, whose row says nothing about this one.
        for repository in ["acme/other", "acme/mono"] {
            let secret = world.decided(repository, "pay/a.yml");
            assert_eq!(
                facts(&secret, &FIELDS),
                format!("appid=pay001 ({source}), {OF_PAYMENTS}")
            );
        }
    }
    assert_eq!(
        facts(&by_path.decided("acme/mono", "a.yml"), &FIELDS),
        "appid=mono1 (Registry), appname=mono (Registry), owner=@acme/mono (Registry), costcenter=1 (Registry), itsmtier?"
    );
}

#[test]
fn set_and_the_register_fill_in_what_is_unknown() {
    let owners = "* @acme/ops\n";
    let world = World {
        set: &[("owner", "@acme/set")],
        codeowners: owners,
        ..World::default()
    };
    assert_eq!(
        facts(&world.decided("acme/orders", "a.yml"), &["owner"]),
        "owner=@acme/ops (Codeowners)"
    );
    let forced = World {
        forced: &[("owner", "@acme/set")],
        codeowners: owners,
        ..World::default()
    };
    assert_eq!(
        facts(&forced.decided("acme/orders", "a.yml"), &["owner"]),
        "owner=@acme/set (ForceSet)"
    );
    let overrides = World {
        policy: "schema: 1\nfields:\n  appid: {}\n  appname: {}\n  owner: { register: overrides }\n  costcenter: {}\n  itsmtier: {}\n  appenv: {}\n  appfunc: {}\n  dataclassification: {}\n  repository: {}\n",
        codeowners: owners,
        set: &[("owner", "@acme/set")],
        ..World::default()
    };
    assert_eq!(
        facts(&overrides.decided("acme/orders", "a.yml"), &["owner"]),
        "owner=@acme/orders (RegistryOverride)"
    );
    let unknown = World {
        set: &[("owner", "@acme/set")],
        ..World::default()
    };
    assert_eq!(
        facts(&unknown.decided("acme/orders", "a.yml"), &["owner"]),
        "owner=@acme/set (Set)"
    );
}

#[test]
fn an_environment_that_the_place_states_is_not_overruled_silently() {
    let world = World {
        set: &[("appenv", "dev")],
        ..World::default()
    };
    assert_eq!(
        facts(&world.decided("acme/orders", "a.yml"), &["appenv"]),
        "appenv=dev (Set)"
    );
    assert_eq!(
        facts(&world.decided("acme/orders", "dev/a.yml"), &["appenv"]),
        "appenv=dev (Policy)"
    );
    let secret = world.decided("acme/orders", "deploy/prod/a.yml");
    assert_eq!(facts(&secret, &["appenv"]), "appenv?");
    assert_eq!(secret.decision.outcome, Outcome::Review);
    insta::assert_snapshot!(secret.decision.questions.join("\n"), @"Which appenv is it: `dev` (acme/orders: deploy/prod/a.yml: --set appenv=dev) or `prod` (acme/orders: deploy/prod/a.yml: its path)? Answer with `metadata: { appenv: … }`.");
    let forced = World {
        forced: &[("appenv", "dev")],
        ..World::default()
    };
    assert_eq!(
        facts(
            &forced.decided("acme/orders", "deploy/prod/a.yml"),
            &["appenv"]
        ),
        "appenv=dev (ForceSet)"
    );
    let person = World {
        set: &[("appenv", "dev")],
        person: "{ by: ann, metadata: { appenv: prod } }",
        ..World::default()
    };
    assert_eq!(
        facts(
            &person.decided("acme/orders", "deploy/prod/a.yml"),
            &["appenv"]
        ),
        "appenv=prod (Person)"
    );
}
