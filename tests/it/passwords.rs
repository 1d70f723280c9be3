//! Passwords in the file formats that programs document: `tests/fixtures/formats` has the files, with each value marked.
//! Every marked value is found, with its exact bytes, and no other. Values that are known to be missed have a mark of
//! their own.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keyferry::detect::decode;
use keyferry::detect::engine::{Engine, Match, Text};
use keyferry::detect::example::expand;
use keyferry::detect::file_kind::file_syntax;
use keyferry::detect::library::Library;
use keyferry::finding::Confidence;

/// A file of the fixtures, with the expected values.
struct File {
    path: String,
    text: String,
    marked: Vec<Marked>,
}

struct Marked {
    range: Range<usize>,
    /// `None` if only the place is known.
    value: Option<String>,
    /// May be missed: `‹…›` in place of `«…»`.
    missed: bool,
}

/// Reads an archive in the style of txtar: text before the first `-- path --` is a comment. In a file, `«value»` marks an
/// expected value, `«raw→value»` one that is written with escapes, `«b64 value»` one that is encoded in base64, and
/// `«~raw»` one whose reading is not tested. Placeholders are those of the rules' examples.
fn files(archive: &str) -> Vec<File> {
    let mut files: Vec<File> = Vec::new();
    for (number, line) in archive.lines().enumerate() {
        if let Some(path) = line
            .strip_prefix("-- ")
            .and_then(|rest| rest.strip_suffix(" --"))
        {
            files.push(File {
                path: path.to_owned(),
                text: String::new(),
                marked: Vec::new(),
            });
            continue;
        }
        let Some(file) = files.last_mut() else {
            continue;
        };
        let placeholders = line.contains("<<") && line.contains(">>");
        // The number makes the placeholders of equal lines differ.
        let expanded = placeholders.then(|| expand(&format!("{number}\0{line}")).unwrap());
        let mut rest = expanded
            .as_deref()
            .map_or(line, |line| line.split_once('\0').unwrap().1);
        while let Some(at) = rest.find(['«', '‹']) {
            let missed = rest[at..].starts_with('‹');
            let (close, width) = if missed {
                ('›', '‹'.len_utf8())
            } else {
                ('»', '«'.len_utf8())
            };
            let (before, marked) = (&rest[..at], &rest[at + width..]);
            let (content, after) = marked
                .split_once(close)
                .expect("a mark that closes on its line");
            file.text.push_str(before);
            let start = file.text.len();
            let value = if let Some(plain) = content.strip_prefix("b64 ") {
                file.text.push_str(&STANDARD.encode(plain));
                Some(plain)
            } else if let Some(raw) = content.strip_prefix('~') {
                file.text.push_str(raw);
                None
            } else {
                let (raw, value) = content.split_once('→').unwrap_or((content, content));
                file.text.push_str(raw);
                Some(value)
            };
            file.marked.push(Marked {
                range: start..file.text.len(),
                value: value.map(str::to_owned),
                missed,
            });
            rest = after;
        }
        file.text.push_str(rest);
        file.text.push('\n');
    }
    files
}

fn all_files() -> Vec<File> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats");
    let mut archives: Vec<_> = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    archives.sort();
    archives
        .iter()
        .flat_map(|path| files(&std::fs::read_to_string(path).unwrap()))
        .collect()
}

fn engine() -> Engine {
    Engine::new(Library::builtin().compile(false).unwrap(), 1_700_000_000)
}

fn scan(engine: &Engine, file: &File) -> Vec<Match> {
    let mut matches = engine
        .scan(Text::new(
            file.text.as_bytes(),
            file_syntax(file.path.as_bytes()),
        ))
        .matches;
    // As `scan` shows them.
    matches.retain(|found| found.confidence >= Confidence::Medium);
    matches
}

fn place(file: &File, range: &Range<usize>) -> String {
    let line = 1 + file.text[..range.start].matches('\n').count();
    format!("{}:{line} {}", file.path, &file.text[range.clone()])
}

#[test]
fn values_are_found_in_files_of_all_formats() {
    let engine = engine();
    let (mut wrong, mut sought, mut found) = (Vec::new(), 0, 0);
    let files = all_files();
    assert!(files.len() >= 150, "{}", files.len());
    for file in &files {
        let matches = scan(&engine, file);
        let mut places: BTreeSet<(usize, usize)> = BTreeSet::new();
        for what in &matches {
            places.insert((what.range.start, what.range.end));
            let marked = file.marked.iter().find(|marked| marked.range == what.range);
            let raw = &file.text.as_bytes()[what.range.clone()];
            assert_eq!(
                decode::apply(raw, &what.decoding).as_deref(),
                Some(what.value.expose()),
                "{}",
                file.path
            );
            let value = String::from_utf8_lossy(what.value.expose()).into_owned();
            match marked {
                None => wrong.push(format!(
                    "not marked: {} by {}",
                    place(file, &what.range),
                    engine.rule(what.rule).id
                )),
                Some(Marked {
                    value: Some(wanted),
                    ..
                }) if *wanted != value => {
                    wrong.push(format!(
                        "reads otherwise: {} as {value:?}",
                        place(file, &what.range)
                    ));
                }
                Some(_) => {}
            }
        }
        for marked in &file.marked {
            sought += 1;
            let there = places.contains(&(marked.range.start, marked.range.end));
            found += usize::from(there);
            if !there && !marked.missed {
                wrong.push(format!("missed: {}", place(file, &marked.range)));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\n{found} of {sought} found in {} files",
        wrong.join("\n"),
        files.len()
    );
    assert!(found * 100 >= sought * 95, "{found} of {sought}");
}
