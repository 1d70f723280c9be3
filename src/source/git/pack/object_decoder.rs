//! Makes the bytes of one copy of an object: inflates them, or applies a delta to the bytes of its
//! base.

use super::delta::{self, Instruction, Sizes};
use super::forest::{Forest, Location};
use super::inflate::Inflater;
use super::loose_objects;
use super::node_index::NodeIndex;
use super::object_error::ObjectError;
use super::object_id::{ObjectId, ObjectKind};
use super::pack_entry::{EntryForm, PackEntry};
use super::packfile::Packfile;

/// Buffers that are used again from object to object.
pub(super) struct ObjectDecoder {
    inflater: Inflater,
    delta: Vec<u8>,
    /// The steps that made the last child.
    pub(super) steps: Vec<Instruction>,
}

impl ObjectDecoder {
    /// A decoder with empty buffers.
    pub(super) fn new() -> Self {
        Self {
            inflater: Inflater::new(),
            delta: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// Inflates a whole object into `out`.
    ///
    /// # Errors If the copy is damaged, or has more than `limit` bytes.
    pub(super) fn whole(
        &mut self,
        forest: &Forest,
        node: NodeIndex,
        limit: u64,
        out: &mut Vec<u8>,
    ) -> Result<ObjectKind, ObjectError> {
        match forest.location(node) {
            Location::Loose {
                boundary,
                objects,
                id,
            } => {
                let kind =
                    loose_objects::read(boundary, objects, id, limit, &mut self.inflater, out)?;
                believe(true, || id, kind, out)?;
                Ok(kind)
            }
            Location::Packed {
                pack,
                offset,
                next,
                place,
                sum,
            } => {
                let (entry, stream) = checked(pack, offset, next, sum)?;
                let EntryForm::Whole(kind) = entry.form else {
                    return Err(ObjectError::BadHeader);
                };
                if entry.size > limit {
                    return Err(ObjectError::TooLarge { size: entry.size });
                }
                self.inflater.inflate_vouched(
                    stream,
                    packed(&entry, offset, next),
                    entry.size,
                    out,
                )?;
                believe(pack.hash, || pack.index.id(place), kind, out)?;
                Ok(kind)
            }
        }
    }

    /// Inflates the delta of a node, for [`Self::child`], and returns the sizes that it declares.
    ///
    /// # Errors If the copy is damaged, or the delta has more than `limit` bytes.
    pub(super) fn load(
        &mut self,
        forest: &Forest,
        node: NodeIndex,
        limit: u64,
    ) -> Result<Sizes, ObjectError> {
        let Location::Packed {
            pack,
            offset,
            next,
            sum,
            ..
        } = forest.location(node)
        else {
            return Err(ObjectError::BadHeader);
        };
        let (entry, stream) = checked(pack, offset, next, sum)?;
        if entry.size > limit {
            return Err(ObjectError::TooLarge { size: entry.size });
        }
        self.inflater.inflate_vouched(
            stream,
            packed(&entry, offset, next),
            entry.size,
            &mut self.delta,
        )?;
        delta::sizes(&self.delta)
    }

    /// The length of the delta that was loaded last.
    pub(super) fn delta_length(&self) -> u64 {
        self.delta.len() as u64
    }

    /// Gives back buffers that a large delta has filled.
    pub(super) fn release(&mut self) {
        (self.delta, self.steps) = (Vec::new(), Vec::new());
    }

    /// The delta of `node`, which was loaded last; `None` if the object must be hashed.
    pub(super) fn unapplied(&self, forest: &Forest, node: NodeIndex) -> Option<&[u8]> {
        let hashed = matches!(forest.location(node), Location::Packed { pack, .. } if pack.hash);
        (!hashed).then_some(&self.delta)
    }

    /// Applies the delta of `node`, which was loaded last. False if there are too many steps to
    /// keep.
    ///
    /// # Errors If the delta does not fit the base, or the object has another id.
    pub(super) fn child(
        &mut self,
        forest: &Forest,
        node: NodeIndex,
        sizes: Sizes,
        kind: ObjectKind,
        base: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<bool, ObjectError> {
        let kept = delta::apply(&self.delta, sizes, base, &mut self.steps, out)?;
        if let Location::Packed { pack, place, .. } = forest.location(node) {
            believe(pack.hash, || pack.index.id(place), kind, out)?;
        }
        Ok(kept)
    }
}

fn checked(
    pack: &Packfile,
    offset: u64,
    next: u64,
    sum: Option<u32>,
) -> Result<(PackEntry, &[u8]), ObjectError> {
    let found = pack.entry(offset)?;
    pack.check(offset, next, sum)?;
    Ok(found)
}

/// The most bytes that the compressed data of an entry can have.
fn packed(entry: &PackEntry, offset: u64, next: u64) -> usize {
    ((next - offset) as usize).saturating_sub(entry.header)
}

/// Hashes objects that no checksum covers: those of packs whose index is damaged or has version 1,
/// and loose objects. An undamaged index of version 2 has a checksum of each entry, and the ids
/// that the packer computed. The id is looked up only if it is needed, since that waits for memory.
fn believe(
    hash: bool,
    id: impl FnOnce() -> ObjectId,
    kind: ObjectKind,
    bytes: &[u8],
) -> Result<(), ObjectError> {
    if !hash {
        return Ok(());
    }
    let id = id();
    if ObjectId::of(id.format(), kind, bytes) != id {
        Err(ObjectError::WrongId)
    } else {
        Ok(())
    }
}
