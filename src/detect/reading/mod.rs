//! Reads values as the readers of their files do.
//!
//! Each syntax is a file: it says where an expression ends, which escapes its literals have, how literals are joined,
//! and where variables are interpolated. All of them fill in one [`Collector`], so that everything else, from text
//! within strings to the import, works alike for every syntax.
//!
//! A reading can be repeated from the bytes of the expression alone: [`read_whole`] is the decoding step
//! [`Decoding::Expression`](crate::finding::Decoding::Expression), and [`decode_units`] is
//! [`Decoding::Escapes`](crate::finding::Decoding::Escapes).

#[cfg(test)]
mod any_bytes;
mod character_escapes;
mod collector;
mod dockerfile;
mod dotenv;
mod hcl;
mod ini;
mod json;
mod lengths;
#[cfg(test)]
mod marked;
mod powershell;
mod programs;
mod properties;
mod shell;
mod sql;
mod systemd;
mod toml;
mod unit;
mod xml;
mod yaml;
pub(in crate::detect) mod yaml_tree;

use zeroize::Zeroizing;

pub(in crate::detect) use collector::{Collector, Literal, Reading, Stop};
pub(in crate::detect) use programs::{Position, ProgramSpans};
pub(in crate::detect) use unit::Unit;
use unit::doubled;

use crate::finding::{Certainty, Escapes, Syntax};

/// Reads the expression that begins at `at`: a literal, literals that are joined, a block, a bare word. The text must
/// begin with a line, and may be cut at the end of a line.
///
/// # Errors
/// There is no expression with a literal, or it does not end in the text, or it is too long.
pub(in crate::detect) fn read(text: &[u8], at: usize, syntax: Syntax) -> Result<Reading, Stop> {
    let mut out = Collector::default();
    let out_of = &mut out;
    let end = match syntax {
        Syntax::Yaml | Syntax::Compose => yaml::read(text, at, syntax, out_of),
        Syntax::Json | Syntax::JsonWithComments | Syntax::Notebook => {
            json::read(text, at, syntax, out_of)
        }
        Syntax::Toml => toml::read(text, at, out_of),
        Syntax::Properties => properties::read(text, at, out_of),
        Syntax::Dotenv => dotenv::read(text, at, out_of),
        Syntax::Ini => ini::read(text, at, out_of),
        Syntax::Systemd => systemd::read(text, at, out_of),
        Syntax::Xml => xml::read(text, at, out_of),
        Syntax::Hcl => hcl::read(text, at, out_of),
        Syntax::Shell => shell::read(text, at, out_of),
        Syntax::Dockerfile => dockerfile::read(text, at, out_of),
        Syntax::PowerShell => powershell::read(text, at, out_of),
        Syntax::Sql => sql::read(text, at, out_of),
        _ => programs::read(text, at, syntax, out_of),
    }?;
    Ok(out.into_reading(at, end))
}

/// Reads bytes that are one expression: the value, or `None` if they are not, or if a part of the value is not in them.
pub(in crate::detect) fn read_whole(raw: &[u8], syntax: Syntax) -> Option<Zeroizing<Vec<u8>>> {
    let reading = read(raw, 0, syntax).ok()?;
    let is_whole = reading.range == (0..raw.len()) && reading.certainty != Certainty::InParts;
    is_whole.then_some(reading.value)
}

/// The unit at the beginning of `rest`, which is not empty.
pub(in crate::detect) fn unit(rest: &[u8], escapes: Escapes) -> Unit {
    match escapes {
        Escapes::Json | Escapes::Json5 => json::unit(rest, escapes),
        Escapes::Toml => toml::unit(rest),
        Escapes::YamlDouble | Escapes::ComposeDollar => yaml::unit(rest, escapes),
        Escapes::DoubledSingle => doubled(rest, b'\''),
        Escapes::DoubledDouble => doubled(rest, b'"'),
        Escapes::Properties => properties::unit(rest),
        Escapes::DotenvDouble | Escapes::DotenvSingle => dotenv::unit(rest, escapes),
        Escapes::Systemd => systemd::unit(rest),
        Escapes::Xml => xml::unit(rest),
        Escapes::Hcl | Escapes::HclHeredoc => hcl::unit(rest, escapes),
        Escapes::ShellBare | Escapes::ShellDouble | Escapes::ShellAnsi => {
            shell::unit(rest, escapes)
        }
        Escapes::DockerBare | Escapes::DockerDouble => dockerfile::unit(rest, escapes),
        Escapes::PowerShellDouble => powershell::unit(rest),
        Escapes::MySql | Escapes::PostgresEscape => sql::unit(rest, escapes),
        _ => programs::unit(rest, escapes),
    }
}

/// Decodes the content of a literal. An escape that is not known stays as it is.
pub(in crate::detect) fn decode_units(raw: &[u8], escapes: Escapes) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(raw.len()));
    let mut at = 0;
    while at < raw.len() {
        let unit = unit(&raw[at..], escapes);
        let end = at + unit.length();
        match unit {
            Unit::Escape { bytes, .. } => out.extend_from_slice(bytes.as_slice()),
            _ => out.extend_from_slice(&raw[at..end]),
        }
        at = end;
    }
    out
}
