//! The whole reading of git's objects, against git itself and against hand-made packs.

mod copies;
mod damage;
pub(crate) mod handmade_pack;
mod hostile;
mod lost_indexes;
pub(crate) mod random_repositories;
mod work;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::*;
use crate::progress::NoProgress;

/// A repository in a folder of its own, and git without the settings of the machine.
pub(crate) struct Repo {
    pub(crate) format: ObjectFormat,
    folder: tempfile::TempDir,
}

impl Repo {
    pub(super) fn new(format: ObjectFormat) -> Self {
        let repo = Self {
            format,
            folder: tempfile::tempdir().unwrap(),
        };
        let format = format!(
            "--object-format={}",
            format.name().to_ascii_lowercase().replace('-', "")
        );
        repo.git(
            &[
                "init",
                "--bare",
                "--quiet",
                "--initial-branch=main",
                &format,
                ".",
            ],
            b"",
        );
        repo
    }

    pub(crate) fn objects(&self) -> PathBuf {
        self.folder.path().join("objects")
    }

    pub(super) fn git(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let mut git = Command::new("git");
        git.env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        git.env("HOME", self.folder.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("LC_ALL", "C");
        git.current_dir(self.folder.path()).args(arguments);
        let mut child = git
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let output = std::thread::scope(|scope| {
            scope.spawn(move || stdin.write_all(input));
            child.wait_with_output().unwrap()
        });
        assert!(
            output.status.success(),
            "git {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    }

    /// The objects that git lists, with their kind and bytes.
    pub(crate) fn listing(&self) -> BTreeMap<ObjectId, (ObjectKind, Vec<u8>)> {
        let output = self.git(&["cat-file", "--batch", "--batch-all-objects"], b"");
        let (mut at, mut found) = (0, BTreeMap::new());
        while at < output.len() {
            let end = at + memchr::memchr(b'\n', &output[at..]).unwrap();
            let line = std::str::from_utf8(&output[at..end]).unwrap();
            let words: Vec<&str> = line.split(' ').collect();
            let size: usize = words[2].parse().unwrap();
            let bytes = output[end + 1..end + 1 + size].to_vec();
            let id = self.format.from_hex(words[0].as_bytes()).unwrap();
            found.insert(
                id,
                (ObjectKind::from_name(words[1].as_bytes()).unwrap(), bytes),
            );
            at = end + size + 2;
        }
        found
    }

    pub(super) fn files(&self, extension: &str) -> Vec<PathBuf> {
        let folder = std::fs::read_dir(self.objects().join("pack")).unwrap();
        let mut paths: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|found| found == extension));
        paths.sort();
        paths
    }
}

/// Puts other bytes where git wrote a file that it does not want changed.
pub(super) fn overwrite(path: &Path, bytes: &[u8]) {
    std::fs::remove_file(path).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// Collects the objects that a walk shows, and checks their bases.
struct Collector;

#[derive(Default)]
pub(super) struct Seen {
    pub(super) objects: BTreeMap<ObjectId, (ObjectKind, Vec<u8>)>,
    pub(super) unread: BTreeMap<ObjectId, ObjectError>,
    /// Objects whose content has another id.
    pub(super) wrong: Vec<(ObjectId, ObjectKind, Vec<u8>)>,
    pub(super) deltas: usize,
}

impl Visitor for Collector {
    type Worker = Seen;
    type State = (NodeIndex, usize);

    fn worker(&self) -> Seen {
        Seen::default()
    }

    fn object(&self, seen: &mut Seen, object: &Object<'_, Self::State>) -> Self::State {
        if let Some(base) = &object.base {
            assert_eq!(*base.state, (base.node, base.bytes.len()));
            let mut end = 0;
            for step in base.changes {
                assert_eq!(step.made().start, end);
                end = step.made().end;
                if let Some(taken) = step.taken() {
                    assert_eq!(object.bytes[step.made()], base.bytes[taken]);
                }
            }
            assert_eq!(end, object.bytes.len());
            seen.deltas += 1;
        }
        let is_right = ObjectId::of(object.id().format(), object.kind, object.bytes) == object.id();
        assert_eq!(object.has_right_id.unwrap_or(is_right), is_right);
        if !is_right {
            let contested = |&(variant, main)| [variant, main].contains(&object.node);
            let may_be_wrong = object.forest.variants().iter().any(contested);
            assert!(may_be_wrong || object.has_right_id == Some(false));
            seen.wrong
                .push((object.id(), object.kind, object.bytes.to_vec()));
            return (object.node, object.bytes.len());
        }
        let twice = seen
            .objects
            .insert(object.id(), (object.kind, object.bytes.to_vec()));
        assert!(twice.is_none());
        (object.node, object.bytes.len())
    }

    fn unread(&self, seen: &mut Seen, unread: &UnreadObject) {
        if unread.why == ObjectError::WrongId {
            return;
        }
        assert!(seen.unread.insert(unread.id, unread.why.clone()).is_none());
    }
}

pub(super) fn see(forest: &Forest, kinds: ObjectKinds, workers: usize, limits: Limits) -> Seen {
    let mut all = Seen::default();
    for part in walk(
        forest,
        &Options {
            kinds,
            workers,
            limits,
        },
        &Collector,
        &NoProgress,
    ) {
        let counts = (
            all.objects.len() + part.objects.len(),
            all.unread.len() + part.unread.len(),
        );
        all.objects.extend(part.objects);
        all.unread.extend(part.unread);
        all.wrong.extend(part.wrong);
        all.deltas += part.deltas;
        assert_eq!(
            counts,
            (all.objects.len(), all.unread.len()),
            "objects are shown once"
        );
    }
    assert!(all.unread.keys().all(|id| !all.objects.contains_key(id)));
    all
}

pub(super) fn see_all(objects: &Path, format: ObjectFormat) -> (Forest, Seen) {
    let forest = Forest::open(objects, format, 2).unwrap();
    let seen = see(&forest, ObjectKinds::ALL, 3, Limits::default());
    (forest, seen)
}

/// Fails with the ids that differ, not with all bytes.
pub(super) fn same(
    got: &BTreeMap<ObjectId, (ObjectKind, Vec<u8>)>,
    expected: &BTreeMap<ObjectId, (ObjectKind, Vec<u8>)>,
) {
    let missing: Vec<_> = expected
        .keys()
        .filter(|id| !got.contains_key(*id))
        .collect();
    let extra: Vec<_> = got
        .keys()
        .filter(|id| !expected.contains_key(*id))
        .collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "missing {missing:?}, extra {extra:?}"
    );
    assert!(got == expected);
}
