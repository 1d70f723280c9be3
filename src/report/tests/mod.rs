//! Whole outputs of every format, and what must hold for all of them. No snapshot holds a value.

use std::collections::BTreeSet;

use serde_json::Value;

mod alike;
mod inventory_schema;
mod migration_formats;
mod on_terminal;
mod sample_findings;
pub(super) mod schema_check;
mod summary_text;

use sample_findings::{CATALOGUE, secrets};

use super::{Format, Options, schema, summary};
use crate::coverage::Coverage;
use crate::finding::{Finding, Occurrence, Origin};
use crate::inventory::entry::Secret;

const FORMATS: [Format; 5] = [
    Format::Text,
    Format::Json,
    Format::Jsonl,
    Format::Csv,
    Format::Sarif,
];

fn report_of(
    format: Format,
    findings: &[Finding],
    coverage: &Coverage,
    options: &Options<'_>,
) -> String {
    let mut out = Vec::new();
    super::write(format, &mut out, findings, coverage, options).unwrap();
    String::from_utf8(out).unwrap()
}

fn report(format: Format, show_secrets: bool) -> String {
    let options = Options {
        show_secrets,
        object_ids: true,
        ..Options::new(&CATALOGUE)
    };
    report_of(
        format,
        &sample_findings::findings(),
        &sample_findings::coverage(),
        &options,
    )
}

fn json(format: Format, show_secrets: bool) -> Value {
    serde_json::from_str(&report(format, show_secrets)).unwrap()
}

pub(in crate::report) fn violations(name: &str, value: &Value) -> Vec<String> {
    let (_, schema) = schema::all()
        .into_iter()
        .find(|(file, _)| *file == name)
        .unwrap();
    schema_check::violations(&serde_json::from_str(&schema).unwrap(), value)
}

/// Snapshots do not change with the version of the crate.
fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    let version = format!(
        r#""version": "{}""#,
        regex::escape(env!("CARGO_PKG_VERSION"))
    );
    settings.add_filter(&version, r#""version": "[version]""#);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn text() {
    snapshot("text", &report(Format::Text, false));
}

