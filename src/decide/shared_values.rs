//! Values that must be unique across the organisation: an `appid` is that of one application.
//!
//! The register is checked when it is read. Here, all secrets are compared, whatever source their facts have.

use std::collections::{BTreeMap, BTreeSet};

use super::policy::Policy;
use super::problem::{Problem, ProblemCode};
use crate::inventory::entry::{Outcome, Provenance, Secret};
use crate::secret::SecretId;

/// Names of applications that a message has.
const SHOWN: usize = 3;

/// The problems of relocated secrets that have a value which identifies several values of another field
/// ([`super::policy::Field::identifies`]).
///
/// A name that was only derived from a repository contradicts nothing: an application can have several repositories.
pub(super) fn problems(secrets: &[Secret], policy: &Policy) -> BTreeMap<SecretId, Vec<Problem>> {
    let mut problems: BTreeMap<SecretId, Vec<Problem>> = BTreeMap::new();
    for (field, spec) in &policy.fields {
        let Some(other) = &spec.identifies else {
            continue;
        };
        let pair = |secret: &Secret| -> Option<(String, String)> {
            let stated = |field: &str| {
                let fact = secret.metadata.get(field);
                fact.filter(|fact| fact.from > Provenance::Derived)
                    .map(|fact| fact.value.clone())
            };
            let counts = secret.decision.outcome == Outcome::Relocate;
            counts.then(|| Some((stated(field)?, stated(other)?)))?
        };
        let mut named: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (value, of) in secrets.iter().filter_map(pair) {
            named.entry(value).or_default().insert(of);
        }
        named.retain(|_, of| of.len() > 1);
        for secret in secrets {
            let Some((value, _)) = pair(secret) else {
                continue;
            };
            let Some(of) = named.get(&value) else {
                continue;
            };
            let mut shown: Vec<&str> = of.iter().take(SHOWN).map(String::as_str).collect();
            if of.len() > SHOWN {
                shown.push("…");
            }
            let message = format!(
                "{field} `{value}` has several values of {other}: {}",
                shown.join(", ")
            );
            let problem = Problem::of_fact(ProblemCode::FieldShared, message).with_field(field);
            problems.entry(secret.id.clone()).or_default().push(problem);
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::super::sample_secrets::relocated;
    use super::*;
    use crate::inventory::entry::Fact;

    fn named(id: u64, appname: &str, from: Provenance) -> Secret {
        let mut secret = relocated(id, "DB_PASSWORD", &[("shop", "app.env")]);
        let value = appname.to_owned();
        let fact = Fact { value, from };
        secret.metadata.insert("appname".to_owned(), fact);
        secret
    }

    #[test]
    fn an_appid_belongs_to_one_application() {
        let policy = Policy::builtin();
        let mut secrets = vec![
            named(1, "orders", Provenance::Set),
            named(2, "billing", Provenance::Policy),
            named(3, "ordersweb", Provenance::Derived),
        ];
        let found = problems(&secrets, &policy);
        let ids: Vec<&SecretId> = found.keys().collect();
        assert_eq!(ids, [&secrets[0].id, &secrets[1].id]);
        let problem = &found[&secrets[0].id][0];
        assert_eq!(problem.code, ProblemCode::FieldShared);
        assert_eq!(
            problem.message,
            "appid `ord001` has several values of appname: billing, orders"
        );
        // A secret that is not relocated needs no name.
        secrets[1].decision.outcome = Outcome::Retire;
        assert!(problems(&secrets, &policy).is_empty());
        secrets[1] = named(2, "orders", Provenance::Policy);
        assert!(problems(&secrets, &policy).is_empty());
    }
}
