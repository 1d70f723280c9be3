//! What stands between the command line and `plan`, `import` and `verify`: the inventory is opened, the defaults of the
//! policy are filled in, the bars are drawn, and what was achieved is noted.

use std::io::{BufReader, IsTerminal};

use super::account::{Console, Opened};
use super::exit::CommandResult;
use super::messages::Ui;
use super::output_check;
use super::settle::{self, Defaults, Sources};
use super::{import, plan, verify};
use crate::cancel::INTERRUPT;
use crate::finding::Occurrence;
use crate::inventory::entry::{Progress, Secret};
use crate::inventory::store::Store;
use crate::migrate::import::{ReadError, ReadValue};
use crate::secret::{SecretId, SecretValue};
use crate::source::value_reader::ValueReader;

pub fn plan(args: &plan::Args, ui: &Ui) -> CommandResult {
    output_check::check(args.output.as_deref())?;
    let mut args = args.clone();
    let sources = Sources::read(&args.policy, &args.inventory.folder)?;
    let mut store = Store::open_to_write(&args.inventory.folder).map_err(settle::store_error)?;
    let inputs = sources.inputs(&store);
    let problems = settle::settle(&mut store, &inputs);
    settle::save(&mut store, &inputs)?;
    args.defaults = Defaults::of(&sources.policy);
    let secrets: Vec<Secret> = store.secrets.values().cloned().collect();
    let settled = plan::Settled {
        price: &sources.policy.price,
        problems: &problems,
    };
    let opened = opened(&store, &secrets);
    with_console(ui, |console| {
        plan::run(&args, &opened, settled, &INTERRUPT, console)
    })
}

pub fn import(args: &import::Args, ui: &Ui) -> CommandResult {
    let mut args = args.clone();
    let sources = Sources::read(&args.policy, &args.inventory.folder)?;
    let mut store = Store::open_to_write(&args.inventory.folder).map_err(settle::store_error)?;
    args.defaults = Defaults::of(&sources.policy);
    let secrets: Vec<Secret> = store.secrets.values().cloned().collect();
    let reader = Sourced(ValueReader::new(store.locations()));
    let stdin = std::io::stdin();
    let mut asked = stdin.is_terminal().then(|| BufReader::new(stdin));
    let ended = with_console(ui, |console| {
        let asked = asked
            .as_mut()
            .map(|stdin| stdin as &mut dyn std::io::BufRead);
        import::run(
            &args,
            &opened(&store, &secrets),
            &reader,
            &INTERRUPT,
            console,
            asked,
        )
    });
    // What has arrived is noted before an error is told.
    if note(&mut store, &ended.progress) {
        let inputs = sources.inputs(&store);
        if let Err(unsaved) = settle::save(&mut store, &inputs) {
            // Why the import stopped weighs more: its progress is in the journal, too.
            if ended.result.is_ok() {
                return Err(unsaved);
            }
            super::messages::error(&unsaved);
        }
    }
    ended.result
}

pub fn verify(args: &verify::Args, ui: &Ui) -> CommandResult {
    let store = Store::open(&args.inventory.folder).map_err(settle::store_error)?;
    let secrets: Vec<Secret> = store.secrets.values().cloned().collect();
    let opened = opened(&store, &secrets);
    with_console(ui, |console| {
        verify::run(args, &opened, &INTERRUPT, console)
    })
}

fn opened<'a>(store: &'a Store, secrets: &'a [Secret]) -> Opened<'a> {
    Opened {
        folder: &store.folder,
        id: &store.identity.id,
        key: &store.key,
        secrets,
    }
}

/// True when it changed anything. Nothing goes back: a secret that is verified stays so.
fn note(store: &mut Store, progress: &[(SecretId, Progress)]) -> bool {
    let mut changed = false;
    for (id, progress) in progress {
        if let Some(secret) = store
            .secrets
            .get_mut(id)
            .filter(|secret| secret.progress < *progress)
        {
            secret.progress = *progress;
            changed = true;
        }
    }
    changed
}

fn with_console<T>(ui: &Ui, run: impl FnOnce(&mut Console<'_>) -> T) -> T {
    let (mut out, mut talk) = (std::io::stdout(), std::io::stderr());
    run(&mut Console {
        out: &mut out,
        talk: &mut talk,
        progress: ui,
    })
}

/// The reader of the sources, as the import wants it.
struct Sourced(ValueReader);

impl ReadValue for Sourced {
    fn read(&self, occurrence: &Occurrence) -> Result<SecretValue, ReadError> {
        self.0.value(occurrence).map_err(ReadError::new)
    }
}
