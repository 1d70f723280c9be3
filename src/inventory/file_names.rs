//! The names of an inventory's files, and the version of their format.

/// The version of the inventory's files. Files of version 1 are read, and written as version 2: in
/// them, the details of occurrences are not sealed.
pub const SCHEMA: u32 = 2;

/// The identity of the inventory: the name of its key, and the locations of repositories.
pub const IDENTITY: &str = "keyferry.yaml";
/// The decisions of people.
pub const DECISIONS: &str = "decisions.yaml";
/// The policy.
pub const POLICY: &str = "policy.yaml";
/// The register of applications, under one of these names.
pub const REGISTRIES: [&str; 3] = [REGISTRY_CSV, REGISTRY_YAML, "registry.yml"];
const REGISTRY_CSV: &str = "registry.csv";
const REGISTRY_YAML: &str = "registry.yaml";
/// The journal of imports, see `migrate::journal`.
pub(super) const JOURNAL: &str = "journal.jsonl";
/// A process that writes the inventory holds a lock on this file.
pub(super) const LOCK: &str = ".keyferry.lock";

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
        ("registry", "csv" | "tsv" | "txt" | "xlsx" | "xls" | "ods") => Some(REGISTRY_CSV),
        ("registry", "yaml" | "yml" | "json") => Some(REGISTRY_YAML),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("registry.xlsx", Some(REGISTRY_CSV)),
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
