//! Tests of the weak sources of facts, and of the fields that other assets give.

use std::collections::BTreeSet;
use std::path::Path;

use super::*;
use crate::decide::sample_secrets::secret;
use crate::decide::{Policy, Registry, decide};
use crate::inventory::entry::Outcome;

/// Decides about a password at `deploy/app.env` of `acme/orders`, after `change` has changed it and its inputs.
fn decided(policy: &str, change: impl FnOnce(&mut Secret, &mut Inputs)) -> Secret {
    let policy = match policy {
        "" => Policy::builtin(),
        text => Policy::parse(Path::new("policy.yaml"), text).unwrap(),
    };
    let mut secret = secret(1, "PASSWORD", &[("acme/orders", "deploy/app.env")]);
    let mut inputs = Inputs::new(&policy, jiff::civil::date(2026, 3, 1));
    change(&mut secret, &mut inputs);
    decide(&mut secret, &inputs);
    let once = secret.clone();
    decide(&mut secret, &inputs);
    assert_eq!(secret, once);
    secret
}

/// The value of a field and its provenance.
fn fact(secret: &Secret, field: &str) -> Option<(String, Provenance)> {
    let fact = secret.metadata.get(field)?;
    Some((fact.value.clone(), fact.from))
}

fn on_branches(refs: &[&str]) -> Option<(String, Provenance)> {
    let refs = refs.iter().map(|name| (*name).to_owned()).collect();
    let decided = decided("", |secret, _| secret.occurrences[0].refs = refs);
    fact(&decided, "appenv")
}

#[test]
fn a_branch_from_which_an_environment_is_deployed_states_it() {
    let derived = |value: &str| Some((value.to_owned(), Provenance::Derived));
    for (branch, value) in [
        ("refs/heads/env/prod", "prod"),
        ("refs/heads/production", "prod"),
        ("refs/remotes/origin/deploy/staging", "nonp"),
        ("refs/heads/environments/qa", "test"),
        ("refs/heads/env/dev", "dev"),
    ] {
        assert_eq!(on_branches(&[branch]), derived(value), "{branch}");
    }
    // A stage of the work on code, a topic, and a tag are no environments.
    for branch in [
        "refs/heads/develop",
        "refs/heads/test",
        "refs/heads/feature/prod-fix",
        "refs/heads/main",
        "refs/tags/production",
    ] {
        assert_eq!(on_branches(&[branch]), None, "{branch}");
    }
    // A value that other branches have, too, is not that of one environment.
    for other in ["refs/heads/main", "refs/heads/env/test"] {
        assert_eq!(on_branches(&["refs/heads/env/prod", other]), None);
    }
    let same = ["refs/heads/env/prod", "refs/remotes/origin/env/prod"];
    assert_eq!(on_branches(&same), derived("prod"));
}

#[test]
fn a_branch_is_weaker_than_every_other_source() {
    let prod = || vec!["refs/heads/env/prod".to_owned()];
    let by_path = decided("", |secret, _| {
        let place = &mut secret.occurrences[0];
        (place.path, place.refs) = ("deploy/dev/app.env".to_owned(), prod());
    });
    let dev = |from| Some(("dev".to_owned(), from));
    assert_eq!(fact(&by_path, "appenv"), dev(Provenance::Policy));
    let by_option = decided("", |secret, inputs| {
        secret.occurrences[0].refs = prod();
        let facts = inputs.repositories.0.entry("acme/orders".to_owned());
        let set = &mut facts.or_default().set;
        set.insert("appenv".to_owned(), "dev".to_owned());
    });
    assert_eq!(fact(&by_option, "appenv"), dev(Provenance::Set));
    assert_eq!(by_option.decision.outcome, Outcome::Relocate);
}

