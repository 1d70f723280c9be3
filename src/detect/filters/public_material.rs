//! Generated values that are not secret: images, public keys, certificates, checksums, colours.

/// Whether a value is an image or a font in base64, with or without the `data:` before it.
pub(super) fn is_image(value: &[u8]) -> bool {
    // PNG, JPEG, GIF, WebP, SVG, ICO, WOFF and WOFF2, by their first bytes.
    const HEADS: [&str; 9] = [
        "iVBORw0KGgo",
        "/9j/4",
        "R0lGODlh",
        "R0lGODdh",
        "UklGR",
        "PHN2Zy",
        "AAABAAEA",
        "d09GR",
        "d09GMg",
    ];
    value.starts_with(b"data:image/")
        || value.starts_with(b"data:font/")
        || (value.len() >= 64 && HEADS.iter().any(|head| value.starts_with(head.as_bytes())))
}

/// Whether a value is a public key, a certificate, a checksum of content, a colour, a version or an
/// IP address.
pub(super) fn is_public_material(value: &[u8]) -> bool {
    const HEADS: [&str; 12] = [
        "ssh-rsa ",
        "ssh-ed25519 ",
        "ssh-dss ",
        "ecdsa-sha2-",
        "sk-ssh-ed25519@",
        "-----BEGIN PUBLIC KEY",
        "-----BEGIN RSA PUBLIC KEY",
        "-----BEGIN CERTIFICATE",
        "-----BEGIN PGP PUBLIC",
        "-----BEGIN X509 CRL",
        "RWQf6LRCGA9i",
        "minisign public key",
    ];
    // The beginnings of subject public key information in base64: RSA (512, 1024, 2048, 3072 and
    // 4096 bits), P-256, P-384, P-521, Ed25519.
    const KEYS: [&str; 9] = [
        "MFwwDQYJKoZIhvcNAQEBBQADSw",
        "MIGfMA0GCSqGSIb3DQEBAQUAA4GN",
        "MIIBIjANBgkqhkiG9w0BAQEFAAOC",
        "MIIBojANBgkqhkiG9w0BAQEFAAOC",
        "MIICIjANBgkqhkiG9w0BAQEFAAOC",
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcD",
        "MHYwEAYHKoZIzj0CAQYFK4EEACID",
        "MIGbMBAGByqGSM49AgEGBSuBBAAj",
        "MCowBQYDK2VwAyEA",
    ];
    let starts = |heads: &[&str]| heads.iter().any(|head| value.starts_with(head.as_bytes()));
    starts(&HEADS) || starts(&KEYS) || is_checksum(value) || is_colour(value) || is_version(value)
}

/// Whether a value is a named checksum: `sha256:…`, `sha512-…`, `md5:…`.
fn is_checksum(value: &[u8]) -> bool {
    let Some(at) = value.iter().position(|b| matches!(b, b':' | b'-')) else {
        return false;
    };
    let (name, digest) = (value[..at].to_ascii_lowercase(), &value[at + 1..]);
    let length = match name.as_slice() {
        b"md5" => 16,
        b"sha1" => 20,
        b"sha224" => 28,
        b"sha256" => 32,
        b"sha384" => 48,
        b"sha512" => 64,
        _ => return false,
    };
    let hex = digest.len() == 2 * length && digest.iter().all(u8::is_ascii_hexdigit);
    let base64 = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
    hex || (digest.len() == length.div_ceil(3) * 4 && digest.iter().all(base64))
}

/// Whether a value is a version or an IP address: `7.52.0`, `10.0.0.1`.
fn is_version(value: &[u8]) -> bool {
    let parts: Vec<_> = value.split(|&b| b == b'.').collect();
    (3..=4).contains(&parts.len())
        && parts
            .iter()
            .all(|part| (1..=3).contains(&part.len()) && part.iter().all(u8::is_ascii_digit))
}

/// Whether a value is a colour: `#fff`, `#a0b1c2`, `rgb(…)`.
fn is_colour(value: &[u8]) -> bool {
    let call = [b"rgb(".as_slice(), b"rgba(", b"hsl(", b"hsla("]
        .iter()
        .any(|head| value.starts_with(head));
    let hex = value.strip_prefix(b"#").is_some_and(|hex| {
        matches!(hex.len(), 3 | 4 | 6 | 8) && hex.iter().all(u8::is_ascii_hexdigit)
    });
    call || hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_told_by_their_first_bytes() {
        let image = format!("iVBORw0KGgo{}", "AbC1".repeat(20));
        assert!(is_image(image.as_bytes()) && is_image(b"data:image/png;base64,xx"));
        // Too short for an image, and not an image.
        assert!(!is_image(b"R0lGODlh") && !is_image("AbC1".repeat(20).as_bytes()));
    }

    #[test]
    fn public_material_is_told_from_secrets() {
        let (hex, base64) = ("0a".repeat(32), "aB3/".repeat(11));
        for public in [
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5",
            "-----BEGIN CERTIFICATE-----",
            &format!("sha256:{hex}"),
            &format!("sha256-{base64}"),
            "#a0b1c2",
            "rgb(1, 2, 3)",
            "7.52.0",
            "10.0.0.1",
            "MCowBQYDK2VwAyEAaB3",
        ] {
            assert!(is_public_material(public.as_bytes()), "{public}");
        }
        for secret in [
            hex.as_str(),
            &base64,
            "#Winter24",
            "#fffff",
            "sha256:short",
            "rgbpass",
            "-----BEGIN PRIVATE KEY-----",
            "1984.07.12",
            "12.34",
            "1..2.3",
        ] {
            assert!(!is_public_material(secret.as_bytes()), "{secret}");
        }
    }
}
