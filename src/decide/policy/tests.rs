use super::*;
use crate::decide::repository_facts::Repositories;
use crate::decide::sample_secrets::secret;
use crate::decide::{Decisions, Registry};

fn error(text: &str) -> String {
    Policy::parse(Path::new("policy.yaml"), text)
        .expect_err("it is wrong")
        .to_string()
}

#[test]
fn the_builtin_policy_gives_every_section() {
    let policy = Policy::builtin();
    let text = include_str!("../../../inventory/policies/default.yaml");
    let sections: BTreeMap<String, serde_yaml::Value> = serde_yaml::from_str(text).unwrap();
    let shown: BTreeMap<String, serde_yaml::Value> =
        serde_yaml::from_str(&serde_yaml::to_string(&policy).unwrap()).unwrap();
    assert_eq!(
        sections.keys().collect::<Vec<_>>(),
        shown.keys().collect::<Vec<_>>()
    );
    assert_eq!(
        policy.naming.template.as_str(),
        "/{appid}/{appfunc}/{appenv}/{name}"
    );
    assert_eq!(
        policy.price,
        Price {
            secret_month: 0.40,
            calls_10000: 0.05
        }
    );
}

#[test]
fn what_a_policy_writes_is_read_back() {
    let policy = Policy::builtin();
    let text = serde_yaml::to_string(&policy).unwrap();
    assert_eq!(Policy::parse(Path::new("p"), &text).unwrap(), policy);
}

#[test]
fn a_section_that_is_left_out_is_the_builtin_one() {
    let text = "schema: 1\ntarget:\n  account: 012345678901\n  region: eu-central-1\n";
    let policy = Policy::parse(Path::new("p"), text).unwrap();
    assert_eq!(
        policy.target.account.as_ref().map(Account::as_str),
        Some("012345678901")
    );
    assert_eq!(
        Policy {
            target: Target::default(),
            ..policy
        },
        Policy::builtin()
    );
}

