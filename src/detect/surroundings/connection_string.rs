//! Reading of connection strings: `jdbc:postgresql://host:5432/database?user=a`,
//! `Server=host,1433;Database=b;User Id=c`, `host=db dbname=orders user=app`.

use super::key_roles::Role;
use crate::detect::database_engine::engine_of_scheme;
use crate::finding::Context;

/// Greatest length of a connection string in bytes. A longer one is not read.
pub(super) const LONGEST: usize = 2048;

/// The facts in a connection string; empty if `text` is not a connection string.
pub(super) fn read(text: &str) -> Context {
    let mut known = Context::default();
    if text.len() > LONGEST {
        return known;
    }
    let rest = match text.find("://") {
        Some(at) => {
            let scheme = text[..at]
                .rsplit(|c: char| !(c.is_ascii_alphanumeric() || "+.-:".contains(c)))
                .next();
            known.engine = engine_of_scheme(&scheme.unwrap_or_default().to_ascii_lowercase());
            authority(&text[at + 3..], &mut known)
        }
        // jdbc:oracle:thin:@//host:1521/service, jdbc:oracle:thin:@host:1521:sid
        None => match text.split_once("jdbc:oracle:thin:") {
            Some((_, rest)) => {
                known.engine = engine_of_scheme("oracle");
                let rest = rest.split_once('@').map_or(rest, |(_, rest)| rest);
                authority(rest.trim_start_matches('/'), &mut known)
            }
            None => text,
        },
    };
    // The data source of Go's driver for MySQL: `app:…@tcp(db1:3306)/orders`.
    if text.contains("@tcp(") {
        known.engine.get_or_insert_with(|| "mysql".to_owned());
    }
    pairs(rest, &mut known);
    known
}

/// Whether a connection string contains a password, which is no reference to one (`${DB_PASSWORD}`, `%(password)s`).
pub(super) fn has_password(text: &str) -> bool {
    let is_literal = |password: &str| {
        !password.is_empty() && !password.starts_with(['$', '%', '{', '<', '#', '@'])
    };
    let in_authority = || {
        let (_, rest) = text.split_once("://")?;
        let end = rest.find(['/', '?', ' ']).unwrap_or(rest.len());
        let (login, _) = rest[..end].rsplit_once('@')?;
        login.split_once(':').map(|(_, password)| password)
    };
    let mut pairs = text
        .split([';', '&', '?', ' '])
        .filter_map(|pair| pair.split_once('='));
    let in_pairs = || {
        pairs.find_map(|(key, value)| {
            matches!(key.trim().to_ascii_lowercase().as_str(), "password" | "pwd")
                .then_some(value.trim())
        })
    };
    text.len() <= LONGEST && in_authority().or_else(in_pairs).is_some_and(is_literal)
}

/// Whether the end of a password in a URI is certain. A password that contains an `@`, or a
/// separator of URIs, may extend to the next `@`: the text after the first one could then be a part
/// of the password as well as a host.
pub(super) fn is_sure(password: &[u8], after: &[u8]) -> bool {
    let Some(after) = after.strip_prefix(b"@") else {
        return true;
    };
    let end = after
        .iter()
        .position(|b| b.is_ascii_whitespace() || *b == b'?')
        .unwrap_or(after.len());
    !after[..end].contains(&b'@') && !password.iter().any(|b| matches!(b, b';' | b'?'))
}

/// Reads `user:password@host:port/database`, and returns the text after it.
fn authority<'t>(text: &'t str, known: &mut Context) -> &'t str {
    let end = text.find(['?', ';', ' ', '"', '\'']).unwrap_or(text.len());
    let (head, rest) = text.split_at(end);
    // A password may contain separators. Then no part is certain, and a part of the password could
    // be taken for a host.
    if rest.contains('@') {
        return "";
    }
    let (user, place) = match head.rsplit_once('@') {
        Some((user, place)) => (Some(user), place),
        None => (None, head),
    };
    if let Some(user) = user {
        set(
            known,
            Role::User,
            user.split(':').next().unwrap_or_default(),
        );
    }
    let (server, database) = place
        .split_once('/')
        .map_or((place, None), |(server, path)| (server, Some(path)));
    let mut parts = server.splitn(3, ':');
    // One of several servers is not the host of the login.
    if !server.contains(',') {
        set(known, Role::Host, parts.next().unwrap_or_default());
        set(known, Role::Port, parts.next().unwrap_or_default());
    }
    if known.engine.as_deref() == Some("oracle") {
        set(known, Role::Database, parts.next().unwrap_or_default());
    }
    // The URI of another service has a path in place of a database.
    if let Some(database) = database
        && known.engine.is_some()
    {
        set(
            known,
            Role::Database,
            database.split('/').next().unwrap_or_default(),
        );
    }
    rest
}

/// Reads pairs of a key and a value.
fn pairs(text: &str, known: &mut Context) {
    let by_semicolon = text.contains(';');
    // The settings of libpq are separated by spaces.
    if !by_semicolon && text.contains(" dbname=") && text.contains("host=") {
        known.engine.get_or_insert_with(|| "postgres".to_owned());
    }
    for pair in text.split(|c: char| matches!(c, ';' | '&' | '?') || (!by_semicolon && c == ' ')) {
        let Some((key, value)) = pair.split_once('=') else {
            continue;
        };
        // `mysql:host=db1;dbname=orders` of PDO
        let key = match key.split_once(':') {
            Some((scheme, key)) if matches!(scheme, "mysql" | "pgsql" | "sqlsrv") => {
                known.engine = known.engine.take().or(engine_of_scheme(scheme));
                key
            }
            _ => key,
        };
        let key: String = key
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        if matches!(
            key.as_str(),
            "initialcatalog" | "integratedsecurity" | "trustservercertificate"
        ) {
            known.engine.get_or_insert_with(|| "sqlserver".to_owned());
        }
        let Some(role) = role_of_option(&key) else {
            continue;
        };
        let value = value.trim().trim_matches(['"', '\'']);
        if role == Role::Host {
            set_server(known, value);
        } else {
            set(known, role, value);
        }
    }
}

