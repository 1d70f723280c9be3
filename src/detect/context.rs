//! What is kept of a match's surroundings.

use super::noise;
use crate::finding::Context;
use crate::secret::SecretValue;

/// Values to look for within short texts. A file of assignments may hold tens of thousands, each with a text to look at.
pub(super) struct Values<'a> {
    /// In order, and none begins with another: whoever holds the longer one holds the shorter one.
    sorted: Vec<&'a [u8]>,
}

impl<'a> Values<'a> {
    pub(super) fn of(values: &'a [SecretValue]) -> Self {
        let mut sorted: Vec<&[u8]> = values.iter().map(SecretValue::expose).filter(|value| !value.is_empty()).collect();
        sorted.sort_unstable();
        sorted.dedup_by(|next, kept| next.starts_with(kept));
        Self { sorted }
    }

    /// Whether `text` holds any of them.
    fn within(&self, text: &[u8]) -> bool {
        // Of all values only the last one up to `rest` can begin it: what lies between a beginning of `rest` and `rest`
        // begins with the same bytes, and none begins with another.
        let begins = |rest: &[u8]| {
            let at = self.sorted.partition_point(|value| *value <= rest);
            at > 0 && rest.starts_with(self.sorted[at - 1])
        };
        (0..text.len()).any(|at| begins(&text[at..]))
    }
}

/// Context is written to files and shown, so nothing secret may pass as context: a token that stands where a URI has its user
/// (`https://TOKEN:x-oauth-basic@host`), or any other value found in the same text.
pub(super) fn scrub(context: &mut Context, values: &Values) {
    let made_by_machine = |text: &str| {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        text.len() >= 16 && digits >= 2 && !text.contains('@') && noise::entropy(text.as_bytes()) > 3.3
    };
    for field in [&mut context.key, &mut context.user, &mut context.host, &mut context.database] {
        if field.as_deref().is_some_and(|text| values.within(text.as_bytes())) {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn values_are_found_wherever_they_stand(values in prop::collection::vec("[ab]{0,4}", 0..8), text in "[abc]{0,12}") {
            let secrets: Vec<SecretValue> = values.iter().map(|value| SecretValue::new(value.clone().into_bytes())).collect();
            let expected = values.iter().any(|value| !value.is_empty() && text.contains(value.as_str()));
            prop_assert_eq!(Values::of(&secrets).within(text.as_bytes()), expected);
        }
    }
}
