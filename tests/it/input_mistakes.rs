//! Mistakes in files that people write: each is reported with its place and the expected input, before any action.

use crate::discover::{bytes, unchanged};
use crate::support::test_env::{TestEnv, token};

const POLICY: &str = "hint: docs/policy.md describes the policy file\n";
const DECISIONS: &str = "hint: docs/policy.md describes decisions.yaml\n";
const REGISTER: &str = "hint: docs/policy.md describes the register\n";

/// A folder with one finding and its inventory.
fn shop() -> TestEnv {
    let env = TestEnv::new();
    env.write("shop/a.py", format!("token = '{}'\n", token(1)));
    env.keyferry(&["discover", "shop"]).exits(0);
    env
}

/// With each text in turn as `inventory/name`, the commands that read it say `place: message` and change nothing.
#[track_caller]
fn told(name: &str, hint: &str, cases: &[(&str, &str)]) {
    let env = shop();
    // Another finding, which would be written if anything were.
    env.write("shop/b.py", format!("token = '{}'\n", token(2)));
    for (text, message) in cases {
        env.write(format!("inventory/{name}"), text);
        let before = bytes(&env);
        for command in [
            vec!["discover", "shop"],
            vec![
                "plan",
                "--offline",
                "--account",
                "123456789012",
                "--region",
                "eu-west-1",
            ],
            vec!["import", "--yes"],
        ] {
            let ran = env.keyferry(&command).exits(2);
            assert_eq!(ran.stdout, "", "{text}");
            assert_eq!(
                ran.stderr,
                format!("error: inventory/{name}:{message}\n{hint}"),
                "{text}"
            );
        }
        unchanged(&env, &before);
    }
}

#[test]
fn in_the_policy() {
    told(
        "policy.yaml",
        POLICY,
        &[
            (
                "schema: 1\nnaming:\n  templte: /x/{name}\n",
                "3:3: naming: unknown field `templte`, expected `template`",
            ),
            (
                "schema: 1\nnaming:\n  template: /{appidd}/{name}\n",
                "3:13: naming.template: unknown placeholder `{appidd}`; known ones are appenv, appfunc, appid, appname, \
                 costcenter, dataclassification, itsmtier, owner, pipeline, repository, sensitivityrating, name, kind, id",
            ),
            (
                "schema: 1\ndecisions:\n  - id: a\n    when: { exposure: [at-haed] }\n    then: relocate\n    reason: r\n",
                "4:24: decisions[0].when.exposure[0]: unknown variant `at-haed`, expected one of `at-head`, `history`, \
                 `unreachable`",
            ),
            (
                "schema: 1\nfields: [appid]\n",
                "2:9: fields: invalid type: sequence, expected a mapping",
            ),
            (
                "schema: 2\nwaves: 1\n",
                "1:9: schema: format 2 is unknown; this version reads 1",
            ),
            ("", "1:1: the file is empty"),
            (
                "schema: 1\nprice: { secret_month: 1 }\n\ntarget:\n  region: eu-west-1\nprice: { secret_month: 2 }\n",
                "6:1: `price` is given twice",
            ),
            (
                "schema: 1\ntarget:\n  region: eu-west-1\n  account: '123456789012'\n  region: eu-west-2\n",
                "5:3: target: `region` is given twice",
            ),
        ],
    );
}

#[test]
fn in_the_decisions() {
    let entry = |text: &str| format!("schema: 1\ndecisions:\n  s-{}:\n{text}", "0f".repeat(12));
    let place = format!("decisions.s-{}", "0f".repeat(12));
    let cases = [
        (
            entry("    outcom: retain\n    by: a\n"),
            format!(
                "4:5: {place}: unknown field `outcom`, expected one of `outcome`, `reason`, `by`, `until`, `metadata`, \
                 `name`, `reading`, `uses`"
            ),
        ),
        (
            entry("    by: a\n    outcome: retian\n"),
            format!(
                "5:14: {place}.outcome: unknown variant `retian`, expected one of `relocate`, `retain`, `retire`, \
                 `dismiss`, `review`"
            ),
        ),
        (
            entry("    outcome: retain\n    by: a\n"),
            format!("4:5: {place}.reason: an outcome needs a reason"),
        ),
        (
            entry("    outcome: retain\n    reason: r\n    by: a\n    until: 2026-13-01\n"),
            format!("7:12: {place}.until: `2026-13-01` is no date such as 2026-03-31"),
        ),
        (
            entry("    by: a\n    metadata: { appenv: prd }\n"),
            format!(
                "5:25: {place}.metadata.appenv: appenv is `prd`, expected one of dev, test, nonp, prod"
            ),
        ),
        (
            "schema: 1\ndecisions:\n  s-0f1e: { by: a, name: n }\n".to_owned(),
            "3:11: decisions.s-0f1e: a secret id is `s-` and 24 lower-case hex digits; a use has `/`, its application, `/` and its environment behind them".to_owned(),
        ),
        (
            "schema: 3\ndecisions: []\n".to_owned(),
            "1:9: schema: format 3 is unknown; this version reads 1 and 2".to_owned(),
        ),
        (
            "schema: 2\nstatements:\n  - { by: a, outcome: retain, reason: r }\n".to_owned(),
            "3:5: statements[0].secrets: the statement is about nothing: give `secret`, `secrets` or `when`".to_owned(),
        ),
    ];
    let cases: Vec<(&str, &str)> = cases
        .iter()
        .map(|(text, told)| (text.as_str(), told.as_str()))
        .collect();
    told("decisions.yaml", DECISIONS, &cases);
}

