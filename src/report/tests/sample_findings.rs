//! Made-up findings for the tests of every format: ordinary ones, a hostile path, a value of
//! several lines, a message, an unreachable blob, bytes that are no text. The values are put
//! together here so that no file of this repository holds one in one piece.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::coverage::{Contradiction, Coverage, Limit, Skip};
use crate::detect::rule::RuleFile;
use crate::finding::{
    Certainty, Confidence, Doubt, Finding, FindingBuilder, Kind, Occurrence, Origin,
};
use crate::inventory::entry::{Decision, Exposure, MigrationProgress, Outcome, Secret};
use crate::inventory::native_replacement::{Replacement, ReplacementStatus};
use crate::inventory::rotation_strategy::{ChosenRotation, RotationStrategy};
use crate::report::catalogue::Catalogue;
use crate::secret::{Fingerprint, SecretId, SecretValue};

pub(super) static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let file: RuleFile = serde_json::from_value(serde_json::json!({
        "schema": 1,
        "provider": "Ferry Corp",
        "opens": "every {harbour} [in](https://example.com) its account",
        "reference": "https://example.com/tokens",
        "rules": [{
            "id": "ferry-token", "name": "Ferry Corp token", "kind": "third-party", "confidence": "high",
            "anchors": ["fry_"], "pattern": "fry_[a-z]{12}", "examples": [],
        }],
    }))
    .unwrap();
    Catalogue::of([&file])
});

pub(super) fn token() -> String {
    ["fry_", "quay", "mast", "helm"].concat()
}

pub(super) fn password() -> String {
    ["=Lantern", "&Rope", "\u{1b}[31m", "77"].concat()
}

pub(super) fn key() -> String {
    [
        "-----BEGIN ",
        "PRIVATE KEY-----\n",
        "QnJpZGdl\nTGFudGVybg==\n",
        "-----END ",
        "PRIVATE KEY-----",
    ]
    .concat()
}

pub(super) fn binary() -> Vec<u8> {
    [b"anchor".as_slice(), b"\xff\xfe", b"chain"].concat()
}

/// Pieces of the values, none of which may be in a redacted report.
pub(super) fn traces() -> [&'static str; 6] {
    [
        "quaymast", "Lantern", "QnJpZGdl", "TGFudGVy", "anchor", "chain",
    ]
}

fn occurrence(
    repository: &str,
    path: &str,
    origin: Origin,
    (line, column): (u64, u64),
) -> Occurrence {
    let start = 40 * line + column;
    Occurrence::at(repository, path, origin)
        .on_line(line, column..column + 16)
        .bytes(start..start + 16)
}

fn committed(mut occurrence: Occurrence, blob: char, commit: char) -> Occurrence {
    occurrence.blob = Some(String::from(blob).repeat(40));
    occurrence.commit = Some(String::from(commit).repeat(40));
    occurrence.author = Some("Ada Buoy <ada@example.com>".to_owned());
    occurrence.date = Some("2024-02-03T04:05:06+01:00".to_owned());
    occurrence
}

fn finding(
    id: u8,
    detector: &str,
    kind: Kind,
    value: impl Into<Vec<u8>>,
    occurrence: Occurrence,
) -> Finding {
    FindingBuilder::new(detector, kind, Confidence::Medium)
        .value(
            SecretValue::new(value.into()),
            SecretId::from_bytes(&[id; 12]),
            Fingerprint([id; 32]),
        )
        .occurrence(occurrence)
        .build()
        .unwrap()
}

