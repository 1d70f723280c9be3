//! The interface between the walk over a forest and those who see its objects.

use super::delta::{self, Instruction, Sizes};
use super::forest::Forest;
use super::object_error::ObjectError;
use super::object_id::{ObjectId, ObjectKind, ObjectKinds};

/// Sees every object once, in an order in which a delta comes after its base. Called from all workers at the same time.
pub trait Visitor: Sync {
    /// What a worker keeps from object to object.
    type Worker: Send;
    /// What is known of an object once it was seen: its delta children get it. Kept while children are left to make, which
    /// may be on other workers.
    type State: Send + Sync;

    /// Called once by each worker, on its own thread.
    fn worker(&self) -> Self::Worker;

    /// Whether to show this object. One that is not wanted is not made either, unless others are deltas of it; those come
    /// without a base then.
    fn wants(&self, _node: u32, _kind: ObjectKind) -> bool {
        true
    }

    /// Whether [`Self::suffices`] is asked.
    const BY_CHANGES: bool = false;

    /// A delta that no other stands on, before it is applied. True if all that is wanted of the object is known by this: then it
    /// is neither made nor shown.
    fn suffices(
        &self,
        _worker: &mut Self::Worker,
        _change: &UnappliedDelta<'_, Self::State>,
    ) -> bool {
        false
    }

    /// An object. What is returned is dropped at once where [`Object::children`] is zero.
    fn object(&self, worker: &mut Self::Worker, object: &Object<'_, Self::State>) -> Self::State;

    /// An object that was not read: for damage, or for its size ([`ObjectError::is_limit`]).
    fn unread(&self, worker: &mut Self::Worker, unread: &UnreadObject);
}

/// An object, as a visitor sees it.
pub struct Object<'a, S> {
    pub(super) forest: &'a Forest,
    /// Its number in the forest, see [`Forest::node`].
    pub node: u32,
    pub kind: ObjectKind,
    pub bytes: &'a [u8],
    /// What it is a delta of. `None` for a whole object; for one whose base was not shown (not wanted, or larger than
    /// [`Limits::visit`]); for one that had to be read from another copy; and for one with a million changes.
    pub base: Option<Base<'a, S>>,
    /// How many objects are deltas of this one.
    pub children: u32,
}

impl<S> Object<'_, S> {
    /// Looked up in the index of a pack: not for nothing.
    pub fn id(&self) -> ObjectId {
        self.forest.id(self.node)
    }
}

/// The base of an object.
pub struct Base<'a, S> {
    pub node: u32,
    pub bytes: &'a [u8],
    /// How the object is made of these bytes.
    pub changes: &'a [Instruction],
    /// What [`Visitor::object`] returned for the base.
    pub state: &'a S,
}

/// An object that was not made: how it would be.
pub struct UnappliedDelta<'a, S> {
    pub(super) forest: &'a Forest,
    /// Its number in the forest, see [`Forest::node`].
    pub node: u32,
    pub kind: ObjectKind,
    /// What [`Visitor::object`] returned for the base.
    pub state: &'a S,
    /// The base's bytes.
    pub base: &'a [u8],
    pub(super) delta: &'a [u8],
    pub(super) sizes: Sizes,
}

impl<'a, S> UnappliedDelta<'a, S> {
    /// Looked up in the index of a pack: not for nothing.
    pub fn id(&self) -> ObjectId {
        self.forest.id(self.node)
    }

    /// Bytes that it has.
    pub fn size(&self) -> u64 {
        self.sizes.child
    }

    /// Gives `found` the steps that make the object, in order, and the source of the bytes that each of them makes, which begins
    /// with them; other than those of [`Base::changes`] they may go on where the one before ended. False if `found` returned
    /// false, which ends it, or if the delta is damaged.
    #[inline(always)]
    pub fn follow(&self, found: impl FnMut(Instruction, &'a [u8]) -> bool) -> bool {
        delta::follow(self.delta, self.sizes, self.base, found) == Ok(true)
    }
}

/// An object that was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadObject {
    pub node: u32,
    pub id: ObjectId,
    /// Unknown where the base is.
    pub kind: Option<ObjectKind>,
    pub why: ObjectError,
}

/// Limits of a walk, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Larger objects are told as [`ObjectError::TooLarge`] and not shown. Those on which others stand are still made, for
    /// the others' sake, up to `decode`.
    pub visit: u64,
    /// Nothing larger is made. What stands on such an object is told as [`ObjectError::BaseTooLarge`].
    pub decode: u64,
    /// Bytes of bases that all workers together hold, give or take 256 KiB for each of them. Above it no work is shared, and
    /// bases are let go and made again when their next child is due. Each worker has one base and one child in its hands
    /// beyond that.
    pub memory: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            visit: 64 << 20,
            decode: 512 << 20,
            memory: 512 << 20,
        }
    }
}

/// What a walk goes over, and with how many threads.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub kinds: ObjectKinds,
    pub workers: usize,
    pub limits: Limits,
}
