//! The names of an inventory's files, and the version of their format.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::secret::hex;

/// The version of the inventory's files. Files of earlier versions are read, and written as this one. In version 1, the
/// details of occurrences are not sealed. Version 2 has no uses. Up to version 3, entries have their occurrences.
pub const SCHEMA: u32 = 4;

/// The identity of the inventory: the name of its key, and the locations of repositories.
pub const IDENTITY: &str = "keyferry.yaml";
/// The decisions of people.
pub const DECISIONS: &str = "decisions.yaml";
/// The policy.
pub const POLICY: &str = "policy.yaml";
/// The register of applications, under one of these names.
pub const REGISTRIES: [&str; 4] = [REGISTRY_CSV, REGISTRY_XLSX, REGISTRY_YAML, "registry.yml"];
const REGISTRY_CSV: &str = "registry.csv";
const REGISTRY_XLSX: &str = "registry.xlsx";
const REGISTRY_YAML: &str = "registry.yaml";
/// The journal of imports, see `migrate::journal`.
pub(super) const JOURNAL: &str = "journal.jsonl";
/// A process that writes the inventory holds a lock on this file.
pub(super) const LOCK: &str = ".keyferry.lock";
/// The file of secrets that belong to no known application.
const UNASSIGNED: &str = "unassigned";
/// The file of secrets that belong to several applications.
const SHARED: &str = "shared";

/// The folder of the files of places, and the ending of their names.
pub const PLACES: &str = "places";
pub(super) const PLACES_ENDING: &str = ".jsonl";

/// The beginning of the names of files that a run of `discover` writes before it is done. No
/// application has such a file.
const INTERIM: &str = "~found-";

/// Names without ending that no file of secrets has: those of other files and folders of an inventory.
const RESERVED: [&str; 11] = [
    "keyferry",
    "decisions",
    "policy",
    "policies",
    "registry",
    "plan",
    "journal",
    "schemas",
    UNASSIGNED,
    SHARED,
    "example",
];

/// Names of devices on Windows (<https://learn.microsoft.com/windows/win32/fileio/naming-a-file>).
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// The longest name without ending. File systems allow 255 bytes, of which a temporary name needs
/// some.
const LONGEST: usize = 120;

/// The name of the file for secrets of these applications.
///
/// A policy may allow any text as `appid`. Two of them never have the same file, also where a file
/// system ignores case: lower-case letters, digits, `-` and `_` are kept, everything else is
/// written as `%` and two hex digits per byte.
pub(super) fn secret_file(applications: &BTreeSet<String>) -> String {
    let mut names = applications.iter();
    let stem = match (names.next(), names.next()) {
        (None, _) => UNASSIGNED.to_owned(),
        (Some(one), None) => stem(one),
        _ => SHARED.to_owned(),
    };
    format!("{stem}.yaml")
}

/// The name of the file for the places in a repository, within the folder of the inventory.
///
/// Two repositories never have the same file, also where a file system ignores case: lower-case letters, digits, `-`, `_`
/// and `.` are kept, `/` is written as `~`, and every other byte as `%` and two hex digits.
pub(super) fn place_file(repository: &str) -> String {
    let mut text = String::new();
    for (at, byte) in repository.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'_' => text.push(char::from(byte)),
            // Such a name is hidden, or looks like an option or an interim file.
            b'-' | b'.' if at > 0 => text.push(char::from(byte)),
            b'/' if at > 0 => text.push('~'),
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    // Windows knows a device by the part before the first dot.
    let first = text.split('.').next().unwrap_or_default();
    if DEVICES.contains(&first) || is_port(first) {
        let byte = text.as_bytes()[0];
        text.replace_range(..1, &format!("%{byte:02X}"));
    }
    if text.is_empty() {
        text.push('%');
    }
    format!("{PLACES}/{}{PLACES_ENDING}", bounded(text, repository))
}

/// The names of the files for the changes of the target with this number: of its entries, and of its places.
pub(super) fn interim_files(number: usize) -> (String, String) {
    let name = format!("{INTERIM}{number}");
    (
        format!("{name}.yaml"),
        format!("{PLACES}/{name}{PLACES_ENDING}"),
    )
}

