//! The discovery session: an engineer and a team settle the open questions of an inventory.
//!
//! A [`Session`](session_state::Session) holds a settled inventory and its open questions. Front ends show a
//! [`Group`](question_group::Group) of secrets that have the same question, and give an answer for some or all of them.
//! Each answer is a statement in the file of the person who gave it ([`own_statements`]), written at once. The secrets
//! that it is about are settled again, so that the session shows what the statement did. The session writes no other
//! file: `plan` and `discover` settle the inventory from the same statements.

pub mod answer_sheet;
pub mod answer_text;
pub mod batch;
pub mod earlier_answers;
pub mod file_stamps;
pub mod given_answer;
pub mod own_statements;
pub mod proposal;
pub mod question_group;
pub mod session_error;
pub mod session_state;
pub mod sheet_file;
pub mod statement_text;
