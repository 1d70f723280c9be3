//! The cost of the planned secrets, by the prices in the policy. Amounts are in millionths of a US
//! dollar, so that nothing is rounded twice.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decide::policy::Price;

/// Calls for one secret: CreateSecret, DescribeSecret, GetSecretValue.
const CALLS_AN_IMPORT: u64 = 3;

/// An estimate of the cost of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CostEstimate {
    /// Number of secrets that would be created.
    pub secrets: u64,
    /// Monthly price of these secrets, in millionths of a US dollar.
    pub monthly_microdollars: u64,
    /// Number of calls that the import makes if none is repeated.
    pub calls: u64,
    /// Price of these calls, once, in millionths of a US dollar.
    pub calls_microdollars: u64,
}

impl CostEstimate {
    /// The estimate for a number of new secrets.
    pub fn of(secrets: u64, price: &Price) -> Self {
        let calls = secrets * CALLS_AN_IMPORT;
        Self {
            secrets,
            monthly_microdollars: microdollars(secrets as f64 * price.secret_month),
            calls,
            calls_microdollars: microdollars(calls as f64 / 10_000.0 * price.calls_10000),
        }
    }

    /// The monthly price as text: `$12.40`.
    pub fn monthly(&self) -> String {
        dollars(self.monthly_microdollars)
    }

    /// The price of the calls as text: `$0.0015`.
    pub fn once(&self) -> String {
        dollars(self.calls_microdollars)
    }
}

/// Millionths of a dollar, rounded. A price that is negative or not a number counts as 0.
fn microdollars(dollars: f64) -> u64 {
    (dollars * 1e6).round() as u64
}

/// An amount with at least two decimals, without trailing zeros after them.
fn dollars(microdollars: u64) -> String {
    let text = format!(
        "{}.{:06}",
        microdollars / 1_000_000,
        microdollars % 1_000_000
    );
    let short = text.trim_end_matches('0').len();
    let cents = text.len() - 4;
    format!("${}", &text[..short.max(cents)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices() {
        let of = |secrets| CostEstimate::of(secrets, &Price::default());
        assert_eq!(of(31).monthly(), "$12.40");
        assert_eq!(of(0).monthly(), "$0.00");
        assert_eq!(of(0).once(), "$0.00");
        assert_eq!(of(100).once(), "$0.0015");
        assert_eq!(of(100_000).once(), "$1.50");
        assert_eq!(
            CostEstimate::of(
                3,
                &Price {
                    secret_month: 0.333,
                    calls_10000: 0.0
                }
            )
            .monthly(),
            "$0.999"
        );
    }
}
