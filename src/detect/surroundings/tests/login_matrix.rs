//! Logins of which the truth is known, in all combinations of naming, format, order and neighbours. A fact may be unset,
//! but never wrong.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::login_forms::{FORMS, Pair};
use super::*;
use crate::finding::Kind;

static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::new(Library::builtin().compile(false).unwrap(), 0));

/// The names of the facts, in the order of `Facts`.
const NAMES: [&str; 5] = ["user", "host", "port", "database", "engine"];

/// User, host, port, database, engine; empty if unset.
type Facts = [String; 5];

const USER: &str = "orders_rw";
const HOST: &str = "db1.internal";
const PORT: &str = "5433";
const DATABASE: &str = "orders";

fn password() -> String {
    ["Tiger", "-2931x"].concat()
}

/// The facts and the kind of the match with the value `password`. `None` if it is not found.
fn facts_of(path: &str, text: &str, password: &str) -> Option<(Facts, Kind)> {
    let scanned = ENGINE.scan(Text::new(text.as_bytes(), file_syntax(path.as_bytes())));
    let found = scanned
        .matches
        .iter()
        .find(|found| found.value.expose() == password.as_bytes())?;
    let context = &found.context;
    let text_of = |field: &Option<String>| field.clone().unwrap_or_default();
    let port = context.port.map(|port| port.to_string());
    Some((
        [
            text_of(&context.user),
            text_of(&context.host),
            port.unwrap_or_default(),
            text_of(&context.database),
            text_of(&context.engine),
        ],
        found.kind,
    ))
}

/// The names of the keys of a login, as words, with their values. `«user»` means the user of the login.
struct Naming {
    keys: &'static [(&'static str, &'static str)],
    engine: &'static str,
}