#[test]
fn mistakes_of_form_have_their_place() {
    insta::assert_snapshot!(error("schema: 1\nname: x\n"), @"policy.yaml:2:1: unknown field `name`, expected one of `schema`, `naming`, `fields`, `tags`, `metadata`, `decisions`, `replacements`, `rotations`, `target`, `price`");
    insta::assert_snapshot!(error("schema: 3\nnew: x\n"), @"policy.yaml:1:9: schema: format 3 is unknown; this version reads 1");
    insta::assert_snapshot!(error("naming: { template: x }\n"), @"policy.yaml:1:1: missing field `schema`");
    insta::assert_snapshot!(error("schema: 1\nnaming:\n\ttemplate: x\n"), @"policy.yaml:3:1: a tab is in the indentation: YAML is indented with spaces only");
    insta::assert_snapshot!(error("schema: 1\nnaming: /{name}\n"), @r#"policy.yaml:2:9: naming: invalid type: string "/{name}", expected a mapping with `template`"#);
    insta::assert_snapshot!(error("schema: 1\nnaming:\n  template: /{name}/a b\n"), @"policy.yaml:3:13: naming.template: ' ' cannot be in a secret's name: only letters, digits and / _ + = . @ - can");
    insta::assert_snapshot!(error("schema: 1\nfields:\n  appid:\n    pattern: '[a-z'\n"), @"policy.yaml:4:14: fields.appid.pattern: `[a-z` is no regular expression: unclosed character class");
    insta::assert_snapshot!(error("schema: 1\nmetadata:\n  rules:\n    - when: { path: ['a/{b'] }\n      set: {}\n"), @"policy.yaml:4:22: metadata.rules[0].when.path[0]: `a/{b` is no glob: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)");
    insta::assert_snapshot!(error("schema: 1\nmetadata:\n  rules:\n    - when: { paths: [a] }\n      set: {}\n"), @"policy.yaml:4:15: metadata.rules[0].when: unknown field `paths`, expected one of `path`, `path_words`, `branch`, `repository`, `kind`, `key`, `key_words`, `host_words`, `environment_words`, `detector`, `engine`, `host`");
    insta::assert_snapshot!(error("schema: 1\nmetadata:\n  rules:\n    - when: { path: [] }\n      set: {}\n"), @"policy.yaml:4:13: metadata.rules[0].when: a list is empty; leave it out instead");
    insta::assert_snapshot!(error("schema: 1\ndecisions:\n  - { id: a, then: keep, reason: r }\n"), @"policy.yaml:3:20: decisions[0].then: unknown variant `keep`, expected one of `relocate`, `retain`, `retire`, `dismiss`, `review`");
    insta::assert_snapshot!(error("schema: 1\ntarget:\n  account: '1234'\n"), @r#"policy.yaml:3:12: target.account: an AWS account is 12 digits, not "1234""#);
    insta::assert_snapshot!(error("schema: 1\ntarget:\n  kms_key: alias/secrets\n"), @r#"policy.yaml:3:12: target.kms_key: "alias/secrets" is no ARN of a KMS key (arn:aws:kms:REGION:ACCOUNT:key/ID); an alias can be moved to another key, and an id means a key of the caller's own account"#);
}

#[test]
fn mistakes_of_meaning_have_their_place() {
    insta::assert_snapshot!(error("schema: 1\nnaming:\n  template: /{appidd}/{name}\n"), @"policy.yaml:3:13: naming.template: unknown placeholder `{appidd}`; known ones are appenv, appfunc, appid, appname, costcenter, dataclassification, itsmtier, owner, pipeline, repository, sensitivityrating, name, kind, id");
    insta::assert_snapshot!(error("schema: 1\nnaming:\n  template: /{appid}\n"), @"policy.yaml:3:13: naming.template: `/{appid}` would give every secret of an application the same name: add {name} or {id}");
    insta::assert_snapshot!(error("schema: 1\nfields:\n  AppId: {}\n"), @"policy.yaml:3:10: fields.AppId: a field's name is lower-case letters, digits, `-` and `_`: IAM compares keys by case");
    insta::assert_snapshot!(error("schema: 1\ntags:\n  fields: { appid: application }\n"), @"policy.yaml:3:20: tags.fields.appid: unknown field `application`; known ones are appenv, appfunc, appid, appname, costcenter, dataclassification, itsmtier, owner, pipeline, repository, sensitivityrating, name, kind, id, rotation, rotationdays, replacement");
    insta::assert_snapshot!(error("schema: 1\ntags:\n  fields: { appid: appid }\n  constants: { AppID: x }\n"), @"policy.yaml:4:23: tags.constants.AppID: `AppID` and `appid` are one key to some of IAM and two to the rest: keep one");
    insta::assert_snapshot!(error("schema: 1\ntags:\n  constants: { 'aws:x': x }\n"), @r#"policy.yaml:3:16: tags.constants: the tag key "aws:x" begins with `aws:`, which AWS keeps for itself"#);
    insta::assert_snapshot!(error("schema: 1\nmetadata:\n  rules:\n    - when: {}\n      set: { appenv: production }\n"), @"policy.yaml:5:22: metadata.rules[0].set.appenv: appenv is `production`, expected one of dev, test, nonp, prod");
    insta::assert_snapshot!(error("schema: 1\nmetadata:\n  defaults:\n    appidd: x\n"), @"policy.yaml:4:13: metadata.defaults.appidd: unknown field `appidd`; known ones are appenv, appfunc, appid, appname, costcenter, dataclassification, itsmtier, owner, pipeline, repository, sensitivityrating");
    insta::assert_snapshot!(error("schema: 1\ndecisions:\n  - id: a\n    when: { missing: [team] }\n    then: retire\n    reason: r\n"), @"policy.yaml:4:22: decisions[0].when.missing: unknown field `team`; known ones are appenv, appfunc, appid, appname, costcenter, dataclassification, itsmtier, owner, pipeline, repository, sensitivityrating");
    insta::assert_snapshot!(error("schema: 1\ndecisions:\n  - { id: a, then: review, reason: r }\n"), @"policy.yaml:3:5: decisions[0].questions: a rule that sends to review needs a question, or nobody knows what to look for");
    insta::assert_snapshot!(error("schema: 1\ndecisions:\n  - { id: person, then: retire, reason: r }\n"), @"policy.yaml:3:11: decisions[0].id: `person` is kept for decisions that no rule makes");
    insta::assert_snapshot!(error("schema: 1\nfields:\n  team: {}\n"), @"policy.yaml:1:1: naming.template: unknown placeholder `{appid}`; known ones are team, name, kind, id (this is the built-in section: the file gives none of its own)");
    insta::assert_snapshot!(error(
        "schema: 1\ntarget:\n  region: eu-west-1\n  kms_key: arn:aws:kms:us-east-1:123456789012:key/1a\n"
    ), @"policy.yaml:4:12: target.kms_key: the key is in us-east-1, the secrets go to eu-west-1: a key serves its own Region");
}

#[test]
fn values_are_checked() {
    let policy = Policy::builtin();
    assert_eq!(policy.check_field("appid", "ord001"), Ok(()));
    insta::assert_snapshot!(policy.check_field("appid", "ordersapp").unwrap_err(), @"appid is `ordersapp`, expected 5 to 7 lower-case letters and digits");
    insta::assert_snapshot!(policy.check_field("appenv", "PROD").unwrap_err(), @"appenv is `PROD`, expected one of dev, test, nonp, prod");
    insta::assert_snapshot!(policy.check_field("owner", " ").unwrap_err(), @r#"owner is " ": it is empty or contains a control character"#);
    insta::assert_snapshot!(policy.check_field("Owner", "x").unwrap_err(), @"unknown field `Owner`; known ones are appenv, appfunc, appid, appname, costcenter, dataclassification, itsmtier, owner, pipeline, repository, sensitivityrating");
}

#[test]
fn the_format_has_a_json_schema() {
    let schema = schemars::schema_for!(Policy);
    let properties = schema
        .get("properties")
        .and_then(|properties| properties.as_object())
        .unwrap();
    assert!(properties.contains_key("naming") && properties.contains_key("decisions"));
    assert_eq!(
        schema.get("additionalProperties"),
        Some(&serde_json::Value::Bool(false))
    );
}

#[test]
fn the_examples_of_the_documentation_are_read() {
    let text = include_str!("../../../docs/policy.md");
    let mut read = 0;
    let mut policies = Vec::new();
    for block in text.split("```").skip(1).step_by(2) {
        let (path, builtin) = (Path::new("docs/policy.md"), Policy::builtin());
        let Some((language, block)) = block.split_once('\n') else {
            continue;
        };
        match (language, block.lines().next()) {
            ("yaml", Some("# policy.yaml")) => policies.push(Policy::parse(path, block).unwrap()),
            ("yaml", Some("# registry.yaml")) => {
                drop(Registry::from_yaml(path, block, &builtin).unwrap())
            }
            ("yaml", Some("# decisions.yaml" | "# decisions/jane.yaml")) => {
                drop(Decisions::parse(path, block, &builtin).unwrap())
            }
            ("csv", _) => drop(Registry::from_csv(path, block, &builtin).unwrap()),
            ("text" | "sh", _) => continue,
            other => panic!("an example that is not tested: {other:?}"),
        }
        read += 1;
    }
    assert_eq!((read, policies.len()), (13, 8));
}

/// The tag rules of the scheme: lower case, letters and digits only, a fixed length, fixed values.
#[test]
fn the_values_of_the_scheme_are_checked() {
    let policy = Policy::builtin();
    let cases: [(&str, &[&str], &[&str]); 5] = [
        (
            "appname",
            &["orders", "orders2"],
            &["Orders", "orders-api", "orders api", ""],
        ),
        (
            "appid",
            &["ord01", "ord001", "ord0001"],
            &["ord1", "ord00001", "ORD001", "ord-01"],
        ),
        (
            "appfunc",
            &[
                "web",
                "msg",
                "dba",
                "api",
                "storage",
                "container",
                "middleware",
                "tool",
                "service",
            ],
            &["Web", "database"],
        ),
        (
            "appenv",
            &["dev", "test", "nonp", "prod"],
            &["PROD", "production"],
        ),
        (
            "dataclassification",
            &["protected", "confidential"],
            &["Confidential", "public"],
        ),
    ];
    for (field, good, bad) in cases {
        for value in good {
            assert_eq!(policy.check_field(field, value), Ok(()));
        }
        for value in bad {
            assert!(policy.check_field(field, value).is_err(), "{field} {value}");
        }
    }
}

#[test]
fn a_field_identifies_a_field_that_exists() {
    insta::assert_snapshot!(error("schema: 1\nfields:\n  appid: { identifies: appnam }\n"), @"policy.yaml:3:24: fields.appid.identifies: unknown field `appnam`; known ones are appid");
    insta::assert_snapshot!(error("schema: 1\nfields:\n  appid: { identifies: appid }\n"), @"policy.yaml:3:24: fields.appid.identifies: a field cannot identify itself");
}

#[test]
fn paths_of_tests_and_examples_are_known() {
    let policy = Policy::builtin();
    for (path, test) in [
        ("test/a.py", true),
        ("a/b/fixtures/c", true),
        ("README.md", true),
        ("pkg/readme", true),
        ("pkg/a_test.go", true),
        (".env.example", true),
        ("config.sample.yml", true),
        ("app-example.json", true),
        ("src/contest/a.py", false),
        ("application-test.yml", false),
        ("latest.yml", false),
        ("", false),
        // The folder of an environment, unless it is within tests.
        ("envs/test/main.tfvars", false),
        ("deploy/overlays/test/secret.yaml", false),
        ("secrets/test/client.properties", false),
        ("service/config/testing/app.yml", false),
        ("lib/test/app.yml", true),
        ("config/tests/app.yml", true),
        ("test/config/test/app.yml", true),
        ("src/test/resources/config/test/app.yml", true),
        ("docs/config/test/app.yml", true),
    ] {
        let secret = secret(1, "password", &[("orders", path)]);
        let repositories = Repositories::default();
        let mut decisions = policy.decisions.iter();
        let decides = decisions.find(|rule| rule.when.holds(&secret, &repositories));
        let rules = ["test-or-example", "environment-of-tests"];
        let is_test = decides.is_some_and(|rule| rules.contains(&&*rule.id));
        assert_eq!(is_test, test, "{path}");
    }
}
