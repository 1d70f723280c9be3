//! How far the applications of an inventory are settled. An application is ready if each of its secrets is decided and
//! nothing keeps a relocated one from being planned. The ready applications are the next wave of an import.

use std::collections::BTreeMap;

use super::metadata::APPID;
use super::problem::Problem;
use crate::inventory::entry::{MigrationProgress, Outcome, Secret};
use crate::inventory::place_order;
use crate::secret::SecretId;

/// The state of one application.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// The application that it is about.
    pub application: ApplicationKey,
    /// The name of the application, if it is known and one.
    pub name: Option<String>,
    /// The team, if it is known and one.
    pub owner: Option<String>,
    /// The secrets by outcome.
    pub outcomes: BTreeMap<Outcome, usize>,
    /// The relocated secrets that are in Secrets Manager.
    pub imported: usize,
    /// What is missing, in words → the number of secrets.
    pub blockers: BTreeMap<String, usize>,
    /// The secrets with a blocker.
    pub blocked: usize,
}

/// The application of a secret. A repository stands for an application that is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApplicationKey {
    /// The id of the application.
    pub appid: Option<String>,
    /// The repository of the best place, if no id is known.
    pub repository: Option<String>,
}

impl ApplicationKey {
    /// The application of a settled secret.
    pub fn of(secret: &Secret) -> Self {
        let appid = secret.metadata.get(APPID).map(|fact| fact.value.clone());
        let place = place_order::sorted(secret).first().copied();
        let repository = place.map(|place| place.repository.to_string());
        Self {
            repository: repository.filter(|_| appid.is_none()),
            appid,
        }
    }

    /// In words.
    pub fn words(&self) -> String {
        match (&self.appid, &self.repository) {
            (Some(appid), _) => appid.clone(),
            (None, Some(repository)) => format!("not known ({repository})"),
            (None, None) => "not known".to_owned(),
        }
    }
}

impl Readiness {
    /// The number of secrets, dismissed ones not counted.
    pub fn secrets(&self) -> usize {
        let counted = self
            .outcomes
            .iter()
            .filter(|(of, _)| **of != Outcome::Dismiss);
        counted.map(|(_, count)| count).sum()
    }

    /// The number of secrets of which nothing is missing.
    pub fn settled(&self) -> usize {
        self.secrets() - self.blocked
    }

    /// Whether nothing is missing. An application that is not known is never ready.
    pub fn is_ready(&self) -> bool {
        self.blocked == 0 && self.application.appid.is_some()
    }
}

/// The state of each application, in order of its id. Those that are not known come first.
///
/// `problems` are those that settling found.
pub fn readiness<'a>(
    secrets: impl IntoIterator<Item = &'a Secret>,
    problems: &BTreeMap<SecretId, Vec<Problem>>,
) -> Vec<Readiness> {
    let mut all: BTreeMap<ApplicationKey, Readiness> = BTreeMap::new();
    for secret in secrets {
        let key = ApplicationKey::of(secret);
        let of = all.entry(key.clone()).or_insert_with(|| Readiness {
            application: key,
            name: value(secret, "appname"),
            owner: value(secret, "owner"),
            ..Readiness::default()
        });
        agree(&mut of.name, value(secret, "appname"));
        agree(&mut of.owner, value(secret, "owner"));
        *of.outcomes.entry(secret.decision.outcome).or_default() += 1;
        let is_imported = secret.progress > MigrationProgress::Found;
        of.imported += usize::from(is_imported && secret.decision.outcome == Outcome::Relocate);
        let mut blockers: Vec<String> = match secret.decision.outcome {
            Outcome::Review => vec!["in review".to_owned()],
            Outcome::Relocate => {
                let problems = problems.get(&secret.id).into_iter().flatten();
                problems.map(|problem| problem.message.clone()).collect()
            }
            _ => Vec::new(),
        };
        blockers.sort();
        blockers.dedup();
        of.blocked += usize::from(!blockers.is_empty());
        for blocker in blockers {
            *of.blockers.entry(blocker).or_default() += 1;
        }
    }
    all.into_values().collect()
}

fn value(secret: &Secret, field: &str) -> Option<String> {
    secret.metadata.get(field).map(|fact| fact.value.clone())
}

/// Keeps a value that all secrets have in common.
fn agree(known: &mut Option<String>, other: Option<String>) {
    if *known != other {
        *known = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::sample_secrets::{relocated, secret};

    fn of(secrets: &[Secret], missing: &[(&SecretId, &str)]) -> Vec<Readiness> {
        let mut problems: BTreeMap<SecretId, Vec<Problem>> = BTreeMap::new();
        for (id, field) in missing {
            let known = problems.entry((*id).clone()).or_default();
            known.push(Problem::field_missing(field));
        }
        readiness(secrets, &problems)
    }

    #[test]
    fn an_application_is_ready_if_nothing_is_missing() {
        let first = relocated(1, "a", &[("shop", "a.yml")]);
        let mut retired = relocated(2, "b", &[("shop", "a.yml")]);
        retired.decision.outcome = Outcome::Retire;
        let mut dismissed = relocated(3, "c", &[("shop", "a.yml")]);
        dismissed.decision.outcome = Outcome::Dismiss;
        let unknown = secret(4, "d", &[("bank", "a.yml")]);
        let secrets = vec![first.clone(), retired, dismissed, unknown];
        let all = of(&secrets, &[]);
        let [unknown, orders] = &all[..] else {
            panic!("{all:?}")
        };
        assert_eq!(unknown.application.words(), "not known (bank)");
        assert!(!unknown.is_ready());
        assert_eq!(
            unknown.blockers,
            BTreeMap::from([("in review".to_owned(), 1)])
        );
        assert!(orders.is_ready());
        assert_eq!((orders.secrets(), orders.settled()), (2, 2));
        assert_eq!(orders.owner.as_deref(), Some("@acme/orders"));
        let problems = [(&first.id, "appenv"), (&first.id, "owner")];
        let all = of(&secrets, &problems);
        assert!(!all[1].is_ready());
        assert_eq!((all[1].blocked, all[1].blockers.len()), (1, 2));
    }
}
