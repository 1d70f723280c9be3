//! The register in the files that other programs write: Python's csv, and openpyxl if it is installed. And `registry init`.

use std::path::{Path, PathBuf};
use std::process::Command;

use keyferry::inventory::entry::Provenance;

use crate::support::inventory_files::inventory;
use crate::support::test_env::{TestEnv, token};

/// The owner in all files: characters of Windows-1252, quotes and separators.
const OWNER: &str = "Gr\u{fc}ne, \"Ops\"; B\u{e9}a";

const WRITER: &str = r#"
import codecs, csv, io, sys
folder, owner = sys.argv[1], sys.argv[2]
rows = [["Repository", "PATH", "App ID", "Owner", "Cost Center", ""], ["shop", "", "shop01", owner, "0042", ""],
        ["other", "db/**", "other1", "@acme/x", "", ""], ["", "", "", "", "", ""]]
number = 0
for delimiter in ",;\t":
    for quoting in csv.QUOTE_MINIMAL, csv.QUOTE_ALL:
        for line_end in "\r\n", "\n":
            text = io.StringIO()
            csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=line_end).writerows(rows)
            text = text.getvalue()
            encodings = {
                "utf-8": text.encode(), "utf-8-sig": text.encode("utf-8-sig"), "windows": text.encode("cp1252"),
                "le": text.encode("utf-16-le"), "be": text.encode("utf-16-be"),
                "le-bom": codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
                "be-bom": codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
            }
            for encoding, content in encodings.items():
                number += 1
                open(f"{folder}/{number:03}-{encoding}.csv", "wb").write(content)
try:
    import openpyxl
except ImportError:
    sys.exit()
book = openpyxl.Workbook()
sheet = book.active
for row in rows:
    sheet.append(row)
book.create_sheet("Empty")
hidden = book.create_sheet("Hidden")
hidden["A1"] = "anything"
hidden.sheet_state = "hidden"
book.save(f"{folder}/texts.xlsx")
sheet["E2"] = 42
sheet["E2"].number_format = "0000"
book.save(f"{folder}/zeros.xlsx")
import datetime
sheet["C2"] = 7
sheet["C3"] = datetime.date(2026, 3, 4)
sheet["D3"] = True
sheet["G1"] = "team"
book.save(f"{folder}/wrong.xlsx.bad")
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

#[test]
fn what_other_programs_write_is_one_register() {
    let env = TestEnv::new();
    env.write("shop/a.py", format!("token = '{}'\n", token(1)));
    let folder = env.path("files");
    std::fs::create_dir(&folder).unwrap();
    let ran = Command::new(python())
        .args(["-c", WRITER])
        .arg(&folder)
        .arg(OWNER)
        .status();
    assert!(ran.unwrap().success());
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 84, "{}", files.len());
    let workbooks = files
        .iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "xlsx"))
        .count();
    // Some of the texts are enough for the whole program; `decide::registry::tests` reads all combinations.
    for (number, file) in files.iter().enumerate() {
        let name = file.to_str().unwrap();
        if name.ends_with(".bad") || (name.ends_with(".csv") && number % 6 != 0) {
            continue;
        }
        env.keyferry(&["discover", "--registry", name, "shop"])
            .exits(0);
        let secrets = inventory(&env);
        let fact = |field: &str| {
            secrets[0]
                .metadata
                .get(field)
                .map(|fact| (fact.value.as_str(), fact.from))
        };
        assert_eq!(fact("owner"), Some((OWNER, Provenance::Registry)), "{name}");
        assert_eq!(
            fact("appid"),
            Some(("shop01", Provenance::Registry)),
            "{name}"
        );
        assert_eq!(
            fact("costcenter"),
            Some(("0042", Provenance::Registry)),
            "{name}"
        );
    }
    if workbooks == 0 {
        return;
    }
    std::fs::rename(folder.join("wrong.xlsx.bad"), folder.join("wrong.xlsx")).unwrap();
    let ran = env
        .keyferry(&["discover", "--registry", "files/wrong.xlsx", "shop"])
        .exits(2);
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!(
        lines[0], "error: files/wrong.xlsx has 4 mistakes",
        "{}",
        ran.stderr
    );
    for (line, begins) in lines[1..].iter().zip([
        "  files/wrong.xlsx:G1: unknown column `team`",
        "  files/wrong.xlsx:C2: the cell has the number 7",
        "  files/wrong.xlsx:C3: the cell has a date",
        "  files/wrong.xlsx:D3: the cell has the truth value TRUE",
    ]) {
        assert!(line.starts_with(begins), "{line}");
    }
}