/// Not in the order of a report.
pub(super) fn findings() -> Vec<Finding> {
    let hostile = "docs/\u{1b}[2J\n3 findings: none\u{202e}gpj.[x](y){0}";
    let token = |occurrence| Finding {
        confidence: Confidence::High,
        proof: Some("ferry-checksum"),
        redacted: "fry_…".to_owned(),
        ..finding(0xa1, "ferry-token", Kind::ThirdParty, token(), occurrence)
    };
    let mut unreachable = committed(
        occurrence("fleet/harbour", "", Origin::Blob, (1, 1)),
        'd',
        'e',
    );
    (
        unreachable.commit,
        unreachable.author,
        unreachable.date,
        unreachable.reachable,
    ) = (None, None, None, false);
    let mut message = committed(
        occurrence("fleet/harbour", "", Origin::CommitMessage, (3, 8)),
        'c',
        'c',
    );
    message.author = Some("=cmd|'/c calc'!A0 <m@example.com>".to_owned());
    let mut pem = committed(
        occurrence("fleet/harbour", "keys/host.pem", Origin::Blob, (1, 1)),
        'a',
        'b',
    );
    (pem.end_line, pem.end_column) = (4, 25);
    pem.last_commit = Some("f".repeat(40));
    pem.last_date = Some("2024-03-04T05:06:07+01:00".to_owned());
    let mut at_head = committed(
        occurrence("fleet/harbour", "app/config.env", Origin::Worktree, (12, 9)),
        '1',
        '2',
    );
    at_head.at_head = true;
    at_head.refs = [
        "refs/heads/main",
        "refs/heads/=cmd",
        "refs/remotes/origin/main",
        "refs/tags/v1",
    ]
    .map(str::to_owned)
    .into();
    at_head.refs_more = 30;
    let worktree = occurrence("fleet/harbour", "app/config.env", Origin::Worktree, (2, 13));
    let mut plain = occurrence("-notes", hostile, Origin::Worktree, (7, 1));
    plain.certainty = Certainty::Doubtful(Doubt::Variable);
    pem.certainty = Certainty::TooLong;
    message.certainty = Certainty::InParts;
    vec![
        token(at_head),
        finding(
            0xb2,
            "assigned-password",
            Kind::Application,
            password(),
            worktree,
        ),
        finding(0xc3, "private-key", Kind::CertificatePrivateKey, key(), pem),
        token(message),
        Finding {
            confidence: Confidence::Low,
            expired: true,
            redacted: String::new(),
            ..finding(
                0xd4,
                "assigned-password",
                Kind::Database,
                binary(),
                unreachable,
            )
        },
        finding(
            0xb2,
            "assigned-password",
            Kind::Application,
            password(),
            plain,
        ),
    ]
}

/// Of a scan that could not read everything.
pub(super) fn coverage() -> Coverage {
    let mut coverage = Coverage {
        repositories: 1,
        files: 14,
        git_files: 17,
        blobs: 120,
        commits: 31,
        tags: 0,
        bytes: 1_234_567,
        binary: 1,
        ..Coverage::default()
    };
    for name in [
        "node_modules",
        "target",
        "a\u{1b}]0;title",
        "b",
        "c",
        "d",
        "e",
    ] {
        coverage.skip(Skip::IgnoredFolder, name);
    }
    coverage.skip(Skip::SymbolicLink, "link [here](there)");
    coverage.cut(Limit::Time, "bomb/\u{1b}[1mrepository");
    coverage.contradict(
        Contradiction::DifferingCopies,
        "shop blob \u{1b}[1m in objects/pack/a.pack and objects/pack/b.pack",
    );
    coverage.unreadable("locked/\u{1b}[1mfile", "permission denied\nforged line");
    coverage
        .rejected
        .extend([("placeholder".to_owned(), 12), ("template".to_owned(), 1)]);
    coverage.sort();
    coverage
}

/// Secrets of several kinds, outcomes and exposures, with one place or more.
pub(super) fn secrets() -> Vec<Secret> {
    let place = |repository: &str, line| Occurrence {
        repository: repository.to_owned(),
        line,
        ..findings()[0].occurrence.clone()
    };
    let secret = |kind, outcome, exposure, occurrences| {
        let finding = &findings()[0];
        Secret {
            id: finding.secret_id.clone(),
            fingerprint: finding.fingerprint,
            kind,
            detector: finding.detector.clone(),
            confidence: finding.confidence,
            proof: finding.proof.map(str::to_owned),
            expired: false,
            reading: Default::default(),
            exposure,
            context: finding.context.clone(),
            metadata: BTreeMap::new(),
            said: BTreeMap::new(),
            decision: Decision::by_rule(outcome, "r", "because"),
            replacement: Some(Replacement {
                rule: "iam".to_owned(),
                service: "a \u{1b}[1mrole".to_owned(),
                documentation: Some("https://docs.example".to_owned()),
                status: ReplacementStatus::Remark,
            }),
            payload: None,
            rotation: Some(ChosenRotation {
                strategy: RotationStrategy::ManagedExternal,
                days: Some(30),
                secret_type: Some("DatadogApiKey".to_owned()),
                rule: "datadog".to_owned(),
            }),
            target: None,
            tags: BTreeMap::new(),
            progress: MigrationProgress::Found,
            disputed: Default::default(),
            uses: Vec::new(),
            readers: Default::default(),
            in_use: None,
            occurrences,
        }
    };
    let both = vec![
        place("fleet/harbour", 1),
        place("fleet/harbour", 2),
        place("fleet/\u{1b}[2Jpier", 1),
    ];
    vec![
        secret(Kind::Database, Outcome::Relocate, Exposure::AtHead, both),
        secret(
            Kind::Database,
            Outcome::Review,
            Exposure::AtHead,
            vec![place("fleet/harbour", 3)],
        ),
        secret(
            Kind::SshKey,
            Outcome::Retire,
            Exposure::History,
            vec![place("fleet/harbour", 4)],
        ),
        secret(
            Kind::Application,
            Outcome::Retain,
            Exposure::Unreachable,
            vec![place("quay", 1)],
        ),
    ]
}
