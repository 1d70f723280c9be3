//! Tests of replacements and rotation.

use std::path::Path;

use super::*;
use crate::decide::sample_secrets::{decided, place, secret};
use crate::decide::{Decisions, Policy, decide};
use crate::finding::{Kind, Origin};
use crate::inventory::entry::Provenance;

/// A statement about the sample secret with id 1.
fn statement(says: &str) -> Decisions {
    let id = secret(1, "", &[]).id;
    let text = format!("schema: 2\nstatements:\n  - {{ secret: {id}, by: ann, {says} }}\n");
    decisions(&text).unwrap()
}

fn decisions(text: &str) -> Result<Decisions, String> {
    let policy = Policy::builtin();
    let read = Decisions::parse(Path::new("decisions.yaml"), text, &policy);
    read.map_err(|error| error.to_string())
}

/// Decides twice. The second time must change nothing.
fn decided_by(secret: &Secret, policy: &Policy, decisions: Option<&Decisions>) -> Secret {
    let mut secret = secret.clone();
    let inputs = Inputs {
        decisions,
        ..Inputs::new(policy, jiff::civil::date(2026, 1, 1))
    };
    decide(&mut secret, &inputs);
    let once = secret.clone();
    decide(&mut secret, &inputs);
    assert_eq!(secret, once);
    secret
}

fn access_key(path: &str) -> Secret {
    let mut secret = secret(1, "AWS_SECRET_ACCESS_KEY", &[("shop", path)]);
    secret.kind = Kind::AwsAccessKey;
    secret.detector = "aws-secret-access-key".to_owned();
    secret
}

fn database(engine: &str, user: &str, host: &str) -> Secret {
    let mut secret = secret(1, "DB_PASSWORD", &[("shop", "app.env")]);
    secret.kind = Kind::Database;
    secret.context.engine = Some(engine.to_owned());
    secret.context.user = Some(user.to_owned());
    secret.context.host = Some(host.to_owned());
    secret
}

/// The outcome with its rule, the replacement and the rotation.
fn show(secret: &Secret) -> String {
    let replacement = secret.replacement.as_ref();
    let replacement = replacement.map(|known| format!("{} {}", known.status.name(), known.rule));
    let rotation = secret.rotation.as_ref();
    let rotation = rotation.map(|chosen| format!("{} ({})", chosen.rotation(), chosen.rule));
    format!(
        "{} {} | {} | {}",
        secret.decision.outcome.name(),
        secret.decision.rule,
        replacement.as_deref().unwrap_or("-"),
        rotation.as_deref().unwrap_or("-")
    )
}

#[test]
fn a_service_is_asked_about_where_the_place_suggests_it() {
    let shown = |secret: Secret| show(&decided(secret, None));
    let question = |rule: &str| {
        format!("review native-replacement | question {rule} | native (service-rotates)")
    };
    for path in [
        ".github/workflows/deploy.yml",
        ".gitlab-ci.yml",
        "infra/Jenkinsfile",
        ".circleci/config.yml",
    ] {
        assert_eq!(
            shown(access_key(path)),
            question("aws-access-key-in-pipeline"),
            "{path}"
        );
    }
    assert_eq!(shown(access_key("app.env")), question("aws-access-key"));
    // A role of the pipeline does not replace the key of an application.
    let mut both = access_key(".github/workflows/deploy.yml");
    both.occurrences.push(place("shop", "app.env"));
    assert_eq!(shown(both), question("aws-access-key"));

    let hosts = [
        (
            "o.c1.eu-west-1.rds.amazonaws.com",
            "postgres",
            "rds-master-password",
        ),
        (
            "w.c1.eu-west-1.redshift.amazonaws.com",
            "awsuser",
            "redshift-admin-password",
        ),
        (
            "d.c1.eu-west-1.docdb.amazonaws.com",
            "docdbadmin",
            "documentdb-master-password",
        ),
    ];
    for (host, user, rule) in hosts {
        assert_eq!(shown(database("postgres", user, host)), question(rule));
    }
    let mut template = secret(1, "MasterUserPassword", &[("shop", "rds.yaml")]);
    template.kind = Kind::Database;
    assert_eq!(shown(template), question("rds-master-password-in-template"));
    for (detector, path, rule) in [
        (
            "github-personal-token",
            ".github/workflows/ci.yml",
            "github-token-in-pipeline",
        ),
        (
            "gitlab-personal-token",
            ".gitlab-ci.yml",
            "gitlab-token-in-pipeline",
        ),
    ] {
        let mut token = secret(1, "TOKEN", &[("shop", path)]);
        token.kind = Kind::ThirdParty;
        token.detector = detector.to_owned();
        assert_eq!(shown(token), question(rule));
    }
}

