//! The URL of an endpoint that answers in place of AWS's own.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// The URL of an endpoint: `https://vpce-1.secretsmanager.eu-central-1.vpce.amazonaws.com`.
///
/// The parser is strict: it accepts only spellings that every parser of URLs reads alike. A URL such
/// as `http://127.0.0.1@evil.example` or `http://localhost\@evil.example` looks like one host and
/// leads to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointUrl {
    encrypted: bool,
    host: Host,
}

/// The host of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Address(IpAddr),
    Name(String),
}

/// Addresses from which a machine in AWS gets its credentials, over plain HTTP by design: the
/// metadata service of EC2, and those of containers in ECS and EKS. All are link-local or unique
/// local addresses, which no router forwards.
const METADATA: [IpAddr; 5] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 23)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23)),
];

impl EndpointUrl {
    /// True for `https`.
    pub fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    /// True if the host is this machine: `localhost`, `127.…` or `[::1]`.
    pub fn is_loopback(&self) -> bool {
        match &self.host {
            Host::Address(address) => address.to_canonical().is_loopback(),
            Host::Name(name) => name.eq_ignore_ascii_case("localhost"),
        }
    }

    /// True if the host is one of the addresses from which a machine in AWS gets its credentials.
    pub fn is_metadata_service(&self) -> bool {
        matches!(&self.host, Host::Address(address) if METADATA.contains(address))
    }

    /// The host, as text.
    pub fn host(&self) -> String {
        match &self.host {
            Host::Address(IpAddr::V6(address)) => format!("[{address}]"),
            Host::Address(address) => address.to_string(),
            Host::Name(name) => name.clone(),
        }
    }
}

/// The text is not the URL of an endpoint. No message quotes the text: it may contain a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointUrlError {
    /// It does not begin with `https://` or `http://`.
    #[error("an endpoint is a URL that begins with https:// or http://")]
    Scheme,
    /// It contains a user name or a password.
    #[error("the URL of an endpoint contains no user name, no password and no @ before the path")]
    UserInfo,
    /// Its host is missing, or is neither a plain name nor an address.
    #[error("the host of the endpoint's URL is neither a name nor an IP address")]
    Host,
    /// Its port is not a number.
    #[error("the port of the endpoint's URL is not a number from 1 to 65535")]
    Port,
    /// It contains spaces or control characters.
    #[error("the URL of an endpoint contains no spaces and no control characters")]
    Characters,
}

impl FromStr for EndpointUrl {
    type Err = EndpointUrlError;

    fn from_str(text: &str) -> Result<Self, EndpointUrlError> {
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(EndpointUrlError::Characters);
        }
        let (scheme, rest) = text.split_once("://").ok_or(EndpointUrlError::Scheme)?;
        let encrypted = scheme.eq_ignore_ascii_case("https");
        if !encrypted && !scheme.eq_ignore_ascii_case("http") {
            return Err(EndpointUrlError::Scheme);
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(EndpointUrlError::UserInfo);
        }
        let (host, port) = match authority.strip_prefix('[') {
            Some(rest) => {
                let (address, port) = rest.split_once(']').ok_or(EndpointUrlError::Host)?;
                let address = address
                    .parse::<Ipv6Addr>()
                    .map_err(|_| EndpointUrlError::Host)?;
                let port = match port.strip_prefix(':') {
                    Some(port) => Some(port),
                    None if port.is_empty() => None,
                    None => return Err(EndpointUrlError::Host),
                };
                (Host::Address(address.into()), port)
            }
            None => match authority.split_once(':') {
                Some((host, port)) => (plain_host(host)?, Some(port)),
                None => (plain_host(authority)?, None),
            },
        };
        if let Some(port) = port
            && !(port.bytes().all(|byte| byte.is_ascii_digit())
                && port.parse::<u16>().is_ok_and(|port| port > 0))
        {
            return Err(EndpointUrlError::Port);
        }
        Ok(Self { encrypted, host })
    }
}

