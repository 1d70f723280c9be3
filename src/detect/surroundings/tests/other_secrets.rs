//! Secrets that are beside a login and not its password. The login is no fact about them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::login_forms::{FORMS, Pair};
use super::*;
use crate::finding::Kind;

static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::new(Library::builtin().compile(false).unwrap(), 0));

/// Logins that have their password.
const LOGINS: [&[(&str, &str)]; 6] = [
    &[(
        "database url",
        "mysql://orders:«pw»@db1.internal:3306/orders",
    )],
    &[
        ("db url", "jdbc:oracle:thin:@ora1.internal:1521/orders"),
        ("db user", "orders"),
        ("db password", "«pw»"),
    ],
    &[
        ("db host", "db1.internal"),
        ("db port", "5432"),
        ("db name", "orders"),
        ("db user", "orders"),
        ("db password", "«pw»"),
    ],
    &[
        (
            "spring datasource url",
            "jdbc:postgresql://db1.internal:5432/orders",
        ),
        ("spring datasource username", "orders"),
        ("spring datasource password", "«pw»"),
    ],
    &[
        ("host", "db1.internal"),
        ("port", "5432"),
        ("database", "orders"),
        ("user", "orders"),
        ("password", "«pw»"),
    ],
    &[(
        "db dsn",
        "Server=db1.internal,1433;Database=orders;User Id=orders;Password=«pw»",
    )],
];

/// The names of other secrets.
const OTHERS: [&str; 9] = [
    "newsletter api key",
    "api key",
    "ledger api key",
    "session secret",
    "secret",
    "token",
    "maps api token",
    "encryption key",
    "webhook secret",
];

#[test]
fn no_fact_of_a_login_is_one_of_another_secret() {
    let password = ["Tiger", "-2931x"].concat();
    let value = ["3f9c1e7b80a2d4e6", "58b1907cfa23de41"].concat();
    let mut faults = BTreeMap::<String, String>::new();
    let (mut found, mut all) = (0, 0);
    for (form, write) in FORMS {
        for login in LOGINS {
            for other in OTHERS {
                let pair =
                    |(name, text): &(&str, &str)| Pair::new(name, text.replace("«pw»", &password));
                let mut pairs: Vec<Pair> = login.iter().map(pair).collect();
                let at = other.len() % (pairs.len() + 1);
                pairs.insert(at, Pair::new(other, value.clone()));
                let (path, text) = write(&pairs);
                let scanned = ENGINE.scan(Text::new(text.as_bytes(), file_syntax(path.as_bytes())));
                all += 1;
                let Some(other_match) = scanned
                    .matches
                    .iter()
                    .find(|found| found.value.expose() == value.as_bytes())
                else {
                    continue;
                };
                found += 1;
                let context = &other_match.context;
                let is_free = context.user.is_none()
                    && context.host.is_none()
                    && context.port.is_none()
                    && context.database.is_none()
                    && context.engine.is_none()
                    && other_match.kind != Kind::Database;
                if !is_free {
                    let fault = format!("{form}: {other} beside {}", login[0].0);
                    faults.insert(fault, format!("{:?} {context:?}\n{text}", other_match.kind));
                }
            }
        }
    }
    let faults: Vec<String> = faults
        .iter()
        .map(|(fault, example)| format!("{fault}: {example}"))
        .collect();
    assert!(
        faults.is_empty(),
        "{} faults\n{}",
        faults.len(),
        faults.join("\n")
    );
    assert!(found * 10 >= all * 8, "{found} of {all} secrets are found");
}
