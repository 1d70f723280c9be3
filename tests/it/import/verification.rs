//! `verify` after an import.

use super::*;

#[test]
fn verify_finds_every_difference() {
    let mut freight = Freight::new(9);
    let fake = Fake::default();
    let summary = run(freight.import(&fake, &freight.draft(None)));
    freight.note(&summary);
    let check = |freight: &Freight, check: Check| {
        let history = JournalHistory::read(&freight.journal_path()).unwrap();
        let input = verify::VerifyInput {
            account: &freight.account,
            region: &freight.region,
            key: &freight.key,
            secrets: &freight.secrets,
            history: &history,
            check,
        };
        run(verify(
            &input,
            &fake,
            &quick(),
            &Cancellation::new(),
            &NoProgress,
        ))
        .unwrap()
    };
    assert!(check(&freight, Check::Value).is_clean());
    fake.forget_calls();
    assert!(check(&freight, Check::Metadata).is_clean());
    assert!(fake.take_calls(Call::GetValue).is_empty());

    fake.remove(freight.name(0));
    fake.edit(freight.name(1), |secret| {
        secret.deleted = Some("2026-01-01T00:00:00Z".to_owned())
    });
    fake.edit(freight.name(2), |secret| secret.tags.clear());
    fake.edit(freight.name(3), |secret| {
        secret.kms_key = Some("arn:aws:kms:eu-west-1:123456789012:key/x".to_owned())
    });
    fake.edit(freight.name(4), |secret| {
        secret
            .versions
            .values_mut()
            .for_each(|version| version.value = b"changed".to_vec());
    });
    fake.edit(freight.name(5), |secret| {
        secret
            .versions
            .values_mut()
            .for_each(|version| version.stages = vec!["AWSPREVIOUS".to_owned()]);
    });
    fake.edit(freight.name(6), |secret| secret.versions.clear());
    let old_name = freight.name(7).to_owned();
    freight.secrets[7].target = Some("/orders/renamed".to_owned());
    let report = check(&freight, Check::Value);
    let of = |name: &str| {
        let checked = report
            .secrets
            .iter()
            .find(|checked| checked.name.as_str() == name)
            .unwrap();
        checked
            .differences
            .iter()
            .map(|difference| difference.code)
            .collect::<Vec<_>>()
    };
    assert_eq!(of(freight.name(0)), [verify::DifferenceCode::Missing]);
    assert_eq!(
        of(freight.name(1)),
        [verify::DifferenceCode::ScheduledForDeletion]
    );
    assert_eq!(of(freight.name(2)), [verify::DifferenceCode::TagsDiffer]);
    assert_eq!(of(freight.name(3)), [verify::DifferenceCode::KmsKeyDiffers]);
    assert_eq!(of(freight.name(4)), [verify::DifferenceCode::ValueDiffers]);
    assert_eq!(of(freight.name(5)), [verify::DifferenceCode::NotCurrent]);
    assert_eq!(
        of(freight.name(6)),
        [verify::DifferenceCode::VersionMissing]
    );
    assert_eq!(of(&old_name), [verify::DifferenceCode::NotInInventory]);
    assert_eq!(of("/orders/renamed"), [verify::DifferenceCode::Missing]);
    assert_eq!(of(freight.name(8)), []);
    assert!(!report.is_clean());

    fake.deny(&[Call::Describe, Call::GetValue]);
    let report = check(&freight, Check::Value);
    assert!(
        report
            .secrets
            .iter()
            .all(|checked| checked.differences[0].code == verify::DifferenceCode::Unproved)
    );
}
