use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;

use super::repository_facts::Repositories;
use super::rule_ids::{CONFLICT, NOT_FOUND, PERSON};
use super::sample_secrets::{place, secret};
use super::*;
use crate::finding::{Confidence, Kind, Origin};
use crate::inventory::entry::{Exposure, Fact, Outcome, Provenance, Secret};

/// The inputs of a test beyond the built-in policy.
#[derive(Default)]
struct World {
    registry: Option<Registry>,
    decisions: Option<Decisions>,
    codeowners: BTreeMap<String, Codeowners>,
    repositories: Repositories,
}

impl World {
    fn registry(text: &str) -> Self {
        let registry = Registry::from_csv(Path::new("r.csv"), text, &Policy::builtin()).unwrap();
        Self {
            registry: Some(registry),
            ..Self::default()
        }
    }

    fn decisions(mut self, id: &crate::secret::SecretId, entry: &str) -> Self {
        let text = format!("schema: 1\ndecisions:\n  {id}: {entry}\n");
        self.decisions =
            Some(Decisions::parse(Path::new("d.yaml"), &text, &Policy::builtin()).unwrap());
        self
    }

    /// Says of all secrets in a repository that a field has a value.
    fn set(mut self, repository: &str, field: &str, value: &str) -> Self {
        let facts = self
            .repositories
            .0
            .entry(repository.to_owned())
            .or_default();
        facts.set.insert(field.to_owned(), value.to_owned());
        self
    }

    fn with<T>(&self, run: impl FnOnce(&Inputs) -> T) -> T {
        run(&Inputs {
            registry: self.registry.as_ref(),
            codeowners: self.codeowners.clone(),
            decisions: self.decisions.as_ref(),
            repositories: self.repositories.clone(),
            ..Inputs::new(&Policy::builtin(), jiff::civil::date(2026, 3, 1))
        })
    }

    fn decide(&self, secret: &mut Secret) {
        self.with(|inputs| decide(secret, inputs));
    }
}

fn show(secret: &Secret) -> String {
    let mut lines: Vec<String> = secret
        .metadata
        .iter()
        .map(|(field, fact)| format!("{field}: {} ({:?})", fact.value, fact.from))
        .collect();
    let decision = &secret.decision;
    lines.push(format!(
        "→ {} by {}: {}",
        decision.outcome.name(),
        decision.rule,
        decision.reason
    ));
    lines.extend(
        decision
            .questions
            .iter()
            .map(|question| format!("? {question}")),
    );
    lines.join("\n")
}

