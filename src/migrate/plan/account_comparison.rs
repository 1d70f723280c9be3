//! Comparison of a draft with the account, by DescribeSecret and ListSecrets. No value is read.
//!
//! The VersionId of a secret proves that it was imported from this inventory: it is the request
//! token, which only the holder of the inventory's key can make.

use std::collections::HashMap;

use super::plan_content::{Class, Entry, ID_TAG, Plan};
use super::plan_input::PlanInput;
use crate::cancel::Cancellation;
use crate::escape;
use crate::inventory::entry;
use crate::migrate::bounded_tasks::run_bounded;
use crate::migrate::call_pacer::{CallFamily, CallPace, CallPacer};
use crate::migrate::checked_client::CheckedClient;
use crate::migrate::client::{Client, SecretDescription};
use crate::migrate::client_error::{ClientError, ErrorKind};
use crate::migrate::journal::JournalHistory;
use crate::migrate::plan_problem::{PlanProblem, PlanProblemCode};
use crate::migrate::rotation::ImportEvidence;
use crate::migrate::secret_comparison::{differing_tags, key_difference};
use crate::migrate::secret_list::SecretList;
use crate::progress::Progress;
use crate::secret::SecretId;
use crate::secrets_manager::{ProposedText, SECRETS_MAX, SecretName};

/// Compares a draft with the account: sets the class of each unchecked entry, adds problems and
/// notes, and counts anew. A cancellation leaves the rest unchecked and `plan.compared` false.
///
/// # Errors
///
/// The account cannot be asked at all. A call that is denied, or fails for one entry, is no error:
/// the entry gets the class [`Class::Denied`], or a problem.
pub async fn compare<C: Client>(
    plan: &mut Plan,
    input: &PlanInput<'_>,
    client: &C,
    pace: &CallPace,
    cancel: &Cancellation,
    progress: &dyn Progress,
) -> Result<(), ClientError> {
    let unchecked = |entry: &Entry| entry.class == Class::Unchecked;
    progress.stage(
        "comparing",
        plan.entries.iter().filter(|entry| unchecked(entry)).count() as u64,
    );
    let pacer = CallPacer::new(pace, cancel);
    let client = &CheckedClient::new(client, input.account, input.region);
    let ids = plan.entries.iter().map(|entry| &entry.secret);
    let listed = SecretList::fetch(client, &pacer, ids, cancel).await?;
    if listed.is_none() {
        plan.notes.push(
            "the role may not list secrets: the quota and copies under other names were not checked"
                .to_owned(),
        );
    }
    let recorded: HashMap<&SecretId, entry::MigrationProgress> = input
        .secrets
        .iter()
        .map(|secret| (&secret.id, secret.progress))
        .collect();
    // An unchecked entry has a name without a problem.
    let unchecked: Vec<(SecretName, &mut Entry)> = plan
        .entries
        .iter_mut()
        .filter(|entry| unchecked(entry))
        .filter_map(|entry| Some((entry.name.as_ref()?.legal()?.clone(), entry)))
        .collect();
    let run = run_bounded(
        unchecked,
        pacer.in_flight(),
        cancel,
        progress,
        |(name, entry)| {
            let (pacer, recorded) = (&pacer, &recorded);
            async move {
                let answer = pacer
                    .call(CallFamily::Read, |_| false, || client.describe(&name))
                    .await;
                let evidence = Evidence {
                    recorded: recorded
                        .get(&entry.secret)
                        .is_some_and(|progress| *progress != entry::MigrationProgress::Found),
                    arn: entry
                        .token
                        .as_deref()
                        .and_then(|token| input.history.arrived(token)?.arn.as_deref()),
                };
                classify(entry, answer, evidence).into()
            }
        },
    )
    .await;
    if let Some(error) = run.fatal {
        return Err(error);
    }
    if let Some(listed) = listed {
        apply_list(&listed, &mut plan.entries);
    }
    plan.compared = !cancel.is_requested();
    plan.notes.extend(unrecorded(plan, input.history));
    if plan
        .entries
        .iter()
        .any(|entry| entry.class == Class::Denied)
    {
        plan.notes.push(
            "the role may not describe every name: the import relies on CreateSecret, which never replaces a value"
                .to_owned(),
        );
    }
    plan.count(input);
    Ok(())
}

