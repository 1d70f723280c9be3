//! The login in the options of a database client: `mysql -h db1 -u app -p… orders`.

use std::ops::Range;

use super::connection_string::{set, set_server};
use super::key_roles::Role;
use crate::finding::Context;

/// Greatest number of bytes of a command on either side of the value.
const REACH: usize = 1024;

/// A client and the options that state the login.
struct Client {
    names: &'static [&'static str],
    engine: &'static str,
    /// Options with a role. An option of one letter may have its value glued to it.
    options: &'static [(&'static str, Role)],
    /// Options of one letter whose value is the next word, and is none of the login.
    others: &'static str,
    /// A word that is no option is the name of the database.
    has_database: bool,
}

const MYSQL: &[(&str, Role)] = &[
    ("-h", Role::Host),
    ("--host", Role::Host),
    ("-P", Role::Port),
    ("--port", Role::Port),
    ("-u", Role::User),
    ("--user", Role::User),
    ("-D", Role::Database),
    ("--database", Role::Database),
    ("-p", Role::Password),
    ("--password", Role::Password),
];

const CLIENTS: [Client; 9] = [
    Client {
        names: &["mysql", "mysqldump"],
        engine: "mysql",
        options: MYSQL,
        others: "eSrw",
        has_database: true,
    },
    Client {
        names: &[
            "mysqladmin",
            "mysqlimport",
            "mysqlcheck",
            "mysqlshow",
            "mysqlsh",
        ],
        engine: "mysql",
        options: MYSQL,
        others: "eSrw",
        has_database: false,
    },
    Client {
        names: &["mariadb", "mariadb-dump"],
        engine: "mariadb",
        options: MYSQL,
        others: "eSrw",
        has_database: true,
    },
    Client {
        names: &[
            "psql",
            "pg_dump",
            "pg_dumpall",
            "pg_restore",
            "createdb",
            "dropdb",
            "vacuumdb",
            "pg_isready",
        ],
        engine: "postgres",
        options: &[
            ("-h", Role::Host),
            ("--host", Role::Host),
            ("-p", Role::Port),
            ("--port", Role::Port),
            ("-U", Role::User),
            ("--username", Role::User),
            ("-d", Role::Database),
            ("--dbname", Role::Database),
        ],
        others: "cfvFjnNtTZoPRE",
        has_database: true,
    },
    Client {
        names: &["redis-cli"],
        engine: "redis",
        options: &[
            ("-h", Role::Host),
            ("-p", Role::Port),
            ("--user", Role::User),
            ("-a", Role::Password),
            ("--pass", Role::Password),
        ],
        others: "nri",
        has_database: false,
    },
    Client {
        names: &[
            "mongo",
            "mongosh",
            "mongodump",
            "mongorestore",
            "mongoexport",
            "mongoimport",
        ],
        engine: "mongo",
        options: &[
            ("-h", Role::Host),
            ("--host", Role::Host),
            ("--port", Role::Port),
            ("-u", Role::User),
            ("--username", Role::User),
            ("-d", Role::Database),
            ("--db", Role::Database),
            ("-p", Role::Password),
            ("--password", Role::Password),
        ],
        others: "coq",
        has_database: false,
    },
    Client {
        names: &["sqlcmd", "osql"],
        engine: "sqlserver",
        options: &[
            ("-S", Role::Host),
            ("-U", Role::User),
            ("-d", Role::Database),
            ("-P", Role::Password),
        ],
        others: "Qqiolt",
        has_database: false,
    },
    Client {
        names: &["sqlplus", "sqlldr", "expdp", "impdp", "exp", "imp"],
        engine: "oracle",
        options: &[],
        others: "",
        has_database: false,
    },
    Client {
        names: &["clickhouse-client"],
        engine: "clickhouse",
        options: &[
            ("--host", Role::Host),
            ("--port", Role::Port),
            ("--user", Role::User),
            ("--database", Role::Database),
            ("--password", Role::Password),
        ],
        others: "q",
        has_database: false,
    },
];

