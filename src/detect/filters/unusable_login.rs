//! Logins in URIs that give no access.

/// The reason why the password of a URI gives no access; `None` if it may. Either the host is
/// reserved for documentation, or the password is the same as the user, on this machine: the
/// default login of a local service.
pub fn unusable_login(user: &str, password: &[u8], host: &str) -> Option<&'static str> {
    if is_reserved(host) {
        return Some("its host is reserved for examples (RFC 2606)");
    }
    (is_loopback(host) && user.as_bytes() == password)
        .then_some("user and password are the same, on this machine only")
}

/// Whether a host is `example.com` itself or one of its siblings. Hosts below those often replace a
/// real host in a text that was published with its password unchanged.
pub fn is_reserved(host: &str) -> bool {
    ["example.com", "example.net", "example.org"]
        .iter()
        .any(|name| host.eq_ignore_ascii_case(name))
}

/// Whether a host is this machine.
fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host == "[::1]"
        || host
            .parse()
            .is_ok_and(|ip: std::net::Ipv4Addr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_documents_are_told() {
        for host in ["example.com", "Example.org", "example.net"] {
            assert!(is_reserved(host), "{host}");
        }
        for host in [
            "",
            "example",
            "myexample.com",
            "git.example.com",
            "example.com.evil.io",
            "db.internal",
        ] {
            assert!(!is_reserved(host), "{host}");
        }
    }

    #[test]
    fn a_login_of_this_machine_is_none() {
        assert!(unusable_login("guest", b"guest", "localhost").is_some());
        assert!(unusable_login("guest", b"guest", "127.0.0.1").is_some());
        for (user, password, host) in [
            ("guest", "guest", "mq.internal"),
            ("guest", "Winter24", "localhost"),
            ("a", "a", "10.0.0.1"),
        ] {
            assert_eq!(
                unusable_login(user, password.as_bytes(), host),
                None,
                "{host}"
            );
        }
    }
}
