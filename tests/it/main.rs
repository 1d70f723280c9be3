//! The integration tests: one binary, one module for each command or subject.

#![expect(
    clippy::disallowed_methods,
    reason = "tests look at values and start programs"
)]

mod answer_sheets;
mod attribution;
mod aws_client;
mod changing_targets;
mod chosen_readings;
mod coverage_of_guidance;
mod detectors;
mod detectors_import;
mod differing_copies;
mod discover;
mod earlier_readings;
mod end_to_end;
mod explain;
mod faults;
mod full_disk;
mod guessing;
mod help_texts;
mod hiding_places;
mod history;
mod hostile_git_directory;
mod hostile_objects;
mod hostile_targets;
mod hostile_text;
mod import;
mod import_commands;
mod independent_targets;
mod input_mistakes;
mod inventory_merge;
mod inventory_store;
mod inventory_trust;
mod key_stores;
mod leak;
mod linked_worktrees;
mod list;
mod message_detail;
mod moved_lines;
mod moved_together;
mod object_formats;
mod organisation;
mod own_files;
mod pager;
mod passwords;
mod policy_commands;
mod process_isolation;
mod reader_isolation;
mod register_files;
mod repository_boundary;
mod repository_facts;
mod repository_names;
mod review_terminal;
mod scan;
mod scan_cache;
mod separate_uses;
mod shallow_clones;
mod show;
mod source_rules;
mod stale_plans;
mod statements;
mod strict;
mod support;
mod text_report;
mod untrusted_endpoint;
mod verify_objects;
