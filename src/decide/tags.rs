//! Tags in Secrets Manager: made from the policy's scheme. A value that breaks a limit is a
//! problem; it is not changed.

use std::collections::BTreeMap;

use super::metadata::NAME;
use super::naming::{illegal_field, name_part};
use super::policy::{LIFECYCLE_TAGS, Policy};
use super::problem::{Problem, ProblemCode};
use crate::inventory::entry::{MigrationProgress, Outcome, Secret};
use crate::secret::SecretId;
use crate::secrets_manager::TagValue;

/// Sets `tags` of every secret, and returns the problems of those with a tag that cannot be
/// written.
///
/// A field that is not known gives no tag; if the policy requires it, that is a problem. Only a
/// secret that is relocated has tags, or one that is in Secrets Manager already. Names come first:
/// a tag may be made of `{name}`.
pub(super) fn tag_all(secrets: &mut [Secret], policy: &Policy) -> BTreeMap<SecretId, Vec<Problem>> {
    let mut problems = BTreeMap::new();
    for secret in secrets {
        if secret.decision.outcome != Outcome::Relocate
            && secret.progress == MigrationProgress::Found
        {
            secret.tags.clear();
            continue;
        }
        let (tags, found) = tags(secret, policy);
        secret.tags = tags;
        if !found.is_empty() {
            problems.insert(secret.id.clone(), found);
        }
    }
    problems
}

fn tags(secret: &Secret, policy: &Policy) -> (BTreeMap<String, String>, Vec<Problem>) {
    let mut tags: BTreeMap<String, String> = policy
        .tags
        .constants
        .iter()
        .map(|(key, value)| (key.to_string(), value.to_string()))
        .collect();
    let mut problems = Vec::new();
    for (key, field) in &policy.tags.fields {
        let value = match field.as_str() {
            "id" => secret.id.as_str(),
            "kind" => secret.kind.name(),
            lifecycle if LIFECYCLE_TAGS.contains(&lifecycle) => {
                if let Some(value) = lifecycle_value(secret, lifecycle) {
                    tags.insert(key.to_string(), value);
                }
                continue;
            }
            NAME => match name_part(secret, policy) {
                Some(name) => name,
                // Naming has reported why there is no name.
                None => continue,
            },
            field => match secret.metadata.get(field) {
                Some(fact) => &fact.value,
                None => {
                    if policy.fields.get(field).is_some_and(|spec| spec.required) {
                        problems.push(Problem::field_missing(field));
                    }
                    continue;
                }
            },
        };
        if policy.fields.contains_key(field)
            && let Err(error) = policy.check_field(field, value)
        {
            problems.push(illegal_field(field, &error));
        } else if let Err(error) = value.parse::<TagValue>() {
            let message = format!("the value of tag `{key}` {error}");
            problems.push(Problem::of_fact(ProblemCode::TagIllegal, message).with_field(field));
        } else {
            tags.insert(key.to_string(), value.to_owned());
        }
    }
    (tags, problems)
}