#[test]
fn in_the_register() {
    let known = "known ones are repository, path, appenv, appfunc, appid, appname, costcenter, dataclassification, \
                 itsmtier, owner, pipeline, sensitivityrating";
    told(
        "registry.csv",
        REGISTER,
        &[
            (
                "repository,pth,appid\nshop,,ord001\n",
                &format!("1:12: unknown column `pth`; {known}"),
            ),
            (
                "repository,path,appid\nshop,,ord001\nshop,,x\n",
                "3:7: appid is `x`, expected 5 to 7 lower-case letters and digits",
            ),
            (
                "repository,path,appid\nshop,,ord001,more\n",
                "2:14: the row has 4 columns, the header 3: a cell with a separator in it needs quotes",
            ),
        ],
    );
    told(
        "registry.yaml",
        REGISTER,
        &[(
            "schema: 1\napplications:\n  - { repository: shop, apid: ord001 }\n",
            &format!("3:31: applications[0].apid: unknown column `apid`; {known}"),
        )],
    );
}

/// Every file that people write is read by one reader, so one of them stands for all.
#[test]
fn in_the_encoding_and_the_characters_of_a_file() {
    told(
        "decisions.yaml",
        DECISIONS,
        &[
            (
                "schema: 1\ndecisions:\n<<<<<<< HEAD\n  a: 1\n=======\n  a: 2\n>>>>>>> other\n",
                "3:1: a conflict of a git merge is not resolved here (`<<<<<<<`): keep one side and remove the marks",
            ),
            (
                "schema: 1\ndecisions:\n\ts-1: {}\n",
                "3:1: a tab is in the indentation: YAML is indented with spaces only",
            ),
            (
                "schema: 1\ndecisions:\n\u{a0} s-1: {}\n",
                "3:1: a no-break space or another invisible character is here: replace it with a space",
            ),
            (
                "schema: \u{201c}1\u{201d}\ndecisions: {}\n",
                "1:9: typographic quotes are part of the value here: write straight quotes, `\"` or `'`",
            ),
            (
                &format!("schema: 1\ndecisions: {}", "[".repeat(100_000)),
                "2:74: lists and mappings are nested deeper than 64 levels",
            ),
        ],
    );
    let env = shop();
    let before = bytes(&env);
    for (name, content, hint, message) in [
        (
            "decisions.yaml",
            b"by: M\xfcller\n".as_slice(),
            DECISIONS,
            "1:6: the byte 0xFC is no UTF-8; in the encoding of Windows (Windows-1252, Latin-1) it is `\u{fc}`: save the file as UTF-8",
        ),
        (
            "registry.csv",
            b"repository,owner\nshop,M\x81ller\n",
            REGISTER,
            "2:7: the byte 0x81 is no UTF-8: save the file as UTF-8",
        ),
        (
            "registry.csv",
            b"repository,owner\nshop,M\xc3\xbcller\nstore,M\xfcller\n",
            REGISTER,
            "3:8: the byte 0xFC is no UTF-8; in the encoding of Windows (Windows-1252, Latin-1) it is `\u{fc}`: save the file as UTF-8",
        ),
        (
            "policy.yaml",
            b"PK\x03\x04",
            POLICY,
            "1:1: the file is a spreadsheet or an archive, not text: export it as CSV (UTF-8)",
        ),
    ] {
        let path = env.write(format!("inventory/{name}"), content);
        let ran = env.keyferry(&["discover", "shop"]).exits(2);
        assert_eq!(
            ran.stderr,
            format!("error: inventory/{name}:{message}\n{hint}")
        );
        std::fs::remove_file(path).unwrap();
    }
    env.write("own/own.yaml", b"schema: 1\nprovider: M\xfcller\n");
    env.keyferry(&["scan", "--detectors", "own", "shop"])
        .exits(2)
        .says(&["error: own/own.yaml:2:12: the byte 0xFC is no UTF-8"]);
    unchanged(&env, &before);
}

