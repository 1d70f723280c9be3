//! The files of an inventory agree with their schemas.

use super::{secrets, violations};
use crate::inventory::file_names;
use crate::inventory::inventory_key::InventoryKey;
use crate::inventory::stored_file::{InventoryFile, StoredSecret};
use crate::inventory::stored_occurrence::StoredOccurrence;

#[test]
fn an_inventory_agrees_with_its_schema() {
    let file = InventoryFile {
        schema: file_names::SCHEMA,
        secrets: secrets().iter().map(StoredSecret::of).collect(),
    };
    let file = serde_json::to_value(file).unwrap();
    let none = Vec::<String>::new();
    assert_eq!(violations("inventory.schema.json", &file), none);
    let key = InventoryKey::from_bytes([1; 32]);
    let header = serde_json::json!({ "schema": file_names::SCHEMA });
    assert_eq!(violations("places.schema.json", &header), none);
    for secret in &secrets() {
        for place in &secret.occurrences {
            let stored = StoredOccurrence::seal(place, &secret.id, &key);
            let mut line = serde_json::to_value(stored).unwrap();
            assert_eq!(violations("places.schema.json", &line), none);
            line.as_object_mut().unwrap().remove("secret");
            assert_ne!(violations("places.schema.json", &line), none);
        }
    }
}
