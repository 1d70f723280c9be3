//! From what the user names to what is read: repositories, plain folders, single files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::git::Repo;

/// Something to read as one: a repository, or a folder or file that is in none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unit {
    /// Name in findings and in the inventory: the path of the remote `origin` (`github.com/acme/shop`) where there is one, so
    /// that it is the same on every machine; otherwise the folder's name.
    pub name: String,
    /// Absolute path of the working tree, the bare repository, the folder, or the file.
    pub location: PathBuf,
    /// From the target that the user named to here, empty or ending in `/`.
    pub prefix: String,
    pub shape: Shape,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// A repository with a working tree.
    Worktree,
    Bare,
    Folder,
    File,
}

#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    #[error("no such file or folder: {}", .0.display())]
    Missing(PathBuf),
    #[error("cannot read {}: {}", .0.display(), .1)]
    Unreadable(PathBuf, std::io::Error),
    #[error("{} is not a file or a folder", .0.display())]
    Special(PathBuf),
    #[error("{} is not a repository that can be opened: {}", .0.display(), .1)]
    Repository(PathBuf, String),
}

/// A target resolved, and what the user should know about it.
pub struct Resolved {
    pub unit: Unit,
    pub note: Option<String>,
}

/// Resolves one target. Repositories within it are found by the walk of the working tree, see [`nested`].
pub fn resolve(path: &Path) -> Result<Resolved, TargetError> {
    let location = path.canonicalize().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => TargetError::Missing(path.to_owned()),
        _ => TargetError::Unreadable(path.to_owned(), error),
    })?;
    let meta = std::fs::metadata(&location)
        .map_err(|error| TargetError::Unreadable(path.to_owned(), error))?;
    let plain = |shape, note| Resolved {
        unit: Unit {
            name: folder_name(&location),
            location: location.clone(),
            prefix: String::new(),
            shape,
        },
        note,
    };
    if meta.is_file() {
        return Ok(plain(Shape::File, None));
    }
    if !meta.is_dir() {
        return Err(TargetError::Special(path.to_owned()));
    }
    std::fs::read_dir(&location)
        .map_err(|error| TargetError::Unreadable(path.to_owned(), error))?;
    if let Some(unit) = repository(&location)? {
        return Ok(Resolved { unit, note: None });
    }
    // Within a repository, but not its root.
    let above = location
        .ancestors()
        .skip(1)
        .find(|folder| folder.join(".git").exists());
    let note = above.map(|root| {
        format!(
            "{} is part of the repository {}: its history is read only when the repository itself is the target",
            path.display(),
            root.display()
        )
    });
    Ok(plain(Shape::Folder, note))
}

/// Whether a folder has what makes a bare repository (or a `.git` folder).
pub fn looks_bare(folder: &Path) -> bool {
    folder.join("HEAD").is_file() && folder.join("objects").is_dir() && folder.join("refs").is_dir()
}

/// The repository whose root is this folder, if it is one.
pub fn repository(location: &Path) -> Result<Option<Unit>, TargetError> {
    let dot_git = location.join(".git");
    let bare = looks_bare(location);
    if !dot_git.exists() && !bare {
        return Ok(None);
    }
    let repo = Repo::open(location)
        .map_err(|error| TargetError::Repository(location.to_owned(), error.to_string()))?;
    let shape = if repo.is_bare() {
        Shape::Bare
    } else {
        Shape::Worktree
    };
    // A `.git` folder as target: the repository without its working tree.
    let shape = if bare && !dot_git.exists() {
        Shape::Bare
    } else {
        shape
    };
    let name = repo.remote_name().unwrap_or_else(|| folder_name(location));
    Ok(Some(Unit {
        name,
        location: location.to_owned(),
        prefix: String::new(),
        shape,
    }))
}

/// Last component of a path, without `.git`.
fn folder_name(location: &Path) -> String {
    let component = |path: &Path| {
        path.file_name()
            .map(|name| name.to_string_lossy().into_owned())
    };
    let name = component(location).unwrap_or_else(|| "root".into());
    match name.strip_suffix(".git") {
        Some("") => location.parent().and_then(component).unwrap_or(name),
        Some(stem) => stem.to_owned(),
        None => name,
    }
}

/// The text of the CODEOWNERS file of a working tree, if it has one. Facts are taken from it, never configuration.
pub fn codeowners(location: &Path) -> Option<String> {
    // GitHub reads up to 3 MB.
    const LARGEST: u64 = 3 << 20;
    let root = location.canonicalize().ok()?;
    [
        "CODEOWNERS",
        ".github/CODEOWNERS",
        ".gitlab/CODEOWNERS",
        "docs/CODEOWNERS",
    ]
    .into_iter()
    .find_map(|path| {
        let path = root.join(path).canonicalize().ok()?;
        let meta = std::fs::metadata(&path).ok()?;
        // A link may lead anywhere.
        let fit = path.starts_with(&root) && meta.is_file() && meta.len() <= LARGEST;
        fit.then(|| std::fs::read_to_string(path).ok()).flatten()
    })
}