#[test]
fn files_of_spreadsheets_and_of_windows_are_understood() {
    let utf16 = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    };
    let comma = "repository,owner\nshop,Gr\u{fc}ne\n";
    for content in [
        comma.as_bytes().to_vec(),
        format!("\u{feff}{comma}").into_bytes(),
        comma.replace('\n', "\r\n").replace(',', ";").into_bytes(),
        comma.replace('\n', "\r").into_bytes(),
        format!("sep=;\r\n{}", comma.replace(',', ";")).into_bytes(),
        utf16(
            &format!("\u{feff}{}", comma.replace(',', "\t")),
            u16::to_le_bytes,
        ),
        utf16(comma, u16::to_be_bytes),
        b"Repository;Owner\r\nshop;Gr\xfcne\r\n;\r\n".to_vec(),
    ] {
        let env = TestEnv::new();
        env.write("shop/a.py", format!("token = '{}'\n", token(1)));
        env.write("inventory/registry.csv", &content);
        env.keyferry(&["discover", "shop"]).exits(0);
        let entry = std::fs::read_to_string(env.path("inventory/unassigned.yaml")).unwrap();
        assert!(
            entry.contains("{\"value\": \"Gr\u{fc}ne\""),
            "{content:?}: {entry}"
        );
    }
}

#[test]
fn in_the_name_of_a_file() {
    let env = shop();
    let register = "repository,appid\nshop,ord001\n";
    for (name, expected) in [
        ("Registry.CSV", "registry.csv"),
        ("registry.YML", "registry.yaml"),
        ("Policy.yaml", "policy.yaml"),
        ("decisions.yaml.txt", "decisions.yaml"),
    ] {
        let path = env.write(format!("inventory/{name}"), register);
        env.keyferry(&["discover", "shop"]).exits(2).says(&[
            &format!("error: inventory/{name} is not read: its name must be {expected}\n"),
            &format!("hint: mv inventory/{name} inventory/{expected}\n"),
        ]);
        std::fs::remove_file(path).unwrap();
    }
    env.write("inventory/registry.xls", "PK");
    env.keyferry(&["discover", "shop"])
        .exits(2)
        .says(&["hint: save its content as registry.xlsx, in the form of docs/policy.md\n"]);
    std::fs::remove_file(env.path("inventory/registry.xls")).unwrap();
    env.write("inventory/registry.xlsx", "PK");
    env.keyferry(&["discover", "shop"]).exits(2).says(&[
        "error: inventory/registry.xlsx: the file is damaged: it is no complete ZIP archive\n",
    ]);
    std::fs::remove_file(env.path("inventory/registry.xlsx")).unwrap();

    env.write("inventory/registry.csv", register);
    env.write("inventory/registry.yaml", "schema: 1\napplications: []\n");
    env.keyferry(&["discover", "shop"]).exits(2).says(&[
        "error: there are several registers, and only one is read: inventory/registry.csv, inventory/registry.yaml\n",
        "hint: move the others away, or name one with --registry\n",
    ]);
    let named = ["discover", "--registry", "inventory/registry.csv", "shop"];
    env.keyferry(&named).exits(0);
    assert!(env.path("inventory/ord001.yaml").exists());
}

/// Somebody else may be able to write into the folder: a link there would choose what decides.
#[test]
fn in_a_link_in_place_of_a_file() {
    let env = shop();
    let before = bytes(&env);
    env.write("elsewhere.yaml", "schema: 1\n");
    for name in ["policy.yaml", "decisions.yaml", "registry.yaml"] {
        let link = env.path("inventory").join(name);
        std::os::unix::fs::symlink("../elsewhere.yaml", &link).unwrap();
        env.keyferry(&["discover", "shop"])
            .exits(2)
            .says(&[&format!(
                "error: cannot read inventory/{name}: it is a symbolic link, or lies behind one\n"
            )]);
        std::fs::remove_file(link).unwrap();
    }
    std::os::unix::fs::symlink("elsewhere.yaml", env.path("link.yaml")).unwrap();
    env.keyferry(&["discover", "--policy", "link.yaml", "shop"])
        .exits(0);
    unchanged(&env, &before);
}

#[test]
fn in_a_file_that_an_option_names() {
    let env = shop();
    let before = bytes(&env);
    env.write(
        "own/policy.yaml",
        "schema: 1\ntags:\n  fields:\n    a: appidd\n",
    );
    for (option, path) in [
        ("--policy", "own/none.yaml"),
        ("--registry", "own/none.csv"),
    ] {
        let ran = env.keyferry(&["discover", option, path, "shop"]).exits(2);
        ran.says(&[&format!(
            "error: cannot read {path}: No such file or directory"
        )]);
    }
    let ran = env
        .keyferry(&["discover", "--policy", "own/policy.yaml", "shop"])
        .exits(2);
    ran.says(&[
        "error: own/policy.yaml:4:8: tags.fields.a: ",
        "appidd",
        POLICY,
    ]);
    unchanged(&env, &before);
}

