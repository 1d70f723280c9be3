use crate::decide::repository_facts::Repositories;
use crate::decide::sample_secrets::secret;
use crate::decide::{Inputs, Policy, decide};
use crate::inventory::entry::{Outcome, Secret};

/// The facts of a place of a secret: its key, path, host, and the statements of the text around it.
#[derive(Clone, Copy, Default)]
struct Place<'a> {
    key: &'a str,
    path: &'a str,
    host: &'a str,
    text: &'a [&'a str],
}

fn decided(place: Place) -> Secret {
    let key = if place.key.is_empty() {
        "PASSWORD"
    } else {
        place.key
    };
    let path = if place.path.is_empty() {
        "app.conf"
    } else {
        place.path
    };
    let mut secret = secret(1, key, &[("acme/orders", path)]);
    secret.context.host = Some(place.host.to_owned()).filter(|host| !host.is_empty());
    secret.context.environment = place.text.iter().map(|text| (*text).to_owned()).collect();
    let policy = Policy::builtin();
    let inputs = Inputs {
        repositories: Repositories::default(),
        ..Inputs::new(&policy, jiff::civil::date(2026, 3, 1))
    };
    decide(&mut secret, &inputs);
    secret
}

fn environment(place: Place) -> Option<String> {
    decided(place)
        .metadata
        .get("appenv")
        .map(|fact| fact.value.clone())
}

/// Names of environments: the word, its beginning with a capital, the value of the field.
const ENVIRONMENTS: [(&str, &str, &str); 9] = [
    ("production", "Production", "prod"),
    ("prod", "Prod", "prod"),
    ("prd", "Prd", "prod"),
    ("non-prod", "NonProd", "nonp"),
    ("staging", "Staging", "nonp"),
    ("uat", "Uat", "nonp"),
    ("qa", "Qa", "test"),
    ("test", "Test", "test"),
    ("dev", "Dev", "dev"),
];

/// The forms of each source, with an environment.
fn forms(word: &str, capital: &str) -> [Vec<String>; 4] {
    let name = word.replace('-', "_");
    let keys = vec![
        format!("{}_DB_PASSWORD", name.to_uppercase()),
        format!("{name}.db.password"),
        format!("environments.{name}.password"),
        format!("db{capital}Password"),
    ];
    let paths = vec![
        format!("deploy/{word}/app.yml"),
        format!("config/application-{word}.yml"),
        format!(".env.{word}"),
        format!(".github/workflows/deploy-{word}.yml"),
    ];
    let hosts = vec![
        format!("db.{word}.example.com"),
        format!("{word}-db-01"),
        format!("{word}-db-01.eu.example.com"),
        format!("mysql.{word}.internal"),
        format!("orders.{word}.svc.cluster.local"),
        format!("orders-{word}.cluster-c1x2.eu-central-1.rds.amazonaws.com"),
        format!("db-{word}2.example.com"),
        format!("{word}.db.example.co.uk"),
    ];
    let texts = vec![
        word.to_owned(),
        capital.to_owned(),
        format!("{capital}Config"),
        format!("orders-{word}"),
        name.to_uppercase(),
    ];
    [keys, paths, hosts, texts]
}

fn of_source<'a>(source: usize, form: &'a str, texts: &'a [&'a str]) -> Place<'a> {
    let mut place = Place::default();
    match source {
        0 => place.key = form,
        1 => place.path = form,
        2 => place.host = form,
        _ => place.text = texts,
    }
    place
}

#[test]
fn every_source_states_every_environment() {
    for (word, capital, value) in ENVIRONMENTS {
        for (source, forms) in forms(word, capital).iter().enumerate() {
            for form in forms {
                let texts = [form.as_str()];
                let found = environment(of_source(source, form, &texts));
                assert_eq!(found.as_deref(), Some(value), "{form}");
            }
        }
    }
}

#[test]
fn other_words_state_none() {
    let keys = [
        "CI_PASSWORD",
        "LATEST_KEY",
        "contest.password",
        "devops.password",
        "productKey",
        "PRODIGY_TOKEN",
        "attested",
    ];
    let paths = [
        ".gitlab-ci.yml",
        ".github/workflows/test.yml",
        ".github/workflows/ci.yml",
        ".circleci/config.yml",
        "ci/build.yml",
        "devops/app.yml",
        ".devcontainer/x.json",
        "product/latest/app.yml",
        "contest/prodigy.yml",
        "usr/local/etc/x",
    ];
    let hosts = [
        "localhost",
        "db",
        "10.0.0.7",
        "app.dev",
        "mysql.test",
        "prod.com",
        "test.co.uk",
        "dev.azure.com",
        "devops.example.com",
        "product-db.example.com",
        "latest.example.com",
        "contest.example.com",
        "mysql.local",
        "host.docker.internal",
        "ci.example.com",
        "live.example.com",
    ];
    let texts = [
        "devops",
        "product",
        "ProductConfig",
        "eu",
        "node",
        "ci",
        "latest",
        "stages",
    ];
    for (source, decoys) in [&keys[..], &paths, &hosts, &texts].into_iter().enumerate() {
        for decoy in decoys {
            let texts = [*decoy];
            assert_eq!(
                environment(of_source(source, decoy, &texts)),
                None,
                "{decoy}"
            );
        }
    }
    // Jobs of a pipeline are actions, but the name of the value counts.
    let job = Place {
        key: "test.variables.PASSWORD",
        path: ".gitlab-ci.yml",
        ..Place::default()
    };
    assert_eq!(environment(job), None);
    let host = Place {
        host: "db.prod.example.com",
        ..job
    };
    assert_eq!(environment(host).as_deref(), Some("prod"));
}

#[test]
fn sources_that_contradict_each_other_leave_it_unset_and_ask() {
    for (word, capital, value) in ENVIRONMENTS {
        for (other, other_capital, other_value) in ENVIRONMENTS {
            let (one, two) = (forms(word, capital), forms(other, other_capital));
            for (first, of_first) in one.iter().enumerate().take(4) {
                for (second, of_second) in two.iter().enumerate().take(4) {
                    if first == second {
                        continue;
                    }
                    let (texts, more) = ([of_first[0].as_str()], [of_second[0].as_str()]);
                    let mut place = of_source(first, &of_first[0], &texts);
                    let with = of_source(second, &of_second[0], &more);
                    match second {
                        0 => place.key = with.key,
                        1 => place.path = with.path,
                        2 => place.host = with.host,
                        _ => place.text = with.text,
                    }
                    let secret = decided(place);
                    let found = secret
                        .metadata
                        .get("appenv")
                        .map(|fact| fact.value.as_str());
                    if value == other_value {
                        assert_eq!(found, Some(value), "{word} {other}");
                        continue;
                    }
                    assert_eq!(found, None, "{word} {other}");
                    assert_eq!(secret.decision.outcome, Outcome::Review);
                    let question = secret.decision.questions.join("\n");
                    let named = [value, other_value].map(|value| format!("`{value}` ("));
                    assert!(
                        named.iter().all(|value| question.contains(value)),
                        "{question}"
                    );
                }
            }
        }
    }
    // The text, the keys of a path and the labels of a host contradict themselves.
    let texts = ["production", "staging"];
    let text = Place {
        text: &texts,
        ..Place::default()
    };
    let key = Place {
        key: "staging.PROD_PASSWORD",
        ..Place::default()
    };
    let host = Place {
        host: "prod-db.test.example.com",
        ..Place::default()
    };
    for place in [text, key, host] {
        assert_eq!(environment(place), None);
    }
}
