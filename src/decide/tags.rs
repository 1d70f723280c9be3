//! Tags in Secrets Manager: made from the policy's scheme, each within the limits or reported, never bent to fit.

use std::collections::BTreeMap;

use super::naming::{name_in, unknown};
use super::policy::Policy;
use crate::inventory::entry::{Outcome, Progress, Secret};
use crate::secret::SecretId;
use crate::secrets_manager::TagValue;

/// Sets `tags` of every secret, and tells what keeps any of them from being written.
///
/// A field that is not known gives no tag; if the policy requires it, that is a problem. Only a secret that is relocated
/// has tags, or one that is in Secrets Manager already. Names come first: a tag may hold `{name}`.
pub fn tag_all(secrets: &mut [Secret], policy: &Policy) -> BTreeMap<SecretId, Vec<String>> {
    let mut problems = BTreeMap::new();
    for secret in secrets {
        if secret.decision.outcome != Outcome::Relocate && secret.progress == Progress::Found {
            secret.tags.clear();
            continue;
        }
        let (tags, what) = tags(secret, policy);
        secret.tags = tags;
        if !what.is_empty() {
            problems.insert(secret.id.clone(), what);
        }
    }
    problems
}

fn tags(secret: &Secret, policy: &Policy) -> (BTreeMap<String, String>, Vec<String>) {
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
            "name" => match name_in(secret, policy) {
                Some(name) => name,
                // Naming has told why there is none.
                None => continue,
            },
            field => match secret.metadata.get(field) {
                Some(fact) => &fact.value,
                None => {
                    if policy.fields.get(field).is_some_and(|spec| spec.required) {
                        problems.push(unknown(field));
                    }
                    continue;
                }
            },
        };
        let wrong = policy
            .fields
            .contains_key(field)
            .then(|| policy.check_field(field, value).err())
            .flatten();
        let illegal = || {
            let error = value.parse::<TagValue>().err()?;
            Some(format!("the value of tag `{key}` {error}"))
        };
        match wrong.or_else(illegal) {
            Some(problem) => problems.push(problem),
            None => {
                tags.insert(key.to_string(), value.to_owned());
            }
        }
    }
    (tags, problems)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::decide::naming::name_all;
    use crate::decide::sample_secrets::relocated;
    use crate::inventory::entry::{Fact, Provenance};

    fn show(secret: &Secret, problems: &BTreeMap<SecretId, Vec<String>>) -> String {
        let tags = secret
            .tags
            .iter()
            .map(|(key, value)| format!("{key}={value}"));
        let problems = problems
            .values()
            .flatten()
            .map(|problem| format!("! {problem}"));
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
        ! appid is not known: say it with --set appid=…, the registry or decisions.yaml
        ! the value of tag `owner` contains ','; only letters, digits, space and + - = . _ : / @ are allowed
        ");
    }

    #[test]
    fn only_what_is_imported_has_tags() {
        let mut secrets = [relocated(1, "DB_PASSWORD", &[])];
        let policy = Policy::builtin();
        tag_all(&mut secrets, &policy);
        secrets[0].decision.outcome = Outcome::Retire;
        secrets[0].progress = Progress::Imported;
        assert!(tag_all(&mut secrets, &policy).is_empty() && !secrets[0].tags.is_empty());
        secrets[0].progress = Progress::Found;
        assert!(tag_all(&mut secrets, &policy).is_empty() && secrets[0].tags.is_empty());
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