/// The last key is that of the password.
const NAMINGS: [Naming; 24] = [
    Naming {
        keys: &[
            ("db user", "«user»"),
            ("db host", "«host»"),
            ("db port", "«port»"),
            ("db name", "«database»"),
            ("db password", "«pw»"),
        ],
        engine: "",
    },
    Naming {
        keys: &[
            ("db username", "«user»"),
            ("db hostname", "«host»"),
            ("db port", "«port»"),
            ("db database", "«database»"),
            ("db password", "«pw»"),
        ],
        engine: "",
    },
    Naming {
        keys: &[
            ("db user", "«user»"),
            ("db host", "«host»"),
            ("db port", "«port»"),
            ("db name", "«database»"),
            ("db pass", "«pw»"),
        ],
        engine: "",
    },
    Naming {
        keys: &[
            ("mysql user", "«user»"),
            ("mysql host", "«host»"),
            ("mysql port", "«port»"),
            ("mysql database", "«database»"),
            ("mysql password", "«pw»"),
        ],
        engine: "mysql",
    },
    Naming {
        keys: &[
            ("postgres user", "«user»"),
            ("postgres host", "«host»"),
            ("postgres port", "«port»"),
            ("postgres db", "«database»"),
            ("postgres password", "«pw»"),
        ],
        engine: "postgres",
    },
    Naming {
        keys: &[
            ("pguser", "«user»"),
            ("pghost", "«host»"),
            ("pgport", "«port»"),
            ("pgdatabase", "«database»"),
            ("pgpassword", "«pw»"),
        ],
        engine: "postgres",
    },
    Naming {
        keys: &[
            ("orders db user", "«user»"),
            ("orders db host", "«host»"),
            ("orders db port", "«port»"),
            ("orders db name", "«database»"),
            ("orders db password", "«pw»"),
        ],
        engine: "",
    },
    Naming {
        keys: &[
            ("db user orders", "«user»"),
            ("db host orders", "«host»"),
            ("db port orders", "«port»"),
            ("db name orders", "«database»"),
            ("db pass orders", "«pw»"),
        ],
        engine: "",
    },
    Naming {
        keys: &[
            ("database user", "«user»"),
            ("database host", "«host»"),
            ("database port", "«port»"),
            ("database name", "«database»"),
            ("database password", "«pw»"),
        ],
        engine: "",
    },
    Naming {
        keys: &[
            ("db connection", "mysql"),
            ("db host", "«host»"),
            ("db port", "«port»"),
            ("db database", "«database»"),
            ("db username", "«user»"),
            ("db password", "«pw»"),
        ],
        engine: "mysql",
    },
    Naming {
        keys: &[
            (
                "spring datasource url",
                "jdbc:postgresql://«host»:«port»/«database»",
            ),
            ("spring datasource username", "«user»"),
            ("spring datasource password", "«pw»"),
        ],
        engine: "postgres",
    },
    Naming {
        keys: &[
            (
                "jdbc url",
                "jdbc:mariadb://«host»:«port»/«database»?useSSL=true",
            ),
            ("jdbc user", "«user»"),
            ("jdbc password", "«pw»"),
        ],
        engine: "mariadb",
    },
    Naming {
        keys: &[
            ("rds hostname", "«host»"),
            ("rds port", "«port»"),
            ("rds db name", "«database»"),
            ("rds username", "«user»"),
            ("rds password", "«pw»"),
        ],
        engine: "",
    },
    Naming {
        keys: &[
            ("typeorm connection", "postgres"),
            ("typeorm host", "«host»"),
            ("typeorm username", "«user»"),
            ("typeorm database", "«database»"),
            ("typeorm port", "«port»"),
            ("typeorm password", "«pw»"),
        ],
        engine: "postgres",
    },
    Naming {
        keys: &[
            ("mongo user", "«user»"),
            ("mongo host", "«host»"),
            ("mongo port", "«port»"),
            ("mongo db", "«database»"),
            ("mongo password", "«pw»"),
        ],
        engine: "mongo",
    },
    Naming {
        keys: &[
            ("db type", "mssql"),
            ("db server", "«host»"),
            ("db port", "«port»"),
            ("db name", "«database»"),
            ("db user", "«user»"),
            ("db pwd", "«pw»"),
        ],
        engine: "sqlserver",
    },
    Naming {
        keys: &[
            ("database url", "mysql://«host»:«port»/«database»"),
            ("database username", "«user»"),
            ("database password", "«pw»"),
        ],
        engine: "mysql",
    },
    Naming {
        keys: &[
            (
                "db jdbc url",
                "jdbc:sqlserver://«host»:«port»;databaseName=«database»",
            ),
            ("db user", "«user»"),
            ("db password", "«pw»"),
        ],
        engine: "sqlserver",
    },
    Naming {
        keys: &[
            ("oracle user", "«user»"),
            ("oracle host", "«host»"),
            ("oracle port", "«port»"),
            ("oracle service name", "«database»"),
            ("oracle password", "«pw»"),
        ],
        engine: "oracle",
    },
    Naming {
        keys: &[
            (
                "quarkus datasource jdbc url",
                "jdbc:postgresql://«host»:«port»/«database»",
            ),
            ("quarkus datasource username", "«user»"),
            ("quarkus datasource password", "«pw»"),
        ],
        engine: "postgres",
    },
    Naming {
        keys: &[
            ("db1 user", "«user»"),
            ("db1 host", "«host»"),
            ("db1 port", "«port»"),
            ("db1 name", "«database»"),
            ("db1 password", "«pw»"),
        ],
        engine: "",
    },
    Naming {
        keys: &[
            ("mariadb user", "«user»"),
            ("mariadb host", "«host»"),
            ("mariadb port", "«port»"),
            ("mariadb database", "«database»"),
            ("mariadb password", "«pw»"),
        ],
        engine: "mariadb",
    },
    Naming {
        keys: &[
            ("dbuser", "«user»"),
            ("dbhost", "«host»"),
            ("dbport", "«port»"),
            ("dbname", "«database»"),
            ("dbpassword", "«pw»"),
        ],
        engine: "",
    },
    Naming {
        keys: &[
            ("hibernate connection driver class", "org.postgresql.Driver"),
            (
                "hibernate connection url",
                "jdbc:postgresql://«host»:«port»/«database»",
            ),
            ("hibernate connection username", "«user»"),
            ("hibernate connection password", "«pw»"),
        ],
        engine: "postgres",
    },
];

/// Settings of other things in the same file.
const NEIGHBOURS: [&[(&str, &str)]; 6] = [
    &[],
    &[
        ("app name", "shop"),
        ("app port", "8080"),
        ("log level", "debug"),
        ("app url", "https://shop.internal/x"),
    ],
    &[
        ("mail host", "smtp.internal"),
        ("mail port", "587"),
        ("mail username", "notify"),
        ("redis host", "cache1"),
        ("redis port", "6379"),
    ],
    &[
        ("host", "0.0.0.0"),
        ("port", "8080"),
        ("user", "www"),
        ("name", "shop"),
        ("url", "https://shop.internal"),
    ],
    &[
        ("billing db host", "other1"),
        ("billing db user", "other"),
        ("billing db name", "billing"),
        ("billing db port", "3399"),
    ],
    &[
        ("elastic url", "https://es1.internal:9200"),
        ("elastic username", "elastic"),
        ("server port", "8080"),
        ("kafka host", "k1"),
        ("ftp user", "up"),
    ],
];

fn filled(text: &str) -> String {
    text.replace("«user»", USER)
        .replace("«host»", HOST)
        .replace("«port»", PORT)
        .replace("«database»", DATABASE)
        .replace("«pw»", &password())
}

/// Right, unset and wrong facts, with the faults of each group.
#[derive(Default)]
struct Tally {
    right: usize,
    unset: usize,
    wrong: usize,
    faults: BTreeMap<String, (usize, String)>,
}

