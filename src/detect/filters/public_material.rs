//! Generated values that are not secret: images, public keys, certificates, checksums, colours.

use super::fingerprint::{is_checksum, is_fingerprint};
use super::public_key::is_public_key;

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

/// Whether a value is meant to be known: a public key, a certificate, a checksum or fingerprint, the public id of a
/// client, a colour. `key` is the name that the value is assigned to.
pub(super) fn is_public_material(key: &[u8], value: &[u8]) -> bool {
    const HEADS: [&str; 14] = [
        "ssh-rsa ",
        "ssh-ed25519 ",
        "ssh-dss ",
        "ecdsa-sha2-",
        "sk-ssh-ed25519@",
        "sk-ecdsa-sha2-",
        "---- BEGIN SSH2 PUBLIC KEY",
        "-----BEGIN CERTIFICATE",
        "-----BEGIN TRUSTED CERTIFICATE",
        "-----BEGIN NEW CERTIFICATE",
        "-----BEGIN PGP PUBLIC",
        "-----BEGIN PGP SIGNATURE",
        "-----BEGIN X509 CRL",
        "minisign public key",
    ];
    // The beginnings of subject public key information in base64, which may be cut off: RSA (512, 1024, 2048, 3072 and
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
    starts(&HEADS)
        || starts(&KEYS)
        || is_public_block(value)
        || is_public_key(value)
        || is_checksum(value)
        || is_fingerprint(key, value)
        || is_public_id(value)
        || is_colour(value)
}

/// Whether a value begins a PEM block of a public key: `-----BEGIN PUBLIC KEY`, `-----BEGIN EC PUBLIC KEY`.
fn is_public_block(value: &[u8]) -> bool {
    let Some(label) = value.strip_prefix(b"-----BEGIN ") else {
        return false;
    };
    let end = label
        .iter()
        .position(|&b| b == b'-')
        .unwrap_or(label.len().min(40));
    label[..end].ends_with(b"PUBLIC KEY")
}

/// Whether a value is an id that clients show to everybody: of an OAuth client of Google, or a publishable key of Stripe
/// or Supabase (<https://docs.stripe.com/keys>, <https://supabase.com/docs/guides/api/api-keys>).
fn is_public_id(value: &[u8]) -> bool {
    let is_plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    value.iter().all(is_plain)
        && (value.ends_with(b".apps.googleusercontent.com")
            || [b"pk_live_".as_slice(), b"pk_test_", b"sb_publishable_"]
                .iter()
                .any(|head| value.starts_with(head)))
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
            "MCowBQYDK2VwAyEAaB3",
            "-----BEGIN EC PUBLIC KEY-----",
            "384756291038-q3vtzb9xpwlmn2rs.apps.googleusercontent.com",
            concat!("pk_", "live_q3vTzB9xPwLmN2rS"),
        ] {
            assert!(is_public_material(b"key", public.as_bytes()), "{public}");
        }
        for secret in [
            hex.as_str(),
            &base64,
            "#Winter24",
            "#fffff",
            "sha256:short",
            "rgbpass",
            "-----BEGIN PRIVATE KEY-----",
            concat!("sk_", "live_q3vTzB9xPwLmN2rS"),
        ] {
            assert!(!is_public_material(b"key", secret.as_bytes()), "{secret}");
        }
    }
}
