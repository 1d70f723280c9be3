//! gitleaks' and betterleaks' TOML. Their readers take keys in any case.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Foreign, ForeignRule, Format, Group, Note, wrong};
use crate::yaml::FileError;

pub(super) fn read(path: &Path, text: &str) -> Result<Foreign, FileError> {
    let lines = Lines::of(text);
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or((1, 1), |span| lines.place(span.start));
        wrong(path, at, error.message())
    })?;
    if table.get_ref().is_empty() {
        return Err(wrong(path, (1, 1), "the file is empty"));
    }
    let mut notes = Vec::new();
    let mut rules = None;
    for (key, value) in table.get_ref() {
        let line = lines.line(key.span());
        let mut note = |about, text: String| notes.push(Note { line, about, text });
        match key.get_ref().to_ascii_lowercase().as_str() {
            "rules" => rules = Some(value),
            // Of the file, not of what it finds.
            "title" | "description" | "minversion" | "betterleaksminversion" => {}
            "extend" => note(
                "extend",
                "rules of other files are not looked up: import those files too".into(),
            ),
            "allowlist" | "allowlists" => {
                for list in tables(value) {
                    note("allow-list", format!("for all rules: {}", allowlist(list)));
                }
            }
            "prefilter" | "filter" => note(
                "filter",
                format!("for all rules: `{}` is not asked", key.get_ref()),
            ),
            _ => note("unknown field", format!("`{}` is not known", key.get_ref())),
        }
    }
    let Some(rules) = rules else {
        return Err(wrong(
            path,
            (1, 1),
            "no `[[rules]]`: neither gitleaks nor betterleaks writes such a file",
        ));
    };
    let DeValue::Array(list) = rules.get_ref() else {
        return Err(wrong(
            path,
            lines.place(rules.span().start),
            "`rules` is no list of tables (`[[rules]]`)",
        ));
    };
    let rules = list.iter().map(|item| match item.get_ref() {
        DeValue::Table(table) => rule(path, &lines, item.span(), table),
        _ => Err(wrong(
            path,
            lines.place(item.span().start),
            "a rule is a table (`[[rules]]`)",
        )),
    });
    Ok(Foreign {
        format: Format::Gitleaks,
        rules: rules.collect::<Result<_, _>>()?,
        notes,
    })
}

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
            wrong(
                path,
                lines.place(value.span().start),
                format!("`{name}` is no {wanted}"),
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
                    rule.group = Group::Number(group as u32);
                }
            }
            "path" => {
                text()?;
                rule.note(
                    line,
                    "path",
                    "the condition on the path is not asked: the rule searches every file",
                );
            }
            "allowlist" | "allowlists" => {
                for list in tables(value) {
                    rule.note(line, "allow-list", allowlist(list));
                }
            }
            "required" => {
                let ids: Vec<_> = tables(value)
                    .filter_map(|table| field(table, "id")?.as_str())
                    .collect();
                let text = format!(
                    "reports without what has to stand near it there: {}",
                    ids.join(", ")
                );
                rule.note(line, "required", text);
            }
            "skipreport" if is_true()? => {
                rule.unwanted = Some(
                    "it finds what another rule requires beside it, and is not reported by itself",
                );
            }
            "skipreport" => {}
            "tokenefficiency" if is_true()? => {
                rule.note(
                    line,
                    "filter",
                    "values that read like words are not left out (`tokenEfficiency`)",
                );
            }
            "tokenefficiency" => {}
            "filter" => filter(&mut rule, line, &text()?),
            "validate" => {
                text()?;
                rule.note(
                    line,
                    "validation",
                    "no provider is asked whether a value is valid",
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
                    "of rules that find the same, the one that is surer by itself stays",
                );
            }
            _ => rule.note(line, "unknown field", format!("`{name}` is not known")),
        }
    }
    Ok(rule)
}

/// A filter is an expression that is true for what is left out. Of parts that `||` joins, a least entropy is carried over.
fn filter(rule: &mut ForeignRule, line: usize, filter: &str) {
    let parts: Vec<&str> = if filter.contains('&') || filter.contains('?') {
        // Not a plain list of reasons.
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
    // An entropy of which a condition is left over belongs to that condition, as far as one can tell.
    if kept
        .iter()
        .any(|part| part.matches('(').count() != part.matches(')').count())
    {
        rule.min_entropy = before;
        return rule.note(line, "filter", "is not carried over");
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
            format!("what it leaves out is reported here{named}"),
        );
    }
}

/// `filter.entropy(finding["secret"]) <= 3.5`
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

/// What an allow-list lets pass, counted.
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
    let what = if parts.is_empty() {
        "nothing".into()
    } else {
        parts.join(", ")
    };
    format!("what it lets pass is reported here: {what}{of}")
}

fn field<'a>(table: &'a DeTable<'a>, wanted: &str) -> Option<&'a DeValue<'a>> {
    table
        .iter()
        .find(|(key, _)| key.get_ref().eq_ignore_ascii_case(wanted))
        .map(|(_, value)| value.get_ref())
}

/// One table or a list of them: older files have one allow-list.
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

/// Where lines begin, in bytes.
struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let ends = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
        Self {
            text,
            starts: std::iter::once(0).chain(ends).collect(),
        }
    }

    /// Line and column, 1-based; the column in characters.
    fn place(&self, at: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|&start| start <= at);
        let before = self
            .text
            .get(self.starts[line - 1]..at.min(self.text.len()))
            .unwrap_or("");
        (line, before.chars().count() + 1)
    }

    fn line(&self, span: Range<usize>) -> usize {
        self.place(span.start).0
    }
}
