//! The work of a walk, as its workers share it: roots that are handed out a few at a time, and children that busy workers
//! leave to idle ones.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use crossbeam_utils::CachePadded;

use super::forest::Forest;
use super::object_error::ObjectError;
use super::object_id::ObjectKind;
use super::visitor::{Options, Visitor};
use super::work_queue::WorkQueue;
use crate::progress::Progress;

/// Children that are left to make of one base.
pub(super) struct PendingChildren<S> {
    pub(super) base: Arc<ShownBase<S>>,
    pub(super) bytes: BaseBytes,
    /// ObjectPaths of [`super::delta_children::Links`].
    pub(super) next: u32,
    pub(super) end: u32,
}

pub(super) struct ShownBase<S> {
    pub(super) node: u32,
    pub(super) kind: Option<ObjectKind>,
    /// `None` if the base was not shown.
    pub(super) state: Option<S>,
}

pub(super) enum BaseBytes {
    Held(Arc<Vec<u8>>),
    /// Let go for want of memory, to be made again.
    Dropped,
    /// Not to be had: children that have no other copy are told with this reason.
    Broken(ObjectError),
}

/// What workers share.
pub(super) struct WalkTasks<'a, V: Visitor> {
    pub(super) forest: &'a Forest,
    pub(super) visitor: &'a V,
    pub(super) options: Options,
    pub(super) progress: &'a dyn Progress,
    /// Bytes of bases that are held now, as far as workers told. What they write to has cache lines of its own: they read the
    /// other fields for each object.
    pub(super) held: CachePadded<AtomicI64>,
    pub(super) queue: WorkQueue<PendingChildren<V::State>>,
    roots: Vec<u32>,
    next: CachePadded<AtomicUsize>,
}

/// Roots that are handed out together at most.
const ROOTS: usize = 32;

impl<'a, V: Visitor> WalkTasks<'a, V> {
    /// The tasks of a walk that nobody has begun.
    pub(super) fn new(
        forest: &'a Forest,
        visitor: &'a V,
        options: &Options,
        progress: &'a dyn Progress,
    ) -> Self {
        Self {
            forest,
            visitor,
            options: *options,
            progress,
            held: AtomicI64::new(0).into(),
            queue: WorkQueue::new(options.workers.max(1)),
            roots: forest.roots(options.kinds).collect(),
            next: AtomicUsize::new(0).into(),
        }
    }

    /// Some of the roots and objects whose base is lost, for one worker; none if there are no more. The fewer are left the
    /// fewer it gets, so that all have something to do until the end.
    pub(super) fn more_roots(&self) -> Range<usize> {
        let all = self.roots.len() + self.forest.lost.len();
        let left = all.saturating_sub(self.next.load(Ordering::Relaxed));
        let count = (left / self.options.workers.max(1) / ROOTS).clamp(1, ROOTS);
        let start = self.next.fetch_add(count, Ordering::Relaxed).min(all);
        start..(start + count).min(all)
    }

    pub(super) fn root(&self, at: usize) -> Option<WalkRoot> {
        if let Some(&node) = self.roots.get(at) {
            if let Some(&later) = self.roots.get(at + 1) {
                self.forest.prefetch(later);
            }
            return Some(WalkRoot::Whole(node));
        }
        self.forest
            .lost
            .get(at - self.roots.len())
            .map(|(node, why)| WalkRoot::Lost(*node, why.clone()))
    }
}

pub(super) enum WalkRoot {
    Whole(u32),
    /// Its own copy cannot be read for this reason; another may.
    Lost(u32, ObjectError),
}
