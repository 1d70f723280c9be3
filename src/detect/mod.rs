//! Finds secrets in bytes: anchors, then rules, then filters and proofs.
//!
//! Detection does no I/O. Of the origin of the bytes it knows only the kind of file that their path
//! suggests. [`library`] is an exception: it reads rule files for the commands.
//!
//! The engine's own files import each other in one direction: `searched_text`, `candidate`, `event`,
//! `text_limits` and `rule_index` are the vocabulary; `search` finds candidates line by line; `encoded` decodes
//! spans; `overlap` and `resolve` make matches of candidates; `engine` is the way in.

mod anchors;
mod candidate;
pub mod classifier;
pub mod compile;
mod context_redaction;
mod credential_pairs;
mod credential_part;
mod database_engine;
pub mod decode;
mod encoded;
pub mod engine;
mod enumerations;
mod event;
pub mod example;
mod expression;
pub mod file_kind;
pub mod filters;
pub mod foreign;
mod form_field;
pub mod formats;
mod keyword_pattern;
pub mod library;
pub mod line_explanation;
mod line_quotes;
mod login_slots;
mod match_beginning;
mod message_catalog;
mod name_rules;
mod nearby_words;
mod neighbours;
mod overlap;
pub mod proof;
mod reading;
mod resolve;
pub mod rule;
mod rule_index;
mod search;
mod searched_text;
pub mod seen_runs;
pub mod selftest;
mod source_match;
mod surroundings;
pub mod text_limits;
mod text_parts;
mod text_places;
mod value_matches;
mod value_reading;
mod windows;
mod wording;
