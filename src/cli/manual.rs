//! `keyferry man`

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use clap_mangen::Man;

use super::errors::{CommandError, CommandResult};
use super::exit::Exit;
use super::messages;
use crate::output;
use crate::report::number::count;

/// Write the manual pages into a folder
///
/// There is a page for each command: keyferry.1, keyferry-scan.1, … Pages of this name that exist are
/// replaced. `man keyferry-scan` finds them in ~/.local/share/man/man1, if ~/.local/bin is in $PATH.
///
/// Exit codes: 0 written, 2 usage error, 4 failed.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Folder to write the pages into; created if it does not exist
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Runs the command. `program` is the definition of all commands.
///
/// # Errors
///
/// A page that cannot be written.
pub fn run(args: &Args, mut program: clap::Command) -> CommandResult {
    let folder = &args.folder;
    std::fs::create_dir_all(folder).map_err(|error| {
        let folder = folder.display();
        CommandError::failed(anyhow::anyhow!(
            "cannot create the folder {folder}: {error}"
        ))
    })?;
    // Gives each command the name of its page: `keyferry-policy-show`.
    program.build();
    let pages = write(&program, folder)?;
    messages::note(&format!(
        "{} written to {}",
        count(pages, "page", "pages"),
        folder.display()
    ));
    Ok(Exit::Clean)
}

/// Writes the pages of a command and of its subcommands. Returns their number.
fn write(command: &clap::Command, folder: &Path) -> Result<u64, CommandError> {
    let name = command.get_display_name().unwrap_or(command.get_name());
    let file = folder.join(format!("{name}.1"));
    let page = Man::new(command.clone()).title(name.to_owned());
    output::write_file(&file, |out| page.render(out))?;
    // Other users read them, too.
    std::fs::set_permissions(&file, Permissions::from_mode(0o644)).map_err(anyhow::Error::from)?;
    let mut pages = 1;
    for subcommand in command.get_subcommands() {
        if !subcommand.is_hide_set() && subcommand.get_name() != "help" {
            pages += write(subcommand, folder)?;
        }
    }
    Ok(pages)
}
