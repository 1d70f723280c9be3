//! Secrets for the tests of deciding, naming and tagging.

use std::collections::BTreeMap;
use std::path::Path;

use super::inputs::Inputs;
use super::{Decisions, Policy, decide};
use crate::finding::{Confidence, Context, Kind, Occurrence, Origin};
use crate::inventory::entry::{
    Decision, Exposure, Fact, MigrationProgress, Outcome, Provenance, Secret,
};
use crate::secret::{Fingerprint, SecretId};

/// A generic password at HEAD, of which nothing is decided.
pub fn secret(id: u64, key: &str, places: &[(&str, &str)]) -> Secret {
    let mut bytes = [0; 12];
    bytes[..8].copy_from_slice(&id.to_be_bytes());
    Secret {
        id: SecretId::from_bytes(&bytes),
        fingerprint: Fingerprint([0; 32]),
        kind: Kind::Application,
        detector: "generic-password".to_owned(),
        confidence: Confidence::Medium,
        proof: None,
        expired: false,
        reading: Default::default(),
        exposure: Exposure::AtHead,
        context: Context {
            key: Some(key.to_owned()).filter(|key| !key.is_empty()),
            ..Context::default()
        },
        metadata: BTreeMap::new(),
        said: BTreeMap::new(),
        decision: Decision::by_rule(Outcome::Review, "new", ""),
        replacement: None,
        rotation: None,
        payload: None,
        target: None,
        tags: BTreeMap::new(),
        progress: MigrationProgress::Found,
        disputed: Default::default(),
        uses: Vec::new(),
        readers: Default::default(),
        in_use: None,
        occurrences: places
            .iter()
            .map(|(repository, path)| place(repository, path))
            .collect(),
    }
}

/// An occurrence in a working tree.
pub fn place(repository: &str, path: &str) -> Occurrence {
    let mut place = Occurrence::at(repository, path, Origin::Worktree)
        .on_line(1, 1..9)
        .bytes(0..8);
    place.at_head = true;
    place
}

/// One that is to be relocated and has all the metadata that the built-in policy asks for.
pub fn relocated(id: u64, key: &str, places: &[(&str, &str)]) -> Secret {
    let mut secret = secret(id, key, places);
    secret.decision.outcome = Outcome::Relocate;
    for (field, value) in [
        ("appname", "orders"),
        ("appid", "ord001"),
        ("appfunc", "api"),
        ("appenv", "prod"),
        ("dataclassification", "confidential"),
        ("owner", "@acme/orders"),
    ] {
        secret.metadata.insert(
            field.to_owned(),
            Fact {
                value: value.to_owned(),
                from: Provenance::Registry,
            },
        );
    }
    secret
}

/// Decides about a secret twice, with an entry of `decisions.yaml` if there is one. The second time must change nothing.
pub fn decided(mut secret: Secret, entry: Option<&str>) -> Secret {
    let policy = Policy::builtin();
    let decisions = entry.map(|entry| {
        let text = format!("schema: 1\ndecisions:\n  {}: {entry}\n", secret.id);
        Decisions::parse(Path::new("decisions.yaml"), &text, &policy).unwrap()
    });
    let inputs = Inputs {
        decisions: decisions.as_ref(),
        ..Inputs::new(&policy, jiff::civil::date(2026, 1, 1))
    };
    decide(&mut secret, &inputs);
    let once = secret.clone();
    decide(&mut secret, &inputs);
    assert_eq!(secret, once);
    secret
}
