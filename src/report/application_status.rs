//! The readiness of the applications of an inventory: the content of `status`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::fitted_text::{cut_end, cut_middle};
use super::json::Tool;
use super::number::count;
use crate::decide::readiness::Readiness;
use crate::escape;
use crate::inventory::entry::Outcome;

/// The document of `status --format json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Status")]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Version of this format.
    #[schemars(extend("const" = 1))]
    pub schema: u32,
    /// The program that wrote the document.
    pub tool: Tool<'static>,
    /// The applications.
    pub applications: Vec<ApplicationStatus>,
}

/// The state of one application.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicationStatus {
    /// Id of the application. Null if it is not known.
    pub appid: Option<String>,
    /// The repository, if no application is known.
    pub repository: Option<String>,
    /// Name of the application.
    pub appname: Option<String>,
    /// The team.
    pub owner: Option<String>,
    /// Whether every secret is decided and can be planned.
    pub ready: bool,
    /// Number of secrets, dismissed ones not counted.
    pub secrets: u64,
    /// Number of secrets of which nothing is missing.
    pub settled: u64,
    /// Number of relocated secrets that are in Secrets Manager.
    pub imported: u64,
    /// Outcome → number of secrets.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// What is missing → number of secrets.
    pub blockers: BTreeMap<String, u64>,
}

impl Document {
    /// The document of these applications.
    pub fn of(all: &[Readiness]) -> Self {
        let status = |of: &Readiness| ApplicationStatus {
            appid: of.application.appid.clone(),
            repository: of.application.repository.clone(),
            appname: of.name.clone(),
            owner: of.owner.clone(),
            ready: of.is_ready(),
            secrets: of.secrets() as u64,
            settled: of.settled() as u64,
            imported: of.imported as u64,
            outcomes: of
                .outcomes
                .iter()
                .map(|(outcome, number)| (outcome.name(), *number as u64))
                .collect(),
            blockers: of
                .blockers
                .iter()
                .map(|(words, number)| (words.clone(), *number as u64))
                .collect(),
        };
        Self {
            schema: 1,
            tool: Tool::THIS,
            applications: all.iter().map(status).collect(),
        }
    }
}

/// Cells of the bar.
const BAR: usize = 10;
/// Blockers that a line names.
const BLOCKERS: usize = 3;

/// Writes the state of each application on a line of this width, and a summary.
///
/// # Errors
///
/// Errors of `out`.
pub fn write(out: &mut dyn Write, all: &[Readiness], width: usize) -> io::Result<()> {
    let mut sorted: Vec<&Readiness> = all.iter().filter(|of| of.secrets() > 0).collect();
    if sorted.is_empty() {
        return writeln!(out, "the inventory has no secrets");
    }
    // Those that are ready last: the end of the output stays on the screen, with what is to be done before it.
    sorted.sort_by_key(|of| (of.is_ready(), std::cmp::Reverse(of.blocked)));
    let name = |of: &Readiness| {
        let words = of.application.words();
        let words = match &of.name {
            Some(name) if *name != words && of.application.appid.is_some() => {
                format!("{name} ({words})")
            }
            _ => words,
        };
        escape::line(&words).into_owned()
    };
    let names: Vec<String> = sorted.iter().map(|of| name(of)).collect();
    let longest = names.iter().map(|name| name.width()).max().unwrap_or(0);
    let most = longest.min(width / 3).max(16);
    let digits = sorted
        .iter()
        .map(|of| of.secrets().to_string().len())
        .max()
        .unwrap_or(1);
    for (of, name) in sorted.iter().zip(&names) {
        let name = cut_middle(name, most);
        let gap = " ".repeat(most.saturating_sub(name.width()));
        let full = of.settled() * BAR / of.secrets().max(1);
        let bar = format!("{}{}", "█".repeat(full), "░".repeat(BAR - full));
        let line = format!(
            "{name}{gap}  {bar}  {:>digits$} of {:>digits$}  {}",
            of.settled(),
            of.secrets(),
            state(of)
        );
        writeln!(out, "{}", cut_end(&line, width))?;
    }
    let ready = sorted.iter().filter(|of| of.is_ready()).count() as u64;
    let secrets: usize = sorted.iter().map(|of| of.secrets()).sum();
    let settled: usize = sorted.iter().map(|of| of.settled()).sum();
    let applications = count(sorted.len() as u64, "application", "applications");
    writeln!(out)?;
    writeln!(
        out,
        "{ready} of {applications} ready; {settled} of {} settled",
        count(secrets as u64, "secret", "secrets")
    )?;
    if settled < secrets {
        writeln!(out, "next: keyferry export, or keyferry review")?;
    }
    if ready > 0 {
        writeln!(out, "the ready ones: keyferry plan --ready")?;
    }
    Ok(())
}

/// What is missing, or what is done.
fn state(of: &Readiness) -> String {
    if of.is_ready() {
        let relocated = of.outcomes.get(&Outcome::Relocate).copied().unwrap_or(0);
        return match of.imported {
            0 => "ready".to_owned(),
            imported if imported == relocated => "ready; all imported".to_owned(),
            imported => format!("ready; {imported} of {relocated} imported"),
        };
    }
    let mut blockers: Vec<(&String, &usize)> = of.blockers.iter().collect();
    blockers.sort_by_key(|(_, number)| std::cmp::Reverse(**number));
    let shown = blockers.iter().take(BLOCKERS);
    let mut words: Vec<String> = shown
        .map(|(words, number)| format!("{number} × {}", escape::line(words)))
        .collect();
    if blockers.len() > BLOCKERS {
        words.push("…".to_owned());
    }
    match words.is_empty() {
        true => "the application is not known".to_owned(),
        false => words.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::readiness::ApplicationKey;

    fn of(appid: Option<&str>, settled: usize, blocked: usize) -> Readiness {
        let blockers = [
            ("in review", 1),
            ("appenv is not known", blocked),
            ("owner is not known", 1),
            ("x", 1),
        ];
        let blockers = blockers.map(|(words, number)| (words.to_owned(), number));
        Readiness {
            application: ApplicationKey {
                appid: appid.map(str::to_owned),
                repository: Some("shop\u{1b}[2J".to_owned()).filter(|_| appid.is_none()),
            },
            name: appid.map(|_| "orders".to_owned()),
            outcomes: [(Outcome::Relocate, settled + blocked)].into(),
            imported: settled / 2,
            blockers: blockers.into_iter().filter(|_| blocked > 0).collect(),
            blocked,
            ..Readiness::default()
        }
    }

    #[test]
    fn each_application_is_a_line() {
        let all = [
            of(None, 1, 0),
            of(Some("bil001"), 7, 5),
            of(Some("ord001"), 100, 0),
        ];
        for width in [60, 80] {
            let mut text = Vec::new();
            write(&mut text, &all, width).unwrap();
            let text = String::from_utf8(text).unwrap();
            assert!(text.lines().all(|line| line.width() <= width), "{text}");
            if width == 80 {
                insta::assert_snapshot!(text, @r"
                orders (bil001)            █████░░░░░    7 of  12  5 × appenv is not known, 1 ×…
                not known (shop\u{1b}[2J)  ██████████    1 of   1  the application is not known
                orders (ord001)            ██████████  100 of 100  ready; 50 of 100 imported

                1 of 3 applications ready; 108 of 113 secrets settled
                next: keyferry export, or keyferry review
                the ready ones: keyferry plan --ready
                ");
            }
        }
        let mut text = Vec::new();
        write(&mut text, &[], 80).unwrap();
        assert_eq!(text, b"the inventory has no secrets\n");
    }
}
