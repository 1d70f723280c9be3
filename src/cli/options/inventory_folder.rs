//! The folder of an inventory, and whether the user named it.

use std::ffi::OsStr;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::parser::ValueSource;

/// The folder of an inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InventoryFolder {
    path: PathBuf,
    named: bool,
}

impl InventoryFolder {
    /// True if the user gave the option. The default folder is in the current folder, which can be
    /// that of a stranger's repository.
    pub fn is_named(&self) -> bool {
        self.named
    }
}

impl Deref for InventoryFolder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.path
    }
}

/// Parses the option.
#[derive(Clone, Copy, Debug)]
pub struct InventoryFolderParser;

impl TypedValueParser for InventoryFolderParser {
    type Value = InventoryFolder;

    fn parse_ref(
        &self,
        cmd: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<InventoryFolder, clap::Error> {
        self.parse_ref_(cmd, arg, value, ValueSource::CommandLine)
    }

    fn parse_ref_(
        &self,
        cmd: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
        source: ValueSource,
    ) -> Result<InventoryFolder, clap::Error> {
        Ok(InventoryFolder {
            path: PathBufValueParser::new().parse_ref(cmd, arg, value)?,
            named: source == ValueSource::CommandLine,
        })
    }
}