/// The value of a tag about what becomes of the secret. `None`: it has none.
fn lifecycle_value(secret: &Secret, source: &str) -> Option<String> {
    let rotation = secret.rotation.as_ref();
    match source {
        "rotation" => rotation.map(|rotation| rotation.strategy.name().to_owned()),
        "rotationdays" => rotation?.days.map(|days| days.to_string()),
        _ => secret
            .replacement
            .as_ref()
            .map(|replacement| replacement.rule.clone()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::decide::naming::name_all;
    use crate::decide::sample_secrets::relocated;
    use crate::inventory::entry::{Fact, Provenance};
    use crate::inventory::native_replacement::{Replacement, ReplacementStatus};
    use crate::inventory::rotation_strategy::{ChosenRotation, Rotation, RotationStrategy};

    fn show(secret: &Secret, problems: &BTreeMap<SecretId, Vec<Problem>>) -> String {
        let tags = secret
            .tags
            .iter()
            .map(|(key, value)| format!("{key}={value}"));
        let problems = problems
            .values()
            .flatten()
            .map(|problem| format!("! {}", problem.message));
        tags.chain(problems).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_scheme_is_written() {
        let mut secrets = [relocated(1, "DB_PASSWORD", &[])];
        let problems = tag_all(&mut secrets, &Policy::builtin());
        insta::assert_snapshot!(show(&secrets[0], &problems), @r"
        appenv=prod
        appfunc=api
        appid=ord001
        appname=orders
        dataclassification=confidential
        keyferry-id=s-000000000000000100000000
        kind=application
        managed-by=keyferry
        owner=@acme/orders
        ");
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let mut secrets = [relocated(1, "DB_PASSWORD", &[])];
        let metadata = &mut secrets[0].metadata;
        metadata.remove("appid");
        metadata.insert(
            "owner".to_owned(),
            Fact {
                value: "a, b".to_owned(),
                from: Provenance::Registry,
            },
        );
        metadata.insert(
            "appenv".to_owned(),
            Fact {
                value: "PROD".to_owned(),
                from: Provenance::Person,
            },
        );
        let problems = tag_all(&mut secrets, &Policy::builtin());
        insta::assert_snapshot!(show(&secrets[0], &problems), @r"
        appfunc=api
        appname=orders
        dataclassification=confidential
        keyferry-id=s-000000000000000100000000
        kind=application
        managed-by=keyferry
        ! appenv is `PROD`, expected one of dev, test, nonp, prod
        ! appid is not known
        ! the value of tag `owner` contains ','; only letters, digits, space and + - = . _ : / @ are allowed
        ");
    }

    #[test]
    fn only_what_is_imported_has_tags() {
        let mut secrets = [relocated(1, "DB_PASSWORD", &[])];
        let policy = Policy::builtin();
        tag_all(&mut secrets, &policy);
        secrets[0].decision.outcome = Outcome::Retire;
        secrets[0].progress = MigrationProgress::Imported;
        assert!(tag_all(&mut secrets, &policy).is_empty() && !secrets[0].tags.is_empty());
        secrets[0].progress = MigrationProgress::Found;
        assert!(tag_all(&mut secrets, &policy).is_empty() && secrets[0].tags.is_empty());
    }

    #[test]
    fn a_tag_can_hold_the_rotation_and_the_replacement() {
        let text = "schema: 1\ntags:\n  fields: { rotate: rotation, days: rotationdays, instead: replacement }\n";
        let policy = Policy::parse(Path::new("p"), text).unwrap();
        let mut secrets = [
            relocated(1, "DB_PASSWORD", &[]),
            relocated(2, "DB_PASSWORD", &[]),
        ];
        let days = Some(30);
        let rotation = Rotation {
            strategy: RotationStrategy::SingleUser,
            days,
            secret_type: None,
        };
        secrets[0].rotation = Some(ChosenRotation::of(rotation, "database"));
        secrets[0].replacement = Some(Replacement {
            rule: "ssh-key".to_owned(),
            service: "Session Manager".to_owned(),
            documentation: None,
            status: ReplacementStatus::Remark,
        });
        let problems = tag_all(&mut secrets, &policy);
        assert_eq!(
            show(&secrets[0], &problems),
            "days=30\ninstead=ssh-key\nrotate=single-user"
        );
        assert_eq!(show(&secrets[1], &problems), "");
    }

    #[test]
    fn a_tag_can_hold_the_name() {
        let text = "schema: 1\ntags:\n  fields: { name: name, cc: costcenter }\n";
        let policy = Policy::parse(Path::new("p"), text).unwrap();
        let mut secrets = [relocated(1, "DB_PASSWORD", &[])];
        name_all(&mut secrets, &policy);
        let problems = tag_all(&mut secrets, &policy);
        assert_eq!(show(&secrets[0], &problems), "name=db-password");
    }
}