#[test]
fn a_service_that_only_the_kind_suggests_is_a_remark() {
    let shown = |kind: Kind, detector: &str| {
        let mut secret = secret(1, "KEY", &[("shop", "app.env")]);
        secret.kind = kind;
        secret.confidence = crate::finding::Confidence::High;
        secret.detector = detector.to_owned();
        show(&decided(secret, None))
    };
    assert_eq!(
        shown(Kind::CertificatePrivateKey, "private-key-rsa"),
        "relocate at-head | remark certificate-key | none (key-of-certificate)"
    );
    assert_eq!(
        shown(Kind::CryptographicKey, "generic-cryptographic-key"),
        "relocate at-head | remark encryption-key | none (key-of-data)"
    );
    assert_eq!(
        shown(Kind::CryptographicKey, "hashicorp-vault-unseal-key"),
        "relocate at-head | remark vault-unseal-key | none (key-of-data)"
    );
    // Another party has the secret of a webhook, too.
    assert_eq!(
        shown(Kind::CryptographicKey, "stripe-webhook-secret"),
        "relocate at-head | - | none (key-of-data)"
    );
    assert_eq!(
        shown(Kind::SshKey, "private-key-putty"),
        "relocate at-head | remark ssh-key | none (no-function)"
    );
    let rds = database("postgres", "orders", "o.c1.eu-west-1.rds.amazonaws.com");
    assert_eq!(
        show(&decided(rds, None)),
        "relocate at-head | remark rds-iam-authentication | single-user every 30 days (database)"
    );
    let mut cache = secret(1, "REDIS_PASSWORD", &[("shop", "app.env")]);
    cache.context.host = Some("r.c1.euw1.cache.amazonaws.com".to_owned());
    assert_eq!(
        show(&decided(cache, None)),
        "relocate at-head | remark elasticache-iam-authentication | none (no-function)"
    );
}

#[test]
fn the_question_names_the_service_and_its_documentation() {
    let secret = decided(access_key("app.env"), None);
    assert_eq!(
        secret.decision.reason,
        "It may be unnecessary to store this value. An IAM role gives the same access with credentials that rotate automatically. \
         See https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html"
    );
    assert_eq!(
        secret.decision.questions,
        [
            "Is the value still used and valid, and what uses it?",
            "Can an IAM role replace it: of the instance, the task or the function, by OIDC for a pipeline, or IAM Roles Anywhere on premises?"
        ]
    );
}

#[test]
fn a_person_adopts_or_declines_a_replacement() {
    let policy = Policy::builtin();
    let key = access_key("app.env");
    let adopted = statement("replacement: aws-access-key-in-pipeline");
    let replaced = decided_by(&key, &policy, Some(&adopted));
    assert_eq!(
        show(&replaced),
        "retire replaced | adopted aws-access-key-in-pipeline | native (service-rotates)"
    );
    assert!(
        replaced
            .decision
            .reason
            .contains("by OIDC takes its place. When nothing uses"),
        "{}",
        replaced.decision.reason
    );
    // Without a file of statements, what was said stays; a file without it takes it back.
    assert_eq!(decided_by(&replaced, &policy, None), replaced);
    let nothing = decisions("schema: 2\nstatements: []\n").unwrap();
    assert_eq!(
        show(&decided_by(&replaced, &policy, Some(&nothing))),
        "review native-replacement | question aws-access-key | native (service-rotates)"
    );
    let declined = statement("replacement: none");
    assert_eq!(
        show(&decided_by(&key, &policy, Some(&declined))),
        "relocate at-head | declined aws-access-key | none (no-function)"
    );
    // An outcome that a person gives comes first.
    let both = statement("replacement: aws-access-key, outcome: relocate, reason: later");
    assert!(show(&decided_by(&key, &policy, Some(&both))).starts_with("relocate person | adopted"));
}

#[test]
fn a_statement_with_a_condition_adopts_replacements_of_all_that_it_matches() {
    let text = "schema: 2\nstatements:\n  - { when: { kind: [aws-access-key] }, replacement: aws-access-key, by: ann }\n";
    let decisions = decisions(text).unwrap();
    let policy = Policy::builtin();
    let replaced = decided_by(&access_key("app.env"), &policy, Some(&decisions));
    assert!(show(&replaced).starts_with("retire replaced | adopted aws-access-key |"));
    assert_eq!(replaced.metadata["replacement"].from, Provenance::Statement);
}

