//! The names of an inventory's files, and the version of their format.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::secret::hex;

/// The version of the inventory's files. Files of earlier versions are read, and written as this one. In version 1, the
/// details of occurrences are not sealed. Version 2 has no uses.
pub const SCHEMA: u32 = 3;

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

/// The beginning of the names of files that a run of `discover` writes before it is done. No
/// application has such a file.
const INTERIM: &str = "~found-";

/// Names without ending that no file of secrets has: those of other files and folders of an
/// inventory, and those of devices on Windows
/// (<https://learn.microsoft.com/windows/win32/fileio/naming-a-file>).
const RESERVED: [&str; 15] = [
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
    "con",
    "prn",
    "aux",
    "nul",
];

/// The longest name without ending. File systems allow 255 bytes, of which a temporary name needs
/// some.
const LONGEST: usize = 120;

/// The name of the file for secrets of these applications.
///
/// A policy may allow any text as `appid`. Two of them never have the same file, also where a file
/// system ignores case: lower-case letters, digits, `-` and `_` stand for themselves, all else is
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

/// The name of the file for the changes of the target with this number.
pub(super) fn interim_file(number: usize) -> String {
    format!("{INTERIM}{number}.yaml")
}

/// Whether a name is that of a file for the changes of one target.
pub(super) fn is_interim(name: &str) -> bool {
    name.starts_with(INTERIM)
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
    let is_port = |text: &str| {
        let number = text
            .strip_prefix("com")
            .or_else(|| text.strip_prefix("lpt"));
        number.is_some_and(|number| number.len() == 1)
    };
    let mut text = written(false);
    if text.is_empty() || RESERVED.contains(&&*text) || is_port(&text) {
        text = written(true);
    }
    if text.is_empty() {
        return "%".to_owned();
    }
    if text.len() > LONGEST {
        // `~` is in no other name.
        let hash = hex(&Sha256::digest(appid)[..16]);
        text.truncate(LONGEST - 2 - hash.len());
        text.push_str("%~");
        text.push_str(&hash);
    }
    text
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
