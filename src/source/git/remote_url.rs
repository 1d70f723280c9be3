//! The name of a repository, made of the URL of its remote.

use crate::finding::repository_identity::split_number;

/// The length, in bytes, of the longest name that a URL gives.
const LONGEST: usize = 255;

/// The name of a repository in any spelling of its URL, such as `github.com/acme/shop`; never with
/// user, password or query. For a path, its last component. `None` if a part of the URL may be a
/// password, or if it names no repository.
///
/// The name has printable ASCII only: other characters could make it look like another name, and are
/// percent-encoded. It does not end like that of a further clone (`~2`).
pub fn repository_name(url: &str) -> Option<String> {
    let name = written_name(Some(url).filter(|url| url.len() <= 8 * LONGEST)?)?;
    let legal = |part: &str| !matches!(part, "" | "." | "..");
    let name = number_encoded(encoded(&name));
    (name.len() <= LONGEST && name.split('/').all(legal)).then_some(name)
}

/// Percent-encodes everything but printable ASCII.
fn encoded(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'!'..=b'~' if byte != b'\\' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// The name with the last `~` percent-encoded, if it ends like that of a further clone.
pub fn number_encoded(name: String) -> String {
    match split_number(&name) {
        Some((plain, _)) => format!("{plain}%7E{}", &name[plain.len() + 1..]),
        None => name,
    }
}

fn written_name(url: &str) -> Option<String> {
    // A query or fragment names no repository.
    let url = url.trim();
    let (plain, after) = url.split_at(url.find(['?', '#']).unwrap_or(url.len()));
    let plain = plain.trim_end_matches('/');
    let plain = plain
        .strip_suffix(".git")
        .unwrap_or(plain)
        .trim_end_matches('/');
    let (scheme, rest) = plain.split_once("://").unwrap_or(("", plain));
    // A password may hold any character. The text before the last `@` is no part of a name.
    let (user, rest) = rest
        .rsplit_once('@')
        .map_or(("", rest), |(user, rest)| (user, rest));
    if scheme == "file" || (scheme.is_empty() && plain.starts_with(['/', '.', '\\'])) {
        return last_component(rest);
    }
    if user.contains(['/', '\\']) || after.contains('@') {
        return None;
    }
    let host = |text: &str| {
        text.split(':')
            .next()
            .map(str::to_ascii_lowercase)
            .filter(|host| !host.is_empty())
    };
    if !scheme.is_empty() {
        let (authority, path) = rest.split_once('/')?;
        return Some(format!("{}/{path}", host(authority)?)).filter(|_| !path.is_empty());
    }
    // git@host:path
    if let Some((authority, path)) = rest.split_once(':')
        && !authority.contains('/')
        && authority.len() > 1
    {
        // `ext::command`: of a helper.
        let path = path.trim_start_matches('/');
        return Some(format!("{}/{path}", host(authority)?))
            .filter(|_| !path.is_empty() && !path.starts_with(':'));
    }
    last_component(rest)
}

fn last_component(path: &str) -> Option<String> {
    path.rsplit(['/', '\\'])
        .next()
        .filter(|name| !matches!(*name, "" | "." | ".."))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes_give_names_without_credentials() {
        for (url, name) in [
            (
                "https://github.com/acme/shop.git",
                Some("github.com/acme/shop"),
            ),
            (
                "https://user:token@GitHub.com/acme/shop/",
                Some("github.com/acme/shop"),
            ),
            ("ssh://git@host:2222/a/b.git", Some("host/a/b")),
            ("git@github.com:acme/shop.git", Some("github.com/acme/shop")),
            ("/srv/git/shop.git", Some("shop")),
            ("../shop", Some("shop")),
            ("file:///srv/git/shop.git", Some("shop")),
            (
                "https://github.com/acme/shop.git?private_token=token",
                Some("github.com/acme/shop"),
            ),
            (
                "https://github.com/acme/shop#token",
                Some("github.com/acme/shop"),
            ),
            (
                "user:token@github.com:acme/shop.git",
                Some("github.com/acme/shop"),
            ),
            (
                "git@github.com:acme/shop.git?token=token",
                Some("github.com/acme/shop"),
            ),
            // Delimiters of URLs within a password.
            (
                "https://user:to@ken@github.com/acme/shop",
                Some("github.com/acme/shop"),
            ),
            ("https://user:to/ken@github.com/acme/shop", None),
            ("https://user:12/ken@github.com/acme/shop", None),
            ("https://user:to?ken@github.com/acme/shop", None),
            ("https:/user:token@github.com/acme/shop", None),
            ("https://user:to/k?en@github.com/acme/shop", None),
            ("//user:to/ken@github.com/acme/shop", Some("shop")),
            ("../home@work/shop", Some("shop")),
            ("ext::ssh -i token host", None),
            // Names that would be, or look like, those of others.
            ("https://h/acme/shop~2", Some("h/acme/shop%7E2")),
            ("https://h/~2", Some("h/~2")),
            ("https://h/acme/sh\u{43e}p", Some("h/acme/sh%D0%BEp")),
            (
                "https://h/acme/shop\u{202e}\n",
                Some("h/acme/shop%E2%80%AE"),
            ),
            ("https://h/acme/a b\tc", Some("h/acme/a%20b%09c")),
            ("https://h/x/../acme/shop", None),
            ("https://h//acme/shop", None),
            ("git@host:./acme/shop", None),
            ("https://h/", None),
            ("", None),
        ] {
            assert_eq!(repository_name(url).as_deref(), name, "{url}");
        }
        assert_eq!(
            repository_name(&format!("https://h/{}", "a".repeat(300))),
            None
        );
        assert_eq!(
            repository_name(&format!("https://h/{}", "é/".repeat(9000))),
            None
        );
    }
}
