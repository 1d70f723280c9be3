//! What the planned secrets cost a month, from the public price list. Whole cents and micro-dollars: no rounding to explain.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// US cents for a secret and month, prorated by the hour; a replica counts as a secret.
const CENTS_A_SECRET: u64 = 40;
/// US dollars are divided by a million: $0.05 for 10,000 calls.
const MICRODOLLARS_A_CALL: u64 = 5;
/// CreateSecret, DescribeSecret, GetSecretValue.
const CALLS_AN_IMPORT: u64 = 3;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// Secrets that would be created.
    pub secrets: u64,
    /// US cents a month for them.
    pub monthly_cents: u64,
    /// Calls that the import makes, when nothing has to be repeated.
    pub calls: u64,
    /// Millionths of a US dollar for these calls, once.
    pub calls_microdollars: u64,
}

impl Cost {
    pub fn of(secrets: u64) -> Self {
        let calls = secrets * CALLS_AN_IMPORT;
        Self {
            secrets,
            monthly_cents: secrets * CENTS_A_SECRET,
            calls,
            calls_microdollars: calls * MICRODOLLARS_A_CALL,
        }
    }

    /// `$12.40`
    pub fn monthly(&self) -> String {
        format!("${}.{:02}", self.monthly_cents / 100, self.monthly_cents % 100)
    }

    /// `$0.0015`
    pub fn once(&self) -> String {
        let dollars = format!("{}.{:06}", self.calls_microdollars / 1_000_000, self.calls_microdollars % 1_000_000);
        let cut = dollars.trim_end_matches('0');
        let cents = dollars.find('.').expect("written above") + 3;
        format!("${}", &dollars[..cut.len().max(cents)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices() {
        assert_eq!(Cost::of(31).monthly(), "$12.40");
        assert_eq!(Cost::of(0).monthly(), "$0.00");
        assert_eq!(Cost::of(0).once(), "$0.00");
        assert_eq!(Cost::of(100).once(), "$0.0015");
        assert_eq!(Cost::of(100_000).once(), "$1.50");
    }
}