#[test]
fn an_author_is_an_owner_only_if_the_policy_says_so() {
    let author = |name: &str| {
        let name = Some(name.to_owned());
        move |secret: &mut Secret, _: &mut Inputs| secret.occurrences[0].author = name
    };
    assert_eq!(
        fact(&decided("", author("Ann <ann@acme.example>")), "owner"),
        None
    );
    let fill = "schema: 1\nfields:\n  owner: { required: true, authors: fill }\n  appid: {}\n  appname: {}\n  \
                appfunc: {}\n  appenv: {}\n  dataclassification: {}\n";
    let owner = |name| fact(&decided(fill, author(name)), "owner");
    let derived = |value: &str| Some((value.to_owned(), Provenance::Derived));
    assert_eq!(owner("Ann <ann@acme.example>"), derived("ann@acme.example"));
    assert_eq!(owner("Ann <>"), derived("Ann <>"));
    assert_eq!(owner(""), None);

    // Several authors are a question, and CODEOWNERS comes first.
    let two = |secret: &mut Secret, _: &mut Inputs| {
        let mut other = secret.occurrences[0].clone();
        other.path = "deploy/b.env".to_owned();
        other.author = Some("Bob <bob@acme.example>".to_owned());
        secret.occurrences[0].author = Some("Ann <ann@acme.example>".to_owned());
        secret.occurrences.push(other);
    };
    let asked = decided(fill, two);
    assert_eq!(fact(&asked, "owner"), None);
    assert_eq!(
        asked.decision.questions,
        [
            "Which owner is it: `ann@acme.example` (acme/orders: deploy/app.env) or `bob@acme.example` (acme/orders: \
             deploy/b.env)? Answer with `metadata: { owner: … }`."
        ]
    );
    let owned = decided(fill, |secret, inputs| {
        two(secret, inputs);
        let owners = crate::decide::Codeowners::parse("* @acme/orders\n");
        inputs.codeowners.insert("acme/orders".to_owned(), owners);
    });
    assert_eq!(
        fact(&owned, "owner"),
        Some(("@acme/orders".to_owned(), Provenance::Codeowners))
    );
}

#[test]
fn the_pipeline_is_that_of_the_only_configuration() {
    let pipeline = |systems: &[&str]| {
        let systems: BTreeSet<String> = systems.iter().map(|name| (*name).to_owned()).collect();
        decided("", |_, inputs| {
            inputs.pipelines.insert("acme/orders".to_owned(), systems);
        })
    };
    let jenkins = Some(("jenkins".to_owned(), Provenance::Derived));
    assert_eq!(fact(&pipeline(&["jenkins"]), "pipeline"), jenkins);
    assert_eq!(fact(&pipeline(&[]), "pipeline"), None);
    // The field is not required, so nobody is asked which of two it is.
    let two = pipeline(&["github-actions", "jenkins"]);
    assert_eq!(fact(&two, "pipeline"), None);
    assert_eq!(two.decision.outcome, Outcome::Relocate);
}

#[test]
fn derivable_fields_come_from_the_register_and_the_repository() {
    let register = "repository,appid,appname,costcenter,itsmtier,sensitivityrating\n\
                    acme/orders,ord001,orders,4711,2,high\n";
    let policy = Policy::builtin();
    let registry = Registry::from_csv(Path::new("r.csv"), register, &policy).unwrap();
    let mut secret = secret(1, "PASSWORD", &[("acme/orders", "deploy/app.env")]);
    let inputs = Inputs {
        registry: Some(&registry),
        ..Inputs::new(&policy, jiff::civil::date(2026, 3, 1))
    };
    decide(&mut secret, &inputs);
    for (field, value, from) in [
        ("costcenter", "4711", Provenance::Registry),
        ("itsmtier", "2", Provenance::Registry),
        ("sensitivityrating", "high", Provenance::Registry),
        ("appid", "ord001", Provenance::Registry),
        ("repository", "acme/orders", Provenance::Derived),
        ("dataclassification", "confidential", Provenance::Default),
    ] {
        assert_eq!(
            fact(&secret, field),
            Some((value.to_owned(), from)),
            "{field}"
        );
    }
    // Nothing says anything of these.
    for field in ["owner", "appenv", "pipeline"] {
        assert_eq!(fact(&secret, field), None, "{field}");
    }
}