#[test]
fn databases_rotate_by_engine_environment_and_user() {
    let rotation = |engine: &str, user: &str, path: &str| {
        let mut secret = database(engine, user, "db.example.com");
        secret.occurrences = vec![place("shop", path)];
        let chosen = decided(secret, None).rotation.unwrap();
        format!("{} ({})", chosen.rotation(), chosen.rule)
    };
    for engine in [
        "mysql",
        "mariadb",
        "postgres",
        "oracle",
        "sqlserver",
        "db2",
        "redshift",
        "mongo",
    ] {
        assert_eq!(
            rotation(engine, "orders", "app.env"),
            "single-user every 30 days (database)"
        );
        assert_eq!(
            rotation(engine, "orders", "deploy/prod.env"),
            "alternating-users every 30 days (database-in-production)"
        );
        assert_eq!(
            rotation(engine, "sa", "deploy/prod.env"),
            "single-user every 30 days (database-administrator)"
        );
    }
    assert_eq!(
        rotation("cassandra", "orders", "app.env"),
        "none (no-function)"
    );
}

#[test]
fn secrets_of_partners_are_managed_external() {
    let rotation = |detector: &str| {
        let mut secret = secret(1, "TOKEN", &[("shop", "app.env")]);
        secret.kind = Kind::ThirdParty;
        secret.detector = detector.to_owned();
        decided(secret, None)
            .rotation
            .unwrap()
            .rotation()
            .to_string()
    };
    for (detector, secret_type) in [
        ("confluent-api-secret", "ConfluentCloudApiKey"),
        ("databricks-token", "DatabricksPAT"),
        ("databricks-oauth-secret", "DatabricksSPSecret"),
        ("datadog-api-key", "DatadogApiKey"),
        ("datadog-app-key", "DatadogApplicationKey"),
        ("gitlab-personal-token", "GitLabAccessToken"),
        ("jenkins-api-token", "JenkinsApiToken"),
        (
            "mongodb-atlas-service-account-secret",
            "MongoDBAtlasServiceAccount",
        ),
        ("paddle-api-key", "PaddleApiKey"),
        ("salesforce-consumer-secret", "SalesforceClientSecret"),
        ("sonarqube-token", "SonarQubeToken"),
    ] {
        assert_eq!(
            rotation(detector),
            format!("managed-external {secret_type} every 30 days")
        );
    }
    let atlas = database("mongo", "orders", "c0.ab1.mongodb.net");
    let chosen = decided(atlas, None).rotation.unwrap();
    assert_eq!(
        chosen.secret_type.as_deref(),
        Some("MongoDBAtlasDatabaseUser")
    );
}

#[test]
fn a_secret_that_does_not_go_to_secrets_manager_has_no_rotation() {
    let mut secret = database("mysql", "orders", "db.example.com");
    secret.exposure = crate::inventory::entry::Exposure::History;
    let place = &mut secret.occurrences[0];
    (place.origin, place.at_head) = (Origin::Blob, false);
    assert_eq!(show(&decided(secret, None)), "retire history-only | - | -");
}

#[test]
fn a_person_chooses_the_rotation() {
    let policy = Policy::builtin();
    let secret = database("mysql", "orders", "db.example.com");
    for (says, expected) in [
        (
            "rotation: { strategy: alternating-users, days: 60 }",
            "alternating-users every 60 days",
        ),
        ("rotation: { strategy: none }", "none"),
        (
            "rotation: { strategy: custom, days: 1 }",
            "custom every 1 day",
        ),
        (
            "rotation: { strategy: managed-external, type: SnowflakePat, days: 7 }",
            "managed-external SnowflakePat every 7 days",
        ),
    ] {
        let said = decided_by(&secret, &policy, Some(&statement(says)));
        assert_eq!(
            show(&said),
            format!("relocate at-head | - | {expected} (person)")
        );
        assert_eq!(decided_by(&said, &policy, None), said);
    }
}

#[test]
fn statements_that_disagree_on_the_rotation_contradict_each_other() {
    let id = secret(1, "", &[]).id;
    let text = format!(
        "schema: 2\nstatements:\n  - {{ secret: {id}, by: ann, rotation: {{ strategy: none }} }}\n  \
         - {{ secret: {id}, by: bob, rotation: {{ strategy: single-user, days: 30 }} }}\n"
    );
    let decisions = decisions(&text).unwrap();
    let policy = Policy::builtin();
    let secret = database("mysql", "orders", "db.example.com");
    let asked = decided_by(&secret, &policy, Some(&decisions));
    assert!(
        show(&asked).starts_with("review conflict"),
        "{}",
        show(&asked)
    );
}

