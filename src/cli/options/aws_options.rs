//! Options that select an AWS account.

use crate::migrate::aws::Access;
use crate::secrets_manager::{Account, Region};

/// Credentials and Region are found like in every AWS tool: environment, profile, single sign-on,
/// instance role.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "AWS")]
pub struct AwsOptions {
    /// Profile of the AWS configuration
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,

    /// AWS Region [default: the configured Region]
    #[arg(long, value_name = "REGION", value_parser = str::parse::<Region>)]
    pub region: Option<Region>,

    /// Endpoint to use instead of the public AWS endpoint, for example a VPC endpoint or a test
    /// server
    #[arg(long, value_name = "URL", value_parser = endpoint)]
    pub endpoint_url: Option<String>,

    /// Expected account (12 digits); the command refuses to work in another account
    #[arg(long, value_name = "ID", value_parser = str::parse::<Account>)]
    pub account: Option<Account>,
}

impl AwsOptions {
    /// The access that these options describe. `account` and `region` are used where the options
    /// say nothing.
    pub fn access(&self, account: Option<&Account>, region: Option<&Region>) -> Access {
        Access {
            profile: self.profile.clone(),
            region: self.region.as_ref().or(region).cloned(),
            endpoint_url: self.endpoint_url.clone(),
            account: self.account.as_ref().or(account).cloned(),
            keys: None,
        }
    }
}

/// An argument that is not the URL of an endpoint.
#[derive(Debug, thiserror::Error)]
#[error(
    "an endpoint is a URL such as https://vpce-1.secretsmanager.eu-central-1.vpce.amazonaws.com"
)]
struct EndpointError;

fn endpoint(text: &str) -> Result<String, EndpointError> {
    let host = ["https://", "http://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    match host {
        Some(host) if !host.is_empty() && !host.contains(char::is_whitespace) => {
            Ok(text.to_owned())
        }
        _ => Err(EndpointError),
    }
}
