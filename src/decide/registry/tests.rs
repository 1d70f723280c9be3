use proptest::prelude::*;

use super::*;
use crate::decide::repository_facts::Repositories;

/// The rows of a register as text, and its applications.
fn shown(registry: &Registry) -> String {
    let rows = registry.rows.iter().map(|row| {
        let path = row.path.as_ref().map(Glob::as_str);
        format!("{} {path:?} {:?}\n", row.repository, row.values)
    });
    let applications: BTreeMap<_, _> = registry.applications.iter().collect();
    format!("{}{applications:?}", rows.collect::<String>())
}

/// A table as CSV, with every cell in quotes if it needs them.
fn csv_of(table: &[Vec<String>], delimiter: char, line_end: &str) -> String {
    let cell = |text: &String| {
        let needs = text.contains([delimiter, '"', '\n', ',', ';', '\t']);
        if needs {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.clone()
        }
    };
    let line = |row: &Vec<String>| {
        let cells: Vec<String> = row.iter().map(cell).collect();
        cells.join(&delimiter.to_string()) + line_end
    };
    table.iter().map(line).collect()
}

/// A ZIP archive of stored or deflated members.
pub(super) fn zip_of(members: &[(&str, Vec<u8>)], deflated: bool) -> Vec<u8> {
    let (mut out, mut list) = (Vec::new(), Vec::new());
    let short = |number: usize| (number as u16).to_le_bytes();
    let long = |number: usize| (number as u32).to_le_bytes();
    for (name, content) in members {
        let packed = match deflated {
            true => miniz_oxide::deflate::compress_to_vec(content, 6),
            false => content.clone(),
        };
        let method = if deflated { 8 } else { 0 };
        let start = out.len();
        out.extend(b"PK\x03\x04");
        out.extend([short(20), short(0), short(method), short(0), short(0)].concat());
        out.extend([long(0), long(packed.len()), long(content.len())].concat());
        out.extend([short(name.len()), short(0)].concat());
        out.extend(name.as_bytes());
        out.extend(&packed);
        list.extend(b"PK\x01\x02");
        list.extend(
            [
                short(20),
                short(20),
                short(0),
                short(method),
                short(0),
                short(0),
            ]
            .concat(),
        );
        list.extend([long(0), long(packed.len()), long(content.len())].concat());
        list.extend([short(name.len()), short(0), short(0), short(0), short(0)].concat());
        list.extend([long(0), long(start)].concat());
        list.extend(name.as_bytes());
    }
    let start = out.len();
    out.extend(&list);
    out.extend(b"PK\x05\x06");
    out.extend(
        [
            short(0),
            short(0),
            short(members.len()),
            short(members.len()),
        ]
        .concat(),
    );
    out.extend([long(list.len()), long(start)].concat());
    out.extend(short(0));
    out
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

/// The members of a workbook with one sheet.
fn workbook(sheet: &str, shared: &str) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        (
            "xl/workbook.xml",
            b"<workbook xmlns:r=\"r\"><sheets><sheet name=\"Apps\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>".to_vec(),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            b"<Relationships><Relationship Id=\"rId1\" Target=\"worksheets/sheet1.xml\"/></Relationships>".to_vec(),
        ),
        (
            "xl/styles.xml",
            b"<styleSheet><numFmts><numFmt numFmtId=\"170\" formatCode=\"0000\"/></numFmts>\
              <cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"170\"/></cellXfs></styleSheet>"
                .to_vec(),
        ),
        ("xl/sharedStrings.xml", format!("<sst>{shared}</sst>").into_bytes()),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet><sheetData>{sheet}</sheetData></worksheet>").into_bytes(),
        ),
    ]
}

