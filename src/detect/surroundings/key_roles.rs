//! The role that a key states for its value (a user, a host, a port, a database, an engine, an address, a secret), and
//! the words that name the login which it belongs to.

use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::detect::formats::name::begins_word;

/// The role of a value in a login.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// The name of the user.
    User,
    /// The host of the service.
    Host,
    /// The port of the service.
    Port,
    /// The name of the database.
    Database,
    /// The name of a thing, which is a database if the login is that of one.
    Name,
    /// The database engine, or a word that names it.
    Engine,
    /// A URL or connection string, which may contain the other parts.
    Address,
    /// A password.
    Password,
    /// Another secret value.
    #[default]
    Secret,
}

/// The words that state a role, without separators. Of two with the same ending the longer one comes first.
const ROLES: [(&str, Role); 66] = [
    ("username", Role::User),
    ("userid", Role::User),
    ("user", Role::User),
    ("usr", Role::User),
    ("uid", Role::User),
    ("login", Role::User),
    ("benutzer", Role::User),
    ("usuario", Role::User),
    ("utilisateur", Role::User),
    ("hostname", Role::Host),
    ("hostaddr", Role::Host),
    ("host", Role::Host),
    ("servername", Role::Host),
    ("server", Role::Host),
    ("endpoint", Role::Host),
    ("address", Role::Host),
    ("datasource", Role::Host),
    ("port", Role::Port),
    ("initialcatalog", Role::Database),
    ("database", Role::Database),
    ("db", Role::Database),
    ("sid", Role::Name),
    ("servicename", Role::Name),
    ("driverclassname", Role::Engine),
    ("driverclass", Role::Engine),
    ("providername", Role::Engine),
    ("name", Role::Name),
    ("engine", Role::Engine),
    ("adapter", Role::Engine),
    ("dialect", Role::Engine),
    ("driver", Role::Engine),
    ("connection", Role::Engine),
    ("provider", Role::Engine),
    ("client", Role::Engine),
    ("vendor", Role::Engine),
    ("dbms", Role::Engine),
    ("type", Role::Engine),
    ("connectionstring", Role::Address),
    ("url", Role::Address),
    ("uri", Role::Address),
    ("dsn", Role::Address),
    ("password", Role::Password),
    ("passwd", Role::Password),
    ("passwort", Role::Password),
    ("kennwort", Role::Password),
    ("wachtwoord", Role::Password),
    ("motdepasse", Role::Password),
    ("contrasena", Role::Password),
    ("contrasenya", Role::Password),
    ("passord", Role::Password),
    ("senha", Role::Password),
    ("haslo", Role::Password),
    ("heslo", Role::Password),
    ("parola", Role::Password),
    ("sifre", Role::Password),
    ("clave", Role::Password),
    ("pword", Role::Password),
    ("userpass", Role::Password),
    ("pwd", Role::Password),
    ("pass", Role::Password),
    ("mdp", Role::Password),
    ("pw", Role::Password),
    ("psw", Role::Password),
    ("passphrase", Role::Secret),
    ("secret", Role::Secret),
    ("token", Role::Secret),
];

/// Words of a database, in keys and in names of sections.
const DATABASES: [&str; 29] = [
    "db",
    "database",
    "databases",
    "datasource",
    "datasources",
    "jdbc",
    "sql",
    "rds",
    "pg",
    "postgres",
    "postgresql",
    "psql",
    "pgsql",
    "mysql",
    "mysqli",
    "mariadb",
    "mongo",
    "mongodb",
    "mssql",
    "sqlserver",
    "oracle",
    "redshift",
    "aurora",
    "cassandra",
    "clickhouse",
    "sequelize",
    "typeorm",
    "knex",
    "hibernate",
];

/// Words to which another word may be glued: `dbhost`, `pguser`.
const GLUED: [&str; 14] = [
    "db", "database", "pg", "mysql", "postgres", "sql", "mongo", "mongodb", "mssql", "oracle",
    "redis", "rds", "my", "app",
];

/// Words that name the holder of a login or a setter rather than the login: `masterUserPassword`, `setPassword`.
const HOLDERS: [&str; 6] = [
    "login",
    "user",
    "account",
    "credentials",
    "connection",
    "set",
];

