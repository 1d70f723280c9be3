//! `show --reveal`: shows a value to a person at a terminal, and nowhere else.

use std::fs::File;
use std::io::{self, IsTerminal as _, Write};
use std::os::fd::AsFd as _;

use zeroize::Zeroizing;

use super::errors::{CommandError, CommandResult};
use super::exit::Exit;
use super::messages;
use super::options::target_options;
use super::place_reading::PlaceReaders;
use crate::cancel;
use crate::escape;
use crate::finding::{Certainty, Occurrence};
use crate::inventory::entry::Secret;
use crate::inventory::place_order;
use crate::report::number::count;
use crate::report::place;
use crate::secret::SecretValue;

/// Places that are tried for one that still has the value.
const TRIED: usize = 20;

/// The digits of the id that confirm.
const CONFIRMED_BY: usize = 4;

/// Refuses where nobody looks, or where somebody else may look later.
///
/// # Errors
///
/// Stdin or stdout is no terminal, or this is a CI job.
pub fn check_terminal() -> Result<(), CommandError> {
    let why = if target_options::is_ci_job() {
        "the variable CI is set"
    } else if !io::stdin().is_terminal() {
        "stdin is no terminal"
    } else if !io::stdout().is_terminal() {
        "stdout is no terminal"
    } else {
        return Ok(());
    };
    let error = anyhow::anyhow!("--reveal shows a value to a person at a terminal only: {why}");
    Err(CommandError::usage(error))
}

/// Asks for a confirmation, reads the value of a secret again and shows it.
///
/// # Errors
///
/// The terminal fails, or no place has the value now.
pub fn run(secret: &Secret, readers: &PlaceReaders<'_>) -> CommandResult {
    if !is_confirmed(secret)? {
        messages::note("not confirmed: no value was read");
        return Ok(Exit::Interrupted);
    }
    let (value, at, certainty) = read(secret, readers)?;
    write(secret, &value, &at, certainty).map_err(|error| {
        CommandError::failed(anyhow::anyhow!("cannot write to the terminal: {error}"))
    })?;
    Ok(Exit::Clean)
}

fn is_confirmed(secret: &Secret) -> Result<bool, CommandError> {
    let failed = |error: io::Error| {
        CommandError::failed(anyhow::anyhow!("cannot ask for a confirmation: {error}"))
    };
    let id = secret.id.of_value();
    let id = id.as_str();
    let digits = &id[id.len() - CONFIRMED_BY..];
    let mut out = io::stdout();
    write!(
        out,
        "\nThe value of {id} will be on this screen, where others\n\
         may see it, and in the memory of the terminal.\n\
         Type the last {CONFIRMED_BY} digits of the id, or yes, to show it: "
    )
    .and_then(|()| out.flush())
    .map_err(failed)?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(failed)?;
    let answer = answer.trim();
    Ok(!cancel::interrupted() && (answer == digits || answer == "yes"))
}

/// The value, read again at one of its places: that which an import would send, or else the one that was found.
fn read(
    secret: &Secret,
    readers: &PlaceReaders<'_>,
) -> Result<(SecretValue, String, Certainty), CommandError> {
    let importable = secret.importable_places();
    let (places, fingerprint): (Vec<&Occurrence>, _) = match importable.is_empty() {
        false => {
            let places = importable.iter().map(AsRef::as_ref).collect();
            (places, secret.moved_fingerprint())
        }
        true => (place_order::sorted(secret), &secret.fingerprint),
    };
    let mut failed = Vec::new();
    for at in places.into_iter().take(TRIED) {
        match readers.value(at, fingerprint) {
            Ok(value) => return Ok((value, place::name(at, at.line), at.certainty)),
            Err(why) => failed.push(format!("{}: {why}", place::name(at, at.line))),
        }
        if cancel::interrupted() {
            break;
        }
    }
    for why in &failed {
        messages::warn(why);
    }
    let error = anyhow::anyhow!("no place of {} can be read with its value", secret.id);
    Err(CommandError::failed(error)
        .hint("run `keyferry discover` again to find its present places"))
}

/// Writes the value to the terminal without the buffer of stdout, which is not erased.
#[expect(
    clippy::disallowed_methods,
    reason = "the user asked for the value, at a terminal, and confirmed it"
)]
fn write(secret: &Secret, value: &SecretValue, at: &str, certainty: Certainty) -> io::Result<()> {
    io::stdout().flush()?;
    let mut out = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let id = secret.id.of_value();
    let bytes = count(value.len() as u64, "byte", "bytes");
    let doubt = match certainty {
        Certainty::Exact => String::new(),
        other => format!(", {}", other.name()),
    };
    let at = escape::line(at);
    write!(out, "\n{id}, read at {at}, {bytes}{doubt}:\n\n")?;
    let mut is_escaped = false;
    for line in value.expose().split(|&byte| byte == b'\n') {
        let shown = Zeroizing::new(escape::bytes(line).into_owned());
        is_escaped |= shown.as_bytes() != line;
        out.write_all(shown.as_bytes())?;
        out.write_all(b"\n")?;
    }
    match is_escaped {
        true => writeln!(
            out,
            "\n(bytes that a terminal could obey, or that are no text, are shown as escapes)"
        ),
        false => Ok(()),
    }
}
