//! The object directories of a repository: its own and its alternates, which
//! `objects/info/alternates` lists (gitrepository-layout(5)).

use std::path::{Path, PathBuf};

use super::object_error::Flaw;

/// Git follows alternates of alternates to this depth.
const DEEPEST: usize = 5;

/// The most bytes of a list of alternates.
const LONGEST: u64 = 1 << 20;

/// All object directories, the repository's own first, each once.
pub(super) fn directories(objects: &Path, flaws: &mut Vec<Flaw>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut level = vec![objects.to_owned()];
    for depth in 0..=DEEPEST {
        let mut next = Vec::new();
        for path in std::mem::take(&mut level) {
            let real = match path.canonicalize() {
                Ok(real) if real.is_dir() => real,
                Ok(_) => {
                    flaws.push(Flaw::new(path, "is no directory of objects"));
                    continue;
                }
                Err(error) => {
                    flaws.push(Flaw::new(
                        path,
                        format!("the object directory cannot be read: {error}"),
                    ));
                    continue;
                }
            };
            if found.contains(&real) {
                continue;
            }
            let borrowed = alternates(&real, flaws);
            if depth == DEEPEST && !borrowed.is_empty() {
                flaws.push(Flaw::new(&real, "alternates are nested too deep"));
            } else {
                next.extend(borrowed);
            }
            found.push(real);
        }
        level = next;
    }
    found
}

fn alternates(objects: &Path, flaws: &mut Vec<Flaw>) -> Vec<PathBuf> {
    let path = objects.join("info/alternates");
    let length = match std::fs::metadata(&path) {
        Ok(data) if !data.is_file() => {
            flaws.push(Flaw::new(path, "is no regular file"));
            return Vec::new();
        }
        Ok(data) => data.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            flaws.push(Flaw::new(path, error.to_string()));
            return Vec::new();
        }
    };
    match std::fs::read(&path) {
        Ok(text) if length <= LONGEST => {
            // A relative path begins at the directory that names it.
            let lines = text
                .split(|&b| b == b'\n')
                .filter(|line| !line.is_empty() && line[0] != b'#');
            lines.map(|line| objects.join(path_of(line))).collect()
        }
        read => {
            let why = read
                .err()
                .map_or("the list of alternates is too long".into(), |error| {
                    error.to_string()
                });
            flaws.push(Flaw::new(path, why));
            Vec::new()
        }
    }
}

#[cfg(unix)]
fn path_of(line: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(line))
}

#[cfg(not(unix))]
fn path_of(line: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(line).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_and_gaps_of_alternates_end() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().canonicalize().unwrap().join(name);
        for (name, lines) in [
            ("a", "../b\n# none\n\n../gone\n"),
            ("b", "../a\n../c"),
            ("c", ""),
        ] {
            std::fs::create_dir_all(at(name).join("info")).unwrap();
            std::fs::write(at(name).join("info/alternates"), lines).unwrap();
        }
        let mut flaws = Vec::new();
        assert_eq!(
            directories(&at("a"), &mut flaws),
            [at("a"), at("b"), at("c")]
        );
        assert_eq!(flaws.len(), 1);
    }
}
