//! Reading the files of statements: their mistakes have places.

use super::*;
use crate::inventory::entry::Outcome;

const ID: &str = "s-000000000000000000000001";

fn read(text: &str) -> Result<Decisions, String> {
    Decisions::parse(Path::new("decisions.yaml"), text, &Policy::builtin())
        .map_err(|error| error.to_string())
}

fn entry(text: &str) -> Result<Decisions, String> {
    read(&format!("schema: 1\ndecisions:\n  {ID}: {text}\n"))
}

#[test]
fn an_outcome_ends() {
    let decisions = entry("{ outcome: retain, reason: r, by: jane, until: 2026-03-31 }").unwrap();
    let id: SecretId = ID.parse().unwrap();
    let says = &decisions.all()[0].says;
    assert_eq!(
        says.outcome_on(jiff::civil::date(2026, 3, 31)),
        Some(Outcome::Retain)
    );
    assert_eq!(says.outcome_on(jiff::civil::date(2026, 4, 1)), None);
    assert_eq!(decisions.unknown_ids([]), std::slice::from_ref(&id));
    assert_eq!(decisions.unknown_ids([&id]), []);
}

#[test]
fn mistakes_have_their_place() {
    insta::assert_snapshot!(entry("{ outcome: keep, reason: r, by: j }").unwrap_err(), @"decisions.yaml:3:42: decisions.s-000000000000000000000001.outcome: unknown variant `keep`, expected one of `relocate`, `retain`, `retire`, `dismiss`, `review`");
    insta::assert_snapshot!(entry("{ outcome: retain, by: j }").unwrap_err(), @"decisions.yaml:3:31: decisions.s-000000000000000000000001.reason: an outcome needs a reason");
    insta::assert_snapshot!(entry("{ by: j }").unwrap_err(), @"decisions.yaml:3:31: decisions.s-000000000000000000000001.outcome: the entry says nothing: give an outcome, metadata, a name, a reading, uses, a rotation or a replacement");
    insta::assert_snapshot!(entry("{ outcome: retain, reason: r, by: j, until: 31.3.2026 }").unwrap_err(), @"decisions.yaml:3:75: decisions.s-000000000000000000000001.until: `31.3.2026` is no date such as 2026-03-31");
    insta::assert_snapshot!(entry("{ by: j, metadata: { appid: A } }").unwrap_err(), @"decisions.yaml:3:59: decisions.s-000000000000000000000001.metadata.appid: appid is `A`, expected 5 to 7 lower-case letters and digits");
    insta::assert_snapshot!(entry("{ by: j, name: db-secret }").unwrap_err(), @"decisions.yaml:3:46: decisions.s-000000000000000000000001.name: the name ends in `-secret`: a hyphen and six characters look like the end of a secret's ARN");
    insta::assert_snapshot!(entry("{ by: j, why: x }").unwrap_err(), @"decisions.yaml:3:40: decisions.s-000000000000000000000001: unknown field `why`, expected one of `outcome`, `reason`, `by`, `until`, `metadata`, `name`, `reading`, `uses`");
    insta::assert_snapshot!(entry("{ by: j, reading: raw }").unwrap_err(), @"decisions.yaml:3:49: decisions.s-000000000000000000000001.reading: unknown variant `raw`, expected `as-read` or `as-written`");
    insta::assert_snapshot!(read("schema: 1\ndecisions:\n  s-1: { by: j, name: x }\n").unwrap_err(), @"decisions.yaml:3:8: decisions.s-1: a secret id is `s-` and 24 lower-case hex digits; a use has `/`, its application, `/` and its environment behind them");
    insta::assert_snapshot!(read("schema: 1\ndecisions: {\n").unwrap_err(), @"decisions.yaml:3:1: did not find expected node content at line 3 column 1, while parsing a flow node");
    insta::assert_snapshot!(read("").unwrap_err(), @"decisions.yaml:1:1: the file is empty");
}

