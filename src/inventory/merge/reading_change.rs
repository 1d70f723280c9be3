//! Values that are read differently than by an earlier version: the same bytes, and another value.
//!
//! A new version may read the escapes of a file as its own reader does, or read a value to its end that was cut
//! before. The value then has another id. Without a link, the old entry would be gone, its decisions with it, and
//! nobody would learn that the value in Secrets Manager is not the one that the application reads.

use std::collections::{BTreeMap, HashMap};

use super::place_key::file_of;
use crate::finding::{Decoding, Evidence, Finding, Occurrence};
use crate::inventory::entry::{MigrationProgress, Provenance, Secret};
use crate::secret::SecretId;

/// A place at which another value is read than before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReadingChange {
    /// The id of the value that an earlier scan read.
    pub earlier: SecretId,
    /// The id of the value that is read there now.
    pub now: SecretId,
    /// The repository's name.
    pub repository: String,
    /// The path; empty for messages and headers.
    pub path: String,
    /// The line of the value.
    pub line: u64,
}

/// The findings of a merge, by file.
pub(super) struct FindingsByFile<'a>(HashMap<(&'a str, &'a str), Vec<&'a Finding>>);

/// The longest value that earlier versions read. Longer ones were cut.
const CUT_LENGTH: u64 = 4096;

impl<'a> FindingsByFile<'a> {
    /// All findings.
    pub fn of(findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        let mut files: HashMap<(&str, &str), Vec<&Finding>> = HashMap::new();
        for finding in findings {
            let file = files.entry(file_of(&finding.occurrence)).or_default();
            file.push(finding);
        }
        for file in files.values_mut() {
            file.sort_by_key(|finding| finding.occurrence.start);
        }
        Self(files)
    }

    /// The changes at the places that an entry has lost. `before` is the entry before the merge.
    pub fn changes(&self, before: &Secret, after: &Secret) -> Vec<ReadingChange> {
        let mut changes: Vec<ReadingChange> = Vec::new();
        for place in &before.occurrences {
            let Some(findings) = self.0.get(&file_of(place)) else {
                continue;
            };
            let mut left = after.occurrences.iter();
            if left.any(|left| left.origin == place.origin && overlap(left, place)) {
                continue;
            }
            let evidence = before.evidence_at(Some(place));
            // Values do not overlap, so that those behind the end of the place need no look.
            let near = findings
                .iter()
                .take_while(|finding| finding.occurrence.start < place.end);
            let mut reads = near.filter(|finding| {
                finding.secret_id != before.id && is_read_now(place, &evidence, finding)
            });
            if let Some(finding) = reads.next()
                && changes.iter().all(|change| change.now != finding.secret_id)
            {
                changes.push(ReadingChange {
                    earlier: before.id.clone(),
                    now: finding.secret_id.clone(),
                    repository: place.repository.clone(),
                    path: place.path.clone(),
                    line: finding.occurrence.line,
                });
            }
        }
        changes
    }
}

fn overlap(one: &Occurrence, other: &Occurrence) -> bool {
    file_of(one) == file_of(other) && one.start < other.end && other.start < one.end
}

/// Whether a finding reads the bytes of a place, and only the reading is another one. A value that was changed in
/// its file is no such finding.
fn is_read_now(place: &Occurrence, evidence: &Evidence, finding: &Finding) -> bool {
    let now = &finding.occurrence;
    let is_alike =
        finding.detector == evidence.detector && finding.context.key == evidence.context.key;
    if !overlap(place, now) || !is_alike {
        return false;
    }
    // The same object has the same bytes. Elsewhere the steps must tell.
    if place.blob.is_some() && place.blob == now.blob {
        return true;
    }
    let is_earlier = |step: &Decoding| matches!(step, Decoding::Backslash | Decoding::Doubled);
    let was_escaped = place.decoding.iter().any(is_earlier) && place.decoding != now.decoding;
    let was_cut = place.end - place.start == CUT_LENGTH && now.end > place.end;
    !place.path.is_empty() && place.start == now.start && (was_escaped || was_cut)
}

