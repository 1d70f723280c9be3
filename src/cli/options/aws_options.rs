//! Options that select an AWS account.

use crate::migrate::aws::{Access, CallTimeouts};
use crate::secrets_manager::{Account, EndpointUrl, EndpointUrlError, Region};

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

    /// Allow an endpoint on another machine without encryption (`http://`): values and credentials can
    /// then be read and changed on the way
    #[arg(long)]
    pub allow_http: bool,

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
            allow_http: self.allow_http,
            timeouts: CallTimeouts::default(),
            account: self.account.as_ref().or(account).cloned(),
            keys: None,
        }
    }
}

/// Checks the form of an endpoint's URL.
fn endpoint(text: &str) -> Result<String, EndpointUrlError> {
    text.parse::<EndpointUrl>().map(|_| text.to_owned())
}