#[test]
fn twice_the_same_secret_is_a_mistake() {
    let line = format!("  {ID}: {{ by: j, name: x }}\n");
    let error = read(&format!("schema: 1\ndecisions:\n{line}{line}")).unwrap_err();
    assert!(error.contains("given twice"), "{error}");
}

#[test]
fn the_decisions_of_the_example_inventory_are_about_its_secrets() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("inventory/example");
    let path = folder.join("decisions.yaml");
    let decisions = Decisions::load(
        &[(path, "decisions.yaml".to_owned())],
        Links::Followed,
        &Policy::builtin(),
    )
    .unwrap();
    let text = std::fs::read_to_string(folder.join("ord001.yaml")).unwrap();
    let file: crate::inventory::stored_file::InventoryFile = serde_yaml::from_str(&text).unwrap();
    assert_eq!(
        decisions.unknown_ids(file.secrets.iter().map(|secret| &secret.id)),
        []
    );
}

fn statement(text: &str) -> String {
    let text = format!(
        "schema: 2\nstatements:\n  - by: j\n    {}\n",
        text.replace('\n', "\n    ")
    );
    read(&text).map_or_else(|error| error, |_| "read".to_owned())
}

#[test]
fn mistakes_of_statements_have_their_place() {
    insta::assert_snapshot!(statement("outcome: keep\nreason: r"), @"decisions.yaml:4:14: statements[0].outcome: unknown variant `keep`, expected one of `relocate`, `retain`, `retire`, `dismiss`, `review`");
    insta::assert_snapshot!(statement("outcome: retain\nreason: r"), @"decisions.yaml:3:5: statements[0].secrets: the statement is about nothing: give `secret`, `secrets` or `when`");
    insta::assert_snapshot!(statement("when: {}\noutcome: retain\nreason: r"), @"decisions.yaml:4:11: statements[0].when: an empty condition would match every secret");
    insta::assert_snapshot!(statement("when: { repositry: [a] }"), @"decisions.yaml:4:13: statements[0].when: unknown field `repositry`, expected one of `exposure`, `kind`, `confidence`, `detector`, `expired`, `replaceable`, `path`, `origin`, `repository`, `key`, `engine`, `host`, `user`, `metadata`, `missing`");
    insta::assert_snapshot!(statement("when: { path: { any: [] } }"), @"decisions.yaml:4:19: statements[0].when.path: a list is empty; leave it out instead");
    insta::assert_snapshot!(statement("when: { metadata: { appid: [A] } }"), @"decisions.yaml:4:32: statements[0].when.metadata.appid: appid is `A`, expected 5 to 7 lower-case letters and digits");
    insta::assert_snapshot!(statement("when: { missing: [appidd] }"), @"decisions.yaml:4:22: statements[0].when.missing: unknown field `appidd`; known ones are appenv, appfunc, appid, appname, costcenter, dataclassification, itsmtier, owner, pipeline, repository, sensitivityrating");
    insta::assert_snapshot!(statement("secrets: [s-1]"), @"decisions.yaml:4:15: statements[0].secrets[0]: a secret id is `s-` and 24 lower-case hex digits; a use has `/`, its application, `/` and its environment behind them");
    insta::assert_snapshot!(statement("secrets: []"), @"decisions.yaml:3:5: statements[0]: a list is empty; leave it out instead");
    insta::assert_snapshot!(statement(&format!("secrets: [{ID}, {ID}]")), @"decisions.yaml:4:14: statements[0].secrets: an id is given twice");
    insta::assert_snapshot!(statement(&format!("secret: {ID}\nsecrets: [{ID}]")), @"decisions.yaml:4:13: statements[0].secret: give `secret` or `secrets`, not both");
    insta::assert_snapshot!(statement(&format!("secret: {ID}")), @"decisions.yaml:3:5: statements[0].outcome: the entry says nothing: give an outcome, metadata, a name, a reading, uses, a rotation or a replacement");
    insta::assert_snapshot!(statement(&format!("secret: {ID}\noutcome: retain")), @"decisions.yaml:3:5: statements[0].reason: an outcome needs a reason");
    insta::assert_snapshot!(statement(&format!("secret: {ID}\nmetadata: {{ appid: A }}")), @"decisions.yaml:5:24: statements[0].metadata.appid: appid is `A`, expected 5 to 7 lower-case letters and digits");
    insta::assert_snapshot!(statement("when: { kind: [database] }\nname: db"), @"decisions.yaml:5:11: statements[0].name: a name belongs to one secret: give its id with `secret`, and no `when`");
    insta::assert_snapshot!(statement("when: { kind: [database] }\nreading: as-read"), @"decisions.yaml:5:14: statements[0].reading: a reading belongs to a value: give ids with `secret` or `secrets`, and no `when`");
    insta::assert_snapshot!(statement("id: Ops!\nwhen: { kind: [database] }"), @"decisions.yaml:4:9: statements[0].id: `Ops!`: a statement's id is lower-case letters, digits and `-`");
    insta::assert_snapshot!(statement("why: x"), @"decisions.yaml:4:5: statements[0]: unknown field `why`, expected one of `id`, `secret`, `secrets`, `when`, `outcome`, `reason`, `by`, `at`, `until`, `metadata`, `name`, `reading`, `uses`, `rotation`, `replacement`");
    insta::assert_snapshot!(read("schema: 3\nstatements: []\n").unwrap_err(), @"decisions.yaml:1:9: schema: format 3 is unknown; this version reads 1 and 2");
    insta::assert_snapshot!(read("schema: 2\ndecisions: {}\n").unwrap_err(), @"decisions.yaml:2:1: unknown field `decisions`, expected `schema` or `statements`");
    insta::assert_snapshot!(read(&format!("schema: 2\nstatements:\n  - secret: {ID}\n    outcome: retain\n    reason: r\n")).unwrap_err(), @"decisions.yaml:3:5: statements[0]: missing field `by`");
    let twice = "  - { id: a, by: j, when: { kind: [database] }, metadata: { owner: x } }\n";
    insta::assert_snapshot!(read(&format!("schema: 2\nstatements:\n{twice}{twice}")).unwrap_err(), @"decisions.yaml:4:11: statements[1].id: two statements have the id `a`");
    assert_eq!(
        statement("when: { kind: [database] }\noutcome: dismiss\nreason: r"),
        "read"
    );
    assert_eq!(
        statement(&format!("secrets: [{ID}]\nreading: as-read")),
        "read"
    );
    assert_eq!(statement("when: { key: '^kafka' }\nuses: together"), "read");
    insta::assert_snapshot!(statement("when: { metadata: { appid: [ord001] } }\nuses: together"), @"decisions.yaml:5:11: statements[0].uses: give ids, or a condition without `metadata` and `missing`: the facts of a secret depend on its uses");
    insta::assert_snapshot!(statement(&format!("when: {{ key: a }}\nsecret: {ID}\nuses: together")), @"decisions.yaml:6:11: statements[0].uses: give ids, or a condition without `metadata` and `missing`: the facts of a secret depend on its uses");
}

#[test]
fn statements_have_their_lines() {
    let text = "# ours\nschema: 2\nstatements:\n  - { by: j, when: { kind: [database] }, metadata: { owner: x } }\n\n  - id: two\n    by: j\n    when: { kind: [ssh-key] }\n    metadata: { owner: y }\n";
    let read = read(text).unwrap();
    let places = read.all().iter().map(|statement| {
        let place = &statement.place;
        (place.to_string(), place.recorded())
    });
    let places: Vec<(String, String)> = places.collect();
    let expected = [
        ("decisions.yaml:4", "decisions.yaml"),
        ("decisions.yaml:6", "decisions.yaml#two"),
    ];
    assert_eq!(
        places,
        expected.map(|(line, recorded)| (line.to_owned(), recorded.to_owned()))
    );
    let text = format!("schema: 1\ndecisions:\n\n  {ID}: {{ by: j, name: n }}\n");
    assert_eq!(self::read(&text).unwrap().all()[0].place.line, 4);
}
