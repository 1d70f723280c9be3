//! The graph of imports between the files below `src/`: who uses an item of whom.
//!
//! A file uses another one if it names an item that the other one defines, in a `use` declaration or in a path. A re-export
//! (`pub use`) is followed to the file that defines the item, and is no use by itself. Code under `#[cfg(test)]` is left out.
//! Methods are not seen where the type is inferred: the graph is that of names, not of calls.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// The path of a module from the crate's root, which is empty.
type ModulePath = Vec<String>;

/// Longest chain of re-exports that is followed.
const MAX_STEPS: usize = 32;

/// The files of a crate and the names that each uses of others.
pub struct ImportGraph {
    /// For each file, the files that it uses, each with the first path that does.
    edges: BTreeMap<String, BTreeMap<String, String>>,
}

impl ImportGraph {
    /// Reads files, given as path below `src/` and text.
    ///
    /// # Panics
    ///
    /// Panics if a text is no Rust.
    pub fn of<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut files: Vec<_> = files
            .into_iter()
            .map(|(path, text)| (module_of(path), path, text))
            .collect();
        // Parents before children: a parent says which of its children are tests.
        files.sort_by(|a, b| a.0.len().cmp(&b.0.len()).then_with(|| a.cmp(b)));
        let mut names = Names::default();
        for (module, path, text) in files {
            let syntax = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
            if !names.tests.iter().any(|test| module.starts_with(test)) {
                names.read(&syntax.items, &module, path);
            }
        }
        Self {
            edges: names.edges(),
        }
    }

    /// Every set of files that use each other in a circle, with the paths that close it. Empty without cycles.
    pub fn cycles(&self) -> Vec<String> {
        let reach: BTreeMap<_, _> = self
            .edges
            .keys()
            .map(|file| (file.as_str(), self.reached_from(file)))
            .collect();
        let mut done = BTreeSet::new();
        let mut cycles = Vec::new();
        for (&file, reached) in &reach {
            if !reached.contains(file) || !done.insert(file) {
                continue;
            }
            let members: BTreeSet<_> = reached
                .iter()
                .copied()
                .filter(|other| reach.get(other).is_some_and(|back| back.contains(file)))
                .collect();
            let mut text = String::new();
            for member in &members {
                for (used, path) in &self.edges[*member] {
                    if members.contains(used.as_str()) {
                        text.push_str(&format!("  {member} uses {used}: {path}\n"));
                    }
                }
            }
            done.extend(members);
            cycles.push(text);
        }
        cycles
    }

    fn reached_from(&self, file: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&str> = self.edges[file].keys().map(String::as_str).collect();
        while let Some(next) = open.pop() {
            if reached.insert(next) {
                open.extend(
                    self.edges
                        .get(next)
                        .into_iter()
                        .flatten()
                        .map(|(used, _)| used.as_str()),
                );
            }
        }
        reached
    }
}

/// `a/b.rs` and `a/b/mod.rs` are the module `a::b`; `lib.rs` is the root.
fn module_of(path: &str) -> ModulePath {
    let mut parts: ModulePath = path
        .strip_suffix(".rs")
        .unwrap_or(path)
        .split('/')
        .map(str::to_owned)
        .collect();
    if parts
        .last()
        .is_some_and(|last| last == "mod" || last == "lib")
    {
        parts.pop();
    }
    parts
}

/// What a module defines and uses.
struct Module {
    file: String,
    items: BTreeSet<String>,
    imports: Vec<Import>,
    /// Paths in code, other than `use` declarations.
    paths: BTreeSet<Vec<String>>,
}

struct Import {
    /// The name in this module; none for `*`.
    name: Option<String>,
    path: Vec<String>,
    reexport: bool,
}

/// What a path leads to.
enum Named {
    Module(ModulePath),
    /// An item, by the module that defines it.
    Item(ModulePath),
}

#[derive(Default)]
struct Names {
    modules: BTreeMap<ModulePath, Module>,
    /// Modules that are compiled for tests only.
    tests: BTreeSet<ModulePath>,
}

impl Names {
    fn read(&mut self, items: &[syn::Item], module: &[String], file: &str) {
        let mut own = Module {
            file: file.to_owned(),
            items: BTreeSet::new(),
            imports: Vec::new(),
            paths: BTreeSet::new(),
        };
        for item in items {
            let test = is_for_tests(attributes(item));
            match item {
                syn::Item::Mod(child) => {
                    let path = [module, &[child.ident.to_string()]].concat();
                    match &child.content {
                        _ if test => drop(self.tests.insert(path)),
                        Some((_, items)) => self.read(items, &path, file),
                        None => {}
                    }
                }
                _ if test => {}
                syn::Item::Use(item) => own.import(item),
                item => {
                    own.items.extend(defined(item));
                    own.visit_item(item);
                }
            }
        }
        self.modules.insert(module.to_vec(), own);
    }

    fn edges(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        let mut edges: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for (path, module) in &self.modules {
            let used = edges.entry(module.file.clone()).or_default();
            let imports = module.imports.iter().filter(|import| !import.reexport);
            for (names, all) in imports
                .map(|import| (&import.path, import.name.is_none()))
                .chain(module.paths.iter().map(|names| (names, false)))
            {
                let definer = match self.resolve(path, names, 0) {
                    Some(Named::Item(definer)) => definer,
                    // `use module::*` uses the module; a module alone is only a way to its items.
                    Some(Named::Module(definer)) if all => definer,
                    _ => continue,
                };
                let file = &self.modules[&definer].file;
                if *file != module.file {
                    used.entry(file.clone()).or_insert_with(|| names.join("::"));
                }
            }
        }
        edges
    }

