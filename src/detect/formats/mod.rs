//! The syntax of assignments and credential files, read by hand around a word.
//!
//! `password = x`, `"password": "x"`, `<password>x</password>`, `--password x`, `setPassword("x")`,
//! `…;Password=x;…`: the words that names end in (`key`, `token`) are everywhere, and two
//! comparisons after the word exclude most of them. A regular expression would cost
//! more. [`read_assignment`] depends on one line; if the line says that its value is below it,
//! [`read_value_below`] reads the value when the whole text is known.

mod assignment_reader;
mod bare_value;
pub mod byte_array;
mod call_argument;
pub mod cookie;
mod decoding_call;
pub mod jaas;
pub mod json_web_key;
pub mod kubernetes_data;
pub(in crate::detect) mod line_bytes;
mod markup;
mod members;
pub mod name;
pub mod name_ends;
mod name_suffix;
mod name_value;
mod no_assignment;
pub mod object_members;
mod operator;
mod parsed_assignment;
mod sql_insert;
mod string_literal;
mod template_default;
mod value_below;
mod value_list;
mod value_site;

pub use assignment_reader::read_assignment;
pub use name::name_stem;
pub use name_suffix::Suffix;
pub use no_assignment::NoAssignment;
pub use parsed_assignment::{Assignment, is_base64_by_convention};
pub use sql_insert::column_values;
pub use value_below::read_value_below;
pub use value_list::read_list;
pub use value_site::{Notation, ValueSite};
