//! Reads git's objects straight from packs and loose files, as a forest of deltas. Roots are
//! inflated whole; children are made by applying deltas depth first, on all cores, from memory
//! maps. Only this module knows the pack format (facts from gitformat-pack(5) and
//! gitrepository-layout(5)).
//!
//! ```text
//! alternates ─▶ pack_index + packfile + loose_objects ─▶ forest (who is a delta of whom) ─▶ walk ─▶ Visitor
//! ```
//!
//! Damage is an error of the object that it hits, named by its id; all other objects are read.
//! Declared sizes are checked against limits, and against the most that the bytes can yield, before
//! memory is allocated.

mod alternates;
mod copy_comparison;
mod copy_flaw;
pub mod delta;
mod delta_children;
mod file_map;
mod forest;
mod forest_build;
mod forest_extent;
mod forest_restriction;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod id_lookup;
mod index_rebuild;
mod inflate;
mod loose_objects;
mod node_index;
mod node_order;
mod node_set;
mod object_decoder;
mod object_error;
mod object_id;
mod object_reader;
mod pack_entry;
mod pack_index;
mod packfile;
mod read_limits;
mod read_plan;
mod scanned_packs;
mod size_supplement;
mod visitor;
mod walk;
mod walk_tasks;
mod walk_worker;
mod work_meter;
mod work_queue;

#[cfg(test)]
pub(crate) mod tests;

pub use copy_flaw::{CopyFlaw, CopyFlawKind, CopyPlace};
pub use delta::Instruction;
pub(crate) use delta::append;
pub use forest::Forest;
pub use node_index::{NodeIndex, PackedNumber};
pub(in crate::source::git) use node_set::NodeSet;
pub use object_error::{Flaw, ObjectError};
pub use object_id::{ObjectFormat, ObjectId, ObjectKind, ObjectKinds};
pub use object_reader::ObjectReader;
pub use pack_index::IndexError;
pub use packfile::PackIdentity;
pub use read_limits::Limits;
pub use scanned_packs::ScannedPacks;
pub use size_supplement::SizeSupplement;
pub use visitor::{Base, Object, Options, UnappliedDelta, UnreadObject, Visitor};
pub use walk::walk;
