use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::decide::sample_secrets::{place, relocated};
use crate::inventory::entry::{Fact, Provenance};

fn policy(template: &str) -> Policy {
    let text = format!("schema: 1\nnaming:\n  template: '{template}'\n");
    Policy::parse(Path::new("p"), &text).unwrap()
}

fn person(secret: &mut Secret, field: &str, value: &str) {
    secret.metadata.insert(
        field.to_owned(),
        Fact {
            value: value.to_owned(),
            from: Provenance::Person,
        },
    );
}

fn show(secrets: &[Secret], problems: &BTreeMap<SecretId, Vec<Problem>>) -> String {
    let line = |secret: &Secret| {
        let name = secret.target.as_deref().unwrap_or("-");
        let problems = problems.get(&secret.id).map(|problems| {
            let messages: Vec<&str> = problems
                .iter()
                .map(|problem| problem.message.as_str())
                .collect();
            format!("  ! {}", messages.join("; "))
        });
        format!("{name}{}", problems.unwrap_or_default())
    };
    secrets.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn names_can_be_read() {
    let named = |key: &str, path: &str, change: &dyn Fn(&mut Secret)| {
        let mut secret = relocated(1, key, &[("orders", path)]);
        change(&mut secret);
        let mut secrets = [secret];
        let problems = name_all(&mut secrets, &Policy::builtin());
        show(&secrets, &problems).replace("/ord001/api/prod/", "")
    };
    let plain = |_: &mut Secret| ();
    assert_eq!(named("DB_PASSWORD", "a.env", &plain), "db-password");
    assert_eq!(
        named("spring.datasource.hikari.password", "a.yml", &plain),
        "spring-datasource-hikari-password"
    );
    assert_eq!(named("stripeApiKey", "a.js", &plain), "stripe-api-key");
    assert_eq!(
        named("password", "conf/mailer.yml", &plain),
        "mailer-password"
    );
    assert_eq!(named("password", ".env", &plain), "env-password");
    assert_eq!(named("password", "", &plain), "generic-password");
    // A hyphen and six letters at the end is what Secrets Manager puts after a name.
    assert_eq!(named("CLIENT_SECRET", "a", &plain), "client_secret");
    let database = |s: &mut Secret| {
        s.context.database = Some("orders".to_owned());
        s.context.user = Some("app_rw".to_owned());
        s.context.host = Some("db1.example.com".to_owned());
    };
    assert_eq!(named("", "a.yml", &database), "orders_app-rw");
    assert_eq!(named("password", "a.yml", &database), "orders-password");
    let host = |s: &mut Secret| s.context.host = Some("db1.example.com".to_owned());
    assert_eq!(named("", "a.yml", &host), "db1-example-com");
    let key_file = |s: &mut Secret| s.kind = Kind::SshKey;
    assert_eq!(named("", ".ssh/id_deploy", &key_file), "id_deploy");
    assert_eq!(named("", "a.js", &plain), "generic-password");
    assert_eq!(named("ключ", "a.js", &plain), "generic-password");
    assert!(named(&"long_".repeat(100), "a", &plain).len() <= READABLE);
    assert_eq!(named(&"x".repeat(1000), "a", &plain).len(), READABLE);
}

#[test]
fn the_same_name_is_told_apart() {
    let mut secrets = [
        relocated(
            0x1111_1111,
            "DB_PASSWORD",
            &[("orders", "b/web.yml"), ("orders", "a/worker.yml")],
        ),
        relocated(0x2222_2222, "dbPassword", &[("orders", "web.yml")]),
        relocated(
            0x3333_3333_0000_0000,
            "db.password",
            &[("orders", "x/cron.yml")],
        ),
        relocated(
            0x4444_4444_0000_0000,
            "db-password",
            &[("orders", "cron.yml")],
        ),
        relocated(5, "OTHER", &[]),
    ];
    let problems = name_all(&mut secrets, &Policy::builtin());
    insta::assert_snapshot!(show(&secrets, &problems), @r"
    /ord001/api/prod/db-password_worker
    /ord001/api/prod/db-password-web
    /ord001/api/prod/db-password-3333
    /ord001/api/prod/db-password-4444
    /ord001/api/prod/other
    ");
}

#[test]
fn a_name_once_given_stays() {
    let policy = Policy::builtin();
    let mut secrets = vec![relocated(9, "DB_PASSWORD", &[("orders", "a.yml")])];
    name_all(&mut secrets, &policy);
    secrets.push(relocated(1, "db_password", &[("orders", "a.yml")]));
    let problems = name_all(&mut secrets, &policy);
    insta::assert_snapshot!(show(&secrets, &problems), @r"
    /ord001/api/prod/db-password
    /ord001/api/prod/db-password-a
    ");
    // Another name for it in the code does not rename it; another environment does.
    secrets[0].context.key = Some("PASSPHRASE".to_owned());
    person(&mut secrets[1], "appenv", "test");
    let problems = name_all(&mut secrets, &policy);
    insta::assert_snapshot!(show(&secrets, &problems), @r"
    /ord001/api/prod/db-password
    /ord001/api/test/db-password
    ");
    // Once it is in Secrets Manager it keeps its name, and the contradiction is told.
    secrets[0].progress = MigrationProgress::Imported;
    person(&mut secrets[0], "appenv", "test");
    secrets[1].decision.outcome = Outcome::Retire;
    let problems = name_all(&mut secrets, &policy);
    insta::assert_snapshot!(show(&secrets, &problems), @r"
    /ord001/api/prod/db-password  ! it is in Secrets Manager under a name that no longer fits the naming template
    -
    ");
    secrets[0].decision.outcome = Outcome::Retire;
    assert_eq!(name_all(&mut secrets, &policy), BTreeMap::new());
    assert_eq!(
        secrets[0].target.as_deref(),
        Some("/ord001/api/prod/db-password")
    );
}

#[test]
fn what_is_missing_is_told() {
    let mut secrets = [
        relocated(1, "A", &[]),
        relocated(2, "B", &[]),
        relocated(3, "C", &[]),
        relocated(4, "D", &[]),
        relocated(5, "E", &[]),
    ];
    secrets[0].metadata.remove("appid");
    secrets[0].metadata.remove("appenv");
    secrets[0].target = Some("/old/name".to_owned());
    person(&mut secrets[1], "appid", "ordersapp");
    person(&mut secrets[2], NAME, "Chosen");
    person(&mut secrets[3], NAME, "chosen");
    person(&mut secrets[4], NAME, "x-secret");
    let problems = name_all(&mut secrets, &Policy::builtin());
    insta::assert_snapshot!(show(&secrets, &problems), @r"
    -  ! appid is not known; appenv is not known
    -  ! appid is `ordersapp`, expected 5 to 7 lower-case letters and digits
    /ord001/api/prod/Chosen
    -  ! the name `/ord001/api/prod/chosen`, which a person chose, belongs to another secret
    -  ! `/ord001/api/prod/x-secret` is not a legal name: the name ends in `-secret`: a hyphen and six characters look like the end of a secret's ARN
    ");
}

#[test]
fn other_templates() {
    let name = |template: &str, change: &dyn Fn(&mut Secret)| {
        let mut secrets = [relocated(1, "DB_PASSWORD", &[])];
        change(&mut secrets[0]);
        let problems = name_all(&mut secrets, &policy(template));
        show(&secrets, &problems)
    };
    let plain = |_: &mut Secret| ();
    assert_eq!(
        name("{kind}/{id}", &plain),
        "application/s-000000000000000100000000"
    );
    assert_eq!(
        name("{name}/{appid}-{appenv}", &plain),
        "db-password/ord001-prod"
    );
    // The end is not of the made-up part: nothing gives way.
    insta::assert_snapshot!(name("{name}/{appenv}-{appid}", &plain), @"-  ! `db-password/prod-ord001` is not a legal name: the name ends in `-ord001`: a hyphen and six characters look like the end of a secret's ARN");
    insta::assert_snapshot!(name("{owner}/{name}", &|s| person(s, "owner", "Jane Doe")), @"-  ! `Jane Doe/db-password` is not a legal name: the name contains ' '; only ASCII letters, digits and / _ + = . @ - are allowed");
    insta::assert_snapshot!(name("{owner}/{name}", &|s| person(s, "owner", &"x".repeat(505))), @"-  ! the name has 517 characters; 1 to 512 are allowed");
}

/// Key, path, name from before, name that a person chose, a roll for the rare cases, highest bits
/// of the id.
type One = (
    &'static str,
    &'static str,
    Option<&'static str>,
    Option<&'static str>,
    u8,
    u64,
);

/// Secrets that get in each other's way as much as possible.
fn crowd() -> impl Strategy<Value = Vec<Secret>> {
    let key = prop::sample::select(vec![
        "",
        "DB_PASSWORD",
        "dbPassword",
        "db.secret",
        "secret",
        "a-bcdef",
        "db password a",
    ]);
    let path = prop::sample::select(vec!["", "a.yml", "b/a.yml", "A.json", "x-y.tf", "password"]);
    let target = prop::sample::select(vec![
        None,
        None,
        Some("/ord001/api/prod/db-password"),
        Some("/ord001/api/prod/DB-password"),
        Some("/ord001/api/prod/db_secret"),
        Some("/ord001/api/prod/db-password-0000"),
        Some("/ord001/api/test/db-password"),
        Some("/ord001/api/prod/sub/x"),
        Some("/ord001/api/prod/x-secret"),
    ]);
    let wish = prop::sample::select(vec![
        None,
        None,
        None,
        None,
        Some("db-password"),
        Some("free"),
    ]);
    let one = (key, path, target, wish, 0..20u8, 0..4u64);
    prop::collection::vec(one, 0..16).prop_map(|all| {
        let make = |(nth, one): (usize, One)| {
            let (key, path, target, wish, roll, high) = one;
            // Ids that begin alike, so that few digits do not tell them apart.
            let mut secret = relocated((high << 62) | (nth as u64 + 1), key, &[]);
            secret.occurrences = vec![place("orders", path)];
            secret.target = target.map(str::to_owned);
            if let Some(wish) = wish {
                person(&mut secret, NAME, wish);
            }
            match roll {
                0 => secret.decision.outcome = Outcome::Retire,
                1 => drop(secret.metadata.remove("appid")),
                2 => person(&mut secret, "appenv", "test"),
                _ => {}
            }
            secret
        };
        all.into_iter().enumerate().map(make).collect()
    })
}

proptest! {
    #[test]
    fn names_are_unique_legal_and_stable(secrets in crowd(), template in 0..3usize, turn in any::<prop::sample::Index>()) {
        let policy = policy(["/{appid}/{appfunc}/{appenv}/{name}", "{name}.{appenv}", "{appid}/{id}"][template]);
        let mut once = secrets.clone();
        let problems = name_all(&mut once, &policy);
        let mut seen = BTreeSet::new();
        for secret in &once {
            let relocate = secret.decision.outcome == Outcome::Relocate;
            prop_assert_eq!(secret.target.is_some(), relocate && !problems.contains_key(&secret.id));
            if let Some(target) = &secret.target {
                prop_assert!(target.parse::<SecretName>().is_ok(), "{}", target);
                prop_assert!(seen.insert(target.to_lowercase()), "{} twice", target);
            }
        }
        let mut twice = once.clone();
        prop_assert_eq!(&name_all(&mut twice, &policy), &problems);
        prop_assert_eq!(&twice, &once);

        let mut turned = secrets;
        if !turned.is_empty() {
            let by = turn.index(turned.len());
            turned.rotate_left(by);
            turned.reverse();
        }
        prop_assert_eq!(name_all(&mut turned, &policy), problems);
        turned.sort_by(|a, b| a.id.cmp(&b.id));
        once.sort_by(|a, b| a.id.cmp(&b.id));
        prop_assert_eq!(turned, once);
    }

    #[test]
    fn any_key_gives_a_legal_name(key in ".{0,40}", path in ".{0,40}", host in ".{0,20}") {
        let mut secret = relocated(1, &key, &[("orders", &path)]);
        secret.context.host = Some(host);
        let mut secrets = [secret];
        prop_assert_eq!(name_all(&mut secrets, &Policy::builtin()), BTreeMap::new());
        let target = secrets[0].target.as_deref().unwrap();
        prop_assert!(target.parse::<SecretName>().is_ok(), "{}", target);
    }
}
