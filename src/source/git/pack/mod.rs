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

mod decode;
pub mod delta;
mod descent;
mod entry;
mod error;
mod forest;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod id;
mod index;
mod inflate;
mod known;
mod links;
mod lookup;
mod loose;
mod map;
mod order;
mod packfile;
mod read;
mod rebuild;
mod share;
mod small;
mod stores;
mod walk;

#[cfg(test)]
pub(crate) mod tests;

pub use delta::Instruction;
pub(crate) use delta::append;
pub use error::{Flaw, ObjectError};
pub use forest::Forest;
pub use id::{Format, Kind, Kinds, ObjectId};
pub use known::{Known, PackMark};
pub use links::NONE;
pub use read::Reader;
pub use walk::{Base, Change, Limits, Object, Options, Unread, Visitor, walk};
