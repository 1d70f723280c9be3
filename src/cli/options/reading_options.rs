//! Options of reading values again.

use std::time::Duration;

use super::target_options::{MOST_SECONDS, parse_blob_size};
use crate::cli::next_command::CommandLine;
use crate::worker::value_readers::ReadLimits;

/// How values are read again from their repositories.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct ReadingOptions {
    /// Follow references of a repository to places outside it, as the option of `scan` and
    /// `discover` does
    #[arg(long)]
    pub follow_outside: bool,

    /// Do not read objects larger than twice SIZE. A scan with the same option finds values in
    /// blobs of up to SIZE, which may be deltas of larger ones
    #[arg(long, value_name = "SIZE", default_value = "64M", value_parser = parse_blob_size)]
    max_blob: u64,

    /// Time for reading the values of each repository; of one that takes longer, the values that
    /// are left are reported as unreadable (0: no limit, and none for a single value)
    #[arg(long, value_name = "SECONDS", default_value_t = Self::SECONDS, value_parser = clap::value_parser!(u64).range(..=MOST_SECONDS))]
    time_limit: u64,
}

impl ReadingOptions {
    const BLOB: u64 = 64 << 20;
    const SECONDS: u64 = 3600;

    /// The limits.
    pub fn limits(&self) -> ReadLimits {
        ReadLimits {
            time: Some(self.time_limit)
                .filter(|&seconds| seconds > 0)
                .map(Duration::from_secs),
            // Bases may be larger than the blobs that are deltas of them.
            largest: self.max_blob.saturating_mul(2),
        }
    }

    /// A command line with these options, as far as they differ from the defaults.
    #[must_use]
    pub fn added_to(&self, line: CommandLine) -> CommandLine {
        line.with_flag("--follow-outside", self.follow_outside)
            .with_number("--max-blob", self.max_blob, Self::BLOB)
            .with_number("--time-limit", self.time_limit, Self::SECONDS)
    }
}
