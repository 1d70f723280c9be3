//! A file of places: the places of all secrets in one repository, each a line of JSON.
//!
//! A scan of one repository changes one such file, and a decision changes none. The lines are in order of secret,
//! repository, path and position, so that git merges two scans line by line. A file is read and written in pieces: it may
//! be larger than everything else that a command has in memory.

use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::entry::Secret;
use super::file_names::SCHEMA;
use super::inventory_key::InventoryKey;
use super::store_error::StoreError;
use super::stored_occurrence::{StoredOccurrence, UnopenedSecret};
use crate::finding::{Evidence, Occurrence};
use crate::human_text;
use crate::no_follow_open::{self, Links};
use crate::output;
use crate::parallel;
use crate::secret::SecretId;

/// The longest line in bytes. A line has some hundred bytes, and some text of the repository.
const LONGEST: u64 = 16 << 20;
/// The number of places before a place among which its evidence is looked for.
const NEAR: usize = 8;
/// The number of places that one thread seals at a time. Those of one secret are not divided.
const PIECE: usize = 2048;

/// The first line of a file of places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlacesHeader {
    /// The version of this format.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: u32,
}

/// A line of a file of places.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum PlacesLine {
    /// The first line.
    Header(PlacesHeader),
    /// Each further line. In order of `secret`, `repository`, `path`, `line` and `column`.
    Place(Box<StoredOccurrence>),
}

/// A place in memory, to be written.
#[derive(Clone, Copy)]
pub(super) struct PlaceRef<'a> {
    /// The secret.
    pub secret: &'a SecretId,
    /// The place.
    pub place: &'a Occurrence,
    /// The facts that the place states.
    pub evidence: &'a Evidence,
}

/// The places of an entry. `own` is the evidence of the entry.
pub(super) fn places_of<'a>(
    entry: &'a Secret,
    own: &'a Evidence,
) -> impl Iterator<Item = PlaceRef<'a>> {
    entry.occurrences.iter().map(move |place| PlaceRef {
        secret: &entry.id,
        place,
        evidence: place.evidence.as_deref().unwrap_or(own),
    })
}

/// Says whether two lists of places are the same, whatever their order. Sealing them again would take far longer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PlacesDigest {
    count: u64,
    sum: u64,
}

impl PlacesDigest {
    /// Adds a place. `state` has a random key: nobody can make two lists of places with the same sum.
    pub(super) fn add(&mut self, state: &RandomState, place: PlaceRef<'_>) {
        let mut hasher = state.build_hasher();
        place.secret.hash(&mut hasher);
        place.evidence.hash(&mut hasher);
        place.place.hash_without_evidence(&mut hasher);
        self.count += 1;
        self.sum = self.sum.wrapping_add(hasher.finish());
    }
}

/// The content of a file of places.
#[derive(Default)]
pub(super) struct ReadPlaces {
    /// Each secret with a run of places.
    pub places: Vec<(SecretId, Vec<Occurrence>)>,
    /// The sum of the places.
    pub digest: PlacesDigest,
    /// False if a line is not where [`write()`] would write it.
    pub is_in_order: bool,
}

/// Reads a file of places.
///
/// # Errors
/// The file cannot be read, is of another version, has the marks of an unresolved merge or another mistake, or a place was
/// sealed with another key or altered.
pub(super) fn read(
    path: &Path,
    key: &InventoryKey,
    state: &RandomState,
) -> Result<ReadPlaces, StoreError> {
    let failed = |source| StoreError::Read {
        path: path.to_owned(),
        source,
    };
    let file = no_follow_open::open_file(path, Links::RefusedAtEnd);
    let mut file = BufReader::with_capacity(1 << 16, file.map_err(|error| failed(error.into()))?);
    let mut read = ReadPlaces {
        is_in_order: true,
        ..ReadPlaces::default()
    };
    let mut line = Vec::new();
    let mut before: Option<(StoredOrder, Vec<u8>)> = None;
    for number in 1_usize.. {
        line.clear();
        let length = (&mut file).take(LONGEST).read_until(b'\n', &mut line);
        if length.map_err(failed)? == 0 {
            if number == 1 {
                return Err(syntax(path, "the file is empty"));
            }
            break;
        }
        let text = text_of(path, number, &line)?;
        if number == 1 {
            check_header(path, text)?;
            continue;
        }
        if text.trim().is_empty() {
            read.is_in_order = false;
            continue;
        }
        let stored: StoredOccurrence = serde_json::from_str(text)
            .map_err(|error| syntax(path, json_message(&error, number)))?;
        let Some(secret) = stored.secret.clone() else {
            return Err(syntax(
                path,
                format!("missing field `secret` at line {number}"),
            ));
        };
        let order = StoredOrder::of(&stored);
        read.is_in_order &= before
            .as_ref()
            .is_none_or(|(earlier, text)| (earlier, text) < (&order, &line));
        match &mut before {
            Some((earlier, text)) => {
                *earlier = order;
                text.clone_from(&line);
            }
            None => before = Some((order, line.clone())),
        }
        let place = stored
            .open(&secret, key)
            .map_err(|error| StoreError::Sealed {
                path: path.to_owned(),
                line: Some(number),
                unopened: UnopenedSecret {
                    secret: secret.clone(),
                    error,
                },
            })?;
        read.add(state, secret, place);
    }
    Ok(read)
}

