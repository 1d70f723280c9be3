//! What the commands of the ferry say and how they end, as far as no account is needed.

use std::cell::Cell;
use std::io::Cursor;

use clap::Parser;
use keyferry::cancel::Cancellation;
use keyferry::cli::console::Console;
use keyferry::cli::errors::CommandError;
use keyferry::cli::exit::Exit;
use keyferry::cli::open_inventory::OpenInventory;
use keyferry::cli::{import, plan};
use keyferry::inventory::entry::Outcome;
use keyferry::migrate::client_error::Call;
use keyferry::progress::NoProgress;
use keyferry::report;

use crate::support::fake_secrets_manager::Fake;
use crate::support::planted_secrets::{Freight, INVENTORY, run};

#[derive(Parser)]
enum Cli {
    Plan(plan::Args),
    Import(import::Args),
}

#[derive(Default)]
struct Said {
    out: Vec<u8>,
    talk: Vec<u8>,
}

impl Said {
    fn out(&self) -> String {
        String::from_utf8(self.out.clone()).unwrap()
    }

    fn talk(&self) -> String {
        String::from_utf8(self.talk.clone()).unwrap()
    }
}

fn command(
    freight: &Freight,
    arguments: &str,
    stdin: Option<&str>,
) -> (Result<Exit, CommandError>, Said) {
    let mut said = Said::default();
    let mut console = Console {
        stdout: &mut said.out,
        stderr: &mut said.talk,
        progress: &NoProgress,
        pager: false,
    };
    let inventory = OpenInventory {
        folder: freight.folder.path(),
        id: INVENTORY,
        key: &freight.key,
        secrets: &freight.secrets,
    };
    let arguments = std::iter::once("keyferry").chain(arguments.split_whitespace());
    let cancel = Cancellation::new();
    let result = match Cli::try_parse_from(arguments).unwrap() {
        Cli::Plan(args) => {
            let options = plan::Options::resolve(&args, &freight.target);
            let decided = plan::Decided {
                target: &freight.target,
                price: &freight.price,
                problems: &freight.problems,
                statements: &[],
            };
            plan::write_plan(&options, &inventory, decided, &cancel, &mut console)
        }
        Cli::Import(args) => {
            let mut stdin = stdin.map(|text| Cursor::new(text.as_bytes().to_vec()));
            let stdin = stdin
                .as_mut()
                .map(|stdin| stdin as &mut dyn std::io::BufRead);
            let options = import::Options::resolve(&args, &freight.target);
            let present = || {
                Ok(import::PresentDecisions {
                    secrets: freight.secrets.clone(),
                    problems: freight.problems.clone(),
                    target: freight.target.clone(),
                })
            };
            import::import_plan(
                &options,
                &inventory,
                &present,
                &freight.reader(),
                &cancel,
                &mut console,
                stdin,
            )
            .result
        }
    };
    (result, said)
}

const OFFLINE: &str = "plan --offline --account 123456789012 --region eu-west-1";

#[test]
fn an_offline_plan_and_a_rehearsal() {
    let mut freight = Freight::new(5);
    freight.secrets[3].target = Some("/orders/api/prod/db-master".to_owned());
    freight.secrets[4].decision.outcome = Outcome::Review;
    freight.secrets[4].decision.questions = vec!["who owns it?".to_owned()];
    let (result, said) = command(&freight, OFFLINE, None);
    assert_eq!(result.unwrap(), Exit::Findings);
    let file = freight.folder.path().join("plan.json");
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions())
            & 0o777,
        0o600
    );
    let text = said
        .out()
        .replace(&*freight.folder.path().to_string_lossy(), "FOLDER");
    insta::assert_snapshot!("offline_plan", text);
    freight.assert_no_value(&text);

    freight
        .source
        .borrow_mut()
        .insert("config/1".to_owned(), b"changed".to_vec());
    freight.source.borrow_mut().remove("copy/1");
    let (result, said) = command(&freight, "import --dry-run", None);
    assert_eq!(result.unwrap(), Exit::Failed);
    insta::assert_snapshot!(
        "rehearsal",
        said.out()
            .replace(&*freight.folder.path().to_string_lossy(), "FOLDER")
    );
    freight.assert_no_value(&said.out());
}

