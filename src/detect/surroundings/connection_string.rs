//! Reading of connection strings: `jdbc:postgresql://host:5432/database?user=a`,
//! `Server=host,1433;Database=b;User Id=c`, `host=db dbname=orders user=app`.

use super::key_roles::{Role, role_of};
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
    pairs(rest, &mut known);
    known
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
    set(known, Role::Host, parts.next().unwrap_or_default());
    set(known, Role::Port, parts.next().unwrap_or_default());
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
    for pair in text.split(|c: char| matches!(c, ';' | '&' | '?') || (!by_semicolon && c == ' ')) {
        let Some((key, value)) = pair.split_once('=') else {
            continue;
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
        let Some((role, "")) = role_of(&key) else {
            continue;
        };
        let value = value.trim().trim_matches(['"', '\'']);
        if role == Role::Host {
            // `tcp:host,1433`
            let value = value.strip_prefix("tcp:").unwrap_or(value);
            let (host, port) = value.split_once([',', ':']).unwrap_or((value, ""));
            set(known, Role::Host, host);
            set(known, Role::Port, port);
        } else {
            set(known, role, value);
        }
    }
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
            && !matches!(
                value.to_ascii_lowercase().as_str(),
                "null" | "none" | "nil" | "true" | "false"
            )
    };
    let fill = |field: &mut Option<String>| {
        field.get_or_insert_with(|| value.to_owned());
    };
    match role {
        Role::User if plain(128, "._-@\\/+$ ") && !value.starts_with('$') => fill(&mut known.user),
        Role::Host if plain(255, ".-_:[]\\") => fill(&mut known.host),
        Role::Database if plain(64, "._-$") && !value.starts_with('$') => fill(&mut known.database),
        Role::Port => {
            if let Ok(port @ 1..) = value.parse::<u16>() {
                known.port.get_or_insert(port);
            }
        }
        _ => {}
    }
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
                "",
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