/// The role of an option. `key` is in lower case and has no separators.
fn role_of_option(key: &str) -> Option<Role> {
    Some(match key {
        "username" | "userid" | "user" | "uid" | "login" => Role::User,
        "hostname" | "host" | "server" | "address" | "addr" | "networkaddress" | "datasource"
        | "endpoint" => Role::Host,
        "port" => Role::Port,
        "databasename" | "database" | "dbname" | "initialcatalog" | "servicename" | "db" => {
            Role::Database
        }
        _ => return None,
    })
}

/// Adds the host and the port of `tcp:host,1433`, `host:3306` or `[::1]:5432`.
pub(super) fn set_server(known: &mut Context, value: &str) {
    let value = value.strip_prefix("tcp:").unwrap_or(value);
    let closed = value.find(']').filter(|_| value.starts_with('['));
    let (host, port) = match closed {
        Some(at) => value.split_at(at + 1),
        None if value.matches(':').count() > 1 => (value, ""),
        None => value.split_once([',', ':']).unwrap_or((value, "")),
    };
    let port = port.trim_start_matches(':');
    if !port.is_empty() && port.parse::<u16>().is_err() {
        return;
    }
    set(known, Role::Host, host);
    set(known, Role::Port, port);
}

/// Adds a fact, if the value is valid for its role and the fact is not yet known.
pub(super) fn set(known: &mut Context, role: Role, value: &str) {
    let value = value.trim();
    let plain = |most: usize, others: &str| {
        !value.is_empty()
            && value.len() <= most
            && value
                .chars()
                .all(|c| c.is_alphanumeric() || others.contains(c))
            && !is_template(value)
    };
    let fill = |field: &mut Option<String>| {
        field.get_or_insert_with(|| value.to_owned());
    };
    match role {
        Role::User if plain(128, "._-@\\/+$ ") => fill(&mut known.user),
        Role::Host if plain(255, ".-_:[]\\") => fill(&mut known.host),
        Role::Database if plain(64, "._-$") && !value.bytes().all(|b| b.is_ascii_digit()) => {
            fill(&mut known.database);
        }
        Role::Port => {
            if let Ok(port @ 1..) = value.parse::<u16>() {
                known.port.get_or_insert(port);
            }
        }
        _ => {}
    }
}

/// Whether a value is filled in elsewhere, or says that there is none: `$USER`, `@db.user@`, `__USER__`, `null`.
fn is_template(value: &str) -> bool {
    let variable = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    matches!(
        value.to_ascii_lowercase().as_str(),
        "null" | "none" | "nil" | "true" | "false" | "undefined"
    ) || value.split('$').skip(1).any(variable)
        || (value.starts_with('@') && value.ends_with('@'))
        || (value.starts_with("__") && value.ends_with("__"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_password_are_not_told() {
        for (password, after, sure) in [
            ("hunt", "@db:5432/orders?mail=a@b", true),
            ("hunt", ";Server=a@b", true),
            ("hunt", "@er/2@db:5432/orders", false),
            ("1433;password=hunt", "@er2;user=sa", false),
            ("hu@nt", "@db", true),
        ] {
            assert_eq!(
                is_sure(password.as_bytes(), after.as_bytes()),
                sure,
                "{password}{after}"
            );
        }
    }

    #[test]
    fn strings_of_many_drivers() {
        for (text, user, host, port, database, engine) in [
            (
                "jdbc:postgresql://db.internal:5432/orders?user=app&x=1",
                "app",
                "db.internal",
                5432,
                "orders",
                "postgres",
            ),
            (
                "jdbc:sqlserver://sql1:1433;databaseName=Orders;user=sa",
                "sa",
                "sql1",
                1433,
                "Orders",
                "sqlserver",
            ),
            (
                "jdbc:oracle:thin:@//ora:1521/ORCL",
                "",
                "ora",
                1521,
                "ORCL",
                "oracle",
            ),
            (
                "jdbc:oracle:thin:@ora:1521:XE",
                "",
                "ora",
                1521,
                "XE",
                "oracle",
            ),
            (
                "Server=tcp:sql1,1433;Initial Catalog=Orders;User ID=sa;Password=x",
                "sa",
                "sql1",
                1433,
                "Orders",
                "sqlserver",
            ),
            (
                "host=db port=5433 dbname=orders user=app password=x",
                "app",
                "db",
                5433,
                "orders",
                "postgres",
            ),
            (
                "mysql://app:x@h:3306/shop",
                "app",
                "h",
                3306,
                "shop",
                "mysql",
            ),
            ("${URL}", "", "", 0, "", ""),
            // A password may have any of these signs.
            ("mysql://app:x?y@h:3306/shop", "", "", 0, "", "mysql"),
            ("mysql://app:x@long;er@h:3306/shop", "", "", 0, "", "mysql"),
            (
                "mysql://app:x@y/z@h:3306/shop",
                "app",
                "h",
                3306,
                "shop",
                "mysql",
            ),
        ] {
            let known = read(text);
            let told = |field: &Option<String>| field.clone().unwrap_or_default();
            assert_eq!(
                (
                    told(&known.user),
                    told(&known.host),
                    told(&known.database),
                    told(&known.engine)
                ),
                (
                    user.to_owned(),
                    host.to_owned(),
                    database.to_owned(),
                    engine.to_owned()
                ),
                "{text}"
            );
            assert_eq!(known.port.unwrap_or(0), port, "{text}");
        }
    }
}
