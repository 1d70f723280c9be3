//! Names of database engines, recognised in URI schemes and in settings.

/// The database engine of a URI scheme, by the name that AWS's rotation templates use, if they
/// cover it.
pub(super) fn engine_of_scheme(scheme: &str) -> Option<String> {
    let plain = scheme
        .strip_prefix("jdbc:")
        .unwrap_or(scheme)
        .split('+')
        .next()
        .unwrap_or(scheme);
    let engine = match plain {
        "postgres" | "postgresql" | "postgis" | "pgsql" => "postgres",
        "mysql" | "mysql2" => "mysql",
        "mariadb" => "mariadb",
        "mongodb" => "mongo",
        "sqlserver" | "mssql" | "sqlsrv" => "sqlserver",
        "oracle" => "oracle",
        "redshift" => "redshift",
        "db2" => "db2",
        "redis" | "rediss" => "redis",
        "cockroachdb" | "clickhouse" | "cassandra" | "neo4j" | "couchbase" | "influxdb" => plain,
        _ => return None,
    };
    Some(engine.to_owned())
}

/// The database engine that `text` contains a word for, by the name that AWS's rotation templates
/// use, if they cover it.
pub(super) fn engine_in(text: &str) -> Option<&'static str> {
    const ENGINES: [(&str, &str); 17] = [
        ("postgres", "postgres"),
        ("psql", "postgres"),
        ("pgsql", "postgres"),
        ("postgis", "postgres"),
        ("psycopg", "postgres"),
        ("asyncpg", "postgres"),
        ("mariadb", "mariadb"),
        ("mysql", "mysql"),
        ("mongo", "mongo"),
        ("sqlserver", "sqlserver"),
        ("sqlsrv", "sqlserver"),
        ("mssql", "sqlserver"),
        ("sqlclient", "sqlserver"),
        ("oracle", "oracle"),
        ("redshift", "redshift"),
        ("db2", "db2"),
        ("redis", "redis"),
    ];
    let text = text.to_ascii_lowercase();
    if text == "pg" {
        return Some("postgres");
    }
    ENGINES
        .iter()
        .find(|(word, _)| text.contains(word))
        .map(|(_, engine)| *engine)
}

/// The database engine that a name has a word for. `DB2_HOST` is the host of a second database.
pub(super) fn engine_in_name(name: &str) -> Option<&'static str> {
    engine_in(name).filter(|engine| *engine != "db2")
}
