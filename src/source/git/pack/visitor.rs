//! The interface of the walk over a forest: the visitor, and the objects that it sees.

use super::delta::{self, Instruction, Sizes};
use super::forest::Forest;
use super::node_index::NodeIndex;
use super::object_error::ObjectError;
use super::object_id::{ObjectId, ObjectKind, ObjectKinds};
use super::read_limits::Limits;
use crate::cancel;
use crate::memory_budget::MemoryBudget;

/// A visitor sees every object once, and each content of an object whose copies differ
/// ([`Forest::variants`]); a delta comes after its base. It is called from all workers at
/// the same time.
pub trait Visitor: Sync {
    /// The state of one worker.
    type Worker: Send;
    /// The state that a visitor returns for an object; its delta children get it. It is kept until
    /// all children are made, which may be on other workers.
    type State: Send + Sync;

    /// Makes the state of a worker. Called once by each worker, on its own thread.
    fn worker(&self) -> Self::Worker;

    /// False for an object that is not to be shown. Such an object is made only if others are
    /// deltas of it; these then come without a base.
    fn wants(&self, _node: NodeIndex, _kind: ObjectKind) -> bool {
        true
    }

    /// The budget that the bases in memory are counted in, together with everything else that the
    /// scan holds. `None`: the walk counts its bases alone, up to [`Limits::memory`].
    fn memory(&self) -> Option<&MemoryBudget> {
        None
    }

    /// False for an object that is left out with all deltas on it, neither made nor shown.
    fn enters(&self, _node: NodeIndex) -> bool {
        true
    }

    /// True when the walk must end early. Asked for each object.
    fn stops(&self) -> bool {
        cancel::stopped()
    }

    /// The bytes that the worker searched since it was asked last. Together with the bytes that
    /// are made, they are limited in proportion to the size of the repository
    /// ([`Limits::expansion`]).
    fn searched(&self, _worker: &mut Self::Worker) -> u64 {
        0
    }

    /// The number of times that an object is searched at most.
    fn times(&self, _node: NodeIndex, _kind: ObjectKind) -> u64 {
        1
    }

    /// Drops what workers gave to the visitor itself. Their own states are dropped as well, and the
    /// walk begins anew, with fewer objects.
    fn restart(&self) {}

    /// False if a copy that cannot be read is not to be replaced by another one.
    const OTHER_COPIES: bool = true;

    /// True if [`Self::suffices`] is to be called.
    const BY_CHANGES: bool = false;

    /// Sees a delta without children before it is applied. True if the delta alone gives all that
    /// is wanted of the object: the object is then neither made nor shown.
    fn suffices(
        &self,
        _worker: &mut Self::Worker,
        _change: &UnappliedDelta<'_, Self::State>,
    ) -> bool {
        false
    }

    /// Sees an object. The returned state is dropped at once if [`Object::children`] is zero.
    fn object(&self, worker: &mut Self::Worker, object: &Object<'_, Self::State>) -> Self::State;

    /// Sees an object that was not read, because of damage or its size ([`ObjectError::is_limit`]).
    /// An object with a wrong id ([`ObjectError::WrongId`]) is seen here and then shown.
    fn unread(&self, worker: &mut Self::Worker, unread: &UnreadObject);
}

/// An object, as a visitor sees it.
pub struct Object<'a, S> {
    /// The forest of the object.
    pub(super) forest: &'a Forest,
    /// The node of the object, see [`Forest::node`].
    pub node: NodeIndex,
    /// The kind of the object.
    pub kind: ObjectKind,
    /// The bytes of the object.
    pub bytes: &'a [u8],
    /// The base of the delta. `None` for a whole object; for an object whose base was not shown
    /// (not wanted, or larger than [`Limits::visit`]); for one that was read from another copy; and
    /// for one with a million changes.
    pub base: Option<Base<'a, S>>,
    /// The number of objects that are deltas of this one.
    pub children: u32,
    /// Whether the object has the id of its hash; `None` if it was not hashed.
    pub has_right_id: Option<bool>,
}

impl<S> Object<'_, S> {
    /// The id of the object. It is looked up in the index of a pack, which waits for memory.
    pub fn id(&self) -> ObjectId {
        self.forest.id(self.node)
    }
}

/// The base of an object.
pub struct Base<'a, S> {
    /// The node of the base.
    pub node: NodeIndex,
    /// The bytes of the base.
    pub bytes: &'a [u8],
    /// The steps that make the object of these bytes.
    pub changes: &'a [Instruction],
    /// The state that [`Visitor::object`] returned for the base.
    pub state: &'a S,
}

/// A delta that is not applied yet.
pub struct UnappliedDelta<'a, S> {
    /// The forest of the object.
    pub(super) forest: &'a Forest,
    /// Its number in the forest, see [`Forest::node`].
    pub node: NodeIndex,
    /// The kind of the object.
    pub kind: ObjectKind,
    /// What [`Visitor::object`] returned for the base.
    pub state: &'a S,
    /// The base's bytes.
    pub base: &'a [u8],
    /// The inflated delta.
    pub(super) delta: &'a [u8],
    /// The sizes that the delta declares.
    pub(super) sizes: Sizes,
}

impl<'a, S> UnappliedDelta<'a, S> {
    /// Looked up in the index of a pack: not for nothing.
    pub fn id(&self) -> ObjectId {
        self.forest.id(self.node)
    }

    /// The size of the object in bytes.
    pub fn size(&self) -> u64 {
        self.sizes.child
    }

    /// Calls `found` with the steps that make the object, in order. The second argument is a slice
    /// that begins with the bytes that the step makes. Unlike the steps of [`Base::changes`], a
    /// step may continue the one before. False if `found` returned false, which ends the iteration,
    /// or if the delta is damaged.
    #[inline(always)]
    pub fn follow(&self, found: impl FnMut(Instruction, &'a [u8]) -> bool) -> bool {
        delta::follow(self.delta, self.sizes, self.base, found) == Ok(true)
    }
}

/// An object that was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadObject {
    /// The node of the object.
    pub node: NodeIndex,
    /// The id of the object.
    pub id: ObjectId,
    /// The kind of the object; unknown if its base is missing.
    pub kind: Option<ObjectKind>,
    /// The reason.
    pub why: ObjectError,
}

/// The objects of a walk, and its resources.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The kinds of objects to show.
    pub kinds: ObjectKinds,
    /// The number of threads.
    pub workers: usize,
    /// The limits in bytes.
    pub limits: Limits,
}
