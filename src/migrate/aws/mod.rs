//! Secrets Manager through the AWS SDK. Nothing else in the project names the SDK.
//!
//! The SDK repeats no call here: [`call_pacer`](super::call_pacer) does, because it knows which
//! call is safe to repeat. The SDK's own buffers for a request are freed, not zeroized: they are
//! out of our reach.

mod account_connection;
mod aws_client;
mod aws_error;
mod guarded_http;

pub use account_connection::{
    Access, CallTimeouts, Connection, connect, is_account_assumed, region,
};
pub use aws_client::AwsClient;