#[test]
fn in_facts_on_the_command_line() {
    let env = shop();
    let before = bytes(&env);
    for (set, message) in [
        ("appid", "it takes FIELD=VALUE, as in --set appid=orders"),
        (
            "appid=X",
            "appid is `X`, expected 5 to 7 lower-case letters and digits",
        ),
        (
            "appenv=prd",
            "appenv is `prd`, expected one of dev, test, nonp, prod",
        ),
        (
            "apid=ord001",
            "unknown field `apid`; known ones are appenv, appfunc, appid, appname, costcenter, dataclassification, \
             itsmtier, owner, pipeline, repository, sensitivityrating",
        ),
    ] {
        let ran = env.keyferry(&["discover", "--set", set, "shop"]).exits(2);
        assert_eq!(ran.stderr, format!("error: --set {set}: {message}\n"));
    }
    unchanged(&env, &before);
}

#[test]
fn in_a_rule_of_the_user() {
    let env = shop();
    let before = bytes(&env);
    let rule = |rest: &str| {
        let head = "id: own-token, name: n, confidence: low, examples: [zzz]";
        format!("schema: 1\nprovider: X\nopens: y\nrules:\n  - {{{head}, {rest}}}\n")
    };
    for (text, words) in [
        (
            "schema: 1\nprovider: X\nopens: y\nrules:\n  - id: a\n    nmae: b\n".to_owned(),
            [
                "rules[0]: unknown field `nmae`, expected one of `id`, `name`, `kind`",
                "own.yaml:6:5: ",
            ],
        ),
        (
            rule("kind: aplication, anchors: [zzz], pattern: zzz"),
            [
                "rules[0].kind: unknown variant `aplication`, expected one of `application`",
                "own.yaml:5:70: ",
            ],
        ),
        (
            "schema: 1\nprovider: [\n".to_owned(),
            ["own.yaml:3:1: ", "did not find expected node content"],
        ),
        (
            rule("kind: application, anchors: [zzz], pattern: 'zzz('"),
            [
                "rules[0].pattern: the regular expression does not parse",
                "(rule `own-token`)",
            ],
        ),
        (
            rule("kind: application, pattern: zzz"),
            [
                "rules[0].pattern: `pattern` needs `anchors`: literals that every match contains",
                "(rule `own-token`)",
            ],
        ),
    ] {
        env.write("own/own.yaml", &text);
        for command in ["discover", "scan"] {
            let ran = env
                .keyferry(&[command, "--detectors", "own", "shop"])
                .exits(2);
            assert!(
                ran.stdout.is_empty() && ran.stderr.starts_with("error: own/own.yaml:"),
                "{}",
                ran.stderr
            );
            ran.says(&words).says(&[
                "\nhint: `keyferry detectors show ID` prints a built-in rule as an example",
            ]);
        }
    }
    env.write("empty/README.md", "no rules\n");
    for (folder, told) in [
        ("empty", "error: empty contains no rule file (*.yaml)\n"),
        ("none", "error: cannot read none: "),
    ] {
        env.keyferry(&["scan", "--detectors", folder, "shop"])
            .exits(2)
            .says(&[told]);
    }
    unchanged(&env, &before);
}

#[test]
fn on_the_command_line() {
    let env = shop();
    let before = bytes(&env);
    for (option, value, message) in [
        (
            "--region",
            "eu central",
            "\"eu central\" is no name of an AWS Region",
        ),
        (
            "--endpoint-url",
            "localhost:5000",
            "an endpoint is a URL that begins with https://",
        ),
        (
            "--kms-key",
            "alias/orders",
            "\"alias/orders\" is no ARN of a KMS key",
        ),
        ("--account", "12", "an AWS account is 12 digits, not \"12\""),
    ] {
        env.keyferry(&["plan", option, value])
            .exits(2)
            .says(&[message]);
    }
    unchanged(&env, &before);
}

#[test]
fn a_register_of_other_repositories_is_mentioned() {
    let env = shop();
    let plan = [
        "plan",
        "--offline",
        "--account",
        "123456789012",
        "--region",
        "eu-west-1",
    ];
    let word = "no row of the register is for any repository with secrets, such as shop";
    env.write(
        "inventory/registry.csv",
        "repository,appid\nacme/other,ord001\n",
    );
    env.keyferry(&plan).exits(1).says(&[word]);
    env.write(
        "inventory/registry.csv",
        "repository,appid\nacme/other,ord001\nsh*,ord002\n",
    );
    assert!(!env.keyferry(&plan).exits(1).stderr.contains(word));
}
