//! What the planned secrets cost, by the prices of the policy. Millionths of a US dollar, so that nothing is rounded twice.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decide::policy::Price;

/// CreateSecret, DescribeSecret, GetSecretValue.
const CALLS_AN_IMPORT: u64 = 3;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CostEstimate {
    /// Secrets that would be created.
    pub secrets: u64,
    /// Millionths of a US dollar a month for them.
    pub monthly_microdollars: u64,
    /// Calls that the import makes, when nothing has to be repeated.
    pub calls: u64,
    /// Millionths of a US dollar for these calls, once.
    pub calls_microdollars: u64,
}

impl CostEstimate {
    pub fn of(secrets: u64, price: &Price) -> Self {
        let calls = secrets * CALLS_AN_IMPORT;
        Self {
            secrets,
            monthly_microdollars: microdollars(secrets as f64 * price.secret_month),
            calls,
            calls_microdollars: microdollars(calls as f64 / 10_000.0 * price.calls_10000),
        }
    }

    /// `$12.40`
    pub fn monthly(&self) -> String {
        dollars(self.monthly_microdollars)
    }

    /// `$0.0015`
    pub fn once(&self) -> String {
        dollars(self.calls_microdollars)
    }
}

/// A price that is no number, or less than nothing, is nothing.
fn microdollars(dollars: f64) -> u64 {
    (dollars * 1e6).round() as u64
}

/// With two decimals, and more only where they say something.
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
