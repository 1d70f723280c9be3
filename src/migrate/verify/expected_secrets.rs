//! The secrets that must be in the account: those that plan, inventory or journal name.

use std::collections::{BTreeMap, HashMap};

use super::verify_input::VerifyInput;
use crate::inventory::entry::{MigrationProgress, Secret};
use crate::migrate::plan::{Class, Entry, Plan, StaleEntry};
use crate::secret::{Fingerprint, SecretId};
use crate::secrets_manager::{KeyArn, ProposedText, SecretName};

/// A secret that is expected in the account.
pub(super) struct Expected<'a> {
    pub secret: &'a SecretId,
    pub fingerprint: &'a Fingerprint,
    /// `None`: no name could be made.
    pub name: Option<ProposedText<SecretName>>,
    /// The request token; empty without a name.
    pub token: String,
    /// `None`: neither in the inventory nor in the plan, so that the expected tags are unknown.
    pub tags: Option<&'a BTreeMap<String, String>>,
    /// `None`: neither in the journal nor in the plan, so that the expected key is unknown.
    /// `Some(None)`: the default key.
    pub kms_key: Option<Option<&'a KeyArn>>,
    /// True if the inventory has it as imported.
    pub recorded: bool,
    /// True if the journal has it as imported.
    pub arrived: bool,
    /// The ARN in the journal.
    pub arn: Option<&'a str>,
    /// The value that is read at its places now, if an earlier version read this one there.
    pub read_now_as: Option<&'a SecretId>,
    /// The class of its entry, if the plan blocks it.
    pub blocked: Option<Class>,
}

/// The expected secrets, in order of name.
pub(super) struct ExpectedSecrets<'a> {
    pub secrets: Vec<Expected<'a>>,
    /// Number of entries of the plan that the inventory no longer has to relocate under that name.
    pub stale: u64,
}

impl<'a> ExpectedSecrets<'a> {
    /// Collects the secrets that inventory or journal have as imported into the account and Region,
    /// and those that are planned for them.
    pub(super) fn collect(input: &VerifyInput<'a>) -> Self {
        let mut expected: BTreeMap<String, Expected<'a>> = BTreeMap::new();
        let mut nameless = Vec::new();
        for secret in input.secrets {
            if let Some((token, imported)) = imported(input, secret) {
                expected.insert(token, imported);
            }
        }
        for event in input.history.events() {
            let here = event.account == *input.account && event.region == *input.region;
            if here && input.history.arrived(&event.token).is_some() {
                expected
                    .entry(event.token.clone())
                    .or_insert_with(|| Expected {
                        secret: &event.secret,
                        fingerprint: &event.fingerprint,
                        name: Some(ProposedText::Legal(event.name.clone())),
                        token: event.token.clone(),
                        tags: None,
                        kms_key: None,
                        recorded: false,
                        arrived: false,
                        arn: None,
                        read_now_as: None,
                        blocked: None,
                    });
            }
        }
        let secrets: HashMap<&SecretId, &Secret> = input
            .secrets
            .iter()
            .map(|secret| (&secret.id, secret))
            .collect();
        let mut stale = 0;
        let here = |plan: &&Plan| plan.account == *input.account && plan.region == *input.region;
        let plan = input.plan.filter(here);
        for entry in plan.iter().flat_map(|plan| &plan.entries) {
            let known = entry
                .token
                .as_ref()
                .and_then(|token| expected.get_mut(token));
            if let Some(known) = known {
                known.kms_key = Some(entry.kms_key.as_ref());
                continue;
            }
            match entry.check_current(secrets.get(&entry.secret).copied()) {
                Ok(()) | Err(StaleEntry::Tags) => {}
                Err(_) => {
                    stale += 1;
                    continue;
                }
            }
            let planned = planned(entry);
            match &entry.token {
                Some(token) => drop(expected.insert(token.clone(), planned)),
                None => nameless.push(planned),
            }
        }
        // The journal knows best how a secret was created.
        for (token, expected) in &mut expected {
            if let Some(event) = input.history.arrived(token) {
                expected.kms_key = Some(event.kms_key.as_ref());
                expected.arn = event.arn.as_deref();
                expected.arrived = true;
            }
        }
        let mut secrets: Vec<Expected<'a>> = expected.into_values().chain(nameless).collect();
        secrets.sort_by(|a, b| (&a.name, a.secret).cmp(&(&b.name, b.secret)));
        Self { secrets, stale }
    }
}

/// A secret of the inventory that it or the journal has as imported, with its token.
fn imported<'a>(input: &VerifyInput<'a>, secret: &'a Secret) -> Option<(String, Expected<'a>)> {
    let name = secret.target.as_ref()?;
    let token = input.key.request_token(
        input.account.as_str(),
        input.region.as_str(),
        name,
        secret.moved_fingerprint(),
    );
    let recorded = secret.progress > MigrationProgress::Found;
    if !recorded && input.history.arrived(&token).is_none() {
        return None;
    }
    let expected = Expected {
        secret: &secret.id,
        fingerprint: secret.moved_fingerprint(),
        name: Some(ProposedText::new(name)),
        token: token.clone(),
        tags: Some(&secret.tags),
        kms_key: None,
        recorded,
        arrived: false,
        arn: None,
        read_now_as: secret
            .reading
            .read_now_as
            .as_ref()
            .filter(|_| secret.occurrences.is_empty()),
        blocked: None,
    };
    Some((token, expected))
}

/// A secret of the plan that neither inventory nor journal has as imported.
fn planned(entry: &Entry) -> Expected<'_> {
    Expected {
        secret: &entry.secret,
        fingerprint: &entry.fingerprint,
        name: entry.name.clone(),
        token: entry.token.clone().unwrap_or_default(),
        tags: Some(&entry.tags),
        kms_key: Some(entry.kms_key.as_ref()),
        recorded: false,
        arrived: false,
        arn: None,
        read_now_as: None,
        blocked: Some(entry.class).filter(|class| !class.is_importable()),
    }
}
