//! `keyferry policy`

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::decision_sources::{self, Sources};
use super::errors::{CommandError, CommandResult};
use super::exit::Exit;
use super::inventory_trust;
use super::messages;
use super::options::{InventoryFolder, InventoryOptions, PolicyOptions};
use crate::decide::{Policy, settle};
use crate::inventory::file_names;
use crate::inventory::store::{self, Store};
use crate::no_follow_open::{self, Links};
use crate::output;
use crate::report::policy_listing::{self as report, PolicyFile};

/// Write, show and check the policy
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    inventory: InventoryOptions,

    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Command {
    /// Write a commented policy.yaml into the inventory folder
    ///
    /// The file changes nothing until its lines are used. A file that exists is not replaced.
    ///
    /// Exit codes: 0 written, 2 usage or configuration error, 4 failed.
    Init,
    /// Print the policy in effect
    ///
    /// The output is a whole policy, in YAML. Comments say where each section and each rule comes
    /// from and, if there is an inventory, how many of its secrets each rule decides.
    ///
    /// Exit codes: 0 printed, 2 usage or configuration error, 4 failed.
    Show(PolicyOptions),
    /// Check the policy, and report rules that can never apply
    ///
    /// A rule can never apply if an earlier one holds whenever it does: one without conditions, or
    /// with the same or wider ones.
    ///
    /// Exit codes: 0 clean, 1 some rules can never apply, 2 usage or configuration error, 4 failed.
    Check(PolicyOptions),
}

/// Runs the command.
///
/// # Errors
///
/// Wrong arguments or files, or an output that cannot be written.
pub fn run(args: &Args) -> CommandResult {
    let folder = &args.inventory.folder;
    match &args.command {
        Command::Init => init(folder),
        Command::Show(policy) => show(folder, policy),
        Command::Check(policy) => check(folder, policy),
    }
}

fn init(folder: &InventoryFolder) -> CommandResult {
    inventory_trust::check(folder, &[])?;
    let path = folder.join(store::POLICY);
    if std::fs::symlink_metadata(&path).is_ok() {
        let error = anyhow::anyhow!("{} exists, and is not replaced", path.display());
        return Err(CommandError::usage(error)
            .hint("`keyferry policy show` prints it with what it leaves out"));
    }
    no_follow_open::create_folder(folder).map_err(CommandError::failed)?;
    let template = include_str!("../../inventory/policies/template.yaml");
    output::write_file(&path, |out| out.write_all(template.as_bytes()))?;
    messages::note(&format!("written to {}", path.display()));
    Ok(Exit::Clean)
}

/// The policy file, its text and the policy. Without a file, the built-in one.
fn read(
    folder: &InventoryFolder,
    named: &PolicyOptions,
) -> Result<(Policy, Option<(PathBuf, String)>), CommandError> {
    inventory_trust::check(folder, &[])?;
    let beside = folder.join(store::POLICY);
    let file = match &named.policy {
        Some(named) => Some((named.clone(), Links::Followed)),
        None => std::fs::symlink_metadata(&beside)
            .is_ok()
            .then_some((beside, Links::RefusedAtEnd)),
    };
    let Some((path, links)) = file else {
        return Ok((Policy::builtin(), None));
    };
    let (policy, text) = Policy::load_with_text(&path, links).map_err(CommandError::policy)?;
    Ok((policy, Some((path, text))))
}

fn show(folder: &InventoryFolder, named: &PolicyOptions) -> CommandResult {
    let (policy, file) = read(folder, named)?;
    let decided = decided(folder, named)?;
    write(file.as_ref(), |out, file| {
        report::write(out, &policy, file, decided.as_ref())
    })?;
    Ok(Exit::Clean)
}

/// The number of secrets that each rule decides, if there is an inventory.
fn decided(
    folder: &InventoryFolder,
    named: &PolicyOptions,
) -> Result<Option<BTreeMap<String, u64>>, CommandError> {
    if !folder.join(file_names::IDENTITY).exists() {
        return Ok(None);
    }
    let sources = Sources::read(named, folder)?;
    let mut store = Store::open(folder)?;
    let secrets = std::mem::take(&mut store.secrets);
    let settled = settle(secrets.into_values(), &sources.inputs(&store));
    decision_sources::refuse_contradictions(&settled.contradictions)?;
    let mut decided = BTreeMap::new();
    for secret in settled.secrets.into_values() {
        *decided.entry(secret.decision.rule).or_default() += 1;
    }
    Ok(Some(decided))
}

fn check(folder: &InventoryFolder, named: &PolicyOptions) -> CommandResult {
    let (policy, file) = read(folder, named)?;
    let mut idle = 0;
    write(file.as_ref(), |out, file| {
        idle = report::write_check(out, &policy, file)?;
        Ok(())
    })?;
    Ok(match idle {
        0 => Exit::Clean,
        _ => Exit::Findings,
    })
}

fn write(
    file: Option<&(PathBuf, String)>,
    write: impl FnOnce(&mut dyn std::io::Write, Option<PolicyFile<'_>>) -> std::io::Result<()>,
) -> Result<(), CommandError> {
    let path = file.map(|(path, _)| path.display().to_string());
    let file = path
        .as_ref()
        .zip(file)
        .map(|(path, (_, text))| PolicyFile { path, text });
    output::write(None, |out| write(out, file))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_template_changes_nothing_until_its_lines_are_used() {
        let template = include_str!("../../inventory/policies/template.yaml");
        let policy = Policy::parse(Path::new("policy.yaml"), template).unwrap();
        assert_eq!(policy, Policy::builtin());
        // With its lines, it is a policy, too.
        let used = template.lines().map(|line| match line.strip_prefix('#') {
            // One space: prose. None, or two: a line of YAML.
            Some(rest) if !rest.starts_with(' ') || rest.starts_with("  ") => rest,
            _ => line,
        });
        let used: Vec<&str> = used.collect();
        let policy = Policy::parse(Path::new("policy.yaml"), &used.join("\n")).unwrap();
        assert!(policy.decisions.len() > Policy::builtin().decisions.len());
        assert!(policy.target.region.is_some());
    }
}
