//! The table of the providers that scanners for secrets know, and of the rules for each, on the page `docs/detectors.md`.

use std::io::{self, Write};

use crate::detect::library::Library;

/// One row for each provider: its name, its rules, and the reason if there is none. A rule is named by its id, and all
/// rules of a file by the name of the file.
const PROVIDERS: &str = include_str!("../../detectors/providers.csv");

/// The rows of the table: provider, names of rules, reason.
fn rows() -> impl Iterator<Item = (&'static str, Vec<&'static str>, &'static str)> {
    PROVIDERS.lines().skip(1).map(|line| {
        let mut cells = line.splitn(3, ',');
        let mut cell = || cells.next().unwrap_or_default();
        let (provider, rules, reason) = (cell(), cell(), cell());
        (
            provider,
            rules.split(' ').filter(|rule| !rule.is_empty()).collect(),
            reason.trim_matches('"'),
        )
    })
}

/// The ids of the rules in the file of this name, or the rule with this id. None if there is neither.
fn ids<'a>(library: &'a Library, name: &str) -> Vec<&'a str> {
    let file = format!("{name}.yaml");
    let is_meant = |path: &str, id: &str| path == file || id == name;
    library
        .files
        .iter()
        .flat_map(|(path, file)| file.rules.iter().map(move |rule| (path, rule)))
        .filter(|(path, rule)| is_meant(path, &rule.id))
        .map(|(_, rule)| rule.id.as_str())
        .collect()
}

/// Writes the table.
///
/// # Errors
///
/// Errors of `out`.
pub fn write(out: &mut dyn Write, library: &Library) -> io::Result<()> {
    let without = rows().filter(|(_, rules, _)| rules.is_empty()).count();
    writeln!(out, "\n## Providers that other scanners know\n")?;
    writeln!(
        out,
        "{} providers, of which {without} have no rule. The rules that find their secrets:\n",
        rows().count()
    )?;
    writeln!(out, "| provider | rules |\n|---|---|")?;
    for (provider, names, reason) in rows() {
        let ids: Vec<String> = names
            .iter()
            .flat_map(|name| ids(library, name))
            .map(|id| format!("`{id}`"))
            .collect();
        let cell = match ids.is_empty() {
            true => format!("none. {reason}"),
            false => ids.join(", "),
        };
        writeln!(out, "| {} | {cell} |", provider.replace('_', "\\_"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_provider_has_rules_that_exist_or_a_reason() {
        let library = Library::builtin();
        let mut last = "";
        for (provider, names, reason) in rows() {
            assert!(last < provider, "{provider} is not in order");
            last = provider;
            assert_eq!(names.is_empty(), !reason.is_empty(), "{provider}");
            for name in names {
                assert!(
                    !ids(&library, name).is_empty(),
                    "{provider}: no rule {name}"
                );
            }
        }
        assert_eq!(rows().count(), 783);
    }
}
