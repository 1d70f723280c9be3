//! The text of a scan on a terminal.

use unicode_width::UnicodeWidthStr;

use super::sample_findings::{self, CATALOGUE};
use super::{report_of, snapshot};
use crate::coverage::Coverage;
use crate::finding::{Confidence, Context, Excerpt, Finding, Origin};
use crate::report::{Format, Options, Terminal};
use crate::secret::SecretId;

/// The sample findings with their lines: wide characters, a line much longer than a terminal, and one that gives orders to
/// it.
fn findings() -> Vec<Finding> {
    let long = "quay, harbour, pier; ".repeat(9);
    let lines = [
        (
            "export TOKEN='".to_owned(),
            "fry_",
            "' # für 日本".to_owned(),
        ),
        (
            format!("\t{long}\"password\": \""),
            "",
            format!("\", {long}"),
        ),
        (String::new(), "", "…".to_owned()),
        (
            "Release with ".to_owned(),
            "fry_",
            " for 日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語"
                .to_owned(),
        ),
        (
            "\u{1b}[2Jlogin(".to_owned(),
            "",
            ")\u{202e}\u{9b}0m\nforged".to_owned(),
        ),
        ("password=".to_owned(), "", String::new()),
    ];
    let mut findings = sample_findings::findings();
    for (finding, (before, prefix, after)) in findings.iter_mut().zip(lines) {
        let prefix = prefix.to_owned();
        finding.excerpt = Some(Box::new(Excerpt {
            before,
            prefix,
            after,
        }));
    }
    findings[1].context = Context {
        key: Some("app.password".to_owned()),
        user: Some("orders\u{1b}[1m".to_owned()),
        host: Some("db.internal".to_owned()),
        port: Some(5432),
        ..Context::default()
    };
    findings
}

fn report(findings: &[Finding], width: usize, change: impl Fn(&mut Options<'_>)) -> String {
    let mut options = Options {
        terminal: Some(Terminal { width, all: false }),
        next: Some("next: `keyferry discover harbour` decides about each secret"),
        ..Options::new(&CATALOGUE)
    };
    change(&mut options);
    report_of(
        Format::Text,
        findings,
        &sample_findings::coverage(),
        &options,
    )
}

#[test]
fn a_terminal_shows_secrets() {
    for width in [80, 160] {
        let text = report(&findings(), width, |_| {});
        snapshot(&format!("terminal-{width}"), &text);
    }
    let all = |options: &mut Options<'_>| {
        options.terminal = Some(Terminal {
            width: 80,
            all: true,
        });
        options.color = true;
    };
    snapshot("terminal-all-in-colour", &report(&findings(), 80, all));
}

/// Without the history, and without repositories, it is not known what is committed.
#[test]
fn what_was_not_read_is_not_claimed() {
    let of = |history: bool, repositories: u64| {
        let coverage = Coverage {
            repositories,
            folders: 1,
            ..sample_findings::coverage()
        };
        let options = Options {
            terminal: Some(Terminal {
                width: 160,
                all: false,
            }),
            history,
            ..Options::new(&CATALOGUE)
        };
        report_of(Format::Text, &findings(), &coverage, &options)
    };
    assert_eq!(of(true, 1).matches("not committed").count(), 2);
    for text in [of(false, 1), of(true, 0)] {
        assert!(!text.contains("not committed"), "{text}");
        assert!(text.contains("1 more place in the working tree"), "{text}");
        assert!(text.contains("1 at HEAD, 1 in the working tree"), "{text}");
    }
}

