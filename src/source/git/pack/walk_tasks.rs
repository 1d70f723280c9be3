//! The work of a walk, as its workers share it: roots that are handed out a few at a time, and children that busy workers
//! leave to idle ones.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossbeam_utils::CachePadded;

use super::forest::Forest;
use super::node_index::NodeIndex;
use super::object_error::ObjectError;
use super::object_id::ObjectKind;
use super::read_plan::ReadPlan;
use super::visitor::{Options, Visitor};
use super::work_meter::WorkMeter;
use super::work_queue::WorkQueue;
use crate::memory_budget::MemoryBudget;
use crate::progress::Progress;

/// The children of one base that are still to be made.
pub(super) struct PendingChildren<S> {
    /// The base.
    pub(super) base: Arc<ShownBase<S>>,
    /// The bytes of the base.
    pub(super) bytes: BaseBytes,
    /// The place of the next child, see [`super::delta_children::DeltaChildren::child`].
    pub(super) next: u32,
    /// The place after the last child.
    pub(super) end: u32,
}

/// A base, as its children need it.
pub(super) struct ShownBase<S> {
    /// The node of the base.
    pub(super) node: NodeIndex,
    /// The kind of the base, if known.
    pub(super) kind: Option<ObjectKind>,
    /// The state that the visitor returned; `None` if the base was not shown.
    pub(super) state: Option<S>,
}

/// The bytes of a base, or the reason why there are none.
pub(super) enum BaseBytes {
    /// The bytes are in memory.
    Held(Arc<Vec<u8>>),
    /// The bytes were dropped to save memory; they are made again when needed.
    Dropped,
    /// The base cannot be read: children without another copy are reported with this reason.
    Broken(ObjectError),
}

/// The state that all workers of a walk share.
pub(super) struct WalkTasks<'a, V: Visitor> {
    /// The forest.
    pub(super) forest: &'a Forest,
    /// The visitor.
    pub(super) visitor: &'a V,
    /// The objects and resources of the walk.
    pub(super) options: Options,
    /// The receiver of progress.
    pub(super) progress: &'a dyn Progress,
    /// The bytes of bases in memory, as the workers reported them, unless the visitor has a budget
    /// for them. Fields that workers write have cache lines of their own, since they read the other
    /// fields for each object.
    own_memory: CachePadded<MemoryBudget>,
    /// Children that busy workers leave to idle ones.
    pub(super) queue: WorkQueue<PendingChildren<V::State>>,
    /// Counts the work of all workers.
    pub(super) meter: WorkMeter<'a>,
    /// Held while an object of more than [`LARGE`] bytes is made and shown: one at a time, so that
    /// they need no more memory together than alone.
    large: Mutex<()>,
    plan: Option<ReadPlan>,
    roots: Vec<NodeIndex>,
    next: CachePadded<AtomicUsize>,
}

/// Objects of more bytes are made one at a time.
pub(super) const LARGE: u64 = 16 << 20;

/// The most roots that a worker takes at once.
const ROOTS: usize = 32;

impl<'a, V: Visitor> WalkTasks<'a, V> {
    /// The tasks at the start of an attempt, which ends after this part of the work of a walk, see [`WorkMeter::new`].
    pub(super) fn new(
        forest: &'a Forest,
        visitor: &'a V,
        options: &Options,
        progress: &'a dyn Progress,
        plan: Option<ReadPlan>,
        part: u64,
    ) -> Self {
        Self {
            forest,
            visitor,
            options: *options,
            progress,
            own_memory: MemoryBudget::new(options.limits.memory).into(),
            queue: WorkQueue::new(options.workers.max(1)),
            meter: WorkMeter::new(forest, options.limits.expansion, part),
            large: Mutex::new(()),
            plan,
            roots: forest.roots(options.kinds).collect(),
            next: AtomicUsize::new(0).into(),
        }
    }

    /// Gives back the memory of bases that are left when a walk ends early.
    pub(super) fn release_rest(&self) {
        for frame in self.queue.take_rest() {
            if let BaseBytes::Held(bytes) = frame.bytes
                && let Some(bytes) = Arc::into_inner(bytes)
            {
                self.memory().add(-(bytes.capacity() as i64));
            }
        }
    }

    /// True if the workers must stop.
    pub(super) fn ends(&self) -> bool {
        self.visitor.stops() || self.meter.is_spent()
    }

    /// Waits until no other object of more than [`LARGE`] bytes is being made.
    pub(super) fn lane(&self) -> MutexGuard<'_, ()> {
        self.large.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True for an object that is to be shown.
    pub(super) fn wants(&self, node: NodeIndex, kind: ObjectKind) -> bool {
        self.forest.holds(node) && self.visitor.wants(node, kind)
    }

    /// True for an object that is entered: it or a delta of it may be shown.
    pub(super) fn enters(&self, node: NodeIndex) -> bool {
        self.forest.is_needed(node) && self.visitor.enters(node)
    }

    /// True for an object that is not read, because the plan leaves it out.
    pub(super) fn leaves_out(&self, node: NodeIndex) -> bool {
        self.plan.as_ref().is_some_and(|plan| !plan.includes(node))
    }

    /// The budget that bases in memory are counted in.
    pub(super) fn memory(&self) -> &MemoryBudget {
        self.visitor.memory().unwrap_or(&self.own_memory)
    }

    /// A range of roots and lost objects for one worker; empty if there are no more. Ranges get
    /// smaller towards the end, so that all workers stay busy.
    pub(super) fn more_roots(&self) -> Range<usize> {
        let all = self.roots.len() + self.forest.lost.len();
        let left = all.saturating_sub(self.next.load(Ordering::Relaxed));
        let count = (left / self.options.workers.max(1) / ROOTS).clamp(1, ROOTS);
        let start = self.next.fetch_add(count, Ordering::Relaxed).min(all);
        start..(start + count).min(all)
    }

    /// The root or lost object with this number.
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

/// An object at which a walk begins.
pub(super) enum WalkRoot {
    /// A whole object.
    Whole(NodeIndex),
    /// An object whose first copy cannot be read, for this reason; another copy may be readable.
    Lost(NodeIndex, ObjectError),
}
