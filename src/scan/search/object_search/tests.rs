//! On random repositories: searching only what differs from a base finds what searching every blob whole finds.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::coverage::Coverage;
use crate::detect::engine::Engine;
use crate::detect::library::Library;
use crate::finding::Confidence;
use crate::inventory::inventory_key::InventoryKey;
use crate::progress::NoProgress;
use crate::scan::search::blob_search::{Files, kind_bit};
use crate::scan::search::object_search::{self, BlobHits};
use crate::scan::{Options, Run};
use crate::secret::SecretValue;
use crate::source::git::pack::tests::random_repositories::{build, rounds};
use crate::source::git::pack::{Forest, Limits};
use crate::source::git::tree_index::TreeIndex;

/// The values of all blobs, in order.
fn shown(hits: &BlobHits) -> BTreeMap<String, Vec<String>> {
    let text = |value: &SecretValue| String::from_utf8_lossy(value.expose()).into_owned();
    hits.iter()
        .map(|((id, kind), hits)| (format!("{id} {kind:?}"), hits.values().map(text).collect()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn both_roads_find_the_same(
        rounds in rounds(),
        workers in 1usize..4,
        memory in prop_oneof![Just(0u64), Just(9000), Just(1 << 30)],
    ) {
        let engine = Engine::new(Library::builtin().compile(false).unwrap(), 1_700_000_000);
        let key = InventoryKey::from_bytes([7; 32]);
        for repo in &build(&rounds) {
            let forest = Forest::open(&repo.objects(), repo.format, workers).unwrap();
            let kinds = TreeIndex::build(&forest, workers, Limits::default(), &NoProgress).blob_classes(forest.nodes(), kind_bit);
            let search = |whole_blobs| {
                let options = Options { whole_blobs, workers, memory, confidence: Confidence::Low, ..Options::default() };
                let run = Run { engine: &engine, key: &key, options: &options, progress: &NoProgress };
                let mut coverage = Coverage::default();
                let (found, _) = object_search::scan(&run, "r", &forest, &kinds, &Files::default(), &mut coverage);
                (shown(&found), coverage)
            };
            let ((delta, one), (whole, other)) = (search(false), search(true));
            for (blob, found) in &whole {
                prop_assert_eq!(delta.get(blob), Some(found), "{}", blob);
            }
            prop_assert_eq!(delta.len(), whole.len());
            prop_assert_eq!((one.blobs, one.bytes, one.binary), (other.blobs, other.bytes, other.binary));
            prop_assert!(one.complete());
        }
    }
}
