//! `keyferry completions`

use clap_complete::Shell;

use super::errors::CommandResult;
use super::exit::Exit;
use crate::output;

/// Print the completions of commands and options for a shell
///
/// For bash: `keyferry completions bash > ~/.local/share/bash-completion/completions/keyferry`. For
/// zsh: write `_keyferry` into a folder of $fpath. For fish: write `keyferry.fish` into
/// ~/.config/fish/completions.
///
/// Exit codes: 0 printed, 2 unknown shell, 4 failed.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Shell to print the completions for
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

/// Runs the command. `program` is the definition of all commands.
///
/// # Errors
///
/// An output that cannot be written.
pub fn run(args: &Args, mut program: clap::Command) -> CommandResult {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut program, "keyferry", &mut text);
    output::write(None, |out| out.write_all(&text))?;
    Ok(Exit::Clean)
}
