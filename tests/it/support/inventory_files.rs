//! The files of an inventory in a test: their bytes, and the secrets in them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use keyferry::finding::Occurrence;
use keyferry::inventory::entry::Secret;
use keyferry::inventory::inventory_key::InventoryKey;
use keyferry::inventory::stored_file::{InventoryFile, RepositoryName, StoredSecret};
use keyferry::inventory::stored_occurrence::StoredOccurrence;
use keyferry::secret::SecretId;

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
    opened_with(&key(env, folder), env, folder, content)
}

/// The secrets of a file of the inventory in a folder, each with its places in the repositories that its entry names.
pub fn opened_with(key: &InventoryKey, env: &TestEnv, folder: &str, content: &[u8]) -> Vec<Secret> {
    let file: InventoryFile = serde_yaml::from_slice(content).unwrap();
    let mut places: Vec<Occurrence> = Vec::new();
    let mut of_secret: BTreeMap<SecretId, Vec<Occurrence>> = BTreeMap::new();
    for stored in stored_places(env, folder) {
        let id = stored.secret.clone().unwrap();
        let place = stored.open(&id, key).unwrap();
        of_secret.entry(id).or_default().push(place);
    }
    let open = |stored: StoredSecret| {
        let named = &stored.occurrences;
        places.clear();
        places.extend(of_secret.get(&stored.id).into_iter().flatten().cloned());
        places.retain(|place| named.contains(&RepositoryName(place.repository.clone())));
        places.sort();
        let mut secret = stored.with_occurrences(std::mem::take(&mut places));
        let own = secret.evidence_at(None).into_owned();
        for place in &mut secret.occurrences {
            assert!(place.evidence.is_some(), "{place:?}");
            place.evidence.take_if(|evidence| **evidence == own);
        }
        secret
    };
    file.secrets.into_iter().map(open).collect()
}

/// All places of an inventory, as anyone can read them who has not the key.
pub fn stored_places(env: &TestEnv, folder: &str) -> Vec<StoredOccurrence> {
    let mut places = Vec::new();
    for (path, content) in files_below(&env.path(folder).join("places")) {
        let text = String::from_utf8(content).unwrap();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("{\"schema\":4}"), "{}", path.display());
        places.extend(lines.map(|line| serde_json::from_str::<StoredOccurrence>(line).unwrap()));
    }
    places
}

/// File name → text of the files of secrets.
pub fn secret_files(env: &TestEnv) -> BTreeMap<String, Vec<u8>> {
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
    write_version(env, &files(env), 1, |secret| {
        serde_yaml::to_value(secret).unwrap()
    });
}

/// Writes the inventory as the third version of the format had it: with the places in their entries.
pub fn write_third_version(env: &TestEnv, files: &BTreeMap<String, Vec<Secret>>) {
    let key = key(env, "inventory");
    write_version(env, files, 3, |secret| {
        let places = secret.occurrences.iter().map(|place| StoredOccurrence {
            secret: None,
            ..StoredOccurrence::seal(place, &secret.id, &key)
        });
        serde_yaml::to_value(secret.with_occurrences(places.collect())).unwrap()
    });
}

fn write_version(
    env: &TestEnv,
    files: &BTreeMap<String, Vec<Secret>>,
    schema: u32,
    stored: impl Fn(&Secret) -> serde_yaml::Value,
) {
    for (name, secrets) in files {
        #[derive(serde::Serialize)]
        struct Earlier {
            schema: u32,
            secrets: Vec<serde_yaml::Value>,
        }
        let secrets = secrets.iter().map(&stored).collect();
        let text = serde_yaml::to_string(&Earlier { schema, secrets }).unwrap();
        env.write(format!("inventory/{name}"), text);
    }
    std::fs::remove_dir_all(env.path("inventory/places")).unwrap();
    let identity = env.path("inventory/keyferry.yaml");
    let text = std::fs::read_to_string(&identity).unwrap();
    env.write(
        &identity,
        text.replace("schema: 4", &format!("schema: {schema}")),
    );
}
