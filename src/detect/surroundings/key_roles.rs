//! What a key says of the value beside it: a user, a host, a port, a database, an engine, an address.

/// What a value is to the login that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    User,
    Host,
    Port,
    Database,
    Engine,
    Address,
}

/// Last words of keys, the longer of two that end alike first.
const WORDS: [(&str, Role); 30] = [
    ("username", Role::User),
    ("userid", Role::User),
    ("user", Role::User),
    ("uid", Role::User),
    ("login", Role::User),
    ("hostname", Role::Host),
    ("host", Role::Host),
    ("server", Role::Host),
    ("endpoint", Role::Host),
    ("address", Role::Host),
    ("datasource", Role::Host),
    ("port", Role::Port),
    ("databasename", Role::Database),
    ("database", Role::Database),
    ("dbname", Role::Database),
    ("initialcatalog", Role::Database),
    ("servicename", Role::Database),
    ("db", Role::Database),
    ("engine", Role::Engine),
    ("adapter", Role::Engine),
    ("dialect", Role::Engine),
    ("driverclassname", Role::Engine),
    ("driver", Role::Engine),
    ("connection", Role::Engine),
    ("jdbcurl", Role::Address),
    ("connectionurl", Role::Address),
    ("url", Role::Address),
    ("uri", Role::Address),
    ("dsn", Role::Address),
    ("connectionstring", Role::Address),
];

/// The role of a key in lower case without separators, and what stands before the word that tells it.
pub(super) fn role_of(key: &str) -> Option<(Role, &str)> {
    WORDS
        .iter()
        .find_map(|(word, role)| Some((*role, key.strip_suffix(word)?)))
}

/// Last words of the names of secrets.
const SECRETS: [&str; 12] = [
    "password",
    "passwd",
    "passphrase",
    "passwort",
    "kennwort",
    "userpwd",
    "userpass",
    "pwd",
    "pass",
    "pw",
    "secret",
    "token",
];

/// What stands before the word of a key that says that it is a secret: whose it is.
pub(super) fn owner(key: &str) -> &str {
    SECRETS
        .iter()
        .find_map(|word| key.strip_suffix(word))
        .unwrap_or_default()
}