/// A note if the journal has no record of secrets that are in the account.
fn unrecorded(plan: &Plan, history: &JournalHistory) -> Option<String> {
    let entries = plan.entries.iter().filter(|entry| entry.class.is_ours());
    let tokens = entries.filter_map(|entry| entry.token.as_deref());
    let unknown = tokens.filter(|token| history.latest(token).is_none());
    history.unrecorded_note(unknown.count() as u64)
}

/// Adds a problem to the entries whose secret exists under another name, too, and blocks the entries
/// that exceed the quota.
fn apply_list(list: &SecretList, entries: &mut [Entry]) {
    for entry in entries.iter_mut() {
        let name = entry.name.as_ref().map(ProposedText::as_str);
        let others = list.other_names(&entry.secret, name);
        if !others.is_empty() {
            entry.problems.push(PlanProblem::new(
                PlanProblemCode::ElsewhereToo,
                format!("the account has a secret with its {ID_TAG} tag under another name: {}", others.join(", ")),
                "after a change of the naming scheme, delete the old secret as soon as no application reads it",
            ));
        }
    }
    refuse_over_quota(entries, list.secrets, SECRETS_MAX);
}

/// Blocks the last of the new entries if the account has no room for all.
fn refuse_over_quota(entries: &mut [Entry], existing: u64, quota: u64) {
    let room = quota.saturating_sub(existing);
    let creating = entries.iter_mut().filter(|entry| entry.class.may_create());
    for entry in creating.skip(usize::try_from(room).unwrap_or(usize::MAX)) {
        entry.class = Class::OverQuota;
        entry.problems.push(PlanProblem::new(
            PlanProblemCode::OverQuota,
            format!("the account has {existing} secrets in this Region; {quota} are allowed"),
            "ask AWS for a higher quota, or use another account",
        ));
    }
}

/// The records of the import of an entry.
#[derive(Clone, Copy, Default)]
struct Evidence<'a> {
    /// The inventory has the secret as imported.
    recorded: bool,
    /// The ARN in the journal.
    arn: Option<&'a str>,
}

/// Sets the class of an entry by the answer of DescribeSecret for its name. Fails if the error
/// concerns every entry.
fn classify(
    entry: &mut Entry,
    answer: Result<SecretDescription, ClientError>,
    evidence: Evidence<'_>,
) -> Result<(), ClientError> {
    let (class, problem) = match answer {
        Ok(live) => classify_found(entry, &live, evidence),
        Err(error) => match error.kind {
            ErrorKind::NotFound => (Class::Create, None),
            ErrorKind::AccessDenied => {
                let problem = PlanProblem::new(
                    PlanProblemCode::NotSeen,
                    "the role may not describe this name",
                    "import without the comparison, or plan under a role with secretsmanager:DescribeSecret",
                );
                (Class::Denied, Some(problem))
            }
            kind if kind.is_systemic() || kind.is_transient() => return Err(error),
            kind => (
                Class::Unchecked,
                Some(PlanProblem::new(
                    PlanProblemCode::ServiceError,
                    error.to_string(),
                    kind.hint(),
                )),
            ),
        },
    };
    entry.class = class;
    entry.problems.extend(problem);
    Ok(())
}