#[test]
fn mistakes_in_statements_have_their_places() {
    let wrong = |says: &str| {
        let id = secret(1, "", &[]).id;
        let text = format!("schema: 2\nstatements:\n  - secret: {id}\n    by: ann\n    {says}\n");
        decisions(&text).unwrap_err()
    };
    insta::assert_snapshot!(wrong("rotation: { strategy: none, days: 30 }"), @"decisions.yaml:5:39: statements[0].rotation.days: a secret that nothing rotates has no interval");
    insta::assert_snapshot!(wrong("replacement: magic"), @"decisions.yaml:5:18: statements[0].replacement: no rule of `replacements` has the id `magic`; known are aws-access-key-in-pipeline, aws-access-key, rds-master-password, rds-master-password-in-template, redshift-admin-password, documentdb-master-password, rds-iam-authentication, elasticache-iam-authentication, github-token-in-pipeline, gitlab-token-in-pipeline, vault-unseal-key, certificate-key, encryption-key, ssh-key, none");
    insta::assert_snapshot!(wrong("when: { replaceable: true }"), @"decisions.yaml:5:26: statements[0].when.replaceable: only rules of `decisions` and `rotations` may have this condition");
}

#[test]
fn a_policy_has_rules_of_its_own() {
    let text = "\
schema: 1
replacements:
  before:
    - { id: vault, when: { key: '(?i)^vault' }, service: Vault, then: remark, reason: r, documentation: 'https://v.example' }
  remove: [ssh-key]
rotations:
  replace:
    - { id: no-function, strategy: custom, days: 90, reason: r }
";
    let policy = Policy::parse(Path::new("policy.yaml"), text).unwrap();
    let mut key = secret(1, "VAULT_KEY", &[("shop", "app.env")]);
    key.kind = Kind::SshKey;
    assert_eq!(
        show(&decided_by(&key, &policy, None)),
        "relocate at-head | remark vault | custom every 90 days (no-function)"
    );
    key.context.key = None;
    assert_eq!(
        show(&decided_by(&key, &policy, None)),
        "relocate at-head | - | custom every 90 days (no-function)"
    );
}

/// The built-in rules name `appenv`.
#[test]
fn a_policy_can_have_other_fields_than_the_builtin_rules() {
    let text = "schema: 1\nnaming: { template: '/{team}/{name}' }\nfields: { team: { required: true } }\n\
                tags: { fields: { team: team } }\nmetadata: { rules: [] }\n";
    let policy = Policy::parse(Path::new("policy.yaml"), text).unwrap();
    let secret = database("mysql", "orders", "db.prod.example.com");
    assert_eq!(
        show(&decided_by(&secret, &policy, None)),
        "relocate at-head | - | single-user every 30 days (database)"
    );
}

#[test]
fn mistakes_in_rules_have_their_places() {
    let wrong = |text: &str| {
        let text = format!("schema: 1\n{text}\n");
        let policy = Policy::parse(Path::new("policy.yaml"), &text);
        policy.unwrap_err().to_string()
    };
    let rule = |more: &str| {
        format!(
            "replacements:\n  - {{ id: a, service: s, reason: r, documentation: 'https://x', {more} }}"
        )
    };
    insta::assert_snapshot!(wrong(&rule("then: ask")), @"policy.yaml:3:5: replacements[0].questions: a rule that sends to review needs a question, or nobody knows what to look for");
    insta::assert_snapshot!(wrong(&rule("then: remark, when: { replaceable: true }")), @"policy.yaml:3:100: replacements[0].when.replaceable: only rules of `decisions` and `rotations` may have this condition");
    insta::assert_snapshot!(wrong("replacements:\n  - { id: none, service: s, reason: r, documentation: 'https://x', then: remark }"), @"policy.yaml:3:11: replacements[0].id: `none` is kept for decisions that no rule makes");
    insta::assert_snapshot!(wrong("replacements:\n  - { id: a, service: s, reason: r, documentation: x, then: remark }"), @"policy.yaml:3:52: replacements[0].documentation: give the address of the documentation, which begins with https://");
    insta::assert_snapshot!(wrong("rotations:\n  - { id: a, strategy: single-user, reason: r }"), @"policy.yaml:3:5: rotations[0].days: the strategy `single-user` needs `days`");
    insta::assert_snapshot!(wrong("rotations:\n  - { id: a, strategy: custom, days: 0, reason: r }"), @"policy.yaml:3:38: rotations[0].days: 0 is no number of days from 1 to 1000");
}
