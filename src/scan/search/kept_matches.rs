//! The matches of a unit that are kept while it is read, up to an amount of memory.
//!
//! Threads find matches in any order. What is kept does not depend on it: the things with the smallest
//! keys, as many as have room.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Things with matches, by key, of a limited size together.
pub(crate) struct KeptMatches<K, V> {
    /// In bytes.
    limit: usize,
    inner: Mutex<Inner<K, V>>,
}

struct Inner<K, V> {
    /// The things and their sizes.
    kept: BTreeMap<K, (V, usize)>,
    size: usize,
    /// Nothing with this key or a greater one is kept.
    bound: Option<K>,
}

impl<K: Ord + Clone, V> KeptMatches<K, V> {
    /// Nothing yet, and room for `limit` bytes.
    pub fn new(limit: usize) -> Self {
        let inner = Inner {
            kept: BTreeMap::new(),
            size: 0,
            bound: None,
        };
        Self {
            limit,
            inner: Mutex::new(inner),
        }
    }

    /// Drops everything.
    pub fn clear(&self) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        *inner = Inner {
            kept: BTreeMap::new(),
            size: 0,
            bound: None,
        };
    }

    /// Keeps a thing of this size, unless there is no room for it and for those with smaller keys.
    /// No other thing has its key.
    pub fn insert(&self, key: K, thing: V, size: usize) {
        self.insert_or_join(key, thing, size, |thing, _| thing);
    }

    /// Like [`Self::insert`]. `join` joins the thing with one that has the same key.
    pub fn insert_or_join(&self, key: K, thing: V, size: usize, join: impl FnOnce(V, V) -> V) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.bound.as_ref().is_some_and(|bound| key >= *bound) {
            return;
        }
        inner.size += size;
        let joined = match inner.kept.remove(&key) {
            Some((other, other_size)) => (join(thing, other), size + other_size),
            None => (thing, size),
        };
        inner.kept.insert(key, joined);
        while inner.size > self.limit
            && let Some((key, (_, size))) = inner.kept.pop_last()
        {
            inner.size -= size;
            inner.bound = Some(key);
        }
    }

    /// The things that are kept, in order of their keys, and whether others are not.
    pub fn into_kept(self) -> (impl Iterator<Item = (K, V)>, bool) {
        let inner = self
            .inner
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let kept = inner.kept.into_iter().map(|(key, (thing, _))| (key, thing));
        (kept, inner.bound.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_order_of_threads_does_not_matter(
            sizes in prop::collection::vec(0usize..50, 0..20),
            order in Just((0..20).collect::<Vec<usize>>()).prop_shuffle(),
            limit in 0usize..300,
        ) {
            let kept = KeptMatches::new(limit);
            for key in order.into_iter().filter(|&key| key < sizes.len()) {
                kept.insert(key, "", sizes[key]);
            }
            let (found, is_cut) = kept.into_kept();
            let found: Vec<usize> = found.map(|(key, _)| key).collect();
            let mut room = limit;
            let fits = |size: &&usize| {
                let rest = room.checked_sub(**size);
                room = rest.unwrap_or(0);
                rest.is_some()
            };
            let expected = sizes.iter().take_while(fits).count();
            prop_assert_eq!(&found, &(0..expected).collect::<Vec<_>>());
            prop_assert_eq!(is_cut, expected < sizes.len());
        }
    }
}
