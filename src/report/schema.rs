//! The JSON Schemas of all file formats, generated from the types that read or write them. A test
//! compares the files under `inventory/schemas/` with them. The test rewrites these files if the
//! environment variable `KEYFERRY_UPDATE_SCHEMAS` is `1`.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

use super::application_status::Document as Status;
use super::detectors::Listing;
use super::inventory_list::Document as SecretDocument;
use super::json::Document;
use super::jsonl::IncompleteLine;
use super::row::Row;
use super::secret_row::SecretRow;
use super::secret_view::Document as SecretDetails;
use crate::detect::rule::RuleFile;
use crate::inventory::place_file::PlacesLine;
use crate::inventory::stored_file::InventoryFile;
use crate::migrate::journal::JournalRecord;
use crate::migrate::plan::Plan;
use crate::migrate::verify::VerifyReport;

/// File name and generator of a schema.
type Line = (&'static str, fn() -> Schema);

/// One line per format.
const TABLE: &[Line] = &[
    ("detectors.schema.json", read::<RuleFile>),
    ("finding.schema.json", written::<Row<'static>>),
    ("incomplete.schema.json", written::<IncompleteLine>),
    ("inventory.schema.json", read::<InventoryFile>),
    ("journal.schema.json", read::<JournalRecord>),
    ("places.schema.json", read::<PlacesLine>),
    ("plan.schema.json", read::<Plan>),
    ("list.schema.json", written::<SecretDocument<'static>>),
    ("rules.schema.json", written::<Listing<'static>>),
    ("scan.schema.json", written::<Document<'static>>),
    ("secret-row.schema.json", written::<SecretRow<'static>>),
    ("secret.schema.json", written::<SecretDetails>),
    ("status.schema.json", written::<Status>),
    ("verify.schema.json", written::<VerifyReport>),
];

/// Returns file name and content of every schema.
pub fn all() -> Vec<(&'static str, String)> {
    let text = |schema: Schema| format!("{:#}\n", schema.to_value());
    TABLE
        .iter()
        .map(|(name, schema)| (*name, text(schema())))
        .collect()
}

/// Schema of a format that Keyferry reads: fields with a default may be absent.
fn read<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12()
        .for_deserialize()
        .into_generator()
        .into_root_schema_for::<T>()
}

/// Schema of a format that Keyferry only writes: every field that is always written is required.
fn written<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<T>()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn files_are_up_to_date() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("inventory/schemas");
        let update = std::env::var_os("KEYFERRY_UPDATE_SCHEMAS").is_some_and(|value| value == "1");
        let mut wrong = Vec::new();
        for (name, schema) in super::all() {
            let path = folder.join(name);
            if update {
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(&path, schema).unwrap();
            } else if std::fs::read_to_string(&path).ok() != Some(schema) {
                wrong.push(name);
            }
        }
        assert!(
            wrong.is_empty(),
            "out of date: {wrong:?}; run the test with KEYFERRY_UPDATE_SCHEMAS=1"
        );
    }

    #[test]
    fn every_file_has_its_line() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("inventory/schemas");
        let known: Vec<_> = super::TABLE.iter().map(|(name, _)| *name).collect();
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(known.contains(&name.as_str()), "{name} is made by nothing");
        }
    }
}
