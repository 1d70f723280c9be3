//! The TOML of gitleaks and betterleaks, whose readers ignore the case of keys.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::file_mistake::file_mistake;
use super::foreign_rule::{ForeignFile, ForeignFormat, ForeignRule, Note, ValueGroup};
use crate::yaml::FileError;

/// Reads a rule file.
///
/// # Errors
/// If the text is not TOML, has no list of rules, or a field has another type than its format
/// requires.
pub(super) fn read(path: &Path, text: &str) -> Result<ForeignFile, FileError> {
    let lines = Lines::of(text);
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or((1, 1), |span| lines.place(span.start));
        file_mistake(path, at, error.message())
    })?;
    if table.get_ref().is_empty() {
        return Err(file_mistake(path, (1, 1), "the file is empty"));
    }
    let mut notes = Vec::new();
    let mut rules = None;
    for (key, value) in table.get_ref() {
        let line = lines.line(key.span());
        let mut note = |about, text: String| notes.push(Note { line, about, text });
        match key.get_ref().to_ascii_lowercase().as_str() {
            "rules" => rules = Some(value),
            // Properties of the file that do not affect its rules.
            "title" | "description" | "minversion" | "betterleaksminversion" => {}
            "extend" => note(
                "extend",
                "rules of other files are not included: import those files too".into(),
            ),
            "allowlist" | "allowlists" => {
                for list in tables(value) {
                    note(
                        "allow-list",
                        format!("for all rules, not applied: {}", allowlist(list)),
                    );
                }
            }
            "prefilter" | "filter" => note(
                "filter",
                format!("for all rules, not applied: `{}`", key.get_ref()),
            ),
            _ => note("unknown field", format!("`{}` is not known", key.get_ref())),
        }
    }
    let Some(rules) = rules else {
        return Err(file_mistake(
            path,
            (1, 1),
            "no `[[rules]]`: not a rule file of gitleaks or betterleaks",
        ));
    };
    let DeValue::Array(list) = rules.get_ref() else {
        return Err(file_mistake(
            path,
            lines.place(rules.span().start),
            "`rules` is not a list of tables (`[[rules]]`)",
        ));
    };
    let rules = list.iter().map(|item| match item.get_ref() {
        DeValue::Table(table) => rule(path, &lines, item.span(), table),
        _ => Err(file_mistake(
            path,
            lines.place(item.span().start),
            "a rule must be a table (`[[rules]]`)",
        )),
    });
    Ok(ForeignFile {
        format: ForeignFormat::Gitleaks,
        rules: rules.collect::<Result<_, _>>()?,
        notes,
    })
}

/// Reads a rule, which begins at `span`.
fn rule(
    path: &Path,
    lines: &Lines,
    span: Range<usize>,
    table: &DeTable,
) -> Result<ForeignRule, FileError> {
    let mut rule = ForeignRule {
        line: lines.line(span),
        go: true,
        ..ForeignRule::default()
    };
    for (key, value) in table {
        let line = lines.line(key.span());
        let name = key.get_ref();
        let mistake = |wanted: &str| {
            file_mistake(
                path,
                lines.place(value.span().start),
                format!("`{name}` must be a {wanted}"),
            )
        };
        let text = || {
            value
                .get_ref()
                .as_str()
                .map(str::to_owned)
                .ok_or_else(|| mistake("string"))
        };
        let strings = || {
            let list = value
                .get_ref()
                .as_array()
                .ok_or_else(|| mistake("list of strings"))?;
            let items = list
                .iter()
                .map(|item| item.get_ref().as_str().map(str::to_owned));
            items
                .collect::<Option<Vec<_>>>()
                .ok_or_else(|| mistake("list of strings"))
        };
        let number = || match value.get_ref() {
            DeValue::Integer(number) => number.as_str().parse().map_err(|_| mistake("number")),
            DeValue::Float(number) => number.as_str().parse().map_err(|_| mistake("number")),
            _ => Err(mistake("number")),
        };
        let is_true = || {
            value
                .get_ref()
                .as_bool()
                .ok_or_else(|| mistake("truth value"))
        };
        match name.to_ascii_lowercase().as_str() {
            "id" => rule.id = text()?,
            "description" => {
                rule.description = Some(text()?).filter(|text| !text.trim().is_empty())
            }
            "regex" => rule.regex = Some(text()?).filter(|regex| !regex.is_empty()),
            "keywords" => (rule.keywords, rule.keywords_line) = (strings()?, line),
            "entropy" => rule.min_entropy = Some(number()?).filter(|&least: &f64| least > 0.0),
            "secretgroup" => {
                let group: f64 = number()?;
                if group > 0.0 {
                    rule.group = ValueGroup::Number(group as u32);
                }
            }
            "path" => {
                text()?;
                rule.note(
                    line,
                    "path",
                    "the condition on the path is not applied: the rule searches every file",
                );
            }
            "allowlist" | "allowlists" => {
                for list in tables(value) {
                    rule.note(
                        line,
                        "allow-list",
                        format!("not applied: {}", allowlist(list)),
                    );
                }
            }
            "required" => {
                let ids: Vec<_> = tables(value)
                    .filter_map(|table| field(table, "id")?.as_str())
                    .collect();
                let text = format!(
                    "reported without the required match of another rule nearby: {}",
                    ids.join(", ")
                );
                rule.note(line, "required", text);
            }
            "skipreport" if is_true()? => {
                rule.supports_other_rule = true;
            }
            "skipreport" => {}
            "tokenefficiency" if is_true()? => {
                rule.note(
                    line,
                    "filter",
                    "values that read like words are reported (`tokenEfficiency`)",
                );
            }
            "tokenefficiency" => {}
            "filter" => filter(&mut rule, line, &text()?),
            "validate" => {
                text()?;
                rule.note(
                    line,
                    "validation",
                    "values are not verified with the provider",
                );
            }
            "tags" => {
                let tags = strings()?;
                rule.note(line, "tags", format!("left out: {}", tags.join(", ")));
            }
            "specificity" => {
                rule.note(
                    line,
                    "specificity",
                    "not applied: of overlapping matches the one with the highest confidence is kept",
                );
            }
            _ => rule.note(line, "unknown field", format!("`{name}` is not known")),
        }
    }
    Ok(rule)
}