#[test]
fn all_mistakes_of_a_register_are_said_at_once() {
    let env = TestEnv::new();
    env.write("shop/a.py", format!("token = '{}'\n", token(1)));
    env.write(
        "inventory/registry.csv",
        "repository;team;appid\r\nshop;x;SHOP\r\nshop;;shop01\r\nshop;;shop02\r\n;;\r\n;a;\r\n",
    );
    let ran = env.keyferry(&["discover", "shop"]).exits(2);
    insta::assert_snapshot!(ran.stderr, @r"
    error: inventory/registry.csv has 4 mistakes
      inventory/registry.csv:1:12: unknown column `team`; known ones are repository, path, appenv, appfunc, appid, appname, costcenter, dataclassification, itsmtier, owner, pipeline, sensitivityrating
      inventory/registry.csv:2:8: appid is `SHOP`, expected 5 to 7 lower-case letters and digits
      inventory/registry.csv:6:1: a row needs a `repository` (the name of one, or a glob) or an `appid`
      inventory/registry.csv:4:1: an earlier row (inventory/registry.csv:3:1) is for `shop` and the same path already
    hint: docs/policy.md describes the register
    ");
}

#[test]
fn a_register_is_begun_from_the_inventory() {
    let env = TestEnv::new();
    for (number, name) in [(1, "shop"), (2, "b[ill]ing")] {
        env.write(
            format!("{name}/a.py"),
            format!("token = '{}'\n", token(number)),
        );
        env.keyferry(&["discover", name, "--set", &format!("owner=@acme/{number}")])
            .exits(0);
    }
    env.keyferry(&["registry", "init"])
        .exits(0)
        .says(&["inventory/registry.csv has 2 rows"]);
    let text = std::fs::read_to_string(env.path("inventory/registry.csv")).unwrap();
    insta::assert_snapshot!(text, @r"
    repository,path,appid,appname,owner,appfunc,costcenter,dataclassification,itsmtier,pipeline,sensitivityrating
    b[[]ill[]]ing,,,billing,'@acme/2,,,,,,
    shop,,,shop,'@acme/1,,,,,,
    ");
    // It is read as it was written, and is not written over.
    let before = std::fs::read(env.path("inventory/registry.csv")).unwrap();
    env.keyferry(&["registry", "init"])
        .exits(2)
        .says(&["error: inventory/registry.csv exists\n", "--force"]);
    assert_eq!(
        std::fs::read(env.path("inventory/registry.csv")).unwrap(),
        before
    );
    for name in ["shop", "b[ill]ing"] {
        env.keyferry(&["discover", name, "--set", "owner="])
            .exits(0);
    }
    for secret in inventory(&env) {
        let owner = &secret.metadata["owner"];
        assert!(owner.value.starts_with("@acme/") && owner.from == Provenance::Registry);
    }
    env.keyferry(&["registry", "init", "--output", "other.csv"])
        .exits(0);
    env.keyferry(&["registry", "init", "--force"]).exits(0);
    std::fs::rename(
        env.path("inventory/registry.csv"),
        env.path("inventory/registry.yml"),
    )
    .unwrap();
    env.keyferry(&["registry", "init"])
        .exits(2)
        .says(&["inventory/registry.yml exists"]);
}

#[test]
fn an_environment_is_overruled_only_by_force() {
    let env = TestEnv::new();
    env.write("shop/deploy/prod/a.py", format!("token = '{}'\n", token(1)));
    env.keyferry(&["discover", "shop", "--set", "appenv=dev"])
        .exits(0);
    let secret = &inventory(&env)[0];
    assert!(!secret.metadata.contains_key("appenv"));
    let question = secret.decision.questions.join("\n");
    assert!(
        question.contains("--set appenv=dev") && question.contains("its path"),
        "{question}"
    );
    env.keyferry(&["discover", "shop", "--force-set", "appenv=dev"])
        .exits(0);
    let secret = &inventory(&env)[0];
    assert_eq!(secret.metadata["appenv"].from, Provenance::ForceSet);
    // Later scans keep it.
    env.keyferry(&["discover", "shop"]).exits(0);
    assert_eq!(inventory(&env)[0].metadata["appenv"].value, "dev");
    env.keyferry(&["discover", "shop", "--set", "appenv="])
        .exits(0);
    assert_eq!(inventory(&env)[0].metadata["appenv"].value, "prod");
    env.keyferry(&[
        "discover",
        "shop",
        "--set",
        "appenv=dev",
        "--force-set",
        "appenv=dev",
    ])
    .exits(2);
}
