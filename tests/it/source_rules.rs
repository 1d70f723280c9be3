//! Rules for the source files themselves: sizes, names, imports and public signatures.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

use crate::support::import_graph::{ImportGraph, is_for_tests};

/// The most lines of a source file. About 500 is the aim.
const MAX_LINES: usize = 600;

/// File names that several modules have, each with the reason. `mod.rs`, `tests.rs` and files in a folder `tests` are free.
const SHARED_NAMES: &[(&str, &str)] = &[
    ("detectors.rs", "the command, and its report"),
    (
        "fuzzing.rs",
        "items that a module opens to the fuzz targets",
    ),
    ("import.rs", "the command, and its report"),
    (
        "java.rs",
        "the key stores of Java, and the literals of the language",
    ),
    ("json.rs", "the report, and the syntax"),
    ("plan.rs", "the command, and its report"),
    (
        "verify.rs",
        "the command, the verification itself, and its report",
    ),
];

struct Source {
    /// Relative to the root of the repository, with `/`.
    path: String,
    text: String,
}

/// The Rust files below some folders, sorted.
fn sources(folders: &[&str]) -> Vec<Source> {
    files(folders, "rs")
}

/// The files below some folders with an extension, sorted.
fn files(folders: &[&str], extension: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|own| own == extension) {
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
fn no_file_is_too_long() {
    let long: Vec<_> = sources(&[
        "src",
        "crates",
        "tests",
        "fuzz/src",
        "fuzz/fuzz_targets",
        "benches",
    ])
    .iter()
    .map(|source| (source.text.lines().count(), &source.path))
    .filter(|&(lines, _)| lines > MAX_LINES)
    .map(|(lines, path)| format!("{path}: {lines}"))
    .collect();
    assert_none(&format!("files of more than {MAX_LINES} lines"), &long);
}

#[test]
fn a_file_name_means_one_thing() {
    let mut paths: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources(&["src"]) {
        let (folder, name) = source.path.rsplit_once('/').unwrap();
        if !folder.ends_with("/tests") && name != "mod.rs" && name != "tests.rs" {
            paths
                .entry(name.to_owned())
                .or_default()
                .push(source.path.clone());
        }
    }
    paths.retain(|_, paths| paths.len() > 1);
    let permitted: BTreeSet<_> = SHARED_NAMES.iter().map(|&(name, _)| name).collect();
    let unlisted: Vec<_> = paths
        .iter()
        .filter(|(name, _)| !permitted.contains(name.as_str()))
        .map(|(name, paths)| format!("{name}: {}", paths.join(", ")))
        .collect();
    assert_none("file names that occur more than once", &unlisted);
    let unused: Vec<_> = permitted
        .iter()
        .filter(|name| !paths.contains_key(**name))
        .map(|name| (*name).to_owned())
        .collect();
    assert_none("shared file names that no longer are", &unused);
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

/// proptest looks for old failures by the path of the source file.
#[test]
fn recorded_failures_of_property_tests_belong_to_a_source_file() {
    let lost: Vec<_> = files(&["proptest-regressions"], "txt")
        .into_iter()
        .map(|file| file.path)
        .filter(|path| {
            let source = path
                .replacen("proptest-regressions", "src", 1)
                .replace(".txt", ".rs");
            !Path::new(env!("CARGO_MANIFEST_DIR")).join(source).exists()
        })
        .collect();
    assert_none("recorded failures whose source file was renamed", &lost);
}

#[test]
fn files_do_not_import_each_other_in_a_circle() {
    let files = sources(&["src"]);
    let graph = ImportGraph::of(
        files
            .iter()
            .map(|source| (source.path.strip_prefix("src/").unwrap(), &*source.text)),
    );
    let cycles = graph.cycles();
    assert!(
        cycles.is_empty(),
        "{} import cycles:\n\n{}",
        cycles.len(),
        cycles.join("\n")
    );
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
    // A child uses an item that its parent defines, while the parent uses the child.
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
    for source in sources(&["src", "crates", "tests", "fuzz/src", "benches"]) {
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

/// An error is a type, so that callers can distinguish its causes. Text is for people.
#[test]
fn no_public_signature_has_text_for_an_error() {
    let mut found = Vec::new();
    for source in sources(&["src"]) {
        let mut signatures = TextErrors::default();
        signatures.visit_file(&syn::parse_file(&source.text).unwrap());
        found.extend(
            signatures
                .found
                .iter()
                .map(|name| format!("{}: {name}", source.path)),
        );
    }
    assert_none("public signatures with Result<_, String>", &found);
}

/// Public functions, fields, aliases and trait methods whose type contains `Result<_, String>`.
#[derive(Default)]
struct TextErrors {
    found: Vec<String>,
    in_result: bool,
}

impl TextErrors {
    fn check(
        &mut self,
        visibility: &syn::Visibility,
        name: &syn::Ident,
        visit: impl FnOnce(&mut Self),
    ) {
        if !matches!(visibility, syn::Visibility::Inherited) {
            self.check_public(name, visit);
        }
    }

    fn check_public(&mut self, name: &syn::Ident, visit: impl FnOnce(&mut Self)) {
        self.in_result = false;
        visit(self);
        if std::mem::take(&mut self.in_result) {
            self.found.push(name.to_string());
        }
    }
}

impl Visit<'_> for TextErrors {
    fn visit_item(&mut self, item: &syn::Item) {
        match item {
            syn::Item::Mod(module) if is_for_tests(&module.attrs) => {}
            syn::Item::Fn(item) => self.check(&item.vis, &item.sig.ident, |own| {
                own.visit_signature(&item.sig)
            }),
            syn::Item::Type(item) => {
                self.check(&item.vis, &item.ident, |own| own.visit_type(&item.ty))
            }
            item => visit::visit_item(self, item),
        }
    }

    fn visit_impl_item_fn(&mut self, item: &syn::ImplItemFn) {
        self.check(&item.vis, &item.sig.ident, |own| {
            own.visit_signature(&item.sig)
        });
    }

    fn visit_trait_item_fn(&mut self, item: &syn::TraitItemFn) {
        self.check_public(&item.sig.ident, |own| own.visit_signature(&item.sig));
    }

    fn visit_field(&mut self, field: &syn::Field) {
        if let Some(name) = &field.ident {
            self.check(&field.vis, name, |own| own.visit_type(&field.ty));
        }
    }

    fn visit_path_segment(&mut self, segment: &syn::PathSegment) {
        if segment.ident == "Result"
            && let syn::PathArguments::AngleBracketed(arguments) = &segment.arguments
            && let Some(syn::GenericArgument::Type(syn::Type::Path(error))) =
                arguments.args.iter().nth(1)
            && error
                .path
                .segments
                .last()
                .is_some_and(|last| last.ident == "String")
        {
            self.in_result = true;
        }
        visit::visit_path_segment(self, segment);
    }
}