/// `github.com/acme/shop` from any spelling of a remote's URL; never with user, password or query. For a path, its last
/// component. `None` if it is not sure what of it is a password.
pub fn name_of_url(url: &str) -> Option<String> {
    // A query or fragment names no repository.
    let url = url.trim();
    let (plain, after) = url.split_at(url.find(['?', '#']).unwrap_or(url.len()));
    let plain = plain.trim_end_matches('/');
    let plain = plain
        .strip_suffix(".git")
        .unwrap_or(plain)
        .trim_end_matches('/');
    let (scheme, rest) = plain.split_once("://").unwrap_or(("", plain));
    // A password may hold any sign. Whatever precedes the last `@` is no part of a name.
    let (user, rest) = rest
        .rsplit_once('@')
        .map_or(("", rest), |(user, rest)| (user, rest));
    if scheme == "file" || (scheme.is_empty() && plain.starts_with(['/', '.', '\\'])) {
        return last_component(rest);
    }
    if user.contains(['/', '\\']) || after.contains('@') {
        return None;
    }
    let host = |text: &str| {
        text.split(':')
            .next()
            .map(str::to_ascii_lowercase)
            .filter(|host| !host.is_empty())
    };
    if !scheme.is_empty() {
        let (authority, path) = rest.split_once('/')?;
        return Some(format!("{}/{path}", host(authority)?)).filter(|_| !path.is_empty());
    }
    // git@host:path
    if let Some((authority, path)) = rest.split_once(':')
        && !authority.contains('/')
        && authority.len() > 1
    {
        // `ext::command`: of a helper.
        let path = path.trim_start_matches('/');
        return Some(format!("{}/{path}", host(authority)?))
            .filter(|_| !path.is_empty() && !path.starts_with(':'));
    }
    last_component(rest)
}

fn last_component(path: &str) -> Option<String> {
    path.rsplit(['/', '\\'])
        .next()
        .filter(|name| !matches!(*name, "" | "." | ".."))
        .map(str::to_owned)
}

/// Gives every unit a name of its own: clones of one remote are told apart by a number, in order of location; names that
/// the inventory already gives to a location are kept.
pub fn distinguish<'a>(
    units: impl IntoIterator<Item = &'a mut Unit>,
    known: &BTreeMap<String, PathBuf>,
) {
    let mut taken: BTreeMap<String, PathBuf> = known.clone();
    let mut units: Vec<&mut Unit> = units.into_iter().collect();
    units.sort_by(|a, b| a.location.cmp(&b.location));
    for unit in units {
        if let Some((name, _)) = known
            .iter()
            .find(|(name, location)| **location == unit.location && name.starts_with(&unit.name))
        {
            unit.name.clone_from(name);
            continue;
        }
        let base = unit.name.clone();
        let mut number = 1;
        while let Some(other) = taken.get(&unit.name)
            && *other != unit.location
            // A location that is gone has moved here.
            && other.exists()
        {
            number += 1;
            unit.name = format!("{base}~{number}");
        }
        taken.insert(unit.name.clone(), unit.location.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes_give_names_without_credentials() {
        for (url, name) in [
            (
                "https://github.com/acme/shop.git",
                Some("github.com/acme/shop"),
            ),
            (
                "https://user:token@GitHub.com/acme/shop/",
                Some("github.com/acme/shop"),
            ),
            ("ssh://git@host:2222/a/b.git", Some("host/a/b")),
            ("git@github.com:acme/shop.git", Some("github.com/acme/shop")),
            ("/srv/git/shop.git", Some("shop")),
            ("../shop", Some("shop")),
            ("file:///srv/git/shop.git", Some("shop")),
            (
                "https://github.com/acme/shop.git?private_token=token",
                Some("github.com/acme/shop"),
            ),
            (
                "https://github.com/acme/shop#token",
                Some("github.com/acme/shop"),
            ),
            (
                "user:token@github.com:acme/shop.git",
                Some("github.com/acme/shop"),
            ),
            (
                "git@github.com:acme/shop.git?token=token",
                Some("github.com/acme/shop"),
            ),
            // Signs of URLs within a password.
            (
                "https://user:to@ken@github.com/acme/shop",
                Some("github.com/acme/shop"),
            ),
            ("https://user:to/ken@github.com/acme/shop", None),
            ("https://user:12/ken@github.com/acme/shop", None),
            ("https://user:to?ken@github.com/acme/shop", None),
            ("https:/user:token@github.com/acme/shop", None),
            ("https://user:to/k?en@github.com/acme/shop", None),
            ("//user:to/ken@github.com/acme/shop", Some("shop")),
            ("../home@work/shop", Some("shop")),
            ("ext::ssh -i token host", None),
            ("", None),
        ] {
            assert_eq!(name_of_url(url).as_deref(), name, "{url}");
        }
    }

    #[test]
    fn clones_of_one_remote_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let unit = |part: &str| {
            let location = folder.path().join(part);
            std::fs::create_dir(&location).unwrap();
            Unit {
                name: "h/a".into(),
                location,
                prefix: String::new(),
                shape: Shape::Folder,
            }
        };
        let mut units = [unit("2"), unit("1")];
        distinguish(&mut units, &BTreeMap::new());
        assert_eq!([&*units[0].name, &*units[1].name], ["h/a~2", "h/a"]);
        let known = BTreeMap::from([("h/a".to_owned(), units[0].location.clone())]);
        units.iter_mut().for_each(|unit| unit.name = "h/a".into());
        distinguish(&mut units, &known);
        assert_eq!([&*units[0].name, &*units[1].name], ["h/a", "h/a~2"]);
    }
}