/// Links the entries of each change, and carries what people said from the old entry to the new one.
pub(super) fn carry_over(secrets: &mut BTreeMap<SecretId, Secret>, changes: &[ReadingChange]) {
    for change in changes {
        let Some(old) = secrets.get_mut(&change.earlier) else {
            continue;
        };
        old.reading
            .read_now_as
            .get_or_insert_with(|| change.now.clone());
        let old = old.clone();
        let Some(new) = secrets.get_mut(&change.now) else {
            continue;
        };
        new.reading.earlier.insert(old.id);
        new.reading.earlier.extend(old.reading.earlier);
        // Two readings of one place may take turns, if a version is used again.
        new.reading.earlier.remove(&change.now);
        if new.occurrences.is_empty() {
            continue;
        }
        new.reading.read_now_as = None;
        for (field, fact) in old.metadata {
            let is_of_person = fact.from == Provenance::Person;
            let has_own = new
                .metadata
                .get(&field)
                .is_some_and(|own| own.from == Provenance::Person);
            if is_of_person && !has_own {
                new.metadata.insert(field, fact);
            }
        }
        for (repository, facts) in old.said {
            new.said.entry(repository).or_insert(facts);
        }
        if old.decision.is_by_person() && !new.decision.is_by_person() {
            new.decision = old.decision;
        }
        for mut known in old.uses {
            // A name in Secrets Manager stays that of the old value.
            if known.progress > MigrationProgress::Found {
                known.progress = MigrationProgress::Found;
                known.target = None;
            }
            if new.uses.iter().all(|own| own.of != known.of) {
                new.uses.push(known);
            }
        }
        if old.progress == MigrationProgress::Found && new.target.is_none() {
            new.target = old.target;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Merged, Scanned, add, remove_gone};
    use super::*;
    use crate::finding::{
        Confidence, Context, Escapes, FindingBuilder, HistoryExtent, Kind, Origin,
    };
    use crate::inventory::entry::{Fact, Outcome};
    use crate::secret::{Fingerprint, SecretValue};

    fn finding(
        id: u8,
        bytes: std::ops::Range<u64>,
        blob: Option<&str>,
        steps: &[Decoding],
    ) -> Finding {
        let occurrence = Occurrence {
            decoding: steps.to_vec(),
            blob: blob.map(str::to_owned),
            ..Occurrence::at("shop", "app.env", Origin::Worktree)
                .on_line(4, 1..2)
                .bytes(bytes)
        };
        let value = SecretValue::new(vec![b'a' + id; 8]);
        let key = Some("DB_PASSWORD".to_owned());
        FindingBuilder::new("rule", Kind::Application, Confidence::High)
            .value(
                value,
                SecretId::from_bytes(&[id; 12]),
                Fingerprint([id; 32]),
            )
            .context(Context {
                key,
                ..Context::default()
            })
            .occurrence(occurrence)
            .build()
            .unwrap()
    }

    fn scan(secrets: &mut BTreeMap<SecretId, Secret>, findings: &[Finding]) -> Merged {
        let scanned = Scanned {
            repository: "shop",
            findings,
            worktree: true,
            history: true,
            extent: HistoryExtent::Whole,
            incomplete: false,
            is_same: true,
        };
        add(secrets, &[scanned])
    }

    /// The changes of a second scan that finds `now` where the first one found `before`.
    fn changes(before: Finding, now: Finding) -> Vec<ReadingChange> {
        let mut secrets = BTreeMap::new();
        scan(&mut secrets, &[before]);
        scan(&mut secrets, &[now]).reading_changes
    }

    const ESCAPED: &[Decoding] = &[Decoding::Backslash];
    const READ: &[Decoding] = &[Decoding::Escapes(Escapes::DotenvDouble)];

    #[test]
    fn the_same_bytes_with_another_value_are_a_change() {
        let blob = Some("0a0a");
        let found = changes(finding(1, 20..30, blob, &[]), finding(2, 20..31, blob, &[]));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].path.as_str(), found[0].line), ("app.env", 4));
        // A file that git does not have: the old steps, or the old limit.
        for (end, steps) in [(30, ESCAPED), (20 + CUT_LENGTH, &[])] {
            let before = finding(1, 20..end, None, steps);
            let now = finding(2, 20..end + 5, None, READ);
            assert_eq!(changes(before, now).len(), 1, "{end}");
        }
    }

    #[test]
    fn a_changed_value_is_no_change_of_its_reading() {
        let before = || finding(1, 20..30, Some("0a0a"), &[]);
        // The file was edited.
        assert_eq!(changes(before(), finding(2, 20..31, Some("0b0b"), &[])), []);
        // Other bytes, another key, another rule.
        assert_eq!(changes(before(), finding(2, 40..50, Some("0a0a"), &[])), []);
        let mut other = finding(2, 20..30, Some("0a0a"), &[]);
        other.context.key = Some("API_KEY".to_owned());
        assert_eq!(changes(before(), other), []);
        let mut other = finding(2, 20..30, Some("0a0a"), &[]);
        other.detector = "other".to_owned();
        assert_eq!(changes(before(), other), []);
        // The same steps in a file that git does not have.
        let plain = finding(1, 20..30, None, READ);
        assert_eq!(changes(plain, finding(2, 20..31, None, READ)), []);
    }

    #[test]
    fn statements_of_people_are_carried_over_and_the_old_entry_is_kept() {
        let mut secrets = BTreeMap::new();
        let blob = Some("0a0a");
        scan(&mut secrets, &[finding(1, 20..30, blob, ESCAPED)]);
        let old_id = SecretId::from_bytes(&[1; 12]);
        let old = secrets.get_mut(&old_id).unwrap();
        old.decision.outcome = Outcome::Relocate;
        old.decision.rule = "person".to_owned();
        old.target = Some("/orders/db".to_owned());
        let fact = |value: &str, from| Fact {
            value: value.to_owned(),
            from,
        };
        old.metadata
            .insert("appid".to_owned(), fact("ord001", Provenance::Person));
        old.metadata
            .insert("owner".to_owned(), fact("ann", Provenance::Policy));
        let imported = {
            let mut imported = secrets.clone();
            imported.get_mut(&old_id).unwrap().progress = MigrationProgress::Verified;
            imported
        };
        for (mut secrets, target) in [(secrets, Some("/orders/db")), (imported, None)] {
            let now = || [finding(2, 20..30, blob, READ)];
            let merged = scan(&mut secrets, &now());
            assert_eq!((merged.reading_changes.len(), merged.changed.len()), (1, 2));
            assert_eq!(remove_gone(&mut secrets), 0);
            let (old, new) = (&secrets[&old_id], &secrets[&merged.reading_changes[0].now]);
            assert!(old.occurrences.is_empty());
            assert_eq!(old.reading.read_now_as.as_ref(), Some(&new.id));
            assert!(new.reading.earlier.contains(&old_id));
            assert!(new.decision.is_by_person());
            assert_eq!(new.metadata["appid"].value, "ord001");
            assert!(!new.metadata.contains_key("owner"));
            assert_eq!(new.target.as_deref(), target);
            // A third scan changes nothing.
            let before = secrets.clone();
            assert_eq!(scan(&mut secrets, &now()).reading_changes, []);
            assert_eq!(secrets, before);
        }
    }
}
