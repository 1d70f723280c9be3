//! Findings on one line that look the same are counted in the text report, and nowhere else.

use super::sample_findings;
use crate::report::catalogue::Catalogue;
use crate::report::options::Options;
use crate::report::{Format, write};

/// The report of one finding at each of these places (line, column).
fn report(format: Format, places: &[(u64, u64)], show_secrets: bool) -> String {
    let sample = sample_findings::findings().swap_remove(0);
    let findings: Vec<_> = places
        .iter()
        .map(|&(line, column)| {
            let mut finding = sample.clone();
            finding.occurrence.line = line;
            finding.occurrence.column = column;
            finding
        })
        .collect();
    let catalogue = Catalogue::default();
    let options = Options {
        show_secrets,
        ..Options::new(&catalogue)
    };
    let mut out = Vec::new();
    let coverage = sample_findings::coverage();
    write(format, &mut out, &findings, &coverage, &options).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn findings_that_look_the_same_are_one_row_of_the_text_report() {
    let line: Vec<(u64, u64)> = (0..20).map(|at| (7, 10 + at * 300)).collect();
    let text = report(Format::Text, &line, false);
    assert_eq!(text.matches("and 19 more like it on this line").count(), 1);
    assert_eq!(text.matches("7:").count(), 1, "{text}");
    // Each is a secret of its own.
    assert!(text.contains("20 findings"), "{text}");
    assert_eq!(
        report(Format::Jsonl, &line, false)
            .matches("\"line\":7")
            .count(),
        20
    );
}

#[test]
fn few_findings_and_those_of_other_lines_have_rows_of_their_own() {
    let few = report(Format::Text, &[(7, 1), (7, 40), (7, 80)], false);
    let apart = report(
        Format::Text,
        &[(7, 1), (8, 1), (9, 1), (10, 1), (11, 1)],
        false,
    );
    for text in [few, apart] {
        assert!(!text.contains("more like it"), "{text}");
    }
}