/// Whether a text has a word for a user, and one for a host, a database or an address, or options of a database client for
/// them. Without both, it states no login, except in `markup`, where two attributes of an element are a login. The keys of a
/// text are expensive to read, so it is asked first.
pub(super) fn may_state_login(text: &[u8], markup: bool) -> bool {
    static USERS: LazyLock<Regex> = LazyLock::new(|| any_word_of(&[Role::User], &[" -u"]));
    static PLACES: LazyLock<Regex> = LazyLock::new(|| {
        // The keys of connection strings may have spaces.
        let further = [
            " -[hs]",
            "data[ _-]source",
            "initial[ _-]catalog",
            "connection[ _-]string",
        ];
        any_word_of(&[Role::Host, Role::Database, Role::Address], &further)
    });
    USERS.is_match(text) && (markup || PLACES.is_match(text))
}

/// An expression for the words of some roles in any case, and for further expressions.
fn any_word_of(roles: &[Role], further: &[&str]) -> Regex {
    let words = ROLES.iter().filter(|(_, role)| roles.contains(role));
    let words = words.map(|(word, _)| *word);
    let all: Vec<&str> = words.chain(further.iter().copied()).collect();
    Regex::new(&format!("(?i-u:{})", all.join("|"))).expect("words and fixed expressions")
}

/// Whether a word names a database.
pub(super) fn is_database_word(word: &str) -> bool {
    DATABASES.contains(&word.trim_end_matches(|c: char| c.is_ascii_digit()))
}

/// The words of a key or of a name, in lower case and with their digits: `orders`, `db2`, `host` of `ordersDb2Host`.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in name.split(|c: char| !c.is_ascii_alphanumeric()) {
        // The digits at the end of a word say which of several logins it is.
        let stem = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let mut start = 0;
        for at in 1..stem.len() {
            if begins_word(stem.as_bytes(), at) {
                words.push(part[start..at].to_ascii_lowercase());
                start = at;
            }
        }
        if !part.is_empty() {
            words.push(part[start..].to_ascii_lowercase());
        }
    }
    words
}

/// The words of a key that name a login: `orders db` of `ORDERS_DB_HOST`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Owner(Vec<String>);

impl Owner {
    fn of(mut words: Vec<String>) -> Self {
        while words
            .last()
            .is_some_and(|word| HOLDERS.contains(&word.as_str()))
        {
            words.pop();
        }
        // `jdbc.url` may be the address of `jdbc.user` and of `user`.
        if words.len() > 1 {
            words.retain(|word| word != "jdbc");
        }
        for word in &mut words {
            if matches!(word.as_str(), "database" | "jdbc") {
                "db".clone_into(word);
            }
        }
        Self(words)
    }

    /// Whether the key names no login.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the login is that of a database.
    pub(super) fn is_database(&self) -> bool {
        self.0.iter().any(|word| is_database_word(word))
    }

    /// Whether the words are those of `other` and that of a database.
    pub(super) fn is_database_of(&self, other: &Owner) -> bool {
        matches!(self.0.split_last(), Some((last, rest)) if last == "db" && rest == other.0)
    }

    /// The words before the last one, if that says that the login is that of a database, and there are others.
    pub(super) fn without_last_database(&self) -> Option<Owner> {
        let (last, rest) = self.0.split_last()?;
        (last == "db" && !rest.is_empty()).then(|| Owner(rest.to_vec()))
    }

    /// Whether the words say no more than that the login is that of a database.
    pub(super) fn is_plain_database(&self) -> bool {
        matches!(self.0.as_slice(), [word] if word == "db")
    }

    /// Whether the login is the first one of its server, and there is no other.
    pub(super) fn is_administrator(&self) -> bool {
        matches!(self.0.as_slice(), [word] if matches!(word.as_str(), "master" | "admin" | "administrator" | "root"))
    }

    /// Whether these are the first of the words of another login.
    pub(super) fn begins(&self, other: &Owner) -> bool {
        !self.is_empty() && other.0.starts_with(&self.0)
    }

    /// The words without those of databases.
    pub(super) fn without_database(&self) -> Owner {
        let others = self.0.iter().filter(|word| !is_database_word(word));
        Owner(others.cloned().collect())
    }

    /// The words, in order.
    pub(super) fn words(&self) -> &[String] {
        &self.0
    }
}

