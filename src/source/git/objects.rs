//! Every object of a repository, reachable or not: lists them by type, and reads them on all cores.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use git2::{ObjectType, Oid};

use super::Repo;
use super::tree::{Entries, EntryKind};
use crate::coverage::Coverage;
use crate::parallel::{self, Progress};

/// Ids of all objects, by type, each list in order.
#[derive(Debug, Default)]
pub struct Census {
    pub blobs: Vec<(Oid, u64)>,
    pub trees: Vec<Oid>,
    pub commits: Vec<Oid>,
    pub tags: Vec<Oid>,
    /// Every id, for noticing what is named and not there.
    pub known: HashSet<Oid>,
}

/// A commit, as far as attribution needs it.
#[derive(Clone, Debug)]
pub struct Commit {
    pub id: Oid,
    pub tree: Oid,
    pub parents: Vec<Oid>,
    /// `Name <mail>`.
    pub author: String,
    /// Author date, RFC 3339.
    pub date: String,
    /// Committer time, seconds since 1970.
    pub time: i64,
}

/// A message and the object that carries it.
#[derive(Clone, Debug)]
pub struct Message {
    pub id: Oid,
    pub text: Vec<u8>,
}

/// An annotated tag.
#[derive(Clone, Debug)]
pub struct Tag {
    pub id: Oid,
    pub target: Oid,
    pub author: String,
    pub date: String,
    pub text: Vec<u8>,
}

/// Lists all objects of the repository and its alternates. What cannot be read is told in `coverage`.
pub fn census(
    location: &Path,
    name: &str,
    workers: usize,
    progress: &dyn Progress,
    coverage: &mut Coverage,
) -> Result<Census, git2::Error> {
    let repo = Repo::open(location)?;
    let odb = repo.odb()?;
    let mut ids = Vec::new();
    odb.foreach(|&id| {
        ids.push(id);
        true
    })?;
    ids.sort_unstable();
    // An object may stand in several packs.
    ids.dedup();
    progress.stage("listing objects", ids.len().div_ceil(CHUNK) as u64);
    let chunks: Vec<&[Oid]> = ids.chunks(CHUNK).collect();
    let open = || (Repo::open(location), Census::default(), Coverage::default());
    let parts = parallel::for_each(&chunks, workers, progress, open, |(repo, census, coverage), chunk| {
        let odb = repo
            .as_ref()
            .map_err(|error| error.message().to_owned())
            .and_then(|repo| repo.odb().map_err(|e| e.message().to_owned()));
        for &id in *chunk {
            let header = odb
                .as_ref()
                .map_err(String::clone)
                .and_then(|odb| odb.read_header(id).map_err(|e| e.message().to_owned()));
            match header {
                Ok((size, ObjectType::Blob)) => census.blobs.push((id, size as u64)),
                Ok((_, ObjectType::Tree)) => census.trees.push(id),
                Ok((_, ObjectType::Commit)) => census.commits.push(id),
                Ok((_, ObjectType::Tag)) => census.tags.push(id),
                Ok(_) => coverage.unreadable(format!("{name} object {id}"), "unknown type"),
                Err(why) => coverage.unreadable(format!("{name} object {id}"), why),
            }
        }
    });
    let mut all = Census::default();
    for (_, part, part_coverage) in parts {
        all.blobs.extend(part.blobs);
        all.trees.extend(part.trees);
        all.commits.extend(part.commits);
        all.tags.extend(part.tags);
        coverage.absorb(part_coverage);
    }
    all.blobs.sort_unstable();
    all.trees.sort_unstable();
    all.commits.sort_unstable();
    all.tags.sort_unstable();
    all.known = ids.into_iter().collect();
    Ok(all)
}

/// Objects that one worker takes at a time.
const CHUNK: usize = 256;

/// Reads objects on all cores. `work` gets a state of its own worker, the id and the bytes; what cannot be read is told in
/// that worker's coverage.
pub fn read<S: Send>(
    source: &Source,
    ids: &[Oid],
    progress: &dyn Progress,
    init: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &mut Coverage, Oid, &[u8]) + Sync,
) -> Vec<(S, Coverage)> {
    let open = || (Repo::open(source.location), init(), Coverage::default());
    let chunks: Vec<&[Oid]> = ids.chunks(CHUNK / 16).collect();
    let parts = parallel::for_each(&chunks, source.workers, progress, open, |(repo, state, coverage), chunk| {
        let odb = repo
            .as_ref()
            .map_err(|error| error.message().to_owned())
            .and_then(|repo| repo.odb().map_err(|e| e.message().to_owned()));
        for &id in *chunk {
            match odb.as_ref().map_err(String::clone).and_then(|odb| odb.read(id).map_err(|e| e.message().to_owned())) {
                Ok(object) => work(state, coverage, id, object.data()),
                Err(why) => coverage.unreadable(format!("{} object {id}", source.name), why),
            }
        }
    });
    parts.into_iter().map(|(_, state, coverage)| (state, coverage)).collect()
}

