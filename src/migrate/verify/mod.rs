//! Verification of an import: plan, inventory and journal are compared with the account.
//!
//! Every secret that the plan names, or that the inventory or the journal has as imported, must
//! exist in the account. Its imported version must be the current one, or another value must have
//! followed it there (a rotation); its tags, KMS key and (unless only metadata is compared) value
//! must agree. No other secret may carry its tag. Nothing is changed.

mod expected_secrets;
mod secret_check;
mod verify_input;
mod verify_report;

use std::collections::BTreeMap;

pub use verify_input::VerifyInput;
pub use verify_report::{
    CheckedSecret, Difference, DifferenceCode, Rotation, SCHEMA, VerifyReport,
};

use self::expected_secrets::ExpectedSecrets;
use self::secret_check::check_secret;
use super::bounded_tasks::run_bounded;
use super::call_pacer::{CallPace, CallPacer};
use super::checked_client::CheckedClient;
use super::client::Client;
use super::client_error::ClientError;
use super::plan::ID_TAG;
use super::secret_list::SecretList;
use crate::cancel::Cancellation;
use crate::progress::Progress;
use crate::secret::SecretId;
use crate::secrets_manager::{ProposedText, SecretName};

/// Compares every planned or imported secret with the account.
///
/// # Errors
///
/// The account cannot be asked at all. A call that is denied, or fails for one secret, is no error:
/// the report lists it.
pub async fn verify<C: Client>(
    input: &VerifyInput<'_>,
    client: &C,
    pace: &CallPace,
    cancel: &Cancellation,
    progress: &dyn Progress,
) -> Result<VerifyReport, ClientError> {
    let expected = ExpectedSecrets::collect(input);
    progress.stage("verifying", expected.secrets.len() as u64);
    let pacer = CallPacer::new(pace, cancel);
    let client = &CheckedClient::new(client, input.account, input.region);
    let tokens: Vec<String> = expected
        .secrets
        .iter()
        .map(|expected| expected.token.clone())
        .collect();
    let run = run_bounded(
        expected.secrets,
        pacer.in_flight(),
        cancel,
        progress,
        |expected| {
            let pacer = &pacer;
            async move { check_secret(input, &expected, client, pacer).await.into() }
        },
    )
    .await;
    if let Some(error) = run.fatal {
        return Err(error);
    }
    let complete = run.results.iter().all(Option::is_some);
    let mut notes = Vec::new();
    let unrecorded = run.results.iter().zip(&tokens).filter(|(result, token)| {
        let found = result.as_ref().is_some_and(|result| result.has_version);
        found && input.history.latest(token).is_none()
    });
    notes.extend(input.history.unrecorded_note(unrecorded.count() as u64));
    if expected.stale > 0 {
        notes.push(format!(
            "the plan is out of date: {} of its entries are not to be relocated under that name any more, and were not compared; run `keyferry plan` again",
            expected.stale
        ));
    }
    let results = run.results.into_iter().flatten();
    let mut secrets: Vec<CheckedSecret> = results.map(|result| result.checked).collect();
    if complete {
        let ids = input.secrets.iter().map(|secret| &secret.id);
        let ids = ids.chain(secrets.iter().map(|checked| &checked.secret));
        match SecretList::fetch(client, &pacer, ids, cancel).await? {
            Some(list) => add_copies(&mut secrets, input, &list),
            None => notes.push(
                "the role may not list secrets: copies under other names were not looked for"
                    .to_owned(),
            ),
        }
    }
    Ok(VerifyReport {
        schema: SCHEMA,
        account: input.account.to_owned(),
        region: input.region.to_owned(),
        check: input.check,
        complete: complete && !cancel.is_requested(),
        notes,
        secrets,
    })
}

/// Adds a difference for each secret of the account that has the tag of one of ours under a name
/// that is not expected.
fn add_copies(secrets: &mut Vec<CheckedSecret>, input: &VerifyInput<'_>, list: &SecretList) {
    let mut expected: BTreeMap<&SecretId, Vec<usize>> = BTreeMap::new();
    for secret in input.secrets {
        expected.entry(&secret.id).or_default();
    }
    let ids: Vec<SecretId> = secrets
        .iter()
        .map(|checked| checked.secret.clone())
        .collect();
    for (index, id) in ids.iter().enumerate() {
        expected.entry(id).or_default().push(index);
    }
    let mut alone = Vec::new();
    for (id, indexes) in expected {
        let is_expected = |name: &String| {
            let named = |index: &usize| {
                let expected = secrets[*index].name.as_ref().map(ProposedText::as_str);
                expected == Some(name.as_str())
            };
            indexes.iter().any(named)
        };
        let mut names = list.other_names(id, None);
        names.retain(|name| !is_expected(name));
        for name in names {
            let checked = match indexes.first() {
                Some(&index) => &mut secrets[index],
                None => {
                    alone.push(CheckedSecret {
                        secret: id.clone(),
                        name: Some(ProposedText::<SecretName>::new(&name)),
                        rotated: None,
                        differences: Vec::new(),
                        not_compared: Vec::new(),
                    });
                    alone.last_mut().expect("pushed above")
                }
            };
            checked.differ(
                DifferenceCode::ElsewhereToo,
                format!("the account has a secret with its {ID_TAG} tag under a name that nothing expects: {name}"),
            );
        }
    }
    secrets.extend(alone);
    secrets.sort_by(|a, b| (&a.name, &a.secret).cmp(&(&b.name, &b.secret)));
}
