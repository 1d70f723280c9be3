//! Rules for the source files themselves.

use crate::support::import_graph::ImportGraph;

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