#[test]
fn what_is_not_settled_is_told_once_for_all() {
    let mut freight = Freight::new(13);
    for secret in &mut freight.secrets {
        secret.target = None;
        let said = ["appid", "appenv"]
            .map(keyferry::decide::Problem::field_missing)
            .to_vec();
        freight.problems.insert(secret.id.clone(), said);
    }
    let id = freight.secrets[3].id.clone();
    freight
        .problems
        .get_mut(&id)
        .unwrap()
        .push(keyferry::decide::Problem {
            code: keyferry::decide::ProblemCode::FieldIllegal,
            field: Some("owner".to_owned()),
            message: "owner is `?`, expected a mail address".to_owned(),
            hint: "correct it in the register, in decisions.yaml or with --set, then plan again"
                .to_owned(),
        });
    let folder = freight.folder.path().to_string_lossy().into_owned();
    let (result, said) = command(&freight, OFFLINE, None);
    assert_eq!(result.unwrap(), Exit::Findings);
    insta::assert_snapshot!("unsettled_plan", said.out().replace(&folder, "FOLDER"));
    // Nothing to send: no prompt, and the missing facts are listed again.
    let (result, said) = command(&freight, "import --dry-run", None);
    assert_eq!(result.unwrap(), Exit::Failed);
    insta::assert_snapshot!("unsettled_import", said.out().replace(&folder, "FOLDER"));
}

#[test]
fn the_json_format_is_the_file() {
    let freight = Freight::new(2);
    let (result, said) = command(&freight, &format!("{OFFLINE} --format json"), None);
    assert_eq!(result.unwrap(), Exit::Clean);
    assert_eq!(
        said.out(),
        std::fs::read_to_string(freight.folder.path().join("plan.json")).unwrap()
    );
}

#[test]
fn an_offline_plan_needs_an_account() {
    let error = command(&Freight::new(1), "plan --offline --region eu-west-1", None)
        .0
        .unwrap_err();
    assert_eq!(error.exit, Exit::Usage);
    assert!(Cli::try_parse_from(["keyferry", "plan", "--account", "12"]).is_err());
}

#[test]
fn import_asks_and_takes_no_for_an_answer() {
    let freight = Freight::new(2);
    let error = command(&freight, "import", None).0.unwrap_err();
    assert_eq!(
        (error.exit, error.hint.as_deref()),
        (Exit::Usage, Some("make one with `keyferry plan`"))
    );
    command(&freight, OFFLINE, None).0.unwrap();
    let error = command(&freight, "import", None).0.unwrap_err();
    assert_eq!(error.exit, Exit::Usage);
    assert!(error.hint.unwrap().contains("--yes"));
    let (result, said) = command(&freight, "import", Some("\n"));
    assert_eq!(result.unwrap(), Exit::Interrupted);
    assert!(
        said.talk()
            .contains("import 2 entries of the plan into account 123456789012, eu-west-1? [y/N]")
    );
    assert!(!freight.journal_path().exists());
}

/// The question stays open while a person decides otherwise.
#[test]
fn what_is_decided_while_the_question_is_open_counts() {
    let freight = Freight::new(3);
    command(&freight, OFFLINE, None).0.unwrap();
    let times = Cell::new(0);
    let present = || {
        let mut secrets = freight.secrets.clone();
        if times.replace(times.get() + 1) > 0 {
            secrets[1].decision.outcome = Outcome::Retain;
            secrets[1].decision.rule = "person".to_owned();
        }
        Ok(import::PresentDecisions {
            secrets,
            problems: freight.problems.clone(),
            target: freight.target.clone(),
        })
    };
    let Cli::Import(args) = Cli::try_parse_from(["keyferry", "import"]).unwrap() else {
        panic!("import is import")
    };
    let mut said = Said::default();
    let mut console = Console {
        stdout: &mut said.out,
        stderr: &mut said.talk,
        progress: &NoProgress,
        pager: false,
    };
    let inventory = OpenInventory {
        folder: freight.folder.path(),
        id: INVENTORY,
        key: &freight.key,
        secrets: &freight.secrets,
    };
    let end = import::import_plan(
        &import::Options::resolve(&args, &freight.target),
        &inventory,
        &present,
        &freight.reader(),
        &Cancellation::new(),
        &mut console,
        Some(&mut Cursor::new(b"y\n".to_vec())),
    );
    assert_eq!(end.result.unwrap_err().exit, Exit::Usage);
    assert_eq!(times.get(), 2);
    assert!(
        said.out().contains("decision: relocate → retain"),
        "{}",
        said.out()
    );
    assert!(!freight.journal_path().exists());
}

