//! Inputs that once failed, by target: `regressions/TARGET/NAME`.

use std::path::Path;

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
fn pack_index() {
    replay("pack_index", keyferry_fuzz::pack_index::run);
}

#[test]
fn pack_entry() {
    replay("pack_entry", keyferry_fuzz::pack_entry::run);
}

#[test]
fn whole_pack() {
    replay("whole_pack", keyferry_fuzz::whole_pack::run);
}

#[test]
fn loose() {
    replay("loose", keyferry_fuzz::loose::run);
}

#[test]
fn trees() {
    replay("trees", keyferry_fuzz::trees::run);
}

#[test]
fn engine() {
    replay("engine", keyferry_fuzz::engine::run);
}

#[test]
fn stream() {
    replay("stream", keyferry_fuzz::stream::run);
}