#[test]
fn text_of_nothing() {
    let options = Options::new(&CATALOGUE);
    let coverage = Coverage {
        files: 2,
        bytes: 20,
        ..Coverage::default()
    };
    insta::assert_snapshot!(report_of(Format::Text, &[], &coverage, &options), @r"
    coverage
      read        2 files, 20 B

    no secrets found
    ");
}

#[test]
fn json_document() {
    snapshot("json", &report(Format::Json, false));
}

#[test]
fn jsonl() {
    snapshot("jsonl", &report(Format::Jsonl, false));
}

#[test]
fn csv_table() {
    snapshot("csv", &report(Format::Csv, false));
}

#[test]
fn sarif_log() {
    snapshot("sarif", &report(Format::Sarif, false));
}

#[test]
fn no_value_is_in_a_redacted_report() {
    for format in FORMATS {
        let report = report(format, false);
        for trace in sample_findings::traces() {
            assert!(!report.contains(trace), "{format:?} holds {trace}");
        }
        for finding in sample_findings::findings() {
            let digits = crate::secret::hex(finding.value.expose());
            assert!(!report.contains(&digits), "{format:?} holds a value in hex");
        }
    }
    let sarif = report(Format::Sarif, true);
    assert!(
        !sample_findings::traces()
            .iter()
            .any(|trace| sarif.contains(trace)),
        "SARIF never holds one"
    );
}

/// A report without ids says no id, no end and no length of a value, and its order depends on none.
#[test]
fn a_report_without_ids_depends_on_no_id() {
    let written = |change: &dyn Fn(usize, &mut Finding)| {
        let (mut findings, mut coverage) =
            (sample_findings::findings(), sample_findings::coverage());
        for (at, finding) in findings.iter_mut().enumerate() {
            change(at, finding);
        }
        super::leave_out_ids(&mut findings, &mut coverage);
        let options = Options::new(&CATALOGUE);
        FORMATS.map(|format| report_of(format, &findings, &coverage, &options))
    };
    let straight = written(&|_, _| {});
    let id = |at: usize| {
        let digits = sha1_of(at);
        move |id: &mut Option<String>| *id = id.is_some().then(|| digits.clone())
    };
    let changed = written(&|at, finding| {
        let place = &mut finding.occurrence;
        for old in [&mut place.blob, &mut place.commit, &mut place.last_commit] {
            id(at)(old);
        }
        place.end += 3;
        place.start += at as u64;
        place.end_column += 3;
    });
    assert_eq!(straight, changed);
    for finding in sample_findings::findings() {
        let place = finding.occurrence;
        for id in [place.blob, place.commit, place.last_commit]
            .into_iter()
            .flatten()
        {
            for report in &straight {
                assert!(!report.contains(&id[..8]), "{id} in {report}");
            }
        }
    }
    // The others say that they contain them.
    for format in [Format::Json, Format::Sarif] {
        let said = |report: &str| {
            report.contains("\"object_ids\": true") || report.contains("\"objectIds\": true")
        };
        assert!(said(&report(format, false)));
    }
    assert!(
        !straight
            .iter()
            .any(|report| report.contains("object_ids\": true"))
    );
}

/// Some id that has nothing to do with the order of `at`.
fn sha1_of(at: usize) -> String {
    use sha1::Digest;
    crate::secret::hex(&sha1::Sha1::digest(at.to_le_bytes()))
}

#[test]
fn values_are_there_when_asked_for() {
    for format in [Format::Text, Format::Json, Format::Jsonl, Format::Csv] {
        let report = report(format, true);
        for trace in sample_findings::traces() {
            assert!(report.contains(trace), "{format:?} lacks {trace}");
        }
    }
}

#[test]
fn shown_values_are_exact() {
    let mut expected: Vec<Vec<u8>> = sample_findings::findings()
        .iter()
        .map(|f| f.value.expose().to_vec())
        .collect();
    expected.sort();
    let unhex = |digits: &str| -> Vec<u8> {
        let pairs = digits.as_bytes().chunks(2);
        pairs
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    };

    let rows = json(Format::Json, true)["findings"]
        .as_array()
        .unwrap()
        .clone();
    let value = |row: &Value| match &row["secret_hex"] {
        Value::String(digits) => unhex(digits),
        _ => row["secret"].as_str().unwrap().as_bytes().to_vec(),
    };
    let mut shown: Vec<_> = rows.iter().map(value).collect();
    shown.sort();
    assert_eq!(shown, expected);

    let csv = report(Format::Csv, true);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    // The columns before the last one.
    let value = |row: csv::StringRecord| match (&row[row.len() - 3], &row[row.len() - 2]) {
        (shown, "") => shown
            .strip_prefix('\'')
            .unwrap_or(shown)
            .as_bytes()
            .to_vec(),
        (_, digits) => unhex(digits),
    };
    let mut shown: Vec<_> = reader.records().map(|row| value(row.unwrap())).collect();
    // The row of an incomplete scan.
    assert_eq!(shown.pop(), Some(Vec::new()));
    shown.sort();
    assert_eq!(shown, expected);
}

#[test]
fn no_format_hands_a_terminal_anything_to_obey() {
    for format in FORMATS {
        for show_secrets in [false, true] {
            let report = report(format, show_secrets);
            let obeyed = report
                .chars()
                .find(|&c| c != '\n' && crate::escape::unsafe_to_print(c));
            assert_eq!(obeyed, None, "{format:?}");
            assert!(
                !report
                    .lines()
                    .any(|line| line.starts_with("3 findings") || line.starts_with("forged")),
                "{format:?}"
            );
        }
    }
}

/// [`super::output`] tells a reader that went away by the kind of the error.
#[test]
fn a_closed_pipe_is_told_as_one() {
    struct Closed;
    impl std::io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let many: Vec<Finding> = std::iter::repeat_with(sample_findings::findings)
        .take(100)
        .flatten()
        .collect();
    for format in FORMATS {
        for findings in [many.as_slice(), &many[..1]] {
            let result = super::write(
                format,
                &mut Closed,
                findings,
                &sample_findings::coverage(),
                &Options::new(&CATALOGUE),
            );
            assert_eq!(
                result.unwrap_err().kind(),
                std::io::ErrorKind::BrokenPipe,
                "{format:?}"
            );
        }
    }
}

#[test]
fn colour_only_when_asked_for() {
    let options = Options {
        color: true,
        object_ids: true,
        ..Options::new(&CATALOGUE)
    };
    let coloured = report_of(
        Format::Text,
        &sample_findings::findings(),
        &sample_findings::coverage(),
        &options,
    );
    let codes = regex::Regex::new("\x1b\\[[0-9]+m").unwrap();
    assert!(codes.is_match(&coloured));
    assert_eq!(
        codes.replace_all(&coloured, ""),
        report(Format::Text, false)
    );
}

#[test]
fn the_order_of_findings_does_not_show() {
    let options = Options {
        object_ids: true,
        ..Options::new(&CATALOGUE)
    };
    let mut findings = sample_findings::findings();
    for format in FORMATS {
        let straight = report(format, false);
        findings.reverse();
        assert_eq!(
            report_of(format, &findings, &sample_findings::coverage(), &options),
            straight
        );
    }
}

#[test]
fn rows_agree_with_their_schema_and_order() {
    let fields = "secret_id detector kind confidence proof origin repository path line column end_line end_column \
                  blob commit introduced author date reachable at_head refs refs_more last_commit last_date redacted reading reading_doubt";
    for show_secrets in [false, true] {
        for line in report(Format::Jsonl, show_secrets).lines() {
            let row: Value = serde_json::from_str(line).unwrap();
            let (schema, fields) = match row.get("incomplete") {
                Some(_) => ("incomplete.schema.json", ""),
                None => ("finding.schema.json", fields),
            };
            assert_eq!(violations(schema, &row), [""; 0]);
            let mut from = 0;
            for field in fields.split_whitespace() {
                let at = line[from..]
                    .find(&format!("\"{field}\":"))
                    .unwrap_or_else(|| panic!("{field} in {line}"));
                from += at;
            }
            let shown = ["secret", "weak"].map(|field| row.get(field).is_some());
            assert_eq!(shown, [show_secrets && from > 0; 2]);
        }
    }
    assert_eq!(
        report(Format::Csv, false).lines().next().unwrap(),
        fields.split_whitespace().collect::<Vec<_>>().join(",")
    );
}

#[test]
fn documents_agree_with_their_schema() {
    for show_secrets in [false, true] {
        let document = json(Format::Json, show_secrets);
        assert_eq!(
            violations("scan.schema.json", &document),
            Vec::<String>::new()
        );
    }
    let (mut findings, mut coverage) = (sample_findings::findings(), sample_findings::coverage());
    super::leave_out_ids(&mut findings, &mut coverage);
    let options = Options::new(&CATALOGUE);
    let text = report_of(Format::Json, &findings, &coverage, &options);
    let document = serde_json::from_str(&text).unwrap();
    assert_eq!(
        violations("scan.schema.json", &document),
        Vec::<String>::new()
    );
    let mut document = json(Format::Json, false);
    document["schema"] = 1.into();
    document["findings"][0]["line"] = 0.into();
    document["findings"][1]
        .as_object_mut()
        .unwrap()
        .remove("date");
    document["coverage"]["more"] = 1.into();
    assert_eq!(
        violations("scan.schema.json", &document).len(),
        4,
        "the check sees what is wrong"
    );
}

#[test]
fn no_cell_is_a_formula() {
    let csv = report(Format::Csv, true);
    for row in csv::Reader::from_reader(csv.as_bytes()).records() {
        for cell in &row.unwrap() {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
        }
    }
    assert!(
        csv.contains("'=cmd") && csv.contains("'-notes") && csv.contains("'=Lantern"),
        "{csv}"
    );
}

#[test]
fn sarif_has_what_services_ask_for() {
    let log = json(Format::Sarif, false);
    assert_eq!(
        (&log["version"], log["runs"].as_array().unwrap().len()),
        (&Value::from("2.1.0"), 1)
    );
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for rule in rules {
        for text in [
            "/shortDescription/text",
            "/fullDescription/text",
            "/help/text",
            "/id",
            "/name",
        ] {
            assert!(
                rule.pointer(text).is_some_and(Value::is_string),
                "{text} in {rule}"
            );
        }
    }
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), sample_findings::findings().len());
    for result in results {
        assert_eq!(
            rules[result["ruleIndex"].as_u64().unwrap() as usize]["id"],
            result["ruleId"]
        );
        assert!(result["message"]["text"].is_string());
        assert!(
            result["partialFingerprints"]["secretId/v1"]
                .as_str()
                .unwrap()
                .starts_with("s-")
        );
        let place = &result["locations"][0]["physicalLocation"];
        assert!(
            !place["artifactLocation"]["uri"]
                .as_str()
                .unwrap()
                .is_empty()
        );
        let base = place["artifactLocation"]["uriBaseId"].as_str().unwrap();
        assert!(run["originalUriBaseIds"].get(base).is_some(), "{base}");
        assert!(place["region"]["endColumn"].as_u64() > Some(0));
        assert!(place["region"].get("snippet").is_none());
    }
    let levels: Vec<&str> = results
        .iter()
        .map(|result| result["level"].as_str().unwrap())
        .collect();
    assert!(
        ["error", "warning", "note"]
            .iter()
            .all(|level| levels.contains(level))
    );
}

#[test]
fn sarif_says_whether_the_scan_is_complete() {
    let options = Options::new(&CATALOGUE);
    let successful = |coverage: &Coverage| {
        let log: Value =
            serde_json::from_str(&report_of(Format::Sarif, &[], coverage, &options)).unwrap();
        log["runs"][0]["invocations"][0]["executionSuccessful"].clone()
    };
    assert_eq!(successful(&Coverage::default()), true);
    assert_eq!(
        successful(&Coverage {
            interrupted: true,
            ..Coverage::default()
        }),
        false
    );
    assert_eq!(successful(&sample_findings::coverage()), false);
}
