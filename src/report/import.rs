//! What an import says at its end: what arrived, what did not and why, and how to go on.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::number::count;
use super::plan::write_causes;
use crate::escape;
use crate::migrate::import::{Done, EntryOutcome, Failure, Proof, Summary};
use crate::migrate::plan::Plan;

/// Entries shown for one failure; the journal holds the others.
const NAMES: usize = 10;

/// Arguments of the commands that may be next, quoted for a shell.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    pub plan: &'a str,
    pub import: &'a str,
    pub verify: &'a str,
}

/// `plan` is what was imported.
pub fn write(
    out: &mut dyn Write,
    summary: &Summary,
    plan: &Plan,
    setting: &Setting<'_>,
) -> io::Result<()> {
    if summary.outcomes.is_empty() && summary.stopped.is_none() && !summary.interrupted {
        writeln!(out, "nothing to import: the plan has no entries")?;
        return writeln!(
            out,
            "\nnext: {}",
            escape::line(&format!("keyferry plan {}", setting.plan))
        );
    }
    let lines = [
        (
            summary.count(|done| matches!(done, Done::Created(_))),
            "created",
        ),
        (
            summary.count(|done| matches!(done, Done::Adopted(_))),
            "adopted: they were in the account already, under our tokens",
        ),
        (summary.count(|done| *done == Done::InSync), "in sync"),
        (
            summary.count(|done| *done == Done::Ready),
            "ready: the value is where the inventory says",
        ),
        (
            summary.count(|done| matches!(done, Done::Failed(_))),
            "failed",
        ),
        (
            summary.count(|done| matches!(done, Done::Blocked(_))),
            "left out: the plan says that they cannot be imported as they are",
        ),
        (summary.count(|done| *done == Done::NotTried), "not tried"),
    ];
    for (number, what) in lines.into_iter().filter(|(number, _)| *number > 0) {
        writeln!(out, "{number:>6} {what}")?;
    }
    let unproved = summary.count(|done| {
        matches!(
            done,
            Done::Created(Proof::Answer) | Done::Adopted(Proof::Answer)
        )
    });
    if unproved > 0 {
        let secrets = count(unproved, "secret was", "secrets were");
        writeln!(
            out,
            "\nnote: {secrets} not compared: the role may neither describe nor read them"
        )?;
    }
    write_failures(out, &summary.outcomes)?;
    if plan.blocked().next().is_some() {
        writeln!(out, "\nleft out:")?;
        write_causes(out, plan.blocked())?;
    }
    writeln!(out, "\nnext: {}", escape::line(&next(summary, setting)))
}

fn next(summary: &Summary, setting: &Setting<'_>) -> String {
    let Setting {
        plan,
        import,
        verify,
    } = setting;
    let again = format!("keyferry import {import}");
    if summary.interrupted {
        format!("{again} goes on where it was interrupted")
    } else if summary.stopped.is_some() {
        format!("remove the cause and run {again} again: it goes on where it stopped")
    } else if summary.count(|done| matches!(done, Done::Failed(_))) > 0 {
        "follow the hints, then plan and import again: what has arrived is not sent twice"
            .to_owned()
    } else if summary.count(|done| matches!(done, Done::Blocked(_))) > 0 {
        format!("see to what kept secrets out, run keyferry plan {plan}, then {again} again")
    } else if summary.count(|done| *done == Done::Ready) > 0 {
        again
    } else {
        format!("keyferry verify {verify}")
    }
}

/// Failures by reason and hint, so that one cause of many reads as one.
fn write_failures(out: &mut dyn Write, outcomes: &[EntryOutcome]) -> io::Result<()> {
    let mut causes: BTreeMap<_, Vec<(&EntryOutcome, &Failure)>> = BTreeMap::new();
    for outcome in outcomes {
        if let Done::Failed(failure) = &outcome.done {
            causes
                .entry((failure.reason, &failure.hint))
                .or_default()
                .push((outcome, failure));
        }
    }
    for ((reason, hint), failed) in causes {
        writeln!(
            out,
            "\n{} ({}):",
            reason.name(),
            count(failed.len() as u64, "secret", "secrets")
        )?;
        for (outcome, failure) in failed.iter().take(NAMES) {
            let name = outcome.name.as_deref().unwrap_or("(no name)");
            writeln!(
                out,
                "  {}  {}: {}",
                escape::line(name),
                outcome.secret,
                escape::line(&failure.message)
            )?;
        }
        if let Some(more @ 1..) = failed.len().checked_sub(NAMES) {
            writeln!(out, "  and {more} more")?;
        }
        writeln!(out, "  hint: {}", escape::line(hint))?;
    }
    Ok(())
}