impl ReadPlaces {
    fn add(&mut self, state: &RandomState, secret: SecretId, mut place: Occurrence) {
        // Places of one secret that follow each other mostly state the same.
        let before = self.places.last().filter(|(last, _)| *last == secret);
        let near = before
            .iter()
            .flat_map(|(_, places)| places.iter().rev().take(NEAR));
        let mut same = near.filter(|near| near.evidence == place.evidence);
        if let Some(same) = same.next() {
            place.evidence.clone_from(&same.evidence);
        }
        match &place.evidence {
            Some(evidence) => self.digest.add(
                state,
                PlaceRef {
                    secret: &secret,
                    place: &place,
                    evidence,
                },
            ),
            // Such a line is written with its evidence.
            None => self.is_in_order = false,
        }
        match self.places.last_mut() {
            Some((last, places)) if *last == secret => places.push(place),
            last => {
                if let Some((_, places)) = last {
                    places.shrink_to_fit();
                }
                self.places.push((secret, vec![place]));
            }
        }
    }
}

fn syntax(path: &Path, message: impl Into<String>) -> StoreError {
    StoreError::Syntax {
        path: path.to_owned(),
        message: message.into(),
    }
}

/// A line as text.
fn text_of<'a>(path: &Path, number: usize, line: &'a [u8]) -> Result<&'a str, StoreError> {
    if line.len() as u64 == LONGEST {
        let message = format!("line {number} is longer than {LONGEST} bytes");
        return Err(syntax(path, message));
    }
    let text = std::str::from_utf8(line)
        .map_err(|_| syntax(path, format!("line {number} is not UTF-8")))?;
    match human_text::conflict_mark(text) {
        Some((_, mark)) => Err(StoreError::Conflict {
            path: path.to_owned(),
            line: number,
            mark,
        }),
        None => Ok(text),
    }
}

/// Checks the version first: fields of a newer version would be reported as mistakes.
fn check_header(path: &Path, text: &str) -> Result<(), StoreError> {
    #[derive(Deserialize)]
    struct SchemaOnly {
        schema: u32,
    }
    let wrong = |error: serde_json::Error| syntax(path, json_message(&error, 1));
    let SchemaOnly { schema: found } = serde_json::from_str(text).map_err(wrong)?;
    if found != SCHEMA {
        return Err(StoreError::Schema {
            path: path.to_owned(),
            found,
        });
    }
    serde_json::from_str::<PlacesHeader>(text).map_err(wrong)?;
    Ok(())
}

/// The message of an error in a line, with the number of the line.
fn json_message(error: &serde_json::Error, line: usize) -> String {
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let message = message.strip_suffix(&place).unwrap_or(&message);
    format!("{message} at line {line} column {}", error.column())
}

/// The order of the lines, as far as it is not that of their texts.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct StoredOrder {
    secret: Option<SecretId>,
    repository: String,
    path: String,
    position: (u64, u64),
}

impl StoredOrder {
    fn of(stored: &StoredOccurrence) -> Self {
        Self {
            secret: stored.secret.clone(),
            repository: stored.repository.clone(),
            path: stored.path.clone(),
            position: (stored.line, stored.column),
        }
    }
}

/// Writes a file of places, which are in order of secret.
///
/// # Errors
/// The file cannot be written.
pub(super) fn write(
    path: &Path,
    places: &[PlaceRef<'_>],
    key: &InventoryKey,
) -> Result<(), StoreError> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let pieces: Vec<(usize, &[PlaceRef])> = pieces(places).into_iter().enumerate().collect();
    output::write_file(path, |out| {
        let header = serde_json::to_string(&PlacesHeader { schema: SCHEMA })?;
        writeln!(out, "{header}")?;
        for some in pieces.chunks(workers * 8) {
            let seal = |done: &mut Vec<(usize, Vec<u8>)>, (number, piece): &(usize, &[_])| {
                done.push((*number, sealed(piece, key)));
            };
            let done = parallel::for_each_uninterrupted(some, workers, Vec::new, seal);
            let mut texts: Vec<(usize, Vec<u8>)> = done.into_iter().flatten().collect();
            texts.sort();
            for (_, text) in texts {
                out.write_all(&text)?;
            }
        }
        Ok(())
    })?;
    Ok(())
}

/// The lines as they would be written, if they are read.
#[cfg(test)]
pub(super) fn write_again(lines: &[&str]) -> serde_json::Result<Vec<String>> {
    let header: PlacesHeader = serde_json::from_str(lines[0])?;
    let places = lines[1..].iter().map(|line| serde_json::from_str(line));
    let places: Vec<StoredOccurrence> = places.collect::<Result<_, _>>()?;
    let mut texts = vec![serde_json::to_string(&header)?];
    for place in places {
        texts.push(serde_json::to_string(&place)?);
    }
    Ok(texts)
}

/// Divides places between secrets.
fn pieces<'a, 'b>(mut places: &'b [PlaceRef<'a>]) -> Vec<&'b [PlaceRef<'a>]> {
    let mut pieces = Vec::new();
    while let Some(last) = places.get(PIECE - 1) {
        let same = places[PIECE..]
            .iter()
            .take_while(|place| place.secret == last.secret);
        let (piece, rest) = places.split_at(PIECE + same.count());
        pieces.push(piece);
        places = rest;
    }
    pieces.push(places);
    pieces
}

/// The lines of some places.
fn sealed(places: &[PlaceRef<'_>], key: &InventoryKey) -> Vec<u8> {
    let lines = places.iter().map(|place| {
        let mut stored = StoredOccurrence::seal(place.place, place.secret, key);
        stored.evidence = Some(Box::new(place.evidence.clone()));
        let text = serde_json::to_string(&stored).expect("a place is written to memory");
        (StoredOrder::of(&stored), text)
    });
    let mut lines: Vec<(StoredOrder, String)> = lines.collect();
    lines.sort();
    let mut text = Vec::new();
    for (_, line) in lines {
        text.extend_from_slice(line.as_bytes());
        text.push(b'\n');
    }
    text
}