#[test]
fn a_terminal_shows_nothing() {
    let options = Options {
        terminal: Some(Terminal {
            width: 80,
            all: false,
        }),
        next: Some("next: nothing"),
        ..Options::new(&CATALOGUE)
    };
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

/// Whatever the width, and whether or not values are shown.
#[test]
fn a_report_fits_its_terminal_and_gives_it_no_orders() {
    for width in (Terminal::NARROWEST..=200).step_by(7) {
        for (show_secrets, all) in [(false, false), (false, true), (true, false)] {
            let text = report(&findings(), width, |options| {
                options.show_secrets = show_secrets;
                options.terminal = Some(Terminal { width, all });
            });
            for line in text.lines() {
                let is_value = show_secrets && line.starts_with("  value: ");
                assert!(is_value || line.width() <= width, "{width}: {line}");
                assert!(!line.starts_with("forged") && !line.starts_with("3 findings"));
            }
            let obeyed = text
                .chars()
                .find(|&c| c != '\n' && crate::escape::unsafe_to_print(c));
            assert_eq!(obeyed, None, "{text}");
            for trace in sample_findings::traces() {
                assert_eq!(text.contains(trace), show_secrets, "{trace} in {text}");
            }
        }
    }
}

/// The carets are under the mask of the value, however wide the characters before it are.
#[test]
fn carets_are_under_the_value() {
    let lines = ["日本語 = '", "\tpassword=", &"x ".repeat(90), ""];
    for (before, width) in lines.into_iter().flat_map(|line| [(line, 40), (line, 100)]) {
        let mut finding = findings().swap_remove(0);
        finding.excerpt = Some(Box::new(Excerpt {
            before: before.to_owned(),
            prefix: "fry_".to_owned(),
            after: "日本語 ".repeat(20),
        }));
        let text = report(&[finding], width, |_| {});
        let carets = text.lines().find(|line| line.contains("^^^^")).unwrap();
        let line = text.lines().find(|line| line.contains("********")).unwrap();
        let gap = line.split("fry_").next().unwrap().width();
        assert_eq!(carets.find('^').unwrap(), gap, "{text}");
        assert_eq!(carets.matches('^').count(), "fry_********".len(), "{text}");
    }
}

/// The text is the same for two values of other lengths.
#[test]
fn nothing_tells_the_length_of_a_value() {
    let with_length = |length: u64| {
        let mut findings = findings();
        for finding in &mut findings {
            let place = &mut finding.occurrence;
            (place.end, place.end_column) = (place.start + length, place.column + length);
        }
        report(&findings, 100, |_| {})
    };
    assert_eq!(with_length(3), with_length(300));
}

#[test]
fn the_most_severe_come_first_and_the_others_are_counted() {
    let sample = findings().swap_remove(0);
    let mut many: Vec<Finding> = (0..100u8)
        .map(|n| {
            let mut finding = sample.clone();
            finding.secret_id = SecretId::from_bytes(&[n; 12]);
            finding.occurrence.line = 1000 - u64::from(n);
            if n % 2 == 0 {
                finding.confidence = Confidence::Medium;
            }
            finding.occurrence.at_head = n % 3 > 0;
            finding.occurrence.origin = Origin::Blob;
            finding
        })
        .collect();
    // One of them is at other places, too.
    for n in 0..5 {
        let mut again = many[1].clone();
        again.occurrence.line = 2000 + n;
        again.occurrence.at_head = false;
        many.push(again);
    }
    let text = report(&many, 80, |_| {});
    let labels: Vec<&str> = text
        .lines()
        .filter_map(|line| {
            line.split_once("  Ferry Corp token")
                .map(|(label, _)| label)
        })
        .collect();
    assert_eq!(labels.len(), 41, "{text}");
    assert!(
        labels[..40].iter().all(|label| *label == "high  "),
        "{text}"
    );
    let table = "and 60 more secrets (-v shows all of them)\n  rule              high  medium  low\n  \
                 Ferry Corp token    10      50    0\n";
    assert!(text.contains(table), "{text}");
    assert!(text.contains(", 5 more places in history\n"), "{text}");
    let all = report(&many, 80, |options| {
        options.terminal = Some(Terminal {
            width: 80,
            all: true,
        });
    });
    assert_eq!(all.matches("  Ferry Corp token").count(), 100, "{all}");
    assert!(all.contains("  5 more places:\n"), "{all}");
}

#[test]
fn secrets_that_look_the_same_have_one_block() {
    let sample = findings().swap_remove(0);
    let of = |count: u8| -> Vec<Finding> {
        (0..count)
            .map(|n| {
                let mut finding = sample.clone();
                finding.secret_id = SecretId::from_bytes(&[n; 12]);
                finding.occurrence.column = 10 + 100 * u64::from(n);
                finding
            })
            .collect()
    };
    let text = report(&of(20), 100, |_| {});
    assert!(text.contains("19 more like it on this line"), "{text}");
    assert_eq!(
        text.matches("^^^^ ").count() + text.matches("^\n").count(),
        1,
        "{text}"
    );
    assert!(text.contains("20 secrets at 20 places"), "{text}");
    assert_eq!(report(&of(3), 100, |_| {}).matches("^\n").count(), 3);
}
