//! What is kept of a match's surroundings.

use super::noise;
use crate::finding::Context;
use crate::secret::SecretValue;

/// Context is written to files and shown, so nothing secret may pass as context: a token that stands where a URI has its user
/// (`https://TOKEN:x-oauth-basic@host`), or any other value found in the same text.
pub(super) fn scrub(context: &mut Context, values: &[SecretValue]) {
    let secret = |text: &str| {
        let holds =
            |value: &SecretValue| !value.is_empty() && memchr::memmem::find(text.as_bytes(), value.expose()).is_some();
        values.iter().any(holds)
    };
    let made_by_machine = |text: &str| {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        text.len() >= 16 && digits >= 2 && !text.contains('@') && noise::entropy(text.as_bytes()) > 3.3
    };
    for field in [&mut context.key, &mut context.user, &mut context.host, &mut context.database] {
        if field.as_deref().is_some_and(secret) {
            *field = None;
        }
    }
    if context.user.as_deref().is_some_and(made_by_machine) {
        context.user = None;
    }
}

/// The database engine behind a URI scheme, in the names of the rotation templates where there is one.
pub(super) fn engine_of_scheme(scheme: &str) -> Option<String> {
    let plain = scheme.strip_prefix("jdbc:").unwrap_or(scheme).split('+').next().unwrap_or(scheme);
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
