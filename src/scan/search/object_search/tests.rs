//! On random repositories: searching only the lines that a base lacks finds the same as searching
//! every blob as a whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use crate::coverage::Coverage;
use crate::detect::engine::{Engine, TextLimits};
use crate::detect::library::Library;
use crate::finding::Confidence;
use crate::inventory::inventory_key::InventoryKey;
use crate::memory_budget::MemoryBudget;
use crate::progress::NoProgress;
use crate::scan::scan_context::ScanContext;
use crate::scan::scan_options::Options;
use crate::scan::search::blob::SyntaxSet;
use crate::scan::search::file_search::WorktreeMatches;
use crate::scan::search::located_match::BlobMatchMap;
use crate::scan::search::object_search::search_objects;
use crate::secret::SecretValue;
use crate::source::git::pack::tests::random_repositories::{build, rounds};
use crate::source::git::pack::{Forest, Limits, SizeSupplement};
use crate::source::git::tree_index::TreeIndex;

/// The values of all blobs, in order.
fn shown(matches: &BlobMatchMap) -> BTreeMap<String, Vec<String>> {
    let text = |value: &SecretValue| String::from_utf8_lossy(value.expose()).into_owned();
    matches
        .iter()
        .map(|(key, matches)| {
            let (object, kind) = (key.object(), key.syntax());
            let values = matches.values().iter().map(text).collect();
            (format!("{object} {kind:?}"), values)
        })
        .collect()
}

/// The usual limits, which these short texts do not reach, and limits that many of them reach.
fn limits() -> impl Strategy<Value = TextLimits> {
    let few = |(candidates, matches, marks, work, large)| TextLimits {
        candidates,
        matches,
        marks,
        work,
        large,
    };
    let small = (1usize..6, 1usize..6, 1usize..4, 5u64..90, 0usize..400).prop_map(few);
    prop_oneof![Just(TextLimits::default()), small]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn changed_lines_and_whole_blobs_have_the_same_matches(
        rounds in rounds(),
        workers in 1usize..4,
        memory in prop_oneof![Just(0u64), Just(9000), Just(1 << 30)],
        limits in limits(),
    ) {
        let engine = Engine::new(Library::builtin().compile(false).unwrap(), 1_700_000_000).with_limits(limits);
        let key = InventoryKey::from_bytes([7; 32]);
        for repo in &build(&rounds) {
            let forest = Forest::open(&repo.objects(), repo.format, workers).unwrap();
            let kinds = TreeIndex::build(&forest, workers, Limits::default(), &NoProgress).blob_classes(forest.nodes(), SyntaxSet::bit_of_name);
            let search = |whole_blobs| {
                let options = Options { whole_blobs, workers, memory, confidence: Confidence::Low, ..Options::default() };
                let budget = MemoryBudget::new(memory);
                let supplement = Arc::new(SizeSupplement::of_target());
                let scan = ScanContext { engine: &engine, key: &key, options: &options, memory: &budget, supplement: &supplement, most_rows: usize::MAX, progress: &NoProgress };
                let mut coverage = Coverage::default();
                let files = WorktreeMatches::default();
                let result = search_objects(&scan, "r", &forest, &kinds, &files, &mut coverage);
                (shown(&result.matches), coverage)
            };
            let ((delta, one), (whole, other)) = (search(false), search(true));
            for (blob, found) in &whole {
                prop_assert_eq!(delta.get(blob), Some(found), "{}", blob);
            }
            prop_assert_eq!(delta.len(), whole.len());
            prop_assert_eq!((one.blobs, one.bytes, one.binary), (other.blobs, other.bytes, other.binary));
            prop_assert_eq!(&one.cut_off, &other.cut_off);
            prop_assert!(one.unreadable.is_empty());
        }
    }
}
