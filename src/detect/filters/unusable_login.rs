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

/// Whether a user and a host are those of a real login, as far as their names show: no words in place of names, no host
/// for examples, and not this machine, where such a login is that of a test.
pub fn is_stated_login(user: &str, host: &str) -> bool {
    const NO_HOSTS: &str = "host hostname server servername db_host dbhost my-host myhost your-host yourhost ip address domain";
    const NO_USERS: &str =
        "user username usr login name your_user youruser your-user myuser my_user foo bar example";
    let is_among = |list: &str, word: &str| {
        list.split(' ')
            .any(|other| word.eq_ignore_ascii_case(other))
    };
    let is_template =
        |word: &str| word.is_empty() || word.contains(['<', '>', '$', '{', '%', '*', '[']);
    let is_example = |word: &str| word.to_ascii_lowercase().contains("example");
    !(is_template(user) || is_among(NO_USERS, user) || is_example(user))
        && !(is_template(host) || is_among(NO_HOSTS, host) || is_example(host) || is_loopback(host))
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
    fn a_real_login_is_told_from_words_for_one() {
        for (user, host) in [
            ("app", "db1"),
            ("root", "10.0.0.7"),
            ("Deploy", "git.internal"),
        ] {
            assert!(is_stated_login(user, host), "{user}@{host}");
        }
        for (user, host) in [
            ("user", "db1"),
            ("app", "host"),
            ("app", "localhost"),
            ("app", "127.0.0.1"),
            ("app", "db.example.com"),
            ("app", "${DB_HOST}"),
            ("<user>", "db1"),
            ("app", ""),
            ("", "db1"),
        ] {
            assert!(!is_stated_login(user, host), "{user}@{host}");
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