/// The login of the command whose option or variable is the value at `range`. `None` if there is no such command.
pub(super) fn read(text: &[u8], range: &Range<usize>) -> Option<Context> {
    let command = command_around(text, range);
    let words = words(text, command, range);
    let client = words
        .iter()
        .enumerate()
        .find_map(|(at, word)| Some((at, client_of(&text[word.clone()])?)));
    let Some((at, client)) = client else {
        return match is_variable(text, range) {
            true => read_behind(text, range),
            false => None,
        };
    };
    let own = words
        .iter()
        .position(|word| word.start <= range.start && range.end <= word.end)?;
    // A variable is before the command, an option behind it.
    if own <= at && !(own < at && client.engine == "postgres" && is_variable(text, range)) {
        return None;
    }
    let mut known = Context {
        engine: Some(client.engine.to_owned()),
        ..Context::default()
    };
    if client.engine == "oracle" {
        oracle(text, range, &words[own], &mut known);
        return Some(known);
    }
    options(text, client, &words[at + 1..], range, &mut known);
    Some(known)
}

/// Whether the value at `range` is that of the variable which the clients of PostgreSQL read.
fn is_variable(text: &[u8], range: &Range<usize>) -> bool {
    let before = &text[range.start.saturating_sub(16)..range.start];
    let before = before
        .strip_suffix(b"'")
        .or(before.strip_suffix(b"\""))
        .unwrap_or(before);
    before.ends_with(b"PGPASSWORD=")
}

/// Greatest number of bytes behind a variable in which commands may follow that use it.
const REACH_OF_VARIABLE: usize = 4096;
/// The most lines behind a variable in which commands are looked for.
const MOST_LINES: usize = 64;

/// The login of the commands behind the value of a variable. What differs between them is unset.
fn read_behind(text: &[u8], range: &Range<usize>) -> Option<Context> {
    let behind = &text[range.end..text.len().min(range.end + REACH_OF_VARIABLE)];
    // Another value of the variable ends the reach of this one.
    let length = memchr::memmem::find(behind, b"PGPASSWORD=").unwrap_or(behind.len());
    let lines = memchr::memchr_iter(b'\n', &behind[..length]).take(MOST_LINES);
    let mut known: Option<Context> = None;
    for line_end in lines {
        let start = range.end + line_end + 1;
        let words = words(text, command_around(text, &(start..start)), range);
        let client = words
            .iter()
            .position(|word| client_of(&text[word.clone()]).is_some());
        let Some(client_at) = client else { continue };
        let Some(client) =
            client_of(&text[words[client_at].clone()]).filter(|client| client.engine == "postgres")
        else {
            continue;
        };
        let mut stated = Context {
            engine: Some(client.engine.to_owned()),
            ..Context::default()
        };
        options(text, client, &words[client_at + 1..], range, &mut stated);
        known = Some(match known {
            None => stated,
            Some(mut known) => {
                known.user = known.user.filter(|user| stated.user.as_ref() == Some(user));
                known.host = known.host.filter(|host| stated.host.as_ref() == Some(host));
                known.port = known.port.filter(|port| stated.port == Some(*port));
                known.database = known
                    .database
                    .filter(|name| stated.database.as_ref() == Some(name));
                known
            }
        });
    }
    known
}

/// The client that a word runs.
fn client_of(word: &[u8]) -> Option<&'static Client> {
    let name = base_name(word);
    CLIENTS
        .iter()
        .find(|client| client.names.iter().any(|known| known.as_bytes() == name))
}

