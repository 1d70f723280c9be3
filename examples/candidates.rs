//! Writes the candidates that the model weighs in the files of a folder as CSV: their places
//! and their features; no values. `scripts/train-classifier` learns from it.
//!
//! usage: cargo run --release --example candidates FOLDER > candidates.csv

use std::error::Error;
use std::io::Write;
use std::path::Path;

use keyferry::detect::classifier::{CredentialScore, features};
use keyferry::detect::engine::{Engine, Event, Text};
use keyferry::detect::file_kind::file_syntax;
use keyferry::detect::library::Library;
use keyferry::finding::Lines;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os()
        .nth(1)
        .ok_or("usage: candidates FOLDER")?;
    let engine = Engine::new(Library::builtin().compile(false)?, 0);
    let mut out = csv::Writer::from_writer(std::io::stdout().lock());
    let head = ["path", "line", "column", "end_column", "rule", "score"];
    out.write_record(head.into_iter().chain(features::names()))?;
    let folder = Path::new(&folder);
    files(folder, &mut |path| {
        let bytes = std::fs::read(path)?;
        let name = path.strip_prefix(folder)?.to_string_lossy();
        let lines = Lines::of(&bytes);
        for event in engine
            .explain(Text::new(&bytes, file_syntax(name.as_bytes())))
            .events
        {
            let Event::Judged {
                rule,
                range,
                features,
            } = event
            else {
                continue;
            };
            let place = lines.position(&range);
            let score = CredentialScore::of(&features).log_odds.to_string();
            let place =
                [place.line, place.column, place.end_column].map(|number| number.to_string());
            out.write_field(name.as_bytes())?;
            place.iter().try_for_each(|field| out.write_field(field))?;
            out.write_field(&engine.rule(rule).id)?;
            out.write_field(&score)?;
            out.write_record(features.iter().map(|number| number.to_string()))?;
        }
        Ok(())
    })?;
    out.flush()?;
    std::io::stdout().flush()?;
    Ok(())
}

/// Every file below a folder, in order of name.
fn files(
    folder: &Path,
    each: &mut impl FnMut(&Path) -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let mut entries = folder.read_dir()?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type()?;
        if kind.is_dir() {
            files(&entry.path(), each)?;
        } else if kind.is_file() {
            each(&entry.path())?;
        }
    }
    Ok(())
}
