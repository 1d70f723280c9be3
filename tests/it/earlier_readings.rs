//! An inventory of a version that read escapes as they are written: it is read, nothing in it is changed without a word,
//! and what that version imported is reported as wrong.

use std::collections::BTreeMap;

use keyferry::finding::Certainty;
use keyferry::inventory::entry::{MigrationProgress, Outcome, Secret};
use keyferry::secret::SecretValue;

use crate::support::account_road::{AccountRoad, FACTS};
use crate::support::inventory_files::{self, inventory, standing_in};
use crate::support::test_env::{TestEnv, made_up};

const ESCAPED: &str = "config/mail.properties";
const PLAIN: &str = "deploy/app.env";

/// Writes the entry of [`ESCAPED`] as the earlier version did: its value is the text as it is written, which no step
/// decodes. That version wrote the same fields of the same schema, and none of those that say how a value is read.
fn write_earlier_version(env: &TestEnv, written: &str) -> Secret {
    let mut secret = standing_in(env, ESCAPED);
    let mut others = inventory(env);
    others.retain(|other| other.id != secret.id);
    let key = inventory_files::key(env, "inventory");
    let value = SecretValue::new(written.as_bytes().to_vec());
    (secret.id, secret.fingerprint) = (key.secret_id(&value), key.fingerprint(&value));
    for place in &mut secret.occurrences {
        assert_eq!((place.end - place.start) as usize, written.len());
        place.decoding.clear();
        (place.certainty, place.readings) = (Certainty::Exact, None);
    }
    secret.reading = Default::default();
    secret
        .tags
        .insert("keyferry-id".to_owned(), secret.id.to_string());
    others.push(secret.clone());
    inventory_files::write_third_version(
        env,
        &BTreeMap::from([("ord001.yaml".to_owned(), others)]),
    );
    let text = std::fs::read_to_string(env.path("inventory/ord001.yaml")).unwrap();
    assert!(
        text.starts_with("schema: 3\n") && !text.contains("reading"),
        "{text}"
    );
    secret
}

/// The entry with an id.
fn entry(env: &TestEnv, id: &str) -> Secret {
    let mut found = inventory(env);
    found.retain(|secret| secret.id.as_str() == id);
    assert_eq!(found.len(), 1, "{id}");
    found.remove(0)
}

#[test]
fn what_an_earlier_version_read_and_imported_is_reported_and_kept() {
    let road = AccountRoad::new(TestEnv::new());
    let env = &road.env;
    let half = made_up(1, "Wint<<>>er9<<alnum 8>>");
    // The application reads `:` where the file has `\:`.
    let (written, read) = (format!("{half}\\:{half}"), format!("{half}:{half}"));
    let plain = made_up(2, "Sum<<>>mer7<<alnum 8>>");
    let repo = env.repo("shop");
    repo.write(
        ESCAPED,
        format!("smtp.user=shop\nsmtp.password={written}\n"),
    );
    repo.write(PLAIN, format!("DB_PASSWORD={plain}\n"));
    repo.commit("Settings");
    let discover = format!("discover shop {FACTS}");
    road.ends(&discover, 0, "2 new");
    let other = standing_in(env, PLAIN);
    let old = write_earlier_version(env, &written);
    let decisions = format!(
        "schema: 1\ndecisions:\n  {}: {{ outcome: relocate, reason: Used, by: a@example.com }}\n",
        old.id
    );
    env.write("inventory/decisions.yaml", decisions);

    // What the earlier version planned and imported. Its value equals its own fingerprint.
    road.ends("plan", 0, "create  2");
    road.ends("import --yes", 0, "2 created");
    road.ends("verify", 0, "0 differ");
    let mut imported = [written.clone().into_bytes(), plain.clone().into_bytes()];
    imported.sort();
    let values = || {
        let mut values = road.values();
        values.sort();
        values
    };
    assert_eq!(values(), imported);

    // This version reads another value there, and says so.
    let said = road.ends(&discover, 0, "1 reading changed");
    let now = standing_in(env, ESCAPED);
    let note = format!(
        "reading changed: {} is read as {} now (shop:{ESCAPED}:2)",
        old.id, now.id
    );
    assert!(said.contains(&note), "{said}");
    assert!(!said.contains(&half), "{said}");
    assert_ne!(now.id, old.id);
    // The old entry is kept with its name and its import; the new one is a link to it, with what the person said.
    let kept = entry(env, old.id.as_str());
    assert_eq!(
        (kept.fingerprint, &kept.target),
        (old.fingerprint, &old.target)
    );
    assert_eq!(kept.progress, MigrationProgress::Verified);
    assert_eq!(kept.reading.read_now_as.as_ref(), Some(&now.id));
    assert!(kept.occurrences.is_empty());
    assert!(now.reading.earlier.contains(&old.id));
    assert_eq!(now.decision.outcome, Outcome::Relocate);
    assert_eq!(now.decision.reason, "Used (a@example.com)");
    assert_eq!(now.progress, MigrationProgress::Found);
    assert_ne!(now.target, old.target);
    // The entry of the value that both versions read alike is unchanged, except for its import.
    let mut same = standing_in(env, PLAIN);
    same.progress = other.progress;
    assert_eq!(same, other);
    // It is said once.
    let again = road.keyferry(&discover).exits(0);
    assert!(
        !again.stderr.contains("reading changed"),
        "{}",
        again.stderr
    );

    // The account has the wrong value, until the right one is imported beside it.
    let name = old.target.as_deref().unwrap();
    let said = road.ends("verify", 1, "reading-changed: ");
    assert!(said.contains(name) && said.contains("1 differ"), "{said}");
    assert_eq!(values(), imported);
    road.ends("plan", 0, "create   1");
    road.ends("import --yes", 0, "1 created");
    let mut moved = imported.to_vec();
    moved.push(read.into_bytes());
    moved.sort();
    assert_eq!(values(), moved);
    // Nothing is deleted: the wrong one stays reported.
    let said = road.ends("verify", 1, "reading-changed: ");
    assert!(said.contains(name) && said.contains("1 differ"), "{said}");
}