#[test]
fn the_end_of_an_import_is_told() {
    let freight = Freight::new(14);
    let fake = Fake::default();
    run(freight.import(&fake, &freight.draft(None)));
    fake.remove(freight.name(0));
    fake.edit(freight.name(1), |secret| secret.versions.clear());
    fake.edit(freight.name(2), |secret| {
        secret.deleted = Some("2026-01-01T00:00:00Z".to_owned())
    });
    fake.deny(&[Call::Create]);
    let summary = run(freight.import(&fake, &freight.draft(None)));
    let mut text = Vec::new();
    let setting = report::import::Setting {
        plan: "PLAN",
        import: "IMPORT",
        verify: "VERIFY",
    };
    report::import::write(&mut text, &summary, &freight.draft(None), &setting).unwrap();
    insta::assert_snapshot!("import", String::from_utf8(text).unwrap());
}

#[test]
fn the_next_command_goes_where_this_one_went() {
    let freight = Freight::new(2);
    let options = "--profile acme --endpoint-url http://localhost:5000/?a&b --inventory it's";
    let (result, said) = command(&freight, &format!("{OFFLINE} {options}"), None);
    assert_eq!(result.unwrap(), Exit::Clean);
    let access = "--profile acme --region eu-west-1 --endpoint-url 'http://localhost:5000/?a&b' --account 123456789012";
    let next = |command| format!("\nnext: keyferry {command} --inventory 'it'\\''s' {access}");
    assert!(
        said.out().ends_with(&format!("{}\n", next("import"))),
        "{}",
        said.out()
    );
    let (result, said) = command(
        &freight,
        &format!("import --dry-run --region eu-west-1 {options}"),
        None,
    );
    assert_eq!(result.unwrap(), Exit::Clean);
    let access = "--profile acme --region eu-west-1 --endpoint-url 'http://localhost:5000/?a&b'";
    let wanted = format!("\nnext: keyferry import --inventory 'it'\\''s' {access}\n");
    assert!(said.out().ends_with(&wanted), "{}", said.out());

    // Another plan file is the one to import, and deciding runs again.
    let file = freight
        .folder
        .path()
        .join("other.json")
        .to_string_lossy()
        .into_owned();
    let (_, said) = command(
        &freight,
        &format!("{OFFLINE} --output {file} --policy p.yaml"),
        None,
    );
    let options = "--region eu-west-1 --account 123456789012 --policy p.yaml";
    let wanted = format!("\nnext: keyferry import --inventory inventory {options} --plan {file}\n");
    assert!(said.out().ends_with(&wanted), "{}", said.out());
}

#[test]
fn an_import_of_nothing_says_so() {
    let freight = Freight::new(0);
    command(&freight, OFFLINE, None).0.unwrap();
    for arguments in ["import --dry-run", "import --yes --dry-run"] {
        let (result, said) = command(&freight, arguments, None);
        assert_eq!(result.unwrap(), Exit::Clean);
        let wanted = "nothing to import: the plan has no entries\n\nnext: keyferry plan --inventory inventory\n";
        assert_eq!(said.out(), wanted);
    }
}

#[test]
fn a_plan_lists_all_entries() {
    let freight = Freight::new(125);
    let (_, said) = command(&freight, OFFLINE, None);
    let text = said.out();
    for secret in &freight.secrets {
        assert_eq!(text.matches(secret.id.as_str()).count(), 1, "{text}");
    }
}
