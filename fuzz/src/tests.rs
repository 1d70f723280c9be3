//! Replays inputs that once failed: `regressions/TARGET/NAME`.
//!
//! These are unit tests of the library, since integration tests would link the fuzz targets, which needs libFuzzer.

use std::path::Path;

use crate::{der, engine, key_store, loose, pack_entry, pack_index, stream, trees, whole_pack};

fn replay(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("regressions")
        .join(target);
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.expect("the folder can be read").path();
        println!("{}", path.display());
        run(&std::fs::read(&path).expect("the file can be read"));
    }
}

#[test]
fn pack_index_regressions() {
    replay("pack_index", pack_index::run);
}

#[test]
fn pack_entry_regressions() {
    replay("pack_entry", pack_entry::run);
}

#[test]
fn whole_pack_regressions() {
    replay("whole_pack", whole_pack::run);
}

#[test]
fn loose_regressions() {
    replay("loose", loose::run);
}

#[test]
fn trees_regressions() {
    replay("trees", trees::run);
}

#[test]
fn engine_regressions() {
    replay("engine", engine::run);
}

#[test]
fn stream_regressions() {
    replay("stream", stream::run);
}

#[test]
fn der_regressions() {
    replay("der", der::run);
}

#[test]
fn key_store_regressions() {
    replay("key_store", key_store::run);
}
