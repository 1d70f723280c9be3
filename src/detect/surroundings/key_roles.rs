//! The role that a key states for its value: a user, a host, a port, a database, an engine, an
//! address.

/// The role of a value in a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The name of the user.
    User,
    /// The host of the service.
    Host,
    /// The port of the service.
    Port,
    /// The name of the database.
    Database,
    /// The database engine, or a word that names it.
    Engine,
    /// A URL or connection string, which may contain the other parts.
    Address,
}

/// The last word of a key, and its role. Of two words with the same ending the longer one comes
/// first.
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

/// The role of a key, and the part of the key before the word that states the role. `key` is in
/// lower case and has no separators.
pub(super) fn role_of(key: &str) -> Option<(Role, &str)> {
    WORDS
        .iter()
        .find_map(|(word, role)| Some((*role, key.strip_suffix(word)?)))
}

/// The last words of keys whose values are secret.
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

/// The part of a key before the word that states that its value is secret: it names the login.
pub(super) fn owner(key: &str) -> &str {
    SECRETS
        .iter()
        .find_map(|word| key.strip_suffix(word))
        .unwrap_or_default()
}