/// The role of a key, and the words of its login. `None` if it states no role.
pub(super) fn role_of(key: &str) -> Option<(Role, Owner)> {
    if !may_have_role(key) {
        return None;
    }
    let mut words = words(key);
    if let Some((role, left)) = role_at_end(&words) {
        let owner = left.into_owner(words);
        return Some((role, owner));
    }
    // `DB_HOST_ORDERS`: the words behind the role name the login, too.
    for end in (1..words.len()).rev() {
        if let Some((role, left)) = role_at_end(&words[..end]) {
            if matches!(role, Role::Address | Role::Engine | Role::Secret) {
                return None;
            }
            let mut rest = words.split_off(end);
            let Owner(mut before) = left.into_owner(words);
            before.append(&mut rest);
            return Some((role, Owner(before)));
        }
    }
    None
}

/// Whether the letters and digits of a key contain a word of a role. Few keys of a text do, and their words are expensive
/// to divide.
fn may_have_role(key: &str) -> bool {
    static WORDS: LazyLock<Regex> = LazyLock::new(|| {
        let all: Vec<&str> = ROLES.iter().map(|(word, _)| *word).collect();
        Regex::new(&all.join("|")).expect("words")
    });
    let mut letters = Vec::with_capacity(key.len());
    let of_key = key.bytes().filter(u8::is_ascii_alphanumeric);
    letters.extend(of_key.map(|byte| byte.to_ascii_lowercase()));
    WORDS.is_match(&letters)
}

/// The words before a role: so many whole words, and the part of a word to which the role is glued.
struct Before {
    whole: usize,
    part: usize,
}

impl Before {
    fn into_owner(self, mut words: Vec<String>) -> Owner {
        words.truncate(self.whole + usize::from(self.part > 0));
        if self.part > 0 {
            words[self.whole].truncate(self.part);
        }
        Owner::of(words)
    }
}

/// The role that the last words state.
fn role_at_end(words: &[String]) -> Option<(Role, Before)> {
    let last = words.last()?.as_bytes().last();
    ROLES.iter().find_map(|(role_word, role)| {
        if role_word.as_bytes().last() != last {
            return None;
        }
        let mut rest = *role_word;
        for (whole, word) in words.iter().enumerate().rev() {
            if let Some(before) = rest.strip_suffix(word.as_str()) {
                if before.is_empty() {
                    return Some((*role, Before { whole, part: 0 }));
                }
                rest = before;
            } else {
                let glued = word.strip_suffix(rest)?;
                let fits = GLUED.contains(&glued) && !matches!(glued, "app" if *role == Role::Port);
                let part = glued.len();
                return fits.then_some((*role, Before { whole, part }));
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_state_roles_and_logins() {
        for (key, expected) in [
            ("DB_HOST", Some((Role::Host, "db"))),
            ("ordersDb2Host", Some((Role::Host, "orders db2"))),
            ("pguser", Some((Role::User, "pg"))),
            ("dbname", Some((Role::Name, "db"))),
            ("DATABASE_NAME", Some((Role::Name, "db"))),
            ("DB_USER_ORDERS", Some((Role::User, "db orders"))),
            ("DB_PASS_ORDERS", Some((Role::Password, "db orders"))),
            ("DB_HOST_1", Some((Role::Host, "db 1"))),
            (
                "spring.datasource.username",
                Some((Role::User, "spring datasource")),
            ),
            (
                "spring.datasource.driver-class-name",
                Some((Role::Engine, "spring datasource")),
            ),
            (
                "administrator_login_password",
                Some((Role::Password, "administrator")),
            ),
            ("administrator_login", Some((Role::User, "administrator"))),
            ("login_password", Some((Role::Password, ""))),
            ("login_host", Some((Role::Host, ""))),
            ("MasterUserPassword", Some((Role::Password, "master"))),
            ("user-name", Some((Role::User, ""))),
            ("ds.setUrl", Some((Role::Address, "ds"))),
            ("report", None),
            ("import", None),
            ("pool_size", None),
        ] {
            let found = role_of(key).map(|(role, owner)| (role, owner.0.join(" ")));
            assert_eq!(
                found,
                expected.map(|(role, owner)| (role, owner.to_owned())),
                "{key}"
            );
        }
    }
}
