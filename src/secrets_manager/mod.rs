//! The text values that AWS Secrets Manager takes, each with the limits of the service, and the
//! service's quotas.
//!
//! A value is parsed once, where it enters the program, and stays typed from there. Each error is
//! an enum whose variants are the limits, so that a caller acts on the limit that failed and not on
//! the message. A text that may break a limit and is still to be shown (a plan lists such entries)
//! is a [`ProposedText`].
//!
//! This is the lowest layer: it uses no other module of the program except the helpers of
//! [`crate::text_type`].

mod account;
mod description;
mod endpoint_url;
mod key_arn;
mod proposed_text;
mod quota;
mod region;
mod secret_arn;
mod secret_name;
mod tag;

pub use account::{Account, AccountError};
pub use description::{Description, DescriptionError};
pub use endpoint_url::{EndpointUrl, EndpointUrlError};
pub use key_arn::{KeyArn, KeyArnError};
pub use proposed_text::ProposedText;
pub use quota::{SECRETS_MAX, TAGS_MAX, VALUE_BYTES_MAX, ValueSizeError, check_value_size};
pub use region::{Region, RegionError};
pub use secret_arn::{SecretArn, SecretArnError};
pub use secret_name::{SecretName, SecretNameError};
pub use tag::{TagKey, TagKeyError, TagTextError, TagValue};