/// A table as a workbook, every other cell with a text of its own.
fn xlsx_of(table: &[Vec<String>]) -> Vec<u8> {
    let (mut sheet, mut shared, mut count) = (String::new(), String::new(), 0);
    for (row, cells) in table.iter().enumerate() {
        sheet += &format!("<row r=\"{}\">", row + 1);
        for (column, text) in cells
            .iter()
            .enumerate()
            .filter(|(_, text)| !text.is_empty())
        {
            let name = workbook::cell_name(row + 1, column);
            if (row + column) % 2 == 0 {
                sheet += &format!("<c r=\"{name}\" t=\"s\"><v>{count}</v></c>");
                shared += &format!("<si><t xml:space=\"preserve\">{}</t></si>", xml(text));
                count += 1;
            } else {
                sheet += &format!(
                    "<c r=\"{name}\" t=\"inlineStr\"><is><r><t>{}</t></r></is></c>",
                    xml(text)
                );
            }
        }
        sheet += "</row>";
    }
    zip_of(&workbook(&sheet, &shared), true)
}

fn read_csv_bytes(bytes: &[u8]) -> Registry {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("registry.csv");
    std::fs::write(&path, bytes).unwrap();
    Registry::load(&path, Links::Followed, &Policy::builtin()).unwrap()
}

fn read_xlsx(bytes: &[u8]) -> Result<Registry, String> {
    Registry::from_xlsx(Path::new("registry.xlsx"), bytes, &Policy::builtin())
        .map_err(|error| error.to_string())
}

/// Texts of owners. Windows-1252 has all of their characters.
const OWNER: &str = "[a-zA-Z@äöüßéÅ€–][a-z äé,;\"@/.-]{0,9}[a-zä]";

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn a_table_is_one_register_in_every_format(
        rows in prop::collection::vec(("[a-z]{1,8}", prop::option::of("[a-z]{1,4}/\\*\\*"), "[a-z0-9]{5,7}", OWNER), 1..6),
    ) {
        let header = ["Repository", "PATH", " App ID ", "owner", ""].map(str::to_owned).to_vec();
        let row = |(index, (repository, path, appid, owner)): (usize, &(String, Option<String>, String, String))| {
            vec![format!("{repository}{index}"), path.clone().unwrap_or_default(), appid.clone(), owner.clone(), String::new()]
        };
        let mut table = vec![header];
        table.extend(rows.iter().enumerate().map(row));
        table.push(vec![String::new(); 5]);
        let quoted = |text: &String| format!("'{}'", text.replace('\'', "''"));
        let mut yaml_text = "schema: 1\napplications:\n".to_owned();
        for row in &table[1..table.len() - 1] {
            yaml_text += &format!("  - repository: {}\n", quoted(&row[0]));
            for (field, value) in [("path", &row[1]), ("appid", &row[2]), ("Owner", &row[3])] {
                if !value.is_empty() {
                    yaml_text += &format!("    {field}: {}\n", quoted(value));
                }
            }
        }
        let expected = shown(&yaml(&yaml_text).unwrap());
        prop_assert_eq!(shown(&read_xlsx(&xlsx_of(&table)).unwrap()), expected.clone());
        for delimiter in [',', ';', '\t'] {
            for line_end in ["\n", "\r\n", "\r"] {
                let text = csv_of(&table, delimiter, line_end);
                let utf16 = |mark: &str, unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
                    format!("{mark}{text}").encode_utf16().flat_map(unit).collect()
                };
                let windows = |c: char| match c {
                    '€' => 0x80,
                    '–' => 0x96,
                    c => u8::try_from(u32::from(c)).unwrap(),
                };
                for bytes in [
                    text.clone().into_bytes(),
                    format!("\u{feff}{text}").into_bytes(),
                    utf16("\u{feff}", u16::to_le_bytes),
                    utf16("\u{feff}", u16::to_be_bytes),
                    utf16("", u16::to_le_bytes),
                    utf16("", u16::to_be_bytes),
                    text.chars().map(windows).collect(),
                ] {
                    prop_assert_eq!(shown(&read_csv_bytes(&bytes)), expected.clone(), "{}", text);
                }
            }
        }
    }

    #[test]
    fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0usize..2000, with: u8, sheet in "(<row r=\"[0-9]{1,9}\">|<c r=\"[A-Z]{1,4}1\" t=\"[a-z]{1,3}\">|<v>|[0-9]{1,3}|</v>|</c>|</row>|&a;|]]>|<){0,20}") {
        drop(read_xlsx(&bytes));
        drop(read_xlsx(&zip_of(&workbook(&sheet, &sheet), false)));
        let mut whole = xlsx_of(&[vec!["repository".to_owned()], vec!["a".to_owned()]]);
        let at = at % whole.len();
        whole[at] = with;
        drop(read_xlsx(&whole));
    }
}

