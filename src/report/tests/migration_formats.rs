//! The formats of plan, import and verification agree with their schemas.

use std::collections::BTreeMap;

use serde_json::Value;

use super::sample_findings::secrets;
use super::violations;
use crate::inventory::entry::Outcome;
use crate::inventory::inventory_key::InventoryKey;

#[test]
fn plan_journal_and_verification_agree_with_their_schemas() {
    use crate::migrate::{check_extent::Check, journal, plan, verify};
    use crate::secrets_manager::{Account, ProposedText, Region};

    let mut secrets = secrets();
    for secret in &mut secrets {
        secret.decision.outcome = Outcome::Relocate;
        secret.target = Some("/app/db-master".to_owned());
    }
    let key = InventoryKey::from_bytes([1; 32]);
    let account: Account = "123456789012".parse().unwrap();
    let region: Region = "eu-west-1".parse().unwrap();
    let kms_key = "arn:aws:kms:us-east-1:123456789012:key/1a".parse().unwrap();
    let unsettled = BTreeMap::from([(
        secrets[0].id.clone(),
        vec![crate::decide::Problem::field_missing("owner")],
    )]);
    let input = plan::PlanInput {
        inventory: "i",
        key: &key,
        secrets: &secrets,
        account: &account,
        region: &region,
        kms_key: Some(&kms_key),
        policy_target: &Default::default(),
        price: &Default::default(),
        history: &Default::default(),
        problems: &unsettled,
    };
    let drafted = plan::draft(&input);
    assert!(
        drafted
            .entries
            .iter()
            .all(|entry| entry.problems.len() >= 3)
    );
    let value = serde_json::to_value(&drafted).unwrap();
    assert_eq!(violations("plan.schema.json", &value), Vec::<String>::new());

    let mut planned = drafted.clone();
    planned.entries[0].class = plan::Class::Create;
    let setting = super::super::plan::Setting {
        inventory: "i",
        statements: &[],
        file: "plan.json",
        import: "",
        verify: "",
    };
    let mut out = Vec::new();
    super::super::plan::write(&mut out, &planned, &setting).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(
        text.contains("rotation: managed-external DatadogApiKey every 30 days\n"),
        "{text}"
    );
    let service = format!(
        "\nmay be unnecessary to store:\n  {} secrets, if a \\u{{1b}}[1mrole can take their place: https://docs.example\n",
        planned.entries.len()
    );
    assert!(text.contains(&service), "{text}");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    let event = journal::JournalEvent {
        state: journal::EntryState::Created,
        secret: secrets[0].id.clone(),
        fingerprint: secrets[0].fingerprint,
        account: account.clone(),
        region: region.clone(),
        name: "/app/db".parse().unwrap(),
        token: "t".repeat(64),
        kms_key: None,
        arn: Some("arn".to_owned()),
        detail: Some("why".to_owned()),
    };
    journal::Journal::open(&path)
        .unwrap()
        .append(vec![event])
        .unwrap();
    let line: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(
        violations("journal.schema.json", &line),
        Vec::<String>::new()
    );

    let report = verify::VerifyReport {
        schema: verify::SCHEMA,
        account: account.clone(),
        region: region.clone(),
        check: Check::Metadata,
        complete: true,
        notes: vec!["the journal is missing".to_owned()],
        secrets: vec![verify::CheckedSecret {
            secret: secrets[0].id.clone(),
            name: Some(ProposedText::new("/app/db")),
            rotated: Some(verify::Rotation {
                changed: Some("2026-01-01T00:00:00Z".to_owned()),
            }),
            differences: vec![verify::Difference {
                code: verify::DifferenceCode::Missing,
                message: "gone".to_owned(),
            }],
            not_compared: vec!["value".to_owned()],
        }],
    };
    let value = serde_json::to_value(&report).unwrap();
    assert_eq!(
        violations("verify.schema.json", &value),
        Vec::<String>::new()
    );
}