/// A host without brackets. `2130706433`, `0x7f.1` and `127.1` are names here, although some
/// programs read them as addresses: they are never taken for this machine.
fn plain_host(text: &str) -> Result<Host, EndpointUrlError> {
    if let Ok(address) = text.parse::<Ipv4Addr>() {
        return Ok(Host::Address(address.into()));
    }
    let is_name = !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
    if is_name {
        Ok(Host::Name(text.to_owned()))
    } else {
        Err(EndpointUrlError::Host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<EndpointUrl, EndpointUrlError> {
        text.parse()
    }

    #[test]
    fn this_machine_is_recognised_and_nothing_that_looks_like_it() {
        for local in [
            "http://localhost:5000",
            "http://LOCALHOST/path",
            "HTTP://127.0.0.1:5000/",
            "http://127.8.9.1",
            "http://[::1]",
            "http://[::1]:5000/?a&b",
            "http://[::ffff:127.0.0.1]",
        ] {
            let url = parse(local).unwrap();
            assert!(url.is_loopback() && !url.is_encrypted(), "{local}");
        }
        for other in [
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "http://127.evil.example",
            "http://2130706433",
            "http://0x7f000001",
            "http://0177.0.0.1",
            "http://127.1",
            "http://0.0.0.0",
            "http://[::]",
            "http://[::ffff:10.0.0.1]",
            "http://10.0.0.1",
            "http://evil.example/#@localhost",
            "http://evil.example/127.0.0.1",
            "http://evil.example?localhost",
        ] {
            assert!(!parse(other).unwrap().is_loopback(), "{other}");
        }
    }

    #[test]
    fn a_url_that_parsers_read_differently_is_refused() {
        for (text, error) in [
            ("http://127.0.0.1@evil.example", EndpointUrlError::UserInfo),
            (
                "http://127.0.0.1:80@evil.example",
                EndpointUrlError::UserInfo,
            ),
            ("https://user:word@vpce.example", EndpointUrlError::UserInfo),
            (
                "http://localhost\\@evil.example",
                EndpointUrlError::UserInfo,
            ),
            ("http://evil.example\\.localhost", EndpointUrlError::Host),
            ("http://127.0.0.1%00.evil.example", EndpointUrlError::Host),
            ("http://lоcalhost", EndpointUrlError::Host),
            ("http://", EndpointUrlError::Host),
            ("http:///localhost", EndpointUrlError::Host),
            ("http://[::1", EndpointUrlError::Host),
            ("http://[::1]evil.example", EndpointUrlError::Host),
            ("http://[127.0.0.1]", EndpointUrlError::Host),
            ("http://[fe80::1%25eth0]", EndpointUrlError::Host),
            ("http://::1", EndpointUrlError::Host),
            ("http://localhost:", EndpointUrlError::Port),
            ("http://localhost:+80", EndpointUrlError::Port),
            ("http://localhost:0", EndpointUrlError::Port),
            ("http://localhost:65536", EndpointUrlError::Port),
            ("http://localhost:80:80", EndpointUrlError::Port),
            ("ftp://localhost", EndpointUrlError::Scheme),
            ("localhost:5000", EndpointUrlError::Scheme),
            ("", EndpointUrlError::Scheme),
            ("http://local host", EndpointUrlError::Characters),
            ("http://localhost\n", EndpointUrlError::Characters),
        ] {
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn metadata_services_are_few() {
        for good in [
            "http://169.254.169.254/latest/api/token",
            "http://169.254.170.2/v2/credentials",
            "http://[fd00:ec2::254]/latest",
        ] {
            assert!(parse(good).unwrap().is_metadata_service(), "{good}");
        }
        for bad in ["http://169.254.1.1", "http://169.254.169.254.evil.example"] {
            assert!(!parse(bad).unwrap().is_metadata_service(), "{bad}");
        }
    }
}
