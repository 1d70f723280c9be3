//! Rules for the source files themselves: sizes, names, imports and public signatures.

use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

use crate::support::import_graph::ImportGraph;

struct Source {
    /// Relative to the root of the repository, with `/`.
    path: String,
    text: String,
}

/// The Rust files below some folders, sorted.
fn sources(folders: &[&str]) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let path = path
                    .strip_prefix(root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .replace('\\', "/");
                found.push(Source { path, text });
            }
        }
    }
    assert!(!found.is_empty());
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

#[track_caller]
fn assert_none(problem: &str, places: &[String]) {
    assert!(places.is_empty(), "{problem}:\n{}", places.join("\n"));
}

#[test]
fn tests_are_where_the_convention_has_them() {
    let misplaced: Vec<_> = sources(&["src"])
        .into_iter()
        .map(|source| source.path)
        .filter(|path| path.ends_with("_tests.rs") || path.ends_with("_cases.rs"))
        .collect();
    assert_none("test files beside tests.rs and tests/", &misplaced);
}

#[test]
fn an_import_cycle_is_recognised() {
    let cycles = |files: &[(&str, &str)]| ImportGraph::of(files.iter().copied()).cycles();
    let lib = ("lib.rs", "mod a; mod b; mod c;");
    // One direction only, and a re-export.
    let one_way: &[_] = &[
        lib,
        (
            "a/mod.rs",
            "mod inner; pub use inner::Item; pub struct Other;",
        ),
        ("a/inner.rs", "pub struct Item;"),
        ("b.rs", "use crate::a::Item; pub fn make() -> Item { Item }"),
        (
            "c.rs",
            "#[cfg(test)] mod tests { use crate::b::make; } pub fn done() { crate::b::make(); }",
        ),
    ];
    assert_eq!(cycles(one_way), [""; 0]);
    // Through a third file, by a path within a macro.
    let three: &[_] = &[
        lib,
        ("a.rs", "use crate::b::b; pub fn a() { b() }"),
        ("b.rs", "pub fn b() { println!(\"{}\", crate::c::c()) }"),
        ("c.rs", "use super::a; pub fn c() -> u8 { a::a(); 1 }"),
    ];
    assert_eq!(
        cycles(three),
        [concat!(
            "  a.rs uses b.rs: crate::b::b\n",
            "  b.rs uses c.rs: crate::c::c\n",
            "  c.rs uses a.rs: a::a\n"
        )]
    );
    // A child that uses what its parent defines, while the parent uses the child.
    let parent: &[_] = &[
        ("lib.rs", "mod a;"),
        (
            "a/mod.rs",
            "mod inner; pub struct Job; pub fn run() { inner::start(&Job) }",
        ),
        ("a/inner.rs", "use super::*; pub fn start(_: &Job) {}"),
    ];
    assert_eq!(cycles(parent).len(), 1);
    // A function with the name of the module that it is re-exported from.
    let homonym: &[_] = &[
        ("lib.rs", "mod a; mod b;"),
        ("a/mod.rs", "mod run; pub use run::run;"),
        ("a/run.rs", "pub fn run() { crate::b::b() }"),
        ("b.rs", "use crate::a; pub fn b() { a::run() }"),
    ];
    assert_eq!(cycles(homonym).len(), 1);
    // A re-export that hides where the item is defined.
    let hidden: &[_] = &[
        ("lib.rs", "mod a; mod b;"),
        ("a/mod.rs", "mod inner; mod job; pub use job::Job;"),
        ("a/inner.rs", "use super::Job; pub fn start(_: &Job) {}"),
        (
            "a/job.rs",
            "pub struct Job; impl Job { fn run(&self) { super::inner::start(self) } }",
        ),
        ("b.rs", "use crate::a::Job;"),
    ];
    assert_eq!(cycles(hidden).len(), 1);
}

#[test]
fn modules_are_found_without_a_path_attribute() {
    let mut found = Vec::new();
    for source in sources(&["src", "tests", "fuzz/src", "benches"]) {
        let mut modules = PathAttributes::default();
        modules.visit_file(&syn::parse_file(&source.text).unwrap());
        found.extend(
            modules
                .names
                .iter()
                .map(|name| format!("{}: mod {name}", source.path)),
        );
    }
    assert_none("modules with #[path]", &found);
}

#[derive(Default)]
struct PathAttributes {
    names: Vec<String>,
}

impl Visit<'_> for PathAttributes {
    fn visit_item_mod(&mut self, item: &syn::ItemMod) {
        if item
            .attrs
            .iter()
            .any(|attribute| attribute.path().is_ident("path"))
        {
            self.names.push(item.ident.to_string());
        }
        visit::visit_item_mod(self, item);
    }
}