/// Whether a name is that of a file for the changes of one target.
pub(super) fn is_interim(name: &str) -> bool {
    let places = name
        .strip_prefix(PLACES)
        .and_then(|name| name.strip_prefix('/'));
    places.unwrap_or(name).starts_with(INTERIM)
}

fn stem(appid: &str) -> String {
    let written = |encode_first: bool| {
        let mut text = String::new();
        for (at, byte) in appid.bytes().enumerate() {
            let plain = byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
            // A name that begins with `-` looks like an option.
            let plain = plain || (byte == b'-' && at > 0);
            if plain && !(encode_first && at == 0) {
                text.push(char::from(byte));
            } else {
                text.push_str(&format!("%{byte:02X}"));
            }
        }
        text
    };
    let mut text = written(false);
    if text.is_empty() || RESERVED.contains(&&*text) || DEVICES.contains(&&*text) || is_port(&text)
    {
        text = written(true);
    }
    if text.is_empty() {
        return "%".to_owned();
    }
    bounded(text, appid)
}

/// The encoded name of `name`, with a digest in place of its end if it is too long.
fn bounded(mut text: String, name: &str) -> String {
    if text.len() > LONGEST {
        // `%~` is in no other name.
        let hash = hex(&Sha256::digest(name)[..16]);
        text.truncate(LONGEST - 2 - hash.len());
        text.push_str("%~");
        text.push_str(&hash);
    }
    text
}

/// Whether it is the name of a port on Windows.
fn is_port(text: &str) -> bool {
    let number = text
        .strip_prefix("com")
        .or_else(|| text.strip_prefix("lpt"));
    number.is_some_and(|number| number.len() == 1)
}

/// Whether a file directly in an inventory's folder is read by some command.
pub fn is_read(name: &str) -> bool {
    let name = name.to_lowercase();
    let endings = [".yaml", ".yml", ".csv", ".xlsx", ".json", ".jsonl"];
    endings.iter().any(|ending| name.ends_with(ending))
}