/// Where objects are read from.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    pub location: &'a Path,
    pub name: &'a str,
    pub workers: usize,
}

/// Steps of progress that [`read`] makes for so many objects.
pub fn steps(objects: usize) -> u64 {
    objects.div_ceil(CHUNK / 16) as u64
}

/// Reads all commits, with their messages.
pub fn commits(
    source: &Source,
    ids: &[Oid],
    progress: &dyn Progress,
    coverage: &mut Coverage,
) -> Vec<(Commit, Message)> {
    progress.stage("reading commits", steps(ids.len()));
    let parts = read(source, ids, progress, Vec::new, |found, coverage, id, raw| match parse_commit(id, raw) {
        Some(commit) => found.push(commit),
        None => coverage.unreadable(format!("{} commit {id}", source.name), "malformed commit"),
    });
    let mut commits: Vec<(Commit, Message)> = gather(parts, coverage);
    commits.sort_by_key(|(commit, _)| commit.id);
    commits
}

/// Reads all annotated tags.
pub fn tags(source: &Source, ids: &[Oid], coverage: &mut Coverage) -> Vec<Tag> {
    let parts = read(source, ids, &parallel::Silent, Vec::new, |found, coverage, id, raw| match parse_tag(id, raw) {
        Some(tag) => found.push(tag),
        None => coverage.unreadable(format!("{} tag {id}", source.name), "malformed tag"),
    });
    let mut tags: Vec<Tag> = gather(parts, coverage);
    tags.sort_by_key(|tag| tag.id);
    tags
}

/// What the trees of a repository say of what they hold.
#[derive(Debug, Default)]
pub struct Named {
    /// For each blob the kinds of its names, as a set of bits.
    pub kinds: HashMap<Oid, u8>,
    /// Names of submodules, whose commits live elsewhere.
    pub submodules: BTreeSet<Vec<u8>>,
    missing: HashSet<Oid>,
}

/// Reads all trees. `classify` makes the bits of [`Named::kinds`]. Objects that trees name and the repository lacks are
/// told in `coverage`, as missing by design if `partial`.
pub fn names(
    source: &Source,
    census: &Census,
    partial: bool,
    classify: impl Fn(&[u8]) -> u8 + Sync,
    progress: &dyn Progress,
    coverage: &mut Coverage,
) -> Named {
    progress.stage("reading trees", steps(census.trees.len()));
    let parts = read(source, &census.trees, progress, Named::default, |named, coverage, id, raw| {
        for entry in Entries::of(raw) {
            match entry {
                Ok(entry) if entry.kind == EntryKind::Submodule => {
                    if !named.submodules.contains(entry.name) {
                        named.submodules.insert(entry.name.to_vec());
                    }
                }
                Ok(entry) => {
                    if entry.kind == EntryKind::Blob {
                        *named.kinds.entry(entry.id).or_default() |= classify(entry.name);
                    }
                    if !census.known.contains(&entry.id) {
                        named.missing.insert(entry.id);
                    }
                }
                Err(why) => coverage.unreadable(format!("{} tree {id}", source.name), why),
            }
        }
    });
    let mut all = Named::default();
    for (part, part_coverage) in parts {
        coverage.absorb(part_coverage);
        all.missing.extend(part.missing);
        all.submodules.extend(part.submodules);
        if all.kinds.is_empty() {
            all.kinds = part.kinds;
        } else {
            part.kinds.into_iter().for_each(|(id, bits)| *all.kinds.entry(id).or_default() |= bits);
        }
    }
    report_missing(source.name, all.missing.drain(), partial, coverage);
    all
}

/// Tells objects that are named and not there.
pub fn report_missing(name: &str, missing: impl IntoIterator<Item = Oid>, partial: bool, coverage: &mut Coverage) {
    for id in missing {
        if partial {
            coverage.skip(crate::coverage::Skip::NotInClone, format!("{name} object {id}"));
        } else {
            coverage.unreadable(format!("{name} object {id}"), "named by the repository, but missing from it");
        }
    }
}