#[test]
fn every_source_is_heard() {
    let mut world = World::registry("repository,path,appid,owner\norders,,ord001,\n");
    world.codeowners.insert(
        "acme/orders".to_owned(),
        Codeowners::parse("config/ @acme/ops"),
    );
    let mut secret = secret(1, "DB_PASSWORD", &[("acme/orders", "config/prod/db.yml")]);
    secret.kind = Kind::Database;
    world.decide(&mut secret);
    insta::assert_snapshot!(show(&secret), @r"
    appenv: prod (Policy)
    appfunc: dba (Policy)
    appid: ord001 (Registry)
    appname: orders (Derived)
    dataclassification: confidential (Default)
    owner: @acme/ops (Codeowners)
    repository: acme/orders (Derived)
    → relocate by at-head: The value is in the current code or configuration, so it is assumed to be in use.
    ");
    assert_eq!(missing_fields(&secret, &Policy::builtin()), [""; 0]);
    world.registry = None;
    world.codeowners.clear();
    world.decide(&mut secret);
    assert_eq!(
        missing_fields(&secret, &Policy::builtin()),
        ["appid", "owner"]
    );
    assert_eq!(secret.decision.outcome, Outcome::Relocate);
}

#[test]
fn the_default_policy_decides() {
    let rule = |change: fn(&mut Secret)| {
        let mut secret = secret(1, "password", &[("orders", "src/app.yml")]);
        change(&mut secret);
        World::default().decide(&mut secret);
        format!(
            "{} {}",
            secret.decision.outcome.name(),
            secret.decision.rule
        )
    };
    assert_eq!(rule(|_| ()), "relocate at-head");
    assert_eq!(rule(|s| s.expired = true), "retire expired");
    assert_eq!(
        rule(|s| s.exposure = Exposure::Unreachable),
        "retire unreachable"
    );
    assert_eq!(
        rule(|s| s.exposure = Exposure::History),
        "retire history-only"
    );
    assert_eq!(
        rule(|s| s.confidence = Confidence::Low),
        "review low-confidence"
    );
    assert_eq!(
        rule(|s| s.kind = Kind::AwsAccessKey),
        "review native-replacement"
    );
    assert_eq!(
        rule(|s| s.kind = Kind::PasswordHash),
        "retain password-hash"
    );
    assert_eq!(
        rule(|s| {
            s.detector = "private-key-openssh".to_owned();
            s.confidence = Confidence::Medium;
        }),
        "review unproved-private-key"
    );
    for host in [
        "localhost",
        "127.0.0.1",
        "127.1",
        "::1",
        "[::1]",
        "LocalHost.localdomain",
    ] {
        let mut secret = secret(1, "password", &[("orders", "src/app.yml")]);
        secret.context.host = Some(host.to_owned());
        World::default().decide(&mut secret);
        assert_eq!(secret.decision.rule, "local-host", "{host}");
    }
    let mut cloned = secret(
        1,
        "password",
        &[("orders", ".git/config"), ("orders", ".git/logs/HEAD")],
    );
    cloned.occurrences[0].origin = Origin::GitDirectory;
    cloned.occurrences[1].origin = Origin::Reflog;
    World::default().decide(&mut cloned);
    assert_eq!(
        (cloned.decision.outcome, cloned.decision.rule.as_str()),
        (Outcome::Review, "git-directory")
    );
    cloned.occurrences.push(place("orders", "src/app.yml"));
    World::default().decide(&mut cloned);
    assert_eq!(cloned.decision.rule, "at-head");
    let mut both = secret(
        1,
        "password",
        &[("orders", "test/a.py"), ("orders", "src/a.py")],
    );
    World::default().decide(&mut both);
    assert_eq!(both.decision.rule, "at-head");
}

#[test]
fn environments_and_functions_are_read_from_names() {
    for (key, path, appenv, appfunc) in [
        (
            "PASSWORD",
            "deploy/production/x.yml",
            Some("prod"),
            "service",
        ),
        ("PASSWORD", "values-non-prod.yaml", Some("nonp"), "service"),
        ("PASSWORD", "infra-live/dev/x.tf", Some("dev"), "service"),
        ("PASSWORD", "infra/live/x.tf", Some("prod"), "service"),
        ("PASSWORD", "usr/local/etc/x.conf", None, "service"),
        ("PASSWORD", ".env.local", Some("dev"), "service"),
        ("PASSWORD", "config/local/x.conf", Some("dev"), "service"),
        // The key contradicts the path.
        ("TEST_PASSWORD", "config/prod.yml", None, "service"),
        ("stagingPassword", "config/prod.yml", None, "service"),
        ("stagingPassword", "config/uat.yml", Some("nonp"), "service"),
        ("PASSWORD", ".gitlab-ci.yml", None, "service"),
        ("PASSWORD", ".github/workflows/test.yml", None, "service"),
        ("RABBITMQ_PASSWORD", "product/delivery.yml", None, "msg"),
    ] {
        let mut secret = secret(1, key, &[("r", path)]);
        World::default().decide(&mut secret);
        let value = |field: &str| secret.metadata.get(field).map(|fact| fact.value.as_str());
        assert_eq!(
            (value("appenv"), value("appfunc")),
            (appenv, Some(appfunc)),
            "{key} {path}"
        );
    }
}

#[test]
fn places_that_disagree_are_asked_about() {
    let world = World::registry("repository,appid,owner\norders,ord001,@a\nbilling,bil001,@a\n");
    let mut shared = secret(
        1,
        "API_KEY",
        &[
            ("acme/billing", "prod/b.yml"),
            ("acme/orders", "prod/a.yml"),
        ],
    );
    world.decide(&mut shared);
    insta::assert_snapshot!(show(&shared), @r"
    appenv: prod (Policy)
    appfunc: service (Default)
    dataclassification: confidential (Default)
    owner: @a (Registry)
    → review by conflict: Its places disagree on appid, appname. The value is in the current code or configuration, so it is assumed to be in use.
    ? It is used in bil001/prod, ord001/prod. Does each get a secret of its own, or do they share one? Answer with `uses: separate`, or with `uses: together` and the `metadata` of the shared one.
    ");
    let of = |secret: &Secret| {
        world.with(|inputs| applications(secret, inputs).into_iter().collect::<Vec<_>>())
    };
    assert_eq!(of(&shared), ["bil001", "ord001"]);

    // A place that exists only in history is no evidence of the secret's present use.
    shared.occurrences[0].at_head = false;
    shared.occurrences[0].origin = Origin::Blob;
    world.decide(&mut shared);
    assert_eq!(of(&shared), ["ord001"]);
    assert_eq!(shared.decision.outcome, Outcome::Relocate);

    // A person settles it.
    shared.occurrences[0].at_head = true;
    let world = world.decisions(
        &shared.id,
        "{ by: jane, metadata: { appid: shr001, appname: shared } }",
    );
    world.decide(&mut shared);
    assert_eq!(
        shared.metadata["appid"],
        Fact {
            value: "shr001".to_owned(),
            from: Provenance::Person
        }
    );
    assert_eq!(shared.decision.outcome, Outcome::Relocate);
    assert_eq!(
        world
            .with(|inputs| applications(&shared, inputs))
            .into_iter()
            .collect::<Vec<_>>(),
        ["shr001"]
    );
}

#[test]
fn what_is_said_of_a_repository_counts_like_its_places() {
    let mut shared = secret(
        1,
        "API_KEY",
        &[
            ("acme/billing", "prod/b.yml"),
            ("acme/orders", "prod/a.yml"),
        ],
    );
    let world = World::default().set("acme/orders", "appid", "ord001");
    world.decide(&mut shared);
    assert_eq!(
        shared.metadata["appid"],
        Fact {
            value: "ord001".to_owned(),
            from: Provenance::Set
        }
    );
    let world = world.set("acme/billing", "appid", "bil001");
    world.decide(&mut shared);
    assert_eq!(
        (shared.decision.outcome, shared.decision.rule.as_str()),
        (Outcome::Review, CONFLICT)
    );
    let mut other = shared.clone();

    // A place that exists only in history is no evidence of the secret's present use.
    shared.occurrences[0].at_head = false;
    shared.occurrences[0].origin = Origin::Blob;
    world.decide(&mut shared);
    assert_eq!(shared.metadata["appid"].value, "ord001");

    // It goes before the registry, but not before the statement of a person about the secret.
    let world = World {
        repositories: world.repositories,
        ..World::registry("repository,appid\norders,reg001\nbilling,reg001\n")
    };
    world.decide(&mut other);
    assert_eq!(other.decision.rule, CONFLICT);
    let world = world.decisions(&other.id, "{ by: jane, metadata: { appid: shr001 } }");
    world.decide(&mut other);
    assert_eq!(
        other.metadata["appid"],
        Fact {
            value: "shr001".to_owned(),
            from: Provenance::Person
        }
    );
}

#[test]
fn clones_of_one_repository_are_one_application() {
    let world = World::registry("repository,appid,owner\nacme/orders,ord001,@a\n");
    let mut it = secret(
        1,
        "PROD_KEY",
        &[
            ("acme/orders", "a"),
            ("acme/orders~2", "a"),
            ("acme/orders~3", "a"),
        ],
    );
    world.decide(&mut it);
    insta::assert_snapshot!(show(&it), @r"
    appenv: prod (Policy)
    appfunc: service (Default)
    appid: ord001 (Registry)
    appname: orders (Derived)
    dataclassification: confidential (Default)
    owner: @a (Registry)
    repository: acme/orders (Derived)
    → relocate by at-head: The value is in the current code or configuration, so it is assumed to be in use.
    ");
}

#[test]
fn nothing_known_means_no_application() {
    let secret = secret(1, "API_KEY", &[("orders", "a")]);
    assert!(
        World::default()
            .with(|inputs| applications(&secret, inputs))
            .is_empty()
    );
}

#[test]
fn people_are_believed() {
    let mut it = secret(1, "PASSWORD", &[("orders", "prod/a.yml")]);
    let entry = "{ outcome: retain, reason: The mainframe stays., by: jane, until: 2026-03-01, name: host-login }";
    let world = World::default()
        .decisions(&it.id, entry)
        .set("orders", "appid", "ord001");
    world.decide(&mut it);
    insta::assert_snapshot!(show(&it), @r"
    appenv: prod (Policy)
    appfunc: service (Default)
    appid: ord001 (Set)
    appname: orders (Derived)
    dataclassification: confidential (Default)
    name: host-login (Person)
    repository: orders (Derived)
    → retain by person: The mainframe stays. (jane)
    ");

    // Facts and decisions of people outlast the run that brought them …
    let kept = it.clone();
    let mut world = World {
        decisions: None,
        ..world
    };
    world.decide(&mut it);
    assert_eq!(it, kept);
    // … until the file of decisions no longer has the decision, or the name.
    world.decisions = Some(Decisions::default());
    world.decide(&mut it);
    assert_eq!(
        (it.decision.outcome, it.metadata["appid"].value.as_str()),
        (Outcome::Relocate, "ord001")
    );
    assert!(!it.metadata.contains_key(NAME));
}

#[test]
fn what_a_person_decided_for_a_time_ends_aloud() {
    let mut it = secret(1, "PASSWORD", &[("orders", "prod/a.yml")]);
    let entry = "{ outcome: retain, reason: Later., by: jane, until: 2026-02-28 }";
    World::default().decisions(&it.id, entry).decide(&mut it);
    insta::assert_snapshot!(show(&it), @r"
    appenv: prod (Policy)
    appfunc: service (Default)
    appname: orders (Derived)
    dataclassification: confidential (Default)
    repository: orders (Derived)
    → relocate by at-head: The value is in the current code or configuration, so it is assumed to be in use. jane decided retain until 2026-02-28, which has passed.
    ");
}

#[test]
fn what_no_rule_covers_goes_to_a_person() {
    let text = "schema: 1\ndecisions: []\n";
    let policy = Policy::parse(Path::new("p"), text).unwrap();
    let mut it = secret(1, "PASSWORD", &[("orders", "prod/a.yml")]);
    World::default().with(|inputs| {
        decide(
            &mut it,
            &Inputs {
                policy: &policy,
                ..inputs.clone()
            },
        )
    });
    insta::assert_snapshot!(show(&it), @r"
    appenv: prod (Policy)
    appfunc: service (Default)
    appname: orders (Derived)
    dataclassification: confidential (Default)
    repository: orders (Derived)
    → review by no-rule: No rule of the policy applies to it.
    ? Is it still used and valid?
    ? Can a service of AWS replace it: an IAM role, a password that RDS manages, ACM, KMS?
    ? Must it stay on premises?
    ? Does the application that uses it migrate?
    ");
}

#[test]
fn a_secret_without_places_is_decided() {
    let mut it = secret(1, "PROD_PASSWORD", &[]);
    World::default().decide(&mut it);
    assert_eq!(it.metadata["appenv"].value, "prod");
    assert_eq!(
        (it.decision.outcome, it.decision.rule.as_str()),
        (Outcome::Retire, NOT_FOUND)
    );
    it.occurrences = vec![place("orders", "")];
    World::default().decide(&mut it);
    assert_eq!(it.metadata["appname"].value, "orders");
}

#[test]
fn what_is_no_longer_found_is_not_relocated_and_loses_no_fact() {
    let mut it = secret(1, "PASSWORD", &[("orders", "prod/a.yml")]);
    let world = World::registry("repository,appid,owner\norders,ord001,@a\n");
    world.decide(&mut it);
    let known = it.metadata.clone();
    it.occurrences.clear();
    world.decide(&mut it);
    assert_eq!(it.metadata, known);
    insta::assert_snapshot!(it.decision.reason, @"It is no longer found in any repository, so it cannot be read to be moved. Revoke it where it was issued.");
    it.progress = crate::inventory::entry::MigrationProgress::Imported;
    world.decide(&mut it);
    insta::assert_snapshot!(it.decision.reason, @"It is in Secrets Manager and no longer found in any repository. Whoever kept a copy of one can still read it: change it where it was issued.");

    // Nor by the word of a person, who did not know. It is his entry all the same, and counts again
    // should it come back.
    let entry = "{ outcome: relocate, reason: We need it., by: jane }";
    let world = World::default().decisions(&it.id, entry);
    world.decide(&mut it);
    assert_eq!(
        (it.decision.outcome, it.decision.rule.as_str()),
        (Outcome::Retire, PERSON)
    );
    assert!(
        it.decision
            .reason
            .ends_with("A person decided to relocate it: We need it. (jane)"),
        "{:?}",
        it.decision
    );
    let kept = it.clone();
    World::default().decide(&mut it);
    assert_eq!(it, kept);
    it.occurrences = vec![place("orders", "prod/a.yml")];
    world.decide(&mut it);
    assert_eq!(it.decision.outcome, Outcome::Relocate);
}

fn any_secret() -> impl Strategy<Value = Secret> {
    let places = prop::collection::vec(
        (
            prop::sample::select(vec!["acme/orders", "billing", "x/--"]),
            prop::sample::select(vec!["prod/a.yml", "test/b", "", "dev/c.tf"]),
            any::<bool>(),
        ),
        0..4,
    );
    let key = prop::sample::select(vec!["", "DB_PASSWORD", "prodToken", "ci-key"]);
    let facts = prop::collection::btree_map(
        prop::sample::select(vec!["appid", "owner", "appenv", "name", "old"]),
        prop::sample::select(vec![
            Provenance::Person,
            Provenance::Registry,
            Provenance::Default,
        ]),
        0..4,
    );
    (places, key, facts, any::<bool>(), any::<bool>(), 0..3usize).prop_map(
        |(places, key, facts, expired, person, confidence)| {
            let mut it = secret(
                1,
                key,
                &places.iter().map(|(a, b, _)| (*a, *b)).collect::<Vec<_>>(),
            );
            for (place, (_, _, head)) in it.occurrences.iter_mut().zip(&places) {
                place.at_head = *head;
                place.origin = if *head {
                    Origin::Worktree
                } else {
                    Origin::Blob
                };
            }
            for (field, from) in facts {
                it.metadata.insert(
                    field.to_owned(),
                    Fact {
                        value: format!("{field}1"),
                        from,
                    },
                );
            }
            it.expired = expired;
            it.confidence = [Confidence::Low, Confidence::Medium, Confidence::High][confidence];
            if person {
                it.decision.rule = PERSON.to_owned();
            }
            it
        },
    )
}

proptest! {
    #[test]
    fn deciding_twice_changes_nothing(it in any_secret(), registry: bool, set: bool, entry in 0..4usize) {
        let mut world = match registry {
            true => World::registry("repository,appid\norders,ord001\nbilling,bil001\n"),
            false => World::default(),
        };
        if set {
            world = world.set("orders", "owner", "@set");
        }
        let world = match entry {
            0 => world,
            1 => world.decisions(&it.id, "{ by: j, metadata: { appid: per001 } }"),
            2 => world.decisions(&it.id, "{ by: j, outcome: retain, reason: r, until: 2026-02-01 }"),
            _ => world.decisions(&it.id, "{ by: j, outcome: review, reason: r }"),
        };
        let mut once = it;
        world.decide(&mut once);
        let mut twice = once.clone();
        world.decide(&mut twice);
        prop_assert_eq!(&once, &twice);
        prop_assert!(once.decision.questions.is_empty() || once.decision.outcome == Outcome::Review);
    }
}