/// The name that a person most likely meant, for a name that is nearly that of a file of the
/// inventory: another case, another ending, or the ending `.txt` that some editors add and hide. The
/// file would be ignored silently.
pub(super) fn nearly(name: &str) -> Option<&'static str> {
    if [IDENTITY, DECISIONS, POLICY].contains(&name) || REGISTRIES.contains(&name) {
        return None;
    }
    let name = name.to_lowercase();
    let (stem, ending) = name.split_once('.')?;
    let ending = ending.trim_end_matches(".txt");
    match (stem, ending) {
        ("policy", "yaml" | "yml" | "json" | "txt") => Some(POLICY),
        ("decisions", "yaml" | "yml" | "json" | "txt" | "csv") => Some(DECISIONS),
        ("keyferry", "yaml" | "yml" | "txt") => Some(IDENTITY),
        ("registry", "csv" | "tsv" | "txt" | "ods") => Some(REGISTRY_CSV),
        ("registry", "xlsx" | "xlsm" | "xls") => Some(REGISTRY_XLSX),
        ("registry", "yaml" | "yml" | "json") => Some(REGISTRY_YAML),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_application_has_the_file_of_another_or_of_something_else() {
        let file = |appid: &str| secret_file(&BTreeSet::from([appid.to_owned()]));
        let long = ["x".repeat(500), "x".repeat(501), "\u{e9}".repeat(300)];
        let mut appids = vec![
            "policy",
            "Policy",
            "POLICY",
            "registry",
            "decisions",
            "keyferry",
            "plan",
            "journal",
            "unassigned",
            "shared",
            "Shared",
            "schemas",
            "con",
            "CON",
            "nul",
            "com1",
            "lpt9",
            "com10",
            ".hidden",
            "..",
            "a/b",
            "a\\b",
            "a.b",
            "a_b",
            "a b",
            "A",
            "a",
            "\u{e9}",
            "e\u{301}",
            "%70olicy",
            "policy.yaml",
            "-rf",
            "",
            " ",
            "ord001",
            "\u{17f}hared",
            "\u{212a}eyferry",
            "a:b",
            "%",
        ];
        appids.extend(long.iter().map(String::as_str));
        let mut seen = BTreeSet::new();
        for appid in &appids {
            let name = file(appid);
            let stem = name.strip_suffix(".yaml").unwrap();
            let safe = |c: char| c.is_ascii_alphanumeric() || "-_%~".contains(c);
            assert!(
                stem.chars().all(safe) && !stem.is_empty() && stem.len() <= LONGEST,
                "{name}"
            );
            assert!(
                !RESERVED.contains(&stem) && !stem.starts_with('-'),
                "{name}"
            );
            assert!(seen.insert(name.to_lowercase()), "{appid:?}: {name}");
        }
        assert_eq!(file("ord001"), "ord001.yaml");
        assert_eq!(file("policy"), "%70olicy.yaml");
        assert_eq!(file("A.b"), "%41%2Eb.yaml");
        let of = |appids: &[&str]| secret_file(&appids.iter().map(|&id| id.to_owned()).collect());
        assert_eq!(
            (of(&[]), of(&["a", "b"])),
            ("unassigned.yaml".into(), "shared.yaml".into())
        );
    }

    #[test]
    fn no_repository_has_the_file_of_another() {
        let long = ["x/".repeat(300), "x/".repeat(301), "\u{e9}".repeat(300)];
        let mut names = vec![
            "github.com/acme/shop",
            "github.com/Acme/shop",
            "github.com~acme~shop",
            "github.com%2Facme/shop",
            "shop",
            "Shop",
            "shop~2",
            "shop/2",
            "/srv/shop",
            "srv/shop",
            "~found-1",
            "/found-1",
            "con",
            "con.example.com/x",
            "com1.x",
            "..",
            ".",
            "../x",
            "-x",
            ".hidden",
            "a b",
            "a\\b",
            "\u{17f}hop",
            "",
            "nul",
        ];
        names.extend(long.iter().map(String::as_str));
        let mut seen = BTreeSet::new();
        for name in names {
            let file = place_file(name);
            let stem = file.strip_prefix("places/").unwrap();
            let stem = stem.strip_suffix(".jsonl").unwrap();
            let safe = |c: char| c.is_ascii_alphanumeric() || "-_%~.".contains(c);
            assert!(stem.chars().all(safe) && stem.len() <= LONGEST, "{file}");
            let first = stem.split('.').next().unwrap();
            assert!(!["con", "nul", "com1"].contains(&first), "{file}");
            assert!(!stem.starts_with(['-', '.', '~']) && !is_interim(&file));
            assert!(seen.insert(file.to_lowercase()), "{name:?}: {file}");
        }
        assert_eq!(
            place_file("git.example.com/acme/Orders-2"),
            "places/git.example.com~acme~%4Frders-2.jsonl"
        );
    }

    #[test]
    fn a_name_that_nearly_fits_is_noticed() {
        for (name, expected) in [
            ("Policy.yaml", Some(POLICY)),
            ("policy.YML", Some(POLICY)),
            ("policy.yaml.txt", Some(POLICY)),
            ("decisions.yml", Some(DECISIONS)),
            ("Keyferry.yaml", Some(IDENTITY)),
            ("Registry.CSV", Some(REGISTRY_CSV)),
            ("registry.csv.txt", Some(REGISTRY_CSV)),
            ("registry.xlsx", None),
            ("Registry.XLSX", Some(REGISTRY_XLSX)),
            ("registry.xls", Some(REGISTRY_XLSX)),
            ("registry.ods", Some(REGISTRY_CSV)),
            ("registry.YML", Some(REGISTRY_YAML)),
            ("policy.yaml", None),
            ("registry.yml", None),
            ("policy.md", None),
            ("policies", None),
            ("ord001.yaml", None),
        ] {
            assert_eq!(nearly(name), expected, "{name}");
        }
    }
}
