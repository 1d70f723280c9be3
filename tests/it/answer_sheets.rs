//! Open questions as a sheet: exported, filled in by Python and by openpyxl, and answered. All formats end in the same
//! statements.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::inventory_files::inventory;
use crate::support::test_env::{TestEnv, made_up};

/// Fills in every row: an outcome by the folder, a field by its name. Reorders and adds columns. Arguments: the sheet, the
/// file to write.
const FILL: &str = r#"
import csv, io, json, sys
source, target = sys.argv[1:]
def answers(row):
    known = {"outcome": "Dismiss", "appid": "ord001", "owner": "@orders", "appenv": "prod", "uses": "separate"}
    return known.get(row["topic"], ""), "made up: é, \"quoted\"; =1+1" if row["topic"] == "outcome" else ""
def fill(rows):
    for row in rows:
        row["answer"], row["reason"] = answers(row)
        row["remark"] = "anything"
    return rows
if source.endswith(".csv"):
    rows = fill(list(csv.DictReader(open(source, encoding="utf-8", newline=""))))
    out = io.StringIO()
    writer = csv.DictWriter(out, sorted(rows[0]), delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    encoding = "utf-16" if "utf16" in target else "latin-1"
    open(target, "wb").write(out.getvalue().encode(encoding))
elif source.endswith(".json"):
    sheet = json.load(open(source, encoding="utf-8"))
    fill(sheet["rows"])
    json.dump(sheet, open(target, "w", encoding="utf-8"))
else:
    import openpyxl
    book = openpyxl.load_workbook(source)
    sheet = book["answers"]
    names = [cell.value for cell in sheet[1]]
    for cells in sheet.iter_rows(min_row=2):
        row = {name: cell.value or "" for name, cell in zip(names, cells)}
        fill([row])
        for name, cell in zip(names, cells):
            if name in ("answer", "reason"):
                cell.value = row[name] or None
    book.save(target)
"#;

/// A Python with openpyxl, if the tests have one.
fn python() -> PathBuf {
    let beside =
        std::env::var_os("KEYFERRY_MOTO").map(|moto| Path::new(&moto).with_file_name("python"));
    let has_it = |python: &PathBuf| {
        let ran = Command::new(python)
            .args(["-c", "import openpyxl"])
            .output();
        ran.is_ok_and(|ran| ran.status.success())
    };
    beside.filter(has_it).unwrap_or_else(|| "python3".into())
}

fn fill(env: &TestEnv, from: &str, to: &str) {
    let ran = Command::new(python())
        .args(["-c", FILL])
        .arg(env.path(from))
        .arg(env.path(to))
        .output()
        .unwrap();
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
}

/// A repository with secrets in tests, which are in review, and in use, whose application nobody knows.
fn repository() -> TestEnv {
    let env = TestEnv::new();
    let repo = env.repo("=shop");
    for (number, path) in [
        (1, "tests/=a.env"),
        (2, "tests/=a.env"),
        (3, "prod/app.env"),
        (4, "dev/ü.env"),
    ] {
        let before = std::fs::read_to_string(env.path("=shop").join(path)).unwrap_or_default();
        repo.write(
            path,
            format!(
                "{before}DB{number}_PASSWORD={}\n",
                made_up(number, "x7<<alnum 20>>")
            ),
        );
    }
    repo.commit("Settings");
    env.keyferry(&["discover", "=shop"]).exits(0);
    env
}

/// The statements of a file, without the moments.
fn statements(env: &TestEnv) -> String {
    let text = std::fs::read_to_string(env.path("inventory/decisions/jane.yaml")).unwrap();
    let is_moment = |line: &&str| line.trim_start().starts_with("at: ");
    text.lines()
        .filter(|line| !is_moment(line))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn all_formats_of_a_sheet_give_the_same_statements() {
    let mut all = BTreeMap::new();
    for (from, to) in [
        ("sheet.csv", "filled.csv"),
        ("sheet.csv", "filled-utf16.csv"),
        ("sheet.json", "filled.json"),
        ("sheet.xlsx", "filled.xlsx"),
    ] {
        let env = repository();
        let ids: Vec<String> = inventory(&env)
            .into_iter()
            .map(|secret| secret.id.to_string())
            .collect();
        let format = Path::new(from).extension().unwrap().to_str().unwrap();
        env.keyferry(&["export", "--format", format, "-o", from])
            .exits(0);
        fill(&env, from, to);
        let args = ["review", "--by", "jane@example.com", "--batch", to];
        let said = env.keyferry(&args).exits(0).stdout;
        assert!(
            said.ends_with("0 secrets still have an open question\n"),
            "{to}: {said}"
        );
        env.keyferry(&[
            "plan",
            "--offline",
            "--account",
            "111122223333",
            "--region",
            "eu-west-1",
        ])
        .exits(0);
        let list = env
            .keyferry(&["list", "--outcome", "dismiss", "--format", "csv"])
            .exits(0);
        assert_eq!(list.stdout.lines().count(), 1 + 2, "{to}: {}", list.stdout);
        // The ids depend on the key, which is random.
        let mut text = statements(&env);
        for id in ids {
            text = text.replace(&id, "s-");
        }
        all.insert(to, text);
    }
    let first = all.values().next().unwrap().clone();
    assert!(
        first.contains(r#"reason: "made up: é, \"quoted\"; =1+1""#),
        "{first}"
    );
    for (to, text) in &all {
        assert_eq!(*text, first, "{to}");
    }
}

#[test]
fn rows_that_do_not_fit_are_reported_and_the_others_are_answered() {
    let env = repository();
    env.keyferry(&["export", "--format", "json", "-o", "sheet.json"])
        .exits(0);
    let text = std::fs::read_to_string(env.path("sheet.json")).unwrap();
    let mut sheet: serde_json::Value = serde_json::from_str(&text).unwrap();
    let rows = sheet["rows"].as_array_mut().unwrap();
    let of_topic = |topic: &str, rows: &Vec<serde_json::Value>| {
        rows.iter().position(|row| row["topic"] == topic).unwrap()
    };
    let outcome = of_topic("outcome", rows);
    rows[outcome]["answer"] = "perhaps".into();
    let appid = of_topic("appid", rows);
    rows[appid]["answer"] = "not an id!".into();
    let mut unknown = rows[0].clone();
    unknown["secret"] = "s-000000000000000000000000".into();
    unknown["answer"] = "retire".into();
    let mut typo = rows[0].clone();
    typo["secret"] = "7.3E+25".into();
    typo["answer"] = "retire".into();
    let owner = of_topic("owner", rows);
    rows[owner]["answer"] = "@orders".into();
    let mut second = rows[owner].clone();
    second["answer"] = "@billing".into();
    rows.extend([unknown, typo, second]);
    env.write("filled.json", sheet.to_string());
    let ran = env
        .keyferry(&[
            "review",
            "--by",
            "jane@example.com",
            "--batch",
            "filled.json",
        ])
        .exits(1);
    let said = ran.stdout.clone();
    assert!(
        said.contains("1 answer written as 1 statement to inventory/decisions/jane.yaml"),
        "{said}"
    );
    assert!(
        said.contains("5 rows do not fit and are not answered"),
        "{said}"
    );
    ran.says(&[
        "`perhaps` is no answer for outcome",
        "s-000000000000000000000000 is not in the inventory",
        "`7.3E+25` is no id of a secret",
        "has another answer to the same question",
        "appid is",
    ]);
    // A sheet that is read again changes nothing.
    let before = statements(&env);
    env.keyferry(&[
        "review",
        "--by",
        "jane@example.com",
        "--batch",
        "filled.json",
    ])
    .exits(1);
    assert_eq!(statements(&env), before);
}

#[test]
fn a_sheet_has_no_value_and_no_formula() {
    let env = repository();
    for format in ["csv", "json", "xlsx"] {
        env.keyferry(&["export", "--format", format, "-o", "sheet"])
            .exits(0);
        let bytes = std::fs::read(env.path("sheet")).unwrap();
        for number in 1..5 {
            let value = made_up(number, "x7<<alnum 20>>");
            let is_in = bytes
                .windows(value.len())
                .any(|part| part == value.as_bytes());
            assert!(!is_in, "{format}");
        }
        if format == "csv" {
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.contains(",'=shop,"), "{text}");
            assert!(!text.contains(",=") && !text.contains("\"="), "{text}");
        }
    }
}

#[test]
fn wrong_sheets_and_arguments_are_refused() {
    let env = repository();
    let by = ["review", "--by", "jane@example.com", "--batch"];
    for (name, text, message) in [
        ("none.csv", None, "none.csv"),
        (
            "x.txt",
            Some("secret"),
            "a sheet of answers is a .csv, .tsv, .xlsx or .json file",
        ),
        (
            "x.csv",
            Some("secret,topic,reason\n"),
            "no column is called `answer`",
        ),
        (
            "y.csv",
            Some("secret,topic,reason,answer,answer\n"),
            "two columns are called `answer`",
        ),
        ("x.json", Some("{"), "EOF"),
        (
            "y.json",
            Some("{\"schema\": 2, \"rows\": []}"),
            "only `\"schema\": 1` is known",
        ),
        ("x.xlsx", Some("no workbook"), "x.xlsx"),
    ] {
        if let Some(text) = text {
            env.write(name, text);
        }
        env.keyferry(&[&by[..], &[name]].concat())
            .exits(2)
            .says(&[message]);
    }
    env.keyferry(&["review", "--batch", "x.csv"])
        .exits(2)
        .says(&["nobody is named who answers"]);
    assert!(!env.path("inventory/decisions").exists());
}

#[test]
fn a_wave_is_the_applications_that_are_ready() {
    let env = TestEnv::new();
    for (number, name) in [(1, "shop"), (2, "bank")] {
        let repo = env.repo(name);
        repo.write(
            "prod/app.env",
            format!("DB_PASSWORD={}\n", made_up(number, "x7<<alnum 20>>")),
        );
        repo.commit("Settings");
    }
    let register =
        "repository,appid,appname,owner\nshop,ord001,orders,@orders\nbank,bnk001,bank,\n";
    env.write("inventory/registry.csv", register);
    env.keyferry(&["discover", "shop", "bank"]).exits(0);
    let said = env.keyferry(&["status"]).exits(0).stdout;
    assert!(
        said.contains("1 of 2 applications ready; 1 of 2 secrets settled"),
        "{said}"
    );
    assert!(said.contains("1 × owner is not known"), "{said}");
    let json = env
        .keyferry(&["status", "--format", "json"])
        .exits(0)
        .stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let ready: Vec<_> = json["applications"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| of["ready"].clone())
        .collect();
    assert_eq!(ready, [false, true]);
    let plan = |more: &[&str], code| {
        let args = [
            "plan",
            "--offline",
            "--account",
            "111122223333",
            "--region",
            "eu-west-1",
        ];
        env.keyferry(&[&args[..], more].concat()).exits(code).stdout
    };
    plan(&[], 1);
    let of_wave = plan(&["--ready"], 0);
    assert!(
        of_wave.contains("/ord001/") && !of_wave.contains("bnk001"),
        "{of_wave}"
    );
    let named = plan(&["--application", "orders"], 0);
    assert!(
        named.contains("/ord001/") && !named.contains("bnk001"),
        "{named}"
    );
    plan(&["--application", "none"], 2);
    env.write("inventory/registry.csv", register.replace("@orders", ""));
    plan(&["--ready"], 2);
}
