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
        "postgres" | "postgresql" | "postgis" => "postgres",
        "mysql" | "mysql2" => "mysql",
        "mariadb" => "mariadb",
        "mongodb" => "mongo",
        "sqlserver" | "mssql" => "sqlserver",
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
    const ENGINES: [(&str, &str); 13] = [
        ("postgres", "postgres"),
        ("psql", "postgres"),
        ("pgsql", "postgres"),
        ("mariadb", "mariadb"),
        ("mysql", "mysql"),
        ("mongo", "mongo"),
        ("sqlserver", "sqlserver"),
        ("sqlsrv", "sqlserver"),
        ("mssql", "sqlserver"),
        ("oracle", "oracle"),
        ("redshift", "redshift"),
        ("db2", "db2"),
        ("redis", "redis"),
    ];
    let text = text.to_ascii_lowercase();
    ENGINES
        .iter()
        .find(|(word, _)| text.contains(word))
        .map(|(_, engine)| *engine)
}
