//! The files of an inventory in a test: their bytes, and the secrets in them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use keyferry::inventory::entry::Secret;
use keyferry::inventory::inventory_key::InventoryKey;
use keyferry::inventory::stored_file::{InventoryFile, StoredSecret};

use super::test_env::{TestEnv, files_below};

/// Bytes of the files in the inventory's folder.
pub fn bytes(env: &TestEnv) -> BTreeMap<PathBuf, Vec<u8>> {
    files_below(&env.path("inventory"))
}

/// Fails and names the files unless the inventory's folder is as it was.
#[track_caller]
pub fn unchanged(env: &TestEnv, before: &BTreeMap<PathBuf, Vec<u8>>) {
    let after = bytes(env);
    let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(before), names(&after));
    for (path, content) in before {
        assert!(after[path] == *content, "{} changed", path.display());
    }
}

/// The key of the inventory in a folder.
pub fn key(env: &TestEnv, folder: &str) -> InventoryKey {
    let identity = std::fs::read_to_string(env.path(folder).join("keyferry.yaml")).unwrap();
    let id = identity.lines().find_map(|line| line.strip_prefix("id: "));
    let file = format!(
        ".local/share/keyferry/keys/{}.key",
        id.unwrap().trim_matches('\'')
    );
    keyferry::inventory::key_file::read(&env.home().join(file)).unwrap()
}

/// The secrets of a file of the inventory in a folder.
pub fn opened(env: &TestEnv, folder: &str, content: &[u8]) -> Vec<Secret> {
    let file: InventoryFile = serde_yaml::from_slice(content).unwrap();
    file.open(&key(env, folder)).unwrap()
}

/// File name → text of the files of secrets.
fn secret_files(env: &TestEnv) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for (path, content) in bytes(env) {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.ends_with(".yaml")
            && !["keyferry.yaml", "decisions.yaml", "policy.yaml"].contains(&name.as_str())
        {
            files.insert(name, content);
        }
    }
    files
}

/// File name → content.
pub fn files(env: &TestEnv) -> BTreeMap<String, Vec<Secret>> {
    let files = secret_files(env).into_iter();
    files
        .map(|(name, content)| (name, opened(env, "inventory", &content)))
        .collect()
}

/// Every secret of the inventory, as anyone can read it who has not the key.
pub fn stored(env: &TestEnv) -> Vec<StoredSecret> {
    let files = secret_files(env).into_values();
    files
        .flat_map(|text| {
            serde_yaml::from_slice::<InventoryFile>(&text)
                .unwrap()
                .secrets
        })
        .collect()
}

/// Every secret of the inventory.
pub fn inventory(env: &TestEnv) -> Vec<Secret> {
    files(env).into_values().flatten().collect()
}

/// The secret with an occurrence in this file.
#[track_caller]
pub fn standing_in(env: &TestEnv, path: &str) -> Secret {
    let here = |secret: &Secret| secret.occurrences.iter().any(|place| place.path == path);
    let mut found: Vec<Secret> = inventory(env).into_iter().filter(here).collect();
    assert_eq!(found.len(), 1, "{path}: {found:#?}");
    found.remove(0)
}

/// Writes the inventory as the first version of the format had it: with ids and ranges in plain
/// text.
pub fn write_first_version(env: &TestEnv) {
    for (name, secrets) in files(env) {
        #[derive(serde::Serialize)]
        struct First {
            schema: u32,
            secrets: Vec<Secret>,
        }
        let first = First { schema: 1, secrets };
        let text = serde_yaml::to_string(&first).unwrap();
        env.write(format!("inventory/{name}"), text);
    }
    let identity = env.path("inventory/keyferry.yaml");
    let text = std::fs::read_to_string(&identity).unwrap();
    env.write(&identity, text.replace("schema: 2", "schema: 1"));
}