impl Tally {
    fn add(&mut self, group: &str, text: &str, found: Option<&Facts>, expected: &Facts) {
        for (at, name) in NAMES.into_iter().enumerate() {
            let (found, expected) = (found.map_or("", |facts| &facts[at]), expected[at].as_str());
            let fault = match (found, expected) {
                ("", "") => continue,
                (found, expected) if found == expected => {
                    self.right += 1;
                    continue;
                }
                ("", _) => {
                    self.unset += 1;
                    format!("unset {name}: {group}")
                }
                _ => {
                    self.wrong += 1;
                    format!("WRONG {name}: {group}")
                }
            };
            let entry = self.faults.entry(fault).or_default();
            entry.0 += 1;
            entry.1 = format!("{found} for {expected} in\n{text}");
        }
    }

    /// At least 95 of 100 facts are right, and none is wrong.
    fn check(&self) {
        let share = self.right as f64 / (self.right + self.unset) as f64;
        let faults: String = self
            .faults
            .iter()
            .map(|(fault, (count, example))| format!("{count} × {fault}: {example}\n"))
            .collect();
        let (right, unset, wrong) = (self.right, self.unset, self.wrong);
        let is_good = wrong == 0 && share >= 0.95;
        assert!(
            is_good,
            "{right} right, {unset} unset, {wrong} wrong\n{faults}"
        );
    }
}

#[test]
fn facts_in_all_namings_formats_orders_and_neighbours() {
    let mut tally = Tally::default();
    let mut missed = BTreeMap::<&str, usize>::new();
    let mut not_databases = BTreeMap::<String, usize>::new();
    for (form, write) in FORMS {
        for (at, naming) in NAMINGS.iter().enumerate() {
            for neighbours in NEIGHBOURS {
                // The orders take turns.
                let order = (at + neighbours.len()) % 3;
                {
                    let pair = |(name, value): &(&str, &str)| Pair::new(name, filled(value));
                    let mut pairs: Vec<Pair> = naming.keys.iter().map(pair).collect();
                    match order {
                        0 => {}
                        1 => pairs.reverse(),
                        _ => pairs.rotate_right(2),
                    }
                    let others = neighbours.iter().map(pair);
                    match order {
                        0 => pairs.splice(0..0, others),
                        1 => pairs.splice(pairs.len().., others),
                        _ => pairs.splice(1..1, others),
                    };
                    let (path, text) = write(&pairs);
                    let found = facts_of(path, &text, &password());
                    let group = format!("{form}, {}", naming.keys[0].0);
                    let Some((facts, kind)) = found else {
                        *missed.entry(form).or_default() += 1;
                        continue;
                    };
                    if kind != Kind::Database {
                        *not_databases.entry(group.clone()).or_default() += 1;
                    }
                    let expected = [USER, HOST, PORT, DATABASE, naming.engine].map(str::to_owned);
                    tally.add(&group, &text, Some(&facts), &expected);
                }
            }
        }
    }
    assert!(missed.is_empty(), "{missed:?}");
    tally.check();
    assert!(not_databases.is_empty(), "{not_databases:?}");
}

/// A password without its login gets nothing of the settings beside it.
#[test]
fn settings_of_other_things_are_no_facts() {
    for (form, write) in FORMS {
        for (at, naming) in NAMINGS.iter().enumerate() {
            let others = NEIGHBOURS[1 + at % (NEIGHBOURS.len() - 1)].iter();
            let own = naming.keys.last().into_iter();
            let pairs: Vec<Pair> = others
                .chain(own)
                .map(|(name, value)| Pair::new(name, filled(value)))
                .collect();
            let (path, text) = write(&pairs);
            let (facts, _) = facts_of(path, &text, &password()).expect("found");
            assert_eq!(facts[..4].concat(), "", "{form}: {text}");
        }
    }
}

/// Texts of programs whose form is their own: see the comment in the file.
#[test]
fn facts_in_the_texts_of_many_programs() {
    let mut tally = Tally::default();
    let mut faults = Vec::new();
    let texts = include_str!("login_texts.txt").split("\n== ").skip(1);
    for text in texts {
        let (header, text) = text.split_once('\n').expect("a text");
        let [path, facts, kind] = header.split(" | ").collect::<Vec<_>>()[..] else {
            panic!("{header}");
        };
        let text = filled(text) + "\n";
        let expected = NAMES.map(|name| {
            let found = facts.split(' ').find_map(|fact| fact.strip_prefix(name));
            filled(found.map_or("", |found| &found[1..]))
        });
        let found = facts_of(path, &text, &password());
        match &found {
            None => faults.push(format!("missed {path}: {text}")),
            Some((_, other)) if other.name() != kind => {
                faults.push(format!("{other:?} {path}: {text}"));
            }
            Some(_) => {}
        }
        tally.add(
            path,
            &text,
            found.as_ref().map(|(facts, _)| facts),
            &expected,
        );
    }
    tally.check();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