/// The class of an entry whose name exists in the account, and the problem to report.
fn classify_found(
    entry: &Entry,
    live: &SecretDescription,
    evidence: Evidence<'_>,
) -> (Class, Option<PlanProblem>) {
    let token = entry.token.as_deref().unwrap_or_default();
    let ours = live.versions.contains_key(token);
    let name = escape::line(entry.name.as_ref().map_or("", ProposedText::as_str));
    if let Some(date) = &live.deleted {
        let hint = if ours {
            format!(
                "it is this same secret: restore it with `aws secretsmanager restore-secret --secret-id {name}` and plan again"
            )
        } else {
            "wait until its recovery window has ended, or choose another name".to_owned()
        };
        let message =
            format!("the name belongs to a secret that is scheduled for deletion (since {date})");
        return (
            Class::ScheduledForDeletion,
            Some(PlanProblem::new(
                PlanProblemCode::ScheduledForDeletion,
                message,
                hint,
            )),
        );
    }
    let rotated = ImportEvidence {
        id: &entry.secret,
        token,
        arn: evidence.arn,
        recorded: evidence.recorded,
    }
    .shows_rotation(live);
    if !ours && !rotated {
        return match live.tags.get(ID_TAG) {
            Some(id) => {
                let (message, hint) = if id == entry.secret.as_str() {
                    (
                        "its version with this value is not in the account, and no record proves that it was imported from here"
                            .to_owned(),
                        "find out who created or changed the secret; if it is the imported one, restore the journal or the inventory that says so",
                    )
                } else {
                    (
                        format!(
                            "keyferry imported another value under this name, or another inventory ({})",
                            escape::line(id)
                        ),
                        "if the value changed in the source, give the new one another name, or put it there by hand; \
                         if another inventory has that id, plan with that one",
                    )
                };
                (
                    Class::ValueDiffers,
                    Some(PlanProblem::new(
                        PlanProblemCode::ValueDiffers,
                        message,
                        hint,
                    )),
                )
            }
            None => {
                let hint = "choose another name in the policy, or move the existing secret to another name";
                let message = "a secret that keyferry did not import has this name";
                (
                    Class::NameTaken,
                    Some(PlanProblem::new(PlanProblemCode::NameTaken, message, hint)),
                )
            }
        };
    }
    if !rotated && !live.is_current(token) {
        let message = "it was imported, and it has no current version";
        let hint = "find out who moved the staging label AWSCURRENT, and give it to a version";
        return (
            Class::ValueDiffers,
            Some(PlanProblem::new(
                PlanProblemCode::ValueDiffers,
                message,
                hint,
            )),
        );
    }
    if let Some(message) = key_difference(entry.kms_key.as_ref(), live.kms_key.as_deref()) {
        let hint = "plan with its present key (--kms-key), or change the key with `aws secretsmanager update-secret --kms-key-id`";
        return (
            Class::ValueDiffers,
            Some(PlanProblem::new(
                PlanProblemCode::KmsKeyDiffers,
                message,
                hint,
            )),
        );
    }
    let differing = differing_tags(&entry.tags, &live.tags);
    if !differing.is_empty() {
        let message = format!(
            "tags with another value or without one: {}",
            differing.join(", ")
        );
        let hint = "the import sets them; if the values in the account are right, correct the policy instead";
        return (
            Class::TagsDiffer,
            Some(PlanProblem::new(PlanProblemCode::TagsDiffer, message, hint)),
        );
    }
    let class = match (rotated, evidence.recorded) {
        (true, _) => Class::Rotated,
        (false, true) => Class::InSync,
        (false, false) => Class::Adopt,
    };
    (class, None)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::secret::Fingerprint;

    fn entry() -> Entry {
        Entry {
            secret: SecretId::from_bytes(&[1; 12]),
            fingerprint: Fingerprint([1; 32]),
            class: Class::Unchecked,
            name: Some(ProposedText::new("/app/db")),
            token: Some("t".repeat(64)),
            description: "".parse().unwrap(),
            kms_key: None,
            tags: BTreeMap::from([("appid".into(), "a1".into())]),
            rotation: None,
            roles: BTreeMap::new(),
            payload: None,
            replacement: None,
            problems: Vec::new(),
            occurrence: None,
            reading: None,
            stored_as: None,
        }
    }

    fn ours() -> SecretDescription {
        SecretDescription {
            tags: entry().tags,
            versions: BTreeMap::from([("t".repeat(64), vec!["AWSCURRENT".into()])]),
            ..SecretDescription::default()
        }
    }

    fn class(live: SecretDescription, recorded: bool) -> Class {
        let mut entry = entry();
        let evidence = Evidence {
            recorded,
            arn: None,
        };
        classify(&mut entry, Ok(live), evidence).unwrap();
        entry.class
    }

    #[test]
    fn what_is_found_decides_the_class() {
        assert_eq!(class(ours(), true), Class::InSync);
        assert_eq!(class(ours(), false), Class::Adopt);
        assert_eq!(
            class(
                SecretDescription {
                    tags: BTreeMap::new(),
                    ..ours()
                },
                true
            ),
            Class::TagsDiffer
        );
        let more = BTreeMap::from([
            ("appid".into(), "a1".into()),
            ("set-by".into(), "others".into()),
        ]);
        assert_eq!(
            class(
                SecretDescription {
                    tags: more,
                    ..ours()
                },
                true
            ),
            Class::InSync
        );
        assert_eq!(
            class(
                SecretDescription {
                    kms_key: Some("arn:aws:kms:r:1:key/x".into()),
                    ..ours()
                },
                true
            ),
            Class::ValueDiffers
        );
        let previous = BTreeMap::from([("t".repeat(64), vec!["AWSPREVIOUS".into()])]);
        assert_eq!(
            class(
                SecretDescription {
                    versions: previous,
                    ..ours()
                },
                true
            ),
            Class::ValueDiffers
        );
        let rotated = BTreeMap::from([
            ("t".repeat(64), vec!["AWSPREVIOUS".into()]),
            ("u".repeat(64), vec!["AWSCURRENT".into()]),
        ]);
        let rotated = SecretDescription {
            versions: rotated,
            ..ours()
        };
        assert_eq!(class(rotated.clone(), true), Class::Rotated);
        assert_eq!(class(rotated.clone(), false), Class::Rotated);
        let with_tags = |tags| SecretDescription {
            tags,
            ..rotated.clone()
        };
        assert_eq!(class(with_tags(BTreeMap::new()), true), Class::TagsDiffer);
        let deleted = SecretDescription {
            deleted: Some("2026-01-01T00:00:00Z".into()),
            ..ours()
        };
        assert_eq!(class(deleted, true), Class::ScheduledForDeletion);
        let tagged = BTreeMap::from([(ID_TAG.into(), "s-000000000000000000000000".into())]);
        assert_eq!(
            class(
                SecretDescription {
                    tags: tagged,
                    ..SecretDescription::default()
                },
                true
            ),
            Class::ValueDiffers
        );
        assert_eq!(class(SecretDescription::default(), true), Class::NameTaken);
    }

    #[test]
    fn what_fails_decides_too() {
        let answered = |kind| {
            let mut entry = entry();
            classify(
                &mut entry,
                Err(ClientError::new(
                    crate::migrate::client_error::Call::Describe,
                    kind,
                    None,
                    "",
                )),
                Evidence::default(),
            )
            .map(|()| entry.class)
        };
        assert_eq!(answered(ErrorKind::NotFound), Ok(Class::Create));
        assert_eq!(answered(ErrorKind::AccessDenied), Ok(Class::Denied));
        assert_eq!(answered(ErrorKind::InvalidRequest), Ok(Class::Unchecked));
        assert!(answered(ErrorKind::ExpiredCredentials).is_err());
        assert!(answered(ErrorKind::Throttled).is_err());
    }

    #[test]
    fn the_quota_leaves_out_the_last() {
        let mut entries: Vec<Entry> = [Class::Create, Class::InSync, Class::Create, Class::Denied]
            .map(|class| Entry { class, ..entry() })
            .into();
        refuse_over_quota(&mut entries, 9, 10);
        let classes: Vec<Class> = entries.iter().map(|entry| entry.class).collect();
        assert_eq!(
            classes,
            [
                Class::Create,
                Class::InSync,
                Class::OverQuota,
                Class::OverQuota
            ]
        );
    }
}