/// Reads the words behind the name of the client.
fn options(
    text: &[u8],
    client: &Client,
    words: &[Range<usize>],
    own: &Range<usize>,
    known: &mut Context,
) {
    let mut words = words.iter();
    let mut databases = Vec::new();
    while let Some(word) = words.next() {
        let is_own = word.start <= own.start && own.end <= word.end;
        let bytes = &text[word.clone()];
        let Some(word) = std::str::from_utf8(bytes)
            .ok()
            .filter(|word| !word.is_empty())
        else {
            continue;
        };
        if !word.starts_with('-') {
            if !is_own {
                databases.push(word);
            }
            continue;
        }
        let (name, value) = match word.split_once('=').filter(|_| word.starts_with("--")) {
            Some((name, value)) => (name, Some(value)),
            None if word.starts_with("--") || word.len() <= 2 => (word, None),
            None => match word.split_at_checked(2) {
                Some((name, value)) => (name, Some(value)),
                None => continue,
            },
        };
        let role = client
            .options
            .iter()
            .find(|(option, _)| *option == name)
            .map(|(_, role)| *role);
        let Some(role) = role else {
            if value.is_none() && name.len() == 2 && client.others.contains(&name[1..]) {
                words.next();
            }
            continue;
        };
        if role == Role::Password {
            // MySQL asks for the password if none is glued to the option.
            if value.is_none() && client.options.as_ptr() != MYSQL.as_ptr() {
                words.next();
            }
            continue;
        }
        let value = match value {
            Some(value) => value,
            None => match words
                .next()
                .map(|word| std::str::from_utf8(&text[word.clone()]))
            {
                Some(Ok(value)) => value,
                _ => continue,
            },
        };
        match role {
            Role::Host => set_server(known, value),
            role => set(known, role, value),
        }
    }
    if let [database] = databases[..]
        && client.has_database
    {
        set(known, Role::Database, database);
    }
}

/// Reads `user/password@host:1521/service`. The rule has read the user.
fn oracle(text: &[u8], range: &Range<usize>, word: &Range<usize>, known: &mut Context) {
    let place = text[range.end..word.end]
        .strip_prefix(b"@")
        .unwrap_or_default();
    let Ok(place) = std::str::from_utf8(place) else {
        return;
    };
    let Some((server, service)) = place.trim_start_matches('/').split_once('/') else {
        return;
    };
    set_server(known, server);
    set(known, Role::Database, service);
}

/// The last component of the path of a program.
fn base_name(word: &[u8]) -> &[u8] {
    let name = word.rsplit(|&b| b == b'/').next().unwrap_or(word);
    name.strip_suffix(b".exe").unwrap_or(name)
}

/// The command around a value: its line, with those that a backslash continues, between the signs that separate commands.
fn command_around(text: &[u8], range: &Range<usize>) -> Range<usize> {
    let from = range.start.saturating_sub(REACH);
    let mut start = range.start;
    while start > from {
        match text[start - 1] {
            b'\n' if !is_continued(&text[from..start - 1]) => break,
            b'|' | b';' | b'&' | b'`' | b'<' | b'>' => break,
            _ => start -= 1,
        }
    }
    let to = text.len().min(range.end + REACH);
    let mut end = range.end;
    while end < to {
        match text[end] {
            b'\n' if !is_continued(&text[range.end..end]) => break,
            b'|' | b';' | b'&' | b'`' | b'<' | b'>' => break,
            _ => end += 1,
        }
    }
    start..end
}

/// Whether a line ends in a backslash.
fn is_continued(line: &[u8]) -> bool {
    line.strip_suffix(b"\r").unwrap_or(line).ends_with(b"\\")
}

/// The words of a command around `value`. Quotes and brackets of lists of arguments separate them, too.
fn words(text: &[u8], command: Range<usize>, value: &Range<usize>) -> Vec<Range<usize>> {
    let separates = |b: u8| {
        b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'[' | b']' | b'\\' | b'(' | b')')
    };
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut at = command.start;
    while at < command.end {
        // A quoted word may have spaces, unless it is a text with the whole command.
        if matches!(text[at], b'"' | b'\'')
            && let Some(length) = memchr::memchr(text[at], &text[at + 1..command.end])
        {
            let word = at + 1..at + 1 + length;
            let is_text = word.contains(&value.start)
                && text[word.clone()].iter().any(u8::is_ascii_whitespace);
            if !is_text {
                at = word.end + 1;
                words.push(word);
                continue;
            }
        }
        if separates(text[at]) {
            at += 1;
            continue;
        }
        let length = text[at..command.end]
            .iter()
            .take_while(|b| !separates(**b))
            .count();
        if text[at..at + length] != *b"," {
            words.push(at..at + length);
        }
        at += length;
    }
    words
}
