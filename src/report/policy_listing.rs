//! The policy that is in effect, as YAML with comments: where each section and each rule comes from, and how many secrets
//! each rule decides. And the rules that can never apply.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::number::count;
use crate::decide::Policy;
use crate::decide::idle_rules::{
    IdleRule, idle_decision_rules, idle_metadata_rules, idle_replacement_rules, idle_rotation_rules,
};
use crate::decide::policy_rules::{PolicyRule, PolicyRules, RuleOrigin};
use crate::escape;
use crate::yaml::{self, Step, key_path};

/// A policy file.
#[derive(Clone, Copy, Debug)]
pub struct PolicyFile<'a> {
    /// Its path.
    pub path: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// Writes the policy.
///
/// # Errors
///
/// Errors of `out`.
pub fn write(
    out: &mut dyn Write,
    policy: &Policy,
    file: Option<PolicyFile<'_>>,
    decided: Option<&BTreeMap<String, u64>>,
) -> io::Result<()> {
    let listing = Listing { file };
    match file {
        Some(file) => writeln!(
            out,
            "# The policy in effect: {}, and the built-in policy for what it leaves out.",
            escape::line(file.path)
        )?,
        None => writeln!(out, "# The policy in effect: the built-in one.")?,
    }
    writeln!(out, "schema: {}", policy.schema)?;
    listing.section(out, "naming", &policy.naming)?;
    listing.section(out, "fields", &policy.fields)?;
    listing.section(out, "tags", &policy.tags)?;
    writeln!(out, "\nmetadata:\n  rules:")?;
    let rules = &policy.metadata.rules;
    listing.rules(
        out,
        &[Step::from("metadata"), Step::from("rules")],
        rules,
        "    ",
        |_| None,
    )?;
    if !policy.metadata.compared.is_empty() {
        writeln!(out, "  compared:")?;
        write_indented(out, "    ", "    ", &policy.metadata.compared)?;
    }
    writeln!(out, "  defaults:")?;
    write_indented(out, "    ", "    ", &policy.metadata.defaults)?;
    writeln!(out, "\ndecisions:")?;
    listing.rules(
        out,
        &[Step::from("decisions")],
        &policy.decisions,
        "  ",
        |rule| {
            let number = decided?.get(&rule.id).copied().unwrap_or(0);
            Some(format!("decides {}", count(number, "secret", "secrets")))
        },
    )?;
    writeln!(out, "\nreplacements:")?;
    let at = key_path!["replacements"];
    listing.rules(out, &at, &policy.replacements, "  ", |_| None)?;
    writeln!(out, "\nrotations:")?;
    let at = key_path!["rotations"];
    listing.rules(out, &at, &policy.rotations, "  ", |_| None)?;
    listing.section(out, "target", &policy.target)?;
    listing.section(out, "price", &policy.price)
}

/// Writes the numbers of rules, and those that can never apply. Returns the number of the latter.
///
/// # Errors
///
/// Errors of `out`.
pub fn write_check(
    out: &mut dyn Write,
    policy: &Policy,
    file: Option<PolicyFile<'_>>,
) -> io::Result<usize> {
    let listing = Listing { file };
    let (decisions, metadata) = (&policy.decisions, &policy.metadata.rules);
    let path = file.map_or("the built-in policy", |file| file.path);
    writeln!(
        out,
        "{}: {}, {}, {}, {}",
        escape::line(path),
        count(decisions.len() as u64, "decision rule", "decision rules"),
        count(metadata.len() as u64, "metadata rule", "metadata rules"),
        count(
            policy.replacements.len() as u64,
            "replacement rule",
            "replacement rules"
        ),
        count(
            policy.rotations.len() as u64,
            "rotation rule",
            "rotation rules"
        ),
    )?;
    let mut idle = listing.idle(
        out,
        ("decisions", "decides"),
        decisions,
        &idle_decision_rules(policy),
    )?;
    idle += listing.idle(
        out,
        ("replacements", "applies"),
        &policy.replacements,
        &idle_replacement_rules(policy),
    )?;
    idle += listing.idle(
        out,
        ("rotations", "applies"),
        &policy.rotations,
        &idle_rotation_rules(policy),
    )?;
    let at = key_path!["metadata", "rules"];
    let idle_metadata = idle_metadata_rules(policy);
    for IdleRule { rule, behind } in &idle_metadata {
        let place = listing.place(&at, metadata.origin(*rule));
        let before = listing.place(&at, metadata.origin(*behind));
        let set: Vec<String> = metadata[*rule]
            .set
            .iter()
            .map(|(field, value)| format!("{field}: {value}"))
            .collect();
        writeln!(
            out,
            "{place}: the metadata rule that sets {} never gives a fact: {before} comes first, and holds whenever it does",
            escape::line(&set.join(", "))
        )?;
    }
    Ok(idle + idle_metadata.len())
}

struct Listing<'a> {
    file: Option<PolicyFile<'a>>,
}