/// Reads a filter: an expression that is true for matches that are not reported. A least entropy is
/// taken from the alternatives of `||`; the rest is noted.
fn filter(rule: &mut ForeignRule, line: usize, filter: &str) {
    let parts: Vec<&str> = if filter.contains('&') || filter.contains('?') {
        // Only alternatives can be read one by one.
        vec![filter.trim()]
    } else {
        filter
            .split("||")
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .collect()
    };
    let before = rule.min_entropy;
    let kept: Vec<&str> = parts
        .into_iter()
        .filter(|part| !least_entropy(rule, part))
        .collect();
    // An unbalanced parenthesis shows that the entropy belongs to a larger condition.
    if kept
        .iter()
        .any(|part| part.matches('(').count() != part.matches(')').count())
    {
        rule.min_entropy = before;
        return rule.note(line, "filter", "not applied");
    }
    if !kept.is_empty() {
        let calls = [
            "entropy",
            "matchesAny",
            "containsAny",
            "findMatch",
            "failsTokenEfficiency",
        ];
        let named: Vec<&str> = calls
            .into_iter()
            .filter(|call| kept.iter().any(|part| part.contains(call)))
            .collect();
        let named = if named.is_empty() {
            String::new()
        } else {
            format!(" ({})", named.join(", "))
        };
        rule.note(
            line,
            "filter",
            format!("not applied, so more is reported{named}"),
        );
    }
}

/// Takes the least entropy from a part such as `filter.entropy(finding["secret"]) <= 3.5`. Returns
/// false if the part has another form.
fn least_entropy(rule: &mut ForeignRule, part: &str) -> bool {
    let close: String = part.chars().filter(|c| !c.is_whitespace()).collect();
    let Some(rest) = [
        "filter.entropy(finding[\"secret\"])<",
        "entropy(finding[\"secret\"])<",
    ]
    .iter()
    .find_map(|head| close.strip_prefix(head)) else {
        return false;
    };
    let Ok(least) = rest.trim_start_matches('=').parse::<f64>() else {
        return false;
    };
    rule.min_entropy = Some(rule.min_entropy.unwrap_or(0.0).max(least));
    true
}

/// The entries of an allow-list, counted by kind.
fn allowlist(table: &DeTable) -> String {
    let mut parts = Vec::new();
    for (name, one, many) in [
        ("paths", "path", "paths"),
        ("regexes", "expression", "expressions"),
        ("stopwords", "stop word", "stop words"),
        ("commits", "commit", "commits"),
    ] {
        match field(table, name)
            .and_then(DeValue::as_array)
            .map_or(0, |list| list.len())
        {
            0 => {}
            1 => parts.push(format!("1 {one}")),
            count => parts.push(format!("{count} {many}")),
        }
    }
    let targets = field(table, "targetRules").and_then(DeValue::as_array);
    let targets: Vec<_> = targets
        .into_iter()
        .flatten()
        .filter_map(|id| id.get_ref().as_str())
        .collect();
    let of = if targets.is_empty() {
        String::new()
    } else {
        format!(", of the rules {}", targets.join(", "))
    };
    let entries = if parts.is_empty() {
        "nothing".into()
    } else {
        parts.join(", ")
    };
    format!("{entries}{of}")
}

/// The value of a key in any case.
fn field<'a>(table: &'a DeTable<'a>, wanted: &str) -> Option<&'a DeValue<'a>> {
    table
        .iter()
        .find(|(key, _)| key.get_ref().eq_ignore_ascii_case(wanted))
        .map(|(_, value)| value.get_ref())
}

/// The tables of a value: a list of tables, or one table, as in older files.
fn tables<'a>(value: &'a Spanned<DeValue<'a>>) -> impl Iterator<Item = &'a DeTable<'a>> {
    let (one, list) = match value.get_ref() {
        DeValue::Table(table) => (Some(table), None),
        DeValue::Array(list) => (None, Some(list)),
        _ => (None, None),
    };
    one.into_iter().chain(
        list.into_iter()
            .flatten()
            .filter_map(|item| item.get_ref().as_table()),
    )
}

/// The line structure of a text.
struct Lines<'t> {
    /// The text.
    text: &'t str,
    /// Offsets at which lines begin, in bytes.
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Finds the lines of a text.
    fn of(text: &'t str) -> Self {
        let ends = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
        Self {
            text,
            starts: std::iter::once(0).chain(ends).collect(),
        }
    }

    /// Line and column of an offset, 1-based; the column in characters.
    fn place(&self, at: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|&start| start <= at);
        let before = self
            .text
            .get(self.starts[line - 1]..at.min(self.text.len()))
            .unwrap_or("");
        (line, before.chars().count() + 1)
    }

    /// Line of the beginning of a range, 1-based.
    fn line(&self, span: Range<usize>) -> usize {
        self.place(span.start).0
    }
}
