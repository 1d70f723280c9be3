//! Versions, ranges of versions, and object identifiers.

/// Whether a value is a version, a range of versions or an IP address: `7.52.0`, `10.0.0.1`, `^1.2`, `>=1.0 <2`,
/// `2.0.0-rc.1`, `v0.0.0-20190308221718-c2843e01d9a2`.
pub(super) fn is_version(value: &[u8]) -> bool {
    const LONGEST: usize = 128;
    if value.len() > LONGEST {
        return false;
    }
    let is_gap = |b: u8| matches!(b, b' ' | b',' | b'|');
    let (mut has_version, mut follows_sign) = (false, false);
    for part in value.split(|&b| is_gap(b)) {
        let part = part.strip_prefix(b"workspace:").unwrap_or(part);
        match compared(part) {
            // `>= 1.0`.
            (is_compared, b"") => follows_sign |= is_compared,
            // `1.0 - 2.0`, `1.0 || *`.
            (_, b"-" | b"*" | b"x") => {}
            (is_compared, version) if is_single(version, is_compared || follows_sign) => {
                has_version = true;
                follows_sign = false;
            }
            _ => return false,
        }
    }
    has_version
}

/// A version without the comparison before it, and whether there was one.
fn compared(part: &[u8]) -> (bool, &[u8]) {
    let end = part
        .iter()
        .position(|b| !matches!(b, b'^' | b'~' | b'>' | b'<' | b'=' | b'!'));
    let end = end.unwrap_or(part.len());
    (end > 0, &part[end..])
}

/// Whether a text is one version. Without a comparison it has three numbers or more, since two are a number with
/// decimals, and numbers of up to three digits, since longer ones are dates.
fn is_single(text: &[u8], is_compared: bool) -> bool {
    let version = text.strip_prefix(b"v").unwrap_or(text);
    let end = version.iter().position(|b| matches!(b, b'-' | b'+'));
    let (mut numbers, behind) = version.split_at(end.unwrap_or(version.len()));
    // `1.2.3.RELEASE`, `6.2.4.Final`.
    let mut is_qualified = !behind.is_empty();
    if let Some(dot) = numbers.iter().rposition(|&b| b == b'.')
        && is_qualifier(&numbers[dot + 1..])
    {
        numbers = &numbers[..dot];
        is_qualified = true;
    }
    let longest = if is_compared { 5 } else { 3 };
    let is_number = |part: &[u8]| {
        (1..=longest).contains(&part.len()) && part.iter().all(u8::is_ascii_digit)
            || matches!(part, b"x" | b"X" | b"*")
    };
    let parts: Vec<_> = numbers.split(|&b| b == b'.').take(5).collect();
    let least = if is_compared || (is_qualified && version.len() < text.len()) {
        1
    } else {
        3
    };
    (least..=4).contains(&parts.len())
        && parts.iter().all(|part| is_number(part))
        && parts[0].iter().all(u8::is_ascii_digit)
        && (behind.is_empty() || is_suffix(behind))
}

/// Whether a text is what follows the numbers of a version: `-rc.1`, `-SNAPSHOT`, `+build.5`, the time and the commit of
/// a pseudo-version of Go.
fn is_suffix(behind: &[u8]) -> bool {
    let end = behind
        .iter()
        .position(|&b| b == b'+')
        .unwrap_or(behind.len());
    let (release, build) = behind.split_at(end);
    let is_plain = |text: &[u8]| {
        text.iter()
            .all(|&b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
    };
    let release = release.strip_prefix(b"-").unwrap_or(release);
    if !is_plain(release) || !is_plain(build.strip_prefix(b"+").unwrap_or(build)) {
        return false;
    }
    let first = release
        .split(|b| matches!(b, b'.' | b'-'))
        .next()
        .unwrap_or(b"");
    first.iter().all(u8::is_ascii_digit) || is_qualifier(first)
}

/// Whether a word says which release of a version this is: `rc1`, `SNAPSHOT`, `Final`.
fn is_qualifier(word: &[u8]) -> bool {
    const WORDS: [&str; 26] = [
        "alpha", "a", "beta", "b", "rc", "cr", "dev", "pre", "preview", "snapshot", "final",
        "release", "ga", "m", "sp", "post", "canary", "next", "nightly", "stable", "lts", "jre",
        "android", "alfresco", "patch", "hotfix",
    ];
    let end = word
        .iter()
        .position(u8::is_ascii_digit)
        .unwrap_or(word.len());
    let (name, number) = word.split_at(end);
    number.iter().all(u8::is_ascii_digit)
        && WORDS
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

/// Whether a value is an object identifier (ITU-T X.660): five numbers or more, the first below 3, the second below 40
/// after 0 and 1.
pub(super) fn is_object_identifier(value: &[u8]) -> bool {
    const LONGEST: usize = 128;
    if value.len() > LONGEST {
        return false;
    }
    let parts: Vec<_> = value.split(|&b| b == b'.').collect();
    let is_number = |part: &&[u8]| {
        !part.is_empty()
            && part.iter().all(u8::is_ascii_digit)
            && (part.len() == 1 || part[0] != b'0')
    };
    parts.len() >= 5
        && parts.iter().all(is_number)
        && match parts[0] {
            b"0" | b"1" => parts[1].len() == 1 || (parts[1].len() == 2 && parts[1] < &b"40"[..]),
            first => first == b"2",
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_told_from_values() {
        for version in [
            "7.52.0",
            "10.0.0.1",
            "^3.2.0",
            "~1.4.11",
            "~> 5.0",
            "2.0.0-rc.1",
            ">=1.0.0 <2.0.0",
            "1.x.0 || 2.x.0",
            "==2.28.1",
            "workspace:^1.0.0",
            "v0.0.0-20190308221718-c2843e01d9a2",
            "1.2.3.RELEASE",
            "6.2.4.Final",
            "1.0.0-SNAPSHOT",
            "1.0.0-beta.12+build.5",
            "1.0.0 - 2.0.0",
        ] {
            assert!(is_version(version.as_bytes()), "{version}");
        }
        for value in [
            "1984.07.12",
            "12.34",
            "1..2.3",
            "1.2.3-Winter",
            "1234",
            "^Winter",
            "~/.ssh",
            "*",
            "",
            "||",
            "v1",
            "1.2.3.Winter",
            "<password>",
        ] {
            assert!(!is_version(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn object_identifiers_have_five_numbers() {
        for id in [
            "1.2.840.113549.1.9.7",
            "2.16.840.1.113730.3.1.216",
            "0.9.2342.19200300.100.1.1",
        ] {
            assert!(is_object_identifier(id.as_bytes()), "{id}");
        }
        for value in [
            "1.2.3.4",
            "3.2.1.1.1",
            "1.40.1.1.1",
            "1.2.03.4.5",
            "1.2..4.5",
            "a.b.c.d.e",
        ] {
            assert!(!is_object_identifier(value.as_bytes()), "{value}");
        }
    }
}