fn gather<T>(parts: Vec<(Vec<T>, Coverage)>, coverage: &mut Coverage) -> Vec<T> {
    let mut all = Vec::new();
    for (part, part_coverage) in parts {
        all.extend(part);
        coverage.absorb(part_coverage);
    }
    all
}

/// Name and content of each header line.
type Headers<'a> = Vec<(&'a [u8], &'a [u8])>;

/// Header lines of a commit or tag object, and where its message begins.
fn split_headers(raw: &[u8]) -> (Headers<'_>, usize) {
    let mut headers = Vec::new();
    let mut at = 0;
    while at < raw.len() && raw[at] != b'\n' {
        let end = memchr::memchr(b'\n', &raw[at..]).map_or(raw.len(), |len| at + len);
        let line = &raw[at..end];
        // Lines that begin with a space go on with the header before (signatures).
        if let Some(space) = memchr::memchr(b' ', line).filter(|&space| space > 0) {
            headers.push((&line[..space], &line[space + 1..]));
        }
        at = (end + 1).min(raw.len());
    }
    (headers, (at + 1).min(raw.len()))
}

/// Where the message of a commit or tag object begins.
pub fn message_start(raw: &[u8]) -> usize {
    split_headers(raw).1
}

fn parse_commit(id: Oid, raw: &[u8]) -> Option<(Commit, Message)> {
    let (headers, message) = split_headers(raw);
    let oid = |text: &[u8]| std::str::from_utf8(text).ok().and_then(|text| Oid::from_str(text).ok());
    let tree = headers.iter().find(|(key, _)| *key == b"tree").and_then(|(_, value)| oid(value))?;
    let parents = headers.iter().filter(|(key, _)| *key == b"parent").filter_map(|(_, value)| oid(value)).collect();
    let (author, date, _) = signature(&headers, b"author");
    let (_, _, time) = signature(&headers, b"committer");
    Some((Commit { id, tree, parents, author, date, time }, Message { id, text: raw[message..].to_vec() }))
}

fn parse_tag(id: Oid, raw: &[u8]) -> Option<Tag> {
    let (headers, message) = split_headers(raw);
    let target = headers.iter().find(|(key, _)| *key == b"object")?.1;
    let target = Oid::from_str(std::str::from_utf8(target).ok()?).ok()?;
    let (author, date, _) = signature(&headers, b"tagger");
    Some(Tag { id, target, author, date, text: raw[message..].to_vec() })
}

/// `Name <mail> seconds ±hhmm` as name with mail, RFC 3339 date and seconds; what is malformed is left empty or zero.
fn signature(headers: &[(&[u8], &[u8])], key: &[u8]) -> (String, String, i64) {
    let Some((_, value)) = headers.iter().find(|(name, _)| *name == key) else { return Default::default() };
    let text = String::from_utf8_lossy(value);
    let Some(close) = text.rfind('>') else { return (text.trim().to_owned(), String::new(), 0) };
    let (who, when) = text.split_at(close + 1);
    let mut words = when.split_whitespace();
    let seconds: i64 = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
    let offset = words.next().and_then(offset_seconds).unwrap_or(0);
    (who.trim().to_owned(), rfc3339(seconds, offset).unwrap_or_default(), seconds)
}

fn offset_seconds(text: &str) -> Option<i32> {
    let number: i32 = text.parse().ok()?;
    (text.len() == 5).then_some((number / 100 * 60 + number % 100) * 60)
}

fn rfc3339(seconds: i64, offset: i32) -> Option<String> {
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::Offset::from_seconds(offset).ok()?);
    let zoned = jiff::Timestamp::from_second(seconds).ok()?.to_zoned(zone);
    Some(zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_are_read() {
        let raw = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nparent 4b825dc642cb6eb9a060e54bf8d69288fbee4905\nauthor A U Thor <a@x> 1700000000 +0530\ncommitter C <c@x> 1700000001 -0100\ngpgsig -----BEGIN\n  body\n\nsubject\n\nbody\n";
        let (commit, message) = parse_commit(Oid::ZERO_SHA1, raw).unwrap();
        assert_eq!((commit.author.as_str(), commit.date.as_str()), ("A U Thor <a@x>", "2023-11-15T03:43:20+05:30"));
        assert_eq!((commit.time, commit.parents.len()), (1_700_000_001, 1));
        assert_eq!(message.text, b"subject\n\nbody\n");
        assert!(parse_commit(Oid::ZERO_SHA1, b"author x\n\n").is_none());
        assert_eq!(signature(&[(b"author", b"broken")], b"author"), ("broken".into(), String::new(), 0));
    }
}
