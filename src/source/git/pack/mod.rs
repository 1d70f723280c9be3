//! Git's objects, read straight from packs and loose files as a forest of deltas: roots are inflated whole, children are
//! made by applying deltas depth first, on all cores, out of memory maps. This module and what is below it alone know the
//! pack format (facts from gitformat-pack(5) and gitrepository-layout(5)).
//!
//! ```text
//! stores (alternates) ─▶ index + packfile + loose ─▶ forest (who is a delta of whom) ─▶ walk ─▶ Visitor
//! ```
//!
//! What is damaged is an error of the object it hits, named by its id: the rest is still read. Sizes that a file declares
//! are checked against limits, and against what its bytes can possibly yield, before memory is taken for them.

mod alternates;
pub mod delta;
mod delta_children;
mod file_map;
mod forest;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod id_lookup;
mod index_rebuild;
mod inflate;
mod loose_objects;
mod node_order;
mod object_decoder;
mod object_error;
mod object_id;
mod object_reader;
mod pack_entry;
mod pack_index;
mod packfile;
mod scanned_packs;
mod visitor;
mod walk;
mod walk_tasks;
mod walk_worker;
mod work_queue;

#[cfg(test)]
pub(crate) mod tests;

pub use delta::Instruction;
pub(crate) use delta::append;
pub use delta_children::NONE;
pub use forest::Forest;
pub use object_error::{Flaw, ObjectError};
pub use object_id::{ObjectFormat, ObjectId, ObjectKind, ObjectKinds};
pub use object_reader::ObjectReader;
pub use pack_index::IndexError;
pub use packfile::PackIdentity;
pub use scanned_packs::ScannedPacks;
pub use visitor::{Base, Limits, Object, Options, UnappliedDelta, UnreadObject, Visitor};
pub use walk::walk;