    fn resolve(&self, module: &[String], names: &[String], steps: usize) -> Option<Named> {
        let (first, mut rest) = names.split_first()?;
        let mut at = match first.as_str() {
            "crate" => Named::Module(Vec::new()),
            "self" => Named::Module(module.to_vec()),
            "super" => Named::Module(module.split_last()?.1.to_vec()),
            name => self.look_up(module, name, rest.is_empty(), steps)?,
        };
        while let Some((next, after)) = rest.split_first() {
            at = match at {
                Named::Module(path) if next == "super" => {
                    Named::Module(path.split_last()?.1.to_vec())
                }
                Named::Module(path) if next == "self" => Named::Module(path),
                Named::Module(path) => self.look_up(&path, next, after.is_empty(), steps)?,
                // A variant or an associated item is where its type is.
                item => return Some(item),
            };
            rest = after;
        }
        Some(at)
    }

    /// The meaning of a name in a module. A module and a function may share a name: the last name of a path means the function.
    fn look_up(&self, module: &[String], name: &str, last: bool, steps: usize) -> Option<Named> {
        let child = [module, &[name.to_owned()]].concat();
        let child = self
            .modules
            .contains_key(&child)
            .then_some(Named::Module(child));
        if child.is_some() && !last {
            return child;
        }
        let here = self.modules.get(module)?;
        if here.items.contains(name) {
            return Some(Named::Item(module.to_vec()));
        }
        if steps == MAX_STEPS {
            return child;
        }
        let resolve = |import: &Import| self.resolve(module, &import.path, steps + 1);
        let named = here
            .imports
            .iter()
            .find(|import| import.name.as_deref() == Some(name));
        // `use name;` of another crate would lead to itself.
        if let Some(import) = named.filter(|import| import.path != [name]) {
            return resolve(import).or(child);
        }
        let all = here.imports.iter().filter(|import| import.name.is_none());
        child.or_else(|| {
            all.filter_map(resolve).find_map(|from| match from {
                Named::Module(path) if path != module => self.look_up(&path, name, last, steps + 1),
                _ => None,
            })
        })
    }
}

impl Module {
    fn import(&mut self, item: &syn::ItemUse) {
        let reexport = !matches!(item.vis, syn::Visibility::Inherited);
        self.import_tree(&item.tree, &mut Vec::new(), reexport);
    }

    fn import_tree(&mut self, tree: &syn::UseTree, path: &mut Vec<String>, reexport: bool) {
        let (last, name) = match tree {
            syn::UseTree::Path(tree) => {
                path.push(tree.ident.to_string());
                self.import_tree(&tree.tree, path, reexport);
                path.pop();
                return;
            }
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.import_tree(tree, path, reexport);
                }
                return;
            }
            syn::UseTree::Name(name) => (Some(&name.ident), Some(&name.ident)),
            syn::UseTree::Rename(rename) => (Some(&rename.ident), Some(&rename.rename)),
            syn::UseTree::Glob(_) => (None, None),
        };
        let mut path = path.clone();
        path.extend(last.map(ToString::to_string));
        let mut name = name.map(ToString::to_string);
        if name.as_deref() == Some("self") {
            path.pop();
            name = path.last().cloned();
        }
        self.imports.push(Import {
            name,
            path,
            reexport,
        });
    }

    /// Paths in the tokens of a macro call or an attribute: `name(::name)*`.
    fn read_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.paths.insert(std::mem::take(&mut path));
                    }
                    path.push(ident.to_string());
                    colons = 0;
                    continue;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Group(group) => self.read_tokens(group.stream()),
                _ => {}
            }
            self.paths.insert(std::mem::take(&mut path));
            colons = 0;
        }
        self.paths.insert(path);
    }
}

impl Visit<'_> for Module {
    fn visit_path(&mut self, path: &syn::Path) {
        self.paths.insert(
            path.segments
                .iter()
                .map(|part| part.ident.to_string())
                .collect(),
        );
        visit::visit_path(self, path);
    }

    /// A `use` within a function.
    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        self.import(item);
    }

    fn visit_macro(&mut self, call: &syn::Macro) {
        visit::visit_macro(self, call);
        self.read_tokens(call.tokens.clone());
    }

    fn visit_meta_list(&mut self, list: &syn::MetaList) {
        self.read_tokens(list.tokens.clone());
    }

    fn visit_item(&mut self, item: &syn::Item) {
        if !is_for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &syn::ImplItemFn) {
        if !is_for_tests(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Union(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// The name that an item adds to its module.
fn defined(item: &syn::Item) -> Option<String> {
    let name = match item {
        syn::Item::Const(item) => &item.ident,
        syn::Item::Enum(item) => &item.ident,
        syn::Item::Fn(item) => &item.sig.ident,
        syn::Item::Macro(item) => item.ident.as_ref()?,
        syn::Item::Static(item) => &item.ident,
        syn::Item::Struct(item) => &item.ident,
        syn::Item::Trait(item) => &item.ident,
        syn::Item::Type(item) => &item.ident,
        syn::Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

/// Whether attributes contain `#[cfg(test)]` or `#[cfg(all(test, …))]`.
pub fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Meta>()
                .is_ok_and(|condition| match condition {
                    syn::Meta::Path(path) => path.is_ident("test"),
                    syn::Meta::List(list) if list.path.is_ident("all") => {
                        list.tokens.into_iter().next().is_some_and(
                            |first| matches!(first, TokenTree::Ident(name) if name == "test"),
                        )
                    }
                    _ => false,
                })
    })
}