impl Listing<'_> {
    /// The place of a rule of a section, in words.
    fn place(&self, section: &[Step], origin: RuleOrigin) -> String {
        match (origin, self.file) {
            (RuleOrigin::BuiltIn, _) | (_, None) => "built-in".to_owned(),
            (written, Some(file)) => {
                let at = [section, &written.steps()].concat();
                let (line, _) = yaml::locate(file.text, &at);
                format!("{}:{line}", escape::line(file.path))
            }
        }
    }

    /// Writes the rules of a section that can never apply, and returns their number. `section` is its key, and the verb of
    /// its rules.
    fn idle<T: PolicyRule>(
        &self,
        out: &mut dyn Write,
        (section, verb): (&str, &str),
        rules: &PolicyRules<T>,
        idle: &[IdleRule],
    ) -> io::Result<usize> {
        let at = key_path![section];
        let named = |index: usize| {
            let place = self.place(&at, rules.origin(index));
            (place, rules[index].id().unwrap_or_default())
        };
        for IdleRule { rule, behind } in idle {
            let ((place, id), (before, other)) = (named(*rule), named(*behind));
            writeln!(
                out,
                "{place}: rule `{id}` never {verb}: `{other}` ({before}) comes first, and holds whenever it does"
            )?;
        }
        Ok(idle.len())
    }

    /// A section without rules.
    fn section(&self, out: &mut dyn Write, name: &str, content: &impl Serialize) -> io::Result<()> {
        let at = key_path![name];
        let file = self.file.filter(|file| yaml::has_section(file.text, &at));
        let from = match file {
            Some(file) => escape::line(file.path).into_owned(),
            None => "built-in".to_owned(),
        };
        writeln!(out, "\n# {from}\n{name}:")?;
        write_indented(out, "  ", "  ", content)
    }

    fn rules<T: Serialize>(
        &self,
        out: &mut dyn Write,
        section: &[Step],
        rules: &PolicyRules<T>,
        indentation: &str,
        note: impl Fn(&T) -> Option<String>,
    ) -> io::Result<()> {
        if rules.is_empty() {
            return writeln!(out, "{indentation}[]");
        }
        for (index, rule) in rules.iter().enumerate() {
            let origin = rules.origin(index);
            let part = match origin {
                RuleOrigin::Part("replace", _) => ", in place of the built-in rule",
                _ => "",
            };
            let note = note(rule).map_or_else(String::new, |note| format!("; {note}"));
            let place = self.place(section, origin);
            writeln!(out, "{indentation}# {place}{part}{note}")?;
            let (first, other) = (format!("{indentation}- "), format!("{indentation}  "));
            write_indented(out, &first, &other, rule)?;
        }
        Ok(())
    }
}

/// Writes a value as YAML, with other indentation before its first line than before the others.
fn write_indented(
    out: &mut dyn Write,
    first: &str,
    other: &str,
    value: &impl Serialize,
) -> io::Result<()> {
    let text = serde_yaml::to_string(value).map_err(io::Error::other)?;
    for (number, line) in text.lines().enumerate() {
        let indentation = if number == 0 { first } else { other };
        match line {
            "" => writeln!(out)?,
            line => writeln!(out, "{indentation}{line}")?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const TEXT: &str = "schema: 1
target: { region: eu-west-1 }
metadata:
  rules:
    after:
      - { when: { path: ['*/x'] }, set: { owner: o } }
decisions:
  before:
    - { id: fixtures, when: { path: { all: ['**/fixtures/**'] } }, then: dismiss, reason: Made up. }
  replace:
    - { id: low-confidence, when: { confidence: [low] }, then: retain, reason: r }
  remove: [local-host]
  after:
    - { id: never, when: { expired: true }, then: retain, reason: r }
";

    fn policy() -> Policy {
        Policy::parse(Path::new("policy.yaml"), TEXT).unwrap()
    }

    const FILE: PolicyFile<'static> = PolicyFile {
        path: "policy.yaml",
        text: TEXT,
    };

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_shown_is_the_policy() {
        for (policy, file) in [(Policy::builtin(), None), (policy(), Some(FILE))] {
            let shown = text(|out| write(out, &policy, file, None).unwrap());
            assert_eq!(
                Policy::parse(Path::new("p"), &shown).unwrap(),
                policy,
                "{shown}"
            );
        }
    }

    #[test]
    fn every_rule_says_where_it_comes_from() {
        let decided = BTreeMap::from([("fixtures".to_owned(), 3), ("at-head".to_owned(), 1)]);
        let shown = text(|out| write(out, &policy(), Some(FILE), Some(&decided)).unwrap());
        for expected in [
            "\n  # policy.yaml:9; decides 3 secrets\n  - id: fixtures\n    when:\n",
            "\n  # policy.yaml:11, in place of the built-in rule; decides 0 secrets\n  - id: low-confidence\n",
            "\n  # built-in; decides 1 secret\n  - id: at-head\n",
            "\n  # policy.yaml:14; decides 0 secrets\n  - id: never\n",
            "\n    # policy.yaml:6\n    - when:\n",
            "\n# policy.yaml\ntarget:\n  region: eu-west-1\n",
            "\n# built-in\nnaming:\n",
        ] {
            assert!(shown.contains(expected), "{expected}\n{shown}");
        }
        assert!(!shown.contains("local-host"));
    }

    #[test]
    fn rules_that_never_apply_are_named() {
        let shown = text(|out| assert_eq!(write_check(out, &policy(), Some(FILE)).unwrap(), 1));
        let builtin = Policy::builtin();
        let (decisions, metadata) = (
            builtin.decisions.len() + 1,
            builtin.metadata.rules.len() + 1,
        );
        let (replacements, rotations) = (builtin.replacements.len(), builtin.rotations.len());
        assert_eq!(
            shown,
            format!(
                "policy.yaml: {decisions} decision rules, {metadata} metadata rules, {replacements} replacement rules, {rotations} rotation rules\n\
                 policy.yaml:14: rule `never` never decides: `expired` (built-in) comes first, and holds whenever it does\n"
            )
        );
        text(|out| assert_eq!(write_check(out, &builtin, None).unwrap(), 0));
    }
}