#[test]
fn all_mistakes_are_reported_at_once() {
    insta::assert_snapshot!(csv("Repository;team;Cost Center;appenv;App_ID;\nacme/a;x;1;PROD;ord1\nacme/a;;2;dev;ord001;;more\n;;3;;;\n\nacme/b;;\"4\u{7}\";qa;;y\nACME/A;;;;ord001;\n").unwrap_err(), @r"
    registry.csv has 6 mistakes
    registry.csv:1:12: unknown column `team`; known ones are repository, path, appenv, appfunc, appid, appname, costcenter, dataclassification, itsmtier, owner, pipeline, sensitivityrating
    registry.csv:2:12: appenv is `PROD`, expected one of dev, test, nonp, prod
    registry.csv:2:17: appid is `ord1`, expected 5 to 7 lower-case letters and digits
    registry.csv:3:23: the row has 7 columns, the header 5: a cell with a separator in it needs quotes
    registry.csv:4:1: a row needs a `repository` (the name of one, or a glob) or an `appid`
    registry.csv:6:18: the row has 6 columns, the header 5: a cell with a separator in it needs quotes
    ");
    insta::assert_snapshot!(yaml("schema: 1\napplications:\n  - { repository: a, team: x, appenv: PROD }\n  - { owner: b }\n  - { repository: a, App Env: dev, appenv: dev }\n  - { path: 'x/**', appid: ord001 }\n").unwrap_err(), @r"
    registry.yaml has 5 mistakes
    registry.yaml:3:28: applications[0].team: unknown column `team`; known ones are repository, path, appenv, appfunc, appid, appname, costcenter, dataclassification, itsmtier, owner, pipeline, sensitivityrating
    registry.yaml:3:39: applications[0].appenv: appenv is `PROD`, expected one of dev, test, nonp, prod
    registry.yaml:4:5: applications[1].repository: a row needs a `repository` (the name of one, or a glob) or an `appid`
    registry.yaml:5:44: applications[2].appenv: the row has `appenv` twice
    registry.yaml:6:13: applications[3].path: a `path` needs a `repository`
    ");
    let many: String = (0..200).map(|n| format!("a{n},X\n")).collect();
    let error = csv(&format!("repository,appid\n{many}")).unwrap_err();
    assert!(
        error.starts_with("registry.csv has 200 mistakes\n") && error.ends_with("\nand 150 more"),
        "{error}"
    );
}

#[test]
fn an_appid_is_that_of_one_application() {
    insta::assert_snapshot!(csv("repository,appid,appname\na,ord001,orders\nb,ord001,orders\nc,ord001,billing\n").unwrap_err(), @"registry.csv:4:3: an earlier row (registry.csv:2:3) gives the appid `ord001` to `orders`, this one to `billing`: an appid is unique");
    insta::assert_snapshot!(csv("App ID,owner\nord001,a\nbil001,b\nord001,c\n").unwrap_err(), @"registry.csv:4:1: an earlier row (registry.csv:2:1) is for the application `ord001` already");
    insta::assert_snapshot!(csv("owner,path\na,b\n").unwrap_err(), @r"
    registry.csv has 2 mistakes
    registry.csv:1:1: no column is called `repository` or `appid`: the first line names the columns, and one of these says what a row is about
    registry.csv:2:1: a row needs a `repository` (the name of one, or a glob) or an `appid`
    ");
}

#[test]
fn an_application_has_the_fields_on_which_its_rows_agree() {
    let registry = csv("repository,path,appid,owner,costcenter,appfunc\n\
                        a,,ord001,@a,1,api\n\
                        b,,ord001,@b,1,api\n\
                        a,db/**,ord001,@dba,,dba\n\
                        ,,bil001,@billing,2,\n\
                        c,,bil001,@c,3,web\n")
    .unwrap();
    let fields = |appid| {
        registry
            .application(appid)
            .map(|(field, value)| format!("{field}={value}"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(fields("ord001"), "appfunc=api appid=ord001 costcenter=1");
    assert_eq!(
        fields("bil001"),
        "appfunc=web appid=bil001 costcenter=2 owner=@billing"
    );
    assert_eq!(fields("other1"), "");
}

#[test]
fn cells_that_are_no_text_are_reported() {
    let header = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>repository</t></is></c>\
                  <c r=\"B1\" t=\"inlineStr\"><is><t>appid</t></is></c><c r=\"C1\" t=\"inlineStr\"><is><t>cost center</t></is></c></row>";
    let of = |cells: &str| {
        let sheet =
            format!("{header}<row r=\"7\"><c r=\"A7\" t=\"str\"><v>orders</v></c>{cells}</row>");
        read_xlsx(&zip_of(&workbook(&sheet, ""), true))
    };
    insta::assert_snapshot!(of("<c r=\"B7\"><v>7</v></c>").unwrap_err(), @"registry.xlsx:B7: the cell has the number 7, which may have been another text (`007` becomes 7): give the column the format Text and type the value again");
    insta::assert_snapshot!(of("<c r=\"B7\" s=\"1\"><v>45000</v></c><c r=\"C7\"><v>1.5E+15</v></c>").unwrap_err(), @r"
    registry.xlsx has 2 mistakes
    registry.xlsx:B7: the cell has a date (as the number 45000), which may have been another text: give the column the format Text and type the value again
    registry.xlsx:C7: the cell has the number 1.5E+15, which may have been another text (`007` becomes 7): give the column the format Text and type the value again
    ");
    insta::assert_snapshot!(of("<c r=\"B7\" t=\"b\"><v>1</v></c><c r=\"C7\" t=\"e\"><v>#N/A</v></c>").unwrap_err(), @r"
    registry.xlsx has 2 mistakes
    registry.xlsx:B7: the cell has the truth value TRUE: give the column the format Text
    registry.xlsx:C7: the cell has the error #N/A
    ");
    let taken = of("<c r=\"C7\"><v>4711</v></c>").unwrap();
    assert!(shown(&taken).contains("\"costcenter\": \"4711\""));
    insta::assert_snapshot!(taken.notes().join("\n"), @"registry.xlsx: cells of costcenter are numbers, which have lost the zeros at their beginning if there were any; the format Text keeps them");
    let zeros = of("<c r=\"C7\" s=\"2\"><v>42</v></c>").unwrap();
    assert!(shown(&zeros).contains("\"costcenter\": \"0042\"") && zeros.notes().is_empty());
}

#[test]
fn a_hostile_workbook_costs_little() {
    let zeros = vec![b' '; 70 << 20];
    let mut members = workbook("<row/>", "");
    members[4].1 = zeros;
    insta::assert_snapshot!(read_xlsx(&zip_of(&members, true)).unwrap_err(), @"registry.xlsx: the content has more than 64 MiB");
    // Many cells refer to one long text.
    let shared = format!("<si><t>{}</t></si>", "x".repeat(1 << 20));
    let cells: String = (0..100)
        .map(|n| {
            format!(
                "<row r=\"{}\"><c r=\"A{}\" t=\"s\"><v>0</v></c></row>",
                n + 1,
                n + 1
            )
        })
        .collect();
    insta::assert_snapshot!(read_xlsx(&zip_of(&workbook(&cells, &shared), true)).unwrap_err(), @"registry.xlsx: the texts of the sheet have more than 64 MiB");
    insta::assert_snapshot!(read_xlsx(&zip_of(&workbook("<row r=\"1\"><c r=\"XFD1\"><v>1</v></c></row>", ""), true)).unwrap_err(), @"registry.xlsx: the sheet has more than 2000000 cells or 512 columns");
    let mut bomb = workbook("<row/>", "");
    bomb[3].1 = b"<!DOCTYPE a [<!ENTITY b \"cccc\">]><sst><si><t>&b;</t></si></sst>".to_vec();
    insta::assert_snapshot!(read_xlsx(&zip_of(&bomb, true)).unwrap_err(), @"registry.xlsx: xl/sharedStrings.xml has a document type, which no spreadsheet writes");
    insta::assert_snapshot!(read_xlsx(b"PK\x03\x04").unwrap_err(), @"registry.xlsx: the file is damaged: it is no complete ZIP archive");
    insta::assert_snapshot!(read_xlsx(&zip_of(&workbook("", ""), true)).unwrap_err(), @"registry.xlsx: the workbook has no visible sheet with a cell");
}

fn csv(text: &str) -> Result<Registry, String> {
    Registry::from_csv(Path::new("registry.csv"), text, &Policy::builtin())
        .map_err(|error| error.to_string())
}

fn yaml(text: &str) -> Result<Registry, String> {
    Registry::from_yaml(Path::new("registry.yaml"), text, &Policy::builtin())
        .map_err(|error| error.to_string())
}

#[test]
fn the_most_precise_row_gives_each_field() {
    let registry = csv("repository,path,appid,appfunc,owner\n\
                        *,,every1,,Ops\n\
                        acme/*,,acme01,api,\n\
                        acme/orders,,ord001,,\"Doe, Jane\"\n\
                        orders,db/**,,dba,\n\
                        ,,,,\n")
    .unwrap();
    let found = |repository, path| {
        let found = registry.lookup(&Repositories::default().name(repository), path);
        found
            .into_iter()
            .map(|(field, value)| format!("{field}={value}"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(found("other/x", "db/a"), "appid=every1 owner=Ops");
    assert_eq!(
        found("github.com/acme/web", "a"),
        "appfunc=api appid=acme01 owner=Ops"
    );
    assert_eq!(
        found("github.com/Acme/Orders", "a"),
        "appfunc=api appid=ord001 owner=Doe, Jane"
    );
    assert_eq!(
        found("acme/orders", "db/a/b.yml"),
        "appfunc=dba appid=ord001 owner=Doe, Jane"
    );
    assert_eq!(
        found("acme/orders", ""),
        "appfunc=api appid=ord001 owner=Doe, Jane"
    );
}

#[test]
fn globs_are_compared_once_with_each_repository() {
    let mut text = "repository,appid\n".to_owned();
    (0..500).for_each(|n| text.push_str(&format!("repository-{n}-*,app{n:03}\n")));
    let registry = csv(&text).unwrap();
    let repositories = Repositories::default();
    steps::take();
    for secret in 0..2000 {
        let name = format!("acme/repository-{}-x", secret % 20);
        let found = registry.lookup(&repositories.name(&name), "a.env");
        assert_eq!(found["appid"], format!("app{:03}", secret % 20));
    }
    assert_eq!(steps::take(), 20 * 500);
}

#[test]
fn spreadsheets_separate_columns_in_their_own_ways() {
    for text in [
        "repository,appid,owner\na,abcde,\"Doe; Jane\"\n",
        "repository;appid;owner\na;abcde;Doe; Jane\n"
            .replace("Doe; Jane", "\"Doe; Jane\"")
            .as_str(),
        "repository\tappid\towner\na\tabcde\tDoe; Jane\n",
        "sep=;\n\"repository\";appid;owner\na;abcde;\"Doe; Jane\"\n",
        "\"repository\";\"appid\";\"owner\"\na;abcde;\"Doe; Jane\"\n",
    ] {
        let registry = csv(text).unwrap();
        let found = registry.lookup(&Repositories::default().name("a"), "");
        assert_eq!(found["appid"], "abcde", "{text}");
        assert_eq!(found["owner"], "Doe; Jane", "{text}");
    }
}

#[test]
fn repositories_are_known_by_any_row() {
    let registry = Registry::from_csv(
        Path::new("r.csv"),
        "repository,path,appid\nacme/*,db/**,ord001\n",
        &Policy::builtin(),
    );
    let registry = registry.unwrap();
    let knows = |name| registry.knows(&Repositories::default().name(name));
    assert!(knows("github.com/acme/orders") && !knows("github.com/other/orders"));
}

#[test]
fn csv_mistakes_have_their_place() {
    insta::assert_snapshot!(csv("repository,appid,team\nx,abcde,y\n").unwrap_err(), @"registry.csv:1:18: unknown column `team`; known ones are repository, path, appenv, appfunc, appid, appname, costcenter, dataclassification, itsmtier, owner, pipeline, sensitivityrating");
    insta::assert_snapshot!(csv("repository,owner,appid\n\"a\",\"x\ny\",ordersapp\n").unwrap_err(), @r#"
    registry.csv has 2 mistakes
    registry.csv:2:5: owner is "x\ny": it is empty or contains a control character
    registry.csv:3:4: appid is `ordersapp`, expected 5 to 7 lower-case letters and digits
    "#);
    insta::assert_snapshot!(csv("repository,owner,appid\n\na,\"x, y\",ordersapp\n").unwrap_err(), @"registry.csv:3:10: appid is `ordersapp`, expected 5 to 7 lower-case letters and digits");
    insta::assert_snapshot!(csv("repository,appid\na\n").unwrap_err(), @"registry.csv:2:1: the row has 1 columns, the header 2");
    insta::assert_snapshot!(csv("repository,owner\n,abcde\n").unwrap_err(), @"registry.csv:2:1: a row needs a `repository` (the name of one, or a glob) or an `appid`");
    insta::assert_snapshot!(csv("repository,appid\na,abcde\nb,abcdf\nA,abcdg\n").unwrap_err(), @"registry.csv:4:1: an earlier row (registry.csv:2:1) is for `A` and the same path already");
    insta::assert_snapshot!(csv("sep=;\nrepository;appid\na;abcde;x\n").unwrap_err(), @"registry.csv:3:9: the row has 3 columns, the header 2: a cell with a separator in it needs quotes");
    insta::assert_snapshot!(csv("sep=;\nrepository;appid\n\"a;b\";x\n").unwrap_err(), @"registry.csv:3:7: appid is `x`, expected 5 to 7 lower-case letters and digits");
    insta::assert_snapshot!(csv("repository;owner\na;\u{201c}Ops\u{201d}\n").unwrap_err(), @r#"registry.csv:2:3: typographic quotes are part of the value here: write straight quotes, `"`"#);
    insta::assert_snapshot!(csv("repository,path\na,{b\n").unwrap_err(), @"registry.csv:2:3: `{b` is no glob: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)");
    insta::assert_snapshot!(csv("repository,repository\na,b\n").unwrap_err(), @"registry.csv:1:12: two columns are called `repository`");
}

#[test]
fn yaml_says_the_same() {
    let registry = yaml(
        "schema: 1\napplications:\n  - { repository: orders, appid: ord001, costcenter: 0042 }\n",
    );
    assert_eq!(
        registry
            .unwrap()
            .lookup(&Repositories::default().name("acme/orders"), "x")["costcenter"],
        "0042"
    );
    insta::assert_snapshot!(yaml("schema: 1\napplications:\n  - repository: a\n    team: b\n").unwrap_err(), @"registry.yaml:4:11: applications[0].team: unknown column `team`; known ones are repository, path, appenv, appfunc, appid, appname, costcenter, dataclassification, itsmtier, owner, pipeline, sensitivityrating");
    insta::assert_snapshot!(yaml("schema: 1\napplications:\n  - repository: a\n    appenv: PROD\n").unwrap_err(), @"registry.yaml:4:13: applications[0].appenv: appenv is `PROD`, expected one of dev, test, nonp, prod");
    insta::assert_snapshot!(yaml("schema: 2\napps: []\n").unwrap_err(), @"registry.yaml:1:9: schema: format 2 is unknown; this version reads 1");
    insta::assert_snapshot!(yaml("schema: 1\napplications:\n  - appenv: prod\n").unwrap_err(), @"registry.yaml:3:5: applications[0].repository: a row needs a `repository` (the name of one, or a glob) or an `appid`");
}

proptest::proptest! {
    #[test]
    fn no_text_is_too_strange(text in "(?s)(sep=[,;]\n)?repository[,;]owner\n?([a*,\"é\r\n{\\[]{0,40})", other in "(?s).{0,40}") {
        for text in [text, other] {
            drop(csv(&text));
            drop(yaml(&text));
        }
    }
}
