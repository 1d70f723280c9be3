//! Makes the bytes of one copy of an object: inflates them, or applies a delta to the bytes of its
//! base. Also the one place where ids are compared with the bytes.

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
    /// True if an object with a wrong id is an error. Otherwise it is made like any other.
    refuses_wrong_ids: bool,
    /// Whether the last object has the id of its hash; `None` if it was not hashed.
    pub(super) has_right_id: Option<bool>,
}

impl ObjectDecoder {
    /// A decoder with empty buffers, which refuses objects with a wrong id.
    pub(super) fn new() -> Self {
        Self {
            inflater: Inflater::new(),
            delta: Vec::new(),
            steps: Vec::new(),
            refuses_wrong_ids: true,
            has_right_id: None,
        }
    }

    /// A decoder that makes objects with a wrong id, too.
    pub(super) fn accepting_wrong_ids() -> Self {
        Self {
            refuses_wrong_ids: false,
            ..Self::new()
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
                self.compare(true, || id, kind, out)?;
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
                let hash = pack.hash || self.verifies(forest);
                self.compare(hash, || pack.index.id(place), kind, out)?;
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
        let hashed = forest.verifies_ids
            || matches!(forest.location(node), Location::Packed { pack, .. } if pack.hash);
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
            let hash = pack.hash || self.verifies(forest);
            self.compare(hash, || pack.index.id(place), kind, out)?;
        }
        Ok(kept)
    }

    /// True if the objects of packs with sound checksums are hashed, too. A decoder that refuses wrong
    /// ids believes them, so that the same objects are read with `--verify-objects` and without.
    fn verifies(&self, forest: &Forest) -> bool {
        forest.verifies_ids && !self.refuses_wrong_ids
    }

    /// Compares the id of an object with the hash of its bytes, if it is to be hashed: with
    /// `--verify-objects` every object, otherwise those that no checksum covers, which are those of
    /// packs whose index is damaged or has version 1, and loose objects. An undamaged index of
    /// version 2 has a checksum of each entry, and the ids that the packer computed. The id is
    /// looked up only if it is needed, since that waits for memory.
    fn compare(
        &mut self,
        hash: bool,
        id: impl FnOnce() -> ObjectId,
        kind: ObjectKind,
        bytes: &[u8],
    ) -> Result<(), ObjectError> {
        self.has_right_id = None;
        if !hash {
            return Ok(());
        }
        let id = id();
        let is_right = ObjectId::of(id.format(), kind, bytes) == id;
        self.has_right_id = Some(is_right);
        if is_right || !self.refuses_wrong_ids {
            Ok(())
        } else {
            Err(ObjectError::WrongId)
        }
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
