//! The line of a value on a terminal, with carets under the value.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::fitted_text::{cut_end, cut_start};
use super::options::Options;
use super::paint::Paint;
use crate::escape;
use crate::finding::{Confidence, Excerpt, Finding};

/// Writes the line of a finding and the carets, or nothing if the line is not known. Neither is wider than `width`. A value
/// that is asked for, and that the line does not show whole, has a line of its own, of any length, so that it can be copied.
///
/// # Errors
///
/// Errors of `out`.
pub(super) fn write(
    out: &mut dyn Write,
    finding: &Finding,
    options: &Options<'_>,
    width: usize,
) -> io::Result<()> {
    let value = value(finding, options);
    let whole = options.show_secrets.then_some(value.as_str());
    let Some(excerpt) = &finding.excerpt else {
        return write_value(out, whole);
    };
    let paint = Paint(options.color);
    let number = finding.occurrence.line;
    let shown = write_line(
        out,
        excerpt,
        number,
        &value,
        finding.confidence,
        paint,
        width,
    )?;
    write_value(out, whole.filter(|whole| *whole != shown))
}

/// Writes a line with the mask in the place of the value, and the carets. Neither is wider than `width`.
///
/// # Errors
///
/// Errors of `out`.
pub(super) fn write_masked(
    out: &mut dyn Write,
    excerpt: &Excerpt,
    number: u64,
    confidence: Confidence,
    paint: Paint,
    width: usize,
) -> io::Result<()> {
    let mask = mask(&excerpt.prefix);
    write_line(out, excerpt, number, &mask, confidence, paint, width).map(drop)
}

/// Writes a line with this text in the place of the value. Returns as much of the text as the line shows.
fn write_line(
    out: &mut dyn Write,
    excerpt: &Excerpt,
    number: u64,
    value: &str,
    confidence: Confidence,
    paint: Paint,
    width: usize,
) -> io::Result<String> {
    let number = number.to_string();
    let room = width.saturating_sub(number.len() + 7).max(16);
    let Parts {
        before,
        value,
        after,
    } = fit(excerpt, value, room);
    let line = format!("{before}{}{after}", paint.bold(&value));
    let line = line.trim_end();
    writeln!(out, "    {} {line}", paint.dim(&format!("{number} |")))?;
    let gap = " ".repeat(before.width());
    let carets = "^".repeat(value.width().max(1));
    let margin = format!("{} |", " ".repeat(number.len()));
    let carets = paint.confidence(&carets, confidence);
    writeln!(out, "    {} {gap}{carets}", paint.dim(&margin))?;
    Ok(value)
}

fn write_value(out: &mut dyn Write, value: Option<&str>) -> io::Result<()> {
    match value {
        Some(value) => writeln!(out, "  value: {value}"),
        None => Ok(()),
    }
}

/// The value, or its mask.
#[expect(
    clippy::disallowed_methods,
    reason = "the user asks for values with --show-secrets"
)]
fn value(finding: &Finding, options: &Options<'_>) -> String {
    let prefix = finding.excerpt.as_ref().map(|excerpt| &*excerpt.prefix);
    match options.show_secrets {
        true => escape::bytes(finding.value.expose()).into_owned(),
        false => mask(prefix.unwrap_or_default()),
    }
}

/// What is shown of a value that must not be shown.
fn mask(prefix: &str) -> String {
    format!("{}{}", escape::line(prefix), Excerpt::MASK)
}

struct Parts {
    before: String,
    value: String,
    after: String,
}

/// Cuts the line around the value: both sides get the same room, unless one of them needs less.
fn fit(excerpt: &Excerpt, value: &str, room: usize) -> Parts {
    let shown = |text: &str| escape::line(&text.replace('\t', " ")).into_owned();
    let (before, after) = (shown(excerpt.before.trim_start()), shown(&excerpt.after));
    let after = after.trim_end();
    let value = cut_end(value, room);
    let left = room - value.width();
    let half = left / 2;
    let before = match () {
        () if before.width() + after.width() <= left => before,
        () if after.width() <= half => cut_start(&before, left - after.width()),
        () => cut_start(&before, half),
    };
    let before = match before.width() {
        width if width <= left => before,
        _ => String::new(),
    };
    let after = match left - before.width() {
        0 => String::new(),
        left => cut_end(after, left),
    };
    Parts {
        before,
        value,
        after,
    }
}
